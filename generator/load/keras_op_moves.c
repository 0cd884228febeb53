/* keras_op_moves.c: bare operations that move elements: shapes, indices and slices, pieces, padding. */
#include "load/keras_ops.h"

#include <string.h>

/* Axes of the first input, batch axis counted; 0: the file does not say. */
static int rank_of(const struct operation *op)
{
	const struct json *history = op->at[0].at, *config = history ? history->parent : NULL,
			  *shape = config ? json_get(config, "shape") : NULL;

	return shape && shape->kind == JSON_ARRAY ? shape->n : 0;
}

/* An integer argument; false: it is absent or none. */
static bool integer_argument(const struct operation *op, const char *name, const char *other, int64_t *out)
{
	const struct json *value = keras_argument(op, name, other);

	if (value && value->kind == JSON_ARRAY && value->n == 1) value = value->first;
	if (!value || value->kind != JSON_NUMBER || !value->is_integer) return false;
	*out = value->integer;
	return true;
}

/* ---- shapes ------------------------------------------------------------------------------------------------------- */

static bool are_integers(const struct json *list)
{
	for (const struct json *at = list->kind == JSON_ARRAY ? list->first : NULL; at; at = at->next)
		if ((at->kind != JSON_NUMBER || !at->is_integer) && at->kind != JSON_NULL) return false;
	return list->kind == JSON_ARRAY && list->n > 0;
}

/* The batch size stands first and must stay open. */
bool keras_op_reshape(struct operation *op)
{
	const struct json *shape = keras_argument(op, "newshape", "shape");
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (!shape || !are_integers(shape) || (shape->first->kind == JSON_NUMBER && shape->first->integer != -1) ||
	    shape->n < 2)
		return keras_refuse_use(op, shape,
					"must leave the batch axis as it is: the shape must be a list of integers "
					"that starts with -1");
	for (const struct json *at = shape->first->next; at; at = at->next)
		text_printf(&config, "%s%lld", at == shape->first->next ? "{\"target_shape\": [" : ", ",
			    (long long)(at->kind == JSON_NUMBER ? at->integer : -1));
	text_add(&config, "]}");
	return keras_op_make(op, "Reshape", &config);
}

static bool make_permute(struct operation *op, const int64_t *axes, int n)
{
	struct text config = { 0 };

	for (int i = 1; i < n; i++) text_printf(&config, "%s%lld", i == 1 ? "{\"dims\": [" : ", ", (long long)axes[i]);
	text_add(&config, "]}");
	return keras_op_make(op, "Permute", &config);
}

bool keras_op_transpose(struct operation *op)
{
	const struct json *list = keras_argument(op, "axes", "perm");
	int64_t axes[MAX_RANK + 1];
	int n = 0;

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (!list || !are_integers(list) || list->n < 2 || list->n > MAX_RANK + 1 || list->first->integer != 0)
		return keras_refuse_use(op, list,
					"must leave the batch axis where it is: its axes must be a list that starts "
					"with 0");
	for (const struct json *at = list->first; at; at = at->next, n++)
		axes[n] = at->integer < 0 ? at->integer + list->n : at->integer;
	return make_permute(op, axes, n);
}

/* Two axes change places, or one moves. */
bool keras_op_exchange(struct operation *op)
{
	int64_t axes[MAX_RANK + 1], from, to, rank = rank_of(op);
	bool moves = !strcmp(op->row->name, "Moveaxis");

	if (!keras_op_is_unary(op) || rank < 2 || rank > MAX_RANK + 1) return keras_refuse_operands(op);
	if (!integer_argument(op, "axis1", "source", &from) || !integer_argument(op, "axis2", "destination", &to))
		return keras_refuse_use(op, op->node, "needs two axes, one integer each");
	from += from < 0 ? rank : 0;
	to += to < 0 ? rank : 0;
	if (from < 1 || to < 1 || from >= rank || to >= rank)
		return keras_refuse_use(op, op->node,
					"must leave the batch axis where it is, and name axes that there are");
	for (int i = 0; i < rank; i++) axes[i] = i;
	for (int64_t i = from; moves && i != to; i += to > from ? 1 : -1) {
		axes[i] = axes[i + (to > from ? 1 : -1)];
	}
	if (!moves) axes[from] = to;
	axes[to] = from;
	return make_permute(op, axes, (int)rank);
}

bool keras_op_squeeze(struct operation *op)
{
	const struct json *axis = keras_argument(op, "axis", "squeeze_dims");
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	text_printf(&config, "{\"axis\": %s}",
		    axis && !(axis->kind == JSON_ARRAY && !axis->n) ? json_shown(op->k->arena, axis) : "null");
	return keras_op_make(op, "Squeeze", &config);
}

