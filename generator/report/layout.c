/* layout.c: a graph drawn from above to below: every node in a row below all that it reads, rows ordered so that few edges
 * cross; an edge that passes rows on its way runs straight in a lane beside their boxes. */
#include "report/parts.h"

#include <stdlib.h>
#include <string.h>

enum { BOX_WIDTH = 168, BOX_HEIGHT = 38, GAP = 24, ROW = 64, EDGE = 12, LANE = 12, SWEEPS = 8, MOVES = 24 };
enum { WISH_SCALE = 1000 };

/* A box of the drawing being laid. */
struct item {
	int row, at;            /* place in the row, from the left */
	int64_t x;              /* of its middle */
	int64_t wish;           /* where its neighbours would have it */
	LIST(int) above, below; /* neighbours: items */
};

/* An edge between rows that are no neighbours: a lane that it runs in. */
struct lane {
	int from, to; /* rows that it passes: [from, to) */
	int64_t x;
};

struct laying {
	struct arena *arena;
	struct drawing *drawing;
	LIST(struct item) items; /* of the drawing's boxes */
	LIST(struct lane) lanes;
	int rows, *in_row; /* items of each row */
	int **row;         /* by row and place: the item */
	int64_t *right;    /* of each row's last box */
};

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static void add_box(struct laying *l, const char *name, const struct node *node, const struct tensor *tensor, int row)
{
	const struct drawn_box box = { .name = name, .node = node, .tensor = tensor };
	const struct item item = { .row = row };

	list_push(l->arena, &l->drawing->boxes, box);
	list_push(l->arena, &l->items, item);
}

static void add_edge(struct laying *l, int from, int to)
{
	const struct drawn_edge edge = { .from = from, .to = to };

	if (from < 0) return;
	list_push(l->arena, &l->drawing->edges, edge);
	list_push(l->arena, &l->items.at[from].below, to);
	list_push(l->arena, &l->items.at[to].above, from);
}

/* The item that makes a tensor: a node's, or an input's. */
static int item_of(const struct graph *graph, const struct tensor *tensor)
{
	if (tensor->from) return tensor->from->id;
	for (int i = 0; i < graph->inputs.n; i++)
		if (graph->inputs.at[i] == tensor) return graph->nodes.n + i;
	return -1;
}

static int row_of(const struct laying *l, int item)
{
	CHECK(l->items.at && item < l->items.n);
	return l->items.at[item].row;
}

static int row_above_readers(const struct laying *l, const struct graph *graph, const struct tensor *tensor)
{
	int row = 0;

	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		for (int k = 0; k < node->n_in; k++)
			if (node->in[k] == tensor && (row == 0 || row_of(l, i) < row)) row = row_of(l, i);
	}
	return row > 0 ? row - 1 : 0;
}

/* Nodes have the items of their ids; then inputs, right above who reads them first; then outputs. */
static void add_boxes(struct laying *l, const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++) {
		const struct node *node = graph->nodes.at[i];
		int row = 1;
		for (int k = 0; k < node->n_in; k++)
			if (node->in[k]->from && row_of(l, node->in[k]->from->id) >= row)
				row = row_of(l, node->in[k]->from->id) + 1;
		add_box(l, node->name, node, node->out[0], row);
	}
	for (int i = 0; i < graph->inputs.n; i++) {
		const struct tensor *input = graph->inputs.at[i];
		add_box(l, input->name, NULL, input, row_above_readers(l, graph, input));
	}
	for (int i = 0; i < graph->outputs.n; i++) {
		const int from = item_of(graph, graph->outputs.at[i]);
		const char *name = graph->outputs.n == 1 ? "output" : arena_printf(l->arena, "output %d", i);
		add_box(l, name, NULL, graph->outputs.at[i], from < 0 ? 1 : row_of(l, from) + 1);
	}
}

