/* lua.c: the only Lua: a closed room in which a template sees one tree and a handful of functions. */
#include "emit/emit.h"

#include <lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { INSTRUCTIONS_A_HOOK = 1000000, HOOKS_MOST = 100 };
#define MEMORY_MOST ((size_t)1 << 30)
#define RENDERER    "render.lua"

/* What one render() knows; every Lua function of ours finds it in the state's extra space. */
struct host {
	struct text *out;
	struct arena *arena;          /* of this render() */
	struct arena *kept;           /* of the state: templates are read once */
	const char *folder;           /* --templates, or NULL */
	struct template_files files;  /* templates read so far */
	struct runtime_needs runtime; /* functions asked for */
	bool non_finite;              /* INFINITY or NAN was written */
	size_t memory;
	int hooks;
};

static struct host *host_of(lua_State *lua)
{
	return *(struct host **)lua_getextraspace(lua);
}

/* ---- limits and errors ------------------------------------------------------------------------------------ */

static void *limited(void *user, void *at, size_t before, size_t bytes)
{
	struct host *host = user;
	void *moved;

	if (!at) before = 0;
	if (bytes == 0) {
		host->memory -= before;
		free(at);
		return NULL;
	}
	if (host->memory - before > MEMORY_MOST - bytes) return NULL;
	moved = realloc(at, bytes);
	if (!moved) out_of_memory(bytes); /* Lua would abort() where it is not in a protected call */
	host->memory += bytes - before;
	return moved;
}

/* An error at the line of the template that is running, not at one of render.lua. */
NORETURN PRINTF_LIKE(2, 3) static void fail(lua_State *lua, const char *format, ...)
{
	va_list arguments;
	lua_Debug at;

	lua_pushliteral(lua, "");
	for (int level = 0; lua_getstack(lua, level, &at); level++) {
		lua_getinfo(lua, "Sl", &at);
		if (at.currentline > 0 && strcmp(at.short_src, RENDERER) != 0) {
			lua_pushfstring(lua, "%s:%d: ", at.short_src, at.currentline);
			break;
		}
	}
	va_start(arguments, format);
	lua_pushstring(lua, arena_vprintf(host_of(lua)->arena, format, arguments));
	va_end(arguments);
	lua_concat(lua, 2);
	lua_error(lua);
	abort();
}

static void watch(lua_State *lua, lua_Debug *at)
{
	(void)at;
	if (++host_of(lua)->hooks > HOOKS_MOST) fail(lua, "the template does not come to an end");
}

/* ---- the tree --------------------------------------------------------------------------------------------- */

/* A list or map as a template holds it: read-only, and reading what is absent is an error. */
struct branch {
	const struct value *value;
	const char *path;           /* "K.segments[2]", for messages */
	const struct value *item[]; /* a list's items */
};
#define BRANCH "conv1dc.branch"
#define HANDLE "conv1dc.table"
#define EXTENT "conv1dc.extent" /* { add = 3, { times = 2, name = "steps" } }; render.lua calculates with them */

static void push_value(lua_State *lua, const struct value *value, const char *path);

static void push_branch(lua_State *lua, const struct value *value, const char *path)
{
	size_t items = value->kind == VALUE_LIST ? (size_t)value->n : 0;
	struct branch *branch = lua_newuserdatauv(lua, sizeof *branch + items * sizeof branch->item[0], 0);
	const struct value *item = value->first;

	branch->value = value;
	branch->path = path;
	for (size_t i = 0; i < items; i++, item = item->next) branch->item[i] = item;
	luaL_setmetatable(lua, BRANCH);
}

static void push_extent(lua_State *lua, const struct extent *extent)
{
	lua_newtable(lua);
	lua_pushinteger(lua, extent->add);
	lua_setfield(lua, -2, "add");
	lua_newtable(lua);
	lua_pushinteger(lua, extent->times);
	lua_setfield(lua, -2, "times");
	lua_pushstring(lua, extent->name);
	lua_setfield(lua, -2, "name");
	lua_rawseti(lua, -2, 1);
	luaL_setmetatable(lua, EXTENT);
}

