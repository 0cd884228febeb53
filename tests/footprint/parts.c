/* parts.c: for calibrate.py: what emitted C consists of: parts PREFIX <NAME.c; one line a function. */
#include "emit/footprint.h"

#include <stdio.h>

static void print_function(const struct counted *function)
{
	printf("%s %d %lld %lld", function->name, function->small, (long long)function->arrays,
	       (long long)function->locals);
	for (int i = 0; i < CODE_PARTS; i++) printf(" %lld", (long long)function->at[i]);
	for (int i = 0; i < function->calls.n; i++) printf("%s%d", i ? "," : " ", function->calls.at[i]);
	printf("%s\n", function->calls.n ? "" : " -");
}

int main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct counts counts = { 0 };
	struct text text = { 0 };
	char block[4096];
	size_t n;

	if (argc != 2) return 2;
	while ((n = fread(block, 1, sizeof block, stdin)) > 0) text_add_n(&text, block, n);
	footprint_count(text.at ? text.at : "", arena_printf(arena, "%s_", argv[1]), &counts, arena);
	for (int i = 0; i < counts.functions.n; i++) print_function(&counts.functions.at[i]);
	text_free(&text);
	arena_free(arena);
	return 0;
}
