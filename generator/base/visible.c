/* visible.c: text of others, made fit for a terminal; names that were nearly right. */
#include "base/base.h"

#include <stdlib.h>
#include <string.h>

int utf8_at(const char *at, size_t n, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *c = (const unsigned char *)at;
	int i, length;

	if (n == 0) return 0;
	length = c[0] < 0x80 ? 1 : c[0] < 0xc2 ? 0 : c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : c[0] < 0xf5 ? 4 : 0;
	if (length == 0 || (size_t)length > n) return 0;
	*code = length == 1 ? c[0] : c[0] & (0x7fu >> length);
	for (i = 1; i < length; i++) {
		if ((c[i] & 0xc0) != 0x80) return 0;
		*code = *code << 6 | (c[i] & 0x3f);
	}
	return *code < least[length] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff) ? 0 : length;
}

/* Characters that move the cursor or turn the direction of the text: C0, C1, line separators, marks and overrides. */
static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x200b && code <= 0x200f) ||
	       (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

void text_add_visible(struct text *text, const char *bytes, size_t n)
{
	size_t at = 0;
	uint32_t code;

	while (at < n) {
		int length = utf8_at(bytes + at, n - at, &code);

		if (length == 0 || (length == 1 && is_control(code))) {
			text_printf(text, "\\x%02x", (unsigned)(unsigned char)bytes[at]);
			at++;
		} else {
			if (is_control(code)) {
				text_printf(text, "\\u%04x", (unsigned)code);
			} else {
				text_add_n(text, bytes + at, (size_t)length);
			}
			at += (size_t)length;
		}
	}
}

enum { NAME_MOST = 64 };

static int lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* Damerau's distance between adjacent letters: insertions, deletions, changes, swaps; case does not count. */
static int distance(const char *a, const char *b)
{
	int rows[3][NAME_MOST + 1], n = (int)strlen(a), m = (int)strlen(b), i, j;

	if (n > NAME_MOST || m > NAME_MOST) return NAME_MOST;
	for (j = 0; j <= m; j++) rows[0][j] = j;
	for (i = 1; i <= n; i++) {
		int *now = rows[i % 3], *before = rows[(i + 2) % 3], *two_before = rows[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= m; j++) {
			int best = before[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			if (before[j] + 1 < best) best = before[j] + 1;
			if (now[j - 1] + 1 < best) best = now[j - 1] + 1;
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]) && two_before[j - 2] + 1 < best) {
				best = two_before[j - 2] + 1;
			}
			now[j] = best;
		}
	}
	return rows[n % 3][m];
}

const char *nearest_name(const char *written, const char *const *names, int n)
{
	int most = (int)(strlen(written) + 1) / 3, i;
	const char *best = NULL;

	for (i = 0; i < n; i++) {
		int d = distance(written, names[i]);

		if (d <= most && (!best || d < distance(written, best))) best = names[i];
	}
	return best;
}
