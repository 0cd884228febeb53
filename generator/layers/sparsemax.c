/* sparsemax.c: Sparsemax along the last axis, as Keras 3 computes it: its threshold is not the published one. */
#ifndef REAL
#include "layers/family.h"

static const struct field sparsemax_fields[] = { END_FIELD };

static bool sparsemax_infer(struct node *node, struct diag *diag)
{
	return need_axis(node, diag, -1) && infer_same(node, diag);
}

#define FAMILY "layers/sparsemax.c"
#include "layers/each_real.h"

/* One sorted row; see docs/arithmetic.md for the derivation. */
struct threshold {
	double tau, error; /* its bound */
	double margin;     /* an input has to move by half of this before the support changes */
	bool sure;         /* float32 finds the same support */
};

static struct threshold threshold_of(const double *sorted, int64_t n)
{
	double sum = 0, size = 0, total = 0, total_size = 0, wrong = 0, k = 0;
	struct threshold t = { .margin = INFINITY, .sure = true };

	for (int64_t r = 1; r <= n; r++) {
		double s = sorted[r - 1], rank = (double)r, margin, off, lost;
		sum += s;
		size += fabs(s);
		lost = rounding_growth(r) * size;
		margin = (s - sum / rank) + 1 / rank;
		off = 4 * (lost + UNIT * (size + 1)) / rank + 3 * UNIT * fabs(s) + TINY;
		if (r > 1 && !(fabs(margin) > off)) t.sure = false; /* the largest is always in it, exactly */
		if (r > 1) t.margin = fmin(t.margin, fabs(margin));
		if (!(margin > 0)) continue;
		total += sum;
		total_size += fabs(sum) + lost;
		wrong += lost;
		k++;
	}
	t.tau = (total - 1) / k;
	t.error = (wrong + rounding_growth(n + 2) * (total_size + 1)) / k + UNIT * fabs(t.tau) + TINY;
	return t;
}

double sparsemax_margin(const double *x, int64_t n, struct arena *scratch)
{
	double *sorted = NEW_ARRAY(scratch, n, double);

	sort_meaning(x, sorted, n);
	return threshold_of(sorted, n).margin;
}

static void sparsemax_bound(const struct node *node, const double *const *in, double *bound, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));
	double *sorted = NEW_ARRAY(scratch, split.size, double);

	for (int64_t first = 0; first < split.outer * split.size; first += split.size) {
		struct threshold t;
		sort_meaning(in[0] + first, sorted, split.size);
		t = threshold_of(sorted, split.size);
		for (int64_t i = first; i < first + split.size; i++)
			bound[i] =
			    t.sure ? (t.error + UNIT * (fabs(in[0][i] - t.tau) + t.error)) * (1 + 0x1p-20) : INFINITY;
	}
}

const struct layer layer_sparsemax = {
	.name = "Sparsemax",
	.fields = sparsemax_fields,
	.least_in = 1,
	.most_in = 1,
	.doc = "every row less a threshold of its own, 0 at least: activation sparsemax",
	.infer = sparsemax_infer,
	.lengths = lengths_same,
	.rows = rows_of_last_axis,
	.eval = EVALS(sparsemax),
	.bound = sparsemax_bound,
};

#else

/* Largest first, NaN last. */
static void EACH(sort)(const real *x, real *sorted, int64_t n)
{
	for (int64_t i = 0; i < n; i++) {
		real v = X(x[i]);
		int64_t k = i;
		for (; k > 0 && (GREATER(v, sorted[k - 1]) || (sorted[k - 1] != sorted[k - 1] && v == v)); k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = v;
	}
}

static real EACH(tau)(const real *sorted, int64_t n)
{
	real sum = 0, total = 0, count = 0;

	for (int64_t r = 1; r <= n; r++) {
		sum = ADD(sum, sorted[r - 1]);
		real gap = SUBTRACT(sorted[r - 1], DIVIDE(sum, (real)r));
		if (!GREATER(ADD(gap, DIVIDE(1, (real)r)), 0)) continue;
		total = ADD(total, sum);
		count += 1;
	}
	return DIVIDE(SUBTRACT(total, 1), count);
}

static void EACH(sparsemax)(const struct node *node, const void *const *in, void *const *out, struct arena *scratch)
{
	struct axis_split split = axis_split(&node->in[0]->shape, node_axis(node));
	real *sorted = NEW_ARRAY(scratch, split.size, real);

	for (int64_t r = 0; r < split.outer; r++) {
		const real *x = (const real *)in[0] + r * split.size;
		real *y = (real *)out[0] + r * split.size, tau;
		EACH(sort)(x, sorted, split.size);
		tau = EACH(tau)(sorted, split.size);
		for (int64_t k = 0; k < split.size; k++) {
			real v = SUBTRACT(X(x[k]), tau);
			y[k] = GREATER(0, v) ? 0 : v;
		}
	}
}

#endif
