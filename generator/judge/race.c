/* race.c: programs that compute the same: compiled, compared bit for bit, and timed in turns in one process. */
#include "judge/parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Emitted files in one run of the compiler: reading the header of the intrinsics takes longer than most of them. */
enum { FILES_IN_UNIT = 4, COMPILERS_MOST = 16, RACE_SECONDS = 600 };

static bool write_emitted(const struct race *race, const struct program *program)
{
	struct outputs outputs = { 0 };
	struct options options = *race->options;
	options.harness = false;
	options.tables = race->apart ? TABLES_INCBIN : TABLES_TEXT;
	const bool written = emit(program, &options, &outputs, race->arena, race->diag) &&
			     write_outputs(race->folder, &outputs, NULL, 0, race->diag);
	outputs_free(&outputs);
	return written;
}

static struct value *driver_view(const struct race *race)
{
	struct arena *arena = race->arena;
	struct value *view = value_map(arena), *names = value_list(arena);
	for (int i = 0; i < race->n; i++) value_push(names, value_string(arena, race->runner[i].program->prefix));
	value_set(view, "names", names);
	arrays_view(race->runner[0].program->graph, view, arena);
	return view;
}

static bool write_driver(const struct race *race)
{
	struct text text = { 0 };
	const bool written = render("race.c.ct", driver_view(race), NULL, &text, race->diag) &&
			     scratch_write(path_join(race->arena, race->folder, "race.c"), text.at, race->diag);
	text_free(&text);
	return written;
}

/* ---- compiling ------------------------------------------------------------------------------------------------- */

static const char *in_folder(const struct race *race, const char *name, int number, const char *suffix)
{
	return path_join(race->arena, race->folder, arena_printf(race->arena, "%s%d%s", name, number, suffix));
}

/* Unit i is the driver where i is 0, else a few of the emitted files. */
static bool start_unit(const struct race *race, int unit, struct process *process)
{
	const char *source =
	    unit ? in_folder(race, "unit", unit, ".c") : path_join(race->arena, race->folder, "race.c");
	struct words words = compiler_words(race->runner[0].program->target, race->arena);
	struct text text = { 0 };
	bool written = true;
	for (int i = (unit - 1) * FILES_IN_UNIT; unit && i < unit * FILES_IN_UNIT && i < race->n; i++)
		text_printf(&text, "#include \"%s.c\"\n", race->runner[i].program->prefix);
	if (unit) written = scratch_write(source, text.at, race->diag);
	text_free(&text);
	words_add(&words, "-I", race->arena);
	words_add(&words, race->folder, race->arena);
	words_add(&words, "-c", race->arena);
	words_add(&words, source, race->arena);
	words_add(&words, "-o", race->arena);
	words_add(&words, in_folder(race, "unit", unit, ".o"), race->arena);
	if (written)
		process_start(process, &words, in_folder(race, "unit", unit, ".log"), COMPILE_SECONDS, race->arena);
	return written;
}

/* Why nothing was compiled: no compiler, one that does not work, or one that refuses this. */
static bool compiled(const struct race *race, struct outcome outcome, const char *log)
{
	const struct target *target = race->runner[0].program->target;
	const char *compiler = compiler_words(target, race->arena).list.at[0];
	if (outcome.how == ENDED_EXIT && outcome.code == 0) return true;
	if (scratch_interrupted() || diag_failed(race->diag)) return false;
	if (outcome.how == ENDED_ABSENT || outcome.how == ENDED_TIME) {
		diag_file_error(race->diag, compiler, "the C compiler %s; nothing was measured (CC names another)",
				outcome_shown(race->arena, outcome));
	} else if (compiler_works(target, race->folder, race->arena, race->diag)) {
		diag_file_error(race->diag, compiler, "the C compiler does not take the code; nothing was measured");
		log_show(log, race->arena);
	}
	return false;
}

static int compilers_at_once(void)
{
	const long processors = sysconf(_SC_NPROCESSORS_ONLN);
	return processors < 1 ? 1 : processors > COMPILERS_MOST ? COMPILERS_MOST : (int)processors;
}

