/* quantised.c: a model of integers as conv1dc quantize writes it in JSON; docs/quantise.md. */
#include "layers/quantised.h"
#include "load/keras.h"

#include <math.h>
#include <string.h>

/* One layer, or input, being read. */
struct reading {
	struct keras *k;
	const struct json *at;
	const char *name; /* of the layer, for messages; NULL: none */
	struct node *node;
	enum rounding rounding;
};

bool quantised_is(const struct json *root)
{
	static const char family[] = "conv1dc quantised model ";
	const struct json *said = json_get(root, "format");

	return said && said->kind == JSON_STRING && !strncmp(said->string, family, sizeof family - 1);
}

/* ---- values ----------------------------------------------------------------------------------------------------------- */

static bool refuse(const struct reading *r, const struct json *at, const char *wanted)
{
	diag_error(r->k->diag, keras_place(r->k, at, r->name), "%s is not %s", json_shown(r->k->arena, at), wanted);
	return false;
}

static const struct json *member(const struct reading *r, const struct json *object, const char *key)
{
	const struct json *found = json_get(object, key);

	if (!found) diag_error(r->k->diag, keras_place(r->k, object, r->name), "the key \"%s\" is missing", key);
	return found;
}

/* The value of a key that has to be of the kind; NULL after an error. */
static const struct json *member_of(const struct reading *r, const struct json *object, const char *key,
				    enum json_kind kind, const char *wanted)
{
	const struct json *found = member(r, object, key);

	if (found && found->kind != kind) refuse(r, found, wanted);
	return found && found->kind == kind ? found : NULL;
}

static bool is_one_of(const char *name, const char *const *names)
{
	while (*names && strcmp(*names, name) != 0) names++;
	return *names != NULL;
}

static bool check_keys(const struct reading *r, const struct json *object, const char *const *known)
{
	const char *all = known[0];
	bool right = true;

	for (int i = 1; known[i]; i++) all = arena_printf(r->k->arena, "%s, %s", all, known[i]);
	for (const struct json *m = object->first; m; m = m->next) {
		if (is_one_of(m->key, known)) continue;
		diag_error(r->k->diag, keras_place(r->k, m, r->name), "there is no key '%s' here; there are: %s",
			   m->key, all);
		right = false;
	}
	return right;
}

static bool is_integer_in(const struct json *at, int64_t least, int64_t most)
{
	return at->kind == JSON_NUMBER && at->is_integer && at->integer >= least && at->integer <= most;
}

/* A scale as a float: above 0 and finite. */
static bool read_scale(const struct reading *r, const struct json *at, float *scale)
{
	*scale = at->kind == JSON_NUMBER ? (float)at->number : 0;
	return (*scale > 0 && isfinite(*scale)) || refuse(r, at, "a scale, which is a finite number above 0");
}

static bool read_type(const struct reading *r, const struct json *object, const enum type *types, int n,
		      enum type *type)
{
	const struct json *at = member(r, object, "type");
	const char *all = "";

	for (int i = 0; at && i < n; i++) {
		*type = types[i];
		if (at->kind == JSON_STRING && !strcmp(type_name(types[i]), at->string)) return true;
		all = arena_printf(r->k->arena, "%s%s%s", all, i ? ", " : "", type_name(types[i]));
	}
	return at && refuse(r, at, arena_printf(r->k->arena, "a type that stands here: %s", all));
}

static bool read_shape(const struct reading *r, const struct json *object, struct shape *shape)
{
	const struct json *list = member_of(r, object, "shape", JSON_ARRAY, "a list of sizes");

	*shape = (struct shape){ 0 };
	if (!list) return false;
	if (list->n < 1 || list->n > MAX_RANK)
		return refuse(r, list, arena_printf(r->k->arena, "a list of 1 to %d sizes", MAX_RANK));
	for (const struct json *at = list->first; at; at = at->next) {
		if (!is_integer_in(at, 1, MAX_ELEMENTS)) return refuse(r, at, "a size of 1 or more");
		shape->at[shape->rank++] = at->integer;
	}
	return shape_elements(shape) <= MAX_ELEMENTS || refuse(r, list, "a shape whose elements conv1dc can index");
}

/* ---- tensors ------------------------------------------------------------------------------------------------------------ */

