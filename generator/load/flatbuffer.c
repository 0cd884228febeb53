/* flatbuffer.c: reads a FlatBuffer; all numbers are little-endian, all offsets are from where they stand. */
#include "load/flatbuffer.h"

#include <string.h>

enum { OFFSET = 4, SLOT = 2, VTABLE_HEAD = 4 };

static bool fail(struct flatbuffer *file, size_t at, const char *what)
{
	if (!file->fault) {
		file->fault = what;
		file->fault_at = at;
	}
	return false;
}

/* Are n bytes at 'at' in the file, at a multiple of 'align'? */
static bool holds(struct flatbuffer *file, size_t at, size_t n, size_t align)
{
	if (file->fault) return false;
	if (at > file->bytes.n || n > file->bytes.n - at)
		return fail(file, at, "the file ends before what stands here");
	if (at % align) return fail(file, at, "what stands here is not aligned to its size");
	return true;
}

static uint64_t little(const struct flatbuffer *file, size_t at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = n; i-- > 0;) value = value << 8 | file->bytes.at[at + i];
	return value;
}

static uint64_t unsigned_at(struct flatbuffer *file, size_t at, size_t n)
{
	return holds(file, at, n, n) ? little(file, at, n) : 0;
}

static int64_t signed_of(uint64_t value, size_t n)
{
	const uint64_t sign = (uint64_t)1 << (8 * n - 1);

	return (int64_t)((value ^ sign) - sign);
}

/* Where the offset at 'at' leads; 0 after a fault. */
static size_t target(struct flatbuffer *file, size_t at)
{
	const size_t by = (size_t)unsigned_at(file, at, OFFSET);

	if (file->fault) return 0;
	if (by && by <= file->bytes.n - at) return at + by;
	fail(file, at, "the offset here leads out of the file");
	return 0;
}

/* ---- tables ---------------------------------------------------------------------------------------------------- */

static struct flatbuffer_table table_at(struct flatbuffer *file, size_t at)
{
	const struct flatbuffer_table none = { .file = file };
	struct flatbuffer_table table = { .file = file, .at = at };
	int64_t vtable;
	size_t bytes;

	if (!at || !holds(file, at, OFFSET, OFFSET)) return none;
	vtable = (int64_t)at - signed_of(little(file, at, OFFSET), OFFSET);
	if (vtable < 0 || vtable > (int64_t)file->bytes.n) {
		fail(file, at, "the offset of the table's vtable leads out of the file");
		return none;
	}
	table.vtable = (size_t)vtable;
	if (!holds(file, table.vtable, VTABLE_HEAD, SLOT)) return none;
	bytes = (size_t)little(file, table.vtable, SLOT);
	table.bytes = (size_t)little(file, table.vtable + SLOT, SLOT);
	if (bytes < VTABLE_HEAD || bytes % SLOT || table.bytes < OFFSET) {
		fail(file, table.vtable, "this vtable has impossible sizes");
		return none;
	}
	if (!holds(file, table.vtable, bytes, SLOT) || !holds(file, at, table.bytes, OFFSET)) return none;
	table.fields = (bytes - VTABLE_HEAD) / SLOT;
	return table;
}

struct flatbuffer_table flatbuffer_root(struct flatbuffer *file)
{
	return table_at(file, target(file, 0));
}

/* Where a field of n bytes stands; 0: absent. */
static size_t field_at(const struct flatbuffer_table *table, int field, size_t n)
{
	size_t by;

	if (!table->at || table->file->fault || (size_t)field >= table->fields) return 0;
	by = (size_t)little(table->file, table->vtable + VTABLE_HEAD + SLOT * (size_t)field, SLOT);
	if (!by) return 0;
	if (by < OFFSET || by > table->bytes || n > table->bytes - by) {
		fail(table->file, table->vtable, "this vtable has a field outside of its table");
		return 0;
	}
	return holds(table->file, table->at + by, n, n) ? table->at + by : 0;
}

static uint64_t scalar(const struct flatbuffer_table *table, int field, size_t n, uint64_t otherwise)
{
	const size_t at = field_at(table, field, n);

	return at ? little(table->file, at, n) : otherwise;
}

