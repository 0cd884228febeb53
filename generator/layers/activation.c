/* activation.c: the table of activations; the float32 forms are runtime/activations.h. */
#include "layers/family.h"
#include "layers/activation_meaning.h"
#include "layers/flushing.h"
#include "runtime/activations.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The same functions, subnormals flushed by every operation. */
#undef ACT
#define ACT(name) flushed_##name
#include "activations_flushed.h"

/* ---- parameters as constants ----------------------------------------------------------------------------- */

/* A factor as head and tail: together the float64 value to 2^-48. */
static int pair(double value, float constant[2])
{
	constant[0] = (float)value;
	constant[1] = (float)(value - (double)constant[0]);
	return 2;
}

/* A threshold or limit: Keras compares in float32. */
static int one(double value, float constant[1])
{
	constant[0] = (float)value;
	return 1;
}

#define CONSTANTS(symbol)                                                                                              \
	static int constants_##symbol(const double *parameter, float constant[MAX_ACTIVATION_CONSTANTS])

CONSTANTS(relu_max)
{
	return one(parameter[0], constant);
}

CONSTANTS(relu_clipped)
{
	return one(parameter[0], constant) + one(parameter[1], constant + 1);
}

CONSTANTS(leaky_relu)
{
	return pair(parameter[0], constant);
}

CONSTANTS(leaky_relu_threshold)
{
	return pair(parameter[0], constant) + one(parameter[1], constant + 2);
}

CONSTANTS(leaky_relu_clipped)
{
	return constants_leaky_relu_threshold(parameter, constant) + one(parameter[2], constant + 3);
}

CONSTANTS(elu_a)
{
	return pair(parameter[0], constant);
}

CONSTANTS(celu)
{
	return pair(parameter[0], constant) + pair(1.0 / parameter[0], constant + 2);
}

CONSTANTS(squareplus)
{
	return one(parameter[0], constant);
}

CONSTANTS(soft_shrink)
{
	return one(parameter[0], constant);
}

CONSTANTS(hard_shrink)
{
	return one(parameter[0], constant);
}

CONSTANTS(threshold)
{
	return one(parameter[0], constant) + one(parameter[1], constant + 1);
}

/* ---- exact: float32 -------------------------------------------------------------------------------------- */

CONSTANTS(at_least)
{
	return one(parameter[0], constant);
}

CONSTANTS(at_most)
{
	return one(parameter[0], constant);
}

CONSTANTS(clamp)
{
	return one(parameter[0], constant) + one(parameter[1], constant + 1);
}

#define OF_CONSTANTS(way, symbol, call)                                                                                \
	static float way##_##symbol(float x, const double *parameter)                                                  \
	{                                                                                                              \
		float c[MAX_ACTIVATION_CONSTANTS];                                                                     \
                                                                                                                       \
		constants_##symbol(parameter, c);                                                                      \
		return call;                                                                                           \
	}
