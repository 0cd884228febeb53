/* interleave.c: two models with two contexts each on one Cortex-M4F: the timer interrupts the run of one instance at places
 * drawn anew each time, and there runs another to its end; every output is as that instance's alone. */
#include "board.h"
#include "instances.h"

#define SYST_CSR (*(volatile uint32_t *)0xe000e010u)
#define SYST_RVR (*(volatile uint32_t *)0xe000e014u)
#define SYST_CVR (*(volatile uint32_t *)0xe000e018u)
enum { SYST_RUN = 1, SYST_EXCEPTION = 2, SYST_CORE_CLOCK = 4 };
enum { ROUNDS = 10, LONGEST = 0x1ffff };

void board_tick(void);

static volatile uint32_t differ, interrupted;
static uint32_t random_bits = 1;

static void arm_timer(void)
{
	random_bits = random_bits * 1664525u + 1013904223u;
	SYST_RVR = 1000u + (random_bits >> 8 & LONGEST);
	SYST_CVR = 0;
	SYST_CSR = SYST_RUN | SYST_EXCEPTION | SYST_CORE_CLOCK;
}

/* Instances 1 and 3 run here, 0 and 2 below. */
void board_tick(void)
{
	SYST_CSR = 0;
	differ += (uint32_t)instance_differs(1 + 2 * (int)(interrupted++ & 1u));
	arm_timer();
}

int main(void)
{
	instances_prepare();
	for (int round = 0; round < ROUNDS; round++) {
		int other;

		arm_timer();
		other = instance_differs(2 * (round & 1));
		SYST_CSR = 0;
		differ += (uint32_t)other;
	}
	board_number(interrupted, 0);
	board_text(" runs interrupted others, ");
	board_number(differ, 0);
	board_text(" differ\n");
	return differ != 0 || interrupted < ROUNDS;
}
