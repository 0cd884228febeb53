/* array.c: whether an array from a file can be a tensor's values. */
#include "load/load.h"

#include "layers/integer.h"

#include <string.h>

/* The sizes but those of 1, from axis 'first' on. */
static struct shape squeezed(const struct shape *shape, int first)
{
	struct shape out = { 0 };

	for (int i = first; i < shape->rank; i++)
		if (shape->at[i] != 1) out.at[out.rank++] = shape->at[i];
	return out;
}

bool array_fits(const struct array *array, const struct shape *sample)
{
	const struct shape given = squeezed(&array->shape, 1), wanted = squeezed(sample, 0);
	bool same = array->shape.rank == sample->rank + 1;

	if (array->shape.rank < 1) return false;
	for (int i = 0; same && i < sample->rank; i++) same = array->shape.at[i + 1] == sample->at[i];
	/* TFLite has axes of size 1 where the model has none. */
	return same || (array->shape.rank > sample->rank + 1 && shape_equal(&given, &wanted));
}

bool array_is_of(const struct array *array, const struct tensor *tensor, const char *option, struct diag *diag)
{
	const char *type = type_name(tensor->type);
	char scale[F32_TEXT_MAX];
	const long long zero = tensor_zero_point(tensor);
	int n;

	if (!tensor_is_integer(tensor) || !strcmp(array->type, type)) return true;
	if (!array->real || !tensor->quantisation) {
		diag_usage(diag, "%s %s: an array of %s; '%s' holds %s", option, array->name, array->type, tensor->name,
			   type);
		return false;
	}
	n = f32_text(scale, tensor_scale(tensor));
	if (n > 0 && scale[n - 1] == 'f') scale[n - 1] = '\0';
	diag_usage(diag,
		   "%s %s: an array of %s; '%s' holds %s, quantised with scale %s and zero point %lld: make it so, in "
		   "NumPy: np.clip(np.round(x / %s) %c %lld, %lld, %lld).astype(np.%s)",
		   option, array->name, array->type, tensor->name, type, scale, zero, scale, zero < 0 ? '-' : '+',
		   zero < 0 ? -zero : zero, (long long)type_least(tensor->type), (long long)type_most(tensor->type),
		   type);
	return false;
}
