/* calibrate.c: what values the tensors of a graph have on samples, and the range that a type should cover of them. */
#include "passes/quantise.h"

#include <math.h>

/* Bins of a histogram over what was seen, and bounds that the search of the least error tries on either side. */
enum { BINS = 2048, TRIED = 128 };

struct seen {
	struct range range;
	bool any;
	int64_t n, zeros; /* values, those of exactly 0 */
	int64_t *count;   /* by bin, without zeros */
};
struct calibration {
	struct arena *arena;
	const struct graph *graph;
	struct seen *seen; /* by tensor */
};

struct calibration *calibration_new(const struct graph *graph, struct arena *arena)
{
	struct calibration *c = NEW(arena, struct calibration);

	*c = (struct calibration){ arena, graph, NEW_ARRAY(arena, graph->tensors.n + 1, struct seen) };
	return c;
}

/* NaN stays: a range that holds one is refused by whoever asks for it. */
static void widen(struct seen *seen, double x)
{
	if (!seen->any) seen->range = (struct range){ x, x };
	seen->any = true;
	if (x < seen->range.least || isnan(x)) seen->range.least = x;
	if (x > seen->range.most || isnan(x)) seen->range.most = x;
}

void calibration_see(struct calibration *c, const struct values *values)
{
	for (int t = 0; t < values->n; t++) {
		const float *at = values->at[t];
		const int64_t n = at ? tensor_elements(c->graph->tensors.at[t]) : 0;
		for (int64_t i = 0; i < n; i++) widen(&c->seen[t], (double)at[i]);
	}
}

static double bin_width(const struct seen *seen)
{
	return (seen->range.most - seen->range.least) / BINS;
}

static int bin_of(const struct seen *seen, double x)
{
	const double bin = (x - seen->range.least) / bin_width(seen);

	return !(bin > 0) ? 0 : bin >= BINS ? BINS - 1 : (int)bin;
}

static double bin_middle(const struct seen *seen, int bin)
{
	return seen->range.least + (bin + 0.5) * bin_width(seen);
}

void calibration_count(struct calibration *c, const struct values *values)
{
	for (int t = 0; t < values->n; t++) {
		struct seen *seen = &c->seen[t];
		const float *at = values->at[t];
		const int64_t n = at ? tensor_elements(c->graph->tensors.at[t]) : 0;

		if (!seen->count) seen->count = NEW_ARRAY(c->arena, BINS, int64_t);
		seen->n += n;
		for (int64_t i = 0; i < n; i++) {
			if (at[i] == 0)
				seen->zeros++;
			else
				seen->count[bin_of(seen, (double)at[i])]++;
		}
	}
}

struct range calibration_seen(const struct calibration *c, int tensor)
{
	return c->seen[tensor].range;
}

/* ---- rules ------------------------------------------------------------------------------------------------------ */

/* Where the cut values from the end (from the smallest, or from the largest) have been passed. */
static double cut_off(const struct seen *seen, double cut, bool from_least)
{
	const int zero = bin_of(seen, 0);
	const bool holds_zero = seen->range.least <= 0 && seen->range.most >= 0;
	int64_t passed = 0;

	for (int i = 0; i < BINS; i++) {
		const int bin = from_least ? i : BINS - 1 - i;
		passed += seen->count[bin] + (holds_zero && bin == zero ? seen->zeros : 0);
		if ((double)passed > cut) return seen->range.least + (bin + (from_least ? 0 : 1)) * bin_width(seen);
	}
	return from_least ? seen->range.most : seen->range.least;
}

/* P percent of all values lie within; half of the others on either side. */
static struct range central(const struct seen *seen, double percentile)
{
	const double cut = (double)seen->n * (100 - percentile) / 200;

	return (struct range){ cut_off(seen, cut, true), cut_off(seen, cut, false) };
}

/* Sums over the values beyond a bound: how many, of x, of x^2. */
struct moments {
	double n, x, xx;
};

static double squares_beyond(const struct moments *m, double bound)
{
	return m->xx - 2 * bound * m->x + bound * bound * m->n;
}

/* at[k]: of the bins whose middle lies beyond bound[k], which shrink from k to k + 1. */
static void fill_moments(const struct seen *seen, const double *bound, bool above, struct moments *at)
{
	for (int k = 0; k < TRIED; k++) {
		at[k] = (struct moments){ 0 };
		for (int bin = 0; bin < BINS; bin++) {
			const double x = bin_middle(seen, bin), n = (double)seen->count[bin];
			if (above ? x <= bound[k] : x >= bound[k]) continue;
			at[k].n += n;
			at[k].x += n * x;
			at[k].xx += n * x * x;
		}
	}
}

/* The sum of the squares of what rounding (step^2 / 12 each; zeros are exact) and clipping do to the values. */
static double error_of(const struct seen *seen, struct range range, const struct moments *below,
		       const struct moments *above, int64_t steps)
{
	const double step = (range.most - range.least) / (double)steps;
	const double inside = (double)(seen->n - seen->zeros) - below->n - above->n;

	return inside * step * step / 12 + squares_beyond(below, range.least) + squares_beyond(above, range.most);
}

static struct range least_error(const struct seen *seen, int64_t steps, bool symmetric)
{
	const double low = fmin(seen->range.least, 0), high = fmax(seen->range.most, 0), far = fmax(-low, high);
	double least[TRIED], most[TRIED], best = INFINITY;
	struct moments below[TRIED], above[TRIED];
	struct range range = { low, high };

	for (int k = 0; k < TRIED; k++) {
		const double share = (double)(TRIED - k) / TRIED;
		least[k] = symmetric ? -far * share : low * share;
		most[k] = symmetric ? far * share : high * share;
	}
	fill_moments(seen, least, false, below);
	fill_moments(seen, most, true, above);
	for (int i = 0; i < TRIED; i++)
		for (int k = symmetric ? i : 0; k < (symmetric ? i + 1 : TRIED); k++) {
			const struct range tried = { least[i], most[k] };
			const double error = error_of(seen, tried, &below[i], &above[k], steps);
			if (!(error < best)) continue;
			best = error;
			range = tried;
		}
	return range;
}

struct range calibration_choose(const struct calibration *c, int tensor, enum range_rule rule, double percentile,
				int64_t steps, bool symmetric)
{
	const struct seen *seen = &c->seen[tensor];

	/* Without a width there is nothing to choose; what is not finite is refused, not counted. */
	if (rule == RANGE_MINMAX || !seen->count || !(bin_width(seen) > 0) || !isfinite(bin_width(seen)))
		return seen->range;
	return rule == RANGE_MSE ? least_error(seen, steps, symmetric) : central(seen, percentile);
}
