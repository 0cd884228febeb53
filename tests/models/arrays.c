/* arrays.c: weights from their recipes, and archives that hold them. */
#include "tests/models/models.h"

#include <math.h>
#include <string.h>

const float *layer_weight(const struct draft_layer *layer, int i, struct arena *arena)
{
	struct dice dice = dice_of(layer->weight_seed, (uint64_t)i);
	int64_t n = shape_elements(&layer->weight[i].shape);
	float *at = NEW_ARRAY(arena, n + 1, float);

	dice_fill(&dice, layer->style, at, n);
	if (strstr(layer->weight[i].name, "variance"))
		for (int64_t k = 0; k < n; k++) at[k] = fabsf(at[k]);
	return at;
}

/* ---- zip ------------------------------------------------------------------------------------------------------- */

/* ISO 3309, as zip uses it. */
static uint32_t checksum(const unsigned char *at, size_t n)
{
	static uint32_t table[256];
	uint32_t sum = 0xffffffff;

	for (uint32_t i = 0; !table[255] && i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ c >> 1 : c >> 1;
		table[i] = c;
	}
	for (size_t i = 0; i < n; i++) sum = table[(sum ^ at[i]) & 0xff] ^ sum >> 8;
	return ~sum;
}

static void add_number(struct text *out, uint32_t value, int bytes)
{
	char at[4] = { (char)(value & 0xff), (char)(value >> 8 & 0xff), (char)(value >> 16 & 0xff),
		       (char)(value >> 24) };

	text_add_n(out, at, (size_t)bytes);
}

/* What a local header and its copy in the directory have in common. */
static void add_header(struct text *out, const char *name, uint32_t sum, size_t n)
{
	add_number(out, 20, 2); /* version needed */
	add_number(out, 0, 2);  /* flags */
	add_number(out, 0, 2);  /* stored */
	add_number(out, 0x5a210000, 4);
	add_number(out, sum, 4);
	add_number(out, (uint32_t)n, 4);
	add_number(out, (uint32_t)n, 4);
	add_number(out, (uint32_t)strlen(name), 2);
	add_number(out, 0, 2);
}

void zip_add(struct zip *zip, const char *name, const void *at, size_t n)
{
	uint32_t sum = checksum(at, n), offset = (uint32_t)zip->out->n;

	text_add_n(zip->out, "PK\3\4", 4);
	add_header(zip->out, name, sum, n);
	text_add(zip->out, name);
	text_add_n(zip->out, at, n);
	text_add_n(&zip->directory, "PK\1\2\24\0", 6);
	add_header(&zip->directory, name, sum, n);
	add_number(&zip->directory, 0, 4); /* no comment, first disk */
	add_number(&zip->directory, 0, 4);
	add_number(&zip->directory, 0, 2);
	add_number(&zip->directory, offset, 4);
	text_add(&zip->directory, name);
	zip->members++;
}

void zip_end(struct zip *zip)
{
	uint32_t offset = (uint32_t)zip->out->n;

	text_add_n(zip->out, zip->directory.at, zip->directory.n);
	text_add_n(zip->out, "PK\5\6\0\0\0\0", 8);
	add_number(zip->out, (uint32_t)zip->members, 2);
	add_number(zip->out, (uint32_t)zip->members, 2);
	add_number(zip->out, (uint32_t)zip->directory.n, 4);
	add_number(zip->out, offset, 4);
	add_number(zip->out, 0, 2);
	text_free(&zip->directory);
}

/* ---- get_weights() ------------------------------------------------------------------------------------------------ */

static void add_weights(const struct draft *draft, struct zip *zip, struct arena *arena)
{
	for (int i = 0; i < draft->layers.n; i++) {
		const struct draft_layer *layer = draft->layers.at[i];
		if (draft_first_call(draft, i) < 0) continue;
		if (layer->inner) add_weights(layer->inner, zip, arena);
		for (int k = 0; k < layer->n_weight; k++) {
			struct text array = { 0 };
			npy_write(&array, &layer->weight[k].shape, layer_weight(layer, k, arena));
			zip_add(zip, arena_printf(arena, "arr_%d.npy", zip->members), array.at, array.n);
			text_free(&array);
		}
	}
}

bool draft_npz(const struct draft *draft, struct text *out)
{
	struct arena *arena = arena_new();
	struct zip zip = { .out = out };

	add_weights(draft, &zip, arena);
	if (zip.members > 0) zip_end(&zip);
	arena_free(arena);
	return zip.members > 0;
}
