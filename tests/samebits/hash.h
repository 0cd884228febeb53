/* hash.h: one number for all outputs of a model; in the corpus's program and in the compiled models, C and C++. */
#ifndef SAMEBITS_HASH_H
#define SAMEBITS_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HASH_START 0xcbf29ce484222325u

/* FNV-1a over words; all NaNs are one value, +0 and -0 are two. */
static inline uint64_t hash_floats(uint64_t hash, const float *at, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &at[i], sizeof bits);
		if ((bits & 0x7fffffffu) > 0x7f800000u) {
			bits = 0x7fc00000u;
		}
		hash = (hash ^ bits) * 0x100000001b3u;
	}
	return hash;
}

#endif
