/* test_load_npy.c: NumPy's arrays of every type, order and version; damaged ones by message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "capture.h"
#include "load/load.h"

/* A .npy file of this header and data. */
static struct bytes make(struct arena *arena, int version, const char *header, const void *data, size_t n)
{
	size_t width = version == 1 ? 2 : 4, length = strlen(header);
	struct bytes file = { arena_alloc(arena, 8 + width + length + n + 1), 8 + width + length + n };

	memcpy(file.at, "\x93NUMPY", 6);
	file.at[6] = (unsigned char)version;
	for (size_t i = 0; i < width; i++) file.at[8 + i] = (unsigned char)(length >> (8 * i));
	memcpy(file.at + 8 + width, header, length);
	memcpy(file.at + 8 + width + length, data, n);
	return file;
}

static void expect_values(const char *descr, const char *data, size_t bytes, int n, const float *wanted)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct array array;

	for (int version = 1; version <= 3; version++) {
		const char *header =
		    arena_printf(arena, "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }   \n", descr, n);
		assert_true(npy_read(make(arena, version, header, data, bytes), "x.npy", &array, arena, diag));
		assert_int_equal(array.shape.rank, 1);
		assert_int_equal(array.shape.at[0], n);
		assert_memory_equal(array.f32, wanted, sizeof *wanted * (size_t)n);
		assert_false(array.rounded);
	}
	arena_free(arena);
}

static void test_types(void **state)
{
	(void)state;
	expect_values("<f4", "\0\0\x80\x3f\0\0\0\xc0", 8, 2, (const float[]){ 1, -2 });
	expect_values(">f4", "\x3f\x80\0\0\xc0\0\0\0", 8, 2, (const float[]){ 1, -2 });
	expect_values("<f8", "\0\0\0\0\0\0\xf0\x3f", 8, 1, (const float[]){ 1 });
	expect_values(">f8", "\x3f\xf0\0\0\0\0\0\0", 8, 1, (const float[]){ 1 });
	/* 1, -2, the smallest subnormal, the largest, -0, infinity */
	expect_values("<f2", "\0\x3c\0\xc0\1\0\xff\x7b\0\x80\0\x7c", 12, 6,
		      (const float[]){ 1, -2, 0x1p-24f, 65504, -0.0f, INFINITY });
	expect_values(">f2", "\x3c\0", 2, 1, (const float[]){ 1 });
	expect_values("|i1", "\x80\xff\x7f", 3, 3, (const float[]){ -128, -1, 127 });
	expect_values("|u1", "\x80\xff\x7f", 3, 3, (const float[]){ 128, 255, 127 });
	expect_values("<i2", "\xfe\xff", 2, 1, (const float[]){ -2 });
	expect_values(">u2", "\xff\xfe", 2, 1, (const float[]){ 65534 });
	expect_values("<i4", "\0\0\0\x80", 4, 1, (const float[]){ -2147483648.0f });
	expect_values("<i8", "\0\0\0\0\0\0\0\x80", 8, 1, (const float[]){ -0x1p63f });
	expect_values("<u8", "\0\0\0\0\0\0\0\x80", 8, 1, (const float[]){ 0x1p63f });
	expect_values("|b1", "\1\0", 2, 2, (const float[]){ 1, 0 });
}

static void test_rounding_is_told(void **state)
{
	struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	static const char header[] = "{'descr': '<f8', 'fortran_order': False, 'shape': ()}\n";
	const double values[] = { 0.1, 1e300, NAN, INFINITY };
	const bool rounded[] = { true, true, false, false };
	struct array array;

	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_true(
		    npy_read(make(arena, 1, header, &values[i], sizeof values[i]), "x.npy", &array, arena, diag));
		assert_int_equal(array.shape.rank, 0);
		assert_int_equal(array.rounded, rounded[i]);
	}
	arena_free(arena);
}

/* Element (i, j, k) is 100 i + 10 j + k; a Fortran file has i fastest. */
static void test_fortran_order(void **state)
{
	struct arena *arena = arena_new();
	struct array array;
	unsigned char data[2 * 3 * 2];
	size_t n = 0;

	(void)state;
	for (int k = 0; k < 2; k++)
		for (int j = 0; j < 3; j++)
			for (int i = 0; i < 2; i++) data[n++] = (unsigned char)(100 * i + 10 * j + k);
	assert_true(npy_read(make(arena, 1, "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }\n", data, n),
			     "x.npy", &array, arena, diag_new(arena)));
	n = 0;
	for (int i = 0; i < 2; i++)
		for (int j = 0; j < 3; j++)
			for (int k = 0; k < 2; k++) assert_true(array.f32[n++] == (float)(100 * i + 10 * j + k));
	arena_free(arena);
}

