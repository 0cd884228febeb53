/* build.c: emitted code becomes a program that runs. */
#include "judge/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUN_SECONDS_LEAST = 60 };
/* The slowest run that is waited for: unoptimised code under an emulator. */
static const int64_t slowest_work_per_second = 2000000;
enum { LINES_SHOWN = 40 };

bool scratch_write(const char *path, const char *text, struct diag *diag)
{
	FILE *file = fopen(path, "wb");
	bool written = file && fwrite(text, 1, strlen(text), file) == strlen(text);
	if (file && fclose(file) != 0) written = false;
	if (!written) diag_file_error(diag, path, "cannot be written");
	return written;
}

void log_show(const char *path, struct arena *arena)
{
	struct bytes log;
	const char *reason;
	if (!file_read(arena, path, &log, &reason)) return;
	const char *at = (const char *)log.at;
	for (int line = 0; *at; line++) {
		if (line == LINES_SHOWN) {
			fputs("    ...\n", stderr);
			return;
		}
		const size_t n = strcspn(at, "\n");
		fprintf(stderr, "    %.*s\n", (int)n, at);
		at += n + (at[n] == '\n');
	}
}

static const char *compiler_of(const struct target *target)
{
	const char *compiler = target_compiler(target);
	if (compiler) return compiler;
	compiler = getenv("CC");
	return compiler && compiler[strspn(compiler, " \t")] ? compiler : "cc";
}

/* Where no word begins so yet: what the user says of language and optimisation is what gets judged. */
static void add_default(struct words *words, const char *begin, const char *word, struct arena *arena)
{
	for (int i = 1; i < words->list.n; i++)
		if (strncmp(words->list.at[i], begin, strlen(begin)) == 0) return;
	words_add(words, word, arena);
}

struct words compiler_words(const struct target *target, struct arena *arena)
{
	struct words words = { 0 };
	words_split(&words, compiler_of(target), arena);
	add_default(&words, "-std=", "-std=c99", arena);
	add_default(&words, "-O", "-O2", arena);
	words_split(&words, getenv("CFLAGS"), arena);
	return words;
}

const char *who_brings(const char *tool, struct arena *arena)
{
	const char *packages = tool_packages(tool);
	return packages ? arena_printf(arena, " (Debian: apt-get install %s)", packages) : "";
}

/* A little program that has to compile. */
struct probe {
	const char *source, *without; /* what the compiler does if it does not */
};
static const struct probe empty_program = {
	"#include <string.h>\nint main(void)\n{\n    return 0;\n}\n",
	"%s on an empty program; nothing was checked (CC and CFLAGS name another)"
};
static const struct probe embedding = {
	"#if !defined(__has_embed)\n#error \"no #embed\"\n#endif\nint main(void)\n{\n    return 0;\n}\n",
	"%s on #embed of C23, which --weights embed needs; nothing was checked (gcc 15 and clang 19 have it; CC names "
	"another)"
};

/* Says why where it does not. */
static bool probe_compiles(const struct probe *probe, const struct target *target, const char *scratch,
			   struct arena *arena, struct diag *diag)
{
	const char *source = path_join(arena, scratch, "probe.c");
	const char *log = path_join(arena, scratch, "probe.log");
	struct words words = compiler_words(target, arena);
	if (!scratch_write(source, probe->source, diag)) return false;
	words_add(&words, source, arena);
	if (target_board(target)) words_add(&words, "-c", arena);
	words_add(&words, "-o", arena);
	words_add(&words, path_join(arena, scratch, "probe"), arena);
	const struct outcome outcome = process_run(&words, log, COMPILE_SECONDS, arena);
	if (outcome.how == ENDED_EXIT && outcome.code == 0) return true;
	const char *why = arena_printf(arena, probe->without, outcome_shown(arena, outcome));
	diag_file_error(diag, words.list.at[0], "the C compiler %s%s", why, who_brings(words.list.at[0], arena));
	log_show(log, arena);
	return false;
}

static bool stands_beside(const struct build *build, enum tables tables, const char **path, struct arena *arena)
{
	*path = path_join(arena, build->folder, tables_file(build->program->prefix, tables, arena));
	return access(*path, F_OK) == 0;
}

bool compiler_works(const struct target *target, const char *scratch, struct arena *arena, struct diag *diag)
{
	return probe_compiles(&empty_program, target, scratch, arena, diag);
}

/* Whether this code has to compile there. */
static bool has_to_compile(const struct build *build, struct arena *arena, struct diag *diag)
{
	const struct target *target = build->program->target;
	const char *path;
	if (!compiler_works(target, build->scratch, arena, diag)) return false;
	return !stands_beside(build, TABLES_EMBED, &path, arena) ||
	       probe_compiles(&embedding, target, build->scratch, arena, diag);
}

/* --weights incbin: the assembler file, where it stands beside the other two; last, as the user may have said what
 * language all files are of. */
static void add_tables(struct words *words, const struct build *build, struct arena *arena)
{
	const char *path;
	if (!stands_beside(build, TABLES_INCBIN, &path, arena)) return;
	words_add(words, "-x", arena);
	words_add(words, "assembler-with-cpp", arena);
	words_add(words, path, arena);
}

static struct words build_words(const struct build *build, const char *driver, struct arena *arena)
{
	struct words words = compiler_words(build->program->target, arena);
	words_add(&words, "-I", arena);
	words_add(&words, build->folder, arena);
	words_add(&words, driver, arena);
	words_add(&words, path_join(arena, build->folder, arena_printf(arena, "%s.c", build->program->prefix)), arena);
	if (target_board(build->program->target)) firmware_link(&words, build->scratch, arena);
	words_add(&words, "-o", arena);
	words_add(&words, build->binary, arena);
	add_tables(&words, build, arena);
	return words;
}

