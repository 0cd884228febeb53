/* marks.c: emitted text with marks between the layers, for measuring them one by one. */
#include "judge/parts.h"

#include <string.h>

/* The step whose function has the n characters at name: its own, or one beside it ("conv1" has "conv1_tile"); the longest
 * fits best.  -1: none. */
int step_of_function(const struct program *program, const char *name, size_t n)
{
	const struct plan *plan = program->plan;
	const size_t prefix = strlen(program->prefix) + 1;
	size_t best = 0;
	int step = -1;
	if (n < prefix || strncmp(name, program->prefix, prefix - 1) != 0 || name[prefix - 1] != '_') return -1;
	for (int i = 0; i < plan->steps.n; i++) {
		const char *function = plan->steps.at[i].function;
		const size_t length = strlen(function);
		if (length > n - prefix || length < best || strncmp(name + prefix, function, length) != 0) continue;
		if (length < n - prefix && !strchr("_.", name[prefix + length])) continue;
		best = length;
		step = i;
	}
	return step;
}

static size_t word_length(const char *at)
{
	size_t n = 0;
	while ((at[n] >= 'a' && at[n] <= 'z') || (at[n] >= 'A' && at[n] <= 'Z') || (at[n] >= '0' && at[n] <= '9') ||
	       at[n] == '_')
		n++;
	return n;
}

/* Span 0 is what runs between the layers, span i + 1 the step i.  A line that begins with a call of a step's function begins
 * its span; it ends where the call does. */
static void mark_line(const struct program *program, const char *line, size_t n, bool *inside, struct text *out)
{
	const size_t blanks = strspn(line, " "), name = word_length(line + blanks);
	const int step = line[blanks + name] == '(' ? step_of_function(program, line + blanks, name) : -1;
	if (step >= 0) {
		text_printf(out, "%.*shost_mark(%d);\n", (int)blanks, line, step + 1);
		*inside = true;
	}
	text_add_n(out, line, n);
	if (*inside && n >= 2 && !strncmp(line + n - 2, ");", 2)) {
		text_add(out, " host_mark(0);");
		*inside = false;
	}
	text_add(out, "\n");
}

/* A step's function is not inlined, so that its stack and its code are its own. */
static void define_line(const struct program *program, const char *line, size_t n, struct text *out)
{
	static const char begin[] = "static void ";
	const size_t at = sizeof begin - 1;
	if (n > at && !strncmp(line, begin, at)) {
		const size_t name = word_length(line + at);
		const int step = step_of_function(program, line + at, name);
		if (step >= 0 && name == strlen(program->prefix) + 1 + strlen(program->plan->steps.at[step].function))
			text_add(out, "__attribute__((noinline)) ");
	}
	text_add_n(out, line, n);
	text_add(out, "\n");
}

void marks_add(const struct program *program, const char *text, struct text *out, struct arena *arena)
{
	const char *const run = arena_printf(arena, "%s_run(", program->prefix);
	bool in_run = false, inside = false;
	text_add(out, "extern void host_mark(int span);\n");
	for (const char *at = text; *at;) {
		const size_t n = strcspn(at, "\n");
		const char *name = at[0] == ' ' || at[0] == '#' ? NULL : strstr(at, run);
		if (name && name < at + n && at + n - 1 >= name && at[n - 1] != ';') in_run = true;
		if (in_run && at[0] == ' ')
			mark_line(program, at, n, &inside, out);
		else
			define_line(program, at, n, out);
		at += n + (at[n] == '\n');
	}
}
