/* The functions of runtime/activations.h on GNU vectors give the bits of the scalar ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "layers/layers.h"
#include "tests/exhaustive/bits.h"

#include "runtime/activations.h"
#define RUNTIME_VECTOR_BYTES 16
#include "runtime/activations.h"
#undef RUNTIME_VECTOR_BYTES

enum { INPUTS = BITS_INPUTS, LANES = 4 };

struct forms {
	const char *symbol;
	void (*scalar)(const float *x, float *y, const float *c);
	void (*vector)(const float *x, float *y, const float *c);
};

#define FUNCTION(name, arguments)                                                                                      \
	static void scalar_##name(const float *at, float *y, const float *c)                                           \
	{                                                                                                              \
		(void)c;                                                                                               \
		for (int i = 0; i < INPUTS; i++) {                                                                     \
			const float x = at[i];                                                                         \
			y[i] = runtime_##name arguments;                                                               \
		}                                                                                                      \
	}                                                                                                              \
	static void vector_##name(const float *at, float *y, const float *c)                                           \
	{                                                                                                              \
		(void)c;                                                                                               \
		for (int i = 0; i < INPUTS; i += LANES) {                                                              \
			runtime_values_v16 x;                                                                          \
			memcpy(&x, at + i, sizeof x);                                                                  \
			x = runtime_##name##_v16 arguments;                                                            \
			memcpy(y + i, &x, sizeof x);                                                                   \
		}                                                                                                      \
	}
#define CASE(name, ...)
#include "tests/exhaustive/cases.def"
#undef FUNCTION
#undef CASE

#define FUNCTION(name, arguments) { #name, scalar_##name, vector_##name },
#define CASE(name, ...)
static const struct forms forms[] = {
#include "tests/exhaustive/cases.def"
};
#undef FUNCTION
#undef CASE

static const struct {
	const char *symbol;
	double parameter[MAX_ACTIVATION_PARAMETERS];
} cases[] = {
#define FUNCTION(name, arguments)
#define CASE(name, ...) { #name, { __VA_ARGS__ } },
#include "tests/exhaustive/cases.def"
};
enum { FORMS = sizeof forms / sizeof *forms, CASES = sizeof cases / sizeof *cases };

static const struct forms *forms_of(const char *symbol)
{
	for (int i = 0; i < FORMS; i++)
		if (!strcmp(forms[i].symbol, symbol)) return &forms[i];
	return NULL;
}

/* NULL: log, which is no activation. */
static const struct activation_kind *kind_of(const char *symbol)
{
	const struct activation_kind *kind;

	for (int i = 0; (kind = activation_row(i)) != NULL; i++)
		if (kind->symbol && !strcmp(kind->symbol, symbol)) return kind;
	return NULL;
}

static void constants_of(const char *symbol, const double *parameter, float *constant)
{
	const struct activation_kind *kind = kind_of(symbol);

	if (kind && kind->constants) kind->constants(parameter, constant);
}

static void compare(const char *symbol, const float *x, const float *scalar, const float *vector)
{
	for (int i = 0; i < INPUTS; i++)
		if (memcmp(&scalar[i], &vector[i], sizeof *scalar) != 0 &&
		    !(scalar[i] != scalar[i] && vector[i] != vector[i]))
			fail_msg("%s(%a): scalar %a, vector %a", symbol, (double)x[i], (double)scalar[i],
				 (double)vector[i]);
}

/* The table calls the function of its symbol with its constants in their order. */
static void scalars_equal_the_table(void **state)
{
	(void)state;
	for (int i = 0; i < CASES; i++) {
		static float x[INPUTS], y[INPUTS], exact[INPUTS];
		float constant[MAX_ACTIVATION_CONSTANTS] = { 0 };
		const struct activation_kind *kind = kind_of(cases[i].symbol);

		if (!kind) continue;
		constants_of(cases[i].symbol, cases[i].parameter, constant);
		for (int k = 0; k < INPUTS; k++) x[k] = bits_input((uint32_t)k);
		for (int k = 0; k < INPUTS; k++) exact[k] = kind->exact(x[k], cases[i].parameter);
		forms_of(cases[i].symbol)->scalar(x, y, constant);
		assert_int_equal(bits_hash(y, INPUTS), bits_hash(exact, INPUTS));
	}
}

static void vectors_equal_scalars(void **state)
{
	static float x[INPUTS], scalar[INPUTS], vector[INPUTS];

	(void)state;
	for (int i = 0; i < INPUTS; i++) x[i] = bits_input((uint32_t)i);
	for (int i = 0; i < CASES; i++) {
		const struct forms *form = forms_of(cases[i].symbol);
		float constant[MAX_ACTIVATION_CONSTANTS] = { 0 };

		assert_non_null(form);
		constants_of(cases[i].symbol, cases[i].parameter, constant);
		form->scalar(x, scalar, constant);
		form->vector(x, vector, constant);
		compare(cases[i].symbol, x, scalar, vector);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(vectors_equal_scalars),
					    cmocka_unit_test(scalars_equal_the_table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
