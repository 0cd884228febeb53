/* hdf5_dump.h: what the process that reads an HDF5 file tells the one that asked.  Private to load/.
 *
 * libhdf5 may crash, loop or take gigabytes on a crafted file.  So a child process with limits reads the whole file
 * and writes what it holds to a pipe: one record an object, then its path, then its content. */
#ifndef CONV1DC_HDF5_DUMP_H
#define CONV1DC_HDF5_DUMP_H

#include "load/load.h"

#include <stdio.h>

enum record_kind {
	RECORD_END,   /* everything was told */
	RECORD_FAULT, /* the file cannot be read; content: why */
	RECORD_GROUP,
	RECORD_TEXT,   /* a string attribute: path "object\1attribute"; content: its text */
	RECORD_TEXTS,  /* an attribute that is a list of strings; content: each with its NUL, shape.at[0] of them */
	RECORD_ARRAY,  /* content: floats */
	RECORD_REFUSED /* an object or attribute that is not read; content: why */
};
enum { ATTRIBUTE_MARK = '\1' };

struct record {
	int64_t kind, rounded;
	int64_t integral, integer; /* RECORD_ARRAY of one integer */
	int64_t path, content;     /* bytes, without NUL */
	struct shape shape;
};

enum {
	HDF5_DEPTH_LIMIT = 100, /* of groups in groups: names with slashes and nested models make levels */
	HDF5_OBJECTS_LIMIT = 200000,
	HDF5_PATH_LIMIT = 64 * 1024,
	HDF5_TEXT_LIMIT = 256 << 20, /* bytes of one attribute: a config, a list of names */
	HDF5_SECONDS_LIMIT = 5,      /* of processor time, and one more for so many bytes of the file: */
	HDF5_BYTES_A_SECOND = 32 << 20,
	HDF5_PATIENCE = 4,         /* times as long by the clock: a child that waits takes no processor time */
	HDF5_DEFLATE_RATIO = 1032, /* of deflate at its best; data that claims more was never written */
	HDF5_FREE_BYTES = 1 << 20  /* of a dataset that were never written */
};
#define HDF5_CONTENT_LIMIT ((int64_t)4 << 30)   /* bytes of all arrays and texts */
#define HDF5_CONTENT_FREE  ((int64_t)256 << 20) /* that much of any file; more only so many times the file's own size: */
enum { HDF5_CONTENT_RATIO = 32 };
#define HDF5_MEMORY_LIMIT ((int64_t)12 << 30)

/* In the child: reads the file, writes records; returns whether all could be written. */
bool hdf5_dump(struct bytes file, FILE *out);

#endif
