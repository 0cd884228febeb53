/* infer.c: shapes of all tensors, and whether the weights fit them. */
#include "passes/passes.h"

/* What the checks of one graph share. */
struct inference {
	struct graph *graph;
	struct diag *diag;
	struct arena *arena;
	bool *failed; /* by tensor: its shape is not known, and that was reported */
};

static struct place node_place(const struct node *node)
{
	struct place place = node->place;

	place.layer = node->name;
	return place;
}

static bool inputs_are_known(struct inference *f, const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (f->failed[node->in[i]->id]) return false;
	return true;
}

static bool weight_is_right(struct inference *f, const struct node *node, const struct weight_spec *spec,
			    const struct weight *weight)
{
	struct place place = weight->place.source ? weight->place : node->place;

	if (shape_equal(&spec->shape, &weight->shape)) return true;
	place.layer = node->name;
	diag_error(f->diag, place, "%s has the shape %s; it must be %s for an input of %s", spec->name,
		   shape_text(f->arena, &weight->shape), shape_text(f->arena, &spec->shape),
		   shape_text(f->arena, &node->in[0]->shape));
	return false;
}

/* Sizes of the weights that a layer of this config and input has, and those that it was given. */
static bool weights_are_right(struct inference *f, const struct node *node)
{
	struct weight_spec spec[MAX_LAYER_WEIGHTS];
	int n = node->layer->weights ? node->layer->weights(node, spec) : 0;
	bool right = true;

	for (int i = 0; i < n; i++)
		if (shape_elements(&spec[i].shape) > MAX_ELEMENTS) {
			diag_error(f->diag, node_place(node),
				   "%s of the shape %s; a weight may have at most %lld elements", spec[i].name,
				   shape_text(f->arena, &spec[i].shape), (long long)MAX_ELEMENTS);
			return false;
		}
	if (f->graph->weightless) return true;
	if (n != node->n_weight) {
		diag_error(f->diag, node_place(node), "%d weights; %s of this config has %d", node->n_weight,
			   node->layer->name, n);
		return false;
	}
	for (int i = 0; i < n; i++) right &= weight_is_right(f, node, &spec[i], node->weight[i]);
	return right;
}

/* Output steps whose every tap lies in the padding: their value is the bias. */
static int64_t padding_only_steps(const struct sum *sum)
{
	int64_t n = 0;

	for (int64_t t = 0; t < sum->steps_out; t++) {
		int64_t first = t * sum->stride - sum->pad_left,
			skipped = first < 0 ? (-first - 1) / sum->dilation + 1 : 0;
		n += skipped >= sum->taps || first + skipped * sum->dilation >= sum->steps_in;
	}
	return n;
}

static void warn_of_padding(struct inference *f, const struct node *node)
{
	struct sum sum;
	int64_t n = node_sum(node, &sum) ? padding_only_steps(&sum) : 0;

	if (n > 0)
		diag_warn(f->diag, WARN_PADDING_ONLY, node_place(node),
			  "%lld of %lld output steps have every tap in the padding; they are the bias", (long long)n,
			  (long long)sum.steps_out);
}

static bool infer_shape(struct inference *f, struct node *node)
{
	return inputs_are_known(f, node) && layer_infer(node, f->diag);
}

static const struct tensor *first_integer(const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (tensor_is_integer(node->in[i])) return node->in[i];
	for (int i = 0; i < node->n_out; i++)
		if (tensor_is_integer(node->out[i])) return node->out[i];
	return NULL;
}

static bool integers_are_right(struct inference *f, const struct node *node)
{
	const struct tensor *tensor = first_integer(node);

	if (!node_is_integer(node)) return true;
	if (tensor ? layer_has_integers(node) : node_is_hybrid(node)) return true;
	layer_error(node, f->diag, NULL, "%s of %s is not supported; see: conv1dc layers", node->layer->name,
		    tensor ? type_name(tensor->type) : "quantised weights");
	return false;
}

static bool infer_node(struct inference *f, struct node *node)
{
	if (!infer_shape(f, node) || !weights_are_right(f, node) || !integers_are_right(f, node)) return false;
	warn_of_padding(f, node);
	return true;
}

