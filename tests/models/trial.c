/* trial.c: drafts become emitted code, many models in one program, whose outputs are compared with the interpreter's. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "tests/models/models.h"

#include "judge/parts.h"
#include "layers/integer.h"

#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TENSORS_MOST = 8, SAMPLES = 4, SECONDS_A_BATCH = 600, SECONDS_TO_RUN = 300 };

/* Warnings are errors: the output is promised to have none. */
#define STRICT " -Werror -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wdouble-promotion -Wundef -Wcast-qual "
#define C99    " -std=c99 -Wmissing-prototypes" STRICT

/* Targets by what compiles them. */
enum {
	C99_TARGET = 1,
	X86_TARGETS = 2,
	ARM_TARGETS = 4,
	THUMB_TARGETS = 8, /* Cortex-M without vectors: Armv7-A runs the same instructions in a program of Linux */
	OTHER_TARGETS = 0,
	HOST_TARGETS = C99_TARGET | X86_TARGETS
};

#define ARM_GCC   "aarch64-linux-gnu-gcc -static"
#define ARM_CLANG "clang --target=aarch64-linux-gnu -static"
#define THUMB_GCC "arm-linux-gnueabihf-gcc -static -mthumb -mcpu=cortex-a7 -mfpu=vfpv4-d16"

static const struct compiler compilers[] = {
	{ "tcc", "tcc -w", C99_TARGET, true, NULL },
	{ "gcc -O1", "gcc -O1" C99, X86_TARGETS, false, NULL },
	{ "gcc -O1 for AArch64", ARM_GCC " -O1" C99, ARM_TARGETS, false, "qemu-aarch64" },
	{ "gcc -O2 -mavx2 -mfma", "gcc -O2 -mavx2 -mfma" C99, HOST_TARGETS, false, NULL },
	{ "clang -O2 -mavx2 -mfma", "clang -O2 -mavx2 -mfma" C99, HOST_TARGETS, false, NULL },
	{ "gcc -O0", "gcc -O0" C99, HOST_TARGETS, false, NULL },
	{ "gcc -O3 -march=haswell", "gcc -O3 -march=haswell" C99, HOST_TARGETS, false, NULL },
	{ "clang -O3", "clang -O3" C99, HOST_TARGETS, false, NULL },
	{ "gcc -O1, sanitizers", "gcc -O1 -fsanitize=address,undefined -fno-sanitize-recover=all" C99, HOST_TARGETS,
	  false, NULL },
	{ "g++ -O2 -mfma", "g++ -x c++ -std=c++17 -O2 -mfma" STRICT, HOST_TARGETS, false, NULL },
	{ "gcc -Os", "gcc -Os" C99, HOST_TARGETS, false, NULL },
	{ "clang -O2 for AArch64", ARM_CLANG " -O2" C99, ARM_TARGETS, false, "qemu-aarch64" },
	{ "gcc -O3 for AArch64", ARM_GCC " -O3" C99, ARM_TARGETS, false, "qemu-aarch64" },
	{ "gcc -O2 for Thumb", THUMB_GCC " -O2" C99, THUMB_TARGETS, false, "qemu-arm" },
	{ "gcc -Os for Thumb", THUMB_GCC " -Os" C99, THUMB_TARGETS, false, "qemu-arm" },
	{ "gcc -O3 for Thumb", THUMB_GCC " -O3" C99, THUMB_TARGETS, false, "qemu-arm" },
};

bool compiler_fits(const struct compiler *compiler, const struct target *target)
{
	const char *machine = target->machine;
	const bool thumb = target->board && machine && strcmp(machine, "arm") == 0 && target->width[0] == 0;
	const unsigned family = thumb                            ? THUMB_TARGETS
				: target->board                  ? OTHER_TARGETS
				: !machine                       ? C99_TARGET
				: strcmp(machine, "x86_64") == 0 ? X86_TARGETS
								 : ARM_TARGETS;

	return (compiler->targets & family) != 0;
}

