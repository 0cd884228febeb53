/* board.c: start-up and text on mps3-an547. */
#include "board.h"

#define REGISTER(at) (*(volatile uint32_t *)(at))

extern uint32_t stack_top;
int main(void);

enum { SYS_WRITE0 = 4, SYS_EXIT = 0x18, STOPPED = 0x20026, FAULTED = 0x20023 };

static void semihosting(int operation, const void *argument)
{
	register int r0 __asm__("r0") = operation;
	register const void *r1 __asm__("r1") = argument;

	__asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

static void stop(int status)
{
	semihosting(SYS_EXIT, (const void *)(uintptr_t)(status ? FAULTED : STOPPED));
	for (;;) {}
}

/* Enables the float unit and MVE, and low-overhead branches. */
void start(void)
{
	REGISTER(0xe000ed88u) |= 0xfu << 20;
	REGISTER(0xe000ed14u) |= 1u << 19;
	__asm__ volatile("dsb\n\tisb");
	stop(main());
}

static void fault(void)
{
	say("fault\n");
	stop(1);
}

__attribute__((section(".vectors"), used)) static const void *const vectors[16] = {
	&stack_top, start, fault, fault, fault, fault, fault,
};

void say(const char *text)
{
	semihosting(SYS_WRITE0, text);
}

void say_hex(uint32_t bits)
{
	char text[] = "00000000 ";

	for (int i = 0; i < 8; i++) text[i] = "0123456789abcdef"[bits >> (28 - 4 * i) & 15];
	say(text);
}

void say_count(uint32_t n)
{
	char text[12] = { 0 };
	int at = 11;

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	say(text + at);
}

int putchar(int c)
{
	const char text[2] = { (char)c, 0 };

	say(text);
	return c;
}