/* Before classes become several nodes: their weights are those of one layer. */
static bool draw_node(struct inference *f, struct node *node)
{
	return infer_shape(f, node) && init_weights(f->graph, node, f->diag);
}

static bool input_is_known(struct inference *f, const struct tensor *input)
{
	struct place place = { .layer = input->name };
	int64_t n = shape_elements(&input->shape);

	if (n >= 1 && n <= MAX_ELEMENTS) return true;
	if (n > MAX_ELEMENTS)
		diag_error(f->diag, place, "the input has the shape %s; a tensor may have at most %lld elements",
			   shape_text(f->arena, &input->shape), (long long)MAX_ELEMENTS);
	else
		diag_error(f->diag, place,
			   "the input has the shape %s; every size must be known (--steps N, --input-shape) "
			   "and 1 or more",
			   shape_text(f->arena, &input->shape));
	return false;
}

static void warn_of_dead(struct inference *f)
{
	struct graph *graph = f->graph;
	bool *alive = NEW_ARRAY(f->arena, graph->tensors.n, bool);

	for (int i = 0; i < graph->outputs.n; i++) alive[graph->outputs.at[i]->id] = true;
	for (int i = graph->nodes.n - 1; i >= 0; i--) {
		const struct node *node = graph->nodes.at[i];
		if (!alive[node->out[0]->id])
			diag_warn(f->diag, WARN_DEAD_LAYER, node_place(node),
				  "no output depends on it; it is left out");
		for (int k = 0; alive[node->out[0]->id] && k < node->n_in; k++) alive[node->in[k]->id] = true;
		if (alive[node->out[0]->id] && node->mask_given) alive[node->mask_given->id] = true;
	}
}

/* Classes that are several nodes become them; what comes in their place is not expanded again. */
static void expand(struct graph *graph)
{
	for (int i = graph->nodes.n - 1; i >= 0; i--) {
		struct node *node = graph->nodes.at[i];
		if (node->layer->expand) node->layer->expand(graph, node);
	}
}

/* false after errors. */
static bool infer_nodes(struct inference *f, bool (*infer_one)(struct inference *f, struct node *node))
{
	struct graph *graph = f->graph;
	int errors = diag_errors(f->diag);

	f->failed = NEW_ARRAY(f->arena, graph->tensors.n, bool);
	for (int i = 0; i < graph->inputs.n; i++)
		f->failed[graph->inputs.at[i]->id] = !input_is_known(f, graph->inputs.at[i]);
	for (int i = 0; i < graph->nodes.n; i++)
		f->failed[graph->nodes.at[i]->out[0]->id] = !infer_one(f, graph->nodes.at[i]);
	return diag_errors(f->diag) == errors;
}

/* Of the nodes that there are: others come with it. */
static void propagate_masks(struct inference *f)
{
	int n = f->graph->nodes.n;
	struct node **nodes = NEW_ARRAY(f->arena, n, struct node *);

	for (int i = 0; i < n; i++) masks_share(f->graph, nodes[i] = f->graph->nodes.at[i]);
	for (int i = 0; i < n; i++)
		if (!layer_mask(f->graph, nodes[i], f->diag)) return;
}

void infer(struct graph *graph, struct diag *diag)
{
	struct inference f = { graph, diag, arena_new(), NULL };
	bool right = !graph->init || infer_nodes(&f, draw_node);

	if (right) {
		expand(graph);
		right = infer_nodes(&f, infer_node);
		warn_of_dead(&f);
		if (right) propagate_masks(&f);
	}
	arena_free(f.arena);
}

static bool infer_node_again(struct inference *f, struct node *node)
{
	return inputs_are_known(f, node) && layer_infer_again(node, f->diag) && weights_are_right(f, node);
}

void infer_again(struct graph *graph, struct diag *diag)
{
	struct inference f = { graph, diag, arena_new(), NULL };

	infer_nodes(&f, infer_node_again);
	arena_free(f.arena);
}
