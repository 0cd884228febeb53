/* main.c: marks the beats in twelve seconds of ECG on a Cortex-M4F, and says what that took. */
#include "placement.h"

#include "beats.h"
#include "board.h"
#include "excerpt.h"

ECG_CONTEXT ecg_context context;
static float input[ECG_INPUT_SIZE], output[ECG_OUTPUT_SIZE];

/* What the network took: a clock that counts instructions under qemu -icount shift=6 (64 ns each, ticks of 40 ns). */
struct use {
	int windows;
	uint32_t instructions, stack;
};

static uint32_t instructions_of(int32_t ticks)
{
	return (uint32_t)ticks / 8 * 5 + (uint32_t)ticks % 8 * 5 / 8;
}

static int mark_beats(struct beats *beats, struct use *use)
{
	for (int start = 0; start >= 0; start = beats_next(start, EXCERPT_SAMPLES)) {
		int32_t ticks;

		beats_load(input, excerpt + start);
		board_timer_start();
		ecg_run(&context, input, output);
		ticks = board_timer_ticks();
		if (ticks == BOARD_TOO_LONG) return 0;
		beats_take(beats, output, start);
		use->windows++;
		use->instructions += instructions_of(ticks);
	}
	beats_end(beats);
	return 1;
}

static uint32_t stack_of_run(void)
{
	board_stack_paint();
	ecg_run(&context, input, output);
	return board_stack_used();
}

static void say_time(int sample)
{
	const uint32_t ms = (uint32_t)sample * 1000u / BEATS_RATE;

	board_number(ms / 1000, 4);
	board_text(ms % 1000 < 10 ? ".00" : ms % 1000 < 100 ? ".0" : ".");
	board_number(ms % 1000, 0);
	board_text(" s");
}

static void say(const char *before, uint32_t n, const char *after)
{
	board_text(before);
	board_number(n, 0);
	board_text(after);
}

static void report(const struct beats *beats, const struct use *use)
{
	for (int i = 0; i < beats->n; i++) {
		board_text("beat");
		board_number((uint32_t)i + 1, 3);
		board_text(" at");
		say_time(beats->at[i]);
		board_text("\n");
	}
	say("", EXCERPT_SAMPLES / BEATS_RATE, " s of ECG: ");
	say("", EXCERPT_KNOWN, " beats by the classical detector, ");
	say("", (uint32_t)beats->n, " by the network; ");
	say("", (uint32_t)beats_agreeing(beats, excerpt_known, EXCERPT_KNOWN), " agree within 75 ms\n");
	say("instructions: ", use->instructions / (uint32_t)use->windows, " a window of 2 s, ");
	say("", use->instructions / (uint32_t)beats->n, " a beat\n");
	say("context: ", sizeof context, " bytes; ");
	say("input and output: ", sizeof input + sizeof output, " bytes; ");
	say("stack of ecg_run: ", use->stack, " bytes\n");
}

int main(void)
{
	struct beats beats = { 0 };
	struct use use = { 0 };

	if (!mark_beats(&beats, &use) || beats.n == 0) {
		board_text("a window takes longer than the timer counts, or there is no beat\n");
		return 1;
	}
	use.stack = stack_of_run();
	report(&beats, &use);
	return 0;
}
