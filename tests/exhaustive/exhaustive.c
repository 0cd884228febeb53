/* exhaustive.c: every float32 input of every activation, against its meaning in double.
 *
 *   exhaustive [--every N] [--jobs N] [SYMBOL...]
 *
 * The meaning itself is held to MPFR at random inputs and at the worst one: within 1e-6 ulp of float32.  A function
 * passes when no error is larger than the table's ulp (activations.def), NaN and infinities come out as the meaning
 * says, and a NaN that stays NaN keeps its bits. */
#include "layers/layers.h"
#include "nearly.h"
#include "reference.h"
#include "runtime/activations.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 4096, JOBS_MOST = 64, PARAMETERS_MOST = 4 };
#define INPUTS          ((uint64_t)1 << 32)
#define SAMPLES         3000
#define MEANING_ALLOWED 1e-6

struct test {
	const char *symbol;
	void (*fill)(const float *x, float *y, int n, const float *c);
	double parameter[PARAMETERS_MOST];
	const struct activation_kind *kind;
	nearly_function *nearly;
	float constant[MAX_ACTIVATION_CONSTANTS];
};

/* The compiler makes vectors of these loops: the functions have no branch. */
#define FUNCTION(symbol, arguments)                                                                                    \
	static void fill_##symbol(const float *at, float *y, int n, const float *c)                                    \
	{                                                                                                              \
		(void)c;                                                                                               \
		for (int i = 0; i < n; i++) {                                                                          \
			const float x = at[i];                                                                         \
			y[i] = runtime_##symbol arguments;                                                             \
		}                                                                                                      \
	}
#define CASE(symbol, ...)
#include "cases.def"
#undef FUNCTION
#undef CASE

static struct test tests[] = {
#define FUNCTION(symbol, arguments)
#define CASE(symbol_, ...) { .symbol = #symbol_, .fill = fill_##symbol_, .parameter = { __VA_ARGS__ } },
#include "cases.def"
};
enum { TESTS = sizeof tests / sizeof *tests };

/* ---- one element ----------------------------------------------------------------------------------------- */

static float float_of(uint32_t u)
{
	return runtime_from_bits(u);
}

/* The distance of neighbouring floats at t. */
static double ulp_of(double t)
{
	int exponent;

	frexp(t, &exponent);
	if (exponent > 128) exponent = 128;
	return ldexp(1, exponent - 24 < -149 ? -149 : exponent - 24);
}

/* |y - t| in ulp; 0 where both are NaN or the same infinity.  An overflow counts as 2^128. */
static double error_of(double y, double t)
{
	if (isnan(y) || isnan(t)) return isnan(y) && isnan(t) ? 0 : INFINITY;
	if (isinf(t)) return y == t ? 0 : INFINITY;
	if (isinf(y)) y = copysign(0x1p128, y);
	if (isinf(y) == 0 && fabs(y) == 0x1p128 && fabs(t) >= 0x1.ffffffp127 && y * t > 0) return 0;
	return fabs(y - t) / ulp_of(t);
}

/* A NaN that the meaning keeps comes out with its bits, less the sign where the meaning takes that away (abs); y is any
 * other value that the meaning gives. */
static bool nan_kept(float x, float y, double t)
{
	if (!isnan(x) || !isnan(t) || runtime_bits(x) == runtime_bits(y)) return true;
	return !signbit(t) && (runtime_bits(x) & 0x7fffffffu) == runtime_bits(y);
}

/* ---- one function ---------------------------------------------------------------------------------------- */

struct found {
	double most;
	float at;
	uint64_t n, wrong, special;
};

struct sweep {
	const struct test *test;
	uint64_t every, chunks;
	atomic_uint_fast64_t next;
	struct progress *progress;
};

struct worker {
	struct sweep *sweep;
	struct found found;
	bool shows;
};

/* Input number i of every: one of each N neighbours, another one each time. */
static uint32_t input(uint64_t i, uint64_t every)
{
	return every == 1 ? (uint32_t)i : (uint32_t)(i * every + (i * 2654435761u >> 7) % every);
}

