/* main.c: options, exit status, and the list of passes. */
#include "main.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- from files to a plan -------------------------------------------------------------------------------------- */

/* Whether -d names the pass: "infer,plan". */
static bool is_dumped(const struct options *o, const char *pass)
{
	const char *at = o->dump;
	size_t n = strlen(pass), length;

	for (; at && *at; at += length + (at[length] == ',')) {
		length = strcspn(at, ",");
		if (length == n && !strncmp(at, pass, n)) return true;
	}
	return false;
}

static bool check_dump(const struct options *o, struct diag *d)
{
	static const char *const passes[] = { "load", "infer", "fold", "plan" };
	const char *at = o->dump;
	size_t length, i;

	for (; at && *at; at += length + (at[length] == ',')) {
		length = strcspn(at, ",");
		for (i = 0; i < 4; i++) {
			if (strlen(passes[i]) == length && !strncmp(at, passes[i], length)) break;
		}
		if (i == 4)
			diag_usage(d, "-d takes load, infer, fold, plan, with commas between, not '%.*s'", (int)length,
				   at);
	}
	return !diag_failed(d);
}

static void dump_graph(const struct options *o, const char *pass, const struct graph *graph)
{
	struct text out = { 0 };

	if (!is_dumped(o, pass)) return;
	text_printf(&out, "after %s:\n", pass);
	graph_print(graph, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
}

static void dump_plan(const struct program *p, const struct options *o, struct arena *arena)
{
	struct text out = { 0 };

	if (!is_dumped(o, "plan")) return;
	value_json(&out, plan_view(p, o, arena));
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
}

/* --prefix, or the model's file name without its suffix. */
static bool choose_prefix(struct program *p, const struct options *o, struct arena *arena, struct diag *d)
{
	const char *base = path_base(o->model), *dot = strrchr(base, '.');
	const char *stem = dot && dot != base ? arena_string_n(arena, base, (size_t)(dot - base)) : base;

	p->prefix = identifier(arena, o->prefix ? o->prefix : stem);
	p->macro = upper(arena, p->prefix);
	if (o->prefix && strcmp(p->prefix, o->prefix) != 0) {
		diag_usage(d, "--prefix '%s' is no identifier of C and C++ that is free to use; '%s' would be",
			   o->prefix, p->prefix);
	}
	return !diag_failed(d);
}

static const char *target_names(struct arena *arena)
{
	struct text out = { 0 };
	const char *names;
	int i;

	for (i = 0; target_row(i); i++) text_printf(&out, "%s%s", i ? ", " : "", target_row(i)->name);
	names = arena_string(arena, out.n ? out.at : "");
	text_free(&out);
	return names;
}

/* A plan is of one target, and of one way to round: they hold where the command line says nothing else. */
static void check_plan(const struct program *p, const struct options *o, struct diag *d)
{
	const char *target = plan_file_target(p->file);
	enum fp fp = plan_file_fp(p->file);

	if (strcmp(p->target->name, target) != 0)
		plan_file_error(p->file, "target", d, "the plan is of the target %s, and --target says %s", target,
				p->target->name);
	else if (fp == FP_FUSED && !p->target->has_fused)
		plan_file_error(p->file, "fp", d, "the target %s has no fused multiply-add in hardware", target);
	else if (fp != FP_DEFAULT && o->fp != FP_DEFAULT && fp != o->fp)
		plan_file_error(p->file, "fp", d, "the plan is of the other --fp, %s",
				fp == FP_FUSED ? "fused" : "separate");
}

static const struct target *find_target(const struct program *p, const struct options *o, struct arena *arena,
					struct diag *d)
{
	bool planned = p->file && !o->target_given;
	const char *name = planned ? plan_file_target(p->file) : o->target;
	const struct target *target = target_find(name);

	if (target) return target;
	if (planned)
		plan_file_error(p->file, "target", d, "there is no target '%s' in this version", name);
	else
		diag_usage(d, "there is no target '%s' in this version; it has: %s, native", name, target_names(arena));
	return NULL;
}

/* The interpreter has both ways to round wherever it runs; emitted code only what the target's hardware does. */
static bool choose_target(struct program *p, const struct options *o, struct arena *arena, struct diag *d)
{
	bool interpreter = !strcmp(o->command, "run") && !o->target_given;
	enum fp given = o->fp == FP_DEFAULT && p->file ? plan_file_fp(p->file) : o->fp;

	p->target = find_target(p, o, arena, d);
	if (!p->target) return false;
	if (o->wide_weights) p->target = target_with_wide_weights(p->target, arena);
	if (p->file) check_plan(p, o, d);
	if (diag_failed(d)) return false;
	p->fp = given != FP_DEFAULT ? given : interpreter ? FP_SEPARATE : p->target->fp;
	p->flush = o->subnormals == SUBNORMALS_DEFAULT ? p->target->flush : o->subnormals == SUBNORMALS_FLUSH;
	if (p->fp == FP_FUSED && !interpreter && !p->target->has_fused) {
		diag_usage(d, "--fp fused: the target %s has no fused multiply-add in hardware; --fp separate is right",
			   p->target->name);
	}
	return !diag_failed(d);
}

/* A folder with templates may hold none of a name, but it has to be there: a slip would change nothing silently. */
static bool check_templates(const struct options *o, struct diag *d)
{
	struct stat status;

	if (!o->templates || (stat(o->templates, &status) == 0 && S_ISDIR(status.st_mode))) return true;
	diag_file_error(d, o->templates, "--templates takes a folder; there is none of this name");
	return false;
}

static bool choose(struct program *p, struct session *s)
{
	bool ok = check_dump(&s->options, s->diag);

	ok = check_templates(&s->options, s->diag) && ok;
	ok = choose_prefix(p, &s->options, s->arena, s->diag) && ok;
	if (s->options.plan) {
		p->file = plan_file_read(s->options.plan, s->arena, s->diag);
		if (!p->file) return false;
	}
	return choose_target(p, &s->options, s->arena, s->diag) && ok;
}

static bool inputs_are_known(const struct graph *graph)
{
	for (int i = 0; i < graph->inputs.n; i++)
		if (shape_elements(&graph->inputs.at[i]->shape) < 1 || !graph->inputs.at[i]->shape.rank) return false;
	return true;
}

/* --rounding */
static void round_as_told(struct loaded *loaded, enum rounding rounding)
{
	for (int i = 0; i < loaded->graph->nodes.n; i++) {
		struct node *node = loaded->graph->nodes.at[i];

		if (!node_is_integer(node) || node->rounding == rounding) continue;
		node->rounding = rounding;
		loaded->effects.rounding = true;
	}
}

void fold_program(struct program *p, struct session *s)
{
	p->graph = graph_copy(s->arena, p->meaning); /* meaning stays untouched by any rewrite */
	fold(p->graph);                              /* batch norm and activation into their layer; no-ops out */
	CHECK(infer_lengths(p->graph, s->diag));     /* of tensors that folding made */
	dump_graph(&s->options, "fold", p->graph);
	if (s->options.dump) graph_check(p->graph);
}

bool plan_program(struct program *p, struct session *s)
{
	const struct options *o = &s->options;
	struct diag *d = s->diag;

	if (p->file) {
		p->choice = plan_file_choices(p->file, p, s->arena, d);
		if (!p->choice) return false;
	}
	p->plan = plan_make_for(p->graph, p->target, p->fp, p->choice, wish_of(p->target, o), s->arena,
				d); /* kernels, order, memory */
	if (!p->plan || diag_failed(d)) return false;
	plan_check(p->plan); /* a second opinion: overlap, bounds, written once */
	dump_plan(p, o, s->arena);
	return true;
}

bool build(struct program *p, struct session *s, enum depth depth)
{
	const struct options *o = &s->options;
	struct diag *d = s->diag;

	*p = (struct program){ 0 };
	if (!choose(p, s)) return false;
	p->loaded = load(o, s->arena, d); /* every key of every config accounted for */
	if (!p->loaded || diag_failed(d)) return false;
	p->meaning = p->loaded->graph;
	if (o->rounding_given) round_as_told(p->loaded, o->single ? ROUNDING_SINGLE : ROUNDING_DOUBLE);
	dump_graph(o, "load", p->meaning);
	if (depth == DEPTH_FILE && !p->meaning->init && !inputs_are_known(p->meaning)) return true;
	infer(p->meaning, d); /* shapes */
	if (diag_failed(d) || !infer_lengths(p->meaning, d)) return false;
	dump_graph(o, "infer", p->meaning);
	if (o->dump) graph_check(p->meaning);
	if (depth == DEPTH_FILE) return true;
	check_constraints(p->meaning, d);
	fold_program(p, s);
	return depth == DEPTH_GRAPH || plan_program(p, s);
}

/* ---- commands -------------------------------------------------------------------------------------------------- */

/* What was printed has to have arrived: a full disk is no success. */
static bool flush_stdout(struct diag *diag)
{
	if (fflush(stdout) == 0 && !ferror(stdout)) return true;
	diag_file_error(diag, "standard output", "cannot be written");
	return false;
}

/* The outputs; with -MD what they were made of, with --report what they cost. */
static bool write_all(const struct program *p, struct session *s, const struct outputs *outputs)
{
	const struct options *o = &s->options;
	const char *folder = o->out ? o->out : ".";
	struct text depend = { 0 }, report = { 0 };
	struct file_text beside[2];
	int n = 0;
	bool ok = true;

	if (!flush_stdout(s->diag)) return false;
	if (o->depend) {
		const char *name = arena_printf(s->arena, "%s.d", p->prefix);
		depend_text(&depend, p, o, outputs);
		beside[n++] =
		    (struct file_text){ o->depend_file ? o->depend_file : path_join(s->arena, folder, name), &depend };
	}
	if (o->report) {
		ok = report_print(p, o, outputs, &report, s->arena, s->diag);
		beside[n++] = (struct file_text){ o->report, &report };
	}
	ok = ok && write_outputs(folder, outputs, beside, n, s->diag);
	text_free(&depend);
	text_free(&report);
	return ok;
}

static void tell_written(const struct session *s, const struct outputs *outputs)
{
	int i;

	for (i = 0; i < outputs->n; i++) {
		fprintf(stderr, "conv1dc: %s\n",
			path_join(s->arena, s->options.out ? s->options.out : ".", outputs->at[i].name));
	}
}

enum status write_program(const struct program *program, struct session *s)
{
	const char *folder = s->options.out ? s->options.out : ".";
	struct outputs outputs = { 0 };
	bool same = true;

	if (emit(program, &s->options, &outputs, s->arena, s->diag) &&
	    budgets_keep(program, &s->options, &outputs, s->arena, s->diag)) {
		if (s->options.check) {
			check_outputs(folder, &outputs, s->diag, &same);
		} else if (write_all(program, s, &outputs) && s->options.verbose) {
			tell_written(s, &outputs);
		}
	}
	outputs_free(&outputs);
	return same ? STATUS_DONE : STATUS_DIFFERENT;
}

static enum status compile_command(struct session *s)
{
	struct program program;

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_PLAN)) return STATUS_MODEL;
	return write_program(&program, s);
}

