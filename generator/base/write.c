/* write.c: files that are written all or not at all: staged beside their place, then renamed. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a file waits until all are complete; path NULL: there is nothing to rename. */
struct staged {
	char *path;
};

/* Those of the call that is going on: they do not outlive a process that ends in the middle of it. */
static struct staged *waiting;
static int n_waiting;

static void remove_at_exit(void)
{
	for (int i = 0; i < n_waiting; i++)
		if (waiting[i].path) unlink(waiting[i].path);
}

static void watch_staged(struct staged *staged, int n)
{
	static bool registered;

	if (!registered) registered = atexit(remove_at_exit) == 0;
	waiting = staged;
	n_waiting = n;
}

static bool same_content(const char *path, const struct text *text)
{
	struct arena *arena = arena_new();
	struct bytes old;
	const char *reason;
	bool same = file_read(arena, path, &old, &reason) && old.n == text->n &&
		    (!text->n || !memcmp(old.at, text->at, text->n));

	arena_free(arena);
	return same;
}

/* false, with errno set, where the descriptor does not take all of it; closes it in any case. */
static bool write_all(int file, const struct text *text)
{
	size_t done = 0;

	while (done < text->n) {
		ssize_t n = write(file, text->at + done, text->n - done);

		if (n < 0 && errno == EINTR) continue;
		if (n < 0) {
			int reason = errno;

			close(file);
			errno = reason;
			return false;
		}
		done += (size_t)n;
	}
	return close(file) == 0;
}

/* The access rights of the file that is replaced; of a new one, what the umask leaves. */
static mode_t mode_of(bool exists, const struct stat *old)
{
	mode_t mask;

	if (exists) return old->st_mode & 07777;
	mask = umask(0);
	umask(mask);
	return 0666 & ~mask;
}

static bool stage(struct arena *arena, const struct file_text *file, struct staged *staged)
{
	struct stat old;
	bool exists = stat(file->path, &old) == 0;
	char *path = arena_printf(arena, "%s.XXXXXX", file->path);
	int to;

	if (exists && S_ISREG(old.st_mode) && same_content(file->path, file->text)) return true;
	if (exists && S_ISDIR(old.st_mode)) return errno = EISDIR, false;
	if (exists && S_ISREG(old.st_mode) && access(file->path, W_OK) != 0) return false;
	if (exists && !S_ISREG(old.st_mode)) { /* a device or pipe has no content to replace */
		FILE *device = fopen(file->path, "wb");

		return device && fwrite(file->text->at, 1, file->text->n, device) == file->text->n && !fclose(device);
	}
	to = mkstemp(path);
	if (to < 0) return false;
	staged->path = path;
	if (fchmod(to, mode_of(exists, &old)) != 0) return close(to), false;
	return write_all(to, file->text);
}

bool files_write(struct arena *arena, const struct file_text *files, int n, struct diag *diag)
{
	struct staged *staged = NEW_ARRAY(arena, n, struct staged);
	bool ok = true;
	int i;

	watch_staged(staged, n);
	for (i = 0; i < n; i++) {
		if (stage(arena, &files[i], &staged[i])) continue;
		diag_file_error(diag, files[i].path, "cannot be written: %s", strerror(errno));
		ok = false;
	}
	for (i = 0; i < n; i++) {
		if (!staged[i].path) continue;
		if (ok && rename(staged[i].path, files[i].path) != 0) {
			diag_file_error(diag, files[i].path, "cannot be written: %s", strerror(errno));
			ok = false;
		}
		if (!ok) unlink(staged[i].path);
	}
	watch_staged(NULL, 0);
	return ok;
}
