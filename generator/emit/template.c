/* template.c: where in a template a message of Lua points. */
#include "emit/emit.h"

#include <stdlib.h>
#include <string.h>

struct place template_place(const struct template_files *files, const char **message)
{
	struct place place = { 0 };

	for (int i = 0; i < files->list.n; i++) {
		const struct template_file *file = files->list.at[i];
		size_t n = strlen(file->name);
		char *end;
		const char *at = file->source.text;
		long line;

		if (strncmp(*message, file->name, n) != 0 || (*message)[n] != ':') continue;
		line = strtol(*message + n + 1, &end, 10);
		if (line < 1 || *end != ':') continue;
		while (--line > 0 && at && (at = strchr(at, '\n'))) at++;
		if (!at) continue;
		place.source = &file->source;
		place.offset = (size_t)(at - file->source.text);
		place.has_offset = true;
		*message = end + 1 + strspn(end + 1, " ");
		return place;
	}
	return place;
}
