/* network.c: the networks of the bench: from a line of text, with seeded weights, and what they mean. */
#include "bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *take(size_t bytes)
{
	size_t size = (bytes + 127) / 64 * 64;
	void *at = aligned_alloc(64, size);

	if (at == NULL) {
		fprintf(stderr, "bench: no memory for %zu bytes\n", bytes);
		exit(3);
	}
	return memset(at, 0, size);
}

void uniform_fill(float *at, size_t n, unsigned long long seed)
{
	unsigned long long state = seed * 0x9e3779b97f4a7c15ull + 1;

	for (size_t i = 0; i < n; i++) {
		state = state * 6364136223846793005ull + 1442695040888963407ull;
		at[i] = (float)(state >> 40) / 8388608.0f - 1.0f;
	}
}

static bool pad(struct conv *c, const char *padding)
{
	long window = (c->taps - 1) * c->dilation + 1, same = (c->steps + c->stride - 1) / c->stride;
	long total = (same - 1) * c->stride + window - c->steps;

	if (strcmp(padding, "same") == 0) {
		c->left = total > 0 ? total / 2 : 0;
		c->right = total > 0 ? total - c->left : 0;
	} else if (strcmp(padding, "causal") == 0) {
		c->left = window - 1;
	} else if (strcmp(padding, "valid") != 0) {
		return false;
	}
	c->steps_out = (c->left + c->steps + c->right - window) / c->stride + 1;
	return c->left + c->steps + c->right >= window;
}

static void draw_weights(struct conv *c, unsigned long long seed)
{
	size_t terms = (size_t)(c->taps * c->channels / c->groups), n = terms * (size_t)c->filters;
	float scale = 1.5f / sqrtf((float)terms); /* outputs neither vanish nor saturate */

	c->kernel = take(n * sizeof(float));
	c->bias = take((size_t)c->filters * sizeof(float));
	uniform_fill(c->kernel, n, seed);
	uniform_fill(c->bias, (size_t)c->filters, seed + 1);
	for (size_t i = 0; i < n; i++) c->kernel[i] *= scale;
}

static bool positive(const struct conv *c)
{
	return c->steps > 0 && c->channels > 0 && c->filters > 0 && c->taps > 0 && c->stride > 0 && c->dilation > 0 &&
	       c->groups > 0 && c->channels % c->groups == 0 && c->filters % c->groups == 0;
}

static bool add_blocks(struct network *network, long blocks)
{
	struct conv first = network->conv[0];

	if (blocks + 1 > MAX_CONVS || first.channels != first.filters || first.stride != 1) return false;
	for (int i = 0; i < blocks; i++) {
		network->conv[i] = first;
		network->conv[i].residual = 1;
		network->conv[i].dilation = 1l << i;
	}
	network->conv[blocks] = first;
	network->conv[blocks].taps = network->conv[blocks].filters = 1;
	network->conv[blocks].activation = ACTIVATION_LINEAR;
	network->n = (int)blocks + 1;
	return true;
}

bool network_parse(struct network *network, const char *line)
{
	static const char *const activations[] = { "linear", "relu", "tanh" };
	struct network drawn = { .n = 1 };
	struct conv *c = drawn.conv;
	char activation[MAX_NAME];
	long blocks;

	if (sscanf(line, "%31s %ld %ld %ld %ld %ld %ld %31s %ld %31s %ld", drawn.name, &c->steps, &c->channels,
		   &c->filters, &c->taps, &c->stride, &c->dilation, drawn.padding, &c->groups, activation,
		   &blocks) != 11)
		return false;
	c->activation = -1;
	for (int i = 0; i < 3; i++)
		if (strcmp(activation, activations[i]) == 0) c->activation = i;
	if (c->activation < 0 || !positive(c) || (blocks > 0 && !add_blocks(&drawn, blocks))) return false;
	for (int i = 0; i < drawn.n; i++) {
		if (!pad(&drawn.conv[i], drawn.padding)) return false;
		draw_weights(&drawn.conv[i], (unsigned long long)(2 * i + 1));
	}
	*network = drawn;
	return true;
}

void network_free(struct network *network)
{
	for (int i = 0; i < network->n; i++) {
		free(network->conv[i].kernel);
		free(network->conv[i].bias);
	}
}

/* Taps that fall on a step of x, over all outputs. */
static double taps_inside(const struct conv *c)
{
	double taps = 0;

	for (long t = 0; t < c->steps_out; t++)
		for (long k = 0; k < c->taps; k++) {
			long row = t * c->stride - c->left + k * c->dilation;
			taps += row >= 0 && row < c->steps;
		}
	return taps;
}

double network_macs(const struct network *network)
{
	double macs = 0;

	for (int i = 0; i < network->n; i++) {
		const struct conv *c = &network->conv[i];
		macs += taps_inside(c) * (double)c->filters * (double)(c->channels / c->groups);
	}
	return macs;
}

size_t network_input_size(const struct network *network)
{
	return (size_t)(network->conv[0].steps * network->conv[0].channels);
}

size_t network_output_size(const struct network *network)
{
	const struct conv *last = &network->conv[network->n - 1];

	return (size_t)(last->steps_out * last->filters);
}

static double element(const struct conv *c, const double *x, long t, long f)
{
	long channels = c->channels / c->groups, first = f / (c->filters / c->groups) * channels;
	double sum = (double)c->bias[f];

	for (long k = 0; k < c->taps; k++) {
		long row = t * c->stride - c->left + k * c->dilation;
		if (row < 0 || row >= c->steps) continue;
		for (long i = 0; i < channels; i++)
			sum +=
			    x[row * c->channels + first + i] * (double)c->kernel[(k * channels + i) * c->filters + f];
	}
	if (c->activation == ACTIVATION_RELU && !(sum > 0)) sum = 0;
	if (c->activation == ACTIVATION_TANH) sum = tanh(sum);
	return sum + (c->residual ? x[t * c->channels + f] : 0);
}

double *network_reference(const struct network *network, const float *x)
{
	double *in = take(network_input_size(network) * sizeof *in);

	for (size_t i = 0; i < network_input_size(network); i++) in[i] = (double)x[i];
	for (int i = 0; i < network->n; i++) {
		const struct conv *c = &network->conv[i];
		double *out = take((size_t)(c->steps_out * c->filters) * sizeof *out);
		for (long t = 0; t < c->steps_out; t++)
			for (long f = 0; f < c->filters; f++) out[t * c->filters + f] = element(c, in, t, f);
		free(in);
		in = out;
	}
	return in;
}
