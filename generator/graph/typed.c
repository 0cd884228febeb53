/* typed.c: values as floats, and as the bytes of a type as this machine has them. */
#include "graph/graph.h"

#include <string.h>

/* VALUES(type, C type) of those that floats hold exactly, or as far as they do */
#define VALUES(VALUE)                                                                                                  \
	VALUE(TYPE_F32, float)                                                                                         \
	VALUE(TYPE_I8, int8_t)                                                                                         \
	VALUE(TYPE_U8, uint8_t)                                                                                        \
	VALUE(TYPE_I16, int16_t)                                                                                       \
	VALUE(TYPE_I32, int32_t)                                                                                       \
	VALUE(TYPE_I64, int64_t)

#define VALUE(id, c_type)                                                                                              \
	static void store_##id(void *bytes, float value)                                                               \
	{                                                                                                              \
		const c_type typed = (c_type)value;                                                                    \
		memcpy(bytes, &typed, sizeof typed);                                                                   \
	}                                                                                                              \
	static float load_##id(const void *bytes)                                                                      \
	{                                                                                                              \
		c_type typed;                                                                                          \
		memcpy(&typed, bytes, sizeof typed);                                                                   \
		return (float)typed;                                                                                   \
	}
VALUES(VALUE)
#undef VALUE

static const struct {
	void (*store)(void *bytes, float value);
	float (*load)(const void *bytes);
} typed[] = {
#define VALUE(id, c_type) [id] = { store_##id, load_##id },
	VALUES(VALUE)
#undef VALUE
};

void type_store(enum type type, void *bytes, const float *values, int64_t n)
{
	const int size = type_bytes(type);

	for (int64_t i = 0; i < n; i++) typed[type].store((char *)bytes + i * size, values[i]);
}

void type_load(enum type type, float *values, const void *bytes, int64_t n)
{
	const int size = type_bytes(type);

	for (int64_t i = 0; i < n; i++) values[i] = typed[type].load((const char *)bytes + i * size);
}
