/* compare.c: values as they are compared and shown. */
#include "judge/parts.h"

#include <math.h>
#include <string.h>

static uint32_t bits_of(float value)
{
	uint32_t bits;
	memcpy(&bits, &value, sizeof bits);
	return bits;
}

static bool bits_are_nan(uint32_t bits)
{
	return (bits & 0x7fffffffu) > 0x7f800000u;
}

bool same_bits(float a, float b)
{
	const uint32_t x = bits_of(a), y = bits_of(b);
	return x == y || (bits_are_nan(x) && bits_are_nan(y));
}

int64_t first_difference(const float *a, const float *b, int64_t n, int64_t *count)
{
	int64_t first = -1;
	*count = 0;
	for (int64_t i = 0; i < n; i++) {
		if (same_bits(a[i], b[i])) continue;
		if (first < 0) first = i;
		++*count;
	}
	return first;
}

bool within_tolerance(float value, float expected, double atol, double rtol)
{
	if (isnan(expected)) return isnan(value);
	if (isinf(expected) || isinf(value)) return value == expected;
	const double difference = fabs((double)value - (double)expected);
	return difference <= atol + rtol * fabs((double)expected);
}

const char *float_shown(struct arena *arena, float value)
{
	char text[F32_TEXT_MAX];
	int n = f32_text(text, value);
	if (n > 0 && text[n - 1] == 'f') text[n - 1] = '\0';
	return arena_printf(arena, "%s (0x%08x)", text, (unsigned)bits_of(value));
}

const char *value_shown(struct arena *arena, const struct tensor *tensor, float value)
{
	return tensor_is_integer(tensor) ? arena_printf(arena, "%.0f", (double)value) : float_shown(arena, value);
}

const char *element_shown(struct arena *arena, const struct shape *shape, bool channels_first, int64_t index)
{
	if (shape->rank == 1) return arena_printf(arena, "channel %lld", (long long)index);
	if (shape->rank == 2) {
		const long long first = (long long)(index / shape->at[1]), second = (long long)(index % shape->at[1]);
		return channels_first ? arena_printf(arena, "step %lld, channel %lld", second, first)
				      : arena_printf(arena, "step %lld, channel %lld", first, second);
	}
	int64_t at[MAX_RANK] = { 0 };
	for (int axis = shape->rank - 1; axis >= 0; axis--) {
		at[axis] = index % shape->at[axis];
		index /= shape->at[axis];
	}
	char *shown = arena_string(arena, "index (");
	for (int axis = 0; axis < shape->rank; axis++) {
		shown = arena_printf(arena, "%s%s%lld", shown, axis ? ", " : "", (long long)at[axis]);
	}
	return arena_printf(arena, "%s)", shown);
}

const char *tensor_element_shown(struct arena *arena, const struct graph *graph, const struct tensor *tensor,
				 int64_t index)
{
	const struct shape shape = tensor_shape(tensor);
	return element_shown(arena, &shape, channels_first_tensors(graph, arena)[tensor->id], index);
}

const char *layer_shown(struct arena *arena, const struct node *node)
{
	return arena_printf(arena, "'%s' (%s)", node->name, node->class_name);
}
