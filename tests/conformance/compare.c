/* compare.c: what conv1dc run gave against Keras; and inputs that show every bit.
 *
 *	compare LIST          each line "NAME GOT.npy WANT.npy": float32 against Keras's float64, rounded
 *	compare noise LIST    each line "GOLDEN-INPUT.npy OUT.npy": writes two samples of that shape: full mantissas, and
 *	                      zeros of both signs, subnormals, the largest floats, infinities and NaN among them */
#include "arrays.h"

enum { NAME_BYTES = 1024 };

/* A float32 sum of n terms of about 1 is off by at most n 2^-24 or so; no case here has more than some hundred terms. */
static int agrees(const char *name, const struct npy *got, const struct npy *want)
{
	long i, n = want->samples * want->size;
	double largest = 0, error, bound;

	if (strcmp(got->shape, want->shape) != 0) {
		printf("%s: shape %s, Keras has %s\n", name, got->shape, want->shape);
		return 0;
	}
	for (i = 0; i < n; i++) largest = fmax(largest, fabs((double)want->at[i]));
	for (i = 0; i < n; i++) {
		if (isnan(got->at[i]) && isnan(want->at[i])) continue;
		error = fabs((double)got->at[i] - (double)want->at[i]);
		bound = 1e-5 * fabs((double)want->at[i]) + 1e-6 * largest;
		if (!(error <= bound)) {
			printf("%s: element %ld: %.9g, Keras has %.9g\n", name, i, (double)got->at[i],
			       (double)want->at[i]);
			return 0;
		}
	}
	return 1;
}

static uint32_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

static float noise(uint64_t *state, int special)
{
	static const uint32_t bits[] = { 0,          0x80000000, 1,          0x80000001, 0x007fffff,
					 0x00800000, 0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000,
					 0x7fc00000, 0x3f800000, 0xbf800000, 0x2f800000, 0x4f800000 };
	uint32_t r = next(state), word;
	float value = (float)((double)(int32_t)(next(state) << 1) / 1073741824.0); /* -2..2, 24 bits */

	if (!special || r % 4 != 0) return value;
	word = bits[next(state) % (sizeof bits / sizeof *bits)];
	memcpy(&value, &word, sizeof value);
	return value;
}

static void write_noise(const char *like, const char *path)
{
	struct npy golden = read_npy(like);
	uint64_t state = (uint64_t)golden.size * 2654435761u;
	char header[256];
	FILE *file = fopen(path, "wb");
	long i;
	int n;

	if (!file) broken(path, "cannot be written");
	n = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", golden.shape);
	while ((n + 11) % 64) header[n++] = ' ';
	header[n++] = '\n';
	fwrite("\x93NUMPY\1", 1, 8, file);
	fputc(n & 255, file), fputc(n >> 8, file);
	fwrite(header, 1, (size_t)n, file);
	for (i = 0; i < golden.samples * golden.size; i++) {
		float value = noise(&state, i >= golden.size);
		fwrite(&value, sizeof value, 1, file);
	}
	if (fclose(file) != 0) broken(path, "cannot be written");
	free(golden.at);
}

int main(int argc, char **argv)
{
	char name[NAME_BYTES], a[NAME_BYTES], b[NAME_BYTES];
	int making = argc == 3 && !strcmp(argv[1], "noise"), passed = 0, failed = 0;
	FILE *list = argc > 1 ? fopen(argv[argc - 1], "r") : NULL;

	if (!list) broken(argc > 1 ? argv[argc - 1] : "compare", "a list is needed");
	while (making && fscanf(list, "%1023s %1023s", a, b) == 2) write_noise(a, b);
	while (!making && fscanf(list, "%1023s %1023s %1023s", name, a, b) == 3) {
		struct npy got = read_npy(a), want = read_npy(b);
		*(agrees(name, &got, &want) ? &passed : &failed) += 1;
		free(got.at), free(want.at);
	}
	fclose(list);
	if (!making) printf("%d passed, %d failed\n", passed, failed);
	return failed != 0;
}
