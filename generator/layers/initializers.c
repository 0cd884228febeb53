/* initializers.c: Keras's initializers: how weights start.  Values are computed in double and rounded to float32 once. */
#include "layers/objects.h"

#include <string.h>

enum fan_mode { FAN_IN, FAN_OUT, FAN_AVG };
enum distribution { TRUNCATED, UNTRUNCATED, UNIFORM, NORMAL }; /* NORMAL: Keras 2's word for TRUNCATED */
struct scaling {
	double scale;
	enum fan_mode mode;
	enum distribution distribution;
};

/* Standard deviation of the normal distribution cut at 2 sigma, as Keras writes it. */
#define TRUNCATED_DEVIATION 0.87962566103423978

/* ---- constants ---------------------------------------------------------------------------------------------------- */

static const char *fill(const struct shape *shape, float *out, float value)
{
	int64_t n = shape_elements(shape);

	for (int64_t i = 0; i < n; i++) out[i] = value;
	return NULL;
}

static const char *draw_zeros(const struct training_object *object, const struct shape *shape, struct random *random,
			      float *out)
{
	(void)object;
	(void)random;
	return fill(shape, out, 0.0F);
}

static const char *draw_ones(const struct training_object *object, const struct shape *shape, struct random *random,
			     float *out)
{
	(void)object;
	(void)random;
	return fill(shape, out, 1.0F);
}

/* NumPy's rule: axes are compared from the last on; each is equal, 1 or absent. */
static bool broadcasts(const struct shape *from, const struct shape *to)
{
	for (int i = 1; i <= from->rank; i++) {
		int64_t size = from->at[from->rank - i];

		if (i > to->rank ? size != 1 : size != 1 && size != to->at[to->rank - i]) return false;
	}
	return true;
}

/* An array is broadcast (Keras 3), or has as many values as the weight, in its order (TensorFlow). */
static const char *draw_constant(const struct training_object *object, const struct shape *shape, struct random *random,
				 float *out)
{
	const struct parameter *value = object_parameter(object, "value");
	int64_t n = shape_elements(shape);
	bool broadcast = broadcasts(&value->shape, shape);
	struct shape from = value->shape;

	(void)random;
	if (!broadcast && shape_elements(&value->shape) != n) return "its array does not have the weight's shape";
	while (broadcast && from.rank > shape->rank) { /* axes of size 1 in front */
		memmove(from.at, from.at + 1, sizeof *from.at * (size_t)--from.rank);
	}
	for (int64_t i = 0; i < n; i++) out[i] = (float)value->array[broadcast ? broadcast_index(shape, &from, i) : i];
	return NULL;
}

static const char *draw_identity(const struct training_object *object, const struct shape *shape, struct random *random,
				 float *out)
{
	float gain = (float)object_parameter(object, "gain")->real;

	(void)random;
	if (shape->rank != 2) return "it makes arrays of 2 axes only";
	fill(shape, out, 0.0F);
	for (int64_t i = 0; i < shape->at[0] && i < shape->at[1]; i++) out[i * shape->at[1] + i] = gain;
	return NULL;
}

static const char *draw_stft(const struct training_object *object, const struct shape *shape, struct random *random,
			     float *out)
{
	(void)object;
	(void)shape;
	(void)random;
	(void)out;
	return "it is not supported";
}

/* ---- distributions ------------------------------------------------------------------------------------------------ */

/* In [low, high) as float32 has them: a value that rounds to the end is drawn again. */
static const char *draw_uniformly(const struct shape *shape, struct random *random, float *out, double low, double high)
{
	int64_t n = shape_elements(shape);
	float first = (float)fmin(low, high), end = (float)fmax(low, high);

	if (!(first < end)) return fill(shape, out, first);
	for (int64_t i = 0; i < n; i++) do {
			out[i] = (float)((double)first + ((double)end - (double)first) * random_unit(random));
		} while (!(out[i] < end));
	return NULL;
}

static const char *draw_normally(const struct shape *shape, struct random *random, float *out, double mean,
				 double deviation, bool truncated)
{
	int64_t n = shape_elements(shape);

	for (int64_t i = 0; i < n; i++) {
		double x = random_normal(random);

		while (truncated && fabs(x) > 2) x = random_normal(random);
		out[i] = (float)(mean + deviation * x);
	}
	return NULL;
}

