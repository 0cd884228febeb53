/* folder.c: see folder.h. */
#include "folder.h"

#include <stdlib.h>
#include <string.h>

FILE *folder_create(const char *folder, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	file = fopen(path, "wb");
	if (file == NULL) {
		perror(path);
		exit(3);
	}
	return file;
}

/* Version 1.0: the header is padded so that the data starts at a multiple of 64. */
void folder_write_npy(const char *folder, const char *name, const char *shape, const float *at, size_t n)
{
	char header[118];
	FILE *file = folder_create(folder, name);
	int used = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }", shape);

	memset(header + used, ' ', sizeof header - (size_t)used);
	header[sizeof header - 1] = '\n';
	fwrite("\x93NUMPY\x01\x00\x76\x00", 1, 10, file);
	fwrite(header, 1, sizeof header, file);
	fwrite(at, sizeof *at, n, file);
	fclose(file);
}
