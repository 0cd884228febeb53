/* reference.c: definitions in 1,200 bits, as the papers write them; cancellation is paid with bits. */
#include "reference.h"

#include <mpfr.h>
#include <string.h>

enum { BITS = 1200 }; /* 1 - tanh(x) near x = 1e-45 cancels 300 bits, x^2 + b - x^2 near 1e38 some 260 */
#define R MPFR_RNDN

typedef void definition(mpfr_t y, const mpfr_t x, const double *parameter);

static void clamp(mpfr_t y, double least, double most)
{
	if (mpfr_cmp_d(y, least) < 0) mpfr_set_d(y, least, R);
	if (mpfr_cmp_d(y, most) > 0) mpfr_set_d(y, most, R);
}

/* Keras's thresholds and limits are float32. */
static double f32(double v)
{
	return (double)(float)v;
}

#define DEFINE(symbol) static void define_##symbol(mpfr_t y, const mpfr_t x, const double *parameter)
#define DEFINE_PLAIN(symbol)                                                                                           \
	static void plain_##symbol(mpfr_t y, const mpfr_t x);                                                          \
	DEFINE(symbol)                                                                                                 \
	{                                                                                                              \
		(void)parameter;                                                                                       \
		plain_##symbol(y, x);                                                                                  \
	}                                                                                                              \
	static void plain_##symbol(mpfr_t y, const mpfr_t x)

DEFINE_PLAIN(relu)
{
	mpfr_set(y, x, R);
	if (mpfr_sgn(y) < 0) mpfr_set_zero(y, 1);
}
DEFINE(relu_max)
{
	mpfr_set(y, x, R);
	clamp(y, 0, f32(parameter[0]));
}
DEFINE_PLAIN(relu6)
{
	mpfr_set(y, x, R);
	clamp(y, 0, 6);
}
DEFINE(relu_clipped)
{
	mpfr_set(y, x, R);
	if (mpfr_cmp_d(x, f32(parameter[0])) <= 0) mpfr_set_zero(y, 1);
	if (mpfr_cmp_d(y, f32(parameter[1])) > 0) mpfr_set_d(y, f32(parameter[1]), R);
}
DEFINE(leaky_relu)
{
	mpfr_set(y, x, R);
	if (mpfr_sgn(x) < 0) mpfr_mul_d(y, x, parameter[0], R);
}
DEFINE(leaky_relu_threshold)
{
	mpfr_set(y, x, R);
	if (mpfr_cmp_d(x, f32(parameter[1])) > 0) return;
	mpfr_sub_d(y, x, f32(parameter[1]), R);
	mpfr_mul_d(y, y, parameter[0], R);
}
DEFINE(leaky_relu_clipped)
{
	define_leaky_relu_threshold(y, x, parameter);
	if (mpfr_cmp_d(x, f32(parameter[1])) > 0 && mpfr_cmp_d(y, f32(parameter[2])) > 0)
		mpfr_set_d(y, f32(parameter[2]), R);
}
DEFINE(celu)
{
	mpfr_set(y, x, R);
	if (mpfr_sgn(x) > 0) return;
	mpfr_div_d(y, x, parameter[0], R);
	mpfr_expm1(y, y, R);
	mpfr_mul_d(y, y, parameter[0], R);
}
DEFINE(elu_a)
{
	mpfr_set(y, x, R);
	if (mpfr_sgn(x) > 0) return;
	mpfr_expm1(y, x, R);
	mpfr_mul_d(y, y, parameter[0], R);
}
DEFINE_PLAIN(elu)
{
	define_elu_a(y, x, (const double[]){ 1 });
}
DEFINE_PLAIN(selu)
{
	define_elu_a(y, x, (const double[]){ 1.6732632423543772848170429916717 });
	mpfr_mul_d(y, y, 1.0507009873554804934193349852946, R);
}
DEFINE_PLAIN(exponential)
{
	mpfr_exp(y, x, R);
}
DEFINE_PLAIN(abs)
{
	mpfr_abs(y, x, R);
}
DEFINE_PLAIN(square_root)
{
	mpfr_sqrt(y, x, R);
}
DEFINE(at_least)
{
	mpfr_set(y, x, R);
	if (mpfr_cmp_d(x, f32(parameter[0])) < 0) mpfr_set_d(y, f32(parameter[0]), R);
}
DEFINE(at_most)
{
	mpfr_set(y, x, R);
	if (mpfr_cmp_d(x, f32(parameter[0])) > 0) mpfr_set_d(y, f32(parameter[0]), R);
}
DEFINE(clamp)
{
	mpfr_set(y, x, R);
	clamp(y, f32(parameter[0]), f32(parameter[1]));
}
DEFINE_PLAIN(log)
{
	mpfr_log(y, x, R);
}
DEFINE_PLAIN(softplus)
{
	if (mpfr_cmp_d(x, 1e6) > 0) {
		mpfr_set(y, x, R);
		return;
	}
	mpfr_exp(y, x, R);
	mpfr_log1p(y, y, R);
}
DEFINE_PLAIN(softsign)
{
	mpfr_abs(y, x, R);
	mpfr_add_ui(y, y, 1, R);
	mpfr_div(y, x, y, R);
}
DEFINE(squareplus)
{
	mpfr_sqr(y, x, R);
	mpfr_add_d(y, y, f32(parameter[0]), R);
	mpfr_sqrt(y, y, R);
	mpfr_add(y, y, x, R);
	mpfr_div_ui(y, y, 2, R);
}
DEFINE(soft_shrink)
{
	const double threshold = f32(parameter[0]);

	mpfr_set_zero(y, 1);
	if (mpfr_cmp_d(x, threshold) > 0) mpfr_sub_d(y, x, threshold, R);
	if (mpfr_cmp_d(x, -threshold) < 0) mpfr_add_d(y, x, threshold, R);
}
DEFINE(hard_shrink)
{
	mpfr_abs(y, x, R);
	if (mpfr_cmp_d(y, f32(parameter[0])) > 0)
		mpfr_set(y, x, R);
	else
		mpfr_set_zero(y, 1);
}
DEFINE(threshold)
{
	if (mpfr_cmp_d(x, f32(parameter[0])) > 0)
		mpfr_set(y, x, R);
	else
		mpfr_set_d(y, f32(parameter[1]), R);
}
DEFINE_PLAIN(sparse_plus)
{
	mpfr_set(y, x, R);
	if (mpfr_cmp_d(x, 1) >= 0) return;
	clamp(y, -1, 1);
	mpfr_add_ui(y, y, 1, R);
	mpfr_sqr(y, y, R);
	mpfr_div_ui(y, y, 4, R);
}
DEFINE_PLAIN(sigmoid)
{
	mpfr_neg(y, x, R);
	mpfr_exp(y, y, R);
	mpfr_add_ui(y, y, 1, R);
	mpfr_ui_div(y, 1, y, R);
}
DEFINE_PLAIN(silu)
{
	plain_sigmoid(y, x);
	mpfr_mul(y, y, x, R);
}
DEFINE_PLAIN(log_sigmoid)
{
	mpfr_neg(y, x, R);
	plain_softplus(y, y);
	mpfr_neg(y, y, R);
}
DEFINE_PLAIN(gelu)
{
	mpfr_t root;

	mpfr_init2(root, BITS);
	mpfr_sqrt_ui(root, 2, R);
	mpfr_div(y, x, root, R);
	mpfr_neg(y, y, R);
	mpfr_erfc(y, y, R);
	mpfr_mul(y, y, x, R);
	mpfr_div_ui(y, y, 2, R);
	mpfr_clear(root);
}
/* x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), the decimal taken exactly */
DEFINE_PLAIN(gelu_tanh)
{
	mpfr_t a;

	mpfr_init2(a, BITS);
	mpfr_set_str(a, "0.044715", 10, R);
	mpfr_pow_ui(y, x, 3, R);
	mpfr_mul(y, y, a, R);
	mpfr_add(y, y, x, R);
	mpfr_const_pi(a, R);
	mpfr_ui_div(a, 8, a, R);
	mpfr_sqrt(a, a, R);
	mpfr_mul(y, y, a, R);
	plain_sigmoid(y, y);
	mpfr_mul(y, y, x, R);
	mpfr_clear(a);
}
DEFINE_PLAIN(tanh)
{
	mpfr_tanh(y, x, R);
}
DEFINE_PLAIN(tanh_shrink)
{
	mpfr_tanh(y, x, R);
	mpfr_sub(y, x, y, R);
}
DEFINE_PLAIN(hard_tanh)
{
	mpfr_set(y, x, R);
	clamp(y, -1, 1);
}
DEFINE_PLAIN(sparse_sigmoid)
{
	plain_hard_tanh(y, x);
	mpfr_add_ui(y, y, 1, R);
	mpfr_div_ui(y, y, 2, R);
}
DEFINE_PLAIN(hard_sigmoid)
{
	mpfr_add_ui(y, x, 3, R);
	clamp(y, 0, 6);
	mpfr_div_ui(y, y, 6, R);
}
DEFINE_PLAIN(hard_sigmoid_keras2)
{
	mpfr_div_ui(y, x, 5, R);
	mpfr_add_d(y, y, 0.5, R);
	clamp(y, 0, 1);
}
DEFINE_PLAIN(hard_silu)
{
	plain_hard_sigmoid(y, x);
	mpfr_mul(y, y, x, R);
}
DEFINE_PLAIN(mish)
{
	plain_softplus(y, x);
	mpfr_tanh(y, y, R);
	mpfr_mul(y, y, x, R);
}

