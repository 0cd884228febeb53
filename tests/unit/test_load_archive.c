/* test_load_archive.c: zip archives that lie about themselves, and what is read of an HDF5 file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "capture.h"
#include "load/load.h"

/* ---- archives made by hand (APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16) --------------------------------------- */

struct entry {
	const char *name, *data;
	int method, flags;
	uint32_t claimed; /* unpacked bytes; 0: the data's */
	uint32_t sum;     /* CRC-32 of the data */
};

static void put(struct text *out, uint32_t value, int bytes)
{
	for (int i = 0; i < bytes; i++) text_add_n(out, (char[]){ (char)(value >> (8 * i)) }, 1);
}

/* What local and central headers have in common, from the flags on. */
static void put_common(struct text *out, const struct entry *entry)
{
	uint32_t n = (uint32_t)strlen(entry->data);

	put(out, (uint32_t)entry->flags, 2);
	put(out, (uint32_t)entry->method, 2);
	put(out, 0x00210000, 4);
	put(out, entry->sum, 4);
	put(out, n, 4);
	put(out, entry->claimed ? entry->claimed : n, 4);
	put(out, (uint32_t)strlen(entry->name), 2);
	put(out, 0, 2);
}

static void make_zip(struct text *out, const struct entry *entries, int n)
{
	struct text central = { 0 };
	uint32_t start;

	for (int i = 0; i < n; i++) {
		put(&central, 0x02014b50, 4);
		put(&central, 20, 2);
		put(&central, 20, 2);
		put_common(&central, &entries[i]);
		put(&central, 0, 4);
		put(&central, 0, 2);
		put(&central, 0, 4);
		put(&central, (uint32_t)out->n, 4);
		text_add(&central, entries[i].name);
		put(out, 0x04034b50, 4);
		put(out, 20, 2);
		put_common(out, &entries[i]);
		text_add(out, entries[i].name);
		text_add(out, entries[i].data);
	}
	start = (uint32_t)out->n;
	text_add_n(out, central.at, central.n);
	put(out, 0x06054b50, 4);
	put(out, 0, 4);
	put(out, (uint32_t)n, 2);
	put(out, (uint32_t)n, 2);
	put(out, (uint32_t)central.n, 4);
	put(out, start, 4);
	put(out, 0, 2);
	text_free(&central);
}

enum { SUM_OF_ABC = 0x352441c2 }; /* CRC-32 of "abc" */

/* Opens the archive and reads entry 0; what was said. */
static const char *said_of(const struct text *zip, size_t n)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct archive *archive;
	struct bytes bytes;

	capture_start();
	archive = archive_open((struct bytes){ (unsigned char *)zip->at, n }, "m.keras", arena, diag);
	if (archive && archive_read(archive, 0, &bytes, arena, diag)) assert_string_equal((char *)bytes.at, "abc");
	archive_close(archive);
	arena_free(arena);
	return capture_end();
}

static void expect_zip(const struct entry *entries, int n, const char *wanted)
{
	struct text zip = { 0 };
	const char *said;

	make_zip(&zip, entries, n);
	said = said_of(&zip, zip.n);
	if (*wanted ? !strstr(said, wanted) : *said) fail_msg("wanted '%s', got '%s'", wanted, said);
	text_free(&zip);
}

static void test_entries(void **state)
{
	(void)state;
	expect_zip((struct entry[]){ { "a", "abc", 0, 0, 0, SUM_OF_ABC } }, 1, "");
	expect_zip((struct entry[]){ { "a", "abc", 0, 0, 0, 1 } }, 1,
		   "m.keras(a): error: the entry cannot be read: its check sum or size is wrong");
	expect_zip((struct entry[]){ { "a", "abc", 0, 1, 0, SUM_OF_ABC } }, 1, "it is encrypted");
	expect_zip((struct entry[]){ { "a", "abc", 0, 0, 4, SUM_OF_ABC } }, 1, "m.keras");
	expect_zip((struct entry[]){ { "a", "abc", 97, 0, 0, SUM_OF_ABC } }, 1,
		   "compression method 97 is not supported");
	expect_zip((struct entry[]){ { "a", "abc", 8, 0, 0x70000000, SUM_OF_ABC } }, 1, "which deflate cannot do");
	expect_zip((struct entry[]){ { "a", "abc", 8, 0, 0xfffffff0, SUM_OF_ABC } }, 1, "at most 2147483648 are read");
	expect_zip((struct entry[]){ { "a", "abc", 0, 0, 0, SUM_OF_ABC }, { "a", "abc", 0, 0, 0, SUM_OF_ABC } }, 2,
		   "the archive has two entries 'a'");
}

