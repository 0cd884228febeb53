/* write.c: files into a folder, or compared with what lies there. */
#include "emit/emit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool make_one(const char *folder, struct diag *diag)
{
	if (mkdir(folder, 0777) == 0 || errno == EEXIST) return true;
	diag_file_error(diag, folder, "the folder cannot be made: %s", strerror(errno));
	return false;
}

/* The folders on the way to folder, outermost first, and it itself. */
static const char *const *way_to(const char *folder, struct arena *arena, int *n)
{
	LIST(const char *) way = { 0 };

	for (const char *c = strchr(folder + 1, '/'); c; c = strchr(c + 1, '/'))
		list_push(arena, &way, arena_string_n(arena, folder, (size_t)(c - folder)));
	list_push(arena, &way, folder);
	*n = way.n;
	return way.at;
}

static bool make_folder(const char *folder, const char *const *way, int n, struct diag *diag)
{
	struct stat status;

	for (int i = 0; i < n; i++)
		if (!make_one(way[i], diag)) return false;
	if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode)) return true;
	diag_file_error(diag, folder, "this is not a folder");
	return false;
}

static bool write_into(const char *folder, const struct outputs *outputs, const struct file_text *beside, int n_beside,
		       struct arena *arena, struct diag *diag)
{
	struct file_text *files = NEW_ARRAY(arena, outputs->n + n_beside, struct file_text);
	int n = outputs->n;

	for (int i = 0; i < n; i++)
		files[i] = (struct file_text){ path_join(arena, folder, outputs->at[i].name), &outputs->at[i].text };
	for (int i = 0; i < n_beside; i++) files[n++] = beside[i];
	return files_write(arena, files, n, diag);
}

bool write_outputs(const char *folder, const struct outputs *outputs, const struct file_text *beside, int n_beside,
		   struct diag *diag)
{
	struct arena *arena = arena_new();
	const char *const *way;
	int n, existing = 0;
	bool written;

	if (!folder || !*folder) folder = ".";
	way = way_to(folder, arena, &n);
	while (existing < n && access(way[existing], F_OK) == 0) existing++;
	written = make_folder(folder, way, n, diag) && write_into(folder, outputs, beside, n_beside, arena, diag);
	for (int i = n; !written && i > existing; i--) rmdir(way[i - 1]);
	arena_free(arena);
	return written;
}

/* Prints how the file at path differs from text; false: it cannot be read. */
static bool check_one(const char *path, const struct output *output, bool *same, struct arena *arena, struct diag *diag)
{
	struct text difference = { 0 };
	struct bytes file;
	const char *reason;

	if (access(path, F_OK) != 0) {
		printf("%s: is not there\n", path);
		*same = false;
		return true;
	}
	if (!file_read(arena, path, &file, &reason)) {
		diag_file_error(diag, path, "%s", reason);
		return false;
	}
	if (file.n == output->text.n && memcmp(file.at, output->text.at, file.n) == 0) return true;
	*same = false;
	if (output->binary) {
		printf("%s: is not %s as conv1dc makes it\n", path, output->name);
		return true;
	}
	text_printf(&difference, "--- %s\n+++ %s as conv1dc makes it\n", path, output->name);
	diff_text(&difference, (const char *)file.at, file.n, output->text.at, output->text.n);
	fputs(difference.at, stdout);
	text_free(&difference);
	return true;
}

bool check_outputs(const char *folder, const struct outputs *outputs, struct diag *diag, bool *same)
{
	struct arena *arena = arena_new();
	bool read = true;

	*same = true;
	if (!folder || !*folder) folder = ".";
	for (int i = 0; i < outputs->n; i++) {
		const struct output *output = &outputs->at[i];

		if (!check_one(path_join(arena, folder, output->name), output, same, arena, diag)) read = false;
	}
	arena_free(arena);
	return read;
}