const struct compiler *compiler_row(int index)
{
	return index < (int)(sizeof compilers / sizeof *compilers) ? &compilers[index] : NULL;
}

/* What a child tells, model by model, also when it dies. */
struct tally_board {
	int at;    /* the model it is at */
	bool done; /* came to its end */
	struct verdict_of verdict[];
};

/* A model of the batch in the child. */
struct made {
	bool there;
	int inputs, outputs;
	const char *type[2][TENSORS_MOST]; /* C types of inputs and outputs */
	struct text in;                    /* SAMPLES times all inputs, raw floats */
	float *out[SAMPLES];               /* all outputs one behind the other */
	int64_t out_elements;              /* of one sample */
};

struct work {
	const struct batch *batch;
	struct tally_board *board;
	struct made *made;
	struct arena *arena;
};

static void tell(struct work *work, int i, enum trial_stage stage, const char *text)
{
	struct verdict_of *verdict = &work->board->verdict[i];

	verdict->stage = stage;
	snprintf(verdict->said, sizeof verdict->said, "%s", text);
}

static const char *path_of(const struct work *work, struct arena *arena, const char *name)
{
	return path_join(arena, work->batch->folder, name);
}

static void write_whole(const char *path, const struct text *text)
{
	FILE *file = fopen(path, "wb");

	if (!file || fwrite(text->at, 1, text->n, file) != text->n || fclose(file) != 0)
		die("%s: cannot be written", path);
}

/* ---- a model from its text to its emitted files ---------------------------------------------------------------------- */

/* The files as a user would have them; options name them. */
static void write_model(struct work *work, const struct draft *draft, int i, struct options *options,
			struct arena *arena)
{
	struct text text = { 0 }, weights = { 0 };

	if (work->batch->archive) {
		draft_keras(draft, &text);
		options->model = path_of(work, arena, arena_printf(arena, "m%d.keras", i));
	} else {
		draft_json(draft, &text);
		options->model = path_of(work, arena, arena_printf(arena, "m%d.json", i));
		if (draft_npz(draft, &weights)) {
			options->weights = path_of(work, arena, arena_printf(arena, "m%d.npz", i));
			write_whole(options->weights, &weights);
		}
	}
	write_whole(options->model, &text);
	text_free(&text);
	text_free(&weights);
}

/* Models that cannot be quantised stay as they are. */
static bool quantise_program(struct work *work, struct program *p, int i, struct arena *arena, struct diag *diag)
{
	const struct batch *batch = work->batch;
	struct dice dice = dice_of(batch->seed ^ 0x9e3779b97f4a7c15, batch->first + (batch->drafts ? 0 : (uint64_t)i));
	struct graph *graph;

	if (batch->activations == TYPE_F32) return true;
	graph = graph_quantised(p->graph, batch->activations, &dice, arena, diag);
	if (!graph) return !diag_failed(diag);
	infer(graph, diag);
	if (diag_failed(diag)) return false;
	graph_check(graph);
	p->meaning = p->loaded->graph = graph;
	p->graph = graph_copy(arena, graph);
	fold(p->graph);
	graph_check(p->graph);
	return true;
}

static bool make_program(struct work *work, struct program *p, int i, const struct options *options,
			 struct arena *arena, struct diag *diag)
{
	const struct batch *batch = work->batch;
	struct wish wish = { .ram = RAM_FASTEST };

	if (batch->ram != RAM_DEFAULT) wish = (struct wish){ batch->ram, batch->piece };
	work->board->verdict[i].stage = STAGE_LOAD;
	p->prefix = options->prefix;
	p->macro = upper(arena, p->prefix);
	p->target = work->batch->target;
	p->fp = work->batch->fp;
	p->loaded = load(options, arena, diag);
	if (!p->loaded || diag_failed(diag)) return false;
	p->meaning = p->loaded->graph;
	infer(p->meaning, diag);
	if (diag_failed(diag)) return false;
	graph_check(p->meaning);
	p->graph = graph_copy(arena, p->meaning);
	fold(p->graph);
	graph_check(p->graph);
	if (!quantise_program(work, p, i, arena, diag)) return false;
	work->board->verdict[i].stage = STAGE_PLAN;
	p->plan = plan_make_for(p->graph, p->target, p->fp, NULL, wish, arena, diag);
	if (!p->plan || diag_failed(diag)) return false;
	plan_check(p->plan);
	if (work->batch->piece > 0 && work->batch->ram == RAM_DEFAULT) plan_in_pieces(p->plan, work->batch->piece);
	return true;
}

