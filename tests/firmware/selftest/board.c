/* board.c: what NAME_test.c needs of an emulated core without an operating system: a start, a character, an end, all by
 * semihosting; memory is zeroed and filled by who loads the image. */
#include <stdint.h>

enum { SYS_WRITEC = 0x03, SYS_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

int main(void);
void board_send(char c);
void board_start(void);

#if defined(__riscv)

static long ask(long operation, const void *argument)
{
	register long a0 __asm__("a0") = operation;
	register const void *a1 __asm__("a1") = argument;

	__asm__ volatile(
	    ".option push\n\t.option norvc\n\t.balign 16\n\tslli zero, zero, 0x1f\n\tebreak\n\tsrai zero, zero, 7\n\t"
	    ".option pop"
	    : "+r"(a0)
	    : "r"(a1)
	    : "memory");
	return a0;
}

__attribute__((section(".vectors"), naked, used)) static void reset(void)
{
	__asm__ volatile("la sp, board_stack\n\tj board_start");
}

#else

#define REGISTER(at) (*(volatile uint32_t *)(at))

static long ask(long operation, const void *argument)
{
	register long r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
	return r0;
}

/* The float unit and that of vectors, and low-overhead loops: before anything is called that is compiled for them. */
__attribute__((naked)) static void reset(void)
{
#if defined(__ARM_FP)
	REGISTER(0xe000ed88) |= 0xf00000u;
#endif
#if defined(__ARM_FEATURE_MVE)
	REGISTER(0xe000ed14) |= 0x80000u;
#endif
	__asm__ volatile("dsb\n\tisb\n\tbl board_start");
}

extern unsigned char board_stack[];
__attribute__((section(".vectors"), used)) static const struct {
	void *stack;
	void (*handlers[2])(void);
} vectors = { board_stack, { reset, reset } };

#endif

void board_send(char c)
{
	(void)ask(SYS_WRITEC, &c);
}

void board_start(void)
{
	long ends[2] = { APPLICATION_EXIT, main() };

	(void)ask(SYS_EXIT_EXTENDED, ends);
	for (;;) continue;
}
