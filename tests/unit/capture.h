/* capture.h: what a test's own process prints to stderr, as text. */
#ifndef CONV1DC_CAPTURE_H
#define CONV1DC_CAPTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static FILE *captured;
static int real_stderr;

static void capture_start(void)
{
	fflush(stderr);
	captured = tmpfile();
	real_stderr = dup(STDERR_FILENO);
	if (!captured || real_stderr < 0 || dup2(fileno(captured), STDERR_FILENO) < 0) abort();
}

/* What was printed since; until the next call. */
static const char *capture_end(void)
{
	static char text[1 << 16];
	size_t n;

	fflush(stderr);
	dup2(real_stderr, STDERR_FILENO);
	close(real_stderr);
	rewind(captured);
	n = fread(text, 1, sizeof text - 1, captured);
	text[n] = '\0';
	fclose(captured);
	return text;
}

#endif
