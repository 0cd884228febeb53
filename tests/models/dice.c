/* dice.c: seeded choices and values. */
#include "tests/models/models.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014). */
uint64_t dice_bits(struct dice *dice)
{
	uint64_t z = dice->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

struct dice dice_of(uint64_t seed, uint64_t number)
{
	struct dice dice = { seed }, mixed = { number ^ dice_bits(&dice) };

	return (struct dice){ dice_bits(&mixed) };
}

int dice_below(struct dice *dice, int n)
{
	CHECK(n > 0);
	return (int)(dice_bits(dice) >> 33) % n;
}

int dice_between(struct dice *dice, int least, int most)
{
	int range = most - least + 1;

	if (range <= 1) return least;
	if (dice_chance(dice, 60) && range > 4) range = 4;
	return least + dice_below(dice, range);
}

bool dice_chance(struct dice *dice, int percent)
{
	return dice_below(dice, 100) < percent;
}

double dice_real(struct dice *dice, double least, double most)
{
	return least + rint((most - least) * dice_below(dice, 1001)) / 1000;
}

static float uniform(struct dice *dice)
{
	return (float)((double)(dice_bits(dice) >> 40) * 0x1p-23 - 1);
}

static float extreme(struct dice *dice)
{
	static const float values[] = { FLT_MAX,    -FLT_MAX, FLT_MIN, -FLT_MIN, 0x1p-149f,
					-0x1p-149f, 0.0f,     -0.0f,   1.0f,     0x1.fffffep-127f };
	int i = dice_below(dice, 2 * (int)(sizeof values / sizeof *values));

	return i < (int)(sizeof values / sizeof *values) ? values[i] : uniform(dice);
}

static float wild(struct dice *dice)
{
	static const float values[] = { NAN, INFINITY, -INFINITY };

	return dice_chance(dice, 85) ? uniform(dice) : values[dice_below(dice, 3)];
}

static float draw(struct dice *dice, enum style style)
{
	switch (style) {
	case STYLE_PLAIN: return uniform(dice);
	case STYLE_SHORT: return (float)(dice_below(dice, 201) - 100) / 100.0f;
	case STYLE_WHOLE: return (float)(dice_below(dice, 7) - 3);
	case STYLE_SPARSE: return dice_chance(dice, 70) ? (dice_chance(dice, 50) ? 0.0f : -0.0f) : uniform(dice);
	case STYLE_WIDE: return ldexpf(uniform(dice), dice_below(dice, 81) - 40);
	case STYLE_EXTREME: return extreme(dice);
	case STYLE_WILD: return wild(dice);
	case STYLE_ONE:
	case STYLE_COUNT: break;
	}
	return 1.0f;
}

void dice_fill(struct dice *dice, enum style style, float *at, int64_t n)
{
	for (int64_t i = 0; i < n; i++) at[i] = draw(dice, style);
}
