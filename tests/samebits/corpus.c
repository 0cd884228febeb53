/* corpus.c FOLDER SEED SHAPES OPEN RANDOM [LIST [TEMPLATES]]: a corpus of models as C for every target, with inputs and the
 * interpreter's hashes.
 *
 * LIST has a model a line: "NAME MODEL [WEIGHTS] [OPTIONS]", as conv1dc takes them; SHAPES of shape_draw(), OPEN of open_shape_draw() and
 * RANDOM of draft_draw() join them.  Makes in FOLDER
 *   models/             those that were drawn, as files; models/list: every model as a line that a user can give to verify
 *   in                  inputs, for drive.c
 *   want.FP             "NAME HASH" of each model, by the exact interpreter
 *   TARGET-FP/          NAME.c and NAME.h; casesN.h: what drive.c makes of each CHUNK of them */
#include "tests/samebits/samebits.h"

#include "judge/parts.h"
#include "tests/samebits/hash.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SAMPLES = 36, OPEN_RUNS = 10, OPEN_SAMPLES = 6, CHUNK = 24, FLASH_MOST = 60000, WORDS_MOST = 32 };

/* The ways to round and their names. */
static const struct {
	const char *name;
	enum fp fp;
	enum number number;
} roundings[] = { { "separate", FP_SEPARATE, NUMBER_SEPARATE }, { "fused", FP_FUSED, NUMBER_FUSED } };
enum { ROUNDINGS = 2 };

struct member {
	const char *name, *macro;
	int64_t offset; /* in the file of inputs */
	const struct graph *graph;
};

struct corpus {
	const char *folder, *templates;
	uint64_t seed;
	struct arena *arena; /* of what lives as long as the corpus */
	FILE *in, *list, *want[ROUNDINGS];
	LIST(struct member) members;
	int large, failed;
};

static const char *in_folder(const struct corpus *corpus, const char *name)
{
	return path_join(corpus->arena, corpus->folder, name);
}

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "wb");

	if (!file) die("%s: cannot be written", path);
	return file;
}

static void write_text(const char *path, struct text *text)
{
	FILE *file = open_file(path);

	if (fwrite(text->at, 1, text->n, file) != text->n || fclose(file) != 0) die("%s: cannot be written", path);
	text_free(text);
}

/* ---- inputs and hashes ------------------------------------------------------------------------------------------- */

/* The interpreter's hashes so far of the model under way. */
struct judged {
	uint64_t hash[ROUNDINGS];
};

static void put_number(const struct corpus *corpus, int64_t value)
{
	if (fwrite(&value, sizeof value, 1, corpus->in) != 1) die("the inputs cannot be written");
}

static void judge_sample(const struct graph *graph, float *const *in, struct judged *judged)
{
	for (int r = 0; r < ROUNDINGS; r++) {
		struct arena *arena = arena_new();
		const struct values values = eval_graph(graph, roundings[r].number, (const float *const *)in, arena);
		for (int i = 0; i < graph->outputs.n; i++) {
			const struct tensor *output = graph->outputs.at[i];
			judged->hash[r] =
			    hash_floats(judged->hash[r], values.at[output->id], (size_t)tensor_elements(output));
		}
		arena_free(arena);
	}
}

/* Samples from 'first' on, cyclically, of a graph whose sizes are known; before them what drive.c has to know of them. */
static void put_run(const struct corpus *corpus, const struct graph *graph, const int64_t *steps, int64_t given,
		    int64_t first, int64_t n, struct judged *judged)
{
	struct arena *arena = arena_new();
	const struct samples *samples = samples_new(graph, SAMPLES, arena);
	float **in = sample_room(graph, arena);

	if (n > samples_count(samples)) n = samples_count(samples);
	put_number(corpus, n);
	put_number(corpus, given);
	for (int i = 0; i < graph->inputs.n; i++) {
		put_number(corpus, steps ? steps[i] : 0);
		put_number(corpus, tensor_elements(graph->inputs.at[i]));
	}
	for (int i = 0; i < graph->outputs.n; i++) put_number(corpus, tensor_elements(graph->outputs.at[i]));
	for (int64_t s = 0; s < n; s++) {
		sample_fill(samples, (first + s) % samples_count(samples), in, arena);
		for (int i = 0; i < graph->inputs.n; i++)
			fwrite(in[i], sizeof *in[i], (size_t)tensor_elements(graph->inputs.at[i]), corpus->in);
		judge_sample(graph, in, judged);
	}
	arena_free(arena);
}

