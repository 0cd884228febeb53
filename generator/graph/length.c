/* length.c: lengths that are known only when the model runs (--max-steps), in one canonical form: a sum of multiples of
 * inputs' steps and of quotients, so that equal formulas have one id. */
#include "graph/graph.h"

/* A sum that is being made. */
struct sum_of_lengths {
	struct graph *graph;
	struct length_term *term;
	int terms;
	int64_t add;
};

static int64_t floor_divide(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && a < 0);
}

static int64_t greatest_divisor(int64_t a, int64_t b)
{
	while (b != 0) {
		int64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

static bool is_root(const struct length *length)
{
	return length->input >= 0 || length->divisor > 1;
}

/* Adds times * an input or quotient, sorted by id. */
static void add_root(struct sum_of_lengths *s, int root, int64_t times)
{
	int at = 0;

	while (at < s->terms && s->term[at].of < root) at++;
	if (at == s->terms || s->term[at].of != root) {
		for (int i = s->terms++; i > at; i--) s->term[i] = s->term[i - 1];
		s->term[at] = (struct length_term){ root, 0 };
	}
	s->term[at].times += times;
	if (s->term[at].times != 0) return;
	for (s->terms--; at < s->terms; at++) s->term[at] = s->term[at + 1];
}

static void add_length(struct sum_of_lengths *s, int id, int64_t times)
{
	const struct length *length = &s->graph->lengths.at[id];

	if (is_root(length)) {
		add_root(s, id, times);
		return;
	}
	for (int i = 0; i < length->terms; i++) add_root(s, length->term[i].of, times * length->term[i].times);
	s->add += times * length->add;
}

static struct sum_of_lengths sum_new(struct graph *graph, int64_t add)
{
	return (struct sum_of_lengths){ graph, NEW_ARRAY(graph->arena, graph->lengths.n + 1, struct length_term), 0,
					add };
}

/* What it is where every input has its most steps; -1: more than an int. */
static int64_t most_of(const struct graph *graph, const struct length *length)
{
	int64_t sum = length->add > 0 ? length->add : 0, product;

	for (int i = 0; i < length->terms; i++) {
		if (!size_mul(graph->lengths.at[length->term[i].of].most, length->term[i].times, &product)) return -1;
		sum += product;
		if (product > MAX_ELEMENTS || sum > MAX_ELEMENTS) return -1;
	}
	if (length->add < 0) sum += length->add;
	return sum < 0 ? 0 : sum / length->divisor;
}

static bool same_formula(const struct length *a, const struct length *b)
{
	if (a->input != b->input || a->terms != b->terms || a->add != b->add || a->divisor != b->divisor) return false;
	for (int i = 0; i < a->terms; i++)
		if (a->term[i].of != b->term[i].of || a->term[i].times != b->term[i].times) return false;
	return true;
}

static int intern(struct graph *graph, struct length length)
{
	for (int i = 0; i < graph->lengths.n; i++)
		if (same_formula(&graph->lengths.at[i], &length)) return i;
	if (length.input < 0) length.most = most_of(graph, &length);
	if (length.most < 0) return -1;
	list_push(graph->arena, &graph->lengths, length);
	return graph->lengths.n - 1;
}

int length_of_input(struct graph *graph, int input)
{
	const struct tensor *tensor = graph->inputs.at[input];

	return intern(
	    graph, (struct length){
		       .input = input, .divisor = 1, .most = tensor->shape.at[tensor->open_axis], .of = tensor->name });
}

/* The id of a sum over a divisor of 1: itself where it is one root. */
static int sum_id(const struct sum_of_lengths *s, const char *of)
{
	if (s->terms == 1 && s->term[0].times == 1 && s->add == 0) return s->term[0].of;
	return intern(s->graph, (struct length){ -1, s->term, s->terms, s->add, 1, 0, of });
}

/* What is left of a sum over the divisor once multiples of the divisor are taken out, as a root in its lowest terms. */
static int quotient_root(struct sum_of_lengths *rest, int64_t divisor, const char *of)
{
	int64_t common = divisor;

	for (int i = 0; i < rest->terms; i++) common = greatest_divisor(common, rest->term[i].times);
	for (int i = 0; i < rest->terms; i++) rest->term[i].times /= common;
	return intern(rest->graph, (struct length){ -1, rest->term, rest->terms, floor_divide(rest->add, common),
						    divisor / common, 0, of });
}

int length_make(struct graph *graph, const struct length_term *term, int terms, int64_t add, int64_t divisor,
		const char *of)
{
	struct sum_of_lengths all = sum_new(graph, add), whole, rest;
	int root;

	for (int i = 0; i < terms; i++) add_length(&all, term[i].of, term[i].times);
	if (divisor == 1) return sum_id(&all, of);
	whole = sum_new(graph, floor_divide(all.add, divisor));
	rest = sum_new(graph, all.add - whole.add * divisor);
	for (int i = 0; i < all.terms; i++) {
		const struct length_term *t = &all.term[i];
		if (t->times / divisor > 0) add_root(&whole, t->of, t->times / divisor);
		if (t->times % divisor > 0) add_root(&rest, t->of, t->times % divisor);
	}
	if (rest.terms == 0) return sum_id(&whole, of);
	root = quotient_root(&rest, divisor, of);
	if (root < 0) return -1;
	add_length(&whole, root, 1);
	return sum_id(&whole, of);
}

int length_quotient(struct graph *graph, int length, int64_t add, int64_t divisor, const char *of)
{
	struct length_term term = { length, 1 };

	return length_make(graph, &term, 1, add, divisor, of);
}

void length_equal(struct graph *graph, int a, int b, const char *of)
{
	if (a == b) return;
	for (int i = 0; i < graph->equal_lengths.n; i++)
		if (graph->equal_lengths.at[i].a == a && graph->equal_lengths.at[i].b == b) return;
	list_push(graph->arena, &graph->equal_lengths, ((struct equal_lengths){ a, b, of }));
}

int64_t length_at(const struct graph *graph, int id, const int64_t *steps)
{
	const struct length *length = &graph->lengths.at[id];
	int64_t sum = length->add;

	if (length->input >= 0) return steps[length->input];
	for (int i = 0; i < length->terms; i++)
		sum += length->term[i].times * length_at(graph, length->term[i].of, steps);
	return floor_divide(sum, length->divisor);
}

/* Every tensor has a step or more; and is no larger than was planned for. */
static bool all_positive(const struct graph *graph, const int64_t *steps)
{
	for (int i = 0; i < graph->tensors.n; i++) {
		const struct tensor *tensor = graph->tensors.at[i];
		if (tensor->length >= 0 && length_at(graph, tensor->length, steps) < 1) return false;
	}
	return true;
}

bool lengths_fit(const struct graph *graph, const int64_t *steps)
{
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		if (input->length >= 0 && steps[i] > input->shape.at[input->open_axis]) return false;
	}
	for (int i = 0; i < graph->equal_lengths.n; i++) {
		const struct equal_lengths *e = &graph->equal_lengths.at[i];
		if (length_at(graph, e->a, steps) != length_at(graph, e->b, steps)) return false;
	}
	return all_positive(graph, steps);
}

int graph_open_inputs(const struct graph *graph)
{
	int n = 0;

	for (int i = 0; i < graph->inputs.n; i++) n += graph->inputs.at[i]->open_axis >= 0;
	return n;
}

/* Lengths grow with the steps: the first of a range that is long enough is found by halves.  Where there is one variable
 * input, those that do not make equal what must be are passed over. */
int64_t lengths_least(const struct graph *graph, int input)
{
	int64_t *steps = NEW_ARRAY(graph->arena, graph->inputs.n, int64_t), low = 1, high, most;

	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *tensor = graph->inputs.at[i];
		steps[i] = tensor->open_axis >= 0 ? tensor->shape.at[tensor->open_axis] : 0;
	}
	most = steps[input];
	for (high = most; low < high;) {
		steps[input] = low + (high - low) / 2;
		if (all_positive(graph, steps)) {
			high = steps[input];
		} else {
			low = steps[input] + 1;
		}
	}
	steps[input] = low;
	if (graph_open_inputs(graph) > 1) return low;
	while (!lengths_fit(graph, steps) && steps[input] < most) steps[input]++;
	return steps[input];
}

const struct tensor *open_between(const struct tensor *tensor, int first, int end)
{
	return tensor->open_axis >= first && tensor->open_axis < end ? tensor : NULL;
}

const char *tensor_shape_text(struct arena *arena, const struct tensor *tensor)
{
	const char *text = "(";

	if (tensor->open_axis < 0) return shape_text(arena, &tensor->shape);
	for (int i = 0; i < tensor->shape.rank; i++)
		text = arena_printf(arena, "%s%s%s%lld", text, i > 0 ? ", " : "",
				    i == tensor->open_axis ? "None<=" : "", (long long)tensor->shape.at[i]);
	return arena_printf(arena, tensor->shape.rank == 1 ? "%s,)" : "%s)", text);
}
