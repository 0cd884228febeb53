/* page.c: --report x.html: what templates/report.html.ct shows: places and sizes in pixels, texts made safe for HTML. */
#include "report/parts.h"

#include <math.h>
#include <string.h>

enum {
	MAP_WIDTH = 940,
	MAP_HEIGHT = 340,
	MAP_TALL = 520, /* of many buffers */
	MANY_RESIDENTS = 14,
	STEP_LEAST = 15, /* pixels of a step in the memory map */
	LETTER = 7,      /* pixels of a letter of a label, at most */
	LINE = 15,
	LINE_TINY = 11,
	AXIS_LETTERS = 20,
	HEAD_LEAST = 9,
	NAME_LETTERS = 6,   /* room that a name takes, cut, */
	NUMBER_LETTERS = 3, /* or a number */
	BOX_LETTERS = 22,
	COLORS = 8,
	MARKS_MOST = 6, /* of an axis */
	WHOLE = 1000    /* widths of bars are in thousandths */
};

/* ---- texts ------------------------------------------------------------------------------------------------------- */

/* Text of a model on one line of HTML, also between quotation marks. */
static const char *html(struct arena *arena, const char *text)
{
	static const struct {
		char c;
		const char *escaped;
	} escapes[] = { { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" } };
	struct text out = { 0 };
	const char *copy;

	text_add(&out, "");
	for (const char *c = visible_name(arena, text); *c; c++) {
		size_t i = 0;
		while (i < sizeof escapes / sizeof escapes[0] && escapes[i].c != *c) i++;
		if (i < sizeof escapes / sizeof escapes[0])
			text_add(&out, escapes[i].escaped);
		else
			text_add_n(&out, c, 1);
	}
	copy = arena_string(arena, out.at);
	text_free(&out);
	return copy;
}

/* Letters [first, end) of UTF-8 text. */
static const char *letters_of(struct arena *arena, const char *text, int64_t first, int64_t end)
{
	const char *from = text, *at = text;
	uint32_t code;

	for (int64_t n = 0; *at && n < end; n++) {
		const int bytes = utf8_at(at, strlen(at), &code);
		if (n == first) from = at;
		at += bytes > 0 ? bytes : 1;
	}
	return arena_string_n(arena, from, (size_t)(at - from));
}

static int64_t count_letters(const char *text)
{
	uint32_t code;
	int64_t n = 0;

	for (; *text; n++) {
		const int bytes = utf8_at(text, strlen(text), &code);
		text += bytes > 0 ? bytes : 1;
	}
	return n;
}

/* At most that many letters; where it is cut, an ellipsis stands for the middle, or for the beginning of very short ones: names
 * of layers differ at their ends. */
static const char *cut(struct arena *arena, const char *text, int64_t most)
{
	const char *visible = visible_name(arena, text);
	const int64_t n = count_letters(visible), head = most < HEAD_LEAST ? 0 : (most - 1) / 2;

	if (n <= most) return html(arena, visible);
	return html(arena, arena_printf(arena, "%s\xe2\x80\xa6%s", head > 0 ? letters_of(arena, visible, 0, head) : "",
					letters_of(arena, visible, n - (most - 1 - head), n)));
}

/* "37.5" of a width in percent. */
static void put_width(struct value *map, const char *key, int64_t part, int64_t most, struct arena *arena)
{
	const int64_t width = most > 0 ? part * WHOLE / most : 0;

	value_set_text(arena, map, key,
		       arena_printf(arena, "%lld.%lld", (long long)(width / 10), (long long)(width % 10)));
}

static const char *bound_shown(struct arena *arena, double bound)
{
	return isfinite(bound) ? arena_printf(arena, "%.2g", bound) : "none";
}

/* ---- totals ------------------------------------------------------------------------------------------------------ */

static void add_total(struct value *list, const char *name, int64_t n, int64_t most, const char *says,
		      struct arena *arena)
{
	struct value *map = value_map(arena);

	value_set_text(arena, map, "name", name);
	value_set_text(arena, map, "n", count_text(arena, n));
	value_set_text(arena, map, "says", says);
	if (most > 0) {
		value_set_text(arena, map, "most", count_text(arena, most));
		put_width(map, "width", n < most ? n : most, most, arena);
		value_set_text(arena, map, "left",
			       n <= most ? arena_printf(arena, "%s left", count_text(arena, most - n))
					 : arena_printf(arena, "%s too many", count_text(arena, n - most)));
	}
	value_push(list, map);
}

static struct value *totals_view(const struct program *program, const struct options *options,
				 const struct needs *needs, struct arena *arena)
{
	struct value *list = value_list(arena);
	const char *code = needs->code < 0
			       ? "constants; code is not estimated for this target"
			       : arena_printf(arena, "%s of constants, at most about %s of code",
					      count_text(arena, needs->constants), count_text(arena, needs->code));

	add_total(list, "RAM", needs->ram, options->most.ram, "context, exactly", arena);
	add_total(list, "Flash", flash_of(needs), options->most.flash, code, arena);
	if (needs->stack >= 0)
		add_total(list, "Stack", needs->stack, options->most.stack, "at most about, gcc -O2", arena);
	add_total(list, "Multiply-adds", program->plan->macs, 0, "of a call", arena);
	return list;
}

/* ---- layers ------------------------------------------------------------------------------------------------------ */

/* The node as the model has it: that of a step by rows has rows without an end. */
static const struct node *whole_node(const struct plan *plan, const struct node *node)
{
	return plan->graph->nodes.at[node->id];
}

/* Its name; of quantised sums their range, too. */
static const char *kernel_text(const struct cost_line *line, struct arena *arena)
{
	struct accumulators sums;

	if (!node_accumulators(line->node, &sums)) return line->step->kernel->name;
	return arena_printf(arena, "%s; accumulators %s", line->step->kernel->name, accumulators_text(&sums, arena));
}

static struct value *layers_view(const struct program *program, const struct footprint *footprint,
				 const struct cost_lines *lines, struct arena *arena)
{
	const struct function_footprint *code = footprint_of_steps(program, footprint, arena);
	struct value *list = value_list(arena);
	int64_t flash = 1, ram = 1, macs = 1;

	for (int i = 0; i < lines->n; i++) {
		const struct cost_line *line = &lines->at[i];
		const int64_t bytes = line->constants + (line->own ? code[line->index].code : 0);
		flash = bytes > flash ? bytes : flash;
		ram = line->ram > ram ? line->ram : ram;
		macs = line->macs > macs ? line->macs : macs;
	}
	for (int i = 0; i < lines->n; i++) {
		const struct cost_line *line = &lines->at[i];
		const int64_t bytes = line->own ? code[line->index].code : 0;
		struct value *map = value_map(arena);
		value_set_text(arena, map, "name", cut(arena, line->node->name, 40));
		value_set_text(arena, map, "class", html(arena, line->node->layer->name));
		value_set_text(arena, map, "shapes",
			       html(arena, node_shapes_text(arena, whole_node(program->plan, line->node))));
		value_set_text(arena, map, "types", node_types_text(arena, line->node));
		value_set_text(arena, map, "kernel", kernel_text(line, arena));
		value_set_text(arena, map, "constants", count_text(arena, line->constants));
		value_set_text(arena, map, "code", footprint->code < 0 ? "" : count_text(arena, bytes));
		value_set_text(arena, map, "ram", count_text(arena, line->ram));
		value_set_text(arena, map, "macs", count_text(arena, line->macs));
		put_width(map, "constants_width", line->constants, flash, arena);
		put_width(map, "code_width", bytes, flash, arena);
		put_width(map, "ram_width", line->ram, ram, arena);
		put_width(map, "macs_width", line->macs, macs, arena);
		value_set_text(arena, map, "bound", line->figures ? bound_shown(arena, line->figures->bound) : "0");
		value_set_text(arena, map, "observed",
			       line->figures ? bound_shown(arena, line->figures->observed) : "0");
		value_set_text(arena, map, "composed",
			       line->figures ? bound_shown(arena, line->figures->composed) : "-");
		value_push(list, map);
	}
	return list;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

/* A round number of bytes, so that at most MARKS_MOST marks are on the axis. */
static int64_t mark_distance(int64_t bytes)
{
	static const int64_t rounds[] = { 1, 2, 5 };

	for (int64_t ten = 1;; ten *= 10)
		for (int i = 0; i < 3; i++)
			if (bytes / (ten * rounds[i]) <= MARKS_MOST) return ten * rounds[i];
}

static struct value *marks_view(int64_t bytes, int64_t height, struct arena *arena)
{
	const int64_t distance = mark_distance(bytes);
	struct value *list = value_list(arena);

	for (int64_t at = 0; at <= bytes; at += distance) {
		struct value *map = value_map(arena);
		value_set_int(arena, map, "y", height - at * height / bytes);
		value_set_text(arena, map, "text", count_text(arena, at));
		value_push(list, map);
	}
	return list;
}

/* The names of a buffer, or the first of them and how many more, or its number in the list, in so many letters; "": there is no
 * room. */
static const char *resident_label(struct arena *arena, const struct resident *r, int index, int64_t letters)
{
	if (letters < NUMBER_LETTERS) return "";
	if (letters < NAME_LETTERS && count_letters(visible_name(arena, r->name)) > letters)
		return arena_printf(arena, "#%d", index + 1);
	if (r->names == 1 || count_letters(visible_name(arena, r->name)) <= letters)
		return cut(arena, r->name, letters);
	return arena_printf(arena, "%s +%d", cut(arena, r->first_name, letters - NUMBER_LETTERS), r->names - 1);
}

/* A buffer's rectangle; its name stands in it where there is room, along or upright. */
static struct value *resident_view(const struct plan *plan, const struct resident *r, int index, int64_t step,
				   int64_t full, struct arena *arena)
{
	const int64_t bytes = plan->context_bytes;
	const int64_t top = full - (r->offset + r->bytes) * full / bytes;
	const int64_t width = (r->last - r->first + 1) * step - 2;
	const int64_t height = full - r->offset * full / bytes - top - 1;
	const int64_t along = height >= LINE_TINY ? (width - LETTER) / LETTER : 0, upright = (height - LETTER) / LETTER;
	const bool stands = along < NAME_LETTERS && upright > along && width >= LINE - 2;
	struct value *map = value_map(arena);

	value_set_int(arena, map, "number", index + 1);
	value_set_int(arena, map, "x", r->first * step + 1);
	value_set_int(arena, map, "y", top);
	value_set_int(arena, map, "w", width);
	value_set_int(arena, map, "h", height > 0 ? height : 1);
	value_set_int(arena, map, "color", index % COLORS);
	value_set_int(arena, map, "middle_x", r->first * step + 1 + width / 2);
	value_set_int(arena, map, "middle_y", top + height / 2);
	value_set_text(arena, map, "label", resident_label(arena, r, index, stands ? upright : along));
	value_set_bool(arena, map, "tiny", height < LINE);
	value_set_bool(arena, map, "upright", stands);
	value_set_text(arena, map, "second",
		       along >= NAME_LETTERS && height >= 3 * LINE ? count_text(arena, r->bytes) : "");
	value_set_text(arena, map, "name", html(arena, r->name));
	value_set_text(arena, map, "offset", count_text(arena, r->offset));
	value_set_text(arena, map, "bytes", count_text(arena, r->bytes));
	value_set_text(arena, map, "rows", *r->rows ? r->rows : r->scratch ? "" : "all rows");
	value_set_text(arena, map, "from", html(arena, plan->steps.at[r->first].node->name));
	value_set_text(arena, map, "to", html(arena, plan->steps.at[r->last].node->name));
	return map;
}

/* Stages that run in ticks, as brackets above the map. */
static struct value *stages_view(const struct plan *plan, int64_t step, struct arena *arena)
{
	struct value *list = value_list(arena);

	for (int i = 0; plan->schedule && i < plan->schedule->stages.n; i++) {
		const struct stage *stage = &plan->schedule->stages.at[i];
		struct value *map = value_map(arena);
		const int64_t width = (stage->end - stage->first) * step;
		const char *text = arena_printf(arena, "%s ticks", count_text(arena, stage->ticks));
		if (stage->ticks < 2) continue;
		value_set_int(arena, map, "x", stage->first * step + 2);
		value_set_int(arena, map, "w", width - 4);
		value_set_int(arena, map, "middle", stage->first * step + width / 2);
		value_set_text(arena, map, "text", count_letters(text) * LETTER < width ? text : "");
		value_push(list, map);
	}
	return list;
}

static struct value *trials_view(const struct plan *plan, struct arena *arena)
{
	struct value *list = value_list(arena);
	int64_t ram = 1, operations = 1;

	for (int i = 0; i < plan->trials.n; i++) {
		const struct plan_trial *trial = &plan->trials.at[i];
		ram = trial_ram(plan, i) > ram ? trial_ram(plan, i) : ram;
		operations = trial->operations > operations ? trial->operations : operations;
	}
	for (int i = 0; i < plan->trials.n; i++) {
		const struct plan_trial *trial = &plan->trials.at[i];
		struct value *map = value_map(arena);
		value_set_text(arena, map, "name", trial_text(trial, arena));
		value_set_text(arena, map, "how", trial_how(trial, arena));
		value_set_text(arena, map, "ram", count_text(arena, trial_ram(plan, i)));
		value_set_text(arena, map, "operations", count_text(arena, trial->operations));
		put_width(map, "ram_width", trial_ram(plan, i), ram, arena);
		put_width(map, "operations_width", trial->operations, operations, arena);
		value_set_bool(arena, map, "chosen", trial_is_chosen(plan, i));
		value_push(list, map);
	}
	return list;
}

static struct value *map_view(const struct plan *plan, struct arena *arena)
{
	const struct memory_map *memory = memory_map_of(plan, arena);
	struct value *map = value_map(arena), *residents = value_list(arena), *steps = value_list(arena);
	const int n = plan->steps.n;
	const int64_t height = memory->list.n > MANY_RESIDENTS ? MAP_TALL : MAP_HEIGHT;
	int64_t step = MAP_WIDTH / (n > 0 ? n : 1), longest = 0;

	if (step < STEP_LEAST) step = STEP_LEAST;
	if (step > MAP_WIDTH / 4) step = MAP_WIDTH / 4;
	for (int i = 0; i < memory->list.n; i++)
		value_push(residents, resident_view(plan, &memory->list.at[i], i, step, height, arena));
	for (int i = 0; i < n; i++) {
		struct value *item = value_map(arena);
		const char *name = plan->steps.at[i].node->name;
		const int64_t letters = count_letters(visible_name(arena, name));
		if (letters > longest) longest = letters < AXIS_LETTERS ? letters : AXIS_LETTERS;
		value_set_text(arena, item, "name", cut(arena, name, AXIS_LETTERS));
		value_set_int(arena, item, "x", i * step + step / 2);
		value_push(steps, item);
	}
	value_set_int(arena, map, "width", n * step);
	value_set_int(arena, map, "height", height);
	value_set_int(arena, map, "below", 2 * LINE + longest * LETTER);
	value_set_int(arena, map, "step", step);
	value_set_int(arena, map, "peak_x", memory->peak * step);
	value_set_text(arena, map, "peak_bytes", count_text(arena, memory->peak_bytes));
	value_set_text(arena, map, "peak_name", n > 0 ? html(arena, plan->steps.at[memory->peak].node->name) : "");
	value_set(map, "residents", residents);
	value_set(map, "steps", steps);
	value_set(map, "stages", stages_view(plan, step, arena));
	value_set(map, "marks", marks_view(plan->context_bytes, height, arena));
	return map;
}

/* ---- the graph --------------------------------------------------------------------------------------------------- */

static struct value *box_view(const struct program *program, const struct drawn_box *box, struct arena *arena)
{
	struct value *map = value_map(arena);
	const char *shape = tensor_shape_text(arena, box->tensor);
	const char *below = box->node ? arena_printf(arena, "%s %s", box->node->layer->name, shape) : shape;

	(void)program;
	value_set_int(arena, map, "x", box->x);
	value_set_int(arena, map, "y", box->y);
	value_set_int(arena, map, "w", box->width);
	value_set_int(arena, map, "h", box->height);
	value_set_int(arena, map, "middle", box->x + box->width / 2);
	value_set_text(arena, map, "label", cut(arena, box->name, BOX_LETTERS));
	value_set_text(arena, map, "below", cut(arena, below, BOX_LETTERS + 4));
	value_set_text(arena, map, "says",
		       html(arena, box->node ? arena_printf(arena, "%s: %s %s", box->name, box->node->layer->name,
							    node_shapes_text(arena, box->node))
					     : arena_printf(arena, "%s %s", box->name, shape)));
	value_set_text(arena, map, "kind", !box->node ? "end" : layer_is_view(box->node) ? "view" : "layer");
	return map;
}

static struct value *graph_view(const struct program *program, struct arena *arena)
{
	const struct drawing *drawing = draw_graph(program->plan->graph, arena);
	struct value *map = value_map(arena), *boxes = value_list(arena), *edges = value_list(arena);

	for (int i = 0; i < drawing->boxes.n; i++) value_push(boxes, box_view(program, &drawing->boxes.at[i], arena));
	for (int i = 0; i < drawing->edges.n; i++) value_push(edges, value_string(arena, drawing->edges.at[i].path));
	value_set_int(arena, map, "width", drawing->width);
	value_set_int(arena, map, "height", drawing->height);
	value_set(map, "boxes", boxes);
	value_set(map, "edges", edges);
	return map;
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

struct value *page_view(const struct program *program, const struct options *options, const struct footprint *footprint,
			const struct cost_lines *lines, struct arena *arena)
{
	const struct needs needs = needs_of(program, footprint);
	struct value *view = value_map(arena), *page = value_map(arena);

	value_set_text(arena, page, "name", html(arena, program->meaning->name));
	value_set_text(arena, page, "prefix", program->prefix);
	value_set_text(arena, page, "target", program->target->name);
	value_set_text(arena, page, "target_doc", html(arena, program->target->doc));
	value_set_text(arena, page, "fp", fp_text(program, arena));
	value_set_text(arena, page, "fp_says",
		       plan_has_floats(program->plan)
			   ? arena_printf(arena, "fp %s: %s.", fp_name(program->fp),
					  html(arena, fp_meaning(program->target, program->fp)))
			   : "");
	value_set_text(arena, page, "version", CONV1DC_VERSION);
	value_set_text(arena, page, "remake", html(arena, remake_command(program, options, arena)));
	value_set_text(arena, page, "file", html(arena, program->loaded->model.name));
	value_set_text(arena, page, "sha256", program->loaded->model.sha256);
	value_set_text(arena, page, "schedule", html(arena, schedule_text(program->plan, arena)));
	value_set(page, "trials", trials_view(program->plan, arena));
	value_set_int(arena, page, "samples", lines->samples);
	value_set(page, "totals", totals_view(program, options, &needs, arena));
	value_set(page, "layers", layers_view(program, footprint, lines, arena));
	value_set(page, "memory", map_view(program->plan, arena));
	value_set(page, "graph", graph_view(program, arena));
	value_set(view, "page", page);
	return view;
}