/* The budgets of a command that writes nothing. */
static bool keeps_budgets(const struct program *p, struct session *s)
{
	struct outputs outputs;
	bool kept;

	if (!has_budgets(&s->options)) return true;
	if (!emit(p, &s->options, &outputs, s->arena, s->diag)) return false;
	kept = budgets_keep(p, &s->options, &outputs, s->arena, s->diag);
	outputs_free(&outputs);
	return kept;
}

static enum status summary_command(struct session *s)
{
	struct program program;
	struct text out = { 0 };

	if (!options_model(&s->options, s->diag) || !build(&program, s, DEPTH_PLAN)) return STATUS_MODEL;
	(s->options.json ? summary_json : summary_print)(&program, &out);
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return keeps_budgets(&program, s) ? STATUS_DONE : STATUS_MODEL;
}

static enum status support_command(struct session *s)
{
	struct text out = { 0 };

	CHECK(support_print(s->options.command, &out));
	fwrite(out.at, 1, out.n, stdout);
	text_free(&out);
	return STATUS_DONE;
}

static const struct {
	const char *name;
	command_function *run;
} commands[] = {
	{ "compile", compile_command },   { "summary", summary_command },     { "run", run_command },
	{ "verify", verify_command },     { "tune", tune_command },           { "config", config_command },
	{ "bench", bench_command },       { "weights", weights_command },     { "layers", support_command },
	{ "size", size_command },         { "activations", support_command }, { "targets", support_command },
	{ "quantize", quantize_command },
};