static void judge(const struct test *test, const float *x, const float *y, struct found *found)
{
	double nearly[CHUNK];

	test->nearly(x, nearly, CHUNK, test->parameter);
	for (int i = 0; i < CHUNK; i++) {
		double t, error;

		/* Rounded right, so off by half a unit at most: nothing new once as much was found. */
		if (y[i] == (float)nearly[i] && found->most >= 0.49) continue;
		t = test->kind->meaning((double)x[i], test->parameter);
		if ((double)y[i] == t) continue;
		error = error_of((double)y[i], t);
		if (!nan_kept(x[i], y[i], t)) error = INFINITY;
		if (error > 0.5 + MEANING_ALLOWED) found->wrong++;
		if (!(error <= found->most)) {
			found->most = error;
			found->at = x[i];
		}
	}
	found->n += CHUNK;
}

static void *work(void *worker_)
{
	struct worker *worker = worker_;
	struct sweep *sweep = worker->sweep;
	const struct test *test = sweep->test;
	float x[CHUNK], y[CHUNK];
	uint64_t chunk;

	while ((chunk = atomic_fetch_add(&sweep->next, 1)) < sweep->chunks) {
		for (int i = 0; i < CHUNK; i++) x[i] = float_of(input(chunk * CHUNK + (uint64_t)i, sweep->every));
		test->fill(x, y, CHUNK, test->constant);
		judge(test, x, y, &worker->found);
		if (worker->shows && chunk % 64 == 0) progress_at(sweep->progress, (int64_t)chunk);
	}
	return NULL;
}

static struct found sweep_all(const struct test *test, uint64_t every, int jobs, struct arena *arena)
{
	struct sweep sweep = { .test = test, .every = every, .chunks = INPUTS / every / CHUNK };
	struct worker workers[JOBS_MOST];
	pthread_t threads[JOBS_MOST];
	struct found all = { 0 };

	sweep.progress = progress_start(arena, test->symbol, (int64_t)sweep.chunks, false);
	for (int i = 0; i < jobs; i++) workers[i] = (struct worker){ .sweep = &sweep, .shows = i == 0 };
	for (int i = 1; i < jobs; i++)
		if (pthread_create(&threads[i], NULL, work, &workers[i]) != 0) die("no thread");
	work(&workers[0]);
	for (int i = 1; i < jobs; i++) pthread_join(threads[i], NULL);
	progress_end(sweep.progress);
	for (int i = 0; i < jobs; i++) {
		all.n += workers[i].found.n;
		all.wrong += workers[i].found.wrong;
		if (workers[i].found.most <= all.most) continue;
		all.most = workers[i].found.most;
		all.at = workers[i].found.at;
	}
	return all;
}

/* ---- the meaning against MPFR, and what no sweep with a step meets ------------------------------------------ */

static uint32_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16);
}

static bool in_domain(const struct test *test, float x)
{
	if (!strcmp(test->symbol, "log")) return isfinite(x) && x > 0;
	return isfinite(x) && (strcmp(test->symbol, "square_root") != 0 || x >= 0);
}

/* The largest distance of the double meaning from MPFR, in float32's ulp: half of the inputs between 2^-7 and 2. */
static double meaning_error(const struct test *test)
{
	uint64_t state = 88172645463325252u;
	double most = 0;

	for (int i = 0; i < SAMPLES; i++) {
		const uint32_t u = random_bits(&state);
		const float x = float_of(i & 1 ? (u & 0x83ffffffu) + 0x3c000000u : u);
		double t, error;

		if (!in_domain(test, x)) continue;
		t = test->kind->meaning((double)x, test->parameter);
		if (isinf(t) || fabs(t) > 0x1p128) continue;
		if (!reference_error(test->symbol, (double)x, test->parameter, t, ulp_of(t), &error))
			die("no reference");
		if (!(error <= most)) most = error;
	}
	return most;
}

/* Zeros, infinities, NaNs, the ends of subnormals and of all. */
static bool specials(const struct test *test)
{
	static const uint32_t bits[] = { 0x00000000u, 0x80000000u, 0x7f800000u, 0xff800000u, 0x7fc00000u, 0xffc00001u,
					 0x7fffffffu, 0xffffffffu, 0x00000001u, 0x80000001u, 0x007fffffu, 0x807fffffu,
					 0x00800000u, 0x80800000u, 0x7f7fffffu, 0xff7fffffu };
	bool right = true;

	for (size_t i = 0; i < sizeof bits / sizeof *bits; i++) {
		const float x = float_of(bits[i]);
		const double t = test->kind->meaning((double)x, test->parameter);
		float y;

		test->fill(&x, &y, 1, test->constant);
		if (error_of((double)y, t) <= test->kind->ulp + MEANING_ALLOWED && nan_kept(x, y, t)) continue;
		printf("%s(%a) is %a, not %a\n", test->symbol, (double)x, (double)y, t);
		right = false;
	}
	return right;
}

