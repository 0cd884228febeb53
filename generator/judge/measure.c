/* measure.c: instructions, stack and sizes of a program on an emulated microcontroller. */
#include "judge/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The counter has so many ticks an instruction, so that rounding them is exact; and but one in some instructions where the
 * work is so large that its 32 bits would not hold it. */
enum { TICKS_LEAST = 4, SHIFT_LESS = 5, SHIFT_MOST = 10 };
static const int64_t work_large = 5000000;
enum { MEASURE_SECONDS = 1800 };

static const char *const data_kinds[DATA_KINDS][2] = { { "zeros", "zero point" },
						       { "noise", "noise" },
						       { "1e30", "ends of the range" },
						       { "NaN", NULL },
						       { "subnormals", NULL } };

const char *data_kind_name(enum data_kind kind, bool integers)
{
	return data_kinds[kind][integers];
}

bool inputs_are_integers(const struct graph *graph)
{
	for (int i = 0; i < graph->inputs.n; i++)
		if (!tensor_is_integer(graph->inputs.at[i])) return false;
	return true;
}

/* One image: the program as it is, or with marks. */
struct image {
	const struct program *program;
	const struct options *options;
	const char *folder, *source, *object, *binary, *log;
	bool marked;
	unsigned wanted;
	int shift;
	struct measured *out;
	struct arena *arena;
	struct diag *diag;
};

static int shift_of(const struct program *program)
{
	const int64_t hz = target_board(program->target)->counter_hz;
	int shift = 0;
	while (shift < SHIFT_MOST && (hz << shift) < (int64_t)TICKS_LEAST * 1000000000) shift++;
	if (program->plan->macs < work_large) return shift;
	return shift > SHIFT_LESS ? shift - SHIFT_LESS : 0;
}

/* ---- building ----------------------------------------------------------------------------------------------------- */

static bool write_emitted(struct image *image)
{
	struct outputs outputs = { 0 };
	struct options options = *image->options;
	options.harness = false;
	bool written = emit(image->program, &options, &outputs, image->arena, image->diag);
	if (written && image->marked) {
		struct text marked = { 0 };
		marks_add(image->program, outputs.at[1].text.at, &marked, image->arena);
		text_free(&outputs.at[1].text);
		outputs.at[1].text = marked;
	}
	written = written && write_outputs(image->folder, &outputs, NULL, 0, image->diag);
	outputs_free(&outputs);
	return written;
}

static bool write_program(const struct image *image)
{
	struct arena *arena = image->arena;
	struct value *view = value_map(arena);
	struct text text = { 0 };
	value_set_text(arena, view, "prefix", image->program->prefix);
	value_set_int(arena, view, "spans", image->marked ? image->program->plan->steps.n + 1 : 1);
	value_set_int(arena, view, "shift", image->shift);
	value_set_int(arena, view, "counter_hz", target_board(image->program->target)->counter_hz);
	arrays_view(image->program->graph, view, arena);
	const bool written = render("firmware/measure.c.ct", view, NULL, &text, image->diag) &&
			     scratch_write(path_join(arena, image->folder, "measure.c"), text.at, image->diag);
	text_free(&text);
	return written;
}

/* A command of the compiler that ought to end well; says why nothing was measured where it does not. */
static bool compiled(const struct image *image, struct words *words)
{
	const struct target *target = image->program->target;
	const struct outcome outcome = process_run(words, image->log, COMPILE_SECONDS, image->arena);
	if (outcome.how == ENDED_EXIT && outcome.code == 0) return true;
	if (scratch_interrupted()) return false;
	if (outcome.how == ENDED_ABSENT || outcome.how == ENDED_TIME) {
		diag_file_error(image->diag, words->list.at[0], "the C compiler %s; nothing was measured%s",
				outcome_shown(image->arena, outcome), who_brings(words->list.at[0], image->arena));
	} else if (compiler_works(target, image->folder, image->arena, image->diag)) {
		diag_file_error(image->diag, words->list.at[0],
				"the C compiler does not take the code; nothing was measured");
		log_show(image->log, image->arena);
	}
	return false;
}

static struct words compile_words(const struct image *image)
{
	struct words words = compiler_words(image->program->target, image->arena);
	words_add(&words, "-I", image->arena);
	words_add(&words, image->folder, image->arena);
	return words;
}