/* A model with a variable number of steps runs with several numbers, spread over those that verify tries. */
static void put_open(const struct corpus *corpus, const struct program *program, struct judged *judged,
		     struct arena *arena)
{
	const struct step_list list = steps_to_try(program, arena);
	const int runs = list.list.n < OPEN_RUNS ? list.list.n : OPEN_RUNS;

	put_number(corpus, runs);
	for (int i = 0; i < runs; i++) {
		const int64_t *steps = list.list.at[(int64_t)i * list.list.n / runs];
		const struct program *at = program_at(program, steps, arena);
		CHECK(at != NULL);
		put_run(corpus, at->graph, steps, given_steps(program->graph, at->graph, arena),
			(int64_t)i * OPEN_SAMPLES, OPEN_SAMPLES, judged);
	}
}

static void put_model(struct corpus *corpus, const struct program *program, struct arena *arena)
{
	struct judged judged;
	struct member member = { .name = arena_string(corpus->arena, program->prefix),
				 .macro = arena_string(corpus->arena, program->macro),
				 .offset = ftell(corpus->in) };

	member.graph = graph_copy(corpus->arena, program->graph);
	for (int r = 0; r < ROUNDINGS; r++) judged.hash[r] = HASH_START;
	if (graph_open_inputs(program->graph) > 0) {
		put_open(corpus, program, &judged, arena);
	} else {
		put_number(corpus, 1);
		put_run(corpus, program->graph, NULL, 0, 0, SAMPLES, &judged);
	}
	for (int r = 0; r < ROUNDINGS; r++)
		fprintf(corpus->want[r], "%s %016" PRIx64 "\n", member.name, judged.hash[r]);
	list_push(corpus->arena, &corpus->members, member);
}

/* ---- code ------------------------------------------------------------------------------------------------------------ */

static bool is_emitted_for(const struct target *target, int rounding)
{
	return roundings[rounding].fp == FP_SEPARATE || target->has_fused;
}

static const char *target_folder(const struct corpus *corpus, const struct target *target, int rounding)
{
	return in_folder(corpus, arena_printf(corpus->arena, "%s-%s", target->name, roundings[rounding].name));
}

static bool emit_for(const struct corpus *corpus, struct program *program, struct options *options,
		     const struct target *target, int rounding, struct arena *arena, struct diag *diag)
{
	struct outputs outputs = { 0 };
	bool ok;

	options->target = target->name;
	options->fp = program->fp = roundings[rounding].fp;
	program->target = target;
	program->plan = plan_make(program->graph, target, program->fp, false, arena, diag);
	if (!program->plan || diag_failed(diag)) return false;
	plan_check(program->plan);
	ok = emit(program, options, &outputs, arena, diag);
	for (int i = 0; i < outputs.n && ok; i++)
		write_text(path_join(arena, target_folder(corpus, target, rounding), outputs.at[i].name),
			   &outputs.at[i].text);
	return ok;
}

static bool emit_all(const struct corpus *corpus, struct program *program, struct options *options, struct arena *arena,
		     struct diag *diag)
{
	const struct target *target;

	for (int i = 0; (target = target_row(i)); i++)
		for (int r = 0; r < ROUNDINGS; r++)
			if (is_emitted_for(target, r) && !emit_for(corpus, program, options, target, r, arena, diag))
				return false;
	return true;
}

/* Too large a model costs compilers more than it shows. */
static bool is_large(const struct graph *graph)
{
	int64_t bytes = 0;

	for (int i = 0; i < graph->nodes.n; i++)
		for (int k = 0; k < graph->nodes.at[i]->n_weight; k++)
			bytes += 4 * shape_elements(&graph->nodes.at[i]->weight[k]->shape);
	for (int i = 0; i < graph->tensors.n; i++) bytes += 4 * tensor_elements(graph->tensors.at[i]);
	return bytes > FLASH_MOST;
}

