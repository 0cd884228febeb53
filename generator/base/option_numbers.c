/* option_numbers.c: the numbers that options take, as text. */
#include "base/option_numbers.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

bool option_size(const char *text, const char **end, int64_t *size)
{
	char *behind;

	*end = text;
	if (*text < '0' || *text > '9') return false;
	errno = 0;
	*size = strtoll(text, &behind, 10);
	*end = behind;
	return errno == 0 && *size >= 1 && *size <= STEPS_MOST;
}

bool option_bytes(const char *text, int64_t *bytes)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} units[] = { { "", 1 },          { "K", 1 << 10 }, { "k", 1 << 10 },  { "KB", 1 << 10 },
		      { "KiB", 1 << 10 }, { "M", 1 << 20 }, { "MB", 1 << 20 }, { "MiB", 1 << 20 } };
	const char *end;
	int64_t number;

	if (!option_size(text, &end, &number)) return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].name, end) == 0) return size_mul(number, units[i].bytes, bytes);
	return false;
}

bool option_seed(const char *text, int64_t *seed)
{
	char *end;

	errno = 0;
	*seed = strtoll(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && errno == 0;
}

bool option_shape(const char *text, struct option_shape *shape)
{
	const char *at = text, *end = text;
	bool sizes;

	do {
		sizes = shape->rank < OPTION_RANK_MAX && option_size(at, &end, &shape->at[shape->rank]);
		shape->rank++;
		at = end + 1;
	} while (sizes && *end == 'x');
	return sizes && !*end;
}

bool option_tolerance(const char *text, double *tolerance)
{
	char *end;

	*tolerance = strtod(text, &end);
	return end != text && !*end && *tolerance >= 0 && isfinite(*tolerance);
}