static void add_edges(struct laying *l, const struct graph *graph)
{
	for (int i = 0; i < graph->nodes.n; i++)
		for (int k = 0; k < graph->nodes.at[i]->n_in; k++)
			add_edge(l, item_of(graph, graph->nodes.at[i]->in[k]), i);
	for (int i = 0; i < graph->outputs.n; i++)
		add_edge(l, item_of(graph, graph->outputs.at[i]), graph->nodes.n + graph->inputs.n + i);
}

static void make_rows(struct laying *l)
{
	for (int i = 0; i < l->items.n; i++)
		if (l->items.at[i].row >= l->rows) l->rows = l->items.at[i].row + 1;
	l->in_row = NEW_ARRAY(l->arena, l->rows, int);
	l->row = NEW_ARRAY(l->arena, l->rows, int *);
	l->right = NEW_ARRAY(l->arena, l->rows, int64_t);
	for (int i = 0; i < l->items.n; i++) l->items.at[i].at = l->in_row[l->items.at[i].row]++;
	for (int r = 0; r < l->rows; r++) l->row[r] = NEW_ARRAY(l->arena, l->in_row[r], int);
	for (int i = 0; i < l->items.n; i++) l->row[l->items.at[i].row][l->items.at[i].at] = i;
}

/* ---- order in a row ---------------------------------------------------------------------------------------------- */

/* Sorts a row by the mean place of the neighbours on one side; those without any stay. */
static void order_row(struct laying *l, int r, bool down)
{
	int *row = l->row[r];

	for (int i = 0; i < l->in_row[r]; i++) {
		struct item *item = &l->items.at[row[i]];
		const int n = down ? item->above.n : item->below.n;
		const int *neighbour = down ? item->above.at : item->below.at;
		int64_t sum = 0;
		for (int k = 0; k < n; k++) sum += l->items.at[neighbour[k]].at;
		item->wish = n > 0 ? sum * WISH_SCALE / n : (int64_t)item->at * WISH_SCALE;
	}
	for (int i = 1; i < l->in_row[r]; i++) {
		const int moved = row[i];
		int k = i;
		for (; k > 0 && l->items.at[row[k - 1]].wish > l->items.at[moved].wish; k--) row[k] = row[k - 1];
		row[k] = moved;
	}
	for (int i = 0; i < l->in_row[r]; i++) l->items.at[row[i]].at = i;
}

