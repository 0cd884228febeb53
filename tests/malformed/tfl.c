/* tfl.c: tfl FILE <SCRIPT: writes a small TFLite model, right or wrong, line by line; words are separated by blanks.
 *
 *     tensor TYPE NAME SHAPE [KEY VALUE ...]   SHAPE: 1x16x3, "-": no axes.  Keys:
 *         data N         N elements 0 1 2 ... 15 0 1 ..., of the type's size
 *         list A,B,...   these elements
 *         scales A,B     of the quantisation; zeros A,B: its zero points; axis N
 *         signature S    the shape with -1 where it is not known
 *         buffer N       the number of another buffer;  variable 1;  sparse 1;  details 1
 *     op CODE IN OUT [OPTIONS FIELD=TYPE:VALUE ...]   IN, OUT: 0,1,-1, "-": none; TYPE: i8 i32 f32
 *     custom NAME IN OUT
 *     inputs A,B    outputs A,B
 *     version N     subgraphs N
 *     cut N         at the end: only the first N bytes are kept
 *     poke AT BYTE  at the end: one byte is changed */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_LIMIT = 1 << 20, WORDS_LIMIT = 64, LINES_LIMIT = 64, LINE_LIMIT = 4096, FIELDS = 12 };

static unsigned char file[FILE_LIMIT];
static size_t end;
static char line[LINES_LIMIT][LINE_LIMIT], *word[LINES_LIMIT][WORDS_LIMIT];
static int words[LINES_LIMIT], lines;

static void fail(const char *what)
{
	fprintf(stderr, "tfl: cannot do: %s\n", what);
	exit(1);
}

/* ---- a FlatBuffer, written forwards ------------------------------------------------------------------------------ */

static void put(size_t at, uint64_t value, size_t n)
{
	if (at + n > FILE_LIMIT) fail("too large a file");
	for (size_t i = 0; i < n; i++) file[at + i] = (unsigned char)(value >> (8 * i));
}

static size_t take(size_t n, size_t align)
{
	size_t at;

	while (end % align) end++;
	at = end;
	end += n;
	if (end > FILE_LIMIT) fail("too large a file");
	return at;
}

/* The offset at 'from' leads to 'to'. */
static void point(size_t from, size_t to)
{
	put(from, to - from, 4);
}

/* A table of fields of 8 bytes each, of which those in 'set' (bits) are there; where field 0 stands. */
static size_t table(unsigned set)
{
	const size_t vtable = take(4 + 2 * FIELDS, 2), at = take(8 + 8 * FIELDS, 8);

	put(vtable, 4 + 2 * FIELDS, 2);
	put(vtable + 2, 8 + 8 * FIELDS, 2);
	put(at, at - vtable, 4);
	for (size_t i = 0; i < FIELDS; i++) put(vtable + 4 + 2 * i, set >> i & 1 ? 8 + 8 * i : 0, 2);
	return at + 8;
}

static size_t field(size_t fields, int i)
{
	return fields + 8 * (size_t)i;
}

/* Of n elements; where the first stands. */
static size_t vector(size_t from, size_t n, size_t size)
{
	size_t at;

	while ((end + 4) % (size < 4 ? 4 : size)) end++;
	at = take(4, 4);
	put(at, n, 4);
	point(from, at);
	return take(n * size, 1);
}

static void text(size_t from, const char *string)
{
	const size_t n = strlen(string), at = vector(from, n, 1);

	memcpy(file + at, string, n);
	take(1, 1);
}

/* ---- lists of words ------------------------------------------------------------------------------------------------ */

static uint64_t bits_of(const char *type, const char *value)
{
	float f = strtof(value, NULL);
	uint32_t bits;

	if (strcmp(type, "f32") != 0 && strcmp(type, "float32") != 0) return (uint64_t)strtoll(value, NULL, 0);
	memcpy(&bits, &f, sizeof bits);
	return bits;
}

static void list(size_t from, const char *values, const char *separators, const char *type, size_t size)
{
	char copy[LINE_LIMIT], *at, *rest = NULL;
	size_t n = 0, first;

	if (strcmp(values, "-") == 0) values = "";
	strcpy(copy, values);
	for (at = strtok_r(copy, separators, &rest); at; at = strtok_r(NULL, separators, &rest)) n++;
	first = vector(from, n, size);
	strcpy(copy, values);
	for (at = strtok_r(copy, separators, &rest); at; at = strtok_r(NULL, separators, &rest), first += size)
		put(first, bits_of(type, at), size);
}

