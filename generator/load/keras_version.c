/* keras_version.c: which dialect of Keras a config is written in. */
#include "load/keras.h"

#include <stdlib.h>
#include <string.h>

int keras_version_of(const char *text)
{
	long major = text ? strtol(text, NULL, 10) : 0;

	return major >= 1 && major <= 3 ? (int)major : 0;
}

bool keras_sums_activity(const char *text, int version)
{
	char *end;
	long minor;

	if (version != 1 && version != 2) return false;
	if (!text || keras_version_of(text) != version) return version == 1;
	if (version == 1) return true;
	if (strtol(text, &end, 10) != 2 || *end != '.' || strstr(text, "-tf")) return false;
	minor = strtol(end + 1, &end, 10);
	return minor < 4;
}

/* Keys that one dialect alone writes: KEY(key, of a value of this kind, version) */
static const struct {
	const char *key;
	enum json_kind kind;
	int version;
} tells[] = {
	{ "batch_shape", JSON_ARRAY, 3 },       { "dtype", JSON_OBJECT, 3 },
	{ "batch_input_shape", JSON_ARRAY, 2 }, { "nb_filter", JSON_NUMBER, 1 },
	{ "output_dim", JSON_NUMBER, 1 },       { "border_mode", JSON_STRING, 1 },
	{ "W_regularizer", JSON_OBJECT, 1 },    { "b_regularizer", JSON_OBJECT, 1 },
	{ "pool_length", JSON_NUMBER, 1 },      { "concat_axis", JSON_NUMBER, 1 },
};

static int tell(const struct json *json)
{
	if (!json->key) return 0;
	if (!strcmp(json->key, "class_name") && json->kind == JSON_STRING && !strcmp(json->string, "__keras_tensor__"))
		return 3;
	/* [[["name", 0, 0, {}]]] instead of [{"args": ...}] */
	if (!strcmp(json->key, "inbound_nodes") && json->n && json->first->kind == JSON_ARRAY) return 2;
	for (size_t i = 0; i < sizeof tells / sizeof *tells; i++)
		if (tells[i].kind == json->kind && !strcmp(tells[i].key, json->key)) {
			const struct json *class_name = json_get(json, "class_name");
			bool keras2 =
			    class_name && class_name->kind == JSON_STRING && !strcmp(class_name->string, "Policy");
			return keras2 ? 2 : tells[i].version;
		}
	return 0;
}

/* Keras 1 and 2 have much in common: what only 1 has decides. */
int keras_guess_version(const struct json *root)
{
	const struct json *said = json_get(root, "keras_version"), *member;
	int version = said && said->kind == JSON_STRING ? keras_version_of(said->string) : 0;

	if (version) return version;
	version = tell(root);
	for (member = root->first; member && version != 1 && version != 3; member = member->next) {
		int below = keras_guess_version(member);

		if (!version || below == 1) version = below;
	}
	return version;
}