static bool read_quantisation(const struct reading *r, const struct json *object, struct tensor *tensor)
{
	const struct json *scale = member(r, object, "scale"), *zero = member(r, object, "zero_point");
	const bool symmetric = tensor->type == TYPE_I16;
	float *scales;
	int32_t *zeros;

	tensor->quantisation = quantisation_new(1, &scales, &zeros, r->k->arena);
	if (!scale || !zero || !read_scale(r, scale, scales)) return false;
	if (!is_integer_in(zero, symmetric ? 0 : type_least(tensor->type), symmetric ? 0 : type_most(tensor->type)))
		return refuse(r, zero,
			      symmetric ? "0, which is int16's zero point"
					: "a zero point, which is an integer of the type");
	*zeros = (int32_t)zero->integer;
	return true;
}

/* Type, scale and zero point; the number has to be the next one. */
static bool read_tensor(const struct reading *r, const struct json *object, struct tensor *tensor)
{
	static const enum type types[] = { TYPE_I8, TYPE_U8, TYPE_I16, TYPE_F32 };
	static const char *const extra[] = { "scale", "zero_point" };
	const struct json *number = member(r, object, "tensor");
	bool right = true;

	if (number && !is_integer_in(number, tensor->id, tensor->id))
		right = refuse(r, number,
			       arena_printf(r->k->arena,
					    "%d, the number of this tensor: inputs and outputs of layers count from 0",
					    tensor->id));
	if (!read_type(r, object, types, 4, &tensor->type)) return false;
	if (tensor->type != TYPE_F32) return read_quantisation(r, object, tensor) && number && right;
	for (int i = 0; i < 2; i++) {
		const struct json *at = json_get(object, extra[i]);
		if (at) right = refuse(r, at, "a value that float32 has; it has neither scale nor zero point");
	}
	return number && right;
}

static bool is_object(const struct reading *r, const struct json *at, const char *wanted)
{
	return at->kind == JSON_OBJECT || refuse(r, at, wanted);
}

static bool read_input(struct reading *r, const struct json *at)
{
	static const char *const keys[] = { "tensor", "name", "shape", "type", "scale", "zero_point", NULL };
	const struct json *name;
	struct tensor *tensor;
	bool right;

	if (!is_object(r, at, "an input, which is an object") || !check_keys(r, at, keys)) return false;
	name = member_of(r, at, "name", JSON_STRING, "a name");
	tensor = graph_tensor(r->k->graph, name ? name->string : "");
	list_push(r->k->arena, &r->k->graph->inputs, tensor);
	r->name = tensor->name;
	right = read_shape(r, at, &tensor->shape);
	right = read_tensor(r, at, tensor) && right && name;
	r->name = NULL;
	return right;
}

/* ---- weights -------------------------------------------------------------------------------------------------------------- */

/* What a weight of a layer has to be. */
struct wanted {
	const struct weight_spec *spec;
	bool integer, bias;
	struct filters filters; /* n 0: one scale */
};

/* The numbers of a list, or of lists in it, in order; false where one of them is not right, reported. */
static bool read_numbers(const struct reading *r, const struct json *list, struct weight *weight, int64_t *integers,
			 float *values)
{
	const int64_t n = shape_elements(&weight->shape);
	const bool wide = weight->type == TYPE_I64, real = weight->type == TYPE_F32;
	const int64_t least = real   ? 0
			      : wide ? 1 - INTEGER_LIMIT
				     : type_least(weight->type),
		      most = real   ? 0
			     : wide ? INTEGER_LIMIT - 1
				    : type_most(weight->type);
	int64_t i = 0;

	for (const struct json *at = list->first; at; at = at->next, i++) {
		if (i == n) break;
		if (values) {
			values[i] = (float)at->number;
			if (at->kind != JSON_NUMBER || !isfinite(values[i])) return refuse(r, at, "a finite number");
		} else if (integers && is_integer_in(at, least, most)) {
			integers[i] = at->integer;
		} else {
			return refuse(r, at,
				      arena_printf(r->k->arena, "an integer of the type %s%s", type_name(weight->type),
						   wide ? " between -2^53 and 2^53" : ""));
		}
	}
	if (list->n == n) return true;
	diag_error(r->k->diag, keras_place(r->k, list, r->name), "%d numbers; '%s' of the shape %s has %lld", list->n,
		   weight->name, shape_text(r->k->arena, &weight->shape), (long long)n);
	return false;
}

