/* make_model.c DIR: a network from the line on stdin as Keras JSON (DIR/layer.json) with its weights: DIR/NN_*.npy,
 * to be zipped in the order of their names. make_model --draw SEED N: N lines of networks, drawn by the seed. */
#include "bench.h"
#include "folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const activations[] = { "linear", "relu", "tanh" };

static bool depthwise(const struct conv *c)
{
	return c->groups > 1 && c->groups == c->channels && c->groups == c->filters;
}

static void write_weights(const char *folder, const struct network *network)
{
	for (int i = 0; i < network->n; i++) {
		const struct conv *c = &network->conv[i];
		char name[64], shape[64];
		long channels = c->channels / c->groups;

		/* (taps, 1, C) and (taps, C, 1) hold the same bytes */
		snprintf(shape, sizeof shape, "%ld, %ld, %ld", c->taps, depthwise(c) ? c->channels : channels,
			 depthwise(c) ? 1 : c->filters);
		snprintf(name, sizeof name, "%02d_kernel.npy", 2 * i);
		folder_write_npy(folder, name, shape, c->kernel, (size_t)(c->taps * channels * c->filters));
		snprintf(shape, sizeof shape, "%ld,", c->filters);
		snprintf(name, sizeof name, "%02d_bias.npy", 2 * i + 1);
		folder_write_npy(folder, name, shape, c->bias, (size_t)c->filters);
	}
}

static void write_conv(FILE *file, const struct network *network, int i)
{
	const struct conv *c = &network->conv[i];

	fprintf(file,
		"{\"class_name\": \"%s\", \"name\": \"conv%d\", \"config\": {\"name\": \"conv%d\", \"kernel_size\": "
		"[%ld], ",
		depthwise(c) ? "DepthwiseConv1D" : "Conv1D", i, i, c->taps);
	if (depthwise(c))
		fprintf(file, "\"depth_multiplier\": 1, ");
	else
		fprintf(file, "\"filters\": %ld, \"groups\": %ld, ", c->filters, c->groups);
	fprintf(
	    file,
	    "\"strides\": [%ld], \"dilation_rate\": [%ld], \"padding\": \"%s\", \"activation\": \"%s\", \"use_bias\": "
	    "true}",
	    c->stride, c->dilation, network->padding, activations[c->activation]);
}

/* Functional model: x -> conv0 (-> add0 with x) -> conv1 ... */
static void write_config(const char *folder, const struct network *network)
{
	FILE *file = folder_create(folder, "layer.json");
	char from[MAX_NAME] = "x";

	fprintf(file,
		"{\"class_name\": \"Functional\", \"config\": {\"name\": \"layer\", \"layers\": [\n"
		"{\"class_name\": \"InputLayer\", \"name\": \"x\", \"config\": {\"name\": \"x\", "
		"\"batch_input_shape\": [null, "
		"%ld, %ld], \"dtype\": \"float32\"}, \"inbound_nodes\": []}",
		network->conv[0].steps, network->conv[0].channels);
	for (int i = 0; i < network->n; i++) {
		fprintf(file, ",\n");
		write_conv(file, network, i);
		fprintf(file, ", \"inbound_nodes\": [[[\"%s\", 0, 0, {}]]]}", from);
		if (network->conv[i].residual)
			fprintf(file,
				",\n{\"class_name\": \"Add\", \"name\": \"add%d\", \"config\": {\"name\": \"add%d\"}, "
				"\"inbound_nodes\": [[[\"conv%d\", 0, 0, {}], [\"%s\", 0, 0, {}]]]}",
				i, i, i, from);
		snprintf(from, sizeof from, "%s%d", network->conv[i].residual ? "add" : "conv", i);
	}
	fprintf(file, "],\n\"input_layers\": [[\"x\", 0, 0]], \"output_layers\": [[\"%s\", 0, 0]]}}\n", from);
	fclose(file);
}

/* ---- shapes by a seed ------------------------------------------------------------ */

static unsigned long long state;

static double draw(void)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (double)(state >> 11) / 9007199254740992.0;
}

/* 1 ... from the table, each as likely as the others. */
static long draw_of(const long *from, size_t n)
{
	return from[(size_t)(draw() * (double)n)];
}
#define DRAW_OF(...) draw_of((const long[]){ __VA_ARGS__ }, sizeof((const long[]){ __VA_ARGS__ }) / sizeof(long))

static long draw_log(double least, double most)
{
	return (long)(least * pow(most / least, draw()) + 0.5);
}

/* Groups for half of the shapes whose numbers allow them in one eighth of the draws; depthwise in another eighth. */
static long draw_groups(long channels, long *filters)
{
	double kind = draw();
	long groups = DRAW_OF(2, 4);

	if (kind < 0.125 && channels > 1) {
		*filters = channels;
		return channels;
	}
	return kind < 0.25 && channels % groups == 0 && *filters % groups == 0 ? groups : 1;
}

/* Networks of 20,000 to 20 million multiply-adds; sizes of channels and filters as networks have them and odd ones. */
static void draw_lines(long n)
{
	static const char *const paddings[] = { "same", "causal", "valid" };

	for (long i = 1; i <= n;) {
		long steps = draw_log(24, 4096), taps = DRAW_OF(1, 2, 3, 3, 4, 5, 7, 8, 9, 15);
		long channels = draw() < 0.6 ? DRAW_OF(1, 2, 4, 8, 16, 32, 64, 128) : draw_log(1, 160);
		long filters = draw() < 0.6 ? DRAW_OF(1, 2, 4, 8, 16, 32, 64, 128) : draw_log(1, 160);
		long stride = DRAW_OF(1, 1, 1, 1, 1, 2, 2, 3, 4), dilation = stride > 1 ? 1 : DRAW_OF(1, 1, 1, 2, 4, 8);
		const char *padding = paddings[(size_t)(draw() * 3)];
		const char *activation = activations[(size_t)(draw() * 3)];
		long groups = draw_groups(channels, &filters);
		double macs = (double)(steps / stride * taps * (channels / groups)) * (double)filters;

		if (macs < 2e4 || macs > 2e7 || (taps - 1) * dilation + 1 > steps) continue;
		printf("R%02ld %ld %ld %ld %ld %ld %ld %s %ld %s 0\n", i++, steps, channels, filters, taps, stride,
		       dilation, padding, groups, activation);
	}
}

int main(int argc, char **argv)
{
	struct network network;
	char line[256];

	if (argc == 4 && strcmp(argv[1], "--draw") == 0) {
		state = strtoull(argv[2], NULL, 10) * 0x9e3779b97f4a7c15ull;
		draw();
		draw_lines(strtol(argv[3], NULL, 10));
		return 0;
	}
	if (argc != 2 || fgets(line, sizeof line, stdin) == NULL || !network_parse(&network, line)) {
		fprintf(stderr, "usage: make_model DIR < LINE, make_model --draw SEED N\n");
		return 2;
	}
	write_config(argv[1], &network);
	write_weights(argv[1], &network);
	network_free(&network);
	return 0;
}