#define EXACT(symbol, ...)                                                                                             \
	OF_CONSTANTS(exact, symbol, runtime_##symbol(x, __VA_ARGS__))                                                  \
	OF_CONSTANTS(flushes, symbol, flushed_##symbol(x, __VA_ARGS__))
EXACT(relu_max, c[0])
EXACT(relu_clipped, c[0], c[1])
EXACT(leaky_relu, c[0], c[1])
EXACT(leaky_relu_threshold, c[0], c[1], c[2])
EXACT(leaky_relu_clipped, c[0], c[1], c[2], c[3])
EXACT(elu_a, c[0], c[1])
EXACT(celu, c[0], c[1], c[2], c[3])
EXACT(squareplus, c[0])
EXACT(soft_shrink, c[0])
EXACT(hard_shrink, c[0])
EXACT(threshold, c[0], c[1])
EXACT(at_least, c[0])
EXACT(at_most, c[0])
EXACT(clamp, c[0], c[1])

static float exact_identity(float x, const double *parameter)
{
	(void)parameter;
	return x;
}

#define NAMED(symbol, name, internal, ulp, slope, monotone, doc)                                                       \
	static float exact_##symbol(float x, const double *parameter)                                                  \
	{                                                                                                              \
		(void)parameter;                                                                                       \
		return runtime_##symbol(x);                                                                            \
	}                                                                                                              \
	static float flushes_##symbol(float x, const double *parameter)                                                \
	{                                                                                                              \
		(void)parameter;                                                                                       \
		return flushed_##symbol(x);                                                                            \
	}
#define PLAIN(name, ulp, slope, monotone, doc) NAMED(name, #name, false, ulp, slope, monotone, doc)
#define PARAMETRIC(symbol, name, internal, ulp, slope, monotone, names, defaults, growth, doc)
#define ROWWISE(name, layer, doc)
#define IDENTITY(name, doc)
#define ALIAS(alias, name)
#include "layers/activations.def"
#undef NAMED
#undef PARAMETRIC
#undef ROWWISE
#undef IDENTITY
#undef ALIAS

float log_exact(float v)
{
	return runtime_log(v);
}

float exponential_flushed(float v)
{
	return flushed_exponential(v);
}

float log_flushed(float v)
{
	return flushed_log(v);
}

float square_root_flushed(float v)
{
	return flushed_square_root(v);
}

/* ---- what depends on parameters -------------------------------------------------------------------------- */

/* x above 0, parameter[0] times something of slope 1 at most below. */
static void growth_leaky(const double *parameter, double *slope, bool *monotone)
{
	*slope = fmax(1, fabs(parameter[0]));
	*monotone = parameter[0] >= 0;
}

/* negative_slope, threshold: jumps at the threshold unless that is 0. */
static void growth_jump(const double *parameter, double *slope, bool *monotone)
{
	growth_leaky(parameter, slope, monotone);
	if (parameter[1] != 0) *slope = INFINITY;
	if (parameter[1] < 0) *monotone = false;
}

static void growth_threshold(const double *parameter, double *slope, bool *monotone)
{
	*slope = INFINITY;
	*monotone = parameter[1] <= parameter[0];
}

static const char *const names_alpha[] = { "alpha" };
static const char *const names_b[] = { "b" };
static const char *const names_least[] = { "least" };
static const char *const names_least_most[] = { "least", "most" };
static const char *const names_most[] = { "most" };
static const char *const names_max[] = { "max_value" };
static const char *const names_slope[] = { "negative_slope" };
static const char *const names_slope_threshold[] = { "negative_slope", "threshold" };
static const char *const names_slope_threshold_max[] = { "negative_slope", "threshold", "max_value" };
static const char *const names_threshold[] = { "threshold" };
static const char *const names_threshold_default[] = { "threshold", "default_value" };
static const char *const names_threshold_max[] = { "threshold", "max_value" };
static const double default_b[] = { 4 };
static const double default_half[] = { 0.5 };
static const double default_one[] = { 1 };
static const double default_slope[] = { 0.2 }; /* of the string; the layer LeakyReLU has its own, 0.3 */

/* ---- the table ------------------------------------------------------------------------------------------- */

#define NAMED(symbol_, name_, internal_, ulp_, slope_, monotone_, doc_)                                                \
	{ .name = name_,                                                                                               \
	  .symbol = #symbol_,                                                                                          \
	  .doc = doc_,                                                                                                 \
	  .meaning = meaning_##symbol_,                                                                                \
	  .exact = exact_##symbol_,                                                                                    \
	  .flushed = flushes_##symbol_,                                                                                \
	  .ulp = ulp_,                                                                                                 \
	  .slope = slope_,                                                                                             \
	  .monotone = monotone_,                                                                                       \
	  .internal = internal_ },
#define PARAMETRIC(symbol_, name_, internal_, ulp_, slope_, monotone_, names_, defaults_, growth_, doc_)               \
	{ .name = name_,                                                                                               \
	  .symbol = #symbol_,                                                                                          \
	  .doc = doc_,                                                                                                 \
	  .meaning = meaning_##symbol_,                                                                                \
	  .exact = exact_##symbol_,                                                                                    \
	  .flushed = flushes_##symbol_,                                                                                \
	  .ulp = ulp_,                                                                                                 \
	  .slope = slope_,                                                                                             \
	  .monotone = monotone_,                                                                                       \
	  .internal = internal_,                                                                                       \
	  .constants = constants_##symbol_,                                                                            \
	  .parameters = sizeof names_ / sizeof *names_,                                                                \
	  .parameter_names = names_,                                                                                   \
	  .defaults = defaults_,                                                                                       \
	  .growth = growth_ },
#define ROWWISE(name_, layer_, doc_) { .name = #name_, .rowwise = true, .layer = layer_, .doc = doc_ },
#define IDENTITY(name_, doc_)                                                                                          \
	{ .name = #name_,                                                                                              \
	  .doc = doc_,                                                                                                 \
	  .meaning = meaning_identity,                                                                                 \
	  .exact = exact_identity,                                                                                     \
	  .flushed = exact_identity,                                                                                   \
	  .slope = 1,                                                                                                  \
	  .monotone = true },
#define ALIAS(alias, name)
static const struct activation_kind kinds[] = {
#include "layers/activations.def"
};
enum { KINDS = sizeof kinds / sizeof *kinds };
#undef NAMED
#undef PLAIN
#undef PARAMETRIC
#undef ROWWISE
#undef IDENTITY
#undef ALIAS

#define PLAIN(name, ulp, slope, monotone, doc)
#define NAMED(symbol, name, internal, ulp, slope, monotone, doc)
#define PARAMETRIC(symbol, name, internal, ulp, slope, monotone, names, defaults, growth, doc)
#define ROWWISE(name, layer, doc)
#define IDENTITY(name, doc)
#define ALIAS(alias, name) { #alias, name },
static const struct {
	const char *alias, *name;
} aliases[] = {
#include "layers/activations.def"
};
enum { ALIASES = sizeof aliases / sizeof *aliases };
#undef NAMED
#undef PLAIN
#undef PARAMETRIC
#undef ROWWISE
#undef IDENTITY
#undef ALIAS

const struct activation_kind *activation_row(int index)
{
	return index >= 0 && index < KINDS ? &kinds[index] : NULL;
}

const struct activation_kind *activation_row_named(const char *name)
{
	for (int i = 0; i < KINDS; i++)
		if (!strcmp(kinds[i].name, name)) return &kinds[i];
	return NULL;
}

const struct activation_kind *activation_find(const char *name)
{
	const struct activation_kind *kind;

	for (int i = 0; i < ALIASES; i++)
		if (!strcmp(aliases[i].alias, name)) return activation_row_named(aliases[i].name);
	kind = activation_row_named(name);
	return kind && !kind->internal ? kind : NULL;
}

bool activation_named(const char *name, struct activation *activation)
{
	const struct activation_kind *kind = activation_find(name);

	*activation = (struct activation){ .kind = kind };
	if (!kind) return false;
	for (int i = 0; i < kind->parameters; i++) activation->parameter[i] = kind->defaults[i];
	*activation = activation_simplest(*activation);
	return true;
}

/* ---- one kind for another -------------------------------------------------------------------------------- */

/* With as many of a, b, c as it has parameters. */
static struct activation made(const char *symbol, double a, double b, double c)
{
	struct activation activation = { 0 };

	for (int i = 0; i < KINDS && !activation.kind; i++)
		if (kinds[i].symbol && !strcmp(kinds[i].symbol, symbol)) activation.kind = &kinds[i];
	CHECK(activation.kind != NULL);
	activation.parameter[0] = a;
	activation.parameter[1] = b;
	activation.parameter[2] = c;
	return activation;
}

struct activation activation_simplest(struct activation activation)
{
	const char *symbol = activation.kind ? activation.kind->symbol : NULL;

	if (activation_is_linear(&activation)) return (struct activation){ 0 };
	if (symbol && (!strcmp(symbol, "elu_a") || !strcmp(symbol, "celu")) && activation.parameter[0] == 1)
		return made("elu", 0, 0, 0);
	if (symbol && !strcmp(symbol, "leaky_relu") && activation.parameter[0] == 1) return (struct activation){ 0 };
	return activation;
}

/* Keras: p = x where x > threshold, else 0; min(p, max_value); minus negative_slope max(threshold - x, 0). */
struct activation activation_of_relu(double max_value, double negative_slope, double threshold)
{
	bool clipped = !isnan(max_value);

	if (negative_slope != 0) {
		if (clipped) return made("leaky_relu_clipped", negative_slope, threshold, max_value);
		if (threshold != 0) return made("leaky_relu_threshold", negative_slope, threshold, 0);
		return made("leaky_relu", negative_slope, 0, 0);
	}
	if (threshold != 0) {
		if (clipped) return made("relu_clipped", threshold, max_value, 0);
		return made("threshold", threshold, 0, 0);
	}
	if (clipped) return max_value == 6 ? made("relu6", 0, 0, 0) : made("relu_max", max_value, 0, 0);
	return made("relu", 0, 0, 0);
}

/* ---- one activation -------------------------------------------------------------------------------------- */

bool activation_is_linear(const struct activation *activation)
{
	return activation->kind == NULL || activation->kind->exact == exact_identity;
}

double activation_meaning(const struct activation *activation, double x)
{
	return activation->kind ? activation->kind->meaning(x, activation->parameter) : x;
}

float activation_exact(const struct activation *activation, float x)
{
	return activation->kind ? activation->kind->exact(x, activation->parameter) : x;
}

float activation_flushed(const struct activation *activation, float x)
{
	return activation->kind ? activation->kind->flushed(x, activation->parameter) : x;
}

static void growth(const struct activation *activation, double *slope, bool *monotone)
{
	const struct activation_kind *kind = activation->kind;

	*slope = kind ? kind->slope : 1;
	*monotone = kind ? kind->monotone : true;
	if (kind && kind->growth) kind->growth(activation->parameter, slope, monotone);
}

double activation_slope(const struct activation *activation)
{
	double slope;
	bool monotone;

	growth(activation, &slope, &monotone);
	return slope;
}

bool activation_monotone(const struct activation *activation)
{
	double slope;
	bool monotone;

	growth(activation, &slope, &monotone);
	return monotone;
}

/* The shortest decimal that reads back as the same double. */
static const char *parameter_text(struct arena *arena, double value)
{
	const char *text = NULL;

	for (int digits = 1; digits <= 17; digits++) {
		text = arena_printf(arena, "%.*g", digits, value);
		if (!(strtod(text, NULL) != value)) break;
	}
	return text;
}

const char *activation_text(struct arena *arena, const struct activation *activation)
{
	const struct activation_kind *kind = activation->kind;
	const char *separator = "(";
	const char *text;

	if (activation_is_linear(activation)) return "linear";
	text = kind->name;
	for (int i = 0; i < kind->parameters; i++) {
		const char *value = parameter_text(arena, activation->parameter[i]);

		text = arena_printf(arena, "%s%s%s=%s", text, separator, kind->parameter_names[i], value);
		separator = ", ";
	}
	return kind->parameters ? arena_printf(arena, "%s)", text) : text;
}
