/* fpscr.c: NAME_run flushes subnormals whatever FPSCR says, and leaves FPSCR as it was. */
#include <string.h>

#include "board.h"
#include "net.h"

static net_context context;

int main(void)
{
	static float x[NET_INPUT_SIZE], y[2][NET_OUTPUT_SIZE];
	const uint32_t settings[2] = { fpscr() & ~(uint32_t)FPSCR_FZ, fpscr() | FPSCR_FZ };
	uint32_t kept = 0, bits = 1, alike;

	for (int i = 0; i < NET_INPUT_SIZE; i++) {
		bits = bits * 1664525u + 1013904223u;
		const uint32_t small = bits & 0x81ffffffu;
		memcpy(&x[i], &small, sizeof small);
	}
	for (int i = 0; i < 2; i++) {
		set_fpscr(settings[i]);
		net_run(&context, x, y[i]);
		kept += (fpscr() & FPSCR_FZ) == (settings[i] & FPSCR_FZ);
	}
	alike = memcmp(y[0], y[1], sizeof y[0]) == 0;
	say(kept == 2 && alike ? "FPSCR is kept, and the results are alike\n" : "FPSCR or the results differ\n");
	return kept != 2 || !alike;
}
