/* die.c: a fault of conv1dc itself. */
#include "base/base.h"

#include <stdio.h>
#include <stdlib.h>

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
