/* elf.c: sizes of sections and symbols of an object of 32 bits, little-endian: what machine code and constants take. */
#include "judge/parts.h"

#include <string.h>

/* Of the ELF header, a section's header, and a symbol: offsets of fields; see the System V ABI, chapter 4. */
enum { HEADER = 52, SECTIONS_AT = 32, SECTION_BYTES_AT = 46, SECTION_COUNT_AT = 48 };
enum { SECTION = 40, TYPE_AT = 4, FLAGS_AT = 8, OFFSET_AT = 16, SIZE_AT = 20, LINK_AT = 24 };
enum { SYMBOL = 16, SYMBOL_SIZE_AT = 8, SYMBOL_INFO_AT = 12 };
enum { TYPE_SYMBOLS = 2, TYPE_NO_BITS = 8, FLAG_WRITE = 1, FLAG_ALLOC = 2, FLAG_EXECUTE = 4 };
enum { SYMBOL_OBJECT = 1, SYMBOL_FUNCTION = 2 };

static uint32_t number_at(const struct bytes *file, size_t at, int bytes)
{
	uint32_t number = 0;
	if (at > file->n || file->n - at < (size_t)bytes) return 0;
	for (int i = bytes; i-- > 0;) number = number << 8 | (unsigned char)file->at[at + (size_t)i];
	return number;
}

static void add_symbols(const struct bytes *file, uint32_t symbols, uint32_t size, uint32_t names,
			struct object_sizes *out, struct arena *arena)
{
	for (uint32_t at = 0; at + SYMBOL <= size; at += SYMBOL) {
		const uint32_t kind = number_at(file, symbols + at + SYMBOL_INFO_AT, 1) & 15;
		const size_t name = (size_t)names + number_at(file, symbols + at, 4);
		if ((kind != SYMBOL_OBJECT && kind != SYMBOL_FUNCTION) || name >= file->n) continue;
		const struct object_symbol symbol = { .name = (const char *)file->at + name,
						      .bytes = number_at(file, symbols + at + SYMBOL_SIZE_AT, 4),
						      .is_code = kind == SYMBOL_FUNCTION };
		list_push(arena, &out->symbols, symbol);
	}
}

bool object_sizes(const char *path, struct object_sizes *out, struct arena *arena, struct diag *diag)
{
	struct bytes file;
	const char *reason;
	*out = (struct object_sizes){ 0 };
	if (!file_read(arena, path, &file, &reason)) {
		diag_file_error(diag, path, "cannot be read: %s", reason);
		return false;
	}
	const uint32_t sections = number_at(&file, SECTIONS_AT, 4), n = number_at(&file, SECTION_COUNT_AT, 2);
	if (file.n < HEADER || memcmp(file.at, "\177ELF\1\1", 6) != 0 ||
	    number_at(&file, SECTION_BYTES_AT, 2) != SECTION) {
		diag_file_error(diag, path, "is no object of 32 bits, little-endian");
		return false;
	}
	for (uint32_t i = 0; i < n; i++) {
		const size_t at = sections + (size_t)i * SECTION;
		const uint32_t type = number_at(&file, at + TYPE_AT, 4), flags = number_at(&file, at + FLAGS_AT, 4);
		const uint32_t size = number_at(&file, at + SIZE_AT, 4);
		if (flags & FLAG_ALLOC && flags & FLAG_EXECUTE)
			out->code += size;
		else if (flags & FLAG_ALLOC && flags & FLAG_WRITE)
			out->written += size;
		else if (flags & FLAG_ALLOC && type != TYPE_NO_BITS)
			out->constants += size;
		if (type != TYPE_SYMBOLS) continue;
		const size_t names = sections + (size_t)number_at(&file, at + LINK_AT, 4) * SECTION;
		add_symbols(&file, number_at(&file, at + OFFSET_AT, 4), size, number_at(&file, names + OFFSET_AT, 4),
			    out, arena);
	}
	return true;
}
