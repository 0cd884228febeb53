/* Files: read whole, written all or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"
#include "capture.h"

static struct arena *arena;
static char folder[64];

static int setup(void **state)
{
	(void)state;
	arena = arena_new();
	strcpy(folder, "/tmp/conv1dc-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
	static const char *const names[] = { "a", "b" };

	(void)state;
	for (int i = 0; i < 2; i++) unlink(path_join(arena, folder, names[i]));
	arena_free(arena);
	return rmdir(folder); /* fails where a staged file was left */
}

static struct text text_of(const char *string)
{
	struct text text = { 0 };

	text_add(&text, string);
	return text;
}

static const char *content(const char *path)
{
	struct bytes bytes;
	const char *reason;

	return file_read(arena, path, &bytes, &reason) ? (const char *)bytes.at : "(none)";
}

static void files_are_replaced_whole(void **state)
{
	char *path = path_join(arena, folder, "a");
	struct text one = text_of("one"), two = text_of("two");
	struct stat before, after;

	(void)state;
	assert_true(files_write(arena, &(struct file_text){ path, &one }, 1, diag_new(arena)));
	assert_string_equal(content(path), "one");
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_true(files_write(arena, &(struct file_text){ path, &one }, 1, diag_new(arena)));
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino == after.st_ino && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
	assert_true(files_write(arena, &(struct file_text){ path, &two }, 1, diag_new(arena)));
	assert_string_equal(content(path), "two");
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_mode & 07777, 0600);
	text_free(&one);
	text_free(&two);
}

static void all_or_none(void **state)
{
	struct text one = text_of("one"), two = text_of("two");
	struct file_text files[] = { { path_join(arena, folder, "a"), &one },
				     { path_join(arena, folder, "nowhere/b"), &two } };
	struct diag *diag = diag_new(arena);

	(void)state;
	capture_start();
	assert_false(files_write(arena, files, 2, diag));
	assert_non_null(strstr(capture_end(), "nowhere/b: error: cannot be written: No such file or directory\n"));
	assert_int_equal(diag_status(diag), STATUS_FILE);
	assert_string_equal(content(files[0].path), "(none)");
	files[1].path = path_join(arena, folder, "b");
	assert_true(files_write(arena, files, 2, diag));
	assert_string_equal(content(files[1].path), "two");
	text_free(&one);
	text_free(&two);
}

static void what_cannot_be_read_has_a_reason(void **state)
{
	struct bytes bytes;
	const char *reason;

	(void)state;
	assert_false(file_read(arena, folder, &bytes, &reason));
	assert_string_equal(reason, "it is a folder");
	assert_false(file_read(arena, path_join(arena, folder, "none"), &bytes, &reason));
	assert_string_equal(reason, "No such file or directory");
	assert_true(file_read(arena, "/dev/null", &bytes, &reason));
	assert_int_equal(bytes.n, 0);
	assert_int_equal(bytes.at[0], 0);
}

static void names_have_parts(void **state)
{
	(void)state;
	assert_string_equal(path_base("a/b.c"), "b.c");
	assert_string_equal(path_base("b.c"), "b.c");
	assert_string_equal(path_join(arena, "a", "b"), "a/b");
	assert_string_equal(path_join(arena, "a/", "b"), "a/b");
	assert_string_equal(path_join(arena, "a", "/b"), "/b");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_are_replaced_whole),
		TEST(all_or_none),
		TEST(what_cannot_be_read_has_a_reason),
		TEST(names_have_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