static const struct {
	const char *symbol;
	definition *define;
} definitions[] = {
#define FUNCTION(symbol, arguments) { #symbol, define_##symbol },
#define CASE(symbol, ...)
#include "cases.def"
};

static bool evaluate(const char *symbol, double x_, const double *parameter, mpfr_t y)
{
	mpfr_t x;
	size_t i = 0;

	while (i < sizeof definitions / sizeof *definitions && strcmp(definitions[i].symbol, symbol) != 0) i++;
	if (i == sizeof definitions / sizeof *definitions) return false;
	mpfr_init2(x, BITS);
	mpfr_set_d(x, x_, R);
	definitions[i].define(y, x, parameter);
	mpfr_clear(x);
	return true;
}

bool reference(const char *symbol, double x, const double *parameter, double *y)
{
	mpfr_t exact;
	bool known;

	mpfr_init2(exact, BITS);
	known = evaluate(symbol, x, parameter, exact);
	if (known) *y = mpfr_get_d(exact, R);
	mpfr_clear(exact);
	return known;
}

bool reference_error(const char *symbol, double x, const double *parameter, double y, double ulp, double *error)
{
	mpfr_t exact;
	bool known;

	mpfr_init2(exact, BITS);
	known = evaluate(symbol, x, parameter, exact);
	if (known) {
		mpfr_d_sub(exact, y, exact, R);
		mpfr_div_d(exact, exact, ulp, R);
		mpfr_abs(exact, exact, R);
		*error = mpfr_get_d(exact, R);
	}
	mpfr_clear(exact);
	return known;
}
