/* die.c: ends that nobody can go on from: a fault of conv1dc itself, and memory that is not there. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool is_child;

void die_at(const char *file, int line, const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fprintf(stderr, "conv1dc: fault at %s:%d: ", path_base(file), line);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fprintf(stderr, "\nThis is a defect of conv1dc %s, not of your model; please report it.\n", CONV1DC_VERSION);
	exit(STATUS_FAULT);
}

void out_of_memory(size_t bytes)
{
	if (is_child) _exit(STATUS_FILE);
	fflush(stdout);
	fputs("conv1dc: error: there is not enough memory", stderr);
	if (bytes) fprintf(stderr, ": %zu more bytes are needed", bytes);
	fputc('\n', stderr);
	exit(STATUS_FILE);
}

void die_as_child(void)
{
	is_child = true;
}
