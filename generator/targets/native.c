/* native.c: what this machine is and has. */
#include "targets/targets.h"

#include <string.h>

#if defined(__x86_64__)
static const char machine[] = "x86_64";
/* __builtin_cpu_supports() takes literals only. */
#define FEATURE(name)                                                                                                  \
	{                                                                                                              \
		name, __builtin_cpu_supports(name) != 0                                                                \
	}
#define FEATURES                                                                                                       \
	FEATURE("sse2"), FEATURE("avx2"), FEATURE("fma"), FEATURE("avx512f"), FEATURE("avx512vl"),                     \
	    FEATURE("avx512dq"), FEATURE("avx512bw"), FEATURE("avx512vnni")
#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#define FEATURES                                                                                                       \
	{                                                                                                              \
		"dotprod", (getauxval(AT_HWCAP) & 1ul << 20) != 0 /* HWCAP_ASIMDDP */                                  \
	}
#elif defined(__ARM_FEATURE_DOTPROD)
#define FEATURES                                                                                                       \
	{                                                                                                              \
		"dotprod", true                                                                                        \
	}
#endif
static const char machine[] = "aarch64";
#else
static const char machine[] = "";
#endif

bool target_is_of_this_family(const struct target *target)
{
	return !target->machine || strcmp(target->machine, machine) == 0;
}

#if defined(FEATURES)
/* name[0, n) is a feature of this processor. */
static bool has(const char *name, size_t n)
{
	const struct {
		const char *name;
		bool here;
	} feature[] = { FEATURES };

	for (size_t i = 0; i < sizeof feature / sizeof feature[0]; i++)
		if (strlen(feature[i].name) == n && !memcmp(feature[i].name, name, n)) return feature[i].here;
	return false;
}
#else
static bool has(const char *name, size_t n)
{
	(void)name;
	return n == 0;
}
#endif

const char *target_feature_absent(const struct target *target)
{
	const char *at = target->features;

	if (!at || !*at || !target_is_of_this_family(target)) return NULL;
	for (;;) {
		size_t n = strcspn(at, ",");
		if (!has(at, n)) return at;
		if (!at[n]) return NULL;
		at += n + 1;
	}
}

const struct target *target_native(void)
{
	const struct target *best = target_row(0), *target;

	for (int i = 0; (target = target_row(i)); i++)
		if (target_is_of_this_family(target) && !target_feature_absent(target) &&
		    target->width[0] >= best->width[0])
			best = target;
	return best;
}

const char *target_compiler(const struct target *target)
{
	return target_is_of_this_family(target) ? NULL : target->compiler;
}

const char *target_emulator(const struct target *target)
{
	return target_is_of_this_family(target) ? NULL : target->emulator;
}
