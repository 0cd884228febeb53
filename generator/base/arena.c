/* arena.c: memory that lives and dies together: a list of blocks, filled front to back. */
#include "base/base.h"

#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 64 * 1024 };

struct block {
	struct block *next;
	size_t used, capacity;
	alignas(max_align_t) unsigned char at[];
};

/* The first block of the list is the one that is being filled. */
struct arena {
	struct block *first;
};

/* calloc() gives zeros, and for large blocks pages that cost nothing until they are touched. */
static struct block *block_new(size_t capacity)
{
	struct block *block;

	if (capacity > SIZE_MAX - sizeof *block) out_of_memory(capacity);
	block = calloc(1, sizeof *block + capacity);
	if (!block) out_of_memory(capacity);
	block->capacity = capacity;
	return block;
}

struct arena *arena_new(void)
{
	struct arena *arena = calloc(1, sizeof *arena);

	if (!arena) out_of_memory(sizeof *arena);
	return arena;
}

void arena_free(struct arena *arena)
{
	struct block *block, *next;

	if (!arena) return;
	for (block = arena->first; block; block = next) {
		next = block->next;
		free(block);
	}
	free(arena);
}

/* A large piece gets a block of its own behind the one being filled, whose rest stays in use. */
static void *alloc_large(struct arena *arena, size_t bytes)
{
	struct block *block = block_new(bytes);

	block->used = bytes;
	if (arena->first) {
		block->next = arena->first->next;
		arena->first->next = block;
	} else {
		arena->first = block;
	}
	return block->at;
}

void *arena_alloc(struct arena *arena, size_t bytes)
{
	const size_t align = alignof(max_align_t);
	struct block *block = arena->first;
	void *at;

	if (bytes > SIZE_MAX - align) out_of_memory(bytes);
	bytes = bytes ? (bytes + align - 1) / align * align : align;
	if (bytes > BLOCK_BYTES / 4) return alloc_large(arena, bytes);
	if (!block || block->capacity - block->used < bytes) {
		block = block_new(BLOCK_BYTES);
		block->next = arena->first;
		arena->first = block;
	}
	at = block->at + block->used;
	block->used += bytes;
	return at;
}

void *arena_array(struct arena *arena, int64_t n, size_t size)
{
	CHECK(n >= 0);
	if (size && (uint64_t)n > SIZE_MAX / size) out_of_memory(SIZE_MAX);
	return arena_alloc(arena, (size_t)n * size);
}

void *arena_copy(struct arena *arena, const void *from, size_t bytes)
{
	void *at = arena_alloc(arena, bytes);

	if (bytes) memcpy(at, from, bytes);
	return at;
}

char *arena_string_n(struct arena *arena, const char *text, size_t n)
{
	char *at = arena_alloc(arena, n + 1);

	if (n) memcpy(at, text, n);
	return at;
}

char *arena_string(struct arena *arena, const char *text)
{
	return arena_string_n(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *at;
	int n;

	va_copy(again, arguments);
	n = vsnprintf(NULL, 0, format, arguments);
	CHECK(n >= 0);
	at = arena_alloc(arena, (size_t)n + 1);
	vsnprintf(at, (size_t)n + 1, format, again);
	va_end(again);
	return at;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
	va_list arguments;
	char *at;

	va_start(arguments, format);
	at = arena_vprintf(arena, format, arguments);
	va_end(arguments);
	return at;
}

void list_reserve(struct arena *arena, void **at, int n, int *capacity, size_t size)
{
	void *grown;

	if (n < *capacity) return;
	CHECK(n < INT32_MAX / 2);
	*capacity = n ? 2 * n : 8;
	grown = arena_array(arena, *capacity, size);
	if (n) memcpy(grown, *at, (size_t)n * size);
	*at = grown;
}

bool size_mul(int64_t a, int64_t b, int64_t *product)
{
	if (a < 0 || b < 0 || (b > 0 && a > INT64_MAX / b)) return false;
	*product = a * b;
	return true;
}

bool size_add(int64_t a, int64_t b, int64_t *sum)
{
	if (a < 0 || b < 0 || a > INT64_MAX - b) return false;
	*sum = a + b;
	return true;
}