/* The bias of a filter: the scale of the input times the kernel's. */
static struct quantisation *bias_scales(const struct reading *r, const struct weight *bias)
{
	const struct quantisation *kernel = r->node->weight[0]->quantisation;
	const int64_t n = shape_elements(&bias->shape);
	float *scale;
	int32_t *zero;
	struct quantisation *q = quantisation_new(n, &scale, &zero, r->k->arena);

	for (int64_t f = 0; f < n; f++)
		scale[f] = (float)((double)tensor_scale(r->node->in[0]) * (double)kernel->scale[kernel->n > 1 ? f : 0]);
	return q;
}

static struct quantisation *read_scales(const struct reading *r, const struct json *object, const struct wanted *wanted)
{
	const struct json *list = member_of(r, object, "scale", JSON_ARRAY, "a list of scales");
	const int64_t filters = wanted->filters.n;
	struct quantisation *q;
	float *scale;
	int32_t *zero;

	if (!list) return NULL;
	if (list->n != 1 && list->n != filters) {
		refuse(r, list,
		       filters > 1 ? arena_printf(r->k->arena, "a list of 1 scale, or of %lld, one a filter",
						  (long long)filters)
				   : "a list of 1 scale");
		return NULL;
	}
	q = quantisation_new(list->n, &scale, &zero, r->k->arena);
	for (const struct json *at = list->first; at; at = at->next)
		if (!read_scale(r, at, scale++)) return NULL;
	return q;
}

static bool read_integers(const struct reading *r, const struct json *object, const struct wanted *wanted,
			  struct weight *weight)
{
	const enum type type = wanted->bias ? bias_type(r->node->in[0]->type) : TYPE_I8;
	const struct json *list = member_of(r, object, "integers", JSON_ARRAY, "a list of integers");
	int64_t *integers = NEW_ARRAY(r->k->arena, shape_elements(&weight->shape), int64_t);

	weight->integers = integers;
	if (!list || !read_type(r, object, &type, 1, &weight->type)) return false;
	weight->quantisation = wanted->bias ? bias_scales(r, weight) : read_scales(r, object, wanted);
	if (!weight->quantisation || !read_numbers(r, list, weight, integers, NULL)) return false;
	weight_make_real(weight, wanted->bias ? 1 : wanted->filters.inner, r->k->arena);
	return true;
}

static bool read_values(const struct reading *r, const struct json *object, struct weight *weight)
{
	static const enum type type = TYPE_F32;
	const struct json *list = member_of(r, object, "values", JSON_ARRAY, "a list of numbers");
	float *values = NEW_ARRAY(r->k->arena, shape_elements(&weight->shape), float);

	weight->f32 = values;
	return list && read_type(r, object, &type, 1, &weight->type) && read_numbers(r, list, weight, NULL, values);
}

static bool read_weight(const struct reading *r, const struct json *object, const struct wanted *wanted,
			struct weight *weight)
{
	static const char *const of_kernel[] = { "name", "type", "shape", "scale", "integers", NULL },
				 *const of_bias[] = { "name", "type", "shape", "integers", NULL },
				 *const of_floats[] = { "name", "type", "shape", "values", NULL };
	const struct json *name;

	if (!is_object(r, object, "a weight, which is an object") || !check_keys(r, object,
										 !wanted->integer ? of_floats
										 : wanted->bias   ? of_bias
												  : of_kernel))
		return false;
	name = member_of(r, object, "name", JSON_STRING, "a name");
	if (!name || !read_shape(r, object, &weight->shape)) return false;
	if (strcmp(name->string, wanted->spec->name) != 0)
		return refuse(r, name, arena_printf(r->k->arena, "'%s', which stands here", wanted->spec->name));
	if (!shape_equal(&weight->shape, &wanted->spec->shape))
		return refuse(r, json_get(object, "shape"),
			      arena_printf(r->k->arena, "%s, which this config and input need",
					   shape_text(r->k->arena, &wanted->spec->shape)));
	weight->name = wanted->spec->name;
	weight->place = keras_place(r->k, object, r->name);
	return wanted->integer ? read_integers(r, object, wanted, weight) : read_values(r, object, weight);
}

