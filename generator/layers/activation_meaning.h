/* activation_meaning.h: meaning_SYMBOL(x, parameter) for every row of activations.def; this room's own. */
#ifndef CONV1DC_LAYERS_ACTIVATION_MEANING_H
#define CONV1DC_LAYERS_ACTIVATION_MEANING_H

double meaning_identity(double x, const double *parameter);

#define NAMED(symbol, name, internal, ulp, slope, monotone, doc)                                                       \
	double meaning_##symbol(double x, const double *parameter);
#define PLAIN(name, ulp, slope, monotone, doc) NAMED(name, #name, false, ulp, slope, monotone, doc)
#define PARAMETRIC(symbol, name, internal, ulp, slope, monotone, names, defaults, growth, doc)                         \
	double meaning_##symbol(double x, const double *parameter);
#define ROWWISE(name, layer, doc)
#define IDENTITY(name, doc)
#define ALIAS(alias, name)
#include "layers/activations.def"
#undef NAMED
#undef PLAIN
#undef PARAMETRIC
#undef ROWWISE
#undef IDENTITY
#undef ALIAS

#endif
