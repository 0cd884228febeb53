/* start.c: from reset to main() on a Cortex-M4F, and the end under a debugger or an emulator. */
#include <stdint.h>

extern uint32_t board_stack_top[], board_data_from[], board_data[], board_data_end[], board_bss[], board_bss_end[];
int main(void);
void board_reset(void);
void board_tick(void); /* the timer's exception, where a program switches it on */

#define SCB_CPACR (*(volatile uint32_t *)0xe000ed88u)
#define FPU_ON    (0xfu << 20)

/* Semihosting: SYS_EXIT; without a debugger it is a fault, which waits. */
static void leave(int status)
{
	register uint32_t operation __asm__("r0") = 0x18;
	register uint32_t reason __asm__("r1") = status ? 0x20023u : 0x20026u; /* run-time error; application exit */

	__asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(reason) : "memory");
	for (;;) continue;
}

static void fault(void)
{
	leave(1);
}

__attribute__((weak)) void board_tick(void)
{
	fault();
}

void board_reset(void)
{
	const uint32_t *from = board_data_from;

	SCB_CPACR |= FPU_ON;
	__asm__ volatile("dsb\n\tisb" : : : "memory");
	for (volatile uint32_t *p = board_data; p < board_data_end; p++) *p = *from++;
	for (volatile uint32_t *p = board_bss; p < board_bss_end; p++) *p = 0;
	leave(main());
}

struct vectors {
	const void *stack;
	void (*reset)(void), (*exceptions[14])(void);
};

/* NMI, the faults, SVCall, debug, PendSV and the timer's. */
__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
	board_stack_top,
	board_reset,
	{ fault, fault, fault, fault, fault, 0, 0, 0, 0, fault, fault, 0, fault, board_tick },
};
