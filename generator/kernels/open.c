/* open.c: sizes that are known only when the model runs (--max-steps): what an emitted function is given and what it
 * computes from that.  Every formula here has its number in window.c or the layers. */
#include "kernels/kernel.h"

#include <inttypes.h>
#include <string.h>

bool node_is_open(const struct node *node)
{
	for (int i = 0; i < node->n_in; i++)
		if (node->in[i]->open_axis >= 0) return true;
	for (int i = 0; i < node->n_out; i++)
		if (node->out[i]->open_axis >= 0) return true;
	return false;
}

/* All open tensors of a list have this length. */
static bool all_have(struct tensor *const *tensor, int n, int length)
{
	for (int i = 0; i < n; i++)
		if (tensor[i]->open_axis >= 0 && tensor[i]->length != length) return false;
	return true;
}

const char *length_name(struct arena *arena, const struct node *node, const struct tensor *tensor)
{
	int at = 0;

	if (all_have(node->in, node->n_in, tensor->length) && all_have(node->out, node->n_out, tensor->length))
		return "steps";
	if (all_have(node->out, node->n_out, tensor->length) && node->out[0]->open_axis >= 0) return "steps_out";
	if (all_have(node->in, node->n_in, tensor->length)) return "steps_in";
	while (at < node->n_in && (node->in[at]->open_axis < 0 || node->in[at]->length != tensor->length)) at++;
	return arena_printf(arena, "steps_in%d", at);
}

/* ---- locals ------------------------------------------------------------------------------------------------- */

struct locals {
	struct arena *arena;
	struct value *list;
};

static struct locals locals_new(struct arena *arena, struct value *map)
{
	struct locals locals = { arena, value_list(arena) };

	value_set(map, "locals", locals.list);
	return locals;
}

PRINTF_LIKE(3, 4) static const char *add_local(struct locals *locals, const char *name, const char *format, ...)
{
	struct value *local = value_map(locals->arena);
	va_list arguments;

	va_start(arguments, format);
	value_set_text(locals->arena, local, "name", name);
	value_set_text(locals->arena, local, "value", arena_vprintf(locals->arena, format, arguments));
	va_end(arguments);
	value_push(locals->list, local);
	return name;
}

void view_partial_sums(struct arena *arena, struct value *map, const struct node *node, const struct rows_along *rows)
{
	const struct tensor *in = node->in[0];
	const char *steps, *length;
	struct locals locals;

	if (!rows->open || !rows->partial) return;
	steps = length_name(arena, node, in);
	length = extent_text(arena, (struct extent){ steps, rows->length / in->shape.at[in->open_axis], 0 });
	locals = locals_new(arena, map);
	if (in->open_axis == in->shape.rank - 1) {
		add_local(&locals, "last_sum", "%s < %d || %s < 2 ? 0 : %d", length, PARTIAL_TERMS_LEAST, steps,
			  PARTIAL_SUMS - 1);
	} else {
		add_local(&locals, "last_sum", "%s < %d ? 0 : %d", length, PARTIAL_TERMS_LEAST, PARTIAL_SUMS - 1);
	}
}

/* ---- windows ------------------------------------------------------------------------------------------------ */

/* A number of steps as C writes it. */
static const char *steps_text(struct arena *arena, const struct node *node, const struct tensor *tensor, int64_t steps)
{
	return extent_text(
	    arena, (struct extent){ length_name(arena, node, tensor), steps / tensor->shape.at[tensor->open_axis], 0 });
}

static int64_t reach_of(const struct geometry *g)
{
	return (g->taps - 1) * g->dilation + 1;
}

static const char *signed_text(struct arena *arena, int64_t n)
{
	if (n == 0) return "";
	return arena_printf(arena, " %c %" PRId64, n < 0 ? '-' : '+', n < 0 ? -n : n);
}

/* What window_of() computes for 'same' with a stride: padding by the length.  Where the stride is 1 it depends on no
 * length. */
