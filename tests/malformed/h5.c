/* h5.c: h5 FILE <SCRIPT: writes a small HDF5 file, right or wrong, line by line; words are separated by blanks.
 *
 *     text OBJECT NAME REST       a string attribute: the rest of the line
 *     names|fixed OBJECT NAME A B ...   a list of strings, of variable or fixed length
 *     numbers OBJECT NAME         a list of three integers
 *     group PATH
 *     data TYPE PATH AxB          a dataset of 0, 0.25, 0.5 ...; TYPE: f2 f4 f8 big i8 text record vlen; "-": a scalar
 *     gzip|fletcher|filter|never|outside|null f4 PATH AxB   stored so; filter: one that nobody has; never: never written
 *     hard|soft PATH TARGET       a link;  external PATH FILE TARGET
 *     cut N                       at the end: only the first N bytes are kept
 *     poke AT BYTE                at the end: one byte is changed */
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_LIMIT = 1 << 16, WORDS_LIMIT = 256, VALUES_LIMIT = 4096, NOBODYS_FILTER = 32000 };

struct script {
	hid_t file;
	char *word[WORDS_LIMIT];
	int n;
	const char *rest; /* behind the third word */
	long cut, poke, byte;
};

static void fail(const char *what)
{
	fprintf(stderr, "h5: cannot do: %s\n", what);
	exit(1);
}

static hid_t need(hid_t id, const char *what)
{
	if (id < 0) fail(what);
	return id;
}

/* ---- attributes ------------------------------------------------------------------------------------------------- */

static void put_attribute(struct script *s, const char *name, hid_t type, hid_t space, const void *value)
{
	hid_t object = need(H5Oopen(s->file, s->word[1], H5P_DEFAULT), s->word[1]);
	hid_t attribute = need(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT), name);

	if (H5Awrite(attribute, type, value) < 0) fail(name);
	H5Aclose(attribute);
	H5Oclose(object);
}

static void do_text(struct script *s)
{
	hid_t type = H5Tcopy(H5T_C_S1);

	H5Tset_size(type, H5T_VARIABLE);
	put_attribute(s, s->word[2], type, H5Screate(H5S_SCALAR), &s->rest);
}

static void do_names(struct script *s)
{
	hid_t type = H5Tcopy(H5T_C_S1);
	hsize_t n = (hsize_t)(s->n - 3);

	H5Tset_size(type, H5T_VARIABLE);
	put_attribute(s, s->word[2], type, H5Screate_simple(1, &n, NULL), s->word + 3);
}

static void do_fixed(struct script *s)
{
	enum { SIZE = 64 };
	static char at[WORDS_LIMIT][SIZE];
	hid_t type = H5Tcopy(H5T_C_S1);
	hsize_t n = (hsize_t)(s->n - 3);

	memset(at, 0, sizeof at);
	for (int i = 3; i < s->n; i++) memcpy(at[i - 3], s->word[i], strlen(s->word[i]) % SIZE);
	H5Tset_size(type, SIZE);
	H5Tset_strpad(type, H5T_STR_NULLPAD);
	put_attribute(s, s->word[2], type, H5Screate_simple(1, &n, NULL), at);
}

static void do_numbers(struct script *s)
{
	static const int at[] = { 1, 2, 3 };
	hsize_t n = 3;

	put_attribute(s, s->word[2], H5T_NATIVE_INT, H5Screate_simple(1, &n, NULL), at);
}

/* ---- datasets --------------------------------------------------------------------------------------------------- */

static hid_t type_called(const char *name)
{
	hid_t type = H5Tcopy(H5T_IEEE_F32LE);

	if (!strcmp(name, "f8")) return H5Tcopy(H5T_IEEE_F64LE);
	if (!strcmp(name, "big")) return H5Tcopy(H5T_IEEE_F32BE);
	if (!strcmp(name, "i8")) return H5Tcopy(H5T_STD_I64LE);
	if (!strcmp(name, "vlen")) return H5Tvlen_create(type);
	if (!strcmp(name, "text")) {
		type = H5Tcopy(H5T_C_S1);
		H5Tset_size(type, sizeof(float));
	} else if (!strcmp(name, "record")) {
		type = H5Tcreate(H5T_COMPOUND, sizeof(float));
		H5Tinsert(type, "a", 0, H5T_IEEE_F32LE);
	} else if (!strcmp(name, "f2")) {
		H5Tset_fields(type, 15, 10, 5, 0, 10);
		H5Tset_size(type, 2);
		H5Tset_ebias(type, 15);
	}
	return type;
}

static hid_t space_called(const char *shape, hsize_t at[H5S_MAX_RANK], int *rank)
{
	char *end;

	*rank = 0;
	if (!strcmp(shape, "-")) return H5Screate(H5S_SCALAR);
	for (const char *p = shape; *p; p = *end ? end + 1 : end) at[(*rank)++] = (hsize_t)strtoull(p, &end, 10);
	return H5Screate_simple(*rank, at, NULL);
}

