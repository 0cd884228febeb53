/* boards.c: the rows of boards.def, and who brings the tools. */
#include "targets/targets.h"

#include <string.h>

static const struct board boards[] = {
#define BOARD(name, start, vectors, code, code_bytes, data, data_bytes, timer, counter, counter_hz)                    \
	{ name, start, timer, vectors, code, code_bytes, data, data_bytes, counter, counter_hz },
#include "targets/boards.def"
#undef BOARD
};

const struct board *target_board(const struct target *target)
{
	for (size_t i = 0; target->board && i < sizeof boards / sizeof boards[0]; i++)
		if (strcmp(boards[i].name, target->board) == 0) return &boards[i];
	return NULL;
}

const char *tool_packages(const char *tool)
{
	static const struct {
		const char *tool, *packages;
	} rows[] = {
		{ "aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu" },
		{ "arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi" },
		{ "qemu-aarch64", "qemu-user" },
		{ "qemu-system-arm", "qemu-system-arm" },
		{ "qemu-system-riscv32", "qemu-system-misc" },
		{ "qemu-x86_64", "qemu-user" },
		{ "riscv64-unknown-elf-gcc", "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf" },
		{ "x86_64-linux-gnu-gcc", "gcc-x86-64-linux-gnu" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (strcmp(rows[i].tool, tool) == 0) return rows[i].packages;
	return NULL;
}