/* One side of [[0, 0], [1, 2], [0, 0]]. false: it is no such list. */
static bool add_side(struct text *config, const struct json *pads, int side)
{
	int n = 0;

	for (const struct json *at = pads->first; at; at = at->next, n++) {
		const struct json *pad = at->kind == JSON_ARRAY && at->n == 2 ? json_at(at, side) : NULL;

		if (!pad || !pad->is_integer || pad->integer < 0 || (n == 0 && pad->integer)) return false;
		if (n > 0) text_printf(config, "%s%lld", n > 1 ? ", " : "", (long long)pad->integer);
	}
	return n > 1;
}

bool keras_op_pad(struct operation *op)
{
	const struct json *pads = keras_argument(op, "pad_width", "paddings"), *mode = keras_argument(op, "mode", NULL),
			  *value = keras_argument(op, "constant_values", NULL);
	struct text config = { 0 };
	bool right;

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (mode && (mode->kind != JSON_STRING ||
		     (strcmp(mode->string, "constant") != 0 && strcmp(mode->string, "CONSTANT") != 0)))
		return keras_refuse_use(op, mode, "pads with zeros only; its mode must be 'constant'");
	if (value && value->number != 0) return keras_refuse_use(op, value, "pads with zeros only");
	text_add(&config, "{\"before\": [");
	right = pads && pads->kind == JSON_ARRAY && add_side(&config, pads, 0);
	text_add(&config, "], \"after\": [");
	right = right && add_side(&config, pads, 1);
	text_add(&config, "]}");
	if (right) return keras_op_make(op, "Pad", &config);
	text_free(&config);
	return keras_refuse_use(op, pads, "needs [before, after] for every axis, [0, 0] for the batch axis");
}

/* ---- parts -------------------------------------------------------------------------------------------------------- */

/* Items of x[...] as GetItem's lists; 2^32: open. */
struct items {
	struct text kind, begin, end, step;
};
#define OPEN ((int64_t)1 << 32)
enum { A_SLICE, AN_INDEX, A_NEW_AXIS, THE_REST };

static void add_item(struct items *items, int kind, int64_t begin, int64_t end, int64_t step)
{
	const char *comma = items->kind.n ? ", " : "";

	text_printf(&items->kind, "%s%d", comma, kind);
	text_printf(&items->begin, "%s%lld", comma, (long long)begin);
	text_printf(&items->end, "%s%lld", comma, (long long)end);
	text_printf(&items->step, "%s%lld", comma, (long long)step);
}

static struct keras_layer *items_made(struct operation *op, struct items *items)
{
	struct text config = { 0 }, *lists[] = { &items->kind, &items->begin, &items->end, &items->step };
	static const char *const keys[] = { "{\"kind\": [", "], \"begin\": [", "], \"end\": [", "], \"step\": [" };

	for (int i = 0; i < 4; i++) {
		text_add(&config, keys[i]);
		text_add(&config, lists[i]->at ? lists[i]->at : "");
		text_free(lists[i]);
	}
	text_add(&config, "]}");
	return keras_op_made(op, "GetItem", &config);
}

/* One item along one axis, batch axis counted; negative from the end. */
static void add_along(struct items *items, int64_t axis, int kind, int64_t begin, int64_t end, int64_t step)
{
	if (axis < 0) add_item(items, THE_REST, 0, 0, 1);
	for (int64_t i = 1; i < axis; i++) add_item(items, A_SLICE, OPEN, OPEN, 1);
	add_item(items, kind, begin, end, step);
	for (int64_t i = axis + 1; i < 0; i++) add_item(items, A_SLICE, OPEN, OPEN, 1);
}

/* The axis of an operation that takes parts; false after an error. */
static bool part_axis(struct operation *op, int64_t *axis)
{
	if (!op->n || !op->at[0].tensor) return keras_refuse_operands(op);
	if (!integer_argument(op, "axis", NULL, axis) || *axis == 0 || *axis > MAX_RANK || *axis < -MAX_RANK)
		return keras_refuse_use(op, keras_argument(op, "axis", NULL),
					"needs one axis, which is not 0, the batch axis");
	return true;
}

/* null or an integer; false: something else. */
static bool bound_of(const struct json *value, int64_t otherwise, int64_t *out)
{
	*out = otherwise;
	if (!value || value->kind == JSON_NULL) return true;
	*out = value->integer;
	return value->kind == JSON_NUMBER && value->is_integer && value->integer > -OPEN && value->integer < OPEN;
}

