/* test_load_flatbuffer.c: fields, vectors and strings of a FlatBuffer written by hand, and what is wrong with broken ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "load/flatbuffer.h"

enum { BYTES = 76 };
enum { VTABLE = 4, TABLE = 24, STRING = 48, FLOATS = 56, TABLES = 68 };

static void put(unsigned char *at, uint32_t value, int n)
{
	for (int i = 0; i < n; i++) at[i] = (unsigned char)(value >> (8 * i));
}

/* Fields 0: i32 -2; 1: absent; 2: u8 200; 3: "abc"; 4: two f32; 5: i8 -3; 6: a vector of one table, whose offset leads back. */
static struct flatbuffer made(unsigned char file[BYTES])
{
	static const int fields[] = { 4, 0, 8, 12, 16, 9, 20 };

	memset(file, 0, BYTES);
	put(file, TABLE, 4);
	put(file + VTABLE, 4 + 2 * 7, 2);
	put(file + VTABLE + 2, 24, 2);
	for (int i = 0; i < 7; i++) put(file + VTABLE + 4 + 2 * i, (uint32_t)fields[i], 2);
	put(file + TABLE, TABLE - VTABLE, 4);
	put(file + TABLE + 4, (uint32_t)-2, 4);
	file[TABLE + 8] = 200;
	file[TABLE + 9] = 0xfd;
	put(file + TABLE + 12, STRING - (TABLE + 12), 4);
	put(file + TABLE + 16, FLOATS - (TABLE + 16), 4);
	put(file + TABLE + 20, TABLES - (TABLE + 20), 4);
	put(file + STRING, 3, 4);
	memcpy(file + STRING + 4, "abc", 4);
	put(file + FLOATS, 2, 4);
	put(file + FLOATS + 4, 0x3f800000, 4);
	put(file + FLOATS + 8, 0xc0000000, 4);
	put(file + TABLES, 1, 4);
	put(file + TABLES + 4, (uint32_t)(TABLE - (TABLES + 4)), 4);
	return (struct flatbuffer){ .bytes = { file, BYTES } };
}

static void test_fields(void **state)
{
	struct arena *arena = arena_new();
	unsigned char bytes[BYTES];
	struct flatbuffer file = made(bytes);
	const struct flatbuffer_table table = flatbuffer_root(&file);
	const struct flatbuffer_vector floats = flatbuffer_vector(&table, 4, 4);

	(void)state;
	assert_int_equal(flatbuffer_i32(&table, 0, 7), -2);
	assert_int_equal(flatbuffer_u32(&table, 0, 7), 0xfffffffe);
	assert_int_equal(flatbuffer_i32(&table, 1, 7), 7);
	assert_int_equal(flatbuffer_i32(&table, 99, -7), -7);
	assert_int_equal(flatbuffer_u8(&table, 2, 0), 200);
	assert_int_equal(flatbuffer_i8(&table, 5, 0), -3);
	assert_int_equal(flatbuffer_i8(&table, 1, -3), -3);
	assert_true(flatbuffer_f32(&table, 1, 0.5f) == 0.5f);
	assert_string_equal(flatbuffer_string(&table, 3, arena), "abc");
	assert_null(flatbuffer_string(&table, 1, arena));
	assert_true(floats.present && floats.n == 2);
	assert_true(flatbuffer_f32_at(&floats, 0) == 1 && flatbuffer_f32_at(&floats, 1) == -2);
	assert_false(flatbuffer_vector(&table, 1, 4).present);
	assert_int_equal(flatbuffer_sub(&table, 1).at, 0);
	assert_null(file.fault);
	arena_free(arena);
}

/* One change, one fault, at its byte; nothing is read behind it. */
static void expect_fault(size_t at, uint32_t value, int n, size_t fault_at, const char *said)
{
	struct arena *arena = arena_new();
	unsigned char bytes[BYTES];
	struct flatbuffer file = made(bytes);
	struct flatbuffer_table table;
	struct flatbuffer_vector tables;

	put(bytes + at, value, n);
	table = flatbuffer_root(&file);
	flatbuffer_i32(&table, 0, 0);
	flatbuffer_string(&table, 3, arena);
	flatbuffer_vector(&table, 4, 4);
	tables = flatbuffer_vector(&table, 6, 4);
	if (tables.n) flatbuffer_at(&tables, 0);
	assert_non_null(file.fault);
	assert_non_null(strstr(file.fault, said));
	assert_int_equal(file.fault_at, fault_at);
	assert_int_equal(flatbuffer_i32(&table, 0, 5), 5);
	arena_free(arena);
}

static void test_faults(void **state)
{
	(void)state;
	expect_fault(0, 0, 4, 0, "leads out of the file");
	expect_fault(0, BYTES + 1, 4, 0, "leads out of the file");
	expect_fault(0, 0xffffffff, 4, 0, "leads out of the file");
	expect_fault(0, TABLE + 1, 4, TABLE + 1, "not aligned");
	expect_fault(0, BYTES, 4, BYTES, "ends before");
	expect_fault(TABLE, 0x7fffffff, 4, TABLE, "vtable leads out");
	expect_fault(TABLE, 0x80000000, 4, TABLE, "vtable leads out");
	expect_fault(TABLE, TABLE - VTABLE - 1, 4, VTABLE + 1, "not aligned");
	expect_fault(VTABLE, 2, 2, VTABLE, "impossible sizes");
	expect_fault(VTABLE, 17, 2, VTABLE, "impossible sizes");
	expect_fault(VTABLE, 2000, 2, VTABLE, "ends before");
	expect_fault(VTABLE + 2, 2000, 2, TABLE, "ends before");
	expect_fault(VTABLE + 4, 22, 2, VTABLE, "outside of its table");
	expect_fault(VTABLE + 4, 6, 2, TABLE + 6, "not aligned");
	expect_fault(TABLE + 12, 1000, 4, TABLE + 12, "leads out of the file");
	expect_fault(STRING, 1000, 4, STRING, "longer than the file");
	expect_fault(STRING, 60, 4, STRING + 4, "ends before");
	expect_fault(FLOATS, 6, 4, FLOATS + 4, "ends before");
	expect_fault(FLOATS, 0xffffffff, 4, FLOATS, "longer than the file");
	/* Offsets lead forwards: a table cannot be within itself. */
	expect_fault(TABLES, 1, 4, TABLES + 4, "leads out of the file");
}

static void test_cut(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (size_t n = 0; n < FLOATS + 12; n++) {
		unsigned char bytes[BYTES];
		struct flatbuffer file = made(bytes);
		struct flatbuffer_table table;

		file.bytes.n = n;
		table = flatbuffer_root(&file);
		flatbuffer_i32(&table, 0, 0);
		flatbuffer_string(&table, 3, arena);
		flatbuffer_vector(&table, 4, 4);
		assert_non_null(file.fault);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
