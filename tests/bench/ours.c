/* ours.c: conv1dc's output as a side of the bench: FOLDER/NAME/layer.so, made by run.sh. */
#define _POSIX_C_SOURCE 200809L
#include "ours.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct loaded {
	void *object;
	void (*calls)(const float *x, float *y, long n);
	float *x, *y;
	size_t in, out;
};

static void ours_close(void *handle)
{
	struct loaded *l = handle;

	if (l->object != NULL) dlclose(l->object);
	free(l->x);
	free(l->y);
	free(l);
}

static void *ours_open(const struct side *side, const struct network *network, char *why, size_t size)
{
	struct loaded *l = take(sizeof *l);
	char path[4096];
	void *function;

	snprintf(path, sizeof path, side->folder, network->name);
	l->in = network_input_size(network);
	l->out = network_output_size(network);
	l->x = take(l->in * sizeof(float));
	l->y = take(l->out * sizeof(float));
	if (access(path, R_OK) == 0) l->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	function = l->object == NULL ? NULL : dlsym(l->object, "layer_calls");
	if (function == NULL) {
		snprintf(why, size, "not compiled");
		ours_close(l);
		return NULL;
	}
	memcpy(&l->calls, &function, sizeof function);
	return l;
}

static void ours_load(void *handle, const float *x)
{
	struct loaded *l = handle;

	memcpy(l->x, x, l->in * sizeof *x);
	for (size_t i = 0; i < l->out; i++) l->y[i] = -1e30f;
}

static void ours_run(void *handle, long n)
{
	struct loaded *l = handle;

	l->calls(l->x, l->y, n);
}

static void ours_store(void *handle, float *y)
{
	struct loaded *l = handle;

	memcpy(y, l->y, l->out * sizeof *y);
}

struct side ours_side(const char *compiler, const char *folder)
{
	struct side side = { compiler, false, ours_open, ours_load, ours_run, ours_store, ours_close, folder, 0 };

	return side;
}
