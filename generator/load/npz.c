/* npz.c: NumPy's archives of arrays, and arrays that the command line names. */
#include "load/load.h"

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
