/* hdf5_tree.c: what an HDF5 file holds, as the process that reads it (hdf5.c) told. */
#include "load/hdf5_dump.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct object {
	const char *path; /* "" is the root; an attribute has ATTRIBUTE_MARK in it */
	enum record_kind kind;
	struct shape shape;
	bool rounded, integral;
	int64_t integer;
	void *content; /* text or floats */
};

struct hdf5 {
	struct arena *arena;
	struct source *source;
	LIST(struct object) objects; /* by path */
	const char *fault;
	int64_t most; /* bytes of content */
	bool starved; /* the child found not enough memory */
};

/* ---- the child ---------------------------------------------------------------------------------------------- */

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ADDRESS_SANITIZER
#endif
#endif

static void limit(int what, int64_t most)
{
	struct rlimit limits;

	if (getrlimit(what, &limits) != 0) return;
	if (limits.rlim_max == RLIM_INFINITY || limits.rlim_max > (rlim_t)most) limits.rlim_cur = (rlim_t)most;
	setrlimit(what, &limits);
}

static int64_t seconds_for(struct bytes file)
{
	return HDF5_SECONDS_LIMIT + (int64_t)file.n / HDF5_BYTES_A_SECOND;
}

NORETURN static void run_child(struct bytes file, int out)
{
	FILE *pipe;

	die_as_child();
	pipe = fdopen(out, "wb");
	limit(RLIMIT_CPU, seconds_for(file));
	signal(SIGALRM, SIG_DFL);
	alarm((unsigned)(HDF5_PATIENCE * seconds_for(file)));
	limit(RLIMIT_CORE, 0);
#ifndef UNDER_ADDRESS_SANITIZER /* which has reserved terabytes */
	limit(RLIMIT_AS, HDF5_MEMORY_LIMIT);
#endif
	_exit(pipe && freopen("/dev/null", "w", stderr) && hdf5_dump(file, pipe) ? 0 : 1);
}

/* ---- reading records: nothing that the child says is trusted ------------------------------------------------- */

static bool read_text(struct hdf5 *file, FILE *in, int64_t n, int64_t most, void **out)
{
	if (n < 0 || n > most) return false;
	*out = arena_alloc(file->arena, (size_t)n + 1);
	return fread(*out, 1, (size_t)n, in) == (size_t)n;
}

static bool record_is_sound(const struct record *record)
{
	int64_t elements;

	if (record->kind < RECORD_END || record->kind > RECORD_REFUSED) return false;
	if (record->shape.rank < 0 || record->shape.rank > MAX_RANK) return false;
	if (record->kind == RECORD_TEXTS && (record->shape.rank != 1 || record->shape.at[0] < 0)) return false;
	if (record->kind != RECORD_ARRAY) return record->content >= 0 && record->content <= FILE_LIMIT;
	elements = shape_elements(&record->shape);
	return elements >= 0 && elements <= MAX_ELEMENTS && record->content == elements * (int64_t)sizeof(float);
}

/* n bytes that are that many strings, each with its NUL. */
static bool holds_strings(const char *at, int64_t n, int64_t strings)
{
	int64_t found = 0;

	for (int64_t i = 0; i < n; i++) found += !at[i];
	return found == strings && (!n || !at[n - 1]);
}

/* false: the stream ended or is broken. done: the last record was read. */
static bool read_record(struct hdf5 *file, FILE *in, int64_t *total, bool *done)
{
	struct record record;
	struct object object = { 0 };
	void *path;

	if (fread(&record, sizeof record, 1, in) != 1 || !record_is_sound(&record)) return false;
	*total += record.content;
	if (*total > file->most) {
		file->fault = arena_printf(file->arena, "its content takes more than %lld bytes when unpacked",
					   (long long)file->most);
		return false;
	}
	if (!read_text(file, in, record.path, 2 * HDF5_PATH_LIMIT, &path)) return false;
	if (!read_text(file, in, record.content, HDF5_CONTENT_LIMIT, &object.content)) return false;
	*done = record.kind == RECORD_END;
	if (*done) return true;
	if (record.kind == RECORD_TEXTS && !holds_strings(object.content, record.content, record.shape.at[0]))
		return false;
	if (record.kind == RECORD_FAULT && !file->fault) file->fault = object.content;
	object.path = path;
	object.kind = (enum record_kind)record.kind;
	object.shape = record.shape;
	object.rounded = record.rounded != 0;
	object.integral = record.integral != 0;
	object.integer = record.integer;
	list_push(file->arena, &file->objects, object);
	return true;
}

