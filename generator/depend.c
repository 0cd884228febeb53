/* depend.c: the dependency file of compile, for make and ninja: what the outputs were made of. */
#include "main.h"

#include <string.h>

/* As GCC escapes names for make: blanks and '#' with a backslash, '$' doubled. */
static void add_name(struct text *out, const char *name)
{
	const char *c;

	for (c = name; *c; c++) {
		if (strchr(" \t#", *c)) text_add(out, "\\");
		text_add_n(out, c, 1);
		if (*c == '$') text_add(out, "$");
	}
}

void depend_text(struct text *out, const struct program *p, const struct options *o, const struct outputs *outputs)
{
	const struct input_file *files[] = { &p->loaded->model, &p->loaded->weights };
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
	for (i = 0; i < 2; i++) {
		if (!files[i]->path) continue;
		text_add(out, " ");
		add_name(out, files[i]->path);
	}
	text_add(out, "\n");
	for (i = 0; o->depend_phony && i < 2; i++) {
		if (!files[i]->path) continue;
		add_name(out, files[i]->path);
		text_add(out, ":\n");
	}
}
