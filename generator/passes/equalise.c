/* equalise.c: cross-layer equalisation.
 *
 * Nagel, van Baalen, Blankevoort, Welling: Data-Free Quantization Through Weight Equalization and Bias Correction, 2019. */
#include "passes/quantise.h"

#include <math.h>
#include <string.h>

/* The factors of two neighbours are looked for until none changes a range by more than this, or so often. */
enum { ROUNDS = 20 };
#define SETTLED 1e-3

/* A convolution or dense layer as a matrix: element i of its kernel goes from channel in(i) to channel out(i). */
struct matrix {
	struct node *node;
	int64_t n, in, out; /* elements, channels */
	struct filters filters;
	bool depthwise, transposed;
	int64_t groups;
};

static bool matrix_of(struct node *node, struct matrix *m)
{
	const struct shape *shape = node->n_weight > 0 ? &node->weight[0]->shape : NULL;

	*m = (struct matrix){ .node = node, .groups = 1 };
	if (!shape || !node_filters(node, &m->filters) || !m->filters.n) return false;
	m->n = shape_elements(shape);
	m->out = m->filters.n;
	m->depthwise = layer_is(node, "DepthwiseConv1D");
	m->transposed = layer_is(node, "Conv1DTranspose");
	if (layer_is(node, "Conv1D")) m->groups = ((const struct conv1d_config *)node->config)->groups;
	m->in = m->depthwise ? shape->at[1] : m->transposed ? shape->at[2] : shape->at[shape->rank - 2] * m->groups;
	return true;
}

static int64_t channel_out(const struct matrix *m, int64_t i)
{
	return i / m->filters.inner % m->filters.n;
}

static int64_t channel_in(const struct matrix *m, int64_t i)
{
	const int64_t out = channel_out(m, i), each = m->in / m->groups;

	if (m->depthwise) return out / (m->out / m->in);
	if (m->transposed) return i % m->in;
	return out / (m->out / m->groups) * each + i / m->out % each;
}

/* ---- pairs ------------------------------------------------------------------------------------------------------------ */

static bool is_homogeneous(const struct activation *activation)
{
	static const char *const kinds[] = { "relu", "leaky_relu" };

	if (activation_is_linear(activation)) return true;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (activation->kind->symbol && !strcmp(activation->kind->symbol, kinds[i])) return true;
	return false;
}

/* Layers that leave every channel for itself, and scale as their inputs do. */
static bool keeps_channels(const struct node *node)
{
	static const char *const classes[] = { "Activation",         "MaxPooling1D",
					       "AveragePooling1D",   "ZeroPadding1D",
					       "Cropping1D",         "UpSampling1D",
					       "GlobalMaxPooling1D", "GlobalAveragePooling1D" };

	if (!is_homogeneous(&node->activation) || node->n_in != 1 || node->n_out != 1) return false;
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
		if (layer_is(node, classes[i])) return true;
	return false;
}

static struct node *only_reader_of(const struct graph *graph, const struct tensor *tensor)
{
	if (graph_uses(graph, tensor) != 1) return NULL;
	for (int i = 0; i < graph->nodes.n; i++)
		for (int k = 0; k < graph->nodes.at[i]->n_in; k++)
			if (graph->nodes.at[i]->in[k] == tensor) return graph->nodes.at[i];
	return NULL;
}

/* The matrix that alone reads what m makes, channel by channel; false: there is none. */
static bool next_of(const struct graph *graph, const struct matrix *m, struct matrix *next)
{
	struct node *node = m->node;

	if (!is_homogeneous(&node->activation)) return false;
	do {
		node = only_reader_of(graph, node->out[0]);
	} while (node && keeps_channels(node));
	return node && matrix_of(node, next) && next->in == m->out;
}

/* ---- factors ------------------------------------------------------------------------------------------------------------ */

static void largest_by(const struct matrix *m, bool out, double *largest)
{
	const float *w = m->node->weight[0]->f32;

	memset(largest, 0, (size_t)(out ? m->out : m->in) * sizeof *largest);
	for (int64_t i = 0; i < m->n; i++) {
		double *at = &largest[out ? channel_out(m, i) : channel_in(m, i)];
		*at = fmax(*at, fabs((double)w[i]));
	}
}

/* A copy of the node's weight k, whose element i is multiplied by factor[channel i]. */
static void scale_weight(const struct matrix *m, int k, const double *factor, bool out, struct arena *arena)
{
	const struct weight *from = m->node->weight[k];
	const int64_t n = shape_elements(&from->shape);
	struct weight *to = arena_copy(arena, from, sizeof *from);
	double *f64 = NEW_ARRAY(arena, n, double);
	float *f32 = NEW_ARRAY(arena, n, float);

	for (int64_t i = 0; i < n; i++) {
		const int64_t channel = k > 0 ? i : out ? channel_out(m, i) : channel_in(m, i);
		f64[i] = (from->f64 ? from->f64[i] : (double)from->f32[i]) * factor[channel];
		f32[i] = (float)f64[i];
	}
	to->f64 = f64;
	to->f32 = f32;
	m->node->weight[k] = to;
}

static void own_weights(struct node *node, struct arena *arena)
{
	node->weight = arena_copy(arena, node->weight, (size_t)node->n_weight * sizeof(struct weight *));
}

/* s = sqrt(range of m's filter / range of next's channel): m by 1 / s, next by s.  Returns the largest change. */
static double equalise_pair(const struct matrix *m, const struct matrix *next, struct arena *arena)
{
	struct arena *scratch = arena_new();
	double *a = NEW_ARRAY(scratch, m->out, double), *b = NEW_ARRAY(scratch, m->out, double), change = 0;

	largest_by(m, true, a);
	largest_by(next, false, b);
	for (int64_t c = 0; c < m->out; c++) {
		const double s = a[c] > 0 && b[c] > 0 ? sqrt(a[c] / b[c]) : 1;
		change = fmax(change, fabs(log(s)));
		a[c] = 1 / s;
		b[c] = s;
	}
	own_weights(m->node, arena);
	own_weights(next->node, arena);
	for (int k = 0; k < m->node->n_weight; k++) scale_weight(m, k, a, true, arena);
	scale_weight(next, 0, b, false, arena);
	arena_free(scratch);
	return change;
}

int quantise_equalise(struct graph *graph)
{
	double change = INFINITY;
	int pairs = 0;

	for (int round = 0; round < ROUNDS && change > SETTLED; round++) {
		change = 0;
		pairs = 0;
		for (int i = 0; i < graph->nodes.n; i++) {
			struct matrix m, next;
			if (!matrix_of(graph->nodes.at[i], &m) || !next_of(graph, &m, &next)) continue;
			change = fmax(change, equalise_pair(&m, &next, graph->arena));
			pairs++;
		}
	}
	return pairs;
}
