/* pace.c: how many rows of each tensor exist behind each tick, in closed form.
 *
 * A clock x counts rows of the fastest tensor of a level.  What leaves the level wants floor((x - look) * rate) rows: rate
 * follows from strides and repetitions, look is how far ahead of it the inputs must be.  From there demand runs backwards:
 * rows [0, o) of an output need [0, most(o)) of the input.  Neither is cut off at 0: a row of a negative number lies in the
 * future, and the first ticks need no rules of their own.  At the end tensors stop where nobody reads on, and the clock runs
 * until all is made. */
#include "plan/flow.h"
#include "plan/fraction.h"

/* W(x) = times * floor(a * x + b) + plus. */
struct pace {
	bool set;
	int64_t times, plus;
	struct fraction a, b;
};

struct clock {
	const struct flow *flow;
	const struct pacing *pacing;
	int level;
	struct fraction *rate, *look; /* by tensor; d = 0: not known */
	struct pace *pace;            /* by node */
	int64_t *most;                /* by node: rows that are ever wanted */
};

static struct fraction whole(int64_t n)
{
	return fraction(n, 1);
}

/* ---- forwards: how fast, how far ahead ------------------------------------------------------------------------ */

static bool is_made_here(const struct clock *clock, int root)
{
	int maker = clock->flow->tensor[root].maker;

	return maker >= 0 && clock->flow->node[maker].level == clock->level;
}

static int64_t longest(const struct clock *clock)
{
	const struct flow *flow = clock->flow;
	int64_t rows = 1;

	for (int i = 0; i < flow->n; i++) {
		const struct flow_node *node = &flow->node[flow->order[i]];

		for (int k = 0; node->level == clock->level && k < flow->graph->nodes.at[flow->order[i]]->n_in; k++)
			if (node->in[k].rows && flow->tensor[node->in[k].root].rows > rows)
				rows = flow->tensor[node->in[k].root].rows;
	}
	return rows;
}

static void set_rate(struct clock *clock, int id, int64_t longest_rows)
{
	const struct flow *flow = clock->flow;
	const struct node *node = flow->graph->nodes.at[id];
	int out = flow->tensor[node->out[0]->id].root;
	struct fraction rate = whole(0), look = whole(0);
	bool any = false;

	for (int k = 0; k < node->n_in; k++) {
		const struct flow_input *in = &flow->node[id].in[k];
		struct fraction own, ahead;

		if (!in->rows) continue;
		if (!is_made_here(clock, in->root)) {
			clock->rate[in->root] = fraction(flow->tensor[in->root].rows, longest_rows);
			clock->look[in->root] = whole(0);
		}
		own = fraction_multiply(clock->rate[in->root], fraction(in->most.divisor, in->most.times));
		ahead = fraction_divide(fraction(in->most.add, in->most.divisor), clock->rate[in->root]);
		ahead = fraction_add(clock->look[in->root], ahead);
		rate = fraction_larger(rate, own);
		look = any ? fraction_larger(look, ahead) : ahead;
		any = true;
	}
	clock->rate[out] = rate;
	clock->look[out] = look;
}

/* ---- backwards: who wants how much ---------------------------------------------------------------------------- */

static struct pace as_fraction(struct pace p)
{
	if (p.times == 1 && p.plus == 0) return p;
	p.a = fraction_multiply(whole(p.times), p.a);
	p.b = fraction_add(fraction_multiply(whole(p.times), p.b), whole(p.plus));
	p.times = 1;
	p.plus = 0;
	return p;
}

/* Never less than either, for x >= 0. */
static struct pace pace_larger(struct pace p, struct pace q)
{
	if (!p.set) return q;
	if (p.times == q.times && fraction_compare(p.a, q.a) == 0 && fraction_compare(p.b, q.b) == 0) {
		p.plus = p.plus > q.plus ? p.plus : q.plus;
		return p;
	}
	p = as_fraction(p);
	q = as_fraction(q);
	p.a = fraction_larger(p.a, q.a);
	p.b = fraction_larger(p.b, q.b);
	return p;
}

/* What a reader that is paced so wants of its input. */
static struct pace pace_before(const struct clock *clock, struct pace p, const struct line *most)
{
	if (clock->pacing->mode == PACE_LATE && most->divisor == 1) {
		p.times *= most->times;
		p.plus = p.plus * most->times + most->add;
		return p;
	}
	p = as_fraction(p);
	p.a = fraction_multiply(p.a, fraction(most->times, most->divisor));
	p.b = fraction_add(fraction_multiply(p.b, fraction(most->times, most->divisor)),
			   fraction(most->add, most->divisor));
	return p;
}

static struct pace pace_of_sink(const struct clock *clock, int root)
{
	struct fraction rate = clock->rate[root];

	return (struct pace){ true, 1, 0, rate,
			      fraction_subtract(whole(0), fraction_multiply(clock->look[root], rate)) };
}