static void order_rows(struct laying *l)
{
	for (int sweep = 0; sweep < SWEEPS; sweep++) {
		for (int r = 1; r < l->rows; r++) order_row(l, r, true);
		for (int r = l->rows - 1; r-- > 0;) order_row(l, r, false);
	}
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* Towards the middle of its neighbours, as far as the others of its row let it. */
static void place_row(struct laying *l, int r)
{
	const int n = l->in_row[r];
	int64_t least = INT64_MIN, shift = 0;

	for (int i = 0; i < n; i++) {
		struct item *item = &l->items.at[l->row[r][i]];
		const int neighbours = item->above.n + item->below.n;
		int64_t sum = 0;
		for (int k = 0; k < item->above.n; k++) sum += l->items.at[item->above.at[k]].x;
		for (int k = 0; k < item->below.n; k++) sum += l->items.at[item->below.at[k]].x;
		item->wish = neighbours > 0 ? sum / neighbours : item->x;
	}
	for (int i = 0; i < n; i++) {
		struct item *item = &l->items.at[l->row[r][i]];
		item->x = item->wish > least ? item->wish : least;
		least = item->x + BOX_WIDTH + GAP;
		shift += item->wish - item->x;
	}
	for (int i = 0; i < n; i++) l->items.at[l->row[r][i]].x += shift / n;
}

/* Rows begin centred above one another; in the end no box is left of EDGE. */
static void place(struct laying *l)
{
	int64_t left = INT64_MAX;

	for (int r = 0; r < l->rows; r++)
		for (int i = 0; i < l->in_row[r]; i++)
			l->items.at[l->row[r][i]].x = (2 * (int64_t)i - l->in_row[r] + 1) * (BOX_WIDTH + GAP) / 2;
	for (int move = 0; move < MOVES; move++) {
		for (int r = 0; r < l->rows; r++) place_row(l, r);
		for (int r = l->rows; r-- > 0;) place_row(l, r);
	}
	for (int i = 0; i < l->items.n; i++) left = l->items.at[i].x < left ? l->items.at[i].x : left;
	for (int i = 0; i < l->items.n; i++) {
		struct item *item = &l->items.at[i];
		item->x += EDGE + BOX_WIDTH / 2 - left;
		if (item->x + BOX_WIDTH / 2 > l->right[item->row]) l->right[item->row] = item->x + BOX_WIDTH / 2;
	}
}

/* The leftmost place right of all boxes of these rows that no edge beside it has. */
static int64_t free_lane(struct laying *l, int from, int to)
{
	struct lane lane = { from, to, 0 };
	bool taken = true;

	for (int r = from; r < to; r++) lane.x = l->right[r] + LANE > lane.x ? l->right[r] + LANE : lane.x;
	while (taken) {
		taken = false;
		for (int i = 0; i < l->lanes.n; i++) {
			const struct lane *other = &l->lanes.at[i];
			if (other->from >= to || other->to <= from || llabs(other->x - lane.x) >= LANE) continue;
			lane.x = other->x + LANE;
			taken = true;
		}
	}
	list_push(l->arena, &l->lanes, lane);
	return lane.x;
}

static long long top_of(int row)
{
	return EDGE + (long long)row * ROW;
}

/* From (x, y of the bottom of row r) a curve to x in row r + 1. */
static const char *curve(struct arena *arena, const char *path, int64_t from, int row, int64_t to)
{
	const long long y0 = top_of(row) + BOX_HEIGHT, y1 = top_of(row + 1), middle = (y0 + y1) / 2;

	return arena_printf(arena, "%sC%lld %lld %lld %lld %lld %lld", path, (long long)from, middle, (long long)to,
			    middle, (long long)to, y1);
}

static void draw_edge(struct laying *l, struct drawn_edge *edge)
{
	const struct item *from = &l->items.at[edge->from], *to = &l->items.at[edge->to];
	const char *path = arena_printf(l->arena, "M%lld %lld", (long long)from->x, top_of(from->row) + BOX_HEIGHT);
	int64_t x = from->x;

	if (to->row > from->row + 1) {
		x = free_lane(l, from->row + 1, to->row);
		path = curve(l->arena, path, from->x, from->row, x);
		path = arena_printf(l->arena, "%sV%lld", path, top_of(to->row - 1) + BOX_HEIGHT);
		if (x + EDGE > l->drawing->width) l->drawing->width = x + EDGE;
	}
	edge->path = curve(l->arena, path, x, to->row - 1, to->x);
}

static void draw(struct laying *l)
{
	struct drawing *d = l->drawing;

	for (int i = 0; i < d->boxes.n; i++) {
		struct drawn_box *box = &d->boxes.at[i];
		const struct item *item = &l->items.at[i];
		box->x = item->x - BOX_WIDTH / 2;
		box->y = top_of(item->row);
		box->width = BOX_WIDTH;
		box->height = BOX_HEIGHT;
		if (box->x + box->width + EDGE > d->width) d->width = box->x + box->width + EDGE;
	}
	d->height = 2 * EDGE + (int64_t)(l->rows - 1) * ROW + BOX_HEIGHT;
	/* Short edges get the lanes near the boxes. */
	for (int span = 1; span < l->rows; span++)
		for (int i = 0; i < d->edges.n; i++)
			if (l->items.at[d->edges.at[i].to].row - l->items.at[d->edges.at[i].from].row == span)
				draw_edge(l, &d->edges.at[i]);
}

struct drawing *draw_graph(const struct graph *graph, struct arena *arena)
{
	struct laying l = { .arena = arena, .drawing = NEW(arena, struct drawing) };

	add_boxes(&l, graph);
	add_edges(&l, graph);
	make_rows(&l);
	order_rows(&l);
	place(&l);
	draw(&l);
	return l.drawing;
}