static bool read_weights(const struct reading *r)
{
	struct node *node = r->node;
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	const int n = node->layer->weights ? node->layer->weights(node, spec) : 0;
	const struct json *list = json_get(r->at, "weights");
	const bool integer = tensor_is_integer(node->in[0]);

	if (!list && !n) return true;
	if (!list) return member(r, r->at, "weights") != NULL;
	if (list->kind != JSON_ARRAY || list->n != n)
		return refuse(r, list, arena_printf(r->k->arena, "a list of the %d weights that this config has", n));
	node->weight = NEW_ARRAY(r->k->arena, n, const struct weight *);
	for (int i = 0; i < n; i++) {
		struct wanted wanted = { .spec = &spec[i], .integer = integer };
		struct weight *weight = NEW(r->k->arena, struct weight);

		/* Its scales follow from the shape of weight 0. */
		node->weight[node->n_weight++] = weight;
		weight->shape = spec[i].shape;
		if (integer && !node_filters(node, &wanted.filters))
			return refuse(r, r->at, "a layer that has a form in integers; its tensors must be float32");
		wanted.bias = integer && i > 0 && wanted.filters.n > 0;
		if (!read_weight(r, json_at(list, i), &wanted, weight)) return false;
	}
	return true;
}

/* ---- layers ---------------------------------------------------------------------------------------------------------------- */

static bool read_parameters(const struct reading *r, const struct json *object, struct activation *activation)
{
	const struct activation_kind *kind = activation->kind;
	const char **keys = NEW_ARRAY(r->k->arena, kind->parameters + 2, const char *);

	keys[0] = "name";
	for (int i = 0; i < kind->parameters; i++) keys[i + 1] = kind->parameter_names[i];
	if (!check_keys(r, object, keys)) return false;
	for (int i = 0; i < kind->parameters; i++) {
		const struct json *at = member_of(r, object, keys[i + 1], JSON_NUMBER, "a number");
		if (!at) return false;
		activation->parameter[i] = at->number;
	}
	return true;
}

static bool read_activation(const struct reading *r)
{
	const struct json *at = json_get(r->at, "activation");
	const struct json *name = at && at->kind == JSON_OBJECT ? member(r, at, "name") : at;
	const struct activation_kind *kind;

	if (!at) return true;
	if (!name) return false;
	for (int i = 0; name->kind == JSON_STRING && (kind = activation_row(i)) != NULL; i++) {
		if (kind->rowwise || !kind->symbol || strcmp(kind->symbol, name->string) != 0) continue;
		r->node->activation.kind = kind;
		if (at->kind == JSON_OBJECT) return read_parameters(r, at, &r->node->activation);
		return kind->parameters == 0 || refuse(r, at,
						       arena_printf(r->k->arena, "an object with the name and \"%s\"",
								    kind->parameter_names[0]));
	}
	return refuse(r, name, "the name of an activation");
}

/* Numbers of tensors that were made before. */
static bool read_inputs(const struct reading *r, struct tensor ***in, int *n)
{
	const struct json *list = member_of(r, r->at, "inputs", JSON_ARRAY, "a list of tensors");
	const struct layer *row = r->node->layer;

	if (!list) return false;
	if (list->n < row->least_in || (row->most_in >= 0 && list->n > row->most_in) || !list->n)
		return refuse(r, list, arena_printf(r->k->arena, "a list of as many tensors as %s takes", row->name));
	*in = NEW_ARRAY(r->k->arena, list->n, struct tensor *);
	for (const struct json *at = list->first; at; at = at->next) {
		if (!is_integer_in(at, 0, r->k->graph->tensors.n - 1))
			return refuse(r, at, "the number of an input or of what a layer before this one makes");
		(*in)[(*n)++] = r->k->graph->tensors.at[at->integer];
	}
	return true;
}

static bool same_scale(const struct tensor *a, const struct tensor *b)
{
	return a->type == b->type && a->quantisation->scale[0] == b->quantisation->scale[0] &&
	       a->quantisation->zero_point[0] == b->quantisation->zero_point[0];
}

static bool refuse_scale(const struct reading *r, const char *why)
{
	diag_error(r->k->diag, keras_place(r->k, r->at, r->name), "%s", why);
	return false;
}

