/* fingerprint.c: the only libmd. */
#include "base/base.h"

#include <sha2.h>

void sha256_text(const void *at, size_t n, char out[SHA256_TEXT])
{
	SHA256Data(at, n, out);
}