static void push_value(lua_State *lua, const struct value *value, const char *path)
{
	const struct table **handle;

	switch (value->kind) {
	case VALUE_NIL: lua_pushnil(lua); break;
	case VALUE_BOOL: lua_pushboolean(lua, value->as.integer != 0); break;
	case VALUE_INT: lua_pushinteger(lua, value->as.integer); break;
	case VALUE_REAL: lua_pushnumber(lua, value->as.real); break;
	case VALUE_F32: lua_pushnumber(lua, (double)value->as.f32); break;
	case VALUE_STRING: lua_pushstring(lua, value->as.string); break;
	case VALUE_TABLE:
		handle = lua_newuserdatauv(lua, sizeof *handle, 0);
		*handle = value->as.table;
		luaL_setmetatable(lua, HANDLE);
		break;
	case VALUE_EXTENT: push_extent(lua, value->as.extent); break;
	case VALUE_LIST:
	case VALUE_MAP: push_branch(lua, value, path); break;
	}
}

/* Only what has items of its own needs a path, for messages about them. */
static bool has_items(const struct value *value)
{
	return value->kind == VALUE_LIST || value->kind == VALUE_MAP;
}

static int branch_index(lua_State *lua)
{
	const struct branch *branch = luaL_checkudata(lua, 1, BRANCH);
	struct arena *arena = host_of(lua)->arena;
	const struct value *item;
	const char *key;

	if (branch->value->kind == VALUE_LIST) {
		int64_t i = lua_isinteger(lua, 2) ? lua_tointeger(lua, 2) : 0;

		if (i == branch->value->n + 1) return 0;
		if (i < 1 || i > branch->value->n)
			fail(lua, "%s has items 1 to %d, not %s", branch->path, branch->value->n,
			     luaL_tolstring(lua, 2, NULL));
		item = branch->item[i - 1];
		push_value(lua, item, has_items(item) ? arena_printf(arena, "%s[%d]", branch->path, (int)i) : NULL);
		return 1;
	}
	key = luaL_tolstring(lua, 2, NULL);
	for (item = branch->value->first; item; item = item->next) {
		if (strcmp(item->key, key) != 0) continue;
		push_value(lua, item,
			   *branch->path && has_items(item) ? arena_printf(arena, "%s.%s", branch->path, key)
							    : item->key);
		return 1;
	}
	fail(lua, "no field '%s' in %s", key, *branch->path ? branch->path : "the tree");
}

static int branch_length(lua_State *lua)
{
	const struct branch *branch = luaL_checkudata(lua, 1, BRANCH);

	if (branch->value->kind != VALUE_LIST) fail(lua, "%s is no list", branch->path);
	lua_pushinteger(lua, branch->value->n);
	return 1;
}

static int branch_write(lua_State *lua)
{
	const struct branch *branch = luaL_checkudata(lua, 1, BRANCH);

	fail(lua, "%s cannot be changed", *branch->path ? branch->path : "the tree");
}

static int handle_index(lua_State *lua)
{
	const struct table *table = *(const struct table *const *)luaL_checkudata(lua, 1, HANDLE);
	const char *key = luaL_checkstring(lua, 2);

	if (strcmp(key, "n") == 0) {
		lua_pushinteger(lua, table->n);
	} else if (strcmp(key, "is_apart") == 0) {
		lua_pushboolean(lua, table_is_apart(table));
	} else if (strcmp(key, "type") == 0) {
		lua_pushstring(lua, type_c_name(table->type));
	} else if (strcmp(key, "doc") == 0) {
		lua_pushstring(lua, table->doc ? table->doc : "");
	} else if (strcmp(key, "align") == 0) {
		lua_pushinteger(lua, table->align);
	} else {
		fail(lua, "no field '%s' in a weight table (n, type, align, is_apart, doc)", key);
	}
	return 1;
}

/* ---- what render.lua and templates may call ------------------------------------------------------------------ */

static int host_keys(lua_State *lua)
{
	const struct branch *branch = luaL_checkudata(lua, 1, BRANCH);
	lua_Integer i = 0;

	lua_newtable(lua);
	if (branch->value->kind != VALUE_MAP) fail(lua, "%s is no map", branch->path);
	for (const struct value *item = branch->value->first; item; item = item->next) {
		lua_pushstring(lua, item->key);
		lua_rawseti(lua, -2, ++i);
	}
	return 1;
}

static int host_fail(lua_State *lua)
{
	fail(lua, "%s", luaL_checkstring(lua, 1));
}