static void set_pace(struct clock *clock, int id)
{
	const struct flow *flow = clock->flow;
	const struct flow_tensor *out = &flow->tensor[flow->graph->nodes.at[id]->out[0]->id];
	const struct flow_node *node = &flow->node[id];
	struct pace pace = { .set = false };
	int64_t most = 0;

	if (flow_is_sink(flow, id)) {
		pace = pace_of_sink(clock, out->root);
		most = node->rows;
	}
	out = &flow->tensor[out->root];
	for (int r = 0; r < out->readers.n; r++) {
		const struct flow_reader *reader = &out->readers.at[r];
		const struct flow_input *in = &flow->node[reader->node].in[reader->input];
		int64_t wanted;

		if (flow->node[reader->node].level != clock->level) continue;
		pace = pace_larger(pace, pace_before(clock, clock->pace[reader->node], &in->most));
		wanted = clock->most[reader->node] > 0 ? line_at(&in->most, clock->most[reader->node]) : 0;
		if (wanted > most) most = wanted;
	}
	clock->pace[id] = pace;
	clock->most[id] = most < node->rows ? most : node->rows;
}

/* ---- forwards again: early ones ------------------------------------------------------------------------------- */

/* As many rows as the inputs that are made here allow at every time; not set: no bound. */
static struct pace pace_allowed(const struct clock *clock, int id)
{
	const struct flow *flow = clock->flow;
	struct pace allowed = { .set = false };

	for (int k = 0; k < flow->graph->nodes.at[id]->n_in; k++) {
		const struct flow_input *in = &flow->node[id].in[k];
		struct pace p;

		if (!in->rows || !is_made_here(clock, in->root)) continue;
		p = clock->pace[flow->tensor[in->root].maker];
		/* Of times * floor(z) + plus never more than its fraction is there, but up to times - 1 rows less. */
		p.plus -= p.times - 1;
		p = as_fraction(p);
		p.a = fraction_multiply(p.a, fraction(in->most.divisor, in->most.times));
		p.b = fraction_divide(
		    fraction_subtract(fraction_multiply(p.b, whole(in->most.divisor)), whole(in->most.add)),
		    whole(in->most.times));
		if (allowed.set && fraction_compare(allowed.a, p.a) != 0) return (struct pace){ .set = false };
		if (!allowed.set || fraction_compare(p.b, allowed.b) < 0) allowed = p;
	}
	return allowed;
}

static void run_early(struct clock *clock, int id)
{
	struct pace allowed = pace_allowed(clock, id), now = as_fraction(clock->pace[id]);

	if (!allowed.set || fraction_compare(allowed.a, now.a) != 0) return;
	if (fraction_compare(allowed.b, now.b) > 0) clock->pace[id] = allowed;
}

/* ---- in ticks -------------------------------------------------------------------------------------------------- */

int64_t watermark_at(const struct watermark *w, int64_t tick)
{
	int64_t rows = w->times * ((w->multiply * tick + w->add) / w->divide) + w->plus;

	return rows < 0 ? 0 : rows < w->most ? rows : w->most;
}

/* A tick is 'step' of the clock.  false: too large. */
static bool watermark_of(struct pace pace, struct fraction step, int64_t most, struct watermark *w)
{
	struct fraction a = fraction_multiply(pace.a, step), b = pace.b, scale;
	int64_t below;

	if (a.d == 0 || b.d == 0) return false;
	scale = fraction_divide(whole(a.d), whole(b.d));
	if (scale.d == 0) return false;
	/* Over the least common denominator b.d * scale.n. */
	w->divide = b.d * scale.n;
	w->multiply = a.n * (w->divide / a.d);
	w->add = b.n * (w->divide / b.d);
	w->times = pace.times;
	w->plus = pace.plus;
	w->most = most;
	below = w->multiply + w->add;
	if (below < 0) {
		int64_t more = (-below + w->divide - 1) / w->divide;

		w->add += more * w->divide;
		w->plus -= more * w->times;
	}
	return true;
}

static bool set_watermarks(const struct clock *clock, struct watermark *rows)
{
	const struct flow *flow = clock->flow;
	struct fraction fastest = whole(0), step;

	for (int i = 0; i < flow->graph->tensors.n; i++)
		if (clock->rate[i].d != 0) fastest = fraction_larger(fastest, clock->rate[i]);
	if (fastest.n == 0) return false;
	step = fraction_divide(whole(clock->pacing->block), fastest);
	for (int i = 0; i < flow->n; i++) {
		int id = flow->order[i];

		if (flow->node[id].level != clock->level) continue;
		if (!watermark_of(clock->pace[id], step, clock->most[id], &rows[id])) return false;
	}
	return true;
}

bool pace_level(const struct flow *flow, int level, const struct pacing *pacing, struct watermark *rows,
		struct arena *arena)
{
	struct clock clock = { .flow = flow, .pacing = pacing, .level = level };
	int64_t longest_rows = longest(&clock);

	clock.rate = NEW_ARRAY(arena, flow->graph->tensors.n, struct fraction);
	clock.look = NEW_ARRAY(arena, flow->graph->tensors.n, struct fraction);
	clock.pace = NEW_ARRAY(arena, flow->graph->nodes.n, struct pace);
	clock.most = NEW_ARRAY(arena, flow->graph->nodes.n, int64_t);
	for (int i = 0; i < flow->n; i++)
		if (flow->node[flow->order[i]].level == level) set_rate(&clock, flow->order[i], longest_rows);
	for (int i = flow->n; i-- > 0;)
		if (flow->node[flow->order[i]].level == level) set_pace(&clock, flow->order[i]);
	for (int i = 0; i < flow->n && pacing->early; i++)
		if (flow->node[flow->order[i]].level == level && pacing->early[flow->order[i]])
			run_early(&clock, flow->order[i]);
	return set_watermarks(&clock, rows);
}
