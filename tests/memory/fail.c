/* fail.c: preloaded into conv1dc: the allocation number FAIL_AT, and with FAIL_ALL all behind it, finds no memory.
 *
 * Counted from the start of main() to its end: what shared libraries do when they are loaded is not conv1dc's.
 * FAIL_COUNT names a file to which the number of allocations is written at the end.  A child process counts on from its
 * parent's number.  Sizes of some megabytes come from mmap() inside the C library, which is behind malloc(): counted too. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static long n, fail_at = -1;
static int all, armed;

static int (*real_main)(int, char **, char **);

static int counted_main(int argc, char **argv, char **environment)
{
	const char *at = getenv("FAIL_AT");
	int status;

	if (at) fail_at = atol(at);
	all = getenv("FAIL_ALL") != NULL;
	armed = 1;
	status = real_main(argc, argv, environment);
	armed = 0;
	return status;
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*rtld_fini)(void), void *stack_end)
{
	int (*start)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void),
		     void *);

	*(void **)&start = dlsym(RTLD_NEXT, "__libc_start_main");
	real_main = main;
	return start(counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}

static int fails(void)
{
	if (!armed) return 0;
	n++;
	if (fail_at < 0 || (all ? n < fail_at : n != fail_at)) return 0;
	errno = ENOMEM;
	return 1;
}

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

void *malloc(size_t bytes)
{
	return fails() ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	return fails() ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *at, size_t bytes)
{
	return fails() ? NULL : __libc_realloc(at, bytes);
}

__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAIL_COUNT");
	FILE *file;

	if (!path) return;
	armed = 0;
	file = fopen(path, "w");
	if (!file) return;
	fprintf(file, "%ld\n", n);
	fclose(file);
}