static const char *draw_random_uniform(const struct training_object *object, const struct shape *shape,
				       struct random *random, float *out)
{
	return draw_uniformly(shape, random, out, object_parameter(object, "minval")->real,
			      object_parameter(object, "maxval")->real);
}

static const char *draw_random_normal(const struct training_object *object, const struct shape *shape,
				      struct random *random, float *out)
{
	return draw_normally(shape, random, out, object_parameter(object, "mean")->real,
			     object_parameter(object, "stddev")->real, false);
}

static const char *draw_truncated_normal(const struct training_object *object, const struct shape *shape,
					 struct random *random, float *out)
{
	return draw_normally(shape, random, out, object_parameter(object, "mean")->real,
			     object_parameter(object, "stddev")->real, true);
}

/* ---- variance scaling --------------------------------------------------------------------------------------------- */

static double product(const struct shape *shape, unsigned axes)
{
	double n = 1;

	for (int i = 0; i < shape->rank; i++)
		if (axes >> i & 1) n *= (double)shape->at[i];
	return n;
}

/* keras/src/initializers/random_initializers.py, compute_fans(): a kernel is (taps, inputs, outputs). */
static bool compute_fans(const struct training_object *object, const struct shape *shape, double *in, double *out)
{
	const struct parameter *input = object_parameter(object, "input_axes"),
			       *output = object_parameter(object, "output_axes");
	unsigned all = (1U << shape->rank) - 1, input_axes, output_axes;
	int last = shape->rank - 1;

	if (input->given && output->given) {
		if (!parameter_axes(input, shape, &input_axes) || !parameter_axes(output, shape, &output_axes))
			return false;
		*in = product(shape, input_axes);
		*out = product(shape, output_axes);
		return true;
	}
	*in = shape->rank < 2 ? product(shape, all) : product(shape, all & ~(1U << last));
	*out = shape->rank < 2 ? *in : product(shape, all & ~(1U << (last - 1)));
	return true;
}

static struct scaling scaling_of(const struct training_object *object)
{
	if (object->kind->scaling) return *object->kind->scaling;
	return (struct scaling){ object_parameter(object, "scale")->real,
				 (enum fan_mode)object_parameter(object, "mode")->choice,
				 (enum distribution)object_parameter(object, "distribution")->choice };
}

static const char *draw_scaled(const struct training_object *object, const struct shape *shape, struct random *random,
			       float *out)
{
	struct scaling scaling = scaling_of(object);
	double in, to, fan, variance;

	if (!compute_fans(object, shape, &in, &to)) return "its input_axes or output_axes are not axes of the weight";
	fan = scaling.mode == FAN_IN ? in : scaling.mode == FAN_OUT ? to : (in + to) / 2;
	variance = scaling.scale / fmax(1, fan);
	switch (scaling.distribution) {
	case UNIFORM: return draw_uniformly(shape, random, out, -sqrt(3 * variance), sqrt(3 * variance));
	case UNTRUNCATED: return draw_normally(shape, random, out, 0, sqrt(variance), false);
	case TRUNCATED:
	case NORMAL: return draw_normally(shape, random, out, 0, sqrt(variance) / TRUNCATED_DEVIATION, true);
	}
	die("a distribution %d", (int)scaling.distribution);
}

/* ---- orthogonal ---------------------------------------------------------------------------------------------------- */

