/* models.c N SEED FOLDER [FIRST [TARGET [FP [PIECE [RAM [INTEGERS [LANE LANES]]]]]]]: N random models of a seed, from number FIRST on, in
 * batches; keeps what fails.  LANE of LANES processes that share them tries every LANES-th batch. */
#include "tests/models/models.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

enum { BATCH = 250, ARCHIVE_EVERY = 97, FAILURES_MOST = 20, COMPILERS_MOST = 16 };

/* How many models a batch has and which batches are for the other compilers: tcc costs next to nothing, where it serves. */
static const struct pace {
	int bulk, other, other_every;
} with_tcc = { BATCH, 12, 40 }, without_tcc = { 60, 20, 3 };

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* Of this process and of those that it waited for, in seconds. */
static double processor_time(void)
{
	struct tms t;

	times(&t);
	return (double)(t.tms_utime + t.tms_stime + t.tms_cutime + t.tms_cstime) / (double)sysconf(_SC_CLK_TCK);
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
	text_printf(&about, "%s\n%s with %s\nmake fuzz-models N=1 SEED=%llu FIRST=%llu TARGET=%s FP=%s\n",
		    verdict->said, stages[verdict->stage], batch->compiler->name, (unsigned long long)batch->seed,
		    (unsigned long long)number, batch->target->name, batch->fp == FP_FUSED ? "fused" : "separate");
	files[0] = (struct file_text){ path_join(arena, folder, "model.keras"), &archive };
	files[1] = (struct file_text){ path_join(arena, folder, "about.txt"), &about };
	files_write(arena, files, 2, diag_new(arena));
	printf("    kept: %s\n", folder);
	text_free(&archive);
	text_free(&about);
	arena_free(arena);
}

/* Failures so far, by what they say. */
struct failures {
	struct arena *arena;
	LIST(const struct verdict_of *) said;
	int64_t n;
};

static bool said_before(struct failures *failures, const struct verdict_of *verdict)
{
	for (int i = 0; i < failures->said.n; i++)
		if (verdicts_alike(failures->said.at[i], verdict)) return true;
	list_push(failures->arena, &failures->said, arena_copy(failures->arena, verdict, sizeof *verdict));
	return false;
}

/* The first of its kind is reduced and kept. */
static void report_failure(struct failures *failures, const struct batch *batch, uint64_t number,
			   const struct verdict_of *verdict)
{
	const bool again = said_before(failures, verdict);
	struct arena *arena = arena_new();
	struct batch like = *batch;

	failures->n++;
	like.first = number;
	printf("FAILED: seed %llu model %llu, %s, %s: %s\n", (unsigned long long)batch->seed,
	       (unsigned long long)number, batch->compiler->name, stages[verdict->stage], verdict->said);
	fflush(stdout);
	if (verdict->stage > STAGE_DRAW && !again) {
		struct draft *draft = draft_draw(batch->seed, number, arena, diag_new(arena));
		struct draft *small = draft_reduce(draft, &like, verdict, arena);
		printf("    reduced from %d to %d layers\n", draft_size(draft), draft_size(small));
		keep(small, batch, number, verdict);
	}
	fflush(stdout);
	arena_free(arena);
}

/* The compilers that are installed; the first is for the bulk. */
struct shelf {
	const struct compiler *at[COMPILERS_MOST];
	int n;
};

static struct shelf find_compilers(const struct target *target)
{
	struct shelf shelf = { .n = 0 };
	const struct compiler *compiler;

	for (int i = 0; (compiler = compiler_row(i)); i++) {
		char command[64];
		if (!compiler_fits(compiler, target)) continue;
		snprintf(command, sizeof command, "command -v %.*s >/dev/null", (int)strcspn(compiler->command, " "),
			 compiler->command);
		if (system(command) == 0 && shelf.n < COMPILERS_MOST)
			shelf.at[shelf.n++] = compiler;
		else
			printf("skipped: %s: not installed\n", compiler->name);
	}
	return shelf;
}

/* Which compiler a batch has, and how many models. */
static struct batch choose(const struct shelf *shelf, int64_t index, uint64_t seed, uint64_t first, int64_t left)
{
	const struct pace pace = shelf->at[0]->runs ? with_tcc : without_tcc;
	struct batch batch = { .seed = seed, .first = first, .compiler = shelf->at[0], .n = pace.bulk };

