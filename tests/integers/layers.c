/* layers.c FOLDER SEED N TARGET [BLOCK]: N random quantised layers as C for a target, with inputs and what the interpreter
 * makes of them.
 *
 * Writes in FOLDER  mI.c and mI.h, and main.c, which runs them all and says what differs. */
#include "judge/parts.h"
#include "tests/models/models.h"

#include "layers/integer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SAMPLES = 3 };

struct job {
	const char *folder;
	const struct target *target;
	struct wish wish;
	uint64_t state;
	FILE *main;
};

static int64_t draw(struct job *w, int64_t n)
{
	w->state = w->state * 6364136223846793005u + 1442695040888963407u;
	return (int64_t)((w->state >> 33) % (uint64_t)n);
}

static double between(struct job *w, double least, double most)
{
	return least + (most - least) * (double)draw(w, 1 << 20) * 0x1p-20;
}

/* ---- layers ---------------------------------------------------------------------------------------------------- */

static const struct quantisation *quantisation_of(struct arena *arena, double scale, int32_t zero)
{
	struct quantisation *q = NEW(arena, struct quantisation);
	float *s = NEW_ARRAY(arena, 1, float);
	int32_t *z = NEW_ARRAY(arena, 1, int32_t);

	*s = (float)scale;
	*z = zero;
	*q = (struct quantisation){ 1, s, z };
	return q;
}

static const struct weight *kernel_of(struct job *w, struct arena *arena, const struct weight_spec *spec,
				      int64_t filters, enum type type, bool each)
{
	const int64_t n = shape_elements(&spec->shape);
	const int64_t kind = draw(w, 6), zero = type == TYPE_U8 ? draw(w, 256) : 0;
	struct weight *weight = NEW(arena, struct weight);
	struct quantisation *q = NEW(arena, struct quantisation);
	int64_t *at = NEW_ARRAY(arena, n, int64_t);
	float *f32 = NEW_ARRAY(arena, n, float), *scale = NEW_ARRAY(arena, each ? filters : 1, float);
	int32_t *zeros = NEW_ARRAY(arena, each ? filters : 1, int32_t);

	q->n = each ? (int)filters : 1;
	for (int i = 0; i < q->n; i++) scale[i] = (float)(exp2(between(w, -9, -6)));
	q->scale = scale;
	q->zero_point = zeros;
	for (int64_t i = 0; i < n; i++) {
		at[i] = type == TYPE_U8 ? draw(w, 256) - zero
			: kind == 0     ? (draw(w, 2) ? 127 : -128)
					: draw(w, 256) - 128;
		f32[i] = (float)at[i] * scale[each ? i % filters : 0];
	}
	*weight = (struct weight){
		.name = spec->name, .type = type, .shape = spec->shape, .f32 = f32, .integers = at, .quantisation = q
	};
	return weight;
}

static const struct weight *bias_of(struct job *w, struct arena *arena, const struct weight_spec *spec, enum type type)
{
	const int64_t n = shape_elements(&spec->shape), most = 1 + draw(w, draw(w, 4) ? 5000 : 2000000);
	struct weight *weight = NEW(arena, struct weight);
	int64_t *at = NEW_ARRAY(arena, n, int64_t);
	float *f32 = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) at[i] = draw(w, 2 * most + 1) - most;
	*weight = (struct weight){ .name = spec->name, .type = type, .shape = spec->shape, .f32 = f32, .integers = at };
	return weight;
}

static const void *config_of(struct job *w, struct arena *arena, int kind, int data_format)
{
	const int64_t taps = 1 + draw(w, 9), stride = draw(w, 3) ? 1 : 1 + draw(w, 4),
		      dilation = stride == 1 && draw(w, 2) ? 1 + draw(w, 4) : 1;
	const int padding = (int)draw(w, 3);

	if (kind == 0) {
		struct conv1d_config *c = NEW(arena, struct conv1d_config);
		const int64_t groups = draw(w, 4) ? 1 : 1 + draw(w, 3);
		*c = (struct conv1d_config){ groups * (1 + draw(w, 13)),
					     taps,
					     stride,
					     dilation,
					     groups,
					     padding,
					     data_format,
					     draw(w, 4) > 0,
					     1 };
		return c;
	}
	if (kind == 1) {
		struct depthwise_config *c = NEW(arena, struct depthwise_config);
		*c = (struct depthwise_config){ taps,    stride,      dilation,       1 + draw(w, 3),
						padding, data_format, draw(w, 4) > 0, 1 };
		return c;
	}
	if (kind == 3) {
		struct conv1d_transpose_config *c = NEW(arena, struct conv1d_transpose_config);
		*c = (struct conv1d_transpose_config){ 1 + draw(w, 13), taps,        stride,      dilation,
						       { 0 },           padding % 2, data_format, draw(w, 4) > 0 };
		return c;
	}
	struct dense_config *c = NEW(arena, struct dense_config);
	*c = (struct dense_config){ 1 + draw(w, 20), draw(w, 4) > 0, false };
	return c;
}