static enum status run(struct session *s)
{
	struct text help = { 0 };
	size_t i;

	if (s->options.help) {
		options_help(&help);
		fwrite(help.at, 1, help.n, stdout);
		text_free(&help);
		return STATUS_DONE;
	}
	if (s->options.version) {
		printf("conv1dc %s\n", CONV1DC_VERSION);
		return STATUS_DONE;
	}
	for (i = 0; strcmp(commands[i].name, s->options.command) != 0; i++)
		CHECK(i + 1 < sizeof commands / sizeof *commands);
	return commands[i].run(s);
}

/* A standard stream that the caller closed must not become the number of a file that is opened: prints would go into it.
 * Opened the wrong way round, it still refuses what is written to standard output. */
static void occupy_streams(void)
{
	int file;

	do {
		file = open("/dev/null", O_RDONLY);
	} while (file >= 0 && file <= STDERR_FILENO);
	if (file >= 0) close(file);
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct session session = { options_default(), arena, diag_new(arena) };
	enum status status = STATUS_DONE;

	occupy_streams();
	if (options_parse(&session.options, argc > 0 ? argc - 1 : 0, argv + 1, arena, session.diag)) {
		status = run(&session);
	} else {
		fputs("try: conv1dc --help\n", stderr);
	}
	flush_stdout(session.diag);
	diag_close(session.diag);
	if (diag_failed(session.diag)) status = diag_status(session.diag);
	arena_free(arena);
	return (int)status;
}