static bool check_scales(const struct reading *r)
{
	const struct node *node = r->node;
	const struct tensor *out = node->out[0];
	const struct quantisation *fixed = node_fixed_scale(node, out->type);
	const bool shares = node_scale_rule(node) != SCALE_OWN;

	for (int k = 0; k < node->n_in; k++)
		if (shares && !same_scale(node->in[k], out))
			return refuse_scale(r,
					    arena_printf(r->k->arena,
							 "%s keeps type, scale and zero point; those of its inputs and "
							 "of its output must be the same",
							 node->layer->name));
	if (!fixed || same_scale(&(struct tensor){ .type = out->type, .quantisation = fixed }, out)) return true;
	return refuse_scale(r, arena_printf(r->k->arena, "its output always has the scale %.9g and the zero point %d",
					    (double)fixed->scale[0], (int)fixed->zero_point[0]));
}

/* Integers in and out, or floats in and out; Quantize goes from the ones to the others. */
static bool check_types(const struct reading *r)
{
	const struct node *node = r->node;
	const enum type type = node->out[0]->type;

	if (layer_is(node, "Quantize"))
		return tensor_is_integer(node->in[0]) || tensor_is_integer(node->out[0]) ||
		       refuse_scale(r,
				    "Quantize between floats changes nothing; one of its tensors must hold integers");
	for (int k = 0; k < node->n_in; k++)
		if (node->in[k]->type != type)
			return refuse_scale(
			    r, arena_printf(r->k->arena,
					    "its tensors are %s and %s; only Quantize goes from one type to another",
					    type_name(node->in[k]->type), type_name(type)));
	if (type == TYPE_F32) return true;
	if (!node_has_integer_form(node, type))
		return refuse_scale(r, arena_printf(r->k->arena, "%s has no form in integers of the type %s",
						    node->layer->name, type_name(type)));
	return check_scales(r);
}

