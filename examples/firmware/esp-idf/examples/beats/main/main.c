#include "beats.h"
#include "excerpt.h"

#include <stdio.h>

static struct beats beats;
static struct beats_memory memory;

void app_main(void)
{
	beats_mark(&beats, &memory, excerpt, EXCERPT_SAMPLES);
	for (int i = 0; i < beats.n; i++) printf("beat %2d at %5d ms\n", i + 1, beats.at[i] * 1000 / BEATS_RATE);
	printf("%d beats by the network, %d by the classical detector; %d agree\n", beats.n, EXCERPT_KNOWN,
	       beats_agreeing(&beats, excerpt_known, EXCERPT_KNOWN));
}