static void test_names_that_leave(void **state)
{
	static const char *const names[] = { "../a", "a/../../b", "/etc/a", "a/..", "..", "c:a", "a\\b" };

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		expect_zip((struct entry[]){ { names[i], "abc", 0, 0, 0, SUM_OF_ABC } }, 1, "leads out of the archive");
	expect_zip((struct entry[]){ { "a/..b/c..", "abc", 0, 0, 0, SUM_OF_ABC } }, 1, "");
}

static void test_truncated(void **state)
{
	struct text zip = { 0 };

	(void)state;
	make_zip(&zip, (struct entry[]){ { "a", "abc", 0, 0, 0, SUM_OF_ABC } }, 1);
	for (size_t n = 1; n < zip.n; n++)
		assert_non_null(strstr(said_of(&zip, n), "m.keras: error: the archive is truncated or damaged"));
	text_free(&zip);
}

/* The written archive, read back. */
static void test_written(void **state)
{
	static const char *const names[] = { "b.npy", "a.npy" };
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct text content[2] = { { 0 }, { 0 } }, zip = { 0 };
	struct archive *archive;
	struct bytes bytes;

	(void)state;
	text_add_n(&content[0], "x\0y", 3);
	for (int i = 0; i < 40000; i++) text_printf(&content[1], "%d ", i); /* longer than a block of the writer */
	assert_true(archive_write(
	    &zip, (struct archive_entry[]){ { names[0], &content[0] }, { names[1], &content[1] } }, 2, diag));
	archive = archive_open((struct bytes){ (unsigned char *)zip.at, zip.n }, "w.npz", arena, diag);
	assert_int_equal(archive_entries(archive), 2);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(archive_name(archive, i), names[i]);
		assert_true(archive_read(archive, i, &bytes, arena, diag));
		assert_int_equal(bytes.n, content[i].n);
		assert_memory_equal(bytes.at, content[i].at, bytes.n);
		text_free(&content[i]);
	}
	archive_close(archive);
	assert_memory_equal(zip.at + 8, "\0\0\0\0\x21\0", 6); /* stored; 1980-01-01 (APPNOTE.TXT 4.3.7) */
	text_free(&zip);
	assert_true(archive_write(&zip, NULL, 0, diag));
	archive = archive_open((struct bytes){ (unsigned char *)zip.at, zip.n }, "w.npz", arena, diag);
	assert_int_equal(archive_entries(archive), 0);
	archive_close(archive);
	text_free(&zip);
	arena_free(arena);
}

/* ---- HDF5 ------------------------------------------------------------------------------------------------------- */

struct opened {
	struct arena *arena;
	struct diag *diag;
	struct hdf5 *file;
};

static int open_types(void **state)
{
	struct opened *o;
	struct arena *arena = arena_new();
	struct bytes zip, h5;
	const char *reason;
	struct archive *archive;

	o = NEW(arena, struct opened);
	o->arena = arena;
	o->diag = diag_new(arena);
	if (!file_read(arena, "tests/unit/data/types.zip", &zip, &reason)) fail_msg("%s", reason);
	archive = archive_open(zip, "types.zip", arena, o->diag);
	assert_non_null(archive);
	assert_true(archive_read(archive, archive_find(archive, "types.h5"), &h5, arena, o->diag));
	archive_close(archive);
	o->file = hdf5_open(h5, "types.h5", arena, o->diag);
	assert_non_null(o->file);
	*state = o;
	return 0;
}

static int close_types(void **state)
{
	struct opened *o = *state;

	hdf5_close(o->file);
	arena_free(o->arena);
	return 0;
}

static void test_types(void **state)
{
	static const char *const same[] = { "/f2",   "/f4",       "/f8",       "/big_f4",  "/big_f8",
					    "/soft", "/shuffled", "/fletcher", "/chunked", "/compact" };
	static const float values[] = { 0.5f, -1.5f, 2.0f, 3.0f, 65504.0f, 0.0f };
	struct opened *o = *state;
	struct array array;

	for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
		assert_true(hdf5_read(o->file, same[i], &array, o->diag));
		assert_int_equal(array.shape.rank, 2);
		assert_memory_equal(array.f32, values, sizeof values);
		assert_false(array.rounded);
	}
	assert_true(hdf5_read(o->file, "/i8", &array, o->diag) && array.f32[0] == -3.0f && array.f32[1] == 5.0f);
	assert_true(hdf5_read(o->file, "/u1", &array, o->diag) && array.f32[0] == 200.0f);
	assert_true(hdf5_read(o->file, "/scalar", &array, o->diag) && array.shape.rank == 0 && array.f32[0] == 7.0f);
	assert_true(hdf5_read(o->file, "/bf16", &array, o->diag) && array.f32[0] == 1.0f && array.f32[1] == -3.0f);
	assert_true(hdf5_read(o->file, "/third", &array, o->diag) && array.rounded && array.f32[0] == 1.0f / 3.0f);
	assert_true(hdf5_read(o->file, "/empty", &array, o->diag) && array.shape.rank == 1 && array.shape.at[0] == 0);
	assert_true(hdf5_read(o->file, "/gzip", &array, o->diag));
	for (int i = 0; i < 1024; i++) assert_true(array.f32[i] == (float)(i % 64));
}

