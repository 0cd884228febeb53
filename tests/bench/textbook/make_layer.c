/* make_layer.c DIR STEPS CHANNELS FILTERS TAPS STRIDE DILATION PADDING: one Conv1D layer with random weights as
 * DIR/layer.json, DIR/0_kernel.npy, DIR/1_bias.npy (zip them into layer.npz), and DIR/textbook.c: the same layer as
 * the triple loop of a textbook, the yardstick of the bench. */
#include "../folder.h"

#include <stdlib.h>
#include <string.h>

struct shape {
	long steps, channels, filters, taps, stride, dilation;
	const char *padding;
};

/* Uniform in [-0.5, 0.5), the same on every machine. */
static float uniform(void)
{
	static unsigned long long seed = 42;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (float)(seed >> 40) / 16777216.0f - 0.5f;
}

static long left_padding(const struct shape *s)
{
	long window = (s->taps - 1) * s->dilation + 1, out = (s->steps + s->stride - 1) / s->stride;
	long total = (out - 1) * s->stride + window - s->steps;

	if (strcmp(s->padding, "valid") == 0) return 0;
	if (strcmp(s->padding, "causal") == 0) return window - 1;
	return total > 0 ? total / 2 : 0;
}

static long steps_out(const struct shape *s)
{
	long window = (s->taps - 1) * s->dilation + 1;

	return strcmp(s->padding, "valid") == 0 ? (s->steps - window) / s->stride + 1
						: (s->steps + s->stride - 1) / s->stride;
}

static void write_table(FILE *file, const char *name, const float *at, size_t n)
{
	fprintf(file, "static const float %s[%zu] = {", name, n);
	for (size_t i = 0; i < n; i++) fprintf(file, "%s%.9ef,", i % 6 == 0 ? "\n    " : " ", (double)at[i]);
	fprintf(file, "\n};\n");
}

static void write_textbook(const char *folder, const struct shape *s, const float *kernel, const float *bias)
{
	FILE *file = folder_create(folder, "textbook.c");

	write_table(file, "kernel", kernel, (size_t)(s->taps * s->channels * s->filters));
	write_table(file, "bias", bias, (size_t)s->filters);
	fprintf(file,
		"void textbook(const float *x, float *y);\n"
		"void textbook(const float *x, float *y)\n{\n"
		"    for (int t = 0; t < %ld; t++)\n"
		"        for (int f = 0; f < %ld; f++) {\n"
		"            float sum = bias[f];\n"
		"            for (int k = 0; k < %ld; k++) {\n"
		"                int row = t * %ld - %ld + k * %ld;\n"
		"                if (row < 0 || row >= %ld) continue;\n"
		"                for (int c = 0; c < %ld; c++)\n"
		"                    sum += x[row * %ld + c] * kernel[(k * %ld + c) * %ld + f];\n"
		"            }\n"
		"            y[t * %ld + f] = sum;\n"
		"        }\n}\n",
		steps_out(s), s->filters, s->taps, s->stride, left_padding(s), s->dilation, s->steps, s->channels,
		s->channels, s->channels, s->filters, s->filters);
	fclose(file);
}

static void write_config(const char *folder, const struct shape *s)
{
	FILE *file = folder_create(folder, "layer.json");

	fprintf(
	    file,
	    "{\"class_name\": \"Conv1D\", \"config\": {\"name\": \"layer\", \"filters\": %ld, \"kernel_size\": %ld,\n"
	    " \"strides\": %ld, \"dilation_rate\": %ld, \"padding\": \"%s\", \"batch_input_shape\": [null, %ld, "
	    "%ld]}}\n",
	    s->filters, s->taps, s->stride, s->dilation, s->padding, s->steps, s->channels);
	fclose(file);
}

int main(int argc, char **argv)
{
	struct shape s;
	size_t n;
	float *kernel, *bias;
	char text[64];

	if (argc != 9) {
		fprintf(stderr, "usage: make_layer DIR STEPS CHANNELS FILTERS TAPS STRIDE DILATION PADDING\n");
		return 2;
	}
	s = (struct shape){ atol(argv[2]), atol(argv[3]), atol(argv[4]), atol(argv[5]),
			    atol(argv[6]), atol(argv[7]), argv[8] };
	n = (size_t)(s.taps * s.channels * s.filters);
	kernel = malloc(n * sizeof *kernel);
	bias = malloc((size_t)s.filters * sizeof *bias);
	if (kernel == NULL || bias == NULL) return 3;
	for (size_t i = 0; i < n; i++) kernel[i] = uniform();
	for (long i = 0; i < s.filters; i++) bias[i] = uniform();
	snprintf(text, sizeof text, "%ld, %ld, %ld", s.taps, s.channels, s.filters);
	folder_write_npy(argv[1], "0_kernel.npy", text, kernel, n);
	snprintf(text, sizeof text, "%ld,", s.filters);
	folder_write_npy(argv[1], "1_bias.npy", text, bias, (size_t)s.filters);
	write_config(argv[1], &s);
	write_textbook(argv[1], &s, kernel, bias);
	free(kernel);
	free(bias);
	return 0;
}
