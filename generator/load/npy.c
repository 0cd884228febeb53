/* npy.c: NumPy's array files, versions 1 to 3 (numpy/lib/format.py). */
#include "load/load.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAGIC_BYTES = 8, HEADER_LIMIT = 64 * 1024, ALIGNMENT = 64 };
static const char magic[] = "\x93NUMPY";

/* What the header says. */
struct header {
	char kind; /* 'f', 'i', 'u', 'b' */
	int bytes; /* of one element */
	bool big, fortran;
	struct shape shape;
	bool has_descr, has_order, has_shape;
};

struct reader {
	const char *at, *end;
	const char *what; /* the first fault; NULL: none */
	struct arena *arena;
};

static bool fault(struct reader *r, const char *what)
{
	if (!r->what) r->what = what;
	return false;
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n')) r->at++;
}

static bool take(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c) return false;
	r->at++;
	return true;
}

static bool take_word(struct reader *r, const char *word)
{
	size_t n = strlen(word);

	skip_blanks(r);
	if ((size_t)(r->end - r->at) < n || memcmp(r->at, word, n) != 0) return false;
	r->at += n;
	return true;
}

/* 'text' or "text", without escapes. */
static const char *take_string(struct reader *r)
{
	const char *start, *stop;

	skip_blanks(r);
	if (r->at == r->end || (*r->at != '\'' && *r->at != '"')) return NULL;
	start = r->at + 1;
	stop = memchr(start, *r->at, (size_t)(r->end - start));
	if (!stop) return NULL;
	r->at = stop + 1;
	return arena_string_n(r->arena, start, (size_t)(stop - start));
}

static bool take_size(struct reader *r, int64_t *size)
{
	int64_t n = 0;

	skip_blanks(r);
	if (r->at == r->end || !isdigit((unsigned char)*r->at)) return false;
	for (; r->at < r->end && isdigit((unsigned char)*r->at); r->at++)
		if (!size_mul(n, 10, &n) || !size_add(n, *r->at - '0', &n))
			return fault(r, "a size that does not fit in 64 bits");
	*size = n;
	return true;
}

/* "(3, 4)", "(3,)", "()" */
static bool read_shape(struct reader *r, struct shape *shape)
{
	int64_t size = 0;

	if (!take(r, '(')) return fault(r, "'shape' is not a tuple of integers");
	while (!take(r, ')')) {
		if (!take_size(r, &size)) return fault(r, "'shape' is not a tuple of integers");
		if (shape->rank == MAX_RANK) return fault(r, "more than 6 axes");
		shape->at[shape->rank++] = size;
		if (!take(r, ',') && (skip_blanks(r), r->at == r->end || *r->at != ')'))
			return fault(r, "'shape' is not a tuple of integers");
	}
	return true;
}

/* TYPE(kind, bytes) that are read */
static const struct {
	char kind;
	int bytes;
} types[] = {
	{ 'f', 2 }, { 'f', 4 }, { 'f', 8 }, { 'i', 1 }, { 'i', 2 }, { 'i', 4 },
	{ 'i', 8 }, { 'u', 1 }, { 'u', 2 }, { 'u', 4 }, { 'u', 8 }, { 'b', 1 },
};

static bool read_descr(struct reader *r, struct header *h)
{
	const char *text = take_string(r), *type = text;
	int bytes = 0;

	if (!text) return fault(r, "its elements are records; wanted numbers");
	if (*type && strchr("<>|=", *type)) h->big = *type++ == '>';
	if (*type == 'O') return fault(r, "its elements are Python objects (saved with allow_pickle); wanted numbers");
	if (isdigit((unsigned char)*type ? (unsigned char)type[1] : 0) && !type[2]) bytes = type[1] - '0';
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (types[i].kind != *type || types[i].bytes != bytes) continue;
		h->kind = *type;
		h->bytes = bytes;
		return true;
	}
	return fault(
	    r, arena_printf(r->arena,
			    "elements of type '%s' are not read; wanted float16, float32, float64, integers or bool",
			    text));
}

static bool read_entry(struct reader *r, struct header *h)
{
	const char *key = take_string(r);

	if (!key || !take(r, ':'))
		return fault(r, "its header is not a dictionary of 'descr', 'fortran_order', 'shape'");
	if (!strcmp(key, "descr") && !h->has_descr) return h->has_descr = true, read_descr(r, h);
	if (!strcmp(key, "shape") && !h->has_shape) return h->has_shape = true, read_shape(r, &h->shape);
	if (!strcmp(key, "fortran_order") && !h->has_order) {
		h->has_order = true;
		h->fortran = take_word(r, "True");
		return h->fortran || take_word(r, "False") || fault(r, "'fortran_order' is neither True nor False");
	}
	return fault(r, arena_printf(r->arena, "its header has '%s' once too often", key));
}