static bool emit_program(struct work *work, const struct program *p, int i, const struct options *options,
			 struct arena *arena, struct diag *diag)
{
	struct outputs outputs = { 0 };
	bool right;

	work->board->verdict[i].stage = STAGE_EMIT;
	right = emit(p, options, &outputs, arena, diag);
	for (int k = 0; right && k < outputs.n; k++)
		write_whole(path_of(work, arena, outputs.at[k].name), &outputs.at[k].text);
	outputs_free(&outputs);
	return right;
}

/* ---- the interpreter ------------------------------------------------------------------------------------------------- */

/* One that computes with integers, in real numbers. */
static const char *judge_integers(const struct graph *graph, const struct node *node, const struct values *values,
				  struct arena *arena)
{
	const double **in = node_inputs(node, values, arena);

	for (int k = 0; k < node->n_out; k++) {
		const struct tensor *tensor = node->out[k];
		const double *expected = integer_meaning(graph, node, k, in, arena);
		const double *bound = integer_bound(node, k, in, expected, arena);
		const float *value = values->at[tensor->id];
		for (int64_t e = 0; e < tensor_elements(tensor); e++) {
			const double real = tensor_is_integer(tensor) ? real_of(tensor, value[e]) : (double)value[e];
			if (!isfinite(real) || !isfinite(expected[e]) || !isfinite(bound[e])) continue;
			if (!(fabs(real - expected[e]) <= bound[e]))
				return arena_printf(arena, "%s element %lld: interpreter %.9g, meaning %.17g, bound %g",
						    layer_shown(arena, node), (long long)e, real, expected[e],
						    bound[e]);
		}
	}
	return NULL;
}

/* Each folded layer against the float64 meaning of what it was made of, where both are finite. */
static const char *judge_layers(const struct graph *graph, const struct values *values, struct arena *arena)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		if (node_is_integer(node)) {
			const char *wrong = judge_integers(graph, node, values, arena);
			if (wrong) return wrong;
			continue;
		}
		const double **in = node_inputs(node, values, arena);
		const double *expected = node_meaning(graph, node, in, arena);
		const double *bound = error_bound(graph, node, values, arena);
		const float *value = values->at[node->out[0]->id];
		const int64_t n = tensor_elements(node->out[0]);
		for (int64_t k = 0; k < n; k++) {
			if (!isfinite(value[k]) || !isfinite(expected[k])) continue;
			if (!(fabs((double)value[k] - expected[k]) <= bound[k]))
				return arena_printf(arena, "%s element %lld: interpreter %.9g, meaning %.17g, bound %g",
						    layer_shown(arena, node), (long long)k, (double)value[k],
						    expected[k], bound[k]);
		}
	}
	return NULL;
}

/* Draws the inputs and notes what the interpreter makes of them; what is wrong with that, or NULL, in the arena. */
static const char *evaluate(struct work *work, struct made *made, const struct graph *graph, struct dice *dice,
			    struct arena *kept)
{
	static const enum style styles[SAMPLES] = { STYLE_PLAIN, STYLE_WIDE, STYLE_EXTREME, STYLE_WILD };
	const char *wrong = NULL;
	float **in = sample_room(graph, kept);

