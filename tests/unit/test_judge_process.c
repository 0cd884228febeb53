/* Programs that verify starts, and the folder that it leaves to nobody. */
#include "judge_graphs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static struct outcome run_words(const char *const *words, int seconds, const char **output, struct arena *arena)
{
	struct diag *diag = diag_new(arena);
	const char *scratch = scratch_open(arena, diag), *reason;
	struct words list = { 0 };
	struct bytes log;
	assert_non_null(scratch);
	for (; *words; words++) words_add(&list, *words, arena);
	const char *path = path_join(arena, scratch, "log");
	const struct outcome outcome = process_run(&list, path, seconds, arena);
	*output = outcome.how != ENDED_ABSENT && file_read(arena, path, &log, &reason) ? (const char *)log.at : "";
	scratch_close();
	return outcome;
}

static void words_are_split_at_blanks(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct words words = { 0 };
	words_split(&words, "  gcc  -m32\t-O1 ", arena);
	words_split(&words, NULL, arena);
	words_split(&words, "", arena);
	assert_int_equal(words.list.n, 3);
	assert_string_equal(words.list.at[0], "gcc");
	assert_string_equal(words.list.at[1], "-m32");
	assert_string_equal(words.list.at[2], "-O1");
	arena_free(arena);
}

static void status_and_output(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *output;
	const char *const words[] = { "sh", "-c", "echo out; echo err >&2; exit 5", NULL };
	const struct outcome outcome = run_words(words, 60, &output, arena);
	assert_int_equal(outcome.how, ENDED_EXIT);
	assert_int_equal(outcome.code, 5);
	assert_string_equal(output, "out\nerr\n");
	arena_free(arena);
}

static void a_crash_is_a_signal(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *output;
	const char *const words[] = { "sh", "-c", "kill -SEGV $$", NULL };
	const struct outcome outcome = run_words(words, 60, &output, arena);
	assert_int_equal(outcome.how, ENDED_SIGNAL);
	assert_int_equal(outcome.code, SIGSEGV);
	arena_free(arena);
}

static void absent_programs_are_absent(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *output;
	const char *const words[] = { "no-such-compiler-anywhere", NULL };
	assert_int_equal(run_words(words, 60, &output, arena).how, ENDED_ABSENT);
	arena_free(arena);
}

/* With the children that it started. */
static void time_is_limited(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *output;
	const char *const words[] = { "sh", "-c", "sleep 100; echo late", NULL };
	assert_int_equal(run_words(words, 1, &output, arena).how, ENDED_TIME);
	assert_string_equal(output, "");
	arena_free(arena);
}

static bool exists(const char *path)
{
	struct stat about;
	return lstat(path, &about) == 0;
}

static void the_folder_goes_away(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	const char *scratch = scratch_open(arena, diag_new(arena));
	const char *below = path_join(arena, scratch, "below"), *file = path_join(arena, below, "file");
	assert_int_equal(mkdir(below, 0700), 0);
	FILE *out = fopen(file, "w");
	assert_non_null(out);
	fclose(out);
	assert_true(exists(file));
	scratch_close();
	assert_false(exists(scratch));
	arena_free(arena);
}

/* A child opens a folder, says its name, and ends by exit() or by a signal to itself; the folder must be gone. */
static void end_of_child(bool by_signal)
{
	struct arena *arena = arena_new();
	int ends[2], status;
	char path[512];
	assert_int_equal(pipe(ends), 0);
	const pid_t pid = fork();
	if (pid == 0) {
		const char *scratch = scratch_open(arena, diag_new(arena));
		if (write(ends[1], scratch, strlen(scratch)) < 0) _exit(9);
		if (!by_signal) exit(7);
		raise(SIGTERM);
		if (!scratch_interrupted()) _exit(9);
		scratch_close();
		_exit(9);
	}
	close(ends[1]);
	const ssize_t n = read(ends[0], path, sizeof path - 1);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(n > 0);
	path[n] = '\0';
	assert_false(exists(path));
	if (by_signal) {
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	} else {
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 7);
	}
	arena_free(arena);
}

static void also_at_exit(void **state)
{
	(void)state;
	end_of_child(false);
}

static void also_by_a_signal(void **state)
{
	(void)state;
	end_of_child(true);
}

static void no_folder_is_an_error_of_a_file(void **state)
{
	(void)state;
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	setenv("TMPDIR", "/no/such/folder", 1);
	assert_null(scratch_open(arena, diag));
	unsetenv("TMPDIR");
	assert_int_equal(diag_status(diag), STATUS_FILE);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_split_at_blanks),
		cmocka_unit_test(status_and_output),
		cmocka_unit_test(a_crash_is_a_signal),
		cmocka_unit_test(absent_programs_are_absent),
		cmocka_unit_test(time_is_limited),
		cmocka_unit_test(the_folder_goes_away),
		cmocka_unit_test(also_at_exit),
		cmocka_unit_test(also_by_a_signal),
		cmocka_unit_test(no_folder_is_an_error_of_a_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
