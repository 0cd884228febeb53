/* text.c: text that grows. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_LEAST = 256 };

/* Room for n more bytes and a NUL. */
static void text_reserve(struct text *text, size_t n)
{
	size_t capacity = text->capacity ? text->capacity : TEXT_LEAST;
	char *grown;

	if (n > SIZE_MAX / 2 - text->n - 1) out_of_memory(n);
	if (text->at && text->n + n + 1 <= text->capacity) return;
	while (capacity < text->n + n + 1) capacity *= 2;
	grown = realloc(text->at, capacity);
	if (!grown) out_of_memory(capacity);
	text->at = grown;
	text->capacity = capacity;
}

void text_add_n(struct text *text, const char *bytes, size_t n)
{
	text_reserve(text, n);
	if (n) memcpy(text->at + text->n, bytes, n);
	text->n += n;
	text->at[text->n] = '\0';
}

void text_add(struct text *text, const char *string)
{
	text_add_n(text, string, strlen(string));
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list arguments, again;
	int n;

	va_start(arguments, format);
	va_copy(again, arguments);
	n = vsnprintf(NULL, 0, format, arguments);
	CHECK(n >= 0);
	text_reserve(text, (size_t)n);
	vsnprintf(text->at + text->n, (size_t)n + 1, format, again);
	text->n += (size_t)n;
	va_end(again);
	va_end(arguments);
}

void text_free(struct text *text)
{
	free(text->at);
	*text = (struct text){ 0 };
}

const char *count_text(struct arena *arena, int64_t n)
{
	char digits[24], *out = arena_alloc(arena, 32), *to = out;
	const char *from = digits;
	int left = snprintf(digits, sizeof digits, "%lld", (long long)n);

	if (*from == '-') *to++ = *from++, left--;
	for (; left; left--) {
		*to++ = *from++;
		if (left > 1 && left % 3 == 1) *to++ = ',';
	}
	return out;
}
