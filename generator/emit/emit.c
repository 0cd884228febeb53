/* emit.c: the plan becomes files: one tree, one template a file. */
#include "emit/emit.h"

#include <string.h>
#include <sys/stat.h>

const struct embedded *embedded_find(const char *name)
{
	for (const struct embedded *file = embedded_files; file->name; file++)
		if (strcmp(file->name, name) == 0) return file;
	return NULL;
}

static bool emit_one(struct outputs *outputs, const char *name, const char *template, const struct value *view,
		     const struct options *options, struct diag *diag)
{
	struct output *output = &outputs->at[outputs->n++];

	output->name = name;
	return render(template, view, options->templates, &output->text, diag);
}

static bool check_folder(const char *folder, struct diag *diag)
{
	struct stat status;

	if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode)) return true;
	diag_file_error(diag, folder, "--templates needs a folder, and this is none");
	return false;
}

/* The file of its own in which large tables stand; it is there, too, where the model has none. */
static bool emit_tables(struct outputs *outputs, const struct program *program, const struct options *options,
			const struct value *view, struct arena *arena, struct diag *diag)
{
	const char *name = tables_file(program->prefix, options->tables, arena);
	struct output *output;

	if (options->tables == TABLES_INCBIN) return emit_one(outputs, name, "weights.S.ct", view, options, diag);
	output = &outputs->at[outputs->n++];
	output->name = name;
	output->binary = true;
	apart_bytes(program->plan, &output->text);
	return true;
}

/* Puts a number where the template has left a mark. */
static void replace_mark(struct text *text, const char *mark, const char *number)
{
	struct text out = { 0 };
	const char *at = text->at ? strstr(text->at, mark) : NULL;

	if (!at) return;
	text_add_n(&out, text->at, (size_t)(at - text->at));
	text_add(&out, number);
	text_add(&out, at + strlen(mark));
	text_free(text);
	*text = out;
}

/* What the text of NAME.c takes stands in its own header. */
static void set_estimates(struct outputs *outputs, struct output *output, const struct program *program,
			  struct arena *arena)
{
	const struct footprint footprint = footprint_of(program, outputs, arena);

	replace_mark(&output->text, CODE_ESTIMATE, count_text(arena, footprint.code));
	replace_mark(&output->text, STACK_ESTIMATE, count_text(arena, footprint.stack));
}

bool emit(const struct program *program, const struct options *options, struct outputs *out, struct arena *arena,
	  struct diag *diag)
{
	struct value *view = plan_view(program, options, arena);
	const char *prefix = program->prefix;

	*out = (struct outputs){ 0 };
	if (options->templates && !check_folder(options->templates, diag)) return false;
	if (!emit_one(out, arena_printf(arena, "%s.h", prefix), "model.h.ct", view, options, diag)) return false;
	if (!emit_one(out, arena_printf(arena, "%s.c", prefix), "model.c.ct", view, options, diag)) return false;
	if (is_estimated(program->target)) set_estimates(out, &out->at[1], program, arena);
	for (int i = 0; i < out->n; i++) fit_columns(&out->at[i].text);
	if (options->tables != TABLES_TEXT && !emit_tables(out, program, options, view, arena, diag)) return false;
	if (!options->harness) return true;
	view = harness_view(program, options, arena);
	if (!emit_one(out, arena_printf(arena, "%s_test.c", prefix), "harness.c.ct", view, options, diag)) return false;
	fit_columns(&out->at[out->n - 1].text);
	return true;
}

void outputs_free(struct outputs *outputs)
{
	for (int i = 0; i < outputs->n; i++) text_free(&outputs->at[i].text);
	outputs->n = 0;
}
