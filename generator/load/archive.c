/* archive.c: the only libzip.  Entries are checked before any memory is taken for them; what is written is the same bytes
 * everywhere. */
#include "load/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#define ENTRY_LIMIT ((int64_t)2 << 30) /* bytes of one entry, unpacked */
enum { ENTRIES_LIMIT = 100000 };
/* Deflate makes at most 1032 bytes of one; an entry that says more is a bomb. */
enum { DEFLATE_RATIO = 1032, RATIO_SLACK = 1 << 16 };

struct archive {
	zip_t *zip;
	const char *file; /* its name, for messages */
	size_t bytes;
	int n;
	const char **name;
};

static struct place entry_place(const struct archive *archive, int entry, struct arena *arena)
{
	struct source *source = NEW(arena, struct source);

	source->name = arena_printf(arena, "%s(%s)", archive->file, archive->name[entry]);
	return (struct place){ .source = source };
}

static struct place file_place(const char *name, struct arena *arena)
{
	struct source *source = NEW(arena, struct source);

	source->name = arena_string(arena, name);
	return (struct place){ .source = source };
}

static zip_t *open_buffer(struct bytes file, zip_error_t *error)
{
	zip_source_t *source = zip_source_buffer_create(file.at, file.n, 0, error);
	zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY, error) : NULL;

	if (source && !zip) zip_source_free(source);
	return zip;
}

