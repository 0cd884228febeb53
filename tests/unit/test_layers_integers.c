/* Quantised layers against TFLite's reference kernels: tests/integers/ops.json, which ops.py beside it makes of single
 * operators.  Each result, bit for bit; and no farther from the exact one than layer->steps says. */
#include "layer_nodes.h"
#include "layers/integer.h"

/* "0a1b..": little-endian elements of a type; "all": 8 bits, from the least on. */
static float *digits(struct arena *arena, const char *text, enum type type, int64_t n)
{
	const int bytes = type_bytes(type);
	float *at = NEW_ARRAY(arena, n, float);

	if (strcmp(text, "all") == 0) {
		for (int64_t i = 0; i < n; i++) at[i] = (float)(type_least(type) + i);
		return at;
	}
	assert_int_equal(strlen(text), n * bytes * 2);
	for (int64_t i = 0; i < n; i++) {
		uint32_t bits = 0;
		for (int k = bytes - 1; k >= 0; k--) {
			const char pair[3] = { text[(i * bytes + k) * 2], text[(i * bytes + k) * 2 + 1], 0 };
			bits = bits << 8 | (uint32_t)strtoul(pair, NULL, 16);
		}
		if (type == TYPE_F32)
			memcpy(&at[i], &bits, sizeof at[i]);
		else
			at[i] = (float)((int64_t)bits > type_most(type) ? (int64_t)bits - ((int64_t)1 << 8 * bytes)
									: (int64_t)bits);
	}
	return at;
}

static void be_quantised(struct arena *arena, struct tensor *tensor, double scale, int64_t zero)
{
	struct quantisation *q = NEW(arena, struct quantisation);
	float *scales = NEW_ARRAY(arena, 1, float);
	int32_t *zeros = NEW_ARRAY(arena, 1, int32_t);

	scales[0] = (float)scale;
	zeros[0] = (int32_t)zero;
	*q = (struct quantisation){ 1, scales, zeros };
	tensor->quantisation = scale > 0 ? q : NULL;
}

/* ["int8", [5, 13], scale, zero point] */
static void describe(struct arena *arena, struct tensor *tensor, const struct json *json)
{
	const char *name = json_at(json, 0)->string;
	const struct json *sizes = json_at(json, 1);

	while (strcmp(type_name(tensor->type), name) != 0) tensor->type++;
	tensor->shape.rank = sizes->n;
	for (int i = 0; i < sizes->n; i++) tensor->shape.at[i] = json_at(sizes, i)->integer;
	be_quantised(arena, tensor, json_at(json, 2)->number, json_at(json, 3)->integer);
}

static int64_t integer(const struct json *json, const char *key)
{
	return json_get(json, key) ? json_get(json, key)->integer : 0;
}

static bool is_one_of(const char *class_name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(class_name, *names) == 0) return true;
	return false;
}

static const void *config_of(struct arena *arena, const char *class_name, const struct json *json)
{
	static const char *const reductions[] = { "Mean", "Sum", "Max", "Min", NULL },
				 *const softmaxes[] = { "Softmax", "LogSoftmax", NULL },
				 *const pools[] = { "MaxPooling1D", "AveragePooling1D", NULL },
				 *const additions[] = { "Add", "Subtract", NULL }, *const slopes[] = { "PReLU", NULL },
				 *const concatenations[] = { "Concatenate", NULL };
	const int64_t axis = integer(json, "axis");
	union {
		struct concatenate_config concatenate;
		struct reduce_config reduce;
		struct softmax_config softmax;
		struct pool1d_config pool;
		struct prelu_config prelu;
		struct merge_config merge;
	} *c = arena_alloc(arena, sizeof *c);

	memset(c, 0, sizeof *c);
	if (is_one_of(class_name, concatenations)) c->concatenate.axis = axis;
	if (is_one_of(class_name, reductions)) c->reduce.axis = (struct axes){ 1, { axis } };
	if (is_one_of(class_name, softmaxes)) c->softmax.axis = (struct axes){ 1, { -1 } };
	if (is_one_of(class_name, slopes)) c->prelu.shared_axes = shape_of(1, (int64_t)1);
	if (is_one_of(class_name, additions)) c->merge.shifts = integer(json, "shifts");
	if (is_one_of(class_name, pools))
		c->pool =
		    (struct pool1d_config){ integer(json, "pool_size"), integer(json, "strides"),
					    integer(json, "padding") ? PADDING_SAME : PADDING_VALID, CHANNELS_LAST };
	return c;
}

static void be_activated(struct node *node, const struct json *json)
{
	const struct json *name = json_get(json, "activation"), *parameter = json_get(json, "parameter");

	if (!name) return;
	node->activation.kind = activation_row_named(name->string);
	assert_non_null(node->activation.kind);
	if (parameter) node->activation.parameter[0] = parameter->number;
}

static void have_slopes(struct graph *graph, struct node *node, const struct json *json)
{
	const struct json *alpha = json_get(json, "alpha");
	const int64_t n = alpha ? json_at(alpha, 0)->n : 0;
	struct weight *weight = NEW(graph->arena, struct weight);
	struct tensor scale = { 0 };
	int64_t *integers = NEW_ARRAY(graph->arena, n, int64_t);
	float *real = NEW_ARRAY(graph->arena, n, float);

	if (!alpha) return;
	be_quantised(graph->arena, &scale, json_at(alpha, 1)->number, 0);
	for (int64_t i = 0; i < n; i++) {
		integers[i] = json_at(json_at(alpha, 0), (int)i)->integer;
		real[i] = (float)integers[i] * scale.quantisation->scale[0];
	}
	*weight = (struct weight){ .name = "alpha",
				   .type = TYPE_I8,
				   .shape = shape_of(2, (int64_t)1, n),
				   .f32 = real,
				   .integers = integers,
				   .quantisation = scale.quantisation };
	node->n_weight = 1;
	node->weight = NEW_ARRAY(graph->arena, 1, const struct weight *);
	node->weight[0] = weight;
}

