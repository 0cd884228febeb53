/* progress.c: a line for long work, on a terminal only, and only when the work has taken a while. */
#include "base/base.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 500, EVERY_MS = 100, BAR = 30 };

struct progress {
	const char *what;
	int64_t total, last_ms, start_ms;
	bool on, shown;
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct progress *progress_start(struct arena *arena, const char *what, int64_t total, bool quiet)
{
	struct progress *progress = NEW(arena, struct progress);

	progress->what = arena_string(arena, what);
	progress->total = total;
	progress->on = !quiet && total > 0 && isatty(STDERR_FILENO);
	if (progress->on) progress->start_ms = progress->last_ms = now_ms();
	return progress;
}

void progress_at(struct progress *progress, int64_t done)
{
	int64_t now;
	int i, filled;

	if (!progress->on) return;
	now = now_ms();
	if (now - progress->start_ms < WAIT_MS || now - progress->last_ms < EVERY_MS) return;
	progress->last_ms = now;
	progress->shown = true;
	if (done > progress->total) done = progress->total;
	filled = (int)((double)done / (double)progress->total * BAR);
	fprintf(stderr, "\r%s [", progress->what);
	for (i = 0; i < BAR; i++) fputc(i < filled ? '#' : '.', stderr);
	fprintf(stderr, "] %3d %%", (int)((double)done / (double)progress->total * 100));
	fflush(stderr);
}

void progress_end(struct progress *progress)
{
	if (progress->shown) fputs("\r\033[K", stderr);
	progress->shown = false;
}