/* The text of a template: from the user's folder, else an embedded one. */
static void read_template(lua_State *lua, struct source *source, const char *name)
{
	struct host *host = host_of(lua);
	const struct embedded *embedded = embedded_find(arena_printf(host->kept, "templates/%s", name));
	const char *path = host->folder ? path_join(host->kept, host->folder, name) : NULL, *reason;
	struct bytes file;

	if (path && access(path, F_OK) == 0) {
		if (!file_read(host->kept, path, &file, &reason)) fail(lua, "%s: %s", path, reason);
		*source = (struct source){ path, (const char *)file.at, file.n };
	} else {
		if (!embedded) fail(lua, "no template '%s'", name);
		*source = (struct source){ name, (const char *)embedded->at, embedded->n };
	}
}

/* source(name): kept, so that a message can show the line. */
static int host_source(lua_State *lua)
{
	struct host *host = host_of(lua);
	struct template_file *file = NEW(host->kept, struct template_file);

	file->name = arena_string(host->kept, luaL_checkstring(lua, 1));
	if (strstr(file->name, "..") || *file->name == '/') fail(lua, "'%s' is not the name of a template", file->name);
	read_template(lua, &file->source, file->name);
	list_push(host->kept, &host->files.list, file);
	lua_pushlstring(lua, file->source.text, file->source.n);
	return 1;
}

/* compile(text, name): what returns the text as a function of its names.  Text only, no bytecode.  Where it does not compile,
 * Lua's own words are those on the text alone. */
static int host_compile(lua_State *lua)
{
	struct arena *arena = host_of(lua)->arena;
	const char *text = luaL_checkstring(lua, 1), *name = arena_printf(arena, "@%s", luaL_checkstring(lua, 2));
	const char *wrapped = lua_pushfstring(lua, "return function(_ENV) %s\nend", text);

	if (luaL_loadbufferx(lua, wrapped, strlen(wrapped), name, "t") == LUA_OK) return 1;
	if (luaL_loadbufferx(lua, text, strlen(text), name, "t") == LUA_OK) lua_pop(lua, 1);
	return lua_error(lua);
}

/* write(...): one line, without blanks at its end. */
static int host_write(lua_State *lua)
{
	struct text *out = host_of(lua)->out;
	size_t start = out->n;

	for (int i = 1; i <= lua_gettop(lua); i++) {
		size_t n;
		const char *piece = luaL_checklstring(lua, i, &n);

		text_add_n(out, piece, n);
	}
	while (out->n > start && out->at[out->n - 1] == ' ') out->n--;
	text_add(out, "\n");
	return 0;
}

/* paste(text): as it is. */
static int host_paste(lua_State *lua)
{
	size_t n;
	const char *text = luaL_checklstring(lua, 1, &n);

	text_add_n(host_of(lua)->out, text, n);
	return 0;
}

static int host_mark(lua_State *lua)
{
	lua_pushinteger(lua, (lua_Integer)host_of(lua)->out->n);
	return 1;
}

/* cut(mark): what was written since, taken out again, without empty lines around it. */
static int host_cut(lua_State *lua)
{
	struct text *out = host_of(lua)->out;
	size_t mark = (size_t)luaL_checkinteger(lua, 1), from = mark, to = out->n;

	while (from < to && out->at[from] == '\n') from++;
	while (to > from + 1 && out->at[to - 1] == '\n' && out->at[to - 2] == '\n') to--;
	lua_pushlstring(lua, to > from ? out->at + from : "", to - from);
	out->n = mark;
	text_add(out, "");
	return 1;
}

static int host_f32(lua_State *lua)
{
	char text[F32_TEXT_MAX];
	double wide;
	float value;

	if (lua_type(lua, 1) != LUA_TNUMBER) fail(lua, "f32() of a %s", luaL_typename(lua, 1));
	wide = lua_tonumber(lua, 1);
	value = (float)wide;
	if (!((double)value == wide) && wide == wide) fail(lua, "f32() of %.17g, which is no float32", wide);
	if (!(value - value == 0)) host_of(lua)->non_finite = true;
	lua_pushlstring(lua, text, (size_t)f32_text(text, value));
	return 1;
}

/* comment(text [, most characters]) */
static int host_comment(lua_State *lua)
{
	struct text out = { 0 };
	size_t n;
	const char *text = luaL_checklstring(lua, 1, &n);

	spell_comment(&out, text, n, (int)luaL_optinteger(lua, 2, COMMENT_MOST));
	lua_pushlstring(lua, out.at ? out.at : "", out.n);
	text_free(&out);
	return 1;
}