static void set_storage(hid_t plist, const char *how, const hsize_t *at, int rank, const char *file)
{
	hsize_t chunk[H5S_MAX_RANK];

	if (!strcmp(how, "outside")) H5Pset_external(plist, file, 0, H5F_UNLIMITED);
	if (!strcmp(how, "data") || !strcmp(how, "outside") || !strcmp(how, "null")) return;
	for (int i = 0; i < rank; i++) chunk[i] = at[i] < 1024 ? at[i] : 1024;
	H5Pset_chunk(plist, rank, chunk);
	if (!strcmp(how, "gzip")) H5Pset_deflate(plist, 6);
	if (!strcmp(how, "fletcher")) H5Pset_fletcher32(plist);
	if (!strcmp(how, "filter")) H5Pset_filter(plist, NOBODYS_FILTER, H5Z_FLAG_OPTIONAL, 0, NULL);
}

static void do_data(struct script *s)
{
	static float values[VALUES_LIMIT];
	hsize_t at[H5S_MAX_RANK];
	int rank;
	hid_t type = type_called(s->word[1]), space = space_called(s->word[3], at, &rank), dataset;
	hid_t plist = H5Pcreate(H5P_DATASET_CREATE), links = H5Pcreate(H5P_LINK_CREATE);
	const int kind = H5Tget_class(type);

	for (int i = 0; i < VALUES_LIMIT; i++) values[i] = 0.25F * (float)i;
	if (!strcmp(s->word[0], "null")) space = H5Screate(H5S_NULL);
	H5Pset_create_intermediate_group(links, 1);
	set_storage(plist, s->word[0], at, rank, "elsewhere.bin");
	dataset = need(H5Dcreate2(s->file, s->word[2], type, space, links, plist, H5P_DEFAULT), s->word[2]);
	if (!strcmp(s->word[0], "never") || !strcmp(s->word[0], "null") || kind == H5T_VLEN) return;
	if (H5Dwrite(dataset, kind == H5T_FLOAT || kind == H5T_INTEGER ? H5T_NATIVE_FLOAT : type, H5S_ALL, H5S_ALL,
		     H5P_DEFAULT, values) < 0)
		fail(s->word[2]);
	H5Dclose(dataset);
}

/* ---- groups and links ------------------------------------------------------------------------------------------- */

static void do_group(struct script *s)
{
	hid_t links = H5Pcreate(H5P_LINK_CREATE);

	H5Pset_create_intermediate_group(links, 1);
	H5Gclose(need(H5Gcreate2(s->file, s->word[1], links, H5P_DEFAULT, H5P_DEFAULT), s->word[1]));
}

static void do_link(struct script *s)
{
	hid_t links = H5Pcreate(H5P_LINK_CREATE);
	herr_t status = -1;

	H5Pset_create_intermediate_group(links, 1);
	if (!strcmp(s->word[0], "hard"))
		status = H5Lcreate_hard(s->file, s->word[2], s->file, s->word[1], links, H5P_DEFAULT);
	else if (!strcmp(s->word[0], "soft"))
		status = H5Lcreate_soft(s->word[2], s->file, s->word[1], links, H5P_DEFAULT);
	else
		status = H5Lcreate_external(s->word[2], s->word[3], s->file, s->word[1], links, H5P_DEFAULT);
	if (status < 0) fail(s->word[1]);
}

static void do_cut(struct script *s)
{
	s->cut = atol(s->word[1]);
}

static void do_poke(struct script *s)
{
	s->poke = atol(s->word[1]);
	s->byte = atol(s->word[2]);
}

static const struct {
	const char *name;
	int words;
	void (*run)(struct script *s);
} commands[] = {
	{ "text", 3, do_text },  { "names", 3, do_names },  { "fixed", 4, do_fixed },   { "numbers", 3, do_numbers },
	{ "data", 4, do_data },  { "gzip", 4, do_data },    { "fletcher", 4, do_data }, { "filter", 4, do_data },
	{ "never", 4, do_data }, { "outside", 4, do_data }, { "null", 4, do_data },     { "group", 2, do_group },
	{ "hard", 3, do_link },  { "soft", 3, do_link },    { "external", 4, do_link }, { "cut", 2, do_cut },
	{ "poke", 3, do_poke },
};

static void run_line(struct script *s, char *line)
{
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < 3; i++) {
		rest += strcspn(rest, " ");
		rest += strspn(rest, " ");
	}
	s->rest = strdup(rest);
	s->n = 0;
	for (char *word = strtok(line, " "); word && s->n < WORDS_LIMIT; word = strtok(NULL, " "))
		s->word[s->n++] = word;
	if (!s->n) return;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(commands[i].name, s->word[0]) && s->n >= commands[i].words) {
			commands[i].run(s);
			return;
		}
	fail(s->word[0]);
}

static void damage(const struct script *s, const char *path)
{
	FILE *file = fopen(path, "r+b");

	if (!file) fail(path);
	if (s->byte >= 0 && (fseek(file, s->poke, SEEK_SET) != 0 || fputc((int)s->byte, file) == EOF)) fail("poke");
	if (fclose(file) != 0 || (s->cut >= 0 && truncate(path, s->cut) != 0)) fail("cut");
}

int main(int argc, char **argv)
{
	static char line[LINE_LIMIT];
	struct script s = { .cut = -1, .byte = -1 };

	if (argc != 2) fail("usage: h5 FILE <SCRIPT");
	s.file = need(H5Fcreate(argv[1], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), argv[1]);
	while (fgets(line, sizeof line, stdin)) run_line(&s, line);
	H5Fflush(s.file, H5F_SCOPE_GLOBAL);
	H5close();
	damage(&s, argv[1]);
	return 0;
}
