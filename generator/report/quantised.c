/* quantised.c: how far a graph of integers is from the float64 meaning of the float graph that it was made of, on samples:
 * layer by layer, at the outputs, and in what they decide. */
#include "layers/quantised.h"
#include "report/parts.h"

#include <math.h>

/* One tensor of the graph of integers, over all samples. */
struct measured_tensor {
	double signal, noise; /* sums of squares: of the float graph's values, of the differences */
	int64_t n, clipped;   /* values; those that the type does not reach */
	double least, most;   /* of the float graph's values */
};

/* What output 0 decides, and what is right. */
struct decisions {
	const float *label; /* of the next sample; NULL: none are given */
	int64_t each;       /* numbers of a sample */
	int64_t n, right, right_before, changed;
};

struct quantised_figures {
	struct arena *arena;
	const struct graph *floats, *graph;
	const int *of;
	struct measured_tensor *tensor; /* by id of graph's */
	struct decisions decisions;
	int64_t samples;
};

struct quantised_figures *quantised_figures_new(const struct graph *floats, const struct graph *graph, const int *of,
						struct arena *arena)
{
	struct quantised_figures *f = NEW(arena, struct quantised_figures);

	*f = (struct quantised_figures){ .arena = arena, .floats = floats, .graph = graph, .of = of };
	f->tensor = NEW_ARRAY(arena, graph->tensors.n + 1, struct measured_tensor);
	return f;
}

/* ---- decisions ---------------------------------------------------------------------------------------------------- */

/* The outputs along the last axis are classes, of which the largest is decided for; a single one is yes or no. */
static int64_t classes_of(const struct tensor *output)
{
	return output->shape.rank > 0 ? output->shape.at[output->shape.rank - 1] : 1;
}

/* Either classes of the output's last axis, or finite numbers. */
static bool check_labels(const struct quantised_figures *f, const struct array *labels, bool classes, struct diag *diag)
{
	const struct tensor *output = f->graph->outputs.at[0];
	const int64_t n = classes_of(output), each = f->decisions.each > 0 ? f->decisions.each : 1;

	for (int64_t i = 0; i < shape_elements(&labels->shape); i++) {
		const float x = labels->f32[i];
		if (classes ? x >= 0 && x < (float)n && x == floorf(x) : isfinite(x)) continue;
		if (classes)
			diag_usage(diag,
				   "--labels %s: sample %lld has the class %.9g; output '%s' has the classes 0 to %lld",
				   labels->name, (long long)(i / each), (double)x, output->name, (long long)n - 1);
		else
			diag_usage(diag, "--labels %s: sample %lld holds a value that is not finite", labels->name,
				   (long long)(i / each));
		return false;
	}
	return true;
}

bool quantised_figures_labels(struct quantised_figures *f, const struct array *labels, int64_t samples,
			      struct diag *diag)
{
	const struct tensor *output = f->graph->outputs.at[0];
	const int64_t values = tensor_elements(output), decided = values / classes_of(output);
	const int64_t n = shape_elements(&labels->shape);

	f->decisions.label = labels->f32;
	f->decisions.each = samples > 0 ? n / samples : 0;
	if (labels->shape.rank > 0 && labels->shape.at[0] == samples && n % samples == 0 &&
	    (f->decisions.each == decided || f->decisions.each == values))
		return check_labels(f, labels, f->decisions.each < values, diag);
	diag_usage(diag, "--labels %s: an array of shape %s; output '%s' needs %lld sample%s of %lld %s%s",
		   labels->name, shape_text(f->arena, &labels->shape), output->name, (long long)samples,
		   samples == 1 ? "" : "s", (long long)decided, decided == 1 ? "class" : "classes",
		   values == decided ? "" : arena_printf(f->arena, " each, or of %lld values", (long long)values));
	return false;
}

static int64_t largest(const double *at, int64_t n)
{
	int64_t best = 0;

	for (int64_t i = 1; i < n; i++)
		if (at[i] > at[best]) best = i;
	return best;
}

/* A sigmoid decides at one half, anything else at 0. */
static double threshold_of(const struct tensor *output)
{
	const struct node *node = output->from;

	if (node && layer_is(node, "Quantize")) node = node->in[0]->from;
	return node && node->activation.kind && activation_meaning(&node->activation, 0) == 0.5 ? 0.5 : 0;
}

static int64_t decided(const double *at, int64_t classes, double threshold)
{
	return classes > 1 ? largest(at, classes) : at[0] > threshold;
}

/* What the label of decision i says: a class, or a value for each. */
static int64_t labelled(const struct decisions *d, int64_t i, int64_t classes, bool by_value)
{
	double values[1] = { 0 };
	int64_t best = 0;

	if (!by_value || classes == 1) {
		values[0] = (double)d->label[i];
		return classes == 1 ? values[0] > 0.5 : (int64_t)lround(values[0]);
	}
	for (int64_t k = 1; k < classes; k++)
		if (d->label[i * classes + k] > d->label[i * classes + best]) best = k;
	return best;
}