static bool pads_by_length(const struct geometry *g)
{
	return g->padding == PADDING_SAME && g->stride > 1 && reach_of(g) > 1;
}

static struct value *named(struct arena *arena, const char *name)
{
	return value_extent(arena, (struct extent){ name, 1, 0 });
}

static void view_pad(struct locals *locals, struct value *map, const struct geometry *g, const char *in,
		     const char *out)
{
	struct arena *arena = locals->arena;

	if (!pads_by_length(g)) {
		value_set_int(arena, map, "pad_left", g->pad_left);
		return;
	}
	add_local(locals, "missing", "%" PRId64 " * %s%s - %s", g->stride, out,
		  signed_text(arena, reach_of(g) - g->stride), in);
	add_local(locals, "pad_left", "missing > 0 ? missing / 2 : 0");
	value_set(map, "pad_left", named(arena, "pad_left"));
}

/* The step behind the last whose every tap lies inside: as text. */
static const char *full_text(struct locals *locals, const struct geometry *g, const char *in, const char *out)
{
	if (g->padding != PADDING_SAME || reach_of(g) == 1) return out;
	if (g->stride == 1)
		return arena_printf(locals->arena, "%s%s", out,
				    signed_text(locals->arena, g->pad_left - (reach_of(g) - 1)));
	add_local(locals, "room", "%s + pad_left%s", in, signed_text(locals->arena, -reach_of(g)));
	return add_local(locals, "full", "room < 0 ? 0 : room / %" PRId64 " + 1", g->stride);
}

/* The steps whose every tap lies inside; none where they are fewer than least. */
static void view_inside(struct locals *locals, struct value *map, const struct geometry *g, int64_t least,
			const char *in, const char *out)
{
	struct arena *arena = locals->arena;
	int64_t first = (g->pad_left + g->stride - 1) / g->stride;
	const char *full = full_text(locals, g, in, out);

	if (pads_by_length(g)) {
		add_local(locals, "inside_first", "(pad_left + %" PRId64 ") / %" PRId64, g->stride - 1, g->stride);
		value_set(map, "inside_first", named(arena, "inside_first"));
		add_local(locals, "inside_end", "%s - inside_first < %" PRId64 " ? inside_first : %s", full, least,
			  full);
		add_local(locals, "inside", "inside_end - inside_first");
		value_set(map, "inside", named(arena, "inside"));
	} else {
		value_set_int(arena, map, "inside_first", first);
		add_local(locals, "inside_end", "%s < %" PRId64 " ? %" PRId64 " : %s", full, first + least, first,
			  full);
	}
	value_set(map, "inside_end", named(arena, "inside_end"));
}

static void view_open(struct arena *arena, struct value *map, const struct node *node, const struct geometry *g,
		      int64_t least)
{
	struct locals locals = locals_new(arena, map);
	const char *in = steps_text(arena, node, node->in[0], g->steps_in);
	const char *out = steps_text(arena, node, node->out[0], g->steps_out);
	bool all_inside = g->pad_left == 0 && (g->padding != PADDING_SAME || reach_of(g) == 1);

	view_pad(&locals, map, g, in, out);
	if (least == 0) {
		value_set_int(arena, map, "inside_first", 0);
		value_set_int(arena, map, "inside_end", 0);
	} else if (all_inside && least == 1) {
		value_set_int(arena, map, "inside_first", 0);
		view_size(arena, map, "inside_end", g->steps_out, node, node->out[0]);
	} else {
		view_inside(&locals, map, g, least, in, out);
	}
}

/* ---- windows, some steps a call (by_rows.c) -------------------------------------------------------------------- */

bool pads_left(const struct geometry *g)
{
	return g->pad_left > 0;
}

bool pads_right(const struct geometry *g)
{
	return first_row(g, g->steps_out - 1) + reach_of(g) > g->steps_in;
}

