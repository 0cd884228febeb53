/* board.h: what these tests need of mps3-an547: a start, text by semihosting, FPSCR. */
#ifndef TESTS_FIRMWARE_MVE_BOARD_H
#define TESTS_FIRMWARE_MVE_BOARD_H

#include <stdint.h>

void say(const char *text);
void say_hex(uint32_t bits);
void say_count(uint32_t n);
int putchar(int c); /* for NAME_test.c */

enum { FPSCR_FZ = 1 << 24 };
static inline uint32_t fpscr(void)
{
	uint32_t value;

	__asm__ volatile("vmrs %0, fpscr" : "=r"(value) : : "memory");
	return value;
}

static inline void set_fpscr(uint32_t value)
{
	__asm__ volatile("vmsr fpscr, %0" : : "r"(value) : "memory");
}

#endif
