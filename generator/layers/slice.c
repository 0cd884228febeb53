/* slice.c: parts of a tensor, as x[:, ::2, -1] takes them; pieces of a split; zeros on every side; axes of size 1 that
 * go. */
#ifndef REAL
#include "layers/family.h"

static const struct field get_item_fields[] = {
	TYPED_FIELD("kind", FIELD_REALS, get_item_config, kind, NULL,
		    "behind the batch axis: 0 a slice, 1 an index, 2 a new axis, 3 all axes that are left"),
	TYPED_FIELD("begin", FIELD_REALS, get_item_config, begin, NULL, "of a slice, or the index; 4294967296: open"),
	TYPED_FIELD("end", FIELD_REALS, get_item_config, end, NULL, "of a slice; 4294967296: open"),
	TYPED_FIELD("step", FIELD_REALS, get_item_config, step, NULL, "of a slice"),
	END_FIELD,
};
static const struct field split_fields[] = {
	INT_FIELD("sections", split_config, sections, 1, NULL, "number of equal pieces"),
	INT_FIELD("index", split_config, index, 0, NULL, "which piece, from 0 on"),
	TYPED_FIELD("axis", FIELD_AXIS, split_config, axis, NULL, "the axis that is cut"),
	END_FIELD,
};
static const struct field pad_fields[] = {
	TYPED_FIELD("before", FIELD_REALS, pad_config, before, NULL, "zeros in front, for every axis but the batch"),
	TYPED_FIELD("after", FIELD_REALS, pad_config, after, NULL, "zeros behind, likewise"),
	END_FIELD,
};
static const struct field squeeze_fields[] = {
	TYPED_FIELD("axis", FIELD_AXES, squeeze_config, axis, "null", "axes of size 1 that go; null: all of them"),
	END_FIELD,
};

/* ---- GetItem ----------------------------------------------------------------------------------------------------- */

enum { ITEM_SLICE, ITEM_INDEX, ITEM_NEW_AXIS, ITEM_REST, ITEM_KINDS };
#define ITEM_OPEN 4294967296.0

/* What is made of the input while its items are read. */
struct taking {
	const struct shape *in;
	int axis; /* of the input, that comes next */
	struct move *move;
	struct shape out;
};

static void add_size(struct taking *t, int64_t size)
{
	t->out.at[t->out.rank++] = size;
}

/* count elements of the next axis, from first on. */
static void take_axis(struct taking *t, int64_t first, int64_t step, int64_t count)
{
	struct move *m = t->move;
	int64_t inner = axis_split(t->in, t->axis++).inner;

	m->offset += first * inner;
	m->size[m->rank] = m->limit[m->rank] = count;
	m->repeat[m->rank] = 1;
	m->before[m->rank] = 0;
	m->stride[m->rank++] = step * inner;
}

/* A bound of a Python slice of n elements, its sign resolved, held to low .. high. */
static int64_t bound_of(double said, int64_t open, int64_t n, int64_t low, int64_t high)
{
	int64_t at = said == ITEM_OPEN ? open : (int64_t)said;

	if (said != ITEM_OPEN && at < 0) at += n;
	return at < low ? low : at > high ? high : at;
}

static void take_slice(struct taking *t, double begin, double end, int64_t step)
{
	int64_t n = t->in->at[t->axis], first = 0, last, count = 0;

	if (step > 0) {
		first = bound_of(begin, 0, n, 0, n);
		last = bound_of(end, n, n, 0, n);
		count = (last - first + step - 1) / step;
	} else if (step < 0) {
		first = bound_of(begin, n - 1, n, -1, n - 1);
		last = bound_of(end, -1, n, -1, n - 1);
		count = (first - last - step - 1) / -step;
	}
	if (count < 0) count = 0;
	take_axis(t, first, step, count);
	add_size(t, count);
}

/* false: an index outside the axis. */
static bool take_index(struct taking *t, double index)
{
	int64_t n = t->in->at[t->axis], at = (int64_t)index + (index < 0 ? n : 0);

	if (at < 0 || at >= n) return false;
	t->move->offset += at * axis_split(t->in, t->axis++).inner;
	return true;
}

static int axes_of(const struct get_item_config *c)
{
	int n = 0;

	for (int64_t i = 0; i < c->kind.n; i++) n += c->kind.at[i] == ITEM_SLICE || c->kind.at[i] == ITEM_INDEX;
	return n;
}