/* The step behind the last of those wanted whose every tap lies inside. */
static const char *piece_full_text(struct locals *locals, const struct geometry *g, const char *in, const char *out)
{
	if (!pads_right(g)) return out;
	add_local(locals, "room", "%s%s%s", in, pads_left(g) ? " + pad_left" : "",
		  signed_text(locals->arena, -reach_of(g)));
	if (g->stride == 1)
		add_local(locals, "fitting", "room < 0 ? 0 : room + 1");
	else
		add_local(locals, "fitting", "room < 0 ? 0 : room / %" PRId64 " + 1", g->stride);
	return add_local(locals, "full", "fitting < %s ? fitting : %s", out, out);
}

/* The steps before all others whose first tap lies in the padding. */
static const char *piece_padded_text(struct locals *locals, const struct geometry *g, const char *out)
{
	const char *padded = "pad_left";

	if (g->stride > 1)
		padded = add_local(locals, "padded", "(pad_left + %" PRId64 ") / %" PRId64, g->stride - 1, g->stride);
	return add_local(locals, "inside_first", "%s < %s ? %s : %s", padded, out, padded, out);
}

/* A name, or the number 0. */
static void set_name(struct arena *arena, struct value *map, const char *key, const char *name)
{
	value_set(map, key, strcmp(name, "0") == 0 ? value_int(arena, 0) : named(arena, name));
}

static void view_piece(struct arena *arena, struct value *map, const struct node *node, const struct geometry *g,
		       int64_t least)
{
	struct locals locals = locals_new(arena, map);
	const char *in = length_name(arena, node, node->in[0]), *out = length_name(arena, node, node->out[0]);
	const char *first = "0", *end = "0", *full;

	if (least > 0 && pads_left(g)) first = piece_padded_text(&locals, g, out);
	if (least > 0) end = full = piece_full_text(&locals, g, in, out);
	if (least > 0 && (pads_left(g) || pads_right(g) || least > 1))
		end = add_local(&locals, "inside_end", "%s%s%s < %" PRId64 " ? %s : %s", full,
				pads_left(g) ? " - " : "", pads_left(g) ? first : "", least, first, full);
	set_name(arena, map, "pad_left", pads_left(g) ? "pad_left" : "0");
	set_name(arena, map, "inside_first", first);
	set_name(arena, map, "inside_end", end);
	if (least == 0 || !pads_left(g)) return;
	add_local(&locals, "inside", "inside_end - inside_first");
	set_name(arena, map, "inside", "inside");
}

void view_padding(struct arena *arena, struct value *map, const struct node *node, int64_t pad_left)
{
	const char *in = length_name(arena, node, node->in[0]), *out = length_name(arena, node, node->out[0]);
	struct locals locals = locals_new(arena, map);
	const char *least = "0";

	if (pad_left > 0) {
		/* Behind the input's last row it is below 0. */
		add_local(&locals, "padded", "pad_left < %s ? pad_left : %s", out, out);
		least = add_local(&locals, "inside_first", "padded < 0 ? 0 : padded");
	}
	add_local(&locals, "left_over", "%s%s", in, pad_left > 0 ? " + pad_left" : "");
	add_local(&locals, "fitting", "left_over < %s ? left_over : %s", out, out);
	add_local(&locals, "inside_end", "fitting < %s ? %s : fitting", least, least);
}

void view_geometry(struct arena *arena, struct value *map, const struct node *node, const struct geometry *g,
		   int64_t least)
{
	struct span inside = interior_steps(g);

	view_size(arena, map, "steps_in", g->steps_in, node, node->in[0]);
	view_size(arena, map, "steps_out", g->steps_out, node, node->out[0]);
	value_set_int(arena, map, "taps", g->taps);
	value_set_int(arena, map, "stride", g->stride);
	value_set_int(arena, map, "dilation", g->dilation);
	if (node->piece > 0) {
		view_piece(arena, map, node, g, least);
		return;
	}
	if (node_is_open(node)) {
		view_open(arena, map, node, g, least);
		return;
	}
	value_set_int(arena, map, "pad_left", g->pad_left);
	value_set_int(arena, map, "inside_first", inside.first);
	value_set_int(arena, map, "inside_end", inside.end);
}
