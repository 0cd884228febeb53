/* firmware.c: images for machines without an operating system, and how an emulator runs them. */
#include "judge/parts.h"

#include <stdio.h>
#include <string.h>

/* Room that the code's stack and the driver's own data may take. */
enum { STACK_BYTES = 1 << 18, MARK_STACK_BYTES = 1 << 13, DRIVER_BYTES = 1 << 16 };

static struct value *link_view(const struct board *board, struct arena *arena)
{
	struct value *view = value_map(arena), *map = value_map(arena);
	value_set_text(arena, map, "name", board->name);
	value_set_int(arena, map, "vectors", board->vectors);
	value_set_int(arena, map, "code", board->code);
	value_set_int(arena, map, "code_bytes", board->code_bytes);
	value_set_int(arena, map, "data", board->data);
	value_set_int(arena, map, "data_bytes", board->data_bytes);
	value_set_text(arena, map, "timer", board->timer);
	value_set_int(arena, map, "counter", board->counter);
	value_set(view, "board", map);
	value_set_int(arena, view, "stack_bytes", STACK_BYTES);
	value_set_int(arena, view, "mark_stack_bytes", MARK_STACK_BYTES);
	return view;
}

static bool write_file(const char *scratch, const char *template, const char *name, const struct value *view,
		       struct arena *arena, struct diag *diag)
{
	struct text text = { 0 };
	const bool written =
	    render(template, view, NULL, &text, diag) && scratch_write(path_join(arena, scratch, name), text.at, diag);
	text_free(&text);
	return written;
}

bool firmware_write(const struct board *board, const char *scratch, struct arena *arena, struct diag *diag)
{
	const struct value *view = link_view(board, arena);
	const char *start = arena_printf(arena, "firmware/%s.c.ct", board->start);
	return write_file(scratch, "firmware/link.ld.ct", "link.ld", view, arena, diag) &&
	       write_file(scratch, "firmware/host.h.ct", "host.h", view, arena, diag) &&
	       write_file(scratch, "firmware/host.c.ct", "host.c", view, arena, diag) &&
	       write_file(scratch, start, "start.c", view, arena, diag);
}

void firmware_link(struct words *words, const char *scratch, struct arena *arena)
{
	words_add(words, "-nostartfiles", arena);
	words_add(words, "-T", arena);
	words_add(words, path_join(arena, scratch, "link.ld"), arena);
	words_add(words, path_join(arena, scratch, "host.c"), arena);
	words_add(words, path_join(arena, scratch, "start.c"), arena);
}

static int64_t bytes_of(struct tensor *const *tensors, int n)
{
	int64_t bytes = 0;
	for (int i = 0; i < n; i++) bytes += tensor_elements(tensors[i]) * type_bytes(tensors[i]->type);
	return bytes;
}

bool firmware_fits(const struct program *program, struct diag *diag)
{
	const struct board *board = target_board(program->target);
	const struct graph *graph = program->graph;
	const int64_t arrays =
	    bytes_of(graph->inputs.at, graph->inputs.n) + bytes_of(graph->outputs.at, graph->outputs.n);
	const int64_t bytes = program->plan->flash_bytes + program->plan->context_bytes + 2 * arrays + STACK_BYTES;
	if (bytes <= board->data_bytes - DRIVER_BYTES) return true;
	diag_file_error(diag, program->target->name,
			"the model does not fit into the emulated machine %s: constants (%lld bytes), context (%lld) "
			"and twice the arrays (%lld) need %lld bytes, it has %lld; nothing was checked",
			board->name, (long long)program->plan->flash_bytes, (long long)program->plan->context_bytes,
			(long long)arrays, (long long)bytes, (long long)(board->data_bytes - DRIVER_BYTES));
	return false;
}

/* As the image's command line and the emulator's option both take it: see split() in host.c.ct. */
static const char *escaped(const char *word, struct arena *arena)
{
	struct text text = { 0 };
	for (const char *at = word; *at; at++) {
		if (strchr(" ,%=\t\n", *at))
			text_printf(&text, "%%%02x", (unsigned)(unsigned char)*at);
		else
			text_printf(&text, "%c", *at);
	}
	const char *copy = arena_string(arena, text.at ? text.at : "");
	text_free(&text);
	return copy;
}

struct words firmware_words(const struct target *target, const char *binary, const struct words *arguments,
			    struct arena *arena)
{
	struct words words = { 0 };
	const char *semihosting = "enable=on,target=native,arg=image";
	for (int i = 0; i < arguments->list.n; i++)
		semihosting = arena_printf(arena, "%s,arg=%s", semihosting, escaped(arguments->list.at[i], arena));
	words_split(&words, target_emulator(target), arena);
	words_split(&words, arena_printf(arena, "-M %s -display none -monitor none -serial none", target->board),
		    arena);
	words_add(&words, "-semihosting-config", arena);
	words_add(&words, semihosting, arena);
	words_add(&words, "-kernel", arena);
	words_add(&words, binary, arena);
	return words;
}

void firmware_count(struct words *words, int shift, struct arena *arena)
{
	words_add(words, "-icount", arena);
	words_add(words, arena_printf(arena, "shift=%d", shift), arena);
}