static int host_id(lua_State *lua)
{
	lua_pushstring(lua, identifier(host_of(lua)->arena, luaL_checkstring(lua, 1)));
	return 1;
}

static const struct table *checked_table(lua_State *lua)
{
	if (!luaL_testudata(lua, 1, HANDLE))
		fail(lua, "a weight table is needed here, not a %s", luaL_typename(lua, 1));
	return *(const struct table *const *)lua_touserdata(lua, 1);
}

static int host_table_name(lua_State *lua)
{
	lua_pushstring(lua, checked_table(lua)->name);
	return 1;
}

/* table(handle, qualifier, name) */
static int host_table(lua_State *lua)
{
	const struct table *table = checked_table(lua);
	struct host *host = host_of(lua);

	if (spell_table(host->out, table, luaL_checkstring(lua, 2), luaL_checkstring(lua, 3))) host->non_finite = true;
	return 0;
}

/* data(handle) */
static int host_data(lua_State *lua)
{
	spell_data(host_of(lua)->out, checked_table(lua));
	return 0;
}

/* runtime(prefix, symbol [, lanes, type, splat, most, least]): asks for a function of runtime/activations.h; its name. */
static int host_runtime(lua_State *lua)
{
	struct host *host = host_of(lua);
	const char *prefix = luaL_checkstring(lua, 1), *symbol = luaL_checkstring(lua, 2), *spelled[5];
	int lanes = (int)luaL_optinteger(lua, 3, 1);
	struct runtime_shape shape = runtime_float(host->arena, prefix);

	for (int i = 0; i < 5; i++) spelled[i] = luaL_optstring(lua, 4 + i, "");
	if (lanes > 1) shape = runtime_vector(host->arena, prefix, lanes, spelled);
	runtime_need(&host->runtime, &shape, symbol, host->arena);
	lua_pushfstring(lua, "%s_%s", shape.prefix, symbol);
	return 1;
}

/* integer_runtime(prefix, symbol): the same of runtime/requantise.h. */
static int host_integer_runtime(lua_State *lua)
{
	struct host *host = host_of(lua);
	const char *symbol = luaL_checkstring(lua, 2);
	struct runtime_shape shape = runtime_integer(host->arena, luaL_checkstring(lua, 1));

	runtime_need(&host->runtime, &shape, symbol, host->arena);
	lua_pushfstring(lua, "%s_%s", shape.prefix, symbol);
	return 1;
}

/* Whether functions of floats were asked for. */
static int host_has_runtime(lua_State *lua)
{
	const struct runtime_needs *needs = &host_of(lua)->runtime;
	bool has = false;

	for (int i = 0; i < needs->shapes.n; i++) has = has || needs->shapes.at[i]->shape.lanes != LANES_INTEGER;
	lua_pushboolean(lua, has);
	return 1;
}

/* runtime_text(): writes the functions that were asked for, and what they need. */
static int host_runtime_text(lua_State *lua)
{
	struct host *host = host_of(lua);

	if (!runtime_paste(&host->runtime, host->out))
		fail(lua, "a function is asked for that runtime/activations.h or runtime/requantise.h does not have");
	return 0;
}

static int host_non_finite(lua_State *lua)
{
	lua_pushboolean(lua, host_of(lua)->non_finite);
	return 1;
}

/* ---- one rendering ---------------------------------------------------------------------------------------------- */

static const luaL_Reg branch_methods[] = {
	{ "__index", branch_index }, { "__len", branch_length }, { "__newindex", branch_write }, { NULL, NULL }
};
static const luaL_Reg handle_methods[] = { { "__index", handle_index }, { NULL, NULL } };
static const luaL_Reg host_functions[] = { { "keys", host_keys },
					   { "fail", host_fail },
					   { "source", host_source },
					   { "compile", host_compile },
					   { "write", host_write },
					   { "paste", host_paste },
					   { "mark", host_mark },
					   { "cut", host_cut },
					   { "f32", host_f32 },
					   { "comment", host_comment },
					   { "id", host_id },
					   { "table", host_table },
					   { "data", host_data },
					   { "runtime", host_runtime },
					   { "integer_runtime", host_integer_runtime },
					   { "table_name", host_table_name },
					   { "has_runtime", host_has_runtime },
					   { "runtime_text", host_runtime_text },
					   { "non_finite", host_non_finite },
					   { NULL, NULL } };