/* The items applied; NULL, or what is wrong. */
static const char *take_items(const struct node *node, struct move *move, struct shape *out)
{
	const struct get_item_config *c = node->config;
	struct taking t = { .in = &node->in[0]->shape, .move = move };
	int left = t.in->rank - axes_of(c);

	*move = (struct move){ 0 };
	if (left < 0) return "there are more items than axes";
	for (int64_t i = 0; i < c->kind.n; i++) {
		int kind = (int)c->kind.at[i];

		if (t.out.rank + left >= MAX_RANK && kind != ITEM_INDEX && kind != ITEM_SLICE)
			return "the output has too many axes";
		if (kind == ITEM_SLICE) take_slice(&t, c->begin.at[i], c->end.at[i], (int64_t)c->step.at[i]);
		if (kind == ITEM_NEW_AXIS) add_size(&t, 1);
		if (kind == ITEM_INDEX && !take_index(&t, c->begin.at[i])) return "an index lies outside its axis";
		for (; kind == ITEM_REST && left > 0; left--) take_slice(&t, ITEM_OPEN, ITEM_OPEN, 1);
	}
	while (t.axis < t.in->rank) take_slice(&t, ITEM_OPEN, ITEM_OPEN, 1);
	*out = t.out;
	return NULL;
}

static bool is_whole(const struct reals *list, int64_t n, double limit)
{
	if (list->n != n) return false;
	for (int64_t i = 0; i < n; i++)
		if (!(fabs(list->at[i]) <= limit) || list->at[i] != floor(list->at[i])) return false;
	return true;
}

static bool get_item_check(const struct node *node, struct diag *diag)
{
	const struct get_item_config *c = node->config;
	int64_t n = c->kind.n, rests = 0;
	bool right = n <= 2 * MAX_RANK && is_whole(&c->kind, n, ITEM_KINDS - 1) && is_whole(&c->begin, n, ITEM_OPEN) &&
		     is_whole(&c->end, n, ITEM_OPEN) && is_whole(&c->step, n, ITEM_OPEN);

	for (int64_t i = 0; right && i < n; i++) {
		rests += c->kind.at[i] == ITEM_REST;
		right = c->kind.at[i] >= 0 && (c->kind.at[i] != ITEM_SLICE || c->step.at[i] != 0);
	}
	if (right && rests <= 1) return true;
	layer_error(
	    node, diag, "kind",
	    "these are no items; kind, begin, end and step must be lists of as many integers, with one 3 at most "
	    "and no step of 0");
	return false;
}

static bool get_item_infer(struct node *node, struct diag *diag)
{
	struct move move;
	const char *fault = take_items(node, &move, &node->out[0]->shape);
	struct arena *arena;

	if (!fault) return true;
	arena = arena_new();
	layer_error(node, diag, NULL, "%s; its input is %s", fault, shape_text(arena, &node->in[0]->shape));
	arena_free(arena);
	return false;
}

void get_item_move(const struct node *node, struct move *move)
{
	struct shape out;

	CHECK(take_items(node, move, &out) == NULL);
}

/* ---- Split, Pad -------------------------------------------------------------------------------------------------- */

/* All axes as they are. */
static void whole_move(const struct node *node, struct move *move)
{
	struct taking t = { .in = &node->in[0]->shape, .move = move };

	while (t.axis < t.in->rank) take_axis(&t, 0, 1, t.in->at[t.axis]);
}

static bool split_infer(struct node *node, struct diag *diag)
{
	const struct split_config *c = node->config;
	struct shape shape = node->in[0]->shape;
	int axis = sample_axis(c->axis, shape.rank);

	if (!need_axis(node, diag, c->axis)) return false;
	if (shape.at[axis] % c->sections || c->index >= c->sections) {
		layer_error(node, diag, "sections", "%lld elements cannot be cut into %lld equal pieces",
			    (long long)shape.at[axis], (long long)c->sections);
		return false;
	}
	shape.at[axis] /= c->sections;
	node->out[0]->shape = shape;
	return true;
}