static bool load_program(struct program *program, struct options *options, struct arena *arena, struct diag *diag)
{
	program->prefix = options->prefix;
	program->macro = upper(arena, options->prefix);
	program->loaded = load(options, arena, diag);
	if (!program->loaded || diag_failed(diag)) return false;
	program->meaning = program->loaded->graph;
	infer(program->meaning, diag);
	if (diag_failed(diag) || !infer_lengths(program->meaning, diag)) return false;
	program->graph = graph_copy(arena, program->meaning);
	fold(program->graph);
	return infer_lengths(program->graph, diag);
}

/* Errors only. */
static struct diag *quiet_diag(struct arena *arena)
{
	struct diag *diag = diag_new(arena);

	for (int i = 0; i < WARNING_COUNT; i++) diag_set_warning(diag, warning_name((enum warning)i), false);
	return diag;
}

/* One line: "NAME MODEL [WEIGHTS] [OPTIONS]". */
static void add_line(struct corpus *corpus, const char *line)
{
	struct arena *arena = arena_new();
	struct diag *diag = quiet_diag(arena);
	struct options options = options_default();
	struct program program = { 0 };
	char *words[WORDS_MOST], *text = arena_string(arena, line);
	int n = 0;

	for (char *word = strtok(text, " \n"); word && n < WORDS_MOST; word = strtok(NULL, " \n"))
		if (strcmp(word, "-") != 0) words[n++] = word;
	if (n > 1 && options_parse(&options, n - 1, words + 1, arena, diag) && options_model(&options, diag)) {
		options.prefix = identifier(arena, words[0]);
		options.templates = corpus->templates;
		if (load_program(&program, &options, arena, diag)) {
			if (is_large(program.graph)) {
				corpus->large++;
			} else if (emit_all(corpus, &program, &options, arena, diag)) {
				put_model(corpus, &program, arena);
				fprintf(corpus->list, "%s%s", line, strchr(line, '\n') ? "" : "\n");
			}
		}
	}
	diag_close(diag);
	if (diag_failed(diag) || n < 2) {
		corpus->failed++;
		fprintf(stderr, "FAILED: %s", line);
	}
	arena_free(arena);
}

/* The config with null for the input's steps; the words that keep them variable. */
static const char *open_steps(struct text *json, const struct draft *draft, struct arena *arena)
{
	const char *mark = "\"batch_shape\": [null, ";
	const char *at = strstr(json->at, mark), *end;
	struct text open = { 0 };

	CHECK(at != NULL);
	at += strlen(mark);
	end = at + strcspn(at, ",");
	text_add_n(&open, json->at, (size_t)(at - json->at));
	text_printf(&open, "null%s", end);
	text_free(json);
	*json = open;
	return arena_printf(arena, " --max-steps %lld", (long long)draft->calls.at[0].out[0].at[0]);
}

/* Models of one kind of the seed. */
static void add_drafts(struct corpus *corpus, char kind, int64_t n,
		       struct draft *draw(uint64_t seed, uint64_t number, struct arena *arena, struct diag *diag))
{
	for (int64_t i = 0; i < n; i++) {
		struct arena *arena = arena_new();
		struct diag *diag = quiet_diag(arena);
		const struct draft *draft = draw(corpus->seed, (uint64_t)i, arena, diag);
		const char *stem = arena_printf(arena, "%s/models/%c%03lld", corpus->folder, kind, (long long)i);
		const char *model = arena_printf(arena, "%s.json", stem), *weights = "", *options = "";
		struct text json = { 0 }, npz = { 0 };

		diag_close(diag);
		if (diag_failed(diag)) die("model %lld of seed %llu", (long long)i, (unsigned long long)corpus->seed);
		draft_json(draft, &json);
		if (draw == open_shape_draw) options = open_steps(&json, draft, arena);
		write_text(model, &json);
		if (draft_npz(draft, &npz)) {
			weights = arena_printf(arena, " %s.npz", stem);
			write_text(weights + 1, &npz);
		}
		add_line(corpus, arena_printf(arena, "%s %s%s%s\n", path_base(stem), model, weights, options));
		arena_free(arena);
	}
}

/* ---- what drive.c includes ---------------------------------------------------------------------------------------------- */

