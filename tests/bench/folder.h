/* folder.h: files that the tools of the bench write into a folder; a failure ends the program. */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdio.h>

FILE *folder_create(const char *folder, const char *name);
/* n float32 as .npy; shape: its tuple's text, "3, 16, 8". */
void folder_write_npy(const char *folder, const char *name, const char *shape, const float *at, size_t n);

#endif
