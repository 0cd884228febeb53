/* costs.c: --report: what every step of the plan costs, and how far it may be from the float64 meaning, in text and JSON. */
#include "report/parts.h"

#include <math.h>
#include <string.h>

/* Rows of a tensor that are saved apart between ticks. */
static int64_t saved_bytes(const struct plan *plan, int tensor)
{
	const struct tensor_rows *rows = plan->schedule ? &plan->schedule->tensor[tensor] : NULL;
	return rows && rows->kind == ROWS_SPLIT && rows->root == tensor ? rows->keep * rows->row_bytes : 0;
}

/* Bytes of the context that a step's results and scratch take. */
static int64_t ram_of(const struct plan *plan, const struct step *step)
{
	int64_t bytes = step->scratch_bytes;
	for (int i = 0; i < step->node->n_out; i++) {
		const int tensor = step->node->out[i]->id;
		if (plan->buffer[tensor].home == HOME_CONTEXT)
			bytes += plan->buffer[tensor].bytes + saved_bytes(plan, tensor);
	}
	return bytes;
}

/* The figures of a node; NULL where the plan added it (a copy, which is exact). */
static const struct layer_figures *figures_of(const struct program *program, const struct figures *figures,
					      const struct node *wanted)
{
	for (int i = 0; i < program->graph->nodes.n; i++) {
		const struct node *node = program->graph->nodes.at[i];
		if (node->out[0]->id == wanted->out[0]->id) return &figures->at[i];
	}
	return NULL;
}

struct cost_lines cost_lines_of(const struct program *program, struct arena *arena)
{
	const struct plan *plan = program->plan;
	const struct figures figures = error_figures(program, arena);
	struct cost_lines lines = { .at = NEW_ARRAY(arena, 2 * plan->steps.n + 1, struct cost_line),
				    .samples = figures.samples };

	for (int i = 0; i < plan->steps.n; i++) {
		const struct step *step = &plan->steps.at[i];
		lines.at[lines.n++] = (struct cost_line){ step,
							  step->node,
							  i,
							  true,
							  step->constant_bytes,
							  ram_of(plan, step),
							  step->macs,
							  figures_of(program, &figures, step->node) };
		if (step->add)
			lines.at[lines.n++] =
			    (struct cost_line){ step, step->add, i, false,
						0,    0,         0, figures_of(program, &figures, step->add) };
	}
	return lines;
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

static const char *bound_text(struct arena *arena, double bound)
{
	return isfinite(bound) ? arena_printf(arena, "%.2g", bound) : "none";
}

/* "1,824", or "1,824 + 300" with code. */
static const char *flash_text(struct arena *arena, int64_t constants, int64_t code)
{
	if (code < 0) return count_text(arena, constants);
	return arena_printf(arena, "%s + %s", count_text(arena, constants), count_text(arena, code));
}

static void add_line(struct grid *grid, const struct cost_line *line, int64_t code, struct arena *arena)
{
	const struct layer_figures *figures = line->figures;
	const char **cell = grid_row(grid);
	*cell++ = arena_printf(arena, "%s (%s)", visible_name(arena, line->node->name), line->node->layer->name);
	*cell++ = line->step->kernel->name;
	*cell++ = flash_text(arena, line->constants, code);
	*cell++ = count_text(arena, line->ram);
	*cell++ = count_text(arena, line->macs);
	*cell++ = figures ? bound_text(arena, figures->bound) : "0";
	*cell++ = figures ? bound_text(arena, figures->observed) : "0";
	*cell = figures ? bound_text(arena, figures->composed) : "-";
}

/* A line's code: its step's; of an Add on the way, none of its own; NO_ESTIMATE: not known. */
static int64_t code_of(const struct cost_line *line, const struct footprint *footprint,
		       const struct function_footprint *code)
{
	return footprint->code < 0 ? NO_ESTIMATE : line->own ? code[line->index].code : 0;
}

static void add_totals(const struct program *program, const struct options *options, const struct needs *needs,
		       struct text *out, struct arena *arena)
{
	const struct budgets *most = &options->most;