static bool read_header(struct reader *r, struct header *h)
{
	if (!take(r, '{')) return fault(r, "its header is not a dictionary");
	while (!take(r, '}')) {
		if (!read_entry(r, h)) return false;
		if (!take(r, ',') && (skip_blanks(r), r->at == r->end || *r->at != '}'))
			return fault(r, "its header is not a dictionary");
	}
	skip_blanks(r);
	if (r->at != r->end) return fault(r, "there is text behind its header");
	if (!h->has_descr || !h->has_order || !h->has_shape)
		return fault(r, "its header lacks 'descr', 'fortran_order' or 'shape'");
	return true;
}

/* ---- elements --------------------------------------------------------------------------------------------- */

static uint64_t load_bits(const unsigned char *at, int bytes, bool big)
{
	uint64_t bits = 0;

	for (int i = 0; i < bytes; i++) bits |= (uint64_t)at[i] << (8 * (big ? bytes - 1 - i : i));
	return bits;
}

static double half_value(uint64_t bits)
{
	int exponent = (int)(bits >> 10 & 31);
	double fraction = (double)(bits & 1023), value;

	if (exponent == 31)
		value = fraction > 0 ? (double)NAN : (double)INFINITY;
	else
		value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
	return bits >> 15 ? -value : value;
}

static double real_value(uint64_t bits, int bytes)
{
	uint32_t low = (uint32_t)bits;
	float f;
	double d;

	if (bytes == 2) return half_value(bits);
	memcpy(&f, &low, sizeof f);
	memcpy(&d, &bits, sizeof d);
	return bytes == 4 ? (double)f : d;
}

static double element(const struct header *h, const unsigned char *at)
{
	uint64_t bits = load_bits(at, h->bytes, h->big), sign;

	switch (h->kind) {
	case 'f': return real_value(bits, h->bytes);
	case 'i':
		sign = (uint64_t)1 << (8 * h->bytes - 1);
		return bits & sign ? -(double)(~bits & (sign - 1)) - 1 : (double)bits;
	case 'b': return bits != 0;
	default: return (double)bits;
	}
}

/* Two's complement of fewer bytes, made 64 bits wide. */
static int64_t integer_of(const struct header *h, const unsigned char *at)
{
	uint64_t bits = load_bits(at, h->bytes, h->big), sign = (uint64_t)1 << (8 * h->bytes - 1);
	int64_t integer;

	if (h->kind == 'i') bits = (bits ^ sign) - sign;
	memcpy(&integer, &bits, sizeof integer);
	return integer;
}

/* Element of the file that stands at C index i. */
static int64_t file_index(const struct header *h, int64_t i)
{
	int64_t index = 0, rest = i, weight = 1, size = 1;

	if (!h->fortran) return i;
	for (int axis = 0; axis < h->shape.rank; axis++) size *= h->shape.at[axis];
	for (int axis = 0; axis < h->shape.rank; axis++) {
		size /= h->shape.at[axis];
		index += rest / size * weight;
		rest %= size;
		weight *= h->shape.at[axis];
	}
	return index;
}

static void convert(const struct header *h, const unsigned char *data, int64_t n, struct array *out)
{
	for (int64_t i = 0; i < n; i++) {
		double exact = element(h, data + file_index(h, i) * h->bytes);

		out->f32[i] = (float)exact;
		out->rounded |= !isnan(exact) && (double)out->f32[i] != exact;
	}
	out->real = h->kind == 'f';
	out->integral = n == 1 && (h->kind == 'i' || h->kind == 'u');
	if (out->integral) out->integer = integer_of(h, data);
}

/* Where the header's text lies in the file. */
static bool find_header(struct bytes file, struct reader *r)
{
	size_t width, length;

	if (file.n < MAGIC_BYTES || memcmp(file.at, magic, 6) != 0) return fault(r, "it does not start as a .npy file");
	if (file.at[6] < 1 || file.at[6] > 3 || file.at[7] != 0)
		return fault(r, arena_printf(r->arena, "version %d.%d is not read; wanted 1.0, 2.0 or 3.0", file.at[6],
					     file.at[7]));
	width = file.at[6] == 1 ? 2 : 4;
	if (file.n < MAGIC_BYTES + width) return fault(r, "it ends in its header");
	length = (size_t)load_bits(file.at + MAGIC_BYTES, (int)width, false);
	if (length > HEADER_LIMIT) return fault(r, "its header is longer than 64 KiB");
	if (length > file.n - MAGIC_BYTES - width) return fault(r, "it ends in its header");
	r->at = (const char *)file.at + MAGIC_BYTES + width;
	r->end = r->at + length;
	return true;
}