static bool compile_units(const struct race *race, int units)
{
	const int at_once = compilers_at_once();
	struct process process[COMPILERS_MOST];
	bool good = true;
	for (int first = 0; good && first < units; first += at_once) {
		int n = 0;
		while (good && n < at_once && first + n < units) good = start_unit(race, first + n, &process[n]) && ++n;
		for (int i = 0; i < n; i++)
			good = compiled(race, process_wait(&process[i]), in_folder(race, "unit", first + i, ".log")) &&
			       good;
		if (race->progress) progress_at(race->progress, race->from + 100 * (int64_t)(first + n) / units);
	}
	return good && !scratch_interrupted();
}

/* The assembler files with the tables, where there are some; last, as the language is that of all files behind it. */
static void add_tables(const struct race *race, struct words *words)
{
	for (int i = 0; race->apart && i < race->n; i++) {
		const char *name = tables_file(race->runner[i].program->prefix, TABLES_INCBIN, race->arena);
		const char *path = path_join(race->arena, race->folder, name);
		if (access(path, F_OK) != 0) continue;
		words_add(words, "-x", race->arena);
		words_add(words, "assembler-with-cpp", race->arena);
		words_add(words, path, race->arena);
	}
}

static bool link_units(const struct race *race, int units, const char *binary)
{
	struct words words = compiler_words(race->runner[0].program->target, race->arena);
	const char *log = path_join(race->arena, race->folder, "link.log");
	for (int i = 0; i < units; i++) words_add(&words, in_folder(race, "unit", i, ".o"), race->arena);
	words_add(&words, "-o", race->arena);
	words_add(&words, binary, race->arena);
	add_tables(race, &words);
	return compiled(race, process_run(&words, log, COMPILE_SECONDS, race->arena), log);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

/* "time 3 1250000", "differs 3 0 17" */
static void read_line(struct race *race, const char *line)
{
	const struct graph *graph = race->runner[0].program->graph;
	int runner, output;
	long element;
	double picoseconds;
	if (sscanf(line, "time %d %lf", &runner, &picoseconds) == 2 && runner >= 0 && runner < race->n)
		race->runner[runner].ns = picoseconds * 1e-3;
	if (sscanf(line, "differs %d %d %ld", &runner, &output, &element) == 3 && runner >= 0 && runner < race->n &&
	    output >= 0 && output < graph->outputs.n)
		race->runner[runner].fault =
		    arena_printf(race->arena, "other bits from %s on",
				 tensor_element_shown(race->arena, graph, graph->outputs.at[output], element));
}

static bool read_results(struct race *race, const char *log)
{
	struct bytes file;
	const char *reason;
	if (!file_read(race->arena, log, &file, &reason)) {
		diag_file_error(race->diag, log, "cannot be read: %s", reason);
		return false;
	}
	for (const char *at = (const char *)file.at; *at; at += strcspn(at, "\n"), at += *at == '\n')
		read_line(race, at);
	return true;
}

static bool run(struct race *race, const char *binary)
{
	const char *log = path_join(race->arena, race->folder, "race.log");
	struct words words = { 0 };
	words_add(&words, binary, race->arena);
	words_add(&words, arena_printf(race->arena, "%d", race->milliseconds), race->arena);
	const struct outcome outcome = process_run(&words, log, RACE_SECONDS, race->arena);
	if (scratch_interrupted()) return false;
	if (outcome.how == ENDED_EXIT && outcome.code == 0) return read_results(race, log);
	if (outcome.how == ENDED_ABSENT || (outcome.how == ENDED_EXIT && outcome.code == DRIVER_TROUBLE)) {
		diag_file_error(race->diag, binary, "the program that measures %s; nothing was measured",
				outcome_shown(race->arena, outcome));
		return false;
	}
	race->fault = outcome_shown(race->arena, outcome);
	return true;
}

bool race_run(struct race *race)
{
	const int units = 1 + (race->n + FILES_IN_UNIT - 1) / FILES_IN_UNIT;
	const char *binary = path_join(race->arena, race->folder, "race");
	if (mkdir(race->folder, 0700) != 0) {
		diag_file_error(race->diag, race->folder, "cannot be made: %s", strerror(errno));
		return false;
	}
	for (int i = 0; i < race->n; i++)
		if (!write_emitted(race, race->runner[i].program)) return false;
	return write_driver(race) && compile_units(race, units) && link_units(race, units, binary) && run(race, binary);
}