	made->inputs = graph->inputs.n;
	made->outputs = graph->outputs.n;
	CHECK(made->inputs <= TENSORS_MOST && made->outputs <= TENSORS_MOST);
	for (int i = 0; i < made->inputs; i++) made->type[0][i] = type_c_name(graph->inputs.at[i]->type);
	for (int i = 0; i < made->outputs; i++) made->type[1][i] = type_c_name(graph->outputs.at[i]->type);
	for (int i = 0; i < graph->outputs.n; i++) made->out_elements += shape_elements(&graph->outputs.at[i]->shape);
	for (int s = 0; s < SAMPLES; s++) {
		struct arena *arena = arena_new();
		struct values values;
		int64_t at = 0;

		for (int i = 0; i < graph->inputs.n; i++) {
			int64_t n = shape_elements(&graph->inputs.at[i]->shape);
			if (tensor_is_integer(graph->inputs.at[i]))
				integers_fill(dice, graph->inputs.at[i], in[i], n);
			else
				dice_fill(dice, dice_chance(dice, 75) ? styles[s] : STYLE_SPARSE, in[i], n);
			text_add_n(&made->in, (const char *)in[i], (size_t)n * sizeof(float));
		}
		values = eval_graph(graph, work->batch->fp == FP_FUSED ? NUMBER_FUSED : NUMBER_SEPARATE,
				    (const float *const *)in, arena);
		made->out[s] = NEW_ARRAY(work->arena, made->out_elements + 1, float);
		for (int i = 0; i < graph->outputs.n; i++) {
			int64_t n = shape_elements(&graph->outputs.at[i]->shape);
			memcpy(made->out[s] + at, values.at[graph->outputs.at[i]->id], (size_t)n * sizeof(float));
			at += n;
		}
		if (s < 2 && !wrong) wrong = judge_layers(graph, &values, arena);
		if (wrong) wrong = arena_string(kept, wrong);
		arena_free(arena);
	}
	return wrong;
}

/* ---- a batch in the child -------------------------------------------------------------------------------------------- */

/* The line with the first error of what was said on stderr since the file was emptied, else the first line. */
static const char *first_line(const struct work *work, struct arena *arena)
{
	const char *reason, *text, *at;
	struct bytes file;

	if (!file_read(arena, path_of(work, arena, "log"), &file, &reason)) return reason;
	text = (const char *)file.at;
	at = strstr(text, "error");
	while (at && at > text && at[-1] != '\n') at--;
	if (!at) at = text;
	return arena_string_n(arena, at, strcspn(at, "\n"));
}

static struct diag *quiet_diag(struct arena *arena)
{
	struct diag *diag = diag_new(arena);

	for (int i = 0; i < WARNING_COUNT; i++) diag_set_warning(diag, warning_name((enum warning)i), false);
	return diag;
}

static struct draft *take_draft(const struct batch *batch, int i, struct arena *arena, struct diag *diag)
{
	struct draft *draft;

	if (!batch->drafts) return draft_draw(batch->seed, batch->first + (uint64_t)i, arena, diag);
	draft = draft_copy(batch->drafts[i], arena);
	draft_infer(draft, diag);
	return draft;
}

static void make_one(struct work *work, int i)
{
	const struct batch *batch = work->batch;
	struct arena *arena = arena_new();
	struct options options = options_default();
	struct diag *diag = quiet_diag(arena);
	struct dice dice = dice_of(~batch->seed, batch->first + (batch->drafts ? 0 : (uint64_t)i));
	struct program program = { 0 };
	const struct draft *draft;
	const char *wrong = NULL;

	if (ftruncate(STDERR_FILENO, 0) != 0) die("log: cannot be emptied");
	work->board->at = i;
	work->board->verdict[i].stage = STAGE_DRAW;
	options.command = "compile";
	options.prefix = arena_printf(arena, "m%d", i);
	options.target = batch->target->name;
	options.fp = batch->fp;
	draft = take_draft(batch, i, arena, diag);
	if (!diag_failed(diag)) write_model(work, draft, i, &options, arena);
	if (diag_failed(diag) || !make_program(work, &program, i, &options, arena, diag) ||
	    !emit_program(work, &program, i, &options, arena, diag)) {
		wrong = first_line(work, arena);
	} else {
		work->board->verdict[i].stage = STAGE_JUDGE;
		wrong = evaluate(work, &work->made[i], program.graph, &dice, arena);
	}
	tell(work, i, wrong ? work->board->verdict[i].stage : STAGE_WAIT, wrong ? wrong : "");
	work->made[i].there = !wrong;
	arena_free(arena);
}

