/* process.c: other programs: the compiler, and what it made. */
#include "judge/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

void words_add(struct words *words, const char *word, struct arena *arena)
{
	list_push(arena, &words->list, arena_string(arena, word));
}

void words_split(struct words *words, const char *text, struct arena *arena)
{
	const char *const blanks = " \t\n";
	while (text && *(text += strspn(text, blanks))) {
		const size_t n = strcspn(text, blanks);
		list_push(arena, &words->list, arena_string_n(arena, text, n));
		text += n;
	}
}

/* In a process group of its own, so that a time limit or a signal ends a compiler driver with its children. */
static int spawn(pid_t *pid, char *const *argv, const char *log)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	if (posix_spawn_file_actions_init(&actions)) die("no memory for posix_spawn");
	if (posix_spawnattr_init(&attributes)) die("no memory for posix_spawn");
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGINT);
	sigaddset(&defaults, SIGTERM);
	sigaddset(&defaults, SIGHUP);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	const int failure = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return failure;
}

double process_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void process_start(struct process *process, struct words *words, const char *log, int seconds, struct arena *arena)
{
	list_push(arena, &words->list, NULL);
	words->list.n--;
	*process = (struct process){ .deadline = process_clock() + seconds };
	process->absent = spawn(&process->pid, words->list.at, log);
}

/* Looks again after a pause that grows from 0.2 ms to 20 ms. */
static struct outcome wait_for(const struct process *process)
{
	struct timespec pause = { 0, 200000 };
	bool told = false;
	for (;;) {
		int status;
		const pid_t ended = waitpid(process->pid, &status, WNOHANG);
		if (ended < 0 && errno != EINTR) die("waitpid: %s", strerror(errno));
		if (ended == process->pid) {
			if (told) return (struct outcome){ ENDED_TIME, 0 };
			if (WIFSIGNALED(status)) return (struct outcome){ ENDED_SIGNAL, WTERMSIG(status) };
			return (struct outcome){ ENDED_EXIT, WEXITSTATUS(status) };
		}
		if (!told && (scratch_interrupted() || process_clock() > process->deadline)) {
			told = true;
			kill(-process->pid, scratch_interrupted() ? SIGTERM : SIGKILL);
		}
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 20000000) pause.tv_nsec += pause.tv_nsec / 2;
	}
}

struct outcome process_wait(const struct process *process)
{
	if (process->absent) return (struct outcome){ ENDED_ABSENT, process->absent };
	const struct outcome outcome = wait_for(process);
	/* A C library whose posix_spawn cannot report a failed exec says 127. */
	if (outcome.how == ENDED_EXIT && outcome.code == 127) return (struct outcome){ ENDED_ABSENT, ENOENT };
	return outcome;
}

struct outcome process_run(struct words *words, const char *log, int seconds, struct arena *arena)
{
	struct process process;
	process_start(&process, words, log, seconds, arena);
	return process_wait(&process);
}

const char *outcome_shown(struct arena *arena, struct outcome outcome)
{
	switch (outcome.how) {
	case ENDED_EXIT: return arena_printf(arena, "ended with status %d", outcome.code);
	case ENDED_SIGNAL:
		return arena_printf(arena, "was ended by signal %d (%s)", outcome.code, strsignal(outcome.code));
	case ENDED_TIME: return "did not end in time";
	case ENDED_ABSENT: return arena_printf(arena, "could not be started: %s", strerror(outcome.code));
	}
	die("outcome %d", (int)outcome.how);
}