/* "..", an absolute path, a drive or a backslash: not a name inside an archive. */
static bool leaves_archive(const char *name)
{
	const char *part = name;

	if (*name == '/' || strchr(name, '\\')) return true;
	if (*name && name[1] == ':') return true; /* a drive; elsewhere it is TensorFlow's "name:0" */
	for (; part; part = strchr(part, '/')) {
		if (*part == '/') part++;
		if (part[0] == '.' && part[1] == '.' && (part[2] == '/' || !part[2])) return true;
	}
	return false;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool check_names(const struct archive *archive, struct arena *arena, struct diag *diag)
{
	const char **sorted = arena_copy(arena, archive->name, sizeof *archive->name * (size_t)archive->n + 1);
	bool right = true;

	for (int i = 0; i < archive->n; i++) {
		if (!leaves_archive(archive->name[i])) continue;
		diag_error(diag, file_place(archive->file, arena),
			   "entry '%s' has a path that leads out of the archive", archive->name[i]);
		right = false;
	}
	qsort(sorted, (size_t)archive->n, sizeof *sorted, compare_names);
	for (int i = 1; i < archive->n; i++) {
		if (strcmp(sorted[i - 1], sorted[i]) != 0) continue;
		diag_error(diag, file_place(archive->file, arena), "the archive has two entries '%s'", sorted[i]);
		right = false;
	}
	return right;
}

struct archive *archive_open(struct bytes file, const char *name, struct arena *arena, struct diag *diag)
{
	struct archive *archive = NEW(arena, struct archive);
	zip_error_t error;
	zip_int64_t n;

	zip_error_init(&error);
	archive->file = arena_string(arena, name);
	archive->bytes = file.n;
	errno = 0;
	archive->zip = open_buffer(file, &error);
	/* The library takes some failures of its own allocations for faults of the file. */
	if (!archive->zip && errno == ENOMEM) out_of_memory(0);
	if (!archive->zip) {
		diag_error(diag, file_place(name, arena), "the archive is truncated or damaged: %s",
			   zip_error_strerror(&error));
		zip_error_fini(&error);
		return NULL;
	}
	zip_error_fini(&error);
	n = zip_get_num_entries(archive->zip, 0);
	if (n > ENTRIES_LIMIT) {
		diag_error(diag, file_place(name, arena), "the archive has %lld entries; at most %d are read",
			   (long long)n, ENTRIES_LIMIT);
		archive_close(archive);
		return NULL;
	}
	archive->n = (int)n;
	archive->name = NEW_ARRAY(arena, n + 1, const char *);
	for (int i = 0; i < archive->n; i++) {
		const char *entry = zip_get_name(archive->zip, (zip_uint64_t)i, 0);
		archive->name[i] = arena_string(arena, entry ? entry : "");
	}
	if (check_names(archive, arena, diag)) return archive;
	archive_close(archive);
	return NULL;
}

void archive_close(struct archive *archive)
{
	if (archive && archive->zip) zip_discard(archive->zip);
	if (archive) archive->zip = NULL;
}

int archive_entries(const struct archive *archive)
{
	return archive->n;
}

const char *archive_name(const struct archive *archive, int entry)
{
	return archive->name[entry];
}

int archive_find(const struct archive *archive, const char *name)
{
	for (int i = 0; i < archive->n; i++)
		if (strcmp(archive->name[i], name) == 0) return i;
	return -1;
}

/* NULL: the entry may be read; else why not. */
static const char *refusal(const struct archive *archive, const zip_stat_t *stat, struct arena *arena)
{
	const zip_uint64_t wanted =
	    ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;

	if ((stat->valid & wanted) != wanted) return "its sizes are not known";
	if (stat->encryption_method != ZIP_EM_NONE) return "it is encrypted; save the model without a password";
	if (!zip_compression_method_supported(stat->comp_method, 0))
		return arena_printf(arena, "its compression method %d is not supported; store or deflate it",
				    stat->comp_method);
	if (stat->size > (zip_uint64_t)ENTRY_LIMIT)
		return arena_printf(arena, "it unpacks to %llu bytes; at most %lld are read",
				    (unsigned long long)stat->size, (long long)ENTRY_LIMIT);
	if (stat->comp_size > archive->bytes) return "it claims to be larger than the archive";
	if (stat->comp_method == ZIP_CM_STORE && stat->size != stat->comp_size) return "its sizes disagree";
	if (stat->comp_method == ZIP_CM_DEFLATE &&
	    stat->size / DEFLATE_RATIO > stat->comp_size + RATIO_SLACK / DEFLATE_RATIO)
		return arena_printf(arena, "it claims to unpack from %llu to %llu bytes, which deflate cannot do",
				    (unsigned long long)stat->comp_size, (unsigned long long)stat->size);
	return NULL;
}

/* Does not come back where what failed is memory. */
static const char *error_text(zip_error_t *error, struct arena *arena)
{
	if (zip_error_code_zip(error) == ZIP_ER_MEMORY || errno == ENOMEM) out_of_memory(0);
	return arena_string(arena, zip_error_strerror(error));
}

/* Reads all of the entry and one byte beyond its end, where the library checks the sum. */
static const char *unpack(struct archive *archive, int entry, struct bytes *out, struct arena *arena)
{
	zip_file_t *file;
	const char *reason = NULL;
	char beyond;
	zip_int64_t got;

	errno = 0;
	file = zip_fopen_index(archive->zip, (zip_uint64_t)entry, 0);
	if (!file) return error_text(zip_get_error(archive->zip), arena);
	got = zip_fread(file, out->at, out->n);
	if (got < 0)
		reason = error_text(zip_file_get_error(file), arena);
	else if ((size_t)got != out->n)
		reason =
		    arena_printf(arena, "%lld bytes of %llu are there", (long long)got, (unsigned long long)out->n);
	else if (zip_fread(file, &beyond, 1) != 0)
		reason = arena_string(arena, "its check sum or size is wrong");
	zip_fclose(file);
	return reason;
}

bool archive_read(struct archive *archive, int entry, struct bytes *out, struct arena *arena, struct diag *diag)
{
	zip_stat_t stat;
	const char *reason;

	if (zip_stat_index(archive->zip, (zip_uint64_t)entry, 0, &stat) != 0)
		reason = error_text(zip_get_error(archive->zip), arena);
	else
		reason = refusal(archive, &stat, arena);
	if (!reason) {
		out->n = (size_t)stat.size;
		out->at = arena_alloc(arena, out->n + 1);
		reason = unpack(archive, entry, out, arena);
	}
	if (!reason) return true;
	diag_error(diag, entry_place(archive, entry, arena), "the entry cannot be read: %s", reason);
	return false;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

enum { DOS_DATE_1980 = 1 << 5 | 1 }; /* 1 January, in the format of APPNOTE.TXT 4.4.6; midnight is 0 */

static bool add_entry(zip_t *zip, const struct archive_entry *entry)
{
	zip_source_t *source = zip_source_buffer(zip, entry->content->at, entry->content->n, 0);
	zip_int64_t index = source ? zip_file_add(zip, entry->name, source, ZIP_FL_ENC_UTF_8) : -1;

	if (source && index < 0) zip_source_free(source);
	return index >= 0 && zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) == 0 &&
	       zip_file_set_dostime(zip, (zip_uint64_t)index, 0, DOS_DATE_1980, 0) == 0;
}

/* Closes the archive, which writes it into its source. */
static bool write_entries(zip_t *zip, const struct archive_entry *entries, int n)
{
	for (int i = 0; i < n; i++)
		if (!add_entry(zip, &entries[i])) {
			zip_discard(zip);
			return false;
		}
	if (zip_close(zip) == 0) return true;
	zip_discard(zip);
	return false;
}

static bool take_bytes(zip_source_t *source, struct text *out)
{
	char block[1 << 14];
	zip_int64_t got = -1;

	if (zip_source_open(source) != 0) return false;
	while ((got = zip_source_read(source, block, sizeof block)) > 0) text_add_n(out, block, (size_t)got);
	zip_source_close(source);
	return got == 0;
}

bool archive_write(struct text *out, const struct archive_entry *entries, int n, struct diag *diag)
{
	zip_error_t error;
	zip_source_t *source;
	zip_t *zip;
	bool right = false;

	if (n == 0) { /* libzip would write nothing at all */
		text_add_n(out, "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
		return true;
	}
	zip_error_init(&error);
	source = zip_source_buffer_create(NULL, 0, 0, &error);
	zip = source ? zip_open_from_source(source, ZIP_TRUNCATE, &error) : NULL;
	if (zip) {
		zip_source_keep(source); /* zip_close() gives the archive's hold up */
		right = write_entries(zip, entries, n) && take_bytes(source, out);
	}
	if (source) zip_source_free(source);
	zip_error_fini(&error);
	if (!right) diag_file_error(diag, "archive", "there is not enough memory to write it");
	return right;
}