/* "M3_INPUT_SIZE", of several "M3_INPUT0_SIZE". */
static void add_size(struct text *out, const char *side, int i, int k, int n)
{
	if (n > 1)
		text_printf(out, "M%d_%s%d_SIZE", i, side, k);
	else
		text_printf(out, "M%d_%s_SIZE", i, side);
}

static bool is_float(const char *type)
{
	return strcmp(type, "float") == 0;
}

/* Room of its own for an array that is not of floats, and its elements from, or to, the driver's floats. */
static void add_array(struct text *out, const struct made *made, int i, int side, int k)
{
	const char *type = made->type[side][k], *name = side ? "y" : "x", *floats = side ? "out" : "in";
	const int n = side ? made->outputs : made->inputs;

	if (is_float(type)) return;
	text_printf(out, "    %s *%s%d = (%s *)malloc(", type, name, k, type);
	add_size(out, side ? "OUTPUT" : "INPUT", i, k, n);
	text_printf(out, " * sizeof(%s));\n", type);
	if (side) return;
	text_printf(out, "    for (int i = 0; i < ");
	add_size(out, "INPUT", i, k, n);
	text_printf(out, "; i++) %s%d[i] = (%s)%s[%d][i];\n", name, k, type, floats, k);
}

static void free_array(struct text *out, const struct made *made, int i, int side, int k)
{
	const char *name = side ? "y" : "x";

	if (is_float(made->type[side][k])) return;
	if (side) {
		text_printf(out, "    for (int i = 0; i < ");
		add_size(out, "OUTPUT", i, k, made->outputs);
		text_printf(out, "; i++) out[%d][i] = (float)%s%d[i];\n", k, name, k);
	}
	text_printf(out, "    free(%s%d);\n", name, k);
}

/* One row of the table: sizes from the emitted header. */
static void add_case(struct text *out, const struct made *made, int i)
{
	text_printf(out, "#include \"m%d.c\"\nstatic void run_%d(void *c, float *const *in, float *const *out)\n{\n", i,
		    i);
	for (int k = 0; k < made->inputs; k++) add_array(out, made, i, 0, k);
	for (int k = 0; k < made->outputs; k++) add_array(out, made, i, 1, k);
	text_printf(out, "    m%d_run((m%d_context *)c", i, i);
	for (int k = 0; k < made->inputs; k++) text_printf(out, is_float(made->type[0][k]) ? ", in[%d]" : ", x%d", k);
	for (int k = 0; k < made->outputs; k++) text_printf(out, is_float(made->type[1][k]) ? ", out[%d]" : ", y%d", k);
	text_add(out, ");\n");
	for (int k = 0; k < made->inputs; k++) free_array(out, made, i, 0, k);
	for (int k = 0; k < made->outputs; k++) free_array(out, made, i, 1, k);
	text_add(out, "}\n");
}

static void add_sizes(struct text *out, const char *side, int i, int n)
{
	text_add(out, "{ ");
	for (int k = 0; k < n; k++) {
		add_size(out, side, i, k, n);
		text_add(out, ", ");
	}
	text_add(out, "0 }, ");
}

static void write_cases(struct work *work, const int *which, int n)
{
	struct text out = { 0 }, in = { 0 };

	text_printf(&out, "enum { SAMPLES = %d };\n", SAMPLES);
	for (int k = 0; k < n; k++) add_case(&out, &work->made[which[k]], which[k]);
	text_add(&out, "static const struct model models[] = {\n");
	for (int k = 0; k < n; k++) {
		const struct made *made = &work->made[which[k]];
		text_printf(&out, "\t{ %d, sizeof(m%d_context), %d, %d, ", which[k], which[k], made->inputs,
			    made->outputs);
		add_sizes(&out, "INPUT", which[k], made->inputs);
		add_sizes(&out, "OUTPUT", which[k], made->outputs);
		text_printf(&out, "run_%d },\n", which[k]);
		text_add_n(&in, made->in.at ? made->in.at : "", made->in.n);
	}
	text_add(&out, "};\n");
	write_whole(path_of(work, work->arena, "cases.h"), &out);
	write_whole(path_of(work, work->arena, "in"), &in);
	text_free(&out);
	text_free(&in);
}

