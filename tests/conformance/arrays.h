/* arrays.h: just enough of .npy for the tests: version 1.0, C order, <f2 or <f4, little-endian host. */
#ifndef ARRAYS_H
#define ARRAYS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct npy {
	long samples, size; /* size: elements of one sample */
	float *at;
	char shape[128]; /* as the header writes it: "(2, 9, 3)" */
};

static void broken(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s\n", path, what);
	exit(1);
}

static float half(uint16_t h)
{
	int exponent = h >> 10 & 31, mantissa = h & 1023;
	double v = exponent == 31 ? (mantissa ? NAN : INFINITY)
		   : exponent     ? ldexp(1024 + mantissa, exponent - 25)
				  : ldexp(mantissa, -24);

	return (float)(h >> 15 ? -v : v);
}

static void read_shape(struct npy *array, const char *header, const char *path)
{
	const char *at = strstr(header, "'shape': ("), *end = at ? strchr(at, ')') : NULL;
	char *next;
	long n = 1;

	if (!end || end - at - 8 >= (long)sizeof array->shape) broken(path, "no shape");
	at += 9;
	memcpy(array->shape, at, (size_t)(end - at) + 1);
	array->shape[end - at + 1] = 0;
	array->samples = strtol(at + 1, &next, 10);
	for (at = next; at < end; at = next) {
		while (at < end && (*at == ',' || *at == ' ')) at++;
		if (at == end) break;
		n *= strtol(at, &next, 10);
		if (next == at) broken(path, "an odd shape");
	}
	array->size = n;
}

static struct npy read_npy(const char *path)
{
	struct npy array = { 0 };
	unsigned char start[10];
	char header[4096] = { 0 };
	size_t length, width, i, n;
	unsigned char *bytes;
	FILE *file = fopen(path, "rb");

	if (!file) broken(path, "cannot be read");
	if (fread(start, 1, 10, file) != 10 || memcmp(start, "\x93NUMPY\1", 7) != 0) broken(path, "not .npy 1.0");
	length = start[8] + 256u * start[9];
	if (length >= sizeof header || fread(header, 1, length, file) != length) broken(path, "a short header");
	if (strstr(header, "'fortran_order': True")) broken(path, "Fortran order");
	width = strstr(header, "'<f4'") ? 4 : strstr(header, "'<f2'") ? 2 : 0;
	if (!width) broken(path, "neither <f4 nor <f2");
	read_shape(&array, header, path);
	n = (size_t)(array.samples * array.size);
	bytes = malloc(n * width + 1);
	array.at = malloc(n * sizeof *array.at + 1);
	if (!bytes || !array.at || fread(bytes, width, n, file) != n) broken(path, "cut short");
	for (i = 0; i < n; i++) {
		if (width == 4) memcpy(&array.at[i], bytes + 4 * i, 4);
		if (width == 2) array.at[i] = half((uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8));
	}
	free(bytes);
	fclose(file);
	return array;
}

#endif