static void add_decisions(struct quantised_figures *f, const double *before, const double *after)
{
	struct decisions *d = &f->decisions;
	const struct tensor *output = f->graph->outputs.at[0];
	const int64_t classes = classes_of(output), n = tensor_elements(output) / classes;
	const double threshold = threshold_of(output);

	for (int64_t i = 0; i < n; i++) {
		const int64_t was = decided(before + i * classes, classes, threshold),
			      is = decided(after + i * classes, classes, threshold);
		d->n++;
		d->changed += was != is;
		if (!d->label) continue;
		d->right_before += was == labelled(d, i, classes, d->each > n);
		d->right += is == labelled(d, i, classes, d->each > n);
	}
	if (d->label) d->label += d->each;
}

/* ---- one sample ------------------------------------------------------------------------------------------------------ */

/* A Quantize node's float to int. */
static const float *as_input(const struct tensor *tensor, const float *in, struct arena *arena)
{
	const int64_t n = tensor_elements(tensor);
	float *at = NEW_ARRAY(arena, n, float);

	if (!tensor_is_integer(tensor)) return in;
	for (int64_t i = 0; i < n; i++) {
		const float x = roundf(in[i] / tensor_scale(tensor)) + (float)tensor_zero_point(tensor);
		at[i] = fminf(fmaxf(x, (float)type_least(tensor->type)), (float)type_most(tensor->type));
	}
	return at;
}

static const double *real_values(const struct tensor *tensor, const float *at, struct arena *arena)
{
	const int64_t n = tensor_elements(tensor);
	double *real = NEW_ARRAY(arena, n, double);

	for (int64_t i = 0; i < n; i++) real[i] = tensor_is_integer(tensor) ? real_of(tensor, at[i]) : (double)at[i];
	return real;
}

static void add_values(struct measured_tensor *m, const struct tensor *tensor, const double *wanted, const double *got)
{
	const bool integer = tensor_is_integer(tensor);
	const double half = integer ? 0.5 * (double)tensor_scale(tensor) : 0;
	const double least = integer ? real_of(tensor, (float)type_least(tensor->type)) - half : -INFINITY,
		     most = integer ? real_of(tensor, (float)type_most(tensor->type)) + half : INFINITY;

	for (int64_t i = 0; i < tensor_elements(tensor); i++) {
		const double x = wanted[i], difference = got[i] - x;
		m->signal += x * x;
		m->noise += difference * difference;
		m->clipped += x < least || x > most;
		m->least = m->n && m->least < x ? m->least : x;
		m->most = m->n && m->most > x ? m->most : x;
		m->n++;
	}
}

void quantised_figures_add(struct quantised_figures *f, const float *const *in)
{
	struct arena *arena = arena_new();
	const float **integers = NEW_ARRAY(arena, f->graph->inputs.n, const float *);
	const struct values wanted = eval_graph(f->floats, NUMBER_MEANING, in, arena);
	const double **real = NEW_ARRAY(arena, f->graph->tensors.n, const double *);
	struct values got;

	for (int i = 0; i < f->graph->inputs.n; i++) integers[i] = as_input(f->graph->inputs.at[i], in[i], arena);
	got = eval_graph(f->graph, NUMBER_SEPARATE, integers, arena);
	for (int t = 0; t < f->graph->tensors.n; t++) {
		const struct tensor *tensor = f->graph->tensors.at[t];
		real[t] = real_values(tensor, got.at[t], arena);
		add_values(&f->tensor[t], tensor, wanted.at[f->of[t]], real[t]);
	}
	add_decisions(f, wanted.at[f->of[f->graph->outputs.at[0]->id]], real[f->graph->outputs.at[0]->id]);
	f->samples++;
	arena_free(arena);
}

/* ---- for people ---------------------------------------------------------------------------------------------------------- */

/* Signal over noise in dB; infinite without noise. */
static double ratio_of(const struct measured_tensor *m)
{
	return 10 * log10(m->signal / m->noise);
}

static const char *ratio_text(const struct quantised_figures *f, const struct measured_tensor *m, const char *unit)
{
	return m->noise > 0 && m->signal > 0 ? arena_printf(f->arena, "%.1f%s", ratio_of(m), unit)
	       : m->noise > 0                ? "-"
					     : "exact";
}

