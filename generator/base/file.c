/* file.c: whole files in memory, and names of files. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Reads to the end of file: the size that stat() tells is no promise (pipes, /proc, a file that grows). */
static bool read_all(struct arena *arena, FILE *file, int64_t expected, struct bytes *out, const char **reason)
{
	size_t capacity = expected > 0 ? (size_t)expected + 2 : 65536, got;
	unsigned char *at = arena_alloc(arena, capacity), *grown;

	out->n = 0;
	while ((got = fread(at + out->n, 1, capacity - 1 - out->n, file)) > 0) {
		out->n += got;
		if ((int64_t)out->n > FILE_LIMIT) {
			*reason = arena_printf(arena, "larger than %lld bytes", (long long)FILE_LIMIT);
			return false;
		}
		if (out->n < capacity - 1) continue;
		grown = arena_alloc(arena, capacity *= 2);
		memcpy(grown, at, out->n);
		at = grown;
	}
	if (ferror(file)) {
		*reason = arena_string(arena, strerror(errno));
		return false;
	}
	at[out->n] = 0;
	out->at = at;
	return true;
}

bool file_read(struct arena *arena, const char *path, struct bytes *out, const char **reason)
{
	struct stat status;
	FILE *file = fopen(path, "rb");
	bool ok = false;

	if (!file || fstat(fileno(file), &status)) {
		*reason = arena_string(arena, strerror(errno));
	} else if (S_ISDIR(status.st_mode)) {
		*reason = "it is a folder";
	} else if ((int64_t)status.st_size > FILE_LIMIT) {
		*reason = arena_printf(arena, "larger than %lld bytes", (long long)FILE_LIMIT);
	} else {
		ok = read_all(arena, file, S_ISREG(status.st_mode) ? (int64_t)status.st_size : 0, out, reason);
	}
	if (file) fclose(file);
	return ok;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *path_join(struct arena *arena, const char *folder, const char *name)
{
	size_t n = strlen(folder);

	if (name[0] == '/' || n == 0) return arena_string(arena, name);
	return arena_printf(arena, folder[n - 1] == '/' ? "%s%s" : "%s/%s", folder, name);
}
