#include "below.h"

#include "deep.h"

static deep_context context;

void below(const float *input, float *output)
{
	deep_run(&context, input, output);
}