static const char *const faults[] = {
	"",
	"writes to or beside an input",
	"writes beside an output",
	"writes beside the context",
	"other bytes in the context or the outputs before the run change the outputs",
};
enum { FAULTS = sizeof faults / sizeof *faults };

/* What the driver wrote of one model: SAMPLES times all outputs, then a fault. */
static const char *difference(const struct made *made, const float *got, int fault, struct arena *arena)
{
	for (int s = 0; s < SAMPLES; s++, got += made->out_elements) {
		int64_t count, at = first_difference(got, made->out[s], made->out_elements, &count);
		if (at < 0) continue;
		return arena_printf(arena, "sample %d: %lld of %lld values differ; at %lld: emitted %s, interpreter %s",
				    s, (long long)count, (long long)made->out_elements, (long long)at,
				    float_shown(arena, got[at]), float_shown(arena, made->out[s][at]));
	}
	if (fault > 0 && fault < FAULTS) return faults[fault];
	return fault ? "an unknown fault" : NULL;
}

/* Compares what is there; returns how many models it is. */
static int compare(struct work *work, const int *which, int n)
{
	struct arena *arena = work->arena;
	const char *reason;
	struct bytes file;
	size_t at = 0;
	int k = 0;

	if (!file_read(arena, path_of(work, arena, "out"), &file, &reason)) return 0;
	for (; k < n; k++) {
		const struct made *made = &work->made[which[k]];
		size_t floats = (size_t)made->out_elements * SAMPLES;
		float *got = NEW_ARRAY(arena, (int64_t)floats + 1, float);
		const char *wrong;
		int number, fault;

		if (file.n - at < sizeof number + floats * sizeof *got + sizeof fault) break;
		memcpy(&number, file.at + at, sizeof number);
		memcpy(got, file.at + at + sizeof number, floats * sizeof *got);
		at += sizeof number + floats * sizeof *got;
		memcpy(&fault, file.at + at, sizeof fault);
		at += sizeof fault;
		CHECK(number == which[k]);
		wrong = difference(made, got, fault, arena);
		if (wrong)
			tell(work, which[k], STAGE_RUN, wrong);
		else
			work->board->verdict[which[k]].stage = STAGE_PASSED;
	}
	return k;
}

static void add_path(struct words *words, const struct work *work, const char *name)
{
	words_add(words, path_of(work, work->arena, name), work->arena);
}

static struct outcome build_and_run(struct work *work, bool *compiled)
{
	const struct compiler *compiler = work->batch->compiler;
	const char *log = path_of(work, work->arena, "log");
	struct words build = { 0 }, run = { 0 };
	struct outcome outcome;

	unlink(path_of(work, work->arena, "out"));
	words_split(&build, compiler->command, work->arena);
	words_add(&build, "-I", work->arena);
	words_add(&build, work->batch->folder, work->arena);
	if (compiler->runs) words_add(&build, "-run", work->arena);
	words_add(&build, "tests/models/drive.c", work->arena);
	if (compiler->runs) {
		add_path(&build, work, "in");
		add_path(&build, work, "out");
		outcome = process_run(&build, log, SECONDS_TO_RUN, work->arena);
		*compiled = access(path_of(work, work->arena, "out"), F_OK) == 0;
		return outcome;
	}
	words_add(&build, "-o", work->arena);
	add_path(&build, work, "drive");
	outcome = process_run(&build, log, SECONDS_TO_RUN, work->arena);
	*compiled = outcome.how == ENDED_EXIT && outcome.code == 0;
	if (!*compiled) return outcome;
	words_split(&run, compiler->emulator, work->arena);
	add_path(&run, work, "drive");
	add_path(&run, work, "in");
	add_path(&run, work, "out");
	return process_run(&run, log, SECONDS_TO_RUN, work->arena);
}