void split_move(const struct node *node, struct move *move)
{
	const struct split_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	int axis = sample_axis(c->axis, in->rank);
	struct axis_split split = axis_split(in, axis);

	whole_move(node, move);
	move->size[axis] = move->limit[axis] = split.size / c->sections;
	move->offset = c->index * (split.size / c->sections) * split.inner;
}

static bool pad_infer(struct node *node, struct diag *diag)
{
	const struct pad_config *c = node->config;
	struct shape shape = node->in[0]->shape;
	bool right = is_whole(&c->before, shape.rank, LARGEST) && is_whole(&c->after, shape.rank, LARGEST);

	for (int i = 0; right && i < shape.rank; i++) {
		right = c->before.at[i] >= 0 && c->after.at[i] >= 0;
		shape.at[i] += (int64_t)c->before.at[i] + (int64_t)c->after.at[i];
	}
	if (!right)
		layer_error(node, diag, "before", "before and after must hold %d integers of 0 or more", shape.rank);
	node->out[0]->shape = shape;
	return right;
}

void pad_move(const struct node *node, struct move *move)
{
	const struct pad_config *c = node->config;
	const struct shape *out = &node->out[0]->shape;

	whole_move(node, move);
	for (int i = 0; i < out->rank; i++) {
		move->before[i] = (int64_t)c->before.at[i];
		move->size[i] = out->at[i];
	}
}

/* ---- axes of size 1 ---------------------------------------------------------------------------------------------- */

static bool squeeze_infer(struct node *node, struct diag *diag)
{
	const struct squeeze_config *c = node->config;
	const struct shape *in = &node->in[0]->shape;
	struct shape out = { 0 };
	unsigned gone = 0;

	for (int i = 0; !c->axis.n && i < in->rank; i++) gone |= (unsigned)(in->at[i] == 1) << i;
	for (int i = 0; i < c->axis.n; i++) {
		int axis = sample_axis(c->axis.at[i], in->rank);

		if (!need_axis(node, diag, c->axis.at[i])) return false;
		gone |= 1U << axis;
		if (in->at[axis] == 1) continue;
		layer_error(node, diag, "axis", "axis %lld has the size %lld; only one of size 1 can go",
			    (long long)c->axis.at[i], (long long)in->at[axis]);
		return false;
	}
	for (int i = 0; i < in->rank; i++)
		if (!(gone >> i & 1)) out.at[out.rank++] = in->at[i];
	node->out[0]->shape = out;
	return true;
}

#define FAMILY "layers/slice.c"
#include "layers/each_real.h"

#define MOVE_ROW(id, class, checked, text)                                                                             \
	const struct layer layer_##id = {                                                                              \
		.name = class,                                                                                         \
		.fields = id##_fields,                                                                                 \
		.config_bytes = sizeof(struct id##_config),                                                            \
		.least_in = 1,                                                                                         \
		.most_in = 1,                                                                                          \
		.doc = text,                                                                                           \
		.check = checked,                                                                                      \
		.infer = id##_infer,                                                                                   \
		.rows = rows_barrier,                                                                                  \
		.eval = EVALS(taken),                                                                                  \
		.moves = true,                                                                                         \
		.activates = true,                                                                                     \
		.internal = true,                                                                                      \
	}
MOVE_ROW(get_item, "GetItem", get_item_check, "indices and slices: x[:, ::2, -1]");
MOVE_ROW(split, "Split", NULL, "one of equal pieces along an axis");
MOVE_ROW(pad, "Pad", NULL, "zeros in front of and behind every axis");

const struct layer layer_squeeze = {
	.name = "Squeeze",
	.fields = squeeze_fields,
	.config_bytes = sizeof(struct squeeze_config),
	.least_in = 1,
	.most_in = 1,
	.doc = "axes of size 1 go",
	.infer = squeeze_infer,
	.rows = rows_barrier,
	.eval = EVALS(same),
	.moves = true,
	.view = true,
	.internal = true,
};

#else

static void EACH(taken)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct move move;
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	node_move(node, &move);
	for (int64_t i = 0; i < n; i++) {
		int64_t from = move_from(&move, i);
		y[i] = from < 0 ? 0 : X(x[from]);
	}
}

static void EACH(same)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	int64_t n = shape_elements(&node->out[0]->shape);
	const real *x = in[0];
	real *y = out[0];

	(void)scratch;
	for (int64_t i = 0; i < n; i++) y[i] = X(x[i]);
}

#endif