static bool is_class(const struct json *at, const char *name)
{
	const struct json *class_name = json_get(at, "class_name");

	return class_name && class_name->kind == JSON_STRING && !strcmp(class_name->string, name);
}

/* {"class_name": "__slice__", "config": {"start", "stop", "step"}}, {"start", "stop", "step"}, ellipsis, index, null. */
static bool read_item(struct items *items, const struct json *at)
{
	const struct json *config = json_get(at, "config") ? json_get(at, "config") : at;
	int64_t begin, end, step;

	if (at->kind == JSON_NULL) {
		add_item(items, A_NEW_AXIS, 0, 0, 1);
		return true;
	}
	if (at->kind == JSON_NUMBER && bound_of(at, 0, &begin)) {
		add_item(items, AN_INDEX, begin, 0, 1);
		return true;
	}
	if (is_class(at, "__ellipsis__")) {
		add_item(items, THE_REST, 0, 0, 1);
		return true;
	}
	if (at->kind != JSON_OBJECT || !bound_of(json_get(config, "start"), OPEN, &begin) ||
	    !bound_of(json_get(config, "stop"), OPEN, &end) || !bound_of(json_get(config, "step"), 1, &step))
		return false;
	add_item(items, A_SLICE, begin, end, step);
	return step != 0;
}

/* x[:, ...: the batch axis, as it is */
static bool is_whole_batch(const struct json *at)
{
	const struct json *config = json_get(at, "config") ? json_get(at, "config") : at;
	int64_t begin, end, step;

	return at->kind == JSON_OBJECT && !is_class(at, "__ellipsis__") &&
	       bound_of(json_get(config, "start"), 0, &begin) && bound_of(json_get(config, "stop"), OPEN, &end) &&
	       bound_of(json_get(config, "step"), 1, &step) && !begin && end == OPEN && step == 1;
}

bool keras_op_get_item(struct operation *op)
{
	const struct json *at = op->spec;
	struct items items = { 0 };
	bool right = true;

	if (!keras_op_is_unary(op) || !at) return keras_refuse_operands(op);
	if (at->kind == JSON_ARRAY) at = at->first;
	if (!at || (!is_whole_batch(at) && !is_class(at, "__ellipsis__")))
		return keras_refuse_use(op, op->spec, "must leave the batch axis as it is: x[:, ..");
	if (is_whole_batch(at)) at = op->spec->kind == JSON_ARRAY ? at->next : NULL;
	for (; at && right; at = op->spec->kind == JSON_ARRAY ? at->next : NULL) right = read_item(&items, at);
	op->call->layer = items_made(op, &items);
	if (!right) return keras_refuse_use(op, op->spec, "takes indices, slices, new axes and '...' only");
	return op->call->layer != NULL;
}

bool keras_op_take(struct operation *op)
{
	const struct json *index = op->n == 2 ? op->at[1].at : keras_argument(op, "indices", NULL);
	struct items items = { 0 };
	int64_t axis = 0, at;

	if (!part_axis(op, &axis)) return false;
	if (!index || index->kind != JSON_NUMBER || !bound_of(index, 0, &at))
		return keras_refuse_use(op, index, "takes one integer as its index");
	add_along(&items, axis, AN_INDEX, at, 0, 1);
	op->call->layer = items_made(op, &items);
	return op->call->layer != NULL;
}

bool keras_op_flip(struct operation *op)
{
	struct items items = { 0 };
	int64_t axis = 0;

	if (!part_axis(op, &axis)) return false;
	add_along(&items, axis, A_SLICE, OPEN, OPEN, -1);
	op->call->layer = items_made(op, &items);
	return op->call->layer != NULL;
}

/* tf.slice(x, begin, size) */
bool keras_op_slice(struct operation *op)
{
	const struct json *begin = keras_argument(op, "begin", NULL), *size = keras_argument(op, "size", NULL);
	struct items items = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (!begin || !size || !are_integers(begin) || !are_integers(size) || begin->n != size->n ||
	    begin->first->integer || size->first->integer != -1)
		return keras_refuse_use(op, op->node,
					"needs two lists of integers that leave the batch axis as it is: 0 and -1");
	for (int i = 1; i < begin->n; i++) {
		int64_t from = json_at(begin, i)->integer, n = json_at(size, i)->integer;
		add_item(&items, A_SLICE, from, n < 0 ? OPEN : from + n, 1);
	}
	op->call->layer = items_made(op, &items);
	return op->call->layer != NULL;
}

