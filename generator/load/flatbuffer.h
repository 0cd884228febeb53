/* flatbuffer.h: tables, vectors and strings of a FlatBuffer, every offset checked against the file and its alignment.
 * Private to load/.
 *
 * The first fault is kept in the file and all reads behind it give nothing: whoever reads asks once, at the end. */
#ifndef CONV1DC_FLATBUFFER_H
#define CONV1DC_FLATBUFFER_H

#include "base/base.h"

struct flatbuffer {
	struct bytes bytes;
	const char *fault; /* NULL: none so far */
	size_t fault_at;   /* the byte that it was seen at */
};

/* at 0: there is none; every field of it is absent. */
struct flatbuffer_table {
	struct flatbuffer *file;
	size_t at, vtable;
	size_t bytes, fields; /* of the table itself; slots of its vtable */
};
struct flatbuffer_vector {
	struct flatbuffer *file;
	size_t at; /* of element 0 */
	int64_t n;
	size_t size; /* of an element in bytes; of tables: of their offsets */
	bool present;
};

/* A field by its number in the schema, from 0 on; what is absent is 'otherwise', or empty. */
struct flatbuffer_table flatbuffer_root(struct flatbuffer *file);
int64_t flatbuffer_u8(const struct flatbuffer_table *table, int field, int64_t otherwise);
int64_t flatbuffer_i8(const struct flatbuffer_table *table, int field, int64_t otherwise);
int64_t flatbuffer_i32(const struct flatbuffer_table *table, int field, int64_t otherwise);
int64_t flatbuffer_u32(const struct flatbuffer_table *table, int field, int64_t otherwise);
uint64_t flatbuffer_u64(const struct flatbuffer_table *table, int field, uint64_t otherwise);
float flatbuffer_f32(const struct flatbuffer_table *table, int field, float otherwise);
struct flatbuffer_table flatbuffer_sub(const struct flatbuffer_table *table, int field);
struct flatbuffer_vector flatbuffer_vector(const struct flatbuffer_table *table, int field, size_t size);
/* In the arena; NUL inside ends it.  NULL: absent. */
const char *flatbuffer_string(const struct flatbuffer_table *table, int field, struct arena *arena);

/* Element i < n of a vector of its kind. */
struct flatbuffer_table flatbuffer_at(const struct flatbuffer_vector *vector, int64_t i);
int64_t flatbuffer_i32_at(const struct flatbuffer_vector *vector, int64_t i);
int64_t flatbuffer_i64_at(const struct flatbuffer_vector *vector, int64_t i);
float flatbuffer_f32_at(const struct flatbuffer_vector *vector, int64_t i);
struct bytes
flatbuffer_bytes(const struct flatbuffer_vector *vector); /* of one byte each; where they lie in the file */

#endif