/* Says so where this processor lacks what the target's code needs. */
static bool target_runs(const struct target *target, struct diag *diag)
{
	const char *absent = target_feature_absent(target);
	if (!absent) return true;
	diag_file_error(diag, target->name,
			"the target's code does not run here, this processor has no %.*s; nothing was checked",
			(int)strcspn(absent, ","), absent);
	return false;
}

/* What to do about a compiler that is not there. */
static const char *other_compiler(const struct target *target, struct arena *arena)
{
	const char *compiler = target_compiler(target);
	if (!compiler) return " (CC names another)";
	return who_brings(arena_string_n(arena, compiler, strcspn(compiler, " ")), arena);
}

enum built build_make(struct build *build, struct arena *arena, struct diag *diag)
{
	const struct board *board = target_board(build->program->target);
	if (!target_runs(build->program->target, diag)) return BUILD_IMPOSSIBLE;
	if (board && !(firmware_fits(build->program, diag) && firmware_write(board, build->scratch, arena, diag)))
		return BUILD_IMPOSSIBLE;
	const char *driver = path_join(arena, build->scratch, arena_printf(arena, "%s_driver.c", build->name));
	struct words shown = compiler_words(build->program->target, arena);
	struct text text = { 0 };
	build->binary = path_join(arena, build->scratch, build->name);
	build->log = path_join(arena, build->scratch, arena_printf(arena, "%s.log", build->name));
	build->compiler = shown.list.at[0];
	for (int i = 1; i < shown.list.n; i++) {
		build->compiler = arena_printf(arena, "%s %s", build->compiler, shown.list.at[i]);
	}
	const bool written = driver_text(build->program, &text, arena, diag) && scratch_write(driver, text.at, diag);
	text_free(&text);
	if (!written) return BUILD_IMPOSSIBLE;
	struct words words = build_words(build, driver, arena);
	const struct outcome outcome = process_run(&words, build->log, COMPILE_SECONDS, arena);
	if (scratch_interrupted()) return BUILD_IMPOSSIBLE;
	if (outcome.how == ENDED_EXIT && outcome.code == 0) return BUILT;
	if (outcome.how == ENDED_ABSENT || outcome.how == ENDED_TIME) {
		diag_file_error(diag, words.list.at[0], "the C compiler %s; nothing was checked%s",
				outcome_shown(arena, outcome), other_compiler(build->program->target, arena));
		return BUILD_IMPOSSIBLE;
	}
	if (!has_to_compile(build, arena, diag)) return BUILD_IMPOSSIBLE;
	log_show(build->log, arena);
	return BUILD_FAILED;
}

static const char *first_line(const char *path, struct arena *arena)
{
	struct bytes log;
	const char *reason;
	if (!file_read(arena, path, &log, &reason)) return "";
	return arena_string_n(arena, (const char *)log.at, strcspn((const char *)log.at, "\n"));
}

static int seconds_for(const struct build *build, int64_t n)
{
	int64_t work;
	if (!size_mul(graph_macs(build->program->graph) + 1, 2 * n, &work)) work = INT64_MAX;
	const int64_t seconds = RUN_SECONDS_LEAST + work / slowest_work_per_second;
	return seconds > 86400 ? 86400 : (int)seconds;
}

static struct words run_words(const struct build *build, const char *in, const char *out, const char *context,
			      int64_t n, struct arena *arena)
{
	const struct target *target = build->program->target;
	struct words words = { 0 };
	if (!target_board(target)) {
		words_split(&words, target_emulator(target), arena);
		words_add(&words, build->binary, arena);
	}
	words_add(&words, arena_printf(arena, "%lld", (long long)n), arena);
	words_add(&words, in, arena);
	words_add(&words, out, arena);
	if (context || build->sizes) words_add(&words, context ? context : "-", arena);
	words_split(&words, build->sizes, arena);
	return target_board(target) ? firmware_words(target, build->binary, &words, arena) : words;
}

enum ran build_run(const struct build *build, const char *in, const char *out, const char *context, int64_t n,
		   const char **why, struct arena *arena, struct diag *diag)
{
	const char *log = path_join(arena, build->scratch, arena_printf(arena, "%s_run.log", build->name));
	struct words words = run_words(build, in, out, context, n, arena);
	const struct outcome outcome = process_run(&words, log, seconds_for(build, n), arena);
	if (scratch_interrupted()) return RAN_IMPOSSIBLE;
	*why = first_line(log, arena);
	if (outcome.how == ENDED_EXIT && outcome.code == 0) {
		log_show(log, arena); /* a sanitizer that goes on after what it found */
		return RAN;
	}
	if (outcome.how == ENDED_EXIT && outcome.code == DRIVER_FAULT && strncmp(*why, "sample ", 7) == 0)
		return RAN_WRONG;
	if (outcome.how == ENDED_ABSENT || (outcome.how == ENDED_EXIT && outcome.code == DRIVER_TROUBLE)) {
		diag_file_error(diag, words.list.at[0],
				"the program that runs the emitted code %s%s%s; nothing was checked%s",
				outcome_shown(arena, outcome), **why ? ": " : "", *why,
				outcome.how == ENDED_ABSENT ? who_brings(words.list.at[0], arena) : "");
		return RAN_IMPOSSIBLE;
	}
	/* A crash, an endless loop, or a sanitizer's message. */
	log_show(log, arena);
	*why = outcome_shown(arena, outcome);
	return RAN_WRONG;
}