	text_printf(out, " Flash: %s bytes of constants", count_text(arena, needs->constants));
	if (needs->code >= 0) text_printf(out, ", at most about %s of code", count_text(arena, needs->code));
	text_printf(out, "; RAM: %s bytes of context", count_text(arena, needs->ram));
	if (needs->stack >= 0) text_printf(out, ", at most about %s of stack", count_text(arena, needs->stack));
	text_printf(out, "; MACs: %s\n", count_text(arena, program->plan->macs));
	if (most->flash) text_printf(out, " Budget of flash: %s bytes\n", count_text(arena, most->flash));
	if (most->ram) text_printf(out, " Budget of RAM: %s bytes\n", count_text(arena, most->ram));
	if (most->stack) text_printf(out, " Budget of stack: %s bytes\n", count_text(arena, most->stack));
}

/* Why no sum of integers overflows. */
static void add_accumulators(const struct cost_lines *lines, struct text *out, struct arena *arena)
{
	struct accumulators sums;
	bool any = false;

	for (int i = 0; i < lines->n; i++) {
		const struct node *node = lines->at[i].node;
		if (!node_accumulators(node, &sums)) continue;
		if (!any) text_add(out, " Accumulators, the worst over all inputs, exactly from the weights:\n");
		any = true;
		text_printf(out, "   %s (%s): %s\n", visible_name(arena, node->name), node->layer->name,
			    accumulators_text(&sums, arena));
	}
}

static void report_text(const struct program *program, const struct options *options, const struct footprint *footprint,
			const struct cost_lines *lines, struct text *out, struct arena *arena)
{
	static const char *const titles[] = { "RAM", "MACs", "Error bound", "Observed", "Composed" };
	const struct function_footprint *code = footprint_of_steps(program, footprint, arena);
	const struct needs needs = needs_of(program, footprint);
	struct grid *grid = grid_new(arena);
	grid_column(grid, "Layer", false);
	grid_column(grid, "Kernel", false);
	grid_column(grid, footprint->code < 0 ? "Flash" : "Flash + code", true);
	for (int i = 0; i < 5; i++) grid_column(grid, titles[i], true);
	for (int i = 0; i < lines->n; i++)
		add_line(grid, &lines->at[i], code_of(&lines->at[i], footprint, code), arena);
	text_printf(out, "Model: \"%s\", target %s%s\n", visible_name(arena, program->meaning->name),
		    program->target->name, fp_text(program, arena));
	grid_print(grid, out);
	add_totals(program, options, &needs, out, arena);
	add_accumulators(lines, out, arena);
	schedule_print(program->plan, out, arena);
	if (plan_has_floats(program->plan))
		text_printf(out, " fp %s: %s\n", fp_name(program->fp), fp_meaning(program->target, program->fp));
	text_printf(
	    out,
	    " Error bound: largest of a layer on its own inputs, from the float64 meaning; observed: the largest\n"
	    " difference; composed: the bound from the model's inputs on.  Over %lld seeded samples of ordinary "
	    "size.\n",
	    (long long)lines->samples);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static struct value *bound_value(struct arena *arena, double bound)
{
	return isfinite(bound) ? value_real(arena, bound) : NEW(arena, struct value);
}

static struct value *estimate_value(struct arena *arena, int64_t bytes)
{
	return bytes >= 0 ? value_int(arena, bytes) : NEW(arena, struct value);
}

static void set_accumulators(struct value *map, const struct node *node, struct arena *arena)
{
	struct accumulators sums;
	struct value *view;

	if (!node_accumulators(node, &sums)) return;
	view = value_map(arena);
	value_set_int(arena, view, "least", sums.least);
	value_set_int(arena, view, "most", sums.most);
	value_set_int(arena, view, "bits", sums.wide ? 64 : 32);
	value_set_bool(arena, view, "below_2_30", sums.small);
	value_set_text(arena, view, "scaling", sums.scaling);
	value_set(map, "accumulators", view);
}

static struct value *line_value(const struct cost_line *line, int64_t code, struct arena *arena)
{
	static const struct layer_figures exact = { 0, 0, INFINITY };
	const struct layer_figures *figures = line->figures ? line->figures : &exact;
	struct value *map = value_map(arena);
	value_set_text(arena, map, "name", line->node->name);
	value_set_text(arena, map, "class", line->node->layer->name);
	value_set_text(arena, map, "function", line->step->function);
	value_set_text(arena, map, "kernel", line->step->kernel->name);
	set_accumulators(map, line->node, arena);
	value_set_int(arena, map, "flash_bytes", line->constants);
	value_set(map, "code_bytes_estimate", estimate_value(arena, code));
	value_set_int(arena, map, "ram_bytes", line->ram);
	value_set_int(arena, map, "macs", line->macs);
	value_set(map, "error_bound", bound_value(arena, figures->bound));
	value_set(map, "error_observed", bound_value(arena, figures->observed));
	value_set(map, "error_composed", bound_value(arena, figures->composed));
	return map;
}

static struct value *memory_value(const struct plan *plan, struct arena *arena)
{
	const struct memory_map *memory = memory_map_of(plan, arena);
	struct value *list = value_list(arena);

	for (int i = 0; i < memory->list.n; i++) {
		const struct resident *r = &memory->list.at[i];
		struct value *map = value_map(arena);
		value_set_text(arena, map, "name", r->name);
		value_set_int(arena, map, "offset", r->offset);
		value_set_int(arena, map, "bytes", r->bytes);
		value_set_int(arena, map, "first_step", r->first);
		value_set_int(arena, map, "last_step", r->last);
		value_set_text(arena, map, "rows", r->rows);
		value_push(list, map);
	}
	return list;
}

static struct value *budget_value(const struct options *options, struct arena *arena)
{
	const struct budgets *most = &options->most;
	struct value *map = value_map(arena);

	if (most->ram) value_set_int(arena, map, "ram_bytes", most->ram);
	if (most->flash) value_set_int(arena, map, "flash_bytes", most->flash);
	if (most->stack) value_set_int(arena, map, "stack_bytes", most->stack);
	return map;
}

static struct value *totals_value(const struct program *program, const struct needs *needs, struct arena *arena)
{
	struct value *map = value_map(arena);

	value_set_int(arena, map, "flash_bytes", needs->constants);
	value_set(map, "code_bytes_estimate", estimate_value(arena, needs->code));
	value_set_int(arena, map, "ram_bytes", needs->ram);
	value_set(map, "stack_bytes_estimate", estimate_value(arena, needs->stack));
	value_set_int(arena, map, "macs", program->plan->macs);
	return map;
}

static void report_json(const struct program *program, const struct options *options, const struct footprint *footprint,
			const struct cost_lines *lines, struct text *out, struct arena *arena)
{
	const struct function_footprint *code = footprint_of_steps(program, footprint, arena);
	const struct needs needs = needs_of(program, footprint);
	struct value *map = value_map(arena), *layers = value_list(arena);
	for (int i = 0; i < lines->n; i++)
		value_push(layers, line_value(&lines->at[i], code_of(&lines->at[i], footprint, code), arena));
	value_set_text(arena, map, "model", program->meaning->name);
	value_set_text(arena, map, "target", program->target->name);
	value_set_text(arena, map, "fp", fp_name(program->fp));
	value_set_text(arena, map, "fp_meaning", fp_meaning(program->target, program->fp));
	value_set_int(arena, map, "samples", lines->samples);
	value_set(map, "layers", layers);
	value_set(map, "memory", memory_value(program->plan, arena));
	value_set(map, "schedule", schedule_value(program->plan, arena));
	value_set(map, "totals", totals_value(program, &needs, arena));
	value_set(map, "budgets", budget_value(options, arena));
	value_json(out, map);
}

/* ---- by suffix ------------------------------------------------------------------------------------------------------ */

bool report_print(const struct program *program, const struct options *options, const struct outputs *outputs,
		  struct text *out, struct arena *arena, struct diag *diag)
{
	const char *suffix = strrchr(path_base(options->report), '.');
	const struct footprint footprint = footprint_of(program, outputs, arena);
	const struct cost_lines lines = cost_lines_of(program, arena);

	CHECK(suffix);
	if (strcmp(suffix, ".html") == 0)
		return render("report.html.ct", page_view(program, options, &footprint, &lines, arena),
			      options->templates, out, diag);
	(strcmp(suffix, ".txt") == 0 ? report_text : report_json)(program, options, &footprint, &lines, out, arena);
	return true;
}