static void add_row(const struct quantised_figures *f, struct grid *grid, const struct tensor *tensor)
{
	const struct measured_tensor *m = &f->tensor[tensor->id];
	const bool integer = tensor_is_integer(tensor);
	const char **row = grid_row(grid);

	row[0] = visible_name(f->arena, tensor->name);
	row[1] = tensor->from ? tensor->from->layer->name : "InputLayer";
	row[2] = type_name(tensor->type);
	if (integer) {
		row[3] = arena_printf(f->arena, "%.6g", (double)tensor_scale(tensor));
		row[4] = arena_printf(f->arena, "%d", (int)tensor_zero_point(tensor));
		row[6] = arena_printf(f->arena, "%.2f %%", 100 * (double)m->clipped / (double)(m->n ? m->n : 1));
	}
	row[5] = arena_printf(f->arena, "%.4g .. %.4g", m->least, m->most);
	row[7] = ratio_text(f, m, "");
}

static void print_decisions(const struct quantised_figures *f, struct text *out)
{
	const struct decisions *d = &f->decisions;
	const struct tensor *output = f->graph->outputs.at[0];
	const char *name = visible_name(f->arena, output->name);
	const double n = (double)(d->n ? d->n : 1);

	text_printf(out, " Decisions of '%s': %s of %s stay the same (%.2f %%)\n", name,
		    count_text(f->arena, d->n - d->changed), count_text(f->arena, d->n),
		    100 * (double)(d->n - d->changed) / n);
	if (!d->label) return;
	text_printf(out, " Accuracy of '%s': float %.4f, quantised %.4f, change %+.4f\n", name,
		    (double)d->right_before / n, (double)d->right / n, (double)(d->right - d->right_before) / n);
}

void quantised_figures_print(const struct quantised_figures *f, struct text *out)
{
	static const char *const headers[] = { "Layer",      "Class",          "Type",    "Scale",
					       "Zero point", "Values (float)", "Clipped", "SQNR dB" };
	struct grid *grid = grid_new(f->arena);

	for (int i = 0; i < 8; i++) grid_column(grid, headers[i], i > 2);
	for (int i = 0; i < f->graph->tensors.n; i++) add_row(f, grid, f->graph->tensors.at[i]);
	grid_print(grid, out);
	for (int i = 0; i < f->graph->outputs.n; i++) {
		const struct tensor *output = f->graph->outputs.at[i];
		text_printf(out, " Output '%s': SQNR %s on %s sample%s\n", visible_name(f->arena, output->name),
			    ratio_text(f, &f->tensor[output->id], " dB"), count_text(f->arena, f->samples),
			    f->samples == 1 ? "" : "s");
	}
	print_decisions(f, out);
}

/* ---- for scripts ---------------------------------------------------------------------------------------------------------- */

static struct value *tensor_value(const struct quantised_figures *f, const struct tensor *tensor)
{
	const struct measured_tensor *m = &f->tensor[tensor->id];
	struct value *map = value_map(f->arena);

	value_set_text(f->arena, map, "layer", tensor->name);
	value_set_text(f->arena, map, "class", tensor->from ? tensor->from->layer->name : "InputLayer");
	value_set_text(f->arena, map, "type", type_name(tensor->type));
	if (tensor_is_integer(tensor)) {
		value_set(map, "scale", value_real(f->arena, (double)tensor_scale(tensor)));
		value_set_int(f->arena, map, "zero_point", tensor_zero_point(tensor));
		value_set(map, "clipped", value_real(f->arena, (double)m->clipped / (double)(m->n ? m->n : 1)));
	}
	value_set(map, "least", value_real(f->arena, m->least));
	value_set(map, "most", value_real(f->arena, m->most));
	value_set(map, "signal", value_real(f->arena, m->signal));
	value_set(map, "noise", value_real(f->arena, m->noise));
	if (m->noise > 0 && m->signal > 0) value_set(map, "sqnr_db", value_real(f->arena, ratio_of(m)));
	return map;
}

static struct value *decisions_value(const struct quantised_figures *f)
{
	const struct decisions *d = &f->decisions;
	struct value *map = value_map(f->arena);

	value_set_text(f->arena, map, "output", f->graph->outputs.at[0]->name);
	value_set_int(f->arena, map, "decisions", d->n);
	value_set_int(f->arena, map, "changed", d->changed);
	if (!d->label) return map;
	value_set_int(f->arena, map, "right_float", d->right_before);
	value_set_int(f->arena, map, "right_quantised", d->right);
	return map;
}

void quantised_figures_json(const struct quantised_figures *f, struct text *out)
{
	struct value *root = value_map(f->arena), *layers = value_list(f->arena), *outputs = value_list(f->arena);

	value_set_int(f->arena, root, "samples", f->samples);
	for (int i = 0; i < f->graph->tensors.n; i++) value_push(layers, tensor_value(f, f->graph->tensors.at[i]));
	for (int i = 0; i < f->graph->outputs.n; i++) value_push(outputs, tensor_value(f, f->graph->outputs.at[i]));
	value_set(root, "layers", layers);
	value_set(root, "outputs", outputs);
	value_set(root, "decisions", decisions_value(f));
	value_json_short(out, root);
}