static bool push_part(struct operation *op, struct keras_layer *part)
{
	if (!part) return false;
	list_push(op->k->arena, &op->call->parts, part);
	op->call->layer = part;
	return true;
}

/* Equal pieces. */
static bool split_equally(struct operation *op, int64_t axis, int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		struct text config = { 0 };

		text_printf(&config, "{\"axis\": %lld, \"sections\": %lld, \"index\": %lld}", (long long)axis,
			    (long long)n, (long long)i);
		if (!push_part(op, keras_op_made(op, "Split", &config))) return false;
	}
	return true;
}

/* Pieces between places (Keras 3), or of sizes (TF). */
static bool split_at(struct operation *op, int64_t axis, const struct json *list, bool sizes)
{
	int64_t from = 0;

	for (const struct json *at = list->first;; at = at->next) {
		int64_t to = !at ? OPEN : sizes ? from + at->integer : at->integer;
		struct items items = { 0 };

		if (!at && sizes) return true;
		add_along(&items, axis, A_SLICE, from, to, 1);
		if (!push_part(op, items_made(op, &items))) return false;
		if (!at) return true;
		from = to;
	}
}

bool keras_op_split(struct operation *op)
{
	const struct json *places = keras_argument(op, "indices_or_sections", NULL),
			  *sizes = keras_argument(op, "num_or_size_splits", NULL), *said = places ? places : sizes;
	int64_t axis = 0;

	if (!part_axis(op, &axis)) return false;
	if (said && said->kind == JSON_NUMBER && said->is_integer && said->integer >= 1 &&
	    said->integer <= KERAS_NODES_LIMIT)
		return split_equally(op, axis, said->integer);
	if (!said || !are_integers(said))
		return keras_refuse_use(op, said, "needs a number of pieces, or a list of integers");
	return split_at(op, axis, said, places == NULL);
}

/* A part for each index along the axis: as many as the file says the axis has. */
bool keras_op_unstack(struct operation *op)
{
	const struct json *config, *shape, *size;
	int64_t axis = 0, rank = rank_of(op), n = 0;

	if (!part_axis(op, &axis)) return false;
	config = op->at[0].at->parent;
	shape = rank ? json_get(config, "shape") : NULL;
	size = shape ? json_at(shape, (int)(axis < 0 ? axis + rank : axis)) : NULL;
	if (size && size->is_integer) n = size->integer;
	if (!n && !integer_argument(op, "num", NULL, &n)) n = 0;
	if (n < 1 || n > KERAS_NODES_LIMIT) return keras_refuse_use(op, op->node, "needs an axis of known size");
	for (int64_t i = 0; i < n; i++) {
		struct items items = { 0 };
		add_along(&items, axis, AN_INDEX, i, 0, 1);
		if (!push_part(op, items_made(op, &items))) return false;
	}
	return true;
}

/* Along the steps, every one as often. */
bool keras_op_repeat(struct operation *op)
{
	int64_t axis = 0, n;
	struct text config = { 0 };

	if (!part_axis(op, &axis)) return false;
	if (axis != 1 || !integer_argument(op, "repeats", NULL, &n))
		return keras_refuse_use(op, op->node, "is supported along axis 1 only, with one number of repeats");
	text_printf(&config, "{\"size\": %lld}", (long long)n);
	return keras_op_make(op, "UpSampling1D", &config);
}

/* The whole tensor n times along one axis. */
bool keras_op_tile(struct operation *op)
{
	const struct json *list = keras_argument(op, "repeats", "multiples");
	int64_t axis = 0, n = 1;
	struct keras_ref ref;
	struct text config = { 0 };

	if (!keras_op_is_unary(op)) return keras_refuse_operands(op);
	if (!list || !are_integers(list)) return keras_refuse_use(op, list, "needs a list of integers");
	for (const struct json *at = list->first; at; at = at->next) {
		if (at->integer == 1) continue;
		if (axis || at->index == 0 || at->integer < 1 || at->integer > OPERANDS_MOST)
			return keras_refuse_use(
			    op, list, "is supported along one axis only, which is not the batch axis, 1 to 64 times");
		axis = at->index;
		n = at->integer;
	}
	ref = op->call->in.at[0];
	for (int64_t i = 1; i < n; i++) list_push(op->k->arena, &op->call->in, ref);
	text_printf(&config, "{\"axis\": %lld}", (long long)(axis ? axis : list->n - 1));
	return keras_op_make(op, "Concatenate", &config);
}
