/* call.c: emitted code, compiled with its layer.h, as a shared object for race.c and integers.py (NUMBER: int8_t). */
#include "layer.h"

#ifndef NUMBER
#define NUMBER float
#endif

static layer_context context;

void layer_calls(const NUMBER *x, NUMBER *y, long n);
void layer_calls(const NUMBER *x, NUMBER *y, long n)
{
	for (long i = 0; i < n; i++) layer_run(&context, x, y);
}
