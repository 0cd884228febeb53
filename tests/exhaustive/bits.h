/* bits.h: one number for all output bits of a function over fixed inputs.  C99 and C++17. */
#ifndef CONV1DC_TESTS_BITS_H
#define CONV1DC_TESTS_BITS_H

#include <stdint.h>
#include <string.h>

enum { BITS_INPUTS = 40000 };

/* Half of them any bits, half between 2^-7 and 2 in size, then infinities, NaN, zeros and the ends of the range. */
static float bits_input(uint32_t i)
{
	static const uint32_t special[] = { 0x00000000u, 0x80000000u, 0x7f800000u, 0xff800000u, 0x7fc00000u,
					    0x00000001u, 0x80000001u, 0x007fffffu, 0x807fffffu, 0x00800000u,
					    0x80800000u, 0x7f7fffffu, 0xff7fffffu, 0x3f800000u, 0xbf800000u };
	uint32_t u = i * 2654435761u;
	float x;

	u ^= u >> 15;
	u *= 2246822519u;
	u ^= u >> 13;
	if (i & 1u) u = (u & 0x83ffffffu) + 0x3c000000u;
	if (i < sizeof special / sizeof *special) u = special[i];
	memcpy(&x, &u, sizeof x);
	return x;
}

/* FNV-1a over the outputs' bits; all NaNs are one value. */
static uint32_t bits_hash(const float *y, int n)
{
	uint32_t hash = 2166136261u;
	int i;

	for (i = 0; i < n; i++) {
		uint32_t u;
		memcpy(&u, &y[i], sizeof u);
		if (y[i] != y[i]) u = 0x7fc00000u;
		hash = (hash ^ u) * 16777619u;
	}
	return hash;
}

#endif
