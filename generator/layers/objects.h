/* objects.h: what the files of the training objects share.  Private to layers/. */
#ifndef CONV1DC_OBJECTS_H
#define CONV1DC_OBJECTS_H

#include "layers/layers.h"

#include <math.h>

/* ---- rows of the tables --------------------------------------------------------------------------------------- */

#define PARAMETER(k, t, absent)                                                                                        \
	{                                                                                                              \
		.key = k, .type = t, .otherwise = absent, .least = (double)-INFINITY                                   \
	}
#define REAL_PARAMETER(k, absent) PARAMETER(k, PARAMETER_REAL, absent)
#define RENAMED_PARAMETER(k, old, absent)                                                                              \
	{                                                                                                              \
		.key = k, .old_key = old, .type = PARAMETER_REAL, .otherwise = absent, .least = (double)-INFINITY      \
	}
#define LEAST_PARAMETER(k, absent, low, more)                                                                          \
	{                                                                                                              \
		.key = k, .type = PARAMETER_REAL, .otherwise = absent, .least = low, .above = more                     \
	}
/* A factor of a loss: Keras wants 0 or more from version 3 on, and takes null for the default. */
#define FACTOR_PARAMETER(k, old, absent)                                                                               \
	{                                                                                                              \
		.key = k, .old_key = old, .type = PARAMETER_REAL, .otherwise = absent, .late = true, .optional = true, \
		.null = absent                                                                                         \
	}
#define CHOICE_PARAMETER(k, list, absent, any)                                                                         \
	{                                                                                                              \
		.key = k, .type = PARAMETER_CHOICE, .choices = list, .otherwise = absent, .any_case = any              \
	}
#define PARAMETERS(name, ...) static const struct object_parameter name[] = { __VA_ARGS__, { .key = NULL } }

/* A name of another version of Keras. */
struct object_alias {
	const char *alias, *name;
};
/* Each ends in a NULL name. */
extern const struct object_kind initializers[], regularizers[], constraints[];
extern const struct object_alias initializer_aliases[], regularizer_aliases[], constraint_aliases[];

/* Axes of a parameter within a shape: a bit an axis; all of them for null.  false: one lies outside. */
bool parameter_axes(const struct parameter *parameter, const struct shape *shape, unsigned *axes);

/* ---- random.c --------------------------------------------------------------------------------------------------- */

/* xoshiro256** (Blackman, Vigna 2018), seeded with the SHA-256 of a text, so that streams of different texts have nothing
 * in common.  Integers, and float64 operations that IEEE 754 rounds correctly: the same on every machine. */
struct random {
	uint64_t s[4];
};
void random_start(struct random *random, const char *text, size_t n);
double random_unit(struct random *random);   /* uniform in [0, 1), a multiple of 2^-53 */
double random_normal(struct random *random); /* mean 0, variance 1 */

#endif
