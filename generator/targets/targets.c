/* targets.c: the rows of targets.def. */
#include "targets/targets.h"

#include <string.h>

#define WIDTHS(...)                                                                                                    \
	{                                                                                                              \
		__VA_ARGS__                                                                                            \
	}

static const struct target targets[] = {
#define TARGET(name, doc, fp, has_fused, flush, registers, lanes, vectors, widths, isa, machine, features, compiler,   \
	       emulator, board)                                                                                        \
	{ name,   doc, fp,      has_fused, flush,    registers, lanes, vectors,                                        \
	  widths, isa, machine, features,  compiler, emulator,  board, false },
#include "targets/targets.def"
#undef TARGET
};

const struct target *target_row(int index)
{
	return index >= 0 && index < (int)(sizeof targets / sizeof targets[0]) ? &targets[index] : NULL;
}

const struct target *target_with_wide_weights(const struct target *target, struct arena *arena)
{
	struct target *own = arena_copy(arena, target, sizeof *target);

	own->wide_weights = true;
	return own;
}

const struct target *target_find(const char *name)
{
	const struct target *target;

	if (strcmp(name, "native") == 0) return target_native();
	for (int i = 0; (target = target_row(i)); i++)
		if (strcmp(target->name, name) == 0) return target;
	return NULL;
}

/* tests/bench/tiles measures with a table of its own. */
#ifndef TILES_DEF
#define TILES_DEF "targets/tiles.def"
#endif
static const struct tile_row tiles[] = {
#define TILE(target, vectors, steps, percent) { target, vectors, steps, percent },
#include TILES_DEF
#undef TILE
};

/* Targets that differ from another in integers alone. */
static const struct {
	const char *target, *floats;
} cousins[] = { { "avx512vnni", "avx512" }, { "neon-dot", "neon" } };

static const char *float_target(const struct target *target)
{
	for (size_t i = 0; i < sizeof cousins / sizeof cousins[0]; i++)
		if (strcmp(cousins[i].target, target->name) == 0) return cousins[i].floats;
	return target->name;
}

const struct tile_row *target_tile(const struct target *target, int vectors)
{
	const char *name = float_target(target);

	for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; i++)
		if (strcmp(tiles[i].target, name) == 0 && tiles[i].vectors >= vectors) return &tiles[i];
	return NULL;
}

static const struct footprint_row footprints[] = {
#define FOOTPRINT(target, function, statement, access, real, integer, literal, call, loop, branch, vector, assembly,   \
		  entry, busy, frame, array, local)                                                                    \
	{ target, { function, statement, access, real, integer, literal, call, loop, branch, vector, assembly },       \
	  entry,  busy,                                                                                                \
	  frame,  array,                                                                                               \
	  local },
#define INTEGERS(target, code, stack)
#include "targets/footprint.def"
#undef FOOTPRINT
#undef INTEGERS
};

static const struct integer_footprint integer_footprints[] = {
#define FOOTPRINT(...)
#define INTEGERS(target, code, stack) { target, code, stack },
#include "targets/footprint.def"
#undef FOOTPRINT
#undef INTEGERS
};

struct integer_footprint target_integer_footprint(const struct target *target)
{
	for (size_t i = 0; i < sizeof integer_footprints / sizeof integer_footprints[0]; i++)
		if (strcmp(integer_footprints[i].target, target->name) == 0) return integer_footprints[i];
	return (struct integer_footprint){ target->name, 100, 100 };
}

const struct footprint_row *target_footprint(const struct target *target)
{
	for (size_t i = 0; i < sizeof footprints / sizeof footprints[0]; i++)
		if (strcmp(footprints[i].target, target->name) == 0) return &footprints[i];
	return NULL;
}

static const struct register_tile register_tiles[] = {
#define REGISTER_TILE(isa, fp, filters, steps, terms) { isa, fp, filters, steps, terms },
#include "targets/register_tiles.def"
};

static const struct {
	const char *isa;
	enum fp fp;
	int pairs;
} register_windows[] = {
#define REGISTER_WINDOW(isa, fp, pairs) { isa, fp, pairs },
#include "targets/register_tiles.def"
};

int target_register_window(const struct target *target)
{
	for (size_t i = 0; i < sizeof register_windows / sizeof register_windows[0]; i++)
		if (register_windows[i].fp == target->fp && strcmp(register_windows[i].isa, target->isa) == 0)
			return register_windows[i].pairs;
	return 0;
}

const struct register_tile *target_register_tile(const struct target *target, int filters)
{
	for (size_t i = 0; i < sizeof register_tiles / sizeof register_tiles[0]; i++) {
		const struct register_tile *tile = &register_tiles[i];
		bool fits = tile->fp == target->fp && tile->filters == filters;

		if (fits && strcmp(tile->isa, target->isa) == 0) return tile;
	}
	return NULL;
}
