/* elf.c: sizes of sections and symbols of a little-endian object: what machine code and constants take. */
#include "judge/parts.h"

#include <string.h>

/* Where fields stand in the ELF header, a section's header, and a symbol; see the System V ABI, chapter 4.  words: bytes of an
 * offset or size. */
struct layout {
	const char *ident;
	int words;
	size_t header, sections_at, section_bytes_at, section_count_at;
	size_t section, flags_at, offset_at, size_at, link_at;
	size_t symbol, symbol_size_at, symbol_info_at;
};
static const struct layout layouts[] = {
	{ "\177ELF\1\1", 4, 52, 32, 46, 48, 40, 8, 16, 20, 24, 16, 8, 12 },
	{ "\177ELF\2\1", 8, 64, 40, 58, 60, 64, 8, 24, 32, 40, 24, 16, 4 },
};
enum { TYPE_AT = 4, TYPE_BITS = 1, TYPE_SYMBOLS = 2, FLAG_WRITE = 1, FLAG_ALLOC = 2, FLAG_EXECUTE = 4 };
enum { SYMBOL_OBJECT = 1, SYMBOL_FUNCTION = 2 };

static int64_t number_at(const struct bytes *file, int64_t at, int bytes)
{
	uint64_t number = 0;
	if (at < 0 || (uint64_t)at > file->n || file->n - (size_t)at < (size_t)bytes) return 0;
	for (int i = bytes; i-- > 0;) number = number << 8 | (unsigned char)file->at[at + i];
	return (int64_t)(number & INT64_MAX);
}

static void add_symbols(const struct bytes *file, const struct layout *l, int64_t symbols, int64_t size, int64_t names,
			struct object_sizes *out, struct arena *arena)
{
	const int64_t end = size < (int64_t)file->n ? size : (int64_t)file->n;
	for (int64_t at = 0; at + (int64_t)l->symbol <= end; at += (int64_t)l->symbol) {
		const int64_t kind = number_at(file, symbols + at + (int64_t)l->symbol_info_at, 1) & 15;
		const int64_t name = names + number_at(file, symbols + at, 4);
		if ((kind != SYMBOL_OBJECT && kind != SYMBOL_FUNCTION) || name < 0 || name >= (int64_t)file->n)
			continue;
		const struct object_symbol symbol = { .name = (const char *)file->at + name,
						      .bytes = number_at(
							  file, symbols + at + (int64_t)l->symbol_size_at, l->words),
						      .is_code = kind == SYMBOL_FUNCTION };
		list_push(arena, &out->symbols, symbol);
	}
}

static const struct layout *layout_of(const struct bytes *file)
{
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
		const struct layout *l = &layouts[i];
		if (file->n >= l->header && memcmp(file->at, l->ident, 6) == 0 &&
		    number_at(file, (int64_t)l->section_bytes_at, 2) == (int64_t)l->section)
			return l;
	}
	return NULL;
}

static void add_section(const struct bytes *file, const struct layout *l, int64_t sections, int64_t at,
			struct object_sizes *out, struct arena *arena)
{
	const int64_t type = number_at(file, at + TYPE_AT, 4),
		      flags = number_at(file, at + (int64_t)l->flags_at, l->words);
	const int64_t size = number_at(file, at + (int64_t)l->size_at, l->words);
	if (flags & FLAG_ALLOC && flags & FLAG_EXECUTE)
		out->code += size;
	else if (flags & FLAG_ALLOC && flags & FLAG_WRITE)
		out->written += size;
	else if (flags & FLAG_ALLOC && type == TYPE_BITS) /* neither notes nor tables for unwinding */
		out->constants += size;
	if (type != TYPE_SYMBOLS) return;
	const int64_t names = sections + number_at(file, at + (int64_t)l->link_at, 4) * (int64_t)l->section;
	add_symbols(file, l, number_at(file, at + (int64_t)l->offset_at, l->words), size,
		    number_at(file, names + (int64_t)l->offset_at, l->words), out, arena);
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
	const struct layout *l = layout_of(&file);
	if (!l) {
		diag_file_error(diag, path, "is no little-endian ELF object");
		return false;
	}
	const int64_t sections = number_at(&file, (int64_t)l->sections_at, l->words);
	const int64_t n = number_at(&file, (int64_t)l->section_count_at, 2);
	for (int64_t i = 0; i < n; i++) add_section(&file, l, sections, sections + i * (int64_t)l->section, out, arena);
	return true;
}