static bool build_image(struct image *image)
{
	struct words object = compile_words(image), binary = compile_words(image);
	words_add(&object, "-c", image->arena);
	words_add(&object, image->source, image->arena);
	words_add(&object, "-o", image->arena);
	words_add(&object, image->object, image->arena);
	words_add(&binary, path_join(image->arena, image->folder, "measure.c"), image->arena);
	words_add(&binary, image->object, image->arena);
	firmware_link(&binary, image->folder, image->arena);
	words_add(&binary, "-o", image->arena);
	words_add(&binary, image->binary, image->arena);
	return compiled(image, &object) && compiled(image, &binary);
}

/* ---- running ------------------------------------------------------------------------------------------------------ */

/* Of span 0, or that of layer i - 1. */
static void take_span(struct image *image, int kind, int span, int64_t instructions, int64_t stack)
{
	struct measured *out = image->out;
	if (!image->marked) {
		if (kind == DATA_NOISE) out->stack = stack;
	} else if (span == 0) {
		if (kind == DATA_NOISE) out->between = instructions;
	} else if (span <= out->layers) {
		out->layer[span - 1].instructions[kind] = instructions;
		if (kind == DATA_NOISE) out->layer[span - 1].stack = stack;
	}
}

/* "data 1 20400", "span 1 0 20400 104" */
static void read_line(struct image *image, const char *line)
{
	int kind, span;
	long long instructions;
	long stack;
	if (sscanf(line, "data %d %lld", &kind, &instructions) == 2 && kind >= 0 && kind < DATA_KINDS && !image->marked)
		image->out->instructions[kind] = instructions;
	if (sscanf(line, "span %d %d %lld %ld", &kind, &span, &instructions, &stack) == 4 && kind >= 0 &&
	    kind < DATA_KINDS && span >= 0)
		take_span(image, kind, span, instructions, stack);
}

static bool read_results(struct image *image)
{
	struct bytes file;
	const char *reason;
	if (!file_read(image->arena, image->log, &file, &reason)) {
		diag_file_error(image->diag, image->log, "cannot be read: %s", reason);
		return false;
	}
	for (const char *at = (const char *)file.at; *at; at += strcspn(at, "\n"), at += *at == '\n')
		read_line(image, at);
	return true;
}

static bool run_image(struct image *image)
{
	struct arena *arena = image->arena;
	struct words arguments = { 0 };
	words_add(&arguments, arena_printf(arena, "%d", DATA_NOISE), arena);
	for (int kind = 0; image->wanted & MEASURE_DATA && kind < DATA_KINDS; kind++)
		if (kind != DATA_NOISE) words_add(&arguments, arena_printf(arena, "%d", kind), arena);
	struct words words = firmware_words(image->program->target, image->binary, &arguments, arena);
	firmware_count(&words, image->shift, arena);
	const struct outcome outcome = process_run(&words, image->log, MEASURE_SECONDS, arena);
	if (scratch_interrupted()) return false;
	if (outcome.how == ENDED_EXIT && outcome.code == 0) return read_results(image);
	diag_file_error(image->diag, words.list.at[0], "the image that measures %s; nothing was measured%s",
			outcome_shown(arena, outcome),
			outcome.how == ENDED_ABSENT ? who_brings(words.list.at[0], arena) : "");
	if (outcome.how != ENDED_ABSENT) log_show(image->log, arena);
	return false;
}

/* ---- sizes -------------------------------------------------------------------------------------------------------- */

static bool read_sizes(struct image *image)
{
	struct measured *out = image->out;
	struct object_sizes sizes;
	if (!object_sizes(image->object, &sizes, image->arena, image->diag)) return false;
	if (!image->marked) {
		out->code = sizes.code;
		out->constants = sizes.constants;
		return true;
	}
	for (int i = 0; i < sizes.symbols.n; i++) {
		const struct object_symbol *symbol = &sizes.symbols.at[i];
		const int step = step_of_function(image->program, symbol->name, strlen(symbol->name));
		if (step < 0) continue;
		*(symbol->is_code ? &out->layer[step].code : &out->layer[step].constants) += symbol->bytes;
	}
	return true;
}

