/* models.c N SEED FOLDER [FIRST]: N random models of a seed, from number FIRST on, in batches; keeps what fails. */
#include "tests/models/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum {
	BATCH = 150,
	BATCH_OTHER = 12,
	OTHER_EVERY = 50,
	ARCHIVE_EVERY = 97,
	FAILURES_MOST = 20,
	CLASSES_WANTED = 20000
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static const char *const stages[] = { "start", "draw", "load",    "plan", "meaning",
				      "emit",  "wait", "compile", "run",  "passed" };

/* The draft as tests/regress/NAME/: the model and how to run it again. */
static void keep(const struct draft *draft, const struct batch *batch, uint64_t number,
		 const struct verdict_of *verdict)
{
	struct arena *arena = arena_new();
	const char *folder = arena_printf(arena, "tests/regress/seed%llu_%llu", (unsigned long long)batch->seed,
					  (unsigned long long)number);
	struct text archive = { 0 }, about = { 0 };
	struct file_text files[2];

	mkdir(folder, 0777);
	draft_keras(draft, &archive);
	text_printf(&about, "%s\n%s with %s\nmake fuzz-models N=1 SEED=%llu FIRST=%llu\n", verdict->said,
		    stages[verdict->stage], batch->compiler->name, (unsigned long long)batch->seed,
		    (unsigned long long)number);
	files[0] = (struct file_text){ path_join(arena, folder, "model.keras"), &archive };
	files[1] = (struct file_text){ path_join(arena, folder, "about.txt"), &about };
	files_write(arena, files, 2, diag_new(arena));
	printf("    kept: %s\n", folder);
	text_free(&archive);
	text_free(&about);
	arena_free(arena);
}

static void report_failure(const struct batch *batch, uint64_t number, const struct verdict_of *verdict)
{
	struct arena *arena = arena_new();
	struct draft *draft, *small;
	struct text json = { 0 };

	struct batch like = *batch;

	like.first = number;
	printf("FAILED: seed %llu model %llu, %s, %s: %s\n", (unsigned long long)batch->seed,
	       (unsigned long long)number, batch->compiler->name, stages[verdict->stage], verdict->said);
	fflush(stdout);
	if (verdict->stage > STAGE_DRAW) {
		draft = draft_draw(batch->seed, number, arena, diag_new(arena));
		small = draft_reduce(draft, &like, verdict, arena);
		draft_json(small, &json);
		printf("    reduced from %d to %d layers: %s", draft_size(draft), draft_size(small), json.at);
		keep(small, batch, number, verdict);
		text_free(&json);
	}
	fflush(stdout);
	arena_free(arena);
}

static bool has_compiler(const struct compiler *compiler)
{
	char command[64];

	snprintf(command, sizeof command, "command -v %.*s >/dev/null", (int)strcspn(compiler->command, " "),
		 compiler->command);
	return system(command) == 0;
}

/* Which compiler a batch has, and how many models. */
static struct batch choose(int64_t index, uint64_t seed, uint64_t first, int64_t left, const char *folder)
{
	struct batch batch = {
		.seed = seed, .first = first, .folder = folder, .compiler = compiler_row(0), .n = BATCH
	};
	int others = 0;

	while (compiler_row(others + 1)) others++;
	batch.archive = index % ARCHIVE_EVERY == 7;
	if (index % OTHER_EVERY == OTHER_EVERY - 1) {
		batch.compiler = compiler_row(1 + (int)(index / OTHER_EVERY) % others);
		batch.n = BATCH_OTHER;
	}
	if (batch.n > left) batch.n = (int)left;
	return batch;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	int64_t total = argc > 3 ? atoll(argv[1]) : 0, done = 0, failed = 0;
	uint64_t seed = argc > 3 ? strtoull(argv[2], NULL, 10) : 0, first = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	struct progress *progress;
	double start = now();

	if (total < 1) {
		fputs("usage: models N SEED FOLDER [FIRST]\n", stderr);
		return STATUS_USAGE;
	}
	failed = rows_missing();
	progress = progress_start(arena, "models", total, false);
	for (int64_t index = 0; done < total && failed < FAILURES_MOST; index++) {
		struct batch batch = choose(index, seed, first + (uint64_t)done, total - done, argv[3]);
		struct verdict_of verdicts[BATCH];

		if (!has_compiler(batch.compiler)) {
			printf("skipped: %s: not installed\n", batch.compiler->name);
			continue;
		}
		batch_try(&batch, verdicts);
		for (int i = 0; i < batch.n; i++) {
			if (verdicts[i].stage == STAGE_PASSED) continue;
			failed++;
			report_failure(&batch, batch.first + (uint64_t)i, &verdicts[i]);
		}
		done += batch.n;
		progress_at(progress, done);
	}
	progress_end(progress);
	printf("%lld models in %.1f s: %.0f a minute\n", (long long)done, now() - start,
	       (double)done / (now() - start) * 60);
	printf("%lld passed, %lld failed\n", (long long)(done - failed), (long long)failed);
	arena_free(arena);
	return failed != 0;
}