static void read_records(struct hdf5 *file, int from)
{
	FILE *in = fdopen(from, "rb");
	int64_t total = 0;
	bool done = false;

	while (in && !done && read_record(file, in, &total, &done)) continue;
	if (!done && !file->fault) file->fault = "the HDF5 library cannot read it";
	if (in) fclose(in);
}

static int compare_objects(const void *a, const void *b)
{
	return strcmp(((const struct object *)a)->path, ((const struct object *)b)->path);
}

/* false: no process could be made. */
static bool read_in_child(struct hdf5 *file, struct bytes bytes)
{
	int ends[2], status = 0;
	pid_t child;

	if (pipe(ends) != 0) return false;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		run_child(bytes, ends[1]);
	}
	close(ends[1]);
	if (child < 0) {
		close(ends[0]);
		return false;
	}
	read_records(file, ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		file->fault = arena_printf(file->arena, "reading it takes more than %d s of processor time",
					   (int)seconds_for(bytes));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		file->fault = arena_printf(file->arena, "reading it takes more than %d s",
					   (int)(HDF5_PATIENCE * seconds_for(bytes)));
	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_FILE) file->starved = true;
	return true;
}

/* For all that a file of this size may hold: then what the child lacked was asked for by a damaged file. */
static bool there_is_memory(int64_t bytes)
{
	void *at = malloc((size_t)bytes);

	free(at);
	return at != NULL;
}

struct hdf5 *hdf5_open(struct bytes bytes, const char *name, struct arena *arena, struct diag *diag)
{
	struct hdf5 *file = NEW(arena, struct hdf5);

	file->arena = arena;
	file->source = NEW(arena, struct source);
	file->source->name = arena_string(arena, name);
	file->most = HDF5_CONTENT_FREE + (int64_t)bytes.n * HDF5_CONTENT_RATIO;
	if (file->most > HDF5_CONTENT_LIMIT) file->most = HDF5_CONTENT_LIMIT;
	if (!read_in_child(file, bytes)) {
		diag_file_error(diag, name, "no process can be started that reads it: %s", strerror(errno));
		return NULL;
	}
	if (file->starved && !there_is_memory(file->most)) {
		diag_file_error(diag, name, "there is not enough memory for what the HDF5 file asks for");
		return NULL;
	}
	if (file->starved)
		file->fault = "it asks for more memory than its size explains: the HDF5 library cannot read it";
	if (file->fault) {
		diag_error(diag, (struct place){ .source = file->source }, "the HDF5 file cannot be read: %s",
			   file->fault);
		return NULL;
	}
	qsort(file->objects.at, (size_t)file->objects.n, sizeof *file->objects.at, compare_objects);
	return file;
}

void hdf5_close(struct hdf5 *file)
{
	(void)file; /* all of it lies in the arena */
}

/* ---- questions ---------------------------------------------------------------------------------------------- */