/* Protected: the libraries, our functions, and what render.lua returns, which stays in the registry. */
static int opening(lua_State *lua)
{
	static const luaL_Reg libraries[] = { { LUA_GNAME, luaopen_base },
					      { LUA_TABLIBNAME, luaopen_table },
					      { LUA_STRLIBNAME, luaopen_string },
					      { LUA_MATHLIBNAME, luaopen_math },
					      { NULL, NULL } };
	const struct embedded *renderer = embedded_find("templates/" RENDERER);

	for (const luaL_Reg *library = libraries; library->name; library++) {
		luaL_requiref(lua, library->name, library->func, 1);
		lua_pop(lua, 1);
	}
	luaL_newmetatable(lua, BRANCH);
	luaL_setfuncs(lua, branch_methods, 0);
	luaL_newmetatable(lua, HANDLE);
	luaL_setfuncs(lua, handle_methods, 0);
	CHECK(renderer);
	if (luaL_loadbufferx(lua, (const char *)renderer->at, renderer->n, "@" RENDERER, "t") != LUA_OK)
		return lua_error(lua);
	luaL_newlib(lua, host_functions);
	luaL_newmetatable(lua, EXTENT);
	lua_setfield(lua, -2, "extent");
	lua_call(lua, 1, 1);
	lua_setfield(lua, LUA_REGISTRYINDEX, RENDERER);
	return 0;
}

/* Protected: the template over the tree.  Arguments: template name, tree. */
static int rendering(lua_State *lua)
{
	const struct value *view = lua_touserdata(lua, 2);

	lua_getfield(lua, LUA_REGISTRYINDEX, RENDERER);
	lua_pushvalue(lua, 1);
	push_value(lua, view, "");
	lua_call(lua, 2, 0);
	return 0;
}

static void report(const struct host *host, const char *message, struct diag *diag)
{
	struct place place;

	if (!host->folder) die("%s", message);
	place = template_place(&host->files, &message);
	diag_error(diag, place, "%s", message);
}

/* A closed room without anything in it. */
static lua_State *open_state(const char *folder)
{
	struct arena *kept = arena_new();
	struct host *host = NEW(kept, struct host);
	lua_State *lua = lua_newstate(limited, host);

	if (!lua) die("out of memory");
	host->kept = kept;
	host->folder = folder;
	*(struct host **)lua_getextraspace(lua) = host;
	lua_sethook(lua, watch, LUA_MASKCOUNT, INSTRUCTIONS_A_HOOK);
	return lua;
}

static void close_state(lua_State *lua)
{
	struct host *host = host_of(lua);
	struct arena *kept = host->kept;

	lua_close(lua);
	arena_free(kept);
}

/* One rendering begins: what the one before asked for and wrote is forgotten, its templates are not. */
static void begin(struct host *host, struct text *out)
{
	host->out = out;
	host->arena = arena_new();
	memset(&host->runtime, 0, sizeof host->runtime);
	host->non_finite = false;
	host->hooks = 0;
}

/* The room with the embedded templates that were used so far; a user's templates may have changed, and get one each. */
static lua_State *idle;

static void close_idle(void)
{
	if (idle) close_state(idle);
	idle = NULL;
}

static lua_State *take_state(const char *folder)
{
	static bool registered;
	lua_State *lua = folder ? NULL : idle;

	if (lua) idle = NULL;
	if (!registered) atexit(close_idle);
	registered = true;
	return lua ? lua : open_state(folder);
}

bool render(const char *template, const struct value *view, const char *folder, struct text *out, struct diag *diag)
{
	lua_State *lua = take_state(folder);
	struct host *host = host_of(lua);
	bool done = true;

	begin(host, out);
	if (lua_getfield(lua, LUA_REGISTRYINDEX, RENDERER) == LUA_TNIL) {
		lua_pushcfunction(lua, opening);
		done = lua_pcall(lua, 0, 0, 0) == LUA_OK;
	}
	if (done) {
		lua_pushcfunction(lua, rendering);
		lua_pushstring(lua, template);
		lua_pushlightuserdata(lua, (void *)(uintptr_t)view);
		done = lua_pcall(lua, 2, 0, 0) == LUA_OK;
	}
	if (!done) report(host, luaL_tolstring(lua, -1, NULL), diag);
	arena_free(host->arena);
	lua_settop(lua, 0);
	if (done && !folder && !idle)
		idle = lua;
	else
		close_state(lua);
	return done;
}