	batch.archive = index % ARCHIVE_EVERY == ARCHIVE_EVERY - 1;
	if (shelf->n > 1 && index % pace.other_every == pace.other_every - 1) {
		batch.compiler = shelf->at[1 + (int)(index / pace.other_every) % (shelf->n - 1)];
		batch.n = pace.other;
	}
	if (batch.n > left) batch.n = (int)left;
	return batch;
}

/* Target and rounding of the command line; exits where they are not, or where the target's code cannot run here. */
static const struct target *choose_target(const char *name, const char *rounding, enum fp *fp)
{
	const struct target *target = target_find(name);

	if (!target) die("there is no target '%s'", name);
	*fp = !rounding || !*rounding ? target->fp : strcmp(rounding, "fused") == 0 ? FP_FUSED : FP_SEPARATE;
	if (*fp == FP_FUSED && !target->has_fused) die("%s has no fused multiply-add", target->name);
	if (target_feature_absent(target)) {
		printf("skipped: random models for %s: this processor lacks %s\n0 passed, 0 failed, 1 skipped\n",
		       target->name, target_feature_absent(target));
		exit(0);
	}
	return target;
}

static enum ram choose_ram(const char *name)
{
	static const struct {
		const char *name;
		enum ram ram;
	} rams[] = {
		{ "", RAM_DEFAULT }, { "least", RAM_LEAST }, { "balanced", RAM_BALANCED }, { "fastest", RAM_FASTEST }
	};

	for (size_t i = 0; i < sizeof rams / sizeof *rams; i++)
		if (strcmp(name, rams[i].name) == 0) return rams[i].ram;
	die("--ram is no '%s'", name);
}

/* Of activations: "" leaves models as they are. */
static enum type choose_type(const char *name)
{
	static const enum type types[] = { TYPE_I8, TYPE_I16 };

	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(name, type_name(types[i])) == 0) return types[i];
	if (*name) die("no integers are called '%s'", name);
	return TYPE_F32;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	int64_t total = argc > 3 ? atoll(argv[1]) : 0, done = 0, tried = 0;
	const int64_t lane = argc > 11 ? atoll(argv[10]) : 0, lanes = argc > 11 ? atoll(argv[11]) : 1;
	uint64_t seed = argc > 3 ? strtoull(argv[2], NULL, 10) : 0, first = argc > 4 ? strtoull(argv[4], NULL, 10) : 0;
	struct progress *progress;
	double start = now();
	struct failures failures = { .arena = arena };
	const struct target *target;
	enum fp fp;
	struct shelf shelf;

	if (total < 1 || lane < 0 || lane >= lanes) {
		fputs("usage: models N SEED FOLDER [FIRST [TARGET [FP [PIECE [RAM [INTEGERS [LANE LANES]]]]]]]\n",
		      stderr);
		return STATUS_USAGE;
	}
	target = choose_target(argc > 5 ? argv[5] : "c99", argc > 6 ? argv[6] : NULL, &fp);
	failures.n = rows_missing();
	shelf = find_compilers(target);
	if (shelf.n == 0) {
		printf("skipped: random models for %s: no compiler\n0 passed, 0 failed, 1 skipped\n", target->name);
		return 0;
	}
	progress = progress_start(arena, "models", total, false);
	for (int64_t index = 0; done < total && failures.n < FAILURES_MOST; index++) {
		struct batch batch = choose(&shelf, index, seed, first + (uint64_t)done, total - done);
		struct verdict_of verdicts[BATCH];

		done += batch.n;
		if (index % lanes != lane) continue;
		tried += batch.n;
		batch.folder = argv[3];
		batch.target = target;
		batch.fp = fp;
		batch.piece = argc > 7 ? atoll(argv[7]) : 0;
		batch.activations = choose_type(argc > 9 ? argv[9] : "");
		batch.ram = choose_ram(argc > 8 ? argv[8] : "");
		batch_try(&batch, verdicts);
		for (int i = 0; i < batch.n && failures.n < FAILURES_MOST; i++) {
			if (verdicts[i].stage == STAGE_PASSED) continue;
			report_failure(&failures, &batch, batch.first + (uint64_t)i, &verdicts[i]);
		}
		progress_at(progress, done);
	}
	progress_end(progress);
	printf("%lld models in %.0f s, of the processor %.0f s: %.0f a minute of one core\n", (long long)tried,
	       now() - start, processor_time(), (double)tried / processor_time() * 60);
	printf("%lld passed, %lld failed\n", (long long)(tried > failures.n ? tried - failures.n : 0),
	       (long long)failures.n);
	arena_free(arena);
	return failures.n != 0;
}