static void test_written_is_read(void **state)
{
	struct arena *arena = arena_new();
	struct shape shape = shape_of(2, (int64_t)2, (int64_t)2);
	const float values[] = { 1.5f, -0.0f, INFINITY, 0x1p-149f };
	struct text out = { 0 };
	struct array array;

	(void)state;
	npy_write(&out, &shape, values);
	assert_int_equal((out.n - sizeof values) % 64, 0);
	assert_true(
	    npy_read((struct bytes){ (unsigned char *)out.at, out.n }, "x.npy", &array, arena, diag_new(arena)));
	assert_true(shape_equal(&array.shape, &shape));
	assert_memory_equal(array.f32, values, sizeof values);
	text_free(&out);
	arena_free(arena);
}

static const struct {
	const char *header;
	size_t bytes;
	const char *reason;
} damaged[] = {
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 7, "asks for 8 bytes of data, 7 are there" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", 9, "asks for 8 bytes of data, 9 are there" },
	{ "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }\n", 8, "elements of type '<c8' are not read" },
	{ "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", 8, "Python objects" },
	{ "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", 4, "records" },
	{ "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }\n", 4, "neither True nor False" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': [1], }\n", 4, "not a tuple" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", 4, "not a tuple" },
	{ "{'descr': '<f4', 'fortran_order': False}\n", 4, "lacks 'descr', 'fortran_order' or 'shape'" },
	{ "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}\n", 4, "'descr' once too often" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': ()} x\n", 4, "text behind its header" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1)}\n", 4, "more than 6 axes" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}\n", 4,
	  "does not fit in 64 bits" },
	{ "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296)}\n", 4, "more elements" },
	{ "", 0, "not a dictionary" },
};

static void expect_reason(struct bytes file, const char *reason)
{
	struct arena *arena = arena_new();
	struct array array;
	bool read;
	const char *said;

	capture_start();
	read = npy_read(file, "x.npy", &array, arena, diag_new(arena));
	said = capture_end();
	assert_false(read);
	if (!strstr(said, reason)) fail_msg("wanted '%s', got '%s'", reason, said);
	assert_non_null(strstr(said, "x.npy: error: the array cannot be read: "));
	arena_free(arena);
}

static void test_damaged(void **state)
{
	static const char data[16] = { 0 };
	struct arena *arena = arena_new();
	struct bytes file = make(arena, 1, damaged[0].header, data, 8), cut = file;

	(void)state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++)
		expect_reason(make(arena, 1, damaged[i].header, data, damaged[i].bytes), damaged[i].reason);
	for (cut.n = 0; cut.n < file.n; cut.n++)
		expect_reason(cut, cut.n < 8 ? "does not start as" : cut.n < file.n - 8 ? "header" : "data");
	file.at[6] = 4;
	expect_reason(file, "version 4.0 is not read");
	arena_free(arena);
}

/* How many arrays a path of the command line means, and what the first is called. */
static void expect_arrays(const char *path, const char *word, int n, const char *first)
{
	const char *const words[] = { word, NULL };
	struct arena *arena = arena_new();
	struct arrays arrays = { 0 };

	assert_true(arrays_named(path, words, &arrays, arena, diag_new(arena)));
	assert_int_equal(arrays.list.n, n);
	assert_string_equal(arrays.list.at[0].name, first);
	arena_free(arena);
}

static void test_named(void **state)
{
	static const char npz[] = "tests/malformed/surplus.npz", npy[] = "tests/malformed/kernel.npy";
	struct arena *arena = arena_new();
	struct arrays arrays = { 0 };
	const char *const words[] = { "input", NULL };
	const char *said;
	bool read;

	(void)state;
	expect_arrays(npy, "input", 1, npy);
	expect_arrays(npz, "input", 3, "tests/malformed/surplus.npz:arr_0");
	expect_arrays(npz, "arr_1", 1, "tests/malformed/surplus.npz:arr_1");
	expect_arrays(npz, "arr", 3, "tests/malformed/surplus.npz:arr_0");
	expect_arrays("tests/malformed/surplus.npz:arr_2", "arr_1", 1, "tests/malformed/surplus.npz:arr_2");
	capture_start();
	read = arrays_named("tests/malformed/surplus.npz:arr", words, &arrays, arena, diag_new(arena));
	said = capture_end();
	assert_false(read);
	assert_non_null(strstr(said, "surplus.npz: error: it has no array 'arr'; it has: arr_0, arr_1, arr_2"));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),         cmocka_unit_test(test_rounding_is_told),
		cmocka_unit_test(test_fortran_order), cmocka_unit_test(test_written_is_read),
		cmocka_unit_test(test_damaged),       cmocka_unit_test(test_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
