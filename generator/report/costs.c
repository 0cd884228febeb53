/* costs.c: --report: what every step of the plan costs, and how far it may be from the float64 meaning. */
#include "report/parts.h"

#include <math.h>
#include <string.h>

/* Bytes of the context that a step's results and scratch take. */
static int64_t ram_of(const struct plan *plan, const struct step *step)
{
	int64_t bytes = step->scratch_bytes;
	for (int i = 0; i < step->node->n_out; i++) {
		const struct buffer *buffer = &plan->buffer[step->node->out[i]->id];
		if (buffer->home == HOME_CONTEXT) bytes += buffer->bytes;
	}
	return bytes;
}

/* A layer's line: the step's own, or the Add that the step does on its way, which costs nothing beside it. */
struct line {
	const struct step *step;
	const struct node *node;
};

/* Lines in the order of the steps. */
static struct line *lines_of(const struct plan *plan, int *n, struct arena *arena)
{
	struct line *line = NEW_ARRAY(arena, 2 * plan->steps.n + 1, struct line);

	*n = 0;
	for (int i = 0; i < plan->steps.n; i++) {
		const struct step *step = &plan->steps.at[i];
		line[(*n)++] = (struct line){ step, step->node };
		if (step->add) line[(*n)++] = (struct line){ step, step->add };
	}
	return line;
}

static int64_t if_own(const struct line *line, int64_t cost)
{
	return line->node == line->step->node ? cost : 0;
}

/* The figures of a line's node; NULL where the plan added it (a copy, which is exact). */
static const struct layer_figures *figures_of(const struct program *program, const struct figures *figures,
					      const struct line *line)
{
	for (int i = 0; i < program->graph->nodes.n; i++) {
		const struct node *node = program->graph->nodes.at[i];
		if (node->out[0]->id == line->node->out[0]->id) return &figures->at[i];
	}
	return NULL;
}

/* ---- text ---------------------------------------------------------------------------------------------------------- */

static const char *bound_text(struct arena *arena, double bound)
{
	return isfinite(bound) ? arena_printf(arena, "%.2g", bound) : "none";
}

static void add_line(struct grid *grid, const struct program *program, const struct line *line,
		     const struct layer_figures *figures, struct arena *arena)
{
	const struct step *step = line->step;
	const char **cell = grid_row(grid);
	*cell++ = arena_printf(arena, "%s (%s)", visible_name(arena, line->node->name), line->node->layer->name);
	*cell++ = step->kernel->name;
	*cell++ = count_text(arena, if_own(line, step->constant_bytes));
	*cell++ = count_text(arena, if_own(line, ram_of(program->plan, step)));
	*cell++ = count_text(arena, if_own(line, step->macs));
	*cell++ = figures ? bound_text(arena, figures->bound) : "0";
	*cell++ = figures ? bound_text(arena, figures->observed) : "0";
	*cell = figures ? bound_text(arena, figures->composed) : "-";
}

static void report_text(const struct program *program, const struct figures *figures, struct text *out,
			struct arena *arena)
{
	static const char *const titles[] = { "Flash", "RAM", "MACs", "Error bound", "Observed", "Composed" };
	const struct plan *plan = program->plan;
	struct grid *grid = grid_new(arena);
	int n;
	const struct line *line = lines_of(plan, &n, arena);
	grid_column(grid, "Layer", false);
	grid_column(grid, "Kernel", false);
	for (int i = 0; i < 6; i++) grid_column(grid, titles[i], true);
	for (int i = 0; i < n; i++) add_line(grid, program, &line[i], figures_of(program, figures, &line[i]), arena);
	text_printf(out, "Model: \"%s\", target %s, fp %s\n", visible_name(arena, program->meaning->name),
		    program->target->name, fp_name(program->fp));
	grid_print(grid, out);
	text_printf(out, " Flash: %s bytes of constants; RAM: %s bytes of context; MACs: %s\n",
		    count_text(arena, plan->flash_bytes), count_text(arena, plan->context_bytes),
		    count_text(arena, plan->macs));
	text_printf(
	    out,
	    " Error bound: largest of a layer on its own inputs, from the float64 meaning; observed: the largest\n"
	    " difference; composed: the bound from the model's inputs on.  Over %lld seeded samples of ordinary "
	    "size.\n",
	    (long long)figures->samples);
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static struct value *bound_value(struct arena *arena, double bound)
{
	return isfinite(bound) ? value_real(arena, bound) : NEW(arena, struct value);
}

static struct value *line_value(const struct program *program, const struct line *line,
				const struct layer_figures *figures, struct arena *arena)
{
	static const struct layer_figures exact = { 0, 0, INFINITY };
	const struct step *step = line->step;
	struct value *map = value_map(arena);
	if (!figures) figures = &exact;
	value_set(map, "name", value_string(arena, line->node->name));
	value_set(map, "class", value_string(arena, line->node->layer->name));
	value_set(map, "function", value_string(arena, step->function));
	value_set(map, "kernel", value_string(arena, step->kernel->name));
	value_set(map, "flash_bytes", value_int(arena, if_own(line, step->constant_bytes)));
	value_set(map, "ram_bytes", value_int(arena, if_own(line, ram_of(program->plan, step))));
	value_set(map, "macs", value_int(arena, if_own(line, step->macs)));
	value_set(map, "error_bound", bound_value(arena, figures->bound));
	value_set(map, "error_observed", bound_value(arena, figures->observed));
	value_set(map, "error_composed", bound_value(arena, figures->composed));
	return map;
}

static void report_json(const struct program *program, const struct figures *figures, struct text *out,
			struct arena *arena)
{
	const struct plan *plan = program->plan;
	struct value *map = value_map(arena), *layers = value_list(arena), *totals = value_map(arena);
	int n;
	const struct line *line = lines_of(plan, &n, arena);
	for (int i = 0; i < n; i++)
		value_push(layers, line_value(program, &line[i], figures_of(program, figures, &line[i]), arena));
	value_set(totals, "flash_bytes", value_int(arena, plan->flash_bytes));
	value_set(totals, "ram_bytes", value_int(arena, plan->context_bytes));
	value_set(totals, "macs", value_int(arena, plan->macs));
	value_set(map, "model", value_string(arena, program->meaning->name));
	value_set(map, "target", value_string(arena, program->target->name));
	value_set(map, "fp", value_string(arena, fp_name(program->fp)));
	value_set(map, "samples", value_int(arena, figures->samples));
	value_set(map, "layers", layers);
	value_set(map, "totals", totals);
	value_json(out, map);
}

bool report_print(const struct program *program, const char *path, struct text *out)
{
	const char *suffix = strrchr(path_base(path), '.');
	const bool is_text = suffix && strcmp(suffix, ".txt") == 0;
	if (!is_text && !(suffix && strcmp(suffix, ".json") == 0)) return false;
	struct arena *arena = arena_new();
	const struct figures figures = error_figures(program, arena);
	(is_text ? report_text : report_json)(program, &figures, out, arena);
	arena_free(arena);
	return true;
}
