/* board.h: Arm's MPS2 board with the AN386 image (Cortex-M4F at 25 MHz), as far as the example needs it. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* UART 0. */
void board_text(const char *text);
void board_number(uint32_t n, int width); /* decimal, at least width wide, blanks in front */

/* The processor's clock, counted by SysTick: at most 2^24 - 1 ticks; BOARD_TOO_LONG: more. */
enum { BOARD_TOO_LONG = -1 };
void board_timer_start(void);
int32_t board_timer_ticks(void);

/* Fills the stack below the caller; then: how many bytes of that were used since, at most. */
void board_stack_paint(void);
uint32_t board_stack_used(void);

#endif
