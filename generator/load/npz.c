/* npz.c: NumPy's archives of arrays, and arrays that the command line names. */
#include "load/load.h"

#include <string.h>

bool npz_read(struct bytes file, const char *name, struct arrays *arrays, struct arena *arena, struct diag *diag)
{
	struct archive *archive = archive_open(file, name, arena, diag);
	bool right = archive != NULL;

	for (int i = 0; archive && i < archive_entries(archive); i++) {
		const char *entry = arena_printf(arena, "%s(%s)", name, archive_name(archive, i));
		struct bytes member;
		struct array array;

		if (archive_read(archive, i, &member, arena, diag) && npy_read(member, entry, &array, arena, diag)) {
			array.name = archive_name(archive, i);
			list_push(arena, &arrays->list, array);
		} else {
			right = false;
		}
	}
	archive_close(archive);
	return right;
}

/* ---- arrays that the command line names ------------------------------------------------------------------------------ */

/* FILE of FILE.npz:MEMBER; NULL: there is no colon. */
static const char *before_colon(const char *path, const char **member, struct arena *arena)
{
	const char *colon = strrchr(path, ':');

	if (!colon) return NULL;
	*member = colon + 1;
	return arena_string_n(arena, path, (size_t)(colon - path));
}

/* The member input.npy is the array input. */
static const char *bare_name(const char *member, struct arena *arena)
{
	static const char suffix[] = ".npy";
	size_t n = strlen(member), rest = sizeof suffix - 1;

	return n > rest && !strcmp(member + n - rest, suffix) ? arena_string_n(arena, member, n - rest) : member;
}

static bool starts_with_one_of(const char *name, const char *const *words)
{
	for (; words && *words; words++)
		if (!strncmp(name, *words, strlen(*words))) return true;
	return false;
}

static const char *names_of(const struct arrays *arrays, struct arena *arena)
{
	const char *names = "";

	for (int i = 0; i < arrays->list.n; i++)
		names = arena_printf(arena, "%s%s%s", names, i ? ", " : "", bare_name(arrays->list.at[i].name, arena));
	return names;
}

/* The members that are meant: that one; else those whose names start with one of the words, where there are any. */
static bool choose(const char *path, const char *member, const char *const *words, const struct arrays *all,
		   struct arrays *out, struct arena *arena, struct diag *diag)
{
	const int before = out->list.n;
	bool some = false;

	for (int i = 0; i < all->list.n; i++) some |= starts_with_one_of(all->list.at[i].name, words);
	for (int i = 0; i < all->list.n; i++) {
		struct array array = all->list.at[i];
		const char *name = bare_name(array.name, arena);

		if (member ? strcmp(name, member) != 0 : some && !starts_with_one_of(name, words)) continue;
		array.name = arena_printf(arena, "%s:%s", path, name);
		array.member = name;
		list_push(arena, &out->list, array);
	}
	if (!member || out->list.n > before) return true;
	diag_file_error(diag, path, "it has no array '%s'; it has: %s", member, names_of(all, arena));
	return false;
}

bool arrays_named(const char *path, const char *const *words, struct arrays *out, struct arena *arena,
		  struct diag *diag)
{
	struct arrays all = { 0 };
	struct bytes file;
	struct array array;
	const char *reason, *other, *member = NULL, *archive = before_colon(path, &member, arena);

	if (file_read(arena, path, &file, &reason)) {
		member = NULL;
	} else if (archive && file_read(arena, archive, &file, &other)) {
		path = archive;
	} else {
		diag_file_error(diag, path, "%s", reason);
		return false;
	}
	if (format_of(&file) == FORMAT_NPZ)
		return npz_read(file, path, &all, arena, diag) && choose(path, member, words, &all, out, arena, diag);
	if (!npy_read(file, path, &array, arena, diag)) return false;
	array.name = path;
	list_push(arena, &out->list, array);
	return true;
}