/* A node that holds the elements. */
static struct tensor *constant(struct graph *graph, const struct json *described, const char *text)
{
	struct tensor like = { 0 };
	struct constant_config config;
	struct weight *weight = NEW(graph->arena, struct weight);
	int64_t n, *integers;
	const float *at;
	float *real;
	struct node *node;

	describe(graph->arena, &like, described);
	config.shape = like.shape;
	n = elements(&like);
	at = digits(graph->arena, text, like.type, n);
	integers = NEW_ARRAY(graph->arena, n, int64_t);
	real = NEW_ARRAY(graph->arena, n, float);
	for (int64_t i = 0; i < n; i++) {
		integers[i] = (int64_t)at[i] - tensor_zero_point(&like);
		real[i] = (float)real_of(&like, at[i]);
	}
	*weight = (struct weight){ .name = "value",
				   .type = like.type,
				   .shape = like.shape,
				   .f32 = real,
				   .integers = integers,
				   .quantisation = like.quantisation };
	node = node_of(graph, "Constant", &config, NULL, 0);
	node->n_weight = 1;
	node->weight = NEW_ARRAY(graph->arena, 1, const struct weight *);
	node->weight[0] = weight;
	node->out[0]->type = like.type;
	node->out[0]->quantisation = like.quantisation;
	assert_true(layer_infer(node, diag_new(graph->arena)));
	return node->out[0];
}

static struct node *node_made(struct graph *graph, const struct json *json)
{
	struct tensor *in[4];
	const struct json *tensors = json_get(json, "tensors");
	const char *class_name = json_get(json, "cls")->string;
	struct node *node;

	for (int k = 0; k < tensors->n; k++) {
		if (json_get(json, "constant") && integer(json, "constant") == k) {
			in[k] = constant(graph, json_at(tensors, k), json_at(json_get(json, "x"), k)->string);
			continue;
		}
		in[k] = input(graph, shape_of(0));
		describe(graph->arena, in[k], json_at(tensors, k));
	}
	node = node_of(graph, class_name, NULL, in, tensors->n);
	node->config = config_of(graph->arena, class_name, json);
	have_slopes(graph, node, json);
	be_activated(node, json);
	describe(graph->arena, node->out[0], json_get(json, "out"));
	assert_true(layer_infer(node, diag_new(graph->arena)));
	return node;
}

/* The exact result's distance from what the integer says, in steps. */
static double steps_off(const struct tensor *out, float result, double exact)
{
	const double scale = (double)tensor_scale(out), least = real_of(out, (float)type_least(out->type)),
		     most = real_of(out, (float)type_most(out->type));

	return fabs(real_of(out, result) - fmin(fmax(exact, least), most)) / scale;
}

static double check(struct arena *arena, const struct json *json, int number)
{
	struct graph *graph = graph_new(arena, "one");
	struct node *node = node_made(graph, json);
	struct graph *folded;
	const float *in[4], *y, *expected;
	const double *exact;
	double worst = 0, bound;
	int64_t n = elements(node->out[0]);

	for (int k = 0, inputs = 0; k < node->n_in; k++)
		if (!node->in[k]->from)
			in[inputs++] = digits(arena, json_at(json_get(json, "x"), k)->string, node->in[k]->type,
					      elements(node->in[k]));
	expected = digits(arena, json_get(json, "y")->string, node->out[0]->type, n);
	y = eval_graph(graph, NUMBER_SEPARATE, in, arena).at[node->out[0]->id];
	list_push(arena, &graph->outputs, node->out[0]);
	folded = graph_copy(arena, graph);
	fold(folded);
	assert_int_equal(folded->nodes.n, 1);
	assert_true(same_floats(eval_graph(folded, NUMBER_SEPARATE, in, arena).at[folded->outputs.at[0]->id], y, n));
	exact = eval_graph(graph, NUMBER_MEANING, in, arena).at[node->out[0]->id];
	bound = node->layer->steps ? node->layer->steps(node) : 1;
	for (int64_t i = 0; i < n; i++) {
		if (y[i] != expected[i])
			fail_msg("case %d, %s %s of %s: element %d is %g, of the reference %g", number,
				 node->layer->name, activation_text(arena, &node->activation),
				 type_name(node->in[0]->type), (int)i, (double)y[i], (double)expected[i]);
		if (node->out[0]->type == TYPE_F32) continue;
		worst = fmax(worst, steps_off(node->out[0], y[i], exact[i]));
		if (!(steps_off(node->out[0], y[i], exact[i]) <= bound))
			fail_msg("case %d, %s %s of %s: element %d is %g, exactly %g: %g steps off, more than %g",
				 number, node->layer->name, activation_text(arena, &node->activation),
				 type_name(node->in[0]->type), (int)i, (double)y[i], exact[i],
				 steps_off(node->out[0], y[i], exact[i]), bound);
	}
	return worst;
}

static void a_layer_is_the_reference_kernel(void **state)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct bytes bytes;
	const char *reason, *path = "tests/integers/ops.json";
	struct source source;
	struct json *cases;
	int number = 0;

	(void)state;
	assert_true(file_read(arena, path, &bytes, &reason));
	source = (struct source){ path, (const char *)bytes.at, bytes.n };
	cases = json_parse(arena, diag, &source);
	assert_non_null(cases);
	assert_true(cases->n > 300);
	for (const struct json *json = cases->first; json; json = json->next) {
		struct arena *own = arena_new();
		check(own, json, number++);
		arena_free(own);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(a_layer_is_the_reference_kernel) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
