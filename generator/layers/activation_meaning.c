/* activation_meaning.c: every activation in double, at infinities as Keras: what the float32 forms are judged by.
 *
 * Formulas that cancel are rewritten; each is within 1e-6 of a float32 unit in the last place of its definition. */
#include "layers/activation_meaning.h"

#include <math.h>

#define MEANING(symbol) double meaning_##symbol(double x, const double *parameter)

MEANING(identity)
{
	(void)parameter;
	return x;
}

MEANING(relu)
{
	(void)parameter;
	return x < 0 ? 0 : x;
}

MEANING(relu_max)
{
	double most = (double)(float)parameter[0];
	double y = meaning_relu(x, parameter);

	return y > most ? most : y;
}

MEANING(relu6)
{
	(void)parameter;
	return meaning_relu_max(x, (const double[]){ 6 });
}

MEANING(relu_clipped)
{
	double most = (double)(float)parameter[1];

	if (!(x > (double)(float)parameter[0])) return 0;
	return x > most ? most : x;
}

MEANING(leaky_relu)
{
	return x > 0 ? x : parameter[0] * x;
}

MEANING(leaky_relu_threshold)
{
	double threshold = (double)(float)parameter[1];

	return x > threshold ? x : parameter[0] * (x - threshold);
}

MEANING(leaky_relu_clipped)
{
	double most = (double)(float)parameter[2];
	double y = meaning_leaky_relu_threshold(x, parameter);

	return x > (double)(float)parameter[1] && y > most ? most : y;
}

MEANING(elu_a)
{
	return x > 0 ? x : parameter[0] * expm1(x);
}

MEANING(elu)
{
	(void)parameter;
	return x > 0 ? x : expm1(x);
}

MEANING(selu)
{
	(void)parameter;
	return 1.0507009873554804934 * meaning_elu_a(x, (const double[]){ 1.6732632423543772848 });
}

MEANING(celu)
{
	return x > 0 ? x : parameter[0] * expm1(x / parameter[0]);
}

MEANING(exponential)
{
	(void)parameter;
	return exp(x);
}

MEANING(softplus)
{
	(void)parameter;
	return (x < 0 ? 0 : x) + log1p(exp(-fabs(x)));
}

MEANING(log_sigmoid)
{
	return -meaning_softplus(-x, parameter);
}

MEANING(softsign)
{
	(void)parameter;
	return x / (1 + fabs(x));
}

MEANING(squareplus)
{
	double b = (double)(float)parameter[0];
	double root = sqrt(x * x + b);

	return x > 0 || isinf(x) ? (x + root) / 2 : b / (2 * (root - x));
}

MEANING(soft_shrink)
{
	double threshold = (double)(float)parameter[0];

	if (x > threshold) return x - threshold;
	return x < -threshold ? x + threshold : 0;
}

MEANING(hard_shrink)
{
	return fabs(x) > (double)(float)parameter[0] ? x : 0;
}

MEANING(threshold)
{
	return x > (double)(float)parameter[0] ? x : (double)(float)parameter[1];
}

MEANING(sparse_plus)
{
	(void)parameter;
	if (x <= -1) return 0;
	return x < 1 ? (x + 1) * (x + 1) / 4 : x;
}

MEANING(sigmoid)
{
	(void)parameter;
	return 1 / (1 + exp(-x));
}

MEANING(silu)
{
	(void)parameter;
	return x / (1 + exp(-x));
}

/* erfc and not 1 + erf, which cancels below -5. */
MEANING(gelu)
{
	(void)parameter;
	return x / 2 * erfc(-x * 0.70710678118654752440);
}

/* 1 + tanh(z) = 2 sigmoid(2 z): without the cancellation. */
MEANING(gelu_tanh)
{
	double z = 2 * 0.79788456080286535588 * (x + 0.044715 * x * x * x);

	(void)parameter;
	return x / (1 + exp(-z));
}

MEANING(tanh)
{
	(void)parameter;
	return tanh(x);
}

/* Below 0.5, where x - tanh(x) cancels: tanh(x) = x / (1 + c), c = x^2 / (3 + x^2 / (5 + ...)). */
MEANING(tanh_shrink)
{
	double c = 0;

	(void)parameter;
	if (!(fabs(x) < 0.5)) return x - tanh(x);
	for (int odd = 21; odd >= 3; odd -= 2) c = x * x / (odd + c);
	return x * (c / (1 + c));
}

MEANING(sparse_sigmoid)
{
	(void)parameter;
	if (x <= -1) return 0;
	return x >= 1 ? 1 : (x + 1) / 2;
}

MEANING(hard_sigmoid)
{
	(void)parameter;
	if (x <= -3) return 0;
	return x >= 3 ? 1 : (x + 3) / 6;
}

MEANING(hard_sigmoid_keras2)
{
	(void)parameter;
	if (x <= -2.5) return 0;
	return x >= 2.5 ? 1 : (x + 2.5) / 5;
}

MEANING(hard_silu)
{
	return x * meaning_hard_sigmoid(x, parameter);
}

MEANING(hard_tanh)
{
	(void)parameter;
	if (x < -1) return -1;
	return x > 1 ? 1 : x;
}

MEANING(mish)
{
	return x * tanh(meaning_softplus(x, parameter));
}

MEANING(abs)
{
	(void)parameter;
	return fabs(x);
}

MEANING(square_root)
{
	(void)parameter;
	return sqrt(x);
}

MEANING(log)
{
	(void)parameter;
	return log(x);
}

MEANING(at_least)
{
	double least = (double)(float)parameter[0];

	return x < least ? least : x;
}

MEANING(at_most)
{
	double most = (double)(float)parameter[0];

	return x > most ? most : x;
}

MEANING(clamp)
{
	return meaning_at_most(meaning_at_least(x, parameter), parameter + 1);
}