/* ---- all ------------------------------------------------------------------------------------------------------- */

static const char *title(const struct test *test, struct arena *arena)
{
	struct activation activation = { .kind = test->kind };

	memcpy(activation.parameter, test->parameter, sizeof test->parameter);
	return test->kind->parameters > 0 ? activation_text(arena, &activation) : test->symbol;
}

static bool run(const struct test *test, uint64_t every, int jobs, struct arena *arena)
{
	const struct found found = sweep_all(test, every, jobs, arena);
	const double meaning = meaning_error(test);
	double exact = found.most, limit = test->kind->ulp;
	float y;
	bool right = specials(test);

	if (found.most > 0 && in_domain(test, found.at)) {
		const double t = test->kind->meaning((double)found.at, test->parameter);

		test->fill(&found.at, &y, 1, test->constant);
		if (isfinite(y))
			reference_error(test->symbol, (double)found.at, test->parameter, (double)y, ulp_of(t), &exact);
	}
	right = right && found.most <= limit + MEANING_ALLOWED && fabs(exact - found.most) <= MEANING_ALLOWED &&
		meaning <= MEANING_ALLOWED;
	printf("%-6s %-57s ", right ? "ok" : "FAILED", title(test, arena));
	if (found.most == 0)
		printf("exact");
	else if (found.wrong == 0)
		printf("correctly rounded");
	else
		printf("%.4f ulp at %-16a %11llu misrounded", exact, (double)found.at, (unsigned long long)found.wrong);
	printf("\n");
	fflush(stdout);
	return right;
}

static bool prepare(struct test *test)
{
	const struct activation_kind *kind;

	for (int i = 0; (kind = activation_row(i)) != NULL; i++)
		if (kind->symbol && !strcmp(kind->symbol, test->symbol)) break;
	test->kind = kind;
	test->nearly = nearly_of(test->symbol);
	if (kind && kind->constants) kind->constants(test->parameter, test->constant);
	return kind != NULL && test->nearly != NULL;
}

/* Every row of the table has a test. */
static bool all_tested(void)
{
	const struct activation_kind *kind;
	bool all = true;

	for (int i = 0; (kind = activation_row(i)) != NULL; i++) {
		int n = 0;
		for (int k = 0; kind->symbol && k < TESTS; k++) n += tests[k].kind == kind;
		if (!kind->symbol || n > 0) continue;
		printf("FAILED %s has no case in tests/exhaustive/cases.def\n", kind->symbol);
		all = false;
	}
	return all;
}

static bool wanted(const struct test *test, int argc, char **argv, int first)
{
	for (int i = first; i < argc; i++)
		if (!strcmp(argv[i], test->symbol)) return true;
	return first == argc;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	uint64_t every = 1;
	int jobs = 2, i = 1, passed = 0, failed = 0;

	for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
		const long value = strtol(argv[i + 1], NULL, 10);
		if (!strcmp(argv[i], "--every") && value >= 1 && value <= 1 << 16)
			every = (uint64_t)value;
		else if (!strcmp(argv[i], "--jobs") && value >= 1 && value <= JOBS_MOST)
			jobs = (int)value;
		else {
			fprintf(stderr, "usage: exhaustive [--every 1..65536] [--jobs 1..%d] [SYMBOL...]\n", JOBS_MOST);
			return 2;
		}
	}
	for (int k = 0; k < TESTS; k++)
		if (!prepare(&tests[k])) die("no row for %s", tests[k].symbol);
	failed += !all_tested();
	for (int k = 0; k < TESTS; k++) {
		if (!wanted(&tests[k], argc, argv, i)) continue;
		if (run(&tests[k], every, jobs, arena))
			passed++;
		else
			failed++;
	}
	printf("%d passed, %d failed\n", passed, failed);
	arena_free(arena);
	return failed > 0 || passed == 0;
}
