/* quantised.c: TFLite's rules of scales, class by class.
 *
 * Source: tflite/converter/ir/tfl_ops.td: SameOperandsAndResultsScale, FixedOutputRangeInterface, AffineQuantizedOpInterface. */
#include "layers/quantised.h"

#include <string.h>

/* ---- scales --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *class_name;
	enum scale_rule rule;
} scale_rules[] = {
	{ "MaxPooling1D", SCALE_OF_INPUT },
	{ "AveragePooling1D", SCALE_OF_INPUT },
	{ "GlobalMaxPooling1D", SCALE_OF_INPUT },
	{ "Max", SCALE_OF_INPUT },
	{ "Min", SCALE_OF_INPUT },
	{ "Concatenate", SCALE_OF_OUTPUT },
	{ "Maximum", SCALE_OF_OUTPUT },
	{ "Minimum", SCALE_OF_OUTPUT },
};

enum scale_rule node_scale_rule(const struct node *node)
{
	for (size_t i = 0; i < sizeof scale_rules / sizeof *scale_rules; i++)
		if (layer_is(node, scale_rules[i].class_name)) return scale_rules[i].rule;
	return node->layer->moves ? SCALE_OF_INPUT : SCALE_OWN;
}

#define ONE(scale, zero_point)                                                                                         \
	{                                                                                                              \
		1, (const float[]){ scale }, (const int32_t[])                                                         \
		{                                                                                                      \
			zero_point                                                                                     \
		}                                                                                                      \
	}
/* name: of a class, or the symbol of the activation of an Activation.  n 0: no form in integers of that width. */
static const struct {
	const char *name;
	struct quantisation narrow, wide;
} fixed_scales[] = {
	{ "sigmoid", ONE(0x1p-8F, -128), ONE(0x1p-15F, 0) },
	{ "tanh", ONE(0x1p-7F, 0), ONE(0x1p-15F, 0) },
	{ "Softmax", ONE(0x1p-8F, -128), ONE(0x1p-15F, 0) },
	{ "LogSoftmax", ONE(0x1p-4F, 127), { 0, NULL, NULL } },
	{ "UnitNormalization", ONE(0x1p-7F, 0), { 0, NULL, NULL } },
};
enum { FIXED_SCALES = sizeof fixed_scales / sizeof *fixed_scales };

static int fixed_index(const struct node *node)
{
	const bool activates = layer_is(node, "Activation") && node->activation.kind;
	const char *name = activates ? node->activation.kind->symbol : node->layer->name;
	int i = 0;

	while (name && i < FIXED_SCALES && strcmp(fixed_scales[i].name, name) != 0) i++;
	return name ? i : FIXED_SCALES;
}

const struct quantisation *node_fixed_scale(const struct node *node, enum type type)
{
	const int i = fixed_index(node);
	const struct quantisation *fixed;

	if (i == FIXED_SCALES || (type != TYPE_I8 && type != TYPE_I16)) return NULL;
	fixed = type == TYPE_I16 ? &fixed_scales[i].wide : &fixed_scales[i].narrow;
	return fixed->n ? fixed : NULL;
}

bool node_has_integer_form(const struct node *node, enum type type)
{
	struct filters filters;

	if (!layer_has_integers(node) || (node->n_weight > 0 && !node_filters(node, &filters))) return false;
	return fixed_index(node) == FIXED_SCALES || type == TYPE_U8 || node_fixed_scale(node, type);
}

/* ---- weights -------------------------------------------------------------------------------------------------------- */

static struct filters filters_of_last(const struct shape *shape)
{
	return (struct filters){ shape->at[shape->rank - 1], 1 };
}

/* [taps][channels][multiplier] */
static struct filters filters_of_depthwise(const struct shape *shape)
{
	return (struct filters){ shape->at[1] * shape->at[2], 1 };
}

/* [taps][filters][channels] */
static struct filters filters_of_transposed(const struct shape *shape)
{
	return (struct filters){ shape->at[1], shape->at[2] };
}

static struct filters no_filters(const struct shape *shape)
{
	(void)shape;
	return (struct filters){ 0, 1 };
}

static const struct {
	const char *class_name;
	int rank; /* of weight 0; 0: any */
	struct filters (*filters)(const struct shape *shape);
} filter_rules[] = {
	{ "Conv1D", 3, filters_of_last },
	{ "DepthwiseConv1D", 3, filters_of_depthwise },
	{ "Conv1DTranspose", 3, filters_of_transposed },
	{ "Dense", 2, filters_of_last },
	{ "PReLU", 0, no_filters },
};

bool node_filters(const struct node *node, struct filters *filters)
{
	for (size_t i = 0; i < sizeof filter_rules / sizeof *filter_rules; i++) {
		const struct shape *shape = node->n_weight > 0 ? &node->weight[0]->shape : NULL;

		if (!layer_is(node, filter_rules[i].class_name)) continue;
		if (!shape || (filter_rules[i].rank && shape->rank != filter_rules[i].rank)) return false;
		*filters = filter_rules[i].filters(shape);
		return true;
	}
	return false;
}

enum type bias_type(enum type in)
{
	return in == TYPE_I16 ? TYPE_I64 : TYPE_I32;
}

void weight_make_real(struct weight *weight, int64_t inner, struct arena *arena)
{
	const struct quantisation *q = weight->quantisation;
	const int64_t n = shape_elements(&weight->shape);
	double *f64 = NEW_ARRAY(arena, n, double);
	float *f32 = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) {
		f64[i] = (double)weight->integers[i] * (double)q->scale[i / inner % q->n];
		f32[i] = (float)f64[i];
	}
	weight->f64 = f64;
	weight->f32 = f32;
}

struct quantisation *quantisation_new(int64_t n, float **scale, int32_t **zero_point, struct arena *arena)
{
	struct quantisation *q = NEW(arena, struct quantisation);

	*scale = NEW_ARRAY(arena, n, float);
	*zero_point = NEW_ARRAY(arena, n, int32_t);
	*q = (struct quantisation){ (int)n, *scale, *zero_point };
	return q;
}