/* The value behind a key of a line; NULL: it has none. */
static const char *value_of(int l, const char *key)
{
	for (int i = 4; i + 1 < words[l]; i += 2)
		if (strcmp(word[l][i], key) == 0) return word[l][i + 1];
	return NULL;
}

/* Lines that begin with this word, from l on; -1: none. */
static int next(const char *first, int l)
{
	while (l < lines && strcmp(word[l][0], first) != 0) l++;
	return l < lines ? l : -1;
}

static size_t count(const char *first)
{
	size_t n = 0;

	for (int l = next(first, 0); l >= 0; l = next(first, l + 1)) n++;
	return n;
}

static const char *setting(const char *first, const char *otherwise)
{
	const int l = next(first, 0);

	return l >= 0 && words[l] > 1 ? word[l][1] : otherwise;
}

/* ---- the schema ------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	size_t bytes;
} types[] = { { "float32", 4 }, { "float16", 2 },  { "int32", 4 },   { "uint8", 1 },  { "int64", 8 },   { "string", 1 },
	      { "bool", 1 },    { "int16", 2 },    { "c64", 8 },     { "int8", 1 },   { "float64", 8 }, { "c128", 16 },
	      { "u64", 8 },     { "resource", 4 }, { "variant", 4 }, { "uint32", 4 }, { "uint16", 2 },  { "int4", 1 } };

static int type_of(const char *name)
{
	for (int i = 0; i < (int)(sizeof types / sizeof *types); i++)
		if (strcmp(types[i].name, name) == 0) return i;
	return atoi(name);
}

static void put_quantisation(size_t from, int l)
{
	const char *scales = value_of(l, "scales"), *zeros = value_of(l, "zeros"), *axis = value_of(l, "axis"),
		   *details = value_of(l, "details");
	const size_t q = table((scales ? 4U : 0) | (zeros ? 8U : 0) | (details ? 16U : 0) | (axis ? 64U : 0));

	point(from, q - 8);
	if (scales) list(field(q, 2), scales, ",", "f32", 4);
	if (zeros) list(field(q, 3), zeros, ",", "i64", 8);
	if (details) put(field(q, 4), 1, 1);
	if (axis) put(field(q, 6), (uint64_t)atoi(axis), 4);
}

static void put_tensor(size_t from, int l, int index)
{
	const char *buffer = value_of(l, "buffer"), *signature = value_of(l, "signature"),
		   *sparse = value_of(l, "sparse");
	const size_t t = table(31U | (value_of(l, "variable") ? 32U : 0) | (sparse ? 64U : 0) | (signature ? 128U : 0));

	point(from, t - 8);
	list(field(t, 0), word[l][3], "x", "i32", 4);
	put(field(t, 1), (uint64_t)type_of(word[l][1]), 1);
	put(field(t, 2), buffer ? strtoull(buffer, NULL, 10) : (uint64_t)index + 1, 4);
	text(field(t, 3), word[l][2]);
	put_quantisation(field(t, 4), l);
	if (value_of(l, "variable")) put(field(t, 5), 1, 1);
	if (sparse) point(field(t, 6), table(0) - 8);
	if (signature) list(field(t, 7), signature, "x", "i32", 4);
}

static void put_buffer(size_t from, int l)
{
	const char *n = value_of(l, "data"), *values = value_of(l, "list");
	const size_t size = types[type_of(word[l][1])].bytes, b = table(n || values ? 1U : 0);

	point(from, b - 8);
	if (n) {
		size_t at = vector(field(b, 0), (size_t)atoi(n) * size, 1);
		for (int i = 0; i < atoi(n); i++) {
			char value[8];
			snprintf(value, sizeof value, "%d", i % 16);
			put(at + (size_t)i * size, bits_of(word[l][1], value), size);
		}
	}
	if (values) {
		list(field(b, 0), values, ",", word[l][1], size);
		/* The vector is of bytes. */
		const size_t at = field(b, 0);
		const size_t to = at + (size_t)(file[at] | file[at + 1] << 8 | file[at + 2] << 16);
		put(to, (uint64_t)(file[to] | file[to + 1] << 8) * size, 4);
	}
}

