/* digest.c ARCHIVE: the SHA-256 of the archive's members, unpacked, one behind the other; and "1 array" where it is one
 * .npy.  What is compared with it is made by NumPy (make_models.py). */
#include "load/load.h"

#include <stdio.h>

static bool add_members(struct text *all, struct bytes file, const char *name, struct arena *arena, struct diag *diag)
{
	struct archive *archive = archive_open(file, name, arena, diag);
	bool right = archive != NULL;

	for (int i = 0; right && i < archive_entries(archive); i++) {
		struct bytes member;

		right = archive_read(archive, i, &member, arena, diag);
		if (right) text_add_n(all, (const char *)member.at, member.n);
	}
	archive_close(archive);
	return right;
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct text all = { 0 };
	struct bytes file;
	char sum[SHA256_TEXT];
	const char *reason;
	bool right =
	    argc == 2 && file_read(arena, argv[1], &file, &reason) && add_members(&all, file, argv[1], arena, diag);

	sha256_text(all.at ? all.at : "", all.n, sum);
	if (right) puts(sum);
	text_free(&all);
	arena_free(arena);
	return right ? 0 : 1;
}
