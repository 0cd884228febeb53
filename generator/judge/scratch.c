/* scratch.c: a temporary folder that goes away whatever happens. */
#include "judge/parts.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int watched[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE };
enum { WATCHED = sizeof watched / sizeof *watched };

static char *folder; /* NULL: none is open */
static struct sigaction before[WATCHED];
static volatile sig_atomic_t caught;

/* Only notes it: the loops end soon and scratch_close() raises it again.  A second one ends the process at once. */
static void note(int signal_number)
{
	caught = signal_number;
}

static void remove_tree(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
		const size_t n = strlen(path) + strlen(entry->d_name) + 2;
		char *below = malloc(n);
		if (!below) break;
		memcpy(below, path, strlen(path));
		below[strlen(path)] = '/';
		memcpy(below + strlen(path) + 1, entry->d_name, strlen(entry->d_name) + 1);
		struct stat about;
		if (lstat(below, &about) == 0 && S_ISDIR(about.st_mode)) {
			remove_tree(below);
		} else {
			unlink(below);
		}
		free(below);
	}
	if (dir) closedir(dir);
	rmdir(path);
}

/* For die() in the middle of a check. */
static void remove_at_exit(void)
{
	if (folder) remove_tree(folder);
}

const char *scratch_open(struct arena *arena, struct diag *diag)
{
	static bool registered;
	CHECK(!folder);
	const char *wanted = getenv("TMPDIR"), *parent = wanted && *wanted ? wanted : "/tmp";
	char *path = path_join(arena, parent, "conv1dc-XXXXXX");
	caught = 0;
	struct sigaction action;
	memset(&action, 0, sizeof action);
	action.sa_handler = note;
	action.sa_flags = (int)SA_RESETHAND;
	sigemptyset(&action.sa_mask);
	for (int i = 0; i < WATCHED; i++) {
		sigaction(watched[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) sigaction(watched[i], &action, NULL);
	}
	if (!mkdtemp(path)) {
		diag_file_error(diag, parent, "no temporary folder can be made there: %s", strerror(errno));
		scratch_close();
		return NULL;
	}
	folder = path;
	if (!registered) registered = atexit(remove_at_exit) == 0;
	return path;
}

void scratch_close(void)
{
	if (folder) remove_tree(folder);
	folder = NULL;
	for (int i = 0; i < WATCHED; i++) sigaction(watched[i], &before[i], NULL);
	const int again = (int)caught;
	caught = 0;
	if (again) raise(again);
}

bool scratch_interrupted(void)
{
	return caught != 0;
}