static void quantise_output(struct job *w, struct arena *arena, struct node *node, bool clamped)
{
	struct tensor *out = node->out[0];
	const struct weight *kernel = node->weight[0];
	const int64_t n = shape_elements(&kernel->shape), filters = tensor_elements(out);
	double sum = 0;

	for (int64_t i = 0; i < n; i++) sum += fabs((double)kernel->integers[i]);
	(void)filters;
	sum *= (double)kernel->quantisation->scale[0] * (double)tensor_scale(node->in[0]) *
	       (out->type == TYPE_I16 ? 9 : 40) / sqrt((double)n) / (double)type_most(out->type) / between(w, 1, 8);
	if (sum == 0) sum = 0.1;
	out->quantisation = quantisation_of(arena, sum * (draw(w, 20) ? 1 : 0.001),
					    out->type == TYPE_I16  ? 0
					    : out->type == TYPE_U8 ? (int32_t)draw(w, 256)
								   : (int32_t)draw(w, 256) - 128);
	if (clamped) activation_named(draw(w, 2) ? "relu" : "relu6", &node->activation);
}

/* A layer, its weights and scales drawn; NULL: the draw fits no shape. */
static struct graph *graph_of(struct job *w, struct arena *arena, const char **text)
{
	static const char *const names[] = { "Conv1D", "DepthwiseConv1D", "Dense", "Conv1DTranspose" };
	static const enum type types[] = { TYPE_I8, TYPE_I8, TYPE_I8, TYPE_U8, TYPE_I16 };
	struct graph *graph = graph_new(arena, "drawn");
	struct tensor *in = graph_tensor(graph, "x");
	const int kind = (int)draw(w, 5) % 4, data_format = kind != 2 && draw(w, 8) == 0;
	const enum type type = types[draw(w, 5)];
	const int64_t steps = 1 + draw(w, 40);
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	struct node *node;
	struct diag *diag = diag_new(arena);

	node = graph_node(graph, layer_find(names[kind]), "layer");
	node->class_name = names[kind];
	node->config = config_of(w, arena, kind, data_format);
	int64_t channels = 1 + draw(w, 12);
	if (kind == 0) channels *= ((const struct conv1d_config *)node->config)->groups;
	in->shape = kind == 2 && draw(w, 2) ? shape_of(1, channels * 9)
		    : data_format           ? shape_of(2, channels, steps)
					    : shape_of(2, steps, channels);
	in->type = type;
	in->quantisation = quantisation_of(arena, exp2(between(w, -8, -2)),
					   type == TYPE_I16  ? 0
					   : type == TYPE_U8 ? (int32_t)draw(w, 256)
							     : (int32_t)draw(w, 256) - 128);
	list_push(arena, &graph->inputs, in);
	graph_connect(graph, node, &in, 1, 1);
	if (!layer_infer(node, diag) || diag_failed(diag)) return NULL;
	node->out[0]->type = type;
	node->n_weight = node->layer->weights(node, spec);
	node->weight = NEW_ARRAY(arena, node->n_weight, const struct weight *);
	const struct shape *out = &node->out[0]->shape;
	const int64_t filters = out->at[data_format ? 0 : out->rank - 1];
	node->weight[0] =
	    kernel_of(w, arena, &spec[0], filters, type == TYPE_U8 ? TYPE_U8 : TYPE_I8, type != TYPE_U8 && draw(w, 2));
	if (node->n_weight > 1)
		node->weight[1] = bias_of(w, arena, &spec[1], type == TYPE_I16 && draw(w, 2) ? TYPE_I64 : TYPE_I32);
	node->rounding = draw(w, 4) ? ROUNDING_DOUBLE : ROUNDING_SINGLE;
	quantise_output(w, arena, node, draw(w, 2));
	list_push(arena, &graph->outputs, node->out[0]);
	struct text said = { 0 };
	graph_print(graph, &said);
	*text = arena_printf(arena, "%s %s rounding %d bias %d", type_name(type), said.at, (int)node->rounding,
			     node->n_weight > 1 ? (int)node->weight[1]->type : -1);
	text_free(&said);
	return graph;
}

/* ---- programs --------------------------------------------------------------------------------------------------- */

static void write_array(FILE *to, const char *type, const char *name, const float *at, int64_t n)
{
	fprintf(to, "static const %s %s[] = {", type, name);
	for (int64_t i = 0; i < n; i++) fprintf(to, "%s%d,", i % 24 ? "" : "\n", (int)at[i]);
	fprintf(to, "\n};\n");
}