/* Halves what does not compile, and goes on behind a model that crashes. */
static void try_together(struct work *work, const int *which, int n)
{
	struct outcome outcome;
	bool compiled;
	int compared;

	if (n == 0) return;
	for (int k = 0; k < n; k++) work->board->verdict[which[k]].stage = STAGE_COMPILE;
	write_cases(work, which, n);
	outcome = build_and_run(work, &compiled);
	if (outcome.how == ENDED_ABSENT) die("%s: not installed", work->batch->compiler->command);
	if (!compiled && n > 1) {
		try_together(work, which, n / 2);
		try_together(work, which + n / 2, n - n / 2);
		return;
	}
	if (!compiled) {
		tell(work, which[0], STAGE_COMPILE, first_line(work, work->arena));
		return;
	}
	compared = compare(work, which, n);
	if (compared == n) return;
	tell(work, which[compared], STAGE_RUN,
	     arena_printf(work->arena, "the program %s: %s", outcome_shown(work->arena, outcome),
			  first_line(work, work->arena)));
	try_together(work, which + compared + 1, n - compared - 1);
}

/* What a child does; models before 'from' are settled. */
static void try_from(struct work *work)
{
	int *which = NEW_ARRAY(work->arena, work->batch->n + 1, int), n = 0;

	work->made = NEW_ARRAY(work->arena, work->batch->n + 1, struct made);
	for (int i = 0; i < work->batch->n; i++) {
		if (work->board->verdict[i].stage == STAGE_START) make_one(work, i);
		if (work->made[i].there) which[n++] = i;
	}
	try_together(work, which, n);
	work->board->done = true;
}

/* ---- the parent -------------------------------------------------------------------------------------------------------- */

static void run_child(struct work *work)
{
	int log = open(path_of(work, work->arena, "log"), O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0600);

	if (log < 0 || dup2(log, STDERR_FILENO) < 0) _exit(STATUS_FILE);
	alarm(SECONDS_A_BATCH);
	try_from(work);
	fflush(NULL);
	_exit(0);
}

/* Models that were under way when a child died start anew, but for the one that it was at. */
static void start_anew(struct work *work, int status)
{
	struct verdict_of *at = &work->board->verdict[work->board->at];
	const char *how = WIFSIGNALED(status) ? arena_printf(work->arena, "signal %d", WTERMSIG(status))
					      : arena_printf(work->arena, "status %d", WEXITSTATUS(status));

	if (at->stage >= STAGE_WAIT) die("the test itself ends with %s: %s", how, first_line(work, work->arena));
	tell(work, work->board->at, at->stage,
	     arena_printf(work->arena, "conv1dc ends with %s: %s", how, first_line(work, work->arena)));
	for (int i = 0; i < work->batch->n; i++)
		if (work->board->verdict[i].stage == STAGE_WAIT) work->board->verdict[i].stage = STAGE_START;
}

void batch_try(const struct batch *batch, struct verdict_of *verdicts)
{
	struct arena *arena = arena_new();
	size_t bytes = sizeof(struct tally_board) + (size_t)batch->n * sizeof(struct verdict_of);
	struct tally_board *board = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct work work = { .batch = batch, .board = board, .arena = arena };

	if (board == MAP_FAILED) die("no memory");
	while (!board->done) {
		pid_t pid = fork();
		int status;

		if (pid == 0) run_child(&work);
		if (pid < 0 || waitpid(pid, &status, 0) != pid) die("fork");
		if (!board->done) start_anew(&work, status);
	}
	memcpy(verdicts, board->verdict, (size_t)batch->n * sizeof *verdicts);
	munmap(board, bytes);
	arena_free(arena);
}
