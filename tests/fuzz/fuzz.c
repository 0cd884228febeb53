/* fuzz.c: the readers of foreign bytes under libFuzzer.  Built once per reader with -DFUZZ=NAME:
 * json, npy, archive, hdf5, tflite read bytes in memory; model goes the whole way from a file to inferred shapes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "load/load.h"
#include "passes/passes.h"

static void fuzz_json(struct bytes file, struct arena *arena, struct diag *diag)
{
	struct source source = { "fuzz.json", (const char *)file.at, file.n };

	json_parse(arena, diag, &source);
}

static void fuzz_npy(struct bytes file, struct arena *arena, struct diag *diag)
{
	struct array array;

	npy_read(file, "fuzz.npy", &array, arena, diag);
}

static void fuzz_archive(struct bytes file, struct arena *arena, struct diag *diag)
{
	struct archive *archive = archive_open(file, "fuzz.zip", arena, diag);
	struct bytes entry;

	for (int i = 0; archive != NULL && i < archive_entries(archive); i++)
		if (!archive_read(archive, i, &entry, arena, diag)) break;
	if (archive != NULL) archive_close(archive);
}

static void fuzz_hdf5(struct bytes file, struct arena *arena, struct diag *diag)
{
	struct hdf5 *hdf5 = hdf5_open(file, "fuzz.h5", arena, diag);
	struct array array;
	int n = 0;

	if (hdf5 == NULL) return;
	hdf5_members(hdf5, "/layers", &n);
	hdf5_read(hdf5, "/layers/conv1d/vars/0", &array, diag);
	hdf5_close(hdf5);
}

/* With its passes. */
static void fuzz_tflite(struct bytes file, struct arena *arena, struct diag *diag)
{
	const struct options options = { .command = "summary", .model = "fuzz.tflite", .target = "c99" };
	struct graph *graph = tflite_load(file, "fuzz.tflite", &options, arena, diag);

	if (graph == NULL) return;
	graph_check(graph);
	infer(graph, diag);
	if (diag_failed(diag)) return;
	graph = graph_copy(arena, graph);
	fold(graph);
	graph_check(graph);
}

static void fuzz_model(struct bytes file, struct arena *arena, struct diag *diag)
{
	char path[] = "/dev/shm/conv1dc-fuzz-XXXXXX", beside[] = "/tmp/conv1dc-fuzz-XXXXXX";
	int fd = mkstemp(path);
	struct options options = { .command = "summary", .model = path, .target = "c99", .steps = 16 };
	struct loaded *loaded;

	if (fd < 0) {
		options.model = strcpy(path, beside);
		fd = mkstemp(path);
	}
	if (fd < 0) abort();
	if (write(fd, file.at, file.n) != (ssize_t)file.n) abort();
	close(fd);
	loaded = load(&options, arena, diag);
	if (loaded != NULL) infer(loaded->graph, diag);
	unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const readers[])(struct bytes, struct arena *, struct diag *) = {
		fuzz_json, fuzz_npy, fuzz_archive, fuzz_hdf5, fuzz_tflite, fuzz_model,
	};
	static const char *const names[] = { "json", "npy", "archive", "hdf5", "tflite", "model" };
	struct arena *arena = arena_new();
	struct bytes file = { arena_alloc(arena, n + 1), n };

	memcpy(file.at, data, n);
	for (int i = 0; i < 6; i++)
		if (strcmp(names[i], FUZZ) == 0) readers[i](file, arena, diag_new(arena));
	arena_free(arena);
	return 0;
}