/* In four sums, always: one alone would wait for itself. */
static double dot(const double *a, const double *b, int64_t n)
{
	double sum[4] = { 0 };
	int64_t i = 0;

	for (; i + 4 <= n; i += 4)
		for (int k = 0; k < 4; k++) sum[k] += a[i + k] * b[i + k];
	for (; i < n; i++) sum[0] += a[i] * b[i];
	return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Takes from vector 'at' what lies along the k orthonormal vectors before it, twice: once leaves what cancellation lost. */
static void orthogonalise(const double *vectors, int64_t k, int64_t length, double *at)
{
	for (int pass = 0; pass < 2; pass++)
		for (int64_t j = 0; j < k; j++) {
			const double *before = vectors + j * length;
			double along = dot(before, at, length);

			for (int64_t i = 0; i < length; i++) at[i] -= along * before[i];
		}
}

/* n orthonormal vectors of length: Q of the QR decomposition, with a positive diagonal of R, of normal numbers. */
static double *orthonormal_vectors(struct arena *arena, struct random *random, int64_t n, int64_t length)
{
	double *vectors = NEW_ARRAY(arena, n * length, double);

	for (int64_t k = 0; k < n; k++) {
		double *at = vectors + k * length, norm;

		for (int64_t i = 0; i < length; i++) at[i] = random_normal(random);
		orthogonalise(vectors, k, length, at);
		norm = sqrt(dot(at, at, length));
		for (int64_t i = 0; i < length; i++) at[i] /= norm;
	}
	return vectors;
}

static const char *draw_orthogonal(const struct training_object *object, const struct shape *shape,
				   struct random *random, float *out)
{
	double gain = object_parameter(object, "gain")->real;
	struct arena *arena;
	double *vectors;
	int64_t rows, columns;

	if (shape->rank < 2) return "it makes arrays of 2 and more axes only";
	arena = arena_new();
	columns = shape->at[shape->rank - 1];
	rows = shape_elements(shape) / columns;
	vectors = rows < columns ? orthonormal_vectors(arena, random, rows, columns)
				 : orthonormal_vectors(arena, random, columns, rows);
	for (int64_t i = 0; i < rows; i++)
		for (int64_t j = 0; j < columns; j++) {
			double value = rows < columns ? vectors[i * columns + j] : vectors[j * rows + i];
			out[i * columns + j] = (float)(gain * value);
		}
	arena_free(arena);
	return NULL;
}

/* ---- the table ---------------------------------------------------------------------------------------------------- */

static const char *const modes[] = { "fan_in", "fan_out", "fan_avg", NULL };
static const char *const distributions[] = { "truncated_normal", "untruncated_normal", "uniform", "normal", NULL };

/* In the order in which Keras 3 writes them. */
#define SEED PARAMETER("seed", PARAMETER_SEED, 0)
#define FAN_AXES                                                                                                       \
	PARAMETER("input_axes", PARAMETER_AXES, (double)NAN), PARAMETER("output_axes", PARAMETER_AXES, (double)NAN)
/* TensorFlow 1's random_uniform_initializer() has None, which means 1. */
#define MAXVAL                                                                                                         \
	{                                                                                                              \
		.key = "maxval", .type = PARAMETER_REAL, .otherwise = 0.05, .least = (double)-INFINITY,                \
		.optional = true, .null = 1                                                                            \
	}
PARAMETERS(of_constant, PARAMETER("value", PARAMETER_ARRAY, 0));
PARAMETERS(of_normal, SEED, REAL_PARAMETER("mean", 0), LEAST_PARAMETER("stddev", 0.05, 0, false));
PARAMETERS(of_uniform, SEED, REAL_PARAMETER("minval", -0.05), MAXVAL);
PARAMETERS(of_scaling, SEED, LEAST_PARAMETER("scale", 1, 0, true), CHOICE_PARAMETER("mode", modes, FAN_IN, false),
	   CHOICE_PARAMETER("distribution", distributions, TRUNCATED, true), FAN_AXES);
PARAMETERS(of_case, SEED, FAN_AXES);
PARAMETERS(of_orthogonal, SEED, REAL_PARAMETER("gain", 1));
PARAMETERS(of_identity, REAL_PARAMETER("gain", 1));
PARAMETERS(of_stft, PARAMETER("side", PARAMETER_KEPT, 0), PARAMETER("window", PARAMETER_KEPT, 0),
	   PARAMETER("periodic", PARAMETER_KEPT, 0), PARAMETER("scaling", PARAMETER_KEPT, 0));

#define ROW(class, snake_name, list, function, text)                                                                   \
	{                                                                                                              \
		.role = ROLE_INITIALIZER, .name = class, .snake = snake_name, .parameters = list, .draw = function,    \
		.doc = text                                                                                            \
	}
#define CASE(class, snake_name, s, m, d, text)                                                                         \
	{                                                                                                              \
		.role = ROLE_INITIALIZER, .name = class, .snake = snake_name, .parameters = of_case,                   \
		.draw = draw_scaled, .scaling = &(const struct scaling){ s, m, d }, .doc = text                        \
	}
const struct object_kind initializers[] = {
	ROW("Zeros", "zeros", NULL, draw_zeros, "0"),
	ROW("Ones", "ones", NULL, draw_ones, "1"),
	ROW("Constant", "constant", of_constant, draw_constant, "a number, or an array"),
	ROW("RandomNormal", "random_normal", of_normal, draw_random_normal, "normal"),
	ROW("TruncatedNormal", "truncated_normal", of_normal, draw_truncated_normal,
	    "normal, drawn again beyond 2 stddev from the mean"),
	ROW("RandomUniform", "random_uniform", of_uniform, draw_random_uniform, "uniform in [minval, maxval)"),
	ROW("VarianceScaling", "variance_scaling", of_scaling, draw_scaled,
	    "of variance scale / fan: normal cut at 2 sigma, normal, or uniform"),
	CASE("GlorotUniform", "glorot_uniform", 1, FAN_AVG, UNIFORM, "uniform within sqrt(6 / (fan_in + fan_out))"),
	CASE("GlorotNormal", "glorot_normal", 1, FAN_AVG, TRUNCATED, "cut normal, variance 2 / (fan_in + fan_out)"),
	CASE("HeUniform", "he_uniform", 2, FAN_IN, UNIFORM, "uniform within sqrt(6 / fan_in)"),
	CASE("HeNormal", "he_normal", 2, FAN_IN, TRUNCATED, "cut normal, variance 2 / fan_in"),
	CASE("LecunUniform", "lecun_uniform", 1, FAN_IN, UNIFORM, "uniform within sqrt(3 / fan_in)"),
	CASE("LecunNormal", "lecun_normal", 1, FAN_IN, TRUNCATED, "cut normal, variance 1 / fan_in"),
	ROW("Orthogonal", "orthogonal", of_orthogonal, draw_orthogonal,
	    "gain times a random matrix with orthonormal rows or columns"),
	ROW("Identity", "identity", of_identity, draw_identity, "gain on the diagonal of a matrix"),
	ROW("STFT", "stft", of_stft, draw_stft, "Fourier transform: known, not drawn"),
	{ .name = NULL },
};
const struct object_alias initializer_aliases[] = {
	{ "zero", "Zeros" },
	{ "one", "Ones" },
	{ "normal", "RandomNormal" },
	{ "uniform", "RandomUniform" },
	{ "OrthogonalInitializer", "Orthogonal" },
	{ "IdentityInitializer", "Identity" },
	{ "STFTInitializer", "STFT" },
	{ NULL, NULL },
};

/* ---- one weight ---------------------------------------------------------------------------------------------------- */

/* The stream of a weight: what stands here is all that its values depend on, beside the initializer. */
static void start(struct random *random, const struct training_object *object, int64_t seed, const char *layer,
		  const char *weight)
{
	const struct object_parameter *row = object->kind->parameters;
	struct text text = { 0 };

	text_printf(&text, "conv1dc --init %lld\n%s\n%s\n", (long long)seed, layer, weight);
	for (int i = 0; row && row[i].key; i++)
		if (row[i].type == PARAMETER_SEED && object->parameter[i].given)
			text_printf(&text, "%lld\n", (long long)object->parameter[i].seed);
	random_start(random, text.at, text.n);
	text_free(&text);
}

const char *initializer_draw(const struct training_object *object, int64_t seed, const char *layer, const char *weight,
			     const struct shape *shape, float *out)
{
	struct arena *arena = arena_new();
	struct random random;
	const char *fault = "it is not known here";

	if (!object) object = object_new(arena, object_find(ROLE_INITIALIZER, "GlorotUniform"));
	if (object->kind) {
		start(&random, object, seed, layer, weight);
		fault = object->kind->draw(object, shape, &random, out);
	}
	arena_free(arena);
	/* cppcheck-suppress returnDanglingLifetime; draw() returns texts that last */
	return fault;
}
