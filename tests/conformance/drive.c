/* drive.c: emitted models, many in one program, against what conv1dc run gave, bit for bit.
 *
 * cases.h, made by run.sh, includes the emitted headers and has one function a case and the table rows. */
#include "arrays.h"

enum { TENSORS_MAX = 8 };

struct emitted {
	const char *name;
	int n_in, n_out;
	long in_size, out_size; /* the header's sizes of the first input and output */
	size_t context;
	void (*run)(void *context, const float *const *in, float *const *out);
};

#include "cases.h"

static uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return value != value ? 0x7fc00000 : bits;
}

static int equal(const char *name, int output, const float *got, const float *want, long n)
{
	long i;

	for (i = 0; i < n; i++) {
		if (bits_of(got[i]) == bits_of(want[i])) continue;
		printf("%s: output %d element %ld: %.9g, conv1dc run has %.9g\n", name, output, i, (double)got[i],
		       (double)want[i]);
		return 0;
	}
	return 1;
}

static int try_case(const struct emitted *e, const char *folder, const char *bits)
{
	struct npy in[TENSORS_MAX], out[TENSORS_MAX];
	const float *x[TENSORS_MAX];
	float *y[TENSORS_MAX];
	void *context = malloc(e->context);
	char path[4096];
	int ok = 1, i;
	long s;

	if (!context || e->n_in > TENSORS_MAX || e->n_out > TENSORS_MAX) broken(e->name, "too large for this test");
	for (i = 0; i < e->n_in; i++) {
		snprintf(path, sizeof path, "%s/%s.noise%d.npy", folder, e->name, i);
		in[i] = read_npy(path);
	}
	for (i = 0; i < e->n_out; i++) {
		snprintf(path, sizeof path, "%s/%s.%s%d.npy", folder, e->name, bits, i);
		out[i] = read_npy(path);
		y[i] = malloc((size_t)out[i].size * sizeof **y);
		if (!y[i]) broken(e->name, "no memory");
	}
	if (in[0].size != e->in_size || out[0].size != e->out_size)
		broken(e->name, "the header's sizes are not the arrays'");
	for (s = 0; ok && s < in[0].samples; s++) {
		memset(context, 0xa5, e->context); /* nothing in it has to be set before */
		for (i = 0; i < e->n_in; i++) x[i] = in[i].at + s * in[i].size;
		for (i = 0; i < e->n_out; i++) memset(y[i], 0xa5, (size_t)out[i].size * sizeof **y);
		e->run(context, x, y);
		for (i = 0; ok && i < e->n_out; i++)
			ok = equal(e->name, i, y[i], out[i].at + s * out[i].size, out[i].size);
	}
	for (i = 0; i < e->n_in; i++) free(in[i].at);
	for (i = 0; i < e->n_out; i++) free(out[i].at), free(y[i]);
	free(context);
	return ok;
}

int main(int argc, char **argv)
{
	size_t i, n = sizeof cases / sizeof *cases;
	int passed = 0, failed = 0;

	if (argc != 3) broken("drive", "needs the folder of the arrays, and bits or fusedbits: the outputs' names");
	for (i = 0; i < n; i++) *(try_case(&cases[i], argv[1], argv[2]) ? &passed : &failed) += 1;
	printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