/* Index of the first object whose path is not before path. */
static int lower_bound(const struct hdf5 *file, const char *path)
{
	int low = 0, high = file->objects.n;

	while (low < high) {
		int middle = low + (high - low) / 2;
		if (strcmp(file->objects.at[middle].path, path) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static const struct object *find(const struct hdf5 *file, const char *path)
{
	int i;

	if (!strcmp(path, "/")) path = "";
	i = lower_bound(file, path);
	return i < file->objects.n && !strcmp(file->objects.at[i].path, path) ? &file->objects.at[i] : NULL;
}

/* "2" before "10". */
static int compare_names(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;

	while (*x && *y) {
		if (isdigit((unsigned char)*x) && isdigit((unsigned char)*y)) {
			size_t n, m;
			while (*x == '0' && isdigit((unsigned char)x[1])) x++;
			while (*y == '0' && isdigit((unsigned char)y[1])) y++;
			n = strspn(x, "0123456789");
			m = strspn(y, "0123456789");
			if (n != m) return n < m ? -1 : 1;
			if (strncmp(x, y, n) != 0) return strncmp(x, y, n);
			x += n;
			y += m;
		} else {
			if (*x != *y) return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
			x++;
			y++;
		}
	}
	return *x ? 1 : *y ? -1 : 0;
}

const char *const *hdf5_members(struct hdf5 *file, const char *group, int *n)
{
	const struct object *object = find(file, group);
	LIST(const char *) members = { 0 };
	const char *prefix;
	size_t length;

	*n = 0;
	if (!object || object->kind != RECORD_GROUP) return NULL;
	prefix = arena_printf(file->arena, "%s/", object->path);
	length = strlen(prefix);
	for (int i = lower_bound(file, prefix); i < file->objects.n; i++) {
		const char *path = file->objects.at[i].path;
		if (strncmp(path, prefix, length) != 0) break;
		if (!strchr(path + length, '/') && !strchr(path + length, ATTRIBUTE_MARK))
			list_push(file->arena, &members, path + length);
	}
	*n = members.n;
	if (!members.n) return NEW_ARRAY(file->arena, 1, const char *);
	qsort(members.at, (size_t)members.n, sizeof *members.at, compare_names);
	return members.at;
}

bool hdf5_has(struct hdf5 *file, const char *path)
{
	return find(file, path) != NULL;
}

static const struct object *find_attribute(const struct hdf5 *file, const char *object, const char *attribute)
{
	const char *path = strcmp(object, "/") ? object : "";

	return find(file, arena_printf(file->arena, "%s%c%s", path, ATTRIBUTE_MARK, attribute));
}

bool hdf5_has_attribute(struct hdf5 *file, const char *object, const char *attribute)
{
	return find_attribute(file, object, attribute) != NULL;
}

const char *hdf5_text_attribute(struct hdf5 *file, const char *object, const char *attribute)
{
	const struct object *found = find_attribute(file, object, attribute);

	if (!found) return NULL;
	return found->kind == RECORD_TEXT || (found->kind == RECORD_TEXTS && found->shape.at[0] == 1) ? found->content
												      : NULL;
}

static const char *add_names(struct hdf5 *file, const struct object *attribute, struct hdf5_names *names)
{
	const char *at = attribute->content;

	if (attribute->kind == RECORD_REFUSED) return at;
	if (attribute->kind != RECORD_TEXTS) return "it is one text, not a list";
	for (int64_t i = 0; i < attribute->shape.at[0]; i++, at += strlen(at) + 1) list_push(file->arena, names, at);
	return NULL;
}

bool hdf5_names(struct hdf5 *file, const char *object, const char *attribute, struct hdf5_names *names,
		const char **why)
{
	const struct object *found = find_attribute(file, object, attribute);

	*names = (struct hdf5_names){ 0 };
	*why = found ? add_names(file, found, names) : NULL;
	if (found) return true;
	for (int i = 0; !*why; i++) {
		const struct object *part =
		    find_attribute(file, object, arena_printf(file->arena, "%s%d", attribute, i));
		if (!part) return i > 0;
		*why = add_names(file, part, names);
	}
	return true;
}

const char *hdf5_refusal(struct hdf5 *file, const char *path)
{
	char *prefix = arena_string(file->arena, path);

	for (char *end = prefix + strlen(prefix); end && end > prefix; end = strrchr(prefix, '/')) {
		const struct object *object;

		*end = '\0';
		object = find(file, prefix);
		if (object && object->kind == RECORD_REFUSED) return object->content;
		if (object) return object->kind == RECORD_ARRAY ? "it is an array" : NULL;
	}
	return NULL;
}

bool hdf5_read(struct hdf5 *file, const char *dataset, struct array *out, struct diag *diag)
{
	const struct object *object = find(file, dataset);
	struct place place = { .source = file->source, .pointer = arena_string(file->arena, dataset) };
	const char *refusal;

	*out = (struct array){ .name = place.pointer, .place = place };
	if (object && object->kind == RECORD_ARRAY) {
		out->shape = object->shape;
		out->f32 = object->content;
		out->rounded = object->rounded;
		out->integral = object->integral;
		out->integer = object->integer;
		return true;
	}
	refusal = hdf5_refusal(file, dataset);
	diag_error(diag, place, "the weight cannot be read: %s",
		   refusal  ? refusal
		   : object ? "it is a group"
			    : "it is absent");
	return false;
}
