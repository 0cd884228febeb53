/* limit.c: a process in which CPUID does not tell of wider vectors than a target has, so that every library in it
 * picks the code that it has for such a processor.  Linux lets the instruction fault (arch_prctl); the handler
 * answers in its place. */
#define _GNU_SOURCE
#include "bench.h"

#include <string.h>

#if defined __linux__ && defined __x86_64__
#include <cpuid.h>
#include <signal.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define SET_CPUID 0x1012 /* ARCH_SET_CPUID of <asm/prctl.h> */

/* Features by leaf, subleaf and register (Intel SDM, volume 2, CPUID); avx: hidden below AVX2, too. */
struct hidden {
	unsigned leaf, subleaf;
	unsigned mask[4]; /* eax, ebx, ecx, edx */
	bool avx;
};
static const struct hidden all_hidden[] = {
	{ 7, 0, { 0, 0xdc230000u, 0x00005842u, 0x03c0010cu }, false }, /* AVX-512 and AMX */
	{ 7, 1, { 0x00000020u, 0, 0, 0x00080000u }, false },           /* AVX512_BF16, AVX10 */
	{ 1, 0, { 0, 0, 0x30001000u, 0 }, true },                      /* AVX, F16C, FMA */
	{ 7, 0, { 0, 0x00000020u, 0x00000600u, 0 }, true },            /* AVX2, VAES, VPCLMULQDQ */
	{ 7, 1, { 0x00800010u, 0, 0, 0x00000430u }, true },            /* AVX-VNNI, AVX-IFMA and their kin */
};
static bool hides_avx;

static void answer(int number, siginfo_t *info, void *context)
{
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	const unsigned char *code = (const unsigned char *)r[REG_RIP];
	unsigned leaf = (unsigned)r[REG_RAX], subleaf = (unsigned)r[REG_RCX], v[4];

	(void)info;
	if (code[0] != 0x0f || code[1] != 0xa2) { /* a fault of another kind: let it happen again */
		signal(number, SIG_DFL);
		return;
	}
	syscall(SYS_arch_prctl, SET_CPUID, 1);
	__cpuid_count(leaf, subleaf, v[0], v[1], v[2], v[3]);
	syscall(SYS_arch_prctl, SET_CPUID, 0);
	for (size_t i = 0; i < sizeof all_hidden / sizeof *all_hidden; i++) {
		const struct hidden *h = &all_hidden[i];
		if (h->leaf != leaf || (leaf == 7 && h->subleaf != subleaf) || (h->avx && !hides_avx)) continue;
		for (int k = 0; k < 4; k++) v[k] &= ~h->mask[k];
	}
	r[REG_RAX] = v[0];
	r[REG_RBX] = v[1];
	r[REG_RCX] = v[2];
	r[REG_RDX] = v[3];
	r[REG_RIP] += 2;
}

bool limit_to(const char *target)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };

	if (strcmp(target, "avx512") == 0 || strcmp(target, "c99") == 0) return true;
	hides_avx = strcmp(target, "sse2") == 0;
	action.sa_sigaction = answer;
	return sigaction(SIGSEGV, &action, NULL) == 0 && syscall(SYS_arch_prctl, SET_CPUID, 0) == 0;
}
#else
bool limit_to(const char *target)
{
	return strcmp(target, "neon") == 0 || strcmp(target, "c99") == 0;
}
#endif
