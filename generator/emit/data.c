/* data.c: a weight table as data of an assembler.  GNU as and clang read eight bytes in one .quad fastest, and without
 * rounding anything: a NaN keeps its payload. */
#include "emit/emit.h"

enum { QUADS_A_LINE = 4, QUAD_TEXT = 18 };

/* "0x" and 16 digits of the 8 bytes at 'at', the last one first. */
static void quad(char out[QUAD_TEXT], const unsigned char *at)
{
	static const char digits[] = "0123456789abcdef";

	*out++ = '0';
	*out++ = 'x';
	for (int i = 7; i >= 0; i--) {
		*out++ = digits[at[i] >> 4];
		*out++ = digits[at[i] & 15];
	}
}

void spell_data(struct text *out, const struct table *table)
{
	struct text bytes = { 0 };
	const unsigned char *at;
	size_t i, quads;
	char word[QUAD_TEXT];

	table_bytes(table, &bytes);
	at = (const unsigned char *)bytes.at;
	quads = bytes.n / 8;
	for (i = 0; i < quads; i++) {
		quad(word, at + 8 * i);
		text_add(out, i % QUADS_A_LINE ? "," : "    .quad ");
		text_add_n(out, word, QUAD_TEXT);
		if (i % QUADS_A_LINE == QUADS_A_LINE - 1 || i + 1 == quads) text_add(out, "\n");
	}
	for (i = 8 * quads; i < bytes.n; i++)
		text_printf(out, "%s%d%s", i % 8 ? "," : "    .byte ", at[i], i + 1 == bytes.n ? "\n" : "");
	text_free(&bytes);
}