static void put_options(size_t from, int l)
{
	unsigned set = 0;
	size_t o;

	for (int i = 5; i < words[l]; i++) set |= 1U << atoi(word[l][i]);
	o = table(set);
	point(from, o - 8);
	for (int i = 5; i < words[l]; i++) {
		const char *type = strchr(word[l][i], '=') + 1, *value = strchr(word[l][i], ':') + 1;
		put(field(o, atoi(word[l][i])), bits_of(*type == 'f' ? "f32" : "i32", value), type[1] == '8' ? 1 : 4);
	}
}

static void put_operator(size_t from, int l, int code)
{
	const int options = words[l] > 4;
	const size_t o = table(7U | (options ? 24U : 0));

	point(from, o - 8);
	put(field(o, 0), (uint64_t)code, 4);
	list(field(o, 1), word[l][2], ",", "i32", 4);
	list(field(o, 2), word[l][3], ",", "i32", 4);
	if (options) put(field(o, 3), strtoull(word[l][4], NULL, 10), 1);
	if (options) put_options(field(o, 4), l);
}

static int is_operator(int l)
{
	return strcmp(word[l][0], "op") == 0 || strcmp(word[l][0], "custom") == 0;
}

static void put_codes(size_t from)
{
	size_t at = vector(from, count("op") + count("custom"), 4);

	for (int l = 0; l < lines; l++) {
		size_t c;
		if (!is_operator(l)) continue;
		const int custom = strcmp(word[l][0], "custom") == 0, code = custom ? 32 : atoi(word[l][1]);
		c = table(9U | (custom ? 2U : 0));
		point(at, c - 8);
		put(field(c, 0), (uint64_t)(code < 127 ? code : 127), 1);
		if (custom) text(field(c, 1), word[l][1]);
		put(field(c, 3), (uint64_t)code, 4);
		at += 4;
	}
}

static void put_subgraph(size_t from)
{
	const size_t g = table(15U);
	size_t at;
	int n = 0;

	point(from, g - 8);
	at = vector(field(g, 0), count("tensor"), 4);
	for (int l = next("tensor", 0); l >= 0; l = next("tensor", l + 1), at += 4) put_tensor(at, l, n++);
	list(field(g, 1), setting("inputs", "0"), ",", "i32", 4);
	list(field(g, 2), setting("outputs", "-"), ",", "i32", 4);
	at = vector(field(g, 3), count("op") + count("custom"), 4);
	n = 0;
	for (int l = 0; l < lines; l++)
		if (is_operator(l)) {
			put_operator(at, l, n++);
			at += 4;
		}
}

static void put_model(void)
{
	const size_t root = take(8, 1), m = table(1U | 2U | 4U | 16U),
		     subgraphs = (size_t)atoi(setting("subgraphs", "1"));
	size_t at;

	point(root, m - 8);
	memcpy(file + 4, "TFL3", 4);
	put(field(m, 0), strtoull(setting("version", "3"), NULL, 10), 4);
	put_codes(field(m, 1));
	at = vector(field(m, 2), subgraphs, 4);
	for (size_t i = 0; i < subgraphs; i++) put_subgraph(at + 4 * i);
	at = vector(field(m, 4), count("tensor") + 1, 4);
	point(at, table(0) - 8);
	for (int l = next("tensor", 0); l >= 0; l = next("tensor", l + 1)) put_buffer(at += 4, l);
}

/* ---- the script -------------------------------------------------------------------------------------------------------- */

static void read_script(void)
{
	char *rest = NULL;

	while (lines < LINES_LIMIT && fgets(line[lines], LINE_LIMIT, stdin)) {
		int n = 0;
		for (char *w = strtok_r(line[lines], " \n", &rest); w && n < WORDS_LIMIT;
		     w = strtok_r(NULL, " \n", &rest))
			word[lines][n++] = w;
		words[lines] = n;
		if (n) lines++;
	}
}

int main(int argc, char **argv)
{
	FILE *out;

	if (argc != 2) fail("tfl FILE <SCRIPT");
	read_script();
	put_model();
	for (int l = next("poke", 0); l >= 0; l = next("poke", l + 1))
		file[(size_t)atoi(word[l][1]) % FILE_LIMIT] = (unsigned char)strtol(word[l][2], NULL, 0);
	if (next("cut", 0) >= 0) end = (size_t)atoi(setting("cut", "0"));
	out = fopen(argv[1], "wb");
	if (!out || fwrite(file, 1, end, out) != end || fclose(out) != 0) fail("the file cannot be written");
	return 0;
}
