/* board.c: UART 0, SysTick and the stack of mps2-an386. */
#include "board.h"

/* CMSDK APB UART. */
#define UART_DATA  (*(volatile uint32_t *)0x40004000u)
#define UART_STATE (*(volatile uint32_t *)0x40004004u)
#define UART_CTRL  (*(volatile uint32_t *)0x40004008u)
#define UART_BAUD  (*(volatile uint32_t *)0x40004010u)
enum { UART_FULL = 1, UART_SEND = 1, CLOCK = 25000000, BAUD = 115200 };

#define SYST_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014u)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018u)
#define SYST_MAX 0xffffffu
enum { SYST_RUN = 1, SYST_CORE_CLOCK = 4, SYST_WRAPPED = 1 << 16 };

#define PAINT 0xa5a5a5a5u
enum { MARGIN = 32 }; /* words below its own frame that board_stack_paint() leaves alone */
extern uint32_t board_stack_bottom[];
static uint32_t *painted_from;

static void put(char c)
{
	UART_BAUD = CLOCK / BAUD;
	UART_CTRL = UART_SEND;
	while (UART_STATE & UART_FULL) continue;
	UART_DATA = (uint32_t)(unsigned char)c;
}

void board_text(const char *text)
{
	while (*text) put(*text++);
}

void board_number(uint32_t n, int width)
{
	char digits[10];
	int length = 0;

	do {
		digits[length++] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	for (; width > length; width--) put(' ');
	while (length > 0) put(digits[--length]);
}

void board_timer_start(void)
{
	SYST_CSR = 0;
	SYST_RVR = SYST_MAX;
	SYST_CVR = 0; /* loads SYST_RVR and forgets that it wrapped */
	SYST_CSR = SYST_RUN | SYST_CORE_CLOCK;
}

int32_t board_timer_ticks(void)
{
	const uint32_t now = SYST_CVR;

	return SYST_CSR & SYST_WRAPPED ? BOARD_TOO_LONG : (int32_t)(SYST_MAX - now);
}

void board_stack_paint(void)
{
	uint32_t *const frame = (uint32_t *)__builtin_frame_address(0);

	painted_from = frame - MARGIN;
	for (volatile uint32_t *p = board_stack_bottom; p < painted_from; p++) *p = PAINT;
	painted_from = frame;
}

uint32_t board_stack_used(void)
{
	const volatile uint32_t *p = board_stack_bottom;

	while (p < painted_from && *p == PAINT) p++;
	return (uint32_t)((uintptr_t)painted_from - (uintptr_t)p);
}