static void expect_refusal(struct opened *o, const char *path, const char *reason)
{
	struct array array;
	bool read;
	const char *said;

	capture_start();
	read = hdf5_read(o->file, path, &array, o->diag);
	said = capture_end();
	assert_false(read);
	if (!strstr(said, reason)) fail_msg("wanted '%s', got '%s'", reason, said);
}

static void test_refused(void **state)
{
	struct opened *o = *state;

	expect_refusal(o, "/text", "types.h5: error: /text: the weight cannot be read: its elements are not numbers");
	expect_refusal(o, "/huge", "its shape asks for 1073741824 bytes where 0 are stored");
	expect_refusal(o, "/rank7", "it has 7 axes; at most 6 are read");
	expect_refusal(o, "/dangling", "it is a link that leads nowhere");
	expect_refusal(o, "/outside", "it is a link to another file, which is never opened");
	expect_refusal(o, "/through_outside", "it is a link that leads nowhere");
	expect_refusal(o, "/group/up", "it is a link back to a group that holds it");
	expect_refusal(o, "/group/around", "it is a link back to a group that holds it");
	expect_refusal(o, "/lzf", "its filter 32000, lzf is not supported; gzip is");
	expect_refusal(o, "/records", "its elements are not numbers");
	expect_refusal(o, "/group", "it is a group");
	expect_refusal(o, "/nothing", "it is absent");
}

static void test_groups(void **state)
{
	struct opened *o = *state;
	int n;
	const char *const *members = hdf5_members(o->file, "/group", &n);

	assert_int_equal(n, 14);
	assert_string_equal(members[2], "2");
	assert_string_equal(members[11], "11");
	assert_null(hdf5_members(o->file, "/f4", &n));
	assert_null(hdf5_members(o->file, "/outside", &n));
	assert_true(hdf5_has(o->file, "/group/10"));
	assert_false(hdf5_has(o->file, "/group/12"));
	assert_string_equal(hdf5_text_attribute(o->file, "/group", "name"), "variable");
	assert_string_equal(hdf5_text_attribute(o->file, "/group", "fixed"), "fixed");
	assert_null(hdf5_text_attribute(o->file, "/group", "other"));
}

/* Lists of names as h5py writes them today and did before, whole and split. */
static void test_names(void **state)
{
	static const char *const lists[] = { "variable", "fixed", "blanks", "split" };
	struct opened *o = *state;
	struct hdf5_names names;
	const char *why;

	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		assert_true(hdf5_names(o->file, "/names", lists[i], &names, &why));
		assert_null(why);
		assert_int_equal(names.n, 3);
		assert_string_equal(names.at[0], "conv1d/kernel:0");
		assert_string_equal(names.at[1], "b");
		assert_string_equal(names.at[2], "gr\xc3\xb6\xc3\x9f"
						 "e \"x\"");
	}
	assert_true(hdf5_names(o->file, "/names", "empty", &names, &why) && !why && names.n == 0);
	assert_true(hdf5_names(o->file, "/names", "none", &names, &why) && !why && names.n == 0);
	assert_true(hdf5_names(o->file, "/names", "one", &names, &why) && !why && names.n == 1);
	assert_string_equal(hdf5_text_attribute(o->file, "/names", "one"), "alone");
	assert_true(hdf5_names(o->file, "/names", "numbers", &names, &why));
	assert_string_equal(why, "it is not text");
	assert_true(hdf5_names(o->file, "/group", "name", &names, &why));
	assert_string_equal(why, "it is one text, not a list");
	assert_false(hdf5_names(o->file, "/names", "absent", &names, &why));
	assert_int_equal(strlen(hdf5_text_attribute(o->file, "/names", "long")), 100000);
}

static void test_not_hdf5(void **state)
{
	struct arena *arena = arena_new();
	unsigned char text[] = "\x89HDF\r\n\x1a\n and then nothing of it";
	struct hdf5 *file;
	const char *said;

	(void)state;
	capture_start();
	file = hdf5_open((struct bytes){ text, sizeof text - 1 }, "x.h5", arena, diag_new(arena));
	said = capture_end();
	assert_null(file);
	assert_non_null(
	    strstr(said, "x.h5: error: the HDF5 file cannot be read: it is truncated, damaged or not an HDF5 file"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),
		cmocka_unit_test(test_names_that_leave),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_written),
		cmocka_unit_test_setup_teardown(test_types, open_types, close_types),
		cmocka_unit_test_setup_teardown(test_refused, open_types, close_types),
		cmocka_unit_test_setup_teardown(test_groups, open_types, close_types),
		cmocka_unit_test_setup_teardown(test_names, open_types, close_types),
		cmocka_unit_test(test_not_hdf5),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