static void write_samples(struct job *w, const struct graph *graph, int i, struct arena *arena)
{
	const struct tensor *in = graph->inputs.at[0], *out = graph->outputs.at[0];
	const int64_t n = tensor_elements(in), least = type_least(in->type), most = type_most(in->type);

	for (int s = 0; s < SAMPLES; s++) {
		float *x = NEW_ARRAY(arena, n, float);
		const float *given = x;
		for (int64_t k = 0; k < n; k++)
			x[k] = (float)(s == 2 ? (draw(w, 2) ? least : most) : least + draw(w, most - least + 1));
		const struct values values = eval_graph(graph, NUMBER_SEPARATE, &given, arena);
		write_array(w->main, type_c_name(in->type), arena_printf(arena, "x%d_%d", i, s), x, n);
		write_array(w->main, type_c_name(out->type), arena_printf(arena, "y%d_%d", i, s), values.at[out->id],
			    tensor_elements(out));
	}
}

static bool write_program(struct job *w, int i, struct arena *arena)
{
	const char *text;
	struct graph *meaning = graph_of(w, arena, &text);
	struct diag *diag = diag_new(arena);
	struct options options = options_default();
	struct outputs outputs = { 0 };
	struct loaded loaded = { .model = { "drawn", "drawn", "" }, .made_by = "drawn" };
	struct program p = { 0 };

	if (!meaning) return false;
	loaded.graph = meaning;
	options.command = "compile";
	options.model = "drawn";
	options.prefix = p.prefix = arena_printf(arena, "m%d", i);
	p.macro = arena_printf(arena, "M%d", i);
	p.target = w->target;
	p.fp = p.target->fp;
	p.loaded = &loaded;
	p.meaning = meaning;
	p.graph = graph_copy(arena, meaning);
	fold(p.graph);
	p.plan = plan_make_for(p.graph, p.target, p.fp, NULL, w->wish, arena, diag);
	if (!p.plan || diag_failed(diag)) die("no plan for %s", text);
	plan_check(p.plan);
	if (w->wish.block > 0) plan_in_pieces(p.plan, w->wish.block);
	if (!emit(&p, &options, &outputs, arena, diag)) die("no text for %s", text);
	for (int k = 0; k < outputs.n; k++) {
		FILE *file = fopen(path_join(arena, w->folder, outputs.at[k].name), "w");
		if (!file || fwrite(outputs.at[k].text.at, 1, outputs.at[k].text.n, file) != outputs.at[k].text.n ||
		    fclose(file))
			die("%s", outputs.at[k].name);
	}
	outputs_free(&outputs);
	fprintf(w->main, "#include \"m%d.h\"\n", i);
	write_samples(w, p.graph, i, arena);
	fprintf(
	    w->main,
	    "static void run%d(void)\n{\n    static m%d_context c;\n    static %s y[sizeof y%d_0 / sizeof *y%d_0];\n",
	    i, i, type_c_name(p.graph->outputs.at[0]->type), i, i);
	for (int s = 0; s < SAMPLES; s++)
		fprintf(w->main, "    m%d_run(&c, x%d_%d, y);\n    wrong(%d, %d, memcmp(y, y%d_%d, sizeof y));\n", i, i,
			s, i, s, i, s);
	fprintf(w->main, "}\n/* %d: %s */\n", i, text);
	return true;
}

int main(int n, char **words)
{
	struct job w = { 0 };
	struct arena *arena = arena_new();
	int made = 0;

	if (n < 5) die("layers FOLDER SEED N TARGET");
	w.folder = words[1];
	w.state = (uint64_t)strtoll(words[2], NULL, 10) * 977 + 1;
	w.target = target_find(words[4]);
	w.wish = (struct wish){ .ram = RAM_FASTEST };
	if (n > 5) w.wish.block = strtoll(words[5], NULL, 10);
	w.main = fopen(path_join(arena, w.folder, "main.c"), "w");
	fprintf(w.main, "#include <stdio.h>\n#include <string.h>\nstatic int bad;\nstatic void wrong(int m, int s, int "
			"is)\n{\n    if (is) printf(\"m%%d sample %%d\\n\", m, s);\n    bad += is != 0;\n}\n");
	for (int want = atoi(words[3]); made < want;) {
		struct arena *each = arena_new();
		made += write_program(&w, made, each);
		arena_free(each);
	}
	fprintf(w.main, "int main(void)\n{\n");
	for (int i = 0; i < made; i++) fprintf(w.main, "    run%d();\n", i);
	fprintf(w.main, "    printf(\"%d models, %%d wrong\\n\", bad);\n    return bad > 0;\n}\n", made);
	fclose(w.main);
	arena_free(arena);
	return 0;
}
