/* interleave_m55.c: interleave.c on mps3-an547, whose board here is that of the tests in mve/: its vectors and the timer's.
 * Compiled with interleave.c as interleave() and board_text, board_number as that board has them. */
#include <stdint.h>

#define SCB_VTOR (*(const volatile void *volatile *)0xe000ed08u)
enum { VECTORS = 16, TIMER = 15 };

int interleave(void);
void board_tick(void);

static const void *vectors[VECTORS] __attribute__((aligned(128)));

int main(void)
{
	const void *const volatile *old = (const void *const volatile *)SCB_VTOR;

	for (int i = 0; i < VECTORS; i++) vectors[i] = old[i];
	vectors[TIMER] = (const void *)(uintptr_t)board_tick;
	SCB_VTOR = vectors;
	__asm__ volatile("dsb" : : : "memory");
	return interleave();
}