int64_t flatbuffer_u8(const struct flatbuffer_table *table, int field, int64_t otherwise)
{
	return (int64_t)scalar(table, field, 1, (uint64_t)otherwise & 0xff);
}

int64_t flatbuffer_i8(const struct flatbuffer_table *table, int field, int64_t otherwise)
{
	return signed_of(scalar(table, field, 1, (uint64_t)otherwise & 0xff), 1);
}

int64_t flatbuffer_i32(const struct flatbuffer_table *table, int field, int64_t otherwise)
{
	return signed_of(scalar(table, field, 4, (uint64_t)otherwise & 0xffffffff), 4);
}

int64_t flatbuffer_u32(const struct flatbuffer_table *table, int field, int64_t otherwise)
{
	return (int64_t)scalar(table, field, 4, (uint64_t)otherwise & 0xffffffff);
}

uint64_t flatbuffer_u64(const struct flatbuffer_table *table, int field, uint64_t otherwise)
{
	return scalar(table, field, 8, otherwise);
}

static float float_of(uint64_t bits)
{
	const uint32_t word = (uint32_t)bits;
	float value;

	memcpy(&value, &word, sizeof value);
	return value;
}

float flatbuffer_f32(const struct flatbuffer_table *table, int field, float otherwise)
{
	const size_t at = field_at(table, field, 4);

	return at ? float_of(little(table->file, at, 4)) : otherwise;
}

struct flatbuffer_table flatbuffer_sub(const struct flatbuffer_table *table, int field)
{
	const size_t at = field_at(table, field, OFFSET);

	return table_at(table->file, at ? target(table->file, at) : 0);
}

/* ---- vectors --------------------------------------------------------------------------------------------------- */

struct flatbuffer_vector flatbuffer_vector(const struct flatbuffer_table *table, int field, size_t size)
{
	const size_t from = field_at(table, field, OFFSET), at = from ? target(table->file, from) : 0;
	struct flatbuffer_vector vector = { .file = table->file, .size = size };
	uint64_t n;

	if (!at) return vector;
	n = unsigned_at(table->file, at, OFFSET);
	if (n > table->file->bytes.n / size) {
		fail(table->file, at, "this vector is longer than the file");
		return vector;
	}
	if (n && !holds(table->file, at + OFFSET, (size_t)n * size, size)) return vector;
	if (table->file->fault) return vector;
	vector.at = at + OFFSET;
	vector.n = (int64_t)n;
	vector.present = true;
	return vector;
}

const char *flatbuffer_string(const struct flatbuffer_table *table, int field, struct arena *arena)
{
	const struct flatbuffer_vector text = flatbuffer_vector(table, field, 1);

	if (!text.present) return NULL;
	return arena_string_n(arena, (const char *)table->file->bytes.at + text.at, (size_t)text.n);
}

static uint64_t element(const struct flatbuffer_vector *vector, int64_t i)
{
	CHECK(i >= 0 && i < vector->n);
	return little(vector->file, vector->at + (size_t)i * vector->size, vector->size);
}

struct flatbuffer_table flatbuffer_at(const struct flatbuffer_vector *vector, int64_t i)
{
	CHECK(i >= 0 && i < vector->n && vector->size == OFFSET);
	return table_at(vector->file, target(vector->file, vector->at + (size_t)i * OFFSET));
}

int64_t flatbuffer_i32_at(const struct flatbuffer_vector *vector, int64_t i)
{
	return signed_of(element(vector, i), 4);
}

int64_t flatbuffer_i64_at(const struct flatbuffer_vector *vector, int64_t i)
{
	return signed_of(element(vector, i), 8);
}

float flatbuffer_f32_at(const struct flatbuffer_vector *vector, int64_t i)
{
	return float_of(element(vector, i));
}

struct bytes flatbuffer_bytes(const struct flatbuffer_vector *vector)
{
	return (struct bytes){ vector->file->bytes.at + vector->at, (size_t)vector->n };
}
