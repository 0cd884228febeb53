/* depend.c: the dependency file of compile, for make and ninja: what the outputs were made of. */
#include "main.h"

#include <string.h>
#include <unistd.h>

/* As make reads names: blanks, '#' and ':' behind a backslash, '$' doubled. */
static void add_name(struct text *out, const char *name)
{
	const char *c;

	for (c = name; *c; c++) {
		if (strchr(" \t#:", *c)) text_add(out, "\\");
		text_add_n(out, c, 1);
		if (*c == '$') text_add(out, "$");
	}
}

typedef LIST(const char *) names;

/* Models, and the templates that come before the embedded ones. */
static void add_sources(names *sources, const struct program *p, const struct options *o, struct arena *arena)
{
	static const char inside[] = "templates/";
	const struct embedded *file;

	list_push(arena, sources, p->loaded->model.path);
	if (p->loaded->weights.path) list_push(arena, sources, p->loaded->weights.path);
	for (int i = 0; i < p->loaded->others.n; i++) list_push(arena, sources, p->loaded->others.at[i].path);
	if (p->file) list_push(arena, sources, plan_file_input(p->file)->path);
	for (file = embedded_files; o->templates && file->name; file++) {
		const char *path;

		if (strncmp(file->name, inside, strlen(inside)) != 0) continue;
		path = path_join(arena, o->templates, file->name + strlen(inside));
		if (access(path, F_OK) == 0) list_push(arena, sources, path);
	}
}

void depend_text(struct text *out, const struct program *p, const struct options *o, const struct outputs *outputs)
{
	struct arena *arena = arena_new();
	names sources = { 0 };
	const char *folder = o->out ? o->out : ".";
	size_t length = strlen(folder);
	int i;

	for (i = 0; i < outputs->n; i++) {
		if (i) text_add(out, " ");
		if (strcmp(folder, ".") != 0) {
			add_name(out, folder);
			if (folder[length - 1] != '/') text_add(out, "/");
		}
		add_name(out, outputs->at[i].name);
	}
	text_add(out, ":");
	add_sources(&sources, p, o, arena);
	for (i = 0; i < sources.n; i++) {
		text_add(out, " ");
		add_name(out, sources.at[i]);
	}
	text_add(out, "\n");
	for (i = 0; o->depend_phony && i < sources.n; i++) {
		add_name(out, sources.at[i]);
		text_add(out, ":\n");
	}
	arena_free(arena);
}