static bool measure_image(struct image *image, const char *scratch)
{
	struct arena *arena = image->arena;
	const struct board *board = target_board(image->program->target);
	const char *prefix = image->program->prefix;
	image->folder = path_join(arena, scratch, image->marked ? "marked" : "whole");
	image->source = path_join(arena, image->folder, arena_printf(arena, "%s.c", prefix));
	image->object = path_join(arena, image->folder, "object.o");
	image->binary = path_join(arena, image->folder, "image");
	image->log = path_join(arena, image->folder, "log");
	if (mkdir(image->folder, 0700) != 0) {
		diag_file_error(image->diag, image->folder, "cannot be made: %s", strerror(errno));
		return false;
	}
	return firmware_write(board, image->folder, arena, image->diag) && write_emitted(image) &&
	       write_program(image) && build_image(image) && read_sizes(image) && run_image(image);
}

bool measure_firmware(const struct program *program, const struct options *options, unsigned wanted,
		      struct measured *out, struct arena *arena, struct diag *diag)
{
	const struct plan *plan = program->plan;
	struct image image = { .program = program,
			       .options = options,
			       .wanted = wanted,
			       .shift = shift_of(program),
			       .out = out,
			       .arena = arena,
			       .diag = diag };
	*out = (struct measured){ .context = plan->context_bytes };
	if (!firmware_fits(program, diag)) return false;
	const char *scratch = scratch_open(arena, diag);
	if (!scratch) return false;
	bool done = measure_image(&image, scratch);
	if (done && wanted & MEASURE_LAYERS) {
		out->layers = plan->steps.n;
		out->layer = NEW_ARRAY(arena, out->layers, struct measured_layer);
		for (int i = 0; i < out->layers; i++) out->layer[i].step = &plan->steps.at[i];
		image.marked = true;
		done = measure_image(&image, scratch);
	}
	scratch_close();
	return done;
}

/* Whether $PATH has the tool. */
static bool is_there(const char *tool, struct arena *arena)
{
	const char *path = getenv("PATH");
	for (const char *at = path ? path : ""; *at; at += strcspn(at, ":"), at += *at == ':')
		if (access(path_join(arena, arena_string_n(arena, at, strcspn(at, ":")), tool), X_OK) == 0) return true;
	return false;
}

const char *measure_lacks(const struct target *target, struct arena *arena)
{
	const char *const commands[] = { target_compiler(target),
					 target_board(target) ? target_emulator(target) : NULL };
	for (int i = 0; i < 2; i++) {
		if (!commands[i]) continue;
		const char *tool = arena_string_n(arena, commands[i], strcspn(commands[i], " "));
		if (!is_there(tool, arena)) return arena_printf(arena, "%s%s", tool, who_brings(tool, arena));
	}
	return NULL;
}

/* ---- what runs on hosts -------------------------------------------------------------------------------------------- */

/* Code and constants alone: nothing runs. */
static bool measure_object(const struct program *program, const struct options *options, struct measured *out,
			   const char *scratch, struct arena *arena, struct diag *diag)
{
	struct image image = { .program = program, .options = options, .out = out, .arena = arena, .diag = diag };
	struct words words;
	image.folder = path_join(arena, scratch, "whole");
	image.object = path_join(arena, image.folder, "object.o");
	image.log = path_join(arena, scratch, "log");
	if (!write_emitted(&image)) return false;
	words = compile_words(&image);
	words_add(&words, "-fno-asynchronous-unwind-tables", arena);
	words_add(&words, "-c", arena);
	words_add(&words, path_join(arena, image.folder, arena_printf(arena, "%s.c", program->prefix)), arena);
	words_add(&words, "-o", arena);
	words_add(&words, image.object, arena);
	return compiled(&image, &words) && read_sizes(&image);
}

bool measure_size(const struct program *program, const struct options *options, struct measured *out,
		  struct arena *arena, struct diag *diag)
{
	const char *scratch;
	bool done;
	if (target_board(program->target)) return measure_firmware(program, options, 0, out, arena, diag);
	*out = (struct measured){ .context = program->plan->context_bytes };
	scratch = scratch_open(arena, diag);
	if (!scratch) return false;
	done = measure_object(program, options, out, scratch, arena, diag);
	scratch_close();
	return done;
}