static const struct layer *read_class(const struct reading *r)
{
	const struct json *at = member_of(r, r->at, "class_name", JSON_STRING, "the name of a class");
	const struct layer *row = at ? layer_find(at->string) : NULL;
	const char *near = at && !row ? layer_nearest(at->string) : NULL;

	/* Classes that become others, or make masks, are none that a quantised model has. */
	if (row && row->eval[NUMBER_SEPARATE] && !row->expand && row->mask != MASK_MAKES) return row;
	if (at)
		diag_error(r->k->diag, keras_place(r->k, at, r->name), "there is no layer '%s'%s%s%s", at->string,
			   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static bool read_config(const struct reading *r)
{
	const struct json *config = member_of(r, r->at, "config", JSON_OBJECT, "a config, which is an object");
	struct keras_layer layer = { .at = r->at, .config_json = config, .name = r->name, .bare = true };

	if (!config) return false;
	layer.row = r->node->layer;
	layer.class_name = r->node->layer->name;
	if (!keras_read_fields(r->k, &layer, config)) return false;
	r->node->config = layer.config;
	r->node->config_json = config;
	return !r->node->layer->check || r->node->layer->check(r->node, r->k->diag);
}

static bool read_output(const struct reading *r)
{
	static const char *const keys[] = { "tensor", "type", "scale", "zero_point", NULL };
	const struct json *list = member_of(r, r->at, "outputs", JSON_ARRAY, "a list of tensors");

	if (!list) return false;
	if (list->n != 1 || list->first->kind != JSON_OBJECT) return refuse(r, list, "a list of one tensor");
	return check_keys(r, list->first, keys) && read_tensor(r, list->first, r->node->out[0]);
}

static bool read_keras(const struct reading *r)
{
	const struct json *at = json_get(r->at, "keras");

	if (!at) return true;
	if (!is_integer_in(at, 1, 3)) return refuse(r, at, "a version of Keras: 1, 2 or 3");
	r->node->keras = (int)at->integer;
	return true;
}

static bool read_layer(struct reading *r, const struct json *at)
{
	static const char *const keys[] = { "class_name", "name",    "config",  "activation", "keras",
					    "inputs",     "outputs", "weights", NULL };
	const struct json *name;
	const struct layer *row;
	struct tensor **in = NULL;
	int n = 0;

	*r = (struct reading){ .k = r->k, .at = at, .rounding = r->rounding };
	if (!is_object(r, at, "a layer, which is an object") || !check_keys(r, at, keys)) return false;
	name = member_of(r, at, "name", JSON_STRING, "a name");
	r->name = name ? name->string : NULL;
	row = name ? read_class(r) : NULL;
	if (!row) return false;
	r->node = graph_node(r->k->graph, row, r->name);
	r->node->class_name = row->name;
	r->node->place = keras_place(r->k, at, r->name);
	r->node->rounding = r->rounding;
	if (!read_config(r) || !read_activation(r) || !read_keras(r) || !read_inputs(r, &in, &n)) return false;
	graph_connect(r->k->graph, r->node, in, n, 1);
	if (!read_output(r) || !layer_infer(r->node, r->k->diag)) return false;
	return read_weights(r) && check_types(r);
}

/* ---- the model -------------------------------------------------------------------------------------------------------------- */

static bool read_rounding(struct reading *r, const struct json *root)
{
	const struct json *at = json_get(root, "rounding");

	if (!at) return true;
	r->rounding = at->kind == JSON_STRING && !strcmp(at->string, "single") ? ROUNDING_SINGLE : ROUNDING_DOUBLE;
	return r->rounding == ROUNDING_SINGLE || (at->kind == JSON_STRING && !strcmp(at->string, "double")) ||
	       refuse(r, at, "\"double\" or \"single\"");
}

static bool read_outputs(struct reading *r, const struct json *root)
{
	const struct json *list = member_of(r, root, "outputs", JSON_ARRAY, "a list of tensors");
	struct graph *graph = r->k->graph;

	if (!list || !list->n) return list && refuse(r, list, "a list of the model's outputs");
	for (const struct json *at = list->first; at; at = at->next) {
		if (!is_integer_in(at, 0, graph->tensors.n - 1)) return refuse(r, at, "the number of a tensor");
		list_push(r->k->arena, &graph->outputs, graph->tensors.at[at->integer]);
	}
	return true;
}

/* --input-shape and --steps say what the model says. */
static bool check_options(const struct reading *r)
{
	const struct options *o = r->k->options;
	const struct graph *graph = r->k->graph;

	if (o->input_shapes > graph->inputs.n)
		diag_usage(r->k->diag, "--input-shape is given %d times; the model has %d inputs", o->input_shapes,
			   graph->inputs.n);
	for (int i = 0; i < o->input_shapes && i < graph->inputs.n; i++) {
		struct shape said = { .rank = o->input_shape[i].rank };
		memcpy(said.at, o->input_shape[i].at, sizeof said.at);
		if (!shape_equal(&said, &graph->inputs.at[i]->shape))
			diag_usage(r->k->diag, "--input-shape says %s; input '%s' of the model has the shape %s",
				   shape_text(r->k->arena, &said), graph->inputs.at[i]->name,
				   shape_text(r->k->arena, &graph->inputs.at[i]->shape));
	}
	for (int i = 0; o->steps && i < graph->inputs.n; i++) {
		const struct shape *shape = &graph->inputs.at[i]->shape;
		if (shape->rank < 2 || shape->at[0] == o->steps || shape->at[1] == o->steps) continue;
		diag_usage(r->k->diag, "--steps %lld: input '%s' of the model has the shape %s", (long long)o->steps,
			   graph->inputs.at[i]->name, shape_text(r->k->arena, shape));
	}
	if (o->max_steps) diag_usage(r->k->diag, "--max-steps: a quantised model has a known number of steps");
	return !diag_failed(r->k->diag);
}

static bool read_all(struct reading *r, const struct json *root)
{
	const struct json *inputs = member_of(r, root, "inputs", JSON_ARRAY, "a list of inputs"),
			  *layers = member_of(r, root, "layers", JSON_ARRAY, "a list of layers");

	if (!inputs || !layers) return false;
	if (!inputs->n) return refuse(r, inputs, "a list of the model's inputs");
	for (const struct json *at = inputs->first; at; at = at->next)
		if (!read_input(r, at)) return false;
	for (const struct json *at = layers->first; at; at = at->next)
		if (!read_layer(r, at)) return false;
	*r = (struct reading){ .k = r->k };
	return read_outputs(r, root) && check_options(r);
}

bool quantised_read(struct keras *k, const struct json *root)
{
	static const char *const keys[] = { "format", "name", "rounding", "inputs", "layers", "outputs", NULL };
	struct reading r = { .k = k };
	const struct json *name = json_get(root, "name"), *format = json_get(root, "format");

	if (strcmp(format->string, QUANTISED_FORMAT) != 0)
		return refuse(&r, format, "a format that this version reads, which is '" QUANTISED_FORMAT "'");
	k->graph = graph_new(k->arena, name && name->kind == JSON_STRING ? name->string : "model");
	return check_keys(&r, root, keys) && read_rounding(&r, root) && read_all(&r, root);
}
