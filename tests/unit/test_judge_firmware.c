/* What measuring on emulated microcontrollers reads and writes: marks in emitted text, objects' sizes. */
#include "judge_graphs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct program *program_of_functions(const char *const *functions, int n, struct arena *arena)
{
	struct program *program = NEW(arena, struct program);
	program->prefix = "net";
	program->plan = NEW(arena, struct plan);
	for (int i = 0; i < n; i++) {
		const struct step step = { .function = functions[i] };
		list_push(arena, &program->plan->steps, step);
	}
	return program;
}

static const char *const functions[] = { "conv1", "conv1_1", "act" };

static void functions_beside_a_step_are_its_own(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		int step;
	} rows[] = {
		{ "net_conv1", 0 },
		{ "net_conv1_tile", 0 },
		{ "net_conv1.constprop.0", 0 },
		{ "net_conv1_1", 1 },
		{ "net_conv1_1_step", 1 },
		{ "net_act_weights", 2 },
		{ "net_f32_tanh", -1 },
		{ "net_run", -1 },
		{ "net_conv12", -1 },
		{ "other_conv1_tile", -1 },
		{ "net", -1 },
	};
	struct arena *arena = arena_new();
	const struct program *program = program_of_functions(functions, 3, arena);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		assert_int_equal(step_of_function(program, rows[i].name, strlen(rows[i].name)), rows[i].step);
	arena_free(arena);
}

static void marks_stand_around_calls(void **state)
{
	(void)state;
	static const char emitted[] =
	    "static void net_conv1_tile(const float *x)\n{\n    net_conv1_1(x);\n}\n"
	    "static void net_conv1(const float *x,\n                      float *y)\n{\n}\n"
	    "void net_run(net_context *context, const float *input,\n             float *output)\n"
	    "{\n    int made = 0;\n\n    net_conv1(input, y);\n    if (made) {\n"
	    "        net_act_begin(one,\n                      two);\n    }\n}\n";
	static const char marked[] =
	    "extern void host_mark(int span);\n"
	    "static void net_conv1_tile(const float *x)\n{\n    net_conv1_1(x);\n}\n"
	    "__attribute__((noinline)) static void net_conv1(const float *x,\n                      float *y)\n{\n}\n"
	    "void net_run(net_context *context, const float *input,\n             float *output)\n"
	    "{\n    int made = 0;\n\n    host_mark(1);\n    net_conv1(input, y); host_mark(0);\n    if (made) {\n"
	    "        host_mark(3);\n        net_act_begin(one,\n                      two); host_mark(0);\n    }\n}\n";
	struct arena *arena = arena_new();
	struct text text = { 0 };
	marks_add(program_of_functions(functions, 3, arena), emitted, &text, arena);
	assert_string_equal(text.at, marked);
	text_free(&text);
	arena_free(arena);
}

/* An object of four sections besides the first: code, constants, symbols, their names. */
enum { OBJECT = 52 + 5 * 40 + 3 * 16 + 16 };
static void put(unsigned char *at, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++) at[i] = (unsigned char)(value >> 8 * i);
}

static void put_section(unsigned char *object, int index, uint32_t type, uint32_t flags, uint32_t offset, uint32_t size,
			uint32_t link)
{
	unsigned char *section = object + 52 + 40 * index;
	put(section + 4, type, 4);
	put(section + 8, flags, 4);
	put(section + 16, offset, 4);
	put(section + 20, size, 4);
	put(section + 24, link, 4);
}

static void put_symbol(unsigned char *object, int index, uint32_t name, uint32_t size, uint32_t kind)
{
	unsigned char *symbol = object + 52 + 5 * 40 + 16 * index;
	put(symbol, name, 4);
	put(symbol + 8, size, 4);
	put(symbol + 12, kind, 1);
}

static void make_object(unsigned char object[OBJECT])
{
	const uint32_t symbols = 52 + 5 * 40, names = symbols + 3 * 16;
	memset(object, 0, OBJECT);
	memcpy(object, "\177ELF\1\1\1", 7);
	put(object + 32, 52, 4);
	put(object + 46, 40, 2);
	put(object + 48, 5, 2);
	put_section(object, 1, 1, 2 | 4, 0, 132, 0);
	put_section(object, 2, 1, 2, 0, 64, 0);
	put_section(object, 3, 2, 0, symbols, 3 * 16, 4);
	put_section(object, 4, 3, 0, names, 16, 0);
	put_symbol(object, 1, 1, 120, 2);
	put_symbol(object, 2, 5, 60, 1);
	memcpy(object + names, "\0run\0table\0", 11);
}

static bool sizes_of(const unsigned char *object, size_t n, struct object_sizes *sizes, struct arena *arena)
{
	char path[] = "/tmp/conv1dc-object-XXXXXX";
	const int file = mkstemp(path);
	assert_true(file >= 0);
	assert_int_equal(write(file, object, n), (ssize_t)n);
	close(file);
	const bool read = object_sizes(path, sizes, arena, diag_silent(arena));
	unlink(path);
	return read;
}

static void an_object_has_sizes(void **state)
{
	(void)state;
	unsigned char object[OBJECT];
	struct object_sizes sizes;
	struct arena *arena = arena_new();
	make_object(object);
	assert_true(sizes_of(object, sizeof object, &sizes, arena));
	assert_int_equal(sizes.code, 132);
	assert_int_equal(sizes.constants, 64);
	assert_int_equal(sizes.written, 0);
	assert_int_equal(sizes.symbols.n, 2);
	assert_string_equal(sizes.symbols.at[0].name, "run");
	assert_int_equal(sizes.symbols.at[0].bytes, 120);
	assert_true(sizes.symbols.at[0].is_code);
	assert_string_equal(sizes.symbols.at[1].name, "table");
	assert_false(sizes.symbols.at[1].is_code);
	arena_free(arena);
}

/* Whatever is missing: it is read to where it ends, or refused. */
static void a_broken_object_does_no_harm(void **state)
{
	(void)state;
	unsigned char object[OBJECT];
	for (size_t n = 0; n < OBJECT; n++) {
		struct object_sizes sizes;
		struct arena *arena = arena_new();
		make_object(object);
		if (n < 52) assert_false(sizes_of(object, n, &sizes, arena));
		if (n >= 52) sizes_of(object, n, &sizes, arena);
		make_object(object);
		object[n] = 0xff;
		sizes_of(object, sizeof object, &sizes, arena);
		arena_free(arena);
	}
}

static void tools_have_packages(void **state)
{
	(void)state;
	for (int i = 0; target_row(i); i++) {
		const struct target *target = target_row(i);
		if (!target->board) continue;
		assert_non_null(target_board(target));
		assert_string_equal(target_board(target)->name, target->board);
	}
	assert_string_equal(tool_packages("qemu-system-arm"), "qemu-system-arm");
	assert_null(tool_packages("no such tool"));
	assert_null(target_board(target_row(0)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_beside_a_step_are_its_own),
		cmocka_unit_test(marks_stand_around_calls),
		cmocka_unit_test(an_object_has_sizes),
		cmocka_unit_test(a_broken_object_does_no_harm),
		cmocka_unit_test(tools_have_packages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
