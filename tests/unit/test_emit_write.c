/* Files in a folder: all or none, whole, and untouched where nothing changes. */
#include "emit/emit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <dirent.h>
#include <fcntl.h>
#include <cmocka.h>

static struct arena *arena;
static char root[] = "/tmp/conv1dc-write-XXXXXX";

static int set_up(void **unused)
{
	(void)unused;
	arena = arena_new();
	return mkdtemp(root) ? 0 : 1;
}

static int tear_down(void **unused)
{
	int status = system(arena_printf(arena, "rm -r %s", root));

	(void)unused;
	arena_free(arena);
	return status;
}

static char *in(const char *name)
{
	return path_join(arena, root, name);
}

static struct outputs outputs_of(const char *header, const char *source)
{
	struct outputs outputs = { .n = 2, .at = { { .name = "m.h" }, { .name = "m.c" } } };

	text_add(&outputs.at[0].text, header);
	text_add(&outputs.at[1].text, source);
	return outputs;
}

static bool writes(const char *folder, const char *header, const char *source)
{
	struct outputs outputs = outputs_of(header, source);
	struct diag *diag = diag_new(arena);
	bool written = write_outputs(folder, &outputs, NULL, 0, diag);

	assert_true(written == !diag_failed(diag));
	assert_true(written || diag_status(diag) == STATUS_FILE);
	outputs_free(&outputs);
	return written;
}

static void holds(const char *path, const char *expect)
{
	struct bytes file;
	const char *reason;

	assert_true(file_read(arena, path, &file, &reason));
	assert_string_equal((const char *)file.at, expect);
}

static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir)) n++;
	closedir(dir);
	return n - 2;
}

static struct timespec time_of(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mtim;
}

static void folders_are_made(void **unused)
{
	(void)unused;
	assert_true(writes(in("a/b/c"), "h", "c"));
	holds(in("a/b/c/m.h"), "h");
	holds(in("a/b/c/m.c"), "c");
	assert_int_equal(entries(in("a/b/c")), 2);
	assert_true(writes(in("a/d/"), "h", "c"));
	holds(in("a/d/m.c"), "c");
}

static void what_does_not_change_is_not_touched(void **unused)
{
	struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };

	(void)unused;
	assert_true(writes(in("t"), "h", "c"));
	assert_int_equal(utimensat(AT_FDCWD, in("t/m.h"), old, 0) & utimensat(AT_FDCWD, in("t/m.c"), old, 0), 0);
	assert_true(writes(in("t"), "h", "c2"));
	assert_int_equal(time_of(in("t/m.h")).tv_sec, 1000000000);
	assert_int_not_equal(time_of(in("t/m.c")).tv_sec, 1000000000);
	holds(in("t/m.c"), "c2");
	assert_int_equal(entries(in("t")), 2);
}

/* The second file cannot be written: the first stays as it was. */
static void all_or_none(void **unused)
{
	(void)unused;
	assert_true(writes(in("n"), "h", "c"));
	assert_int_equal(unlink(in("n/m.c")) | mkdir(in("n/m.c"), 0777), 0);
	assert_false(writes(in("n"), "h2", "c2"));
	holds(in("n/m.h"), "h");
	assert_int_equal(entries(in("n")), 2);
}

static void no_folder_no_files(void **unused)
{
	FILE *file = fopen(in("file"), "w");

	(void)unused;
	assert_non_null(file);
	fclose(file);
	assert_false(writes(in("file"), "h", "c"));
	assert_false(writes(in("file/sub"), "h", "c"));
	holds(in("file"), "");
}

/* A file elsewhere that cannot be written keeps the others back, and the folders that were made for them. */
static void a_file_beside(void **unused)
{
	struct outputs outputs = outputs_of("h", "c");
	struct text text = { 0 };
	struct file_text good = { in("beside.d"), &text }, bad = { in("absent/m.d"), &text };
	struct diag *diag = diag_new(arena);

	(void)unused;
	text_add(&text, "m.h: m.json\n");
	assert_true(write_outputs(in("good/sub"), &outputs, &good, 1, diag));
	holds(in("beside.d"), "m.h: m.json\n");
	holds(in("good/sub/m.c"), "c");
	assert_false(write_outputs(in("bad/sub/sub"), &outputs, &bad, 1, diag));
	assert_int_not_equal(access(in("bad"), F_OK), 0);
	assert_false(write_outputs(in("good/more/sub"), &outputs, &bad, 1, diag));
	assert_int_not_equal(access(in("good/more"), F_OK), 0);
	assert_int_equal(entries(in("good")), 1);
	outputs_free(&outputs);
	text_free(&text);
}

static void checking(void **unused)
{
	struct outputs outputs = outputs_of("h\n", "c\n");
	struct diag *diag = diag_new(arena);
	bool same;

	(void)unused;
	assert_true(write_outputs(in("k"), &outputs, NULL, 0, diag));
	assert_true(check_outputs(in("k"), &outputs, diag, &same) && same);
	assert_true(writes(in("k"), "h\n", "x\n"));
	assert_true(check_outputs(in("k"), &outputs, diag, &same) && !same);
	holds(in("k/m.c"), "x\n");
	assert_true(check_outputs(in("absent"), &outputs, diag, &same) && !same);
	assert_int_not_equal(access(in("absent"), F_OK), 0);
	outputs_free(&outputs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folders_are_made), cmocka_unit_test(what_does_not_change_is_not_touched),
		cmocka_unit_test(all_or_none),      cmocka_unit_test(no_folder_no_files),
		cmocka_unit_test(a_file_beside),    cmocka_unit_test(checking),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