static void add_function(struct text *out, const struct corpus *corpus, const struct member *member)
{
	const struct graph *graph = member->graph;
	const bool open = graph_open_inputs(graph) > 0;

	text_printf(out,
		    "#include \"%s.c\"\nstatic size_t run_%s(void *c, const float *const *x, const size_t *n, "
		    "float *const *y)\n{\n    (void)n;\n    %s%s_run((%s_context *)c",
		    member->name, member->name, open ? "return " : "", member->name, member->name);
	for (int i = 0; i < graph->inputs.n; i++) {
		text_printf(out, ", x[%d]", i);
		if (open && steps_argument(graph, i, corpus->arena)) text_printf(out, ", n[%d]", i);
	}
	for (int i = 0; i < graph->outputs.n; i++) text_printf(out, ", y[%d]", i);
	text_printf(out, ");\n%s}\n", open ? "" : "    return 0;\n");
}

static void write_cases(const struct corpus *corpus, const char *folder)
{
	const struct member *at = corpus->members.at;
	const int n = corpus->members.n;

	for (int first = 0; first < n; first += CHUNK) {
		const int end = first + CHUNK < n ? first + CHUNK : n;
		struct text out = { 0 };
		for (int i = first; i < end; i++) add_function(&out, corpus, &at[i]);
		text_add(&out, "static const struct model models[] = {\n");
		for (int i = first; i < end; i++)
			text_printf(&out, "    { \"%s\", %lld, sizeof(%s_context), %d, %d, run_%s },\n", at[i].name,
				    (long long)at[i].offset, at[i].name, at[i].graph->inputs.n, at[i].graph->outputs.n,
				    at[i].name);
		text_add(&out, "};\n");
		write_text(path_join(corpus->arena, folder, arena_printf(corpus->arena, "cases%d.h", first / CHUNK)),
			   &out);
	}
}

static void each_folder(const struct corpus *corpus, void visit(const struct corpus *corpus, const char *folder))
{
	const struct target *target;

	for (int i = 0; (target = target_row(i)); i++)
		for (int r = 0; r < ROUNDINGS; r++)
			if (is_emitted_for(target, r)) visit(corpus, target_folder(corpus, target, r));
}

static void make_folder(const struct corpus *corpus, const char *folder)
{
	(void)corpus;
	if (mkdir(folder, 0777) != 0) die("%s: cannot be made", folder);
}

/* ---- all -------------------------------------------------------------------------------------------------------------- */

static void add_list(struct corpus *corpus, const char *path)
{
	FILE *list = fopen(path, "r");
	char line[4096];

	if (!list) die("%s: cannot be read", path);
	while (fgets(line, sizeof line, list)) add_line(corpus, line);
	fclose(list);
}

int main(int argc, char **argv)
{
	struct corpus corpus = { .arena = arena_new() };

	if (argc < 6) {
		fputs("usage: corpus FOLDER SEED SHAPES OPEN RANDOM [LIST [TEMPLATES]]\n", stderr);
		return STATUS_USAGE;
	}
	corpus.folder = argv[1];
	corpus.seed = strtoull(argv[2], NULL, 10);
	corpus.templates = argc > 7 ? argv[7] : NULL;
	make_folder(&corpus, in_folder(&corpus, "models"));
	each_folder(&corpus, make_folder);
	corpus.in = open_file(in_folder(&corpus, "in"));
	corpus.list = open_file(in_folder(&corpus, "models/list"));
	for (int r = 0; r < ROUNDINGS; r++)
		corpus.want[r] =
		    open_file(in_folder(&corpus, arena_printf(corpus.arena, "want.%s", roundings[r].name)));
	add_drafts(&corpus, 's', atoll(argv[3]), shape_draw);
	add_drafts(&corpus, 'v', atoll(argv[4]), open_shape_draw);
	add_drafts(&corpus, 'r', atoll(argv[5]), draft_draw);
	if (argc > 6) add_list(&corpus, argv[6]);
	each_folder(&corpus, write_cases);
	for (int r = 0; r < ROUNDINGS; r++) fclose(corpus.want[r]);
	fclose(corpus.list);
	if (fclose(corpus.in) != 0) die("the inputs cannot be written");
	printf("%d models, %d of the list left out as too large, %d failed\n", corpus.members.n, corpus.large,
	       corpus.failed);
	arena_free(corpus.arena);
	return corpus.failed != 0;
}