static bool check_data(struct reader *r, const struct header *h, int64_t n, size_t found)
{
	int64_t wanted = n * h->bytes;

	if (n > MAX_ELEMENTS) return fault(r, "it has more elements than conv1dc can index");
	if ((int64_t)found == wanted) return true;
	return fault(r, arena_printf(r->arena, "its header asks for %lld bytes of data, %lld are there",
				     (long long)wanted, (long long)found));
}

static const char *type_text(const struct header *h, struct arena *arena)
{
	if (h->kind == 'b') return "bool";
	return arena_printf(arena, "%s%d", h->kind == 'f' ? "float" : h->kind == 'i' ? "int" : "uint", 8 * h->bytes);
}

bool npy_read(struct bytes file, const char *name, struct array *out, struct arena *arena, struct diag *diag)
{
	struct source *source = NEW(arena, struct source);
	struct reader r = { .arena = arena };
	struct header h = { 0 };
	const unsigned char *data;
	int64_t n;

	source->name = arena_string(arena, name);
	*out = (struct array){ .name = source->name, .place.source = source };
	if (!find_header(file, &r)) goto bad;
	data = (const unsigned char *)r.end;
	if (!read_header(&r, &h)) goto bad;
	n = shape_elements(&h.shape);
	if (!check_data(&r, &h, n, file.n - (size_t)(data - file.at))) goto bad;
	out->shape = h.shape;
	out->type = type_text(&h, arena);
	out->f32 = NEW_ARRAY(arena, n ? n : 1, float);
	convert(&h, data, n, out);
	return true;
bad:
	diag_error(diag, out->place, "the array cannot be read: %s", r.what);
	return false;
}

/* ---- writing ---------------------------------------------------------------------------------------------- */

static void put_bits(struct text *out, uint64_t bits, int bytes)
{
	char at[8];

	for (int k = 0; k < bytes; k++) at[k] = (char)(bits >> (8 * k) & 255);
	text_add_n(out, at, (size_t)bytes);
}

static void put_header(struct text *out, const char *descr, const struct shape *shape)
{
	struct text header = { 0 };
	size_t length;

	text_printf(&header, "{'descr': '%s', 'fortran_order': False, 'shape': (", descr);
	for (int i = 0; i < shape->rank; i++)
		text_printf(&header, "%s%lld%s", i ? ", " : "", (long long)shape->at[i], shape->rank == 1 ? "," : "");
	text_add(&header, "), }");
	while ((MAGIC_BYTES + 2 + header.n + 1) % ALIGNMENT != 0) text_add(&header, " ");
	text_add(&header, "\n");
	length = header.n;
	text_add_n(out, magic, 6);
	text_add_n(out, (const char[]){ 1, 0, (char)(length & 255), (char)(length >> 8) }, 4);
	text_add_n(out, header.at, header.n);
	text_free(&header);
}

static const char *const descrs[] = { [TYPE_F32] = "<f4", [TYPE_I8] = "|i1",  [TYPE_U8] = "|u1",
				      [TYPE_I16] = "<i2", [TYPE_I32] = "<i4", [TYPE_I64] = "<i8" };

void npy_write_integers(struct text *out, enum type type, const struct shape *shape, const int64_t *at)
{
	int64_t n = shape_elements(shape);

	CHECK(n >= 0 && n <= MAX_ELEMENTS && type != TYPE_F32);
	put_header(out, descrs[type], shape);
	for (int64_t i = 0; i < n; i++) put_bits(out, (uint64_t)at[i], type_bytes(type));
}

void npy_write_typed(struct text *out, enum type type, const struct shape *shape, const float *at)
{
	int64_t n = shape_elements(shape);

	if (type == TYPE_F32) {
		npy_write(out, shape, at);
		return;
	}
	CHECK(n >= 0 && n <= MAX_ELEMENTS);
	put_header(out, descrs[type], shape);
	for (int64_t i = 0; i < n; i++) put_bits(out, (uint64_t)(int64_t)at[i], type_bytes(type));
}

void npy_write(struct text *out, const struct shape *shape, const float *at)
{
	int64_t n = shape_elements(shape);

	CHECK(n >= 0 && n <= MAX_ELEMENTS);
	put_header(out, descrs[TYPE_F32], shape);
	for (int64_t i = 0; i < n; i++) {
		uint32_t bits;

		memcpy(&bits, &at[i], sizeof bits);
		put_bits(out, bits, 4);
	}
}

void npy_write_integer(struct text *out, int64_t integer)
{
	const struct shape shape = { 0 };

	put_header(out, "<i8", &shape);
	put_bits(out, (uint64_t)integer, 8);
}
