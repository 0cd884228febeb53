/* The table of layers: every row is complete and can be found. */
#include "layer_nodes.h"

static void every_row_is_complete(void **state)
{
	(void)state;
	for (int i = 0; layer_row(i); i++) {
		const struct layer *layer = layer_row(i);
		assert_true(layer->name && layer->fields && layer->doc && layer->infer);
		assert_true(layer->least_in <= layer->most_in || layer->most_in == -1);
		for (int k = 0; k < NUMBER_COUNT; k++) {
			bool expected =
			    !layer->expand && (!layer->twin || k == NUMBER_MEANING || k == NUMBER_MAGNITUDE);
			assert_true((layer->eval[k] != NULL) == expected);
		}
		assert_true(!layer->twin || (layer_find(layer->twin) && layer->fold));
		assert_ptr_equal(layer_find(layer->name), layer);
		for (const char *const *alias = layer->aliases; alias && *alias; alias++)
			assert_ptr_equal(layer_find(*alias), layer);
	}
}

static void names_are_unique(void **state)
{
	(void)state;
	for (int i = 0; layer_row(i); i++)
		for (int k = 0; k < i; k++) assert_string_not_equal(layer_row(i)->name, layer_row(k)->name);
}

static void fields_of(const struct layer *layer, struct arena *arena)
{
	for (const struct field *f = layer->fields; f->key; f++) {
		assert_non_null(f->doc);
		assert_true(f->type >= FIELD_OBJECT || f->type == FIELD_ACTIVATION || f->offset < layer->config_bytes);
		assert_int_equal(f->weight != NULL, f->type == FIELD_OBJECT);
		for (const struct field *g = layer->fields; g != f; g++) assert_string_not_equal(f->key, g->key);
		for (const struct field *g = common_fields; f->type == FIELD_IGNORED && g->key; g++)
			assert_string_not_equal(f->key, g->key);
		if (f->otherwise) {
			struct source source = { f->key, f->otherwise, strlen(f->otherwise) };
			assert_non_null(json_parse(arena, diag_new(arena), &source));
		}
	}
}

static void every_field_has_a_place_and_a_default(void **state)
{
	struct arena *arena = arena_new();

	(void)state;
	for (int i = 0; layer_row(i); i++) fields_of(layer_row(i), arena);
	arena_free(arena);
}

static void names_are_found_and_guessed(void **state)
{
	(void)state;
	assert_string_equal(layer_find("Convolution1D")->name, "Conv1D");
	assert_string_equal(layer_find("MaxPool1D")->name, "MaxPooling1D");
	assert_null(layer_find("conv1d"));
	assert_null(layer_find("LSTM"));
	assert_string_equal(layer_nearest("Conv1d"), "Conv1D");
	assert_string_equal(layer_nearest("Concat"
					  "enat"),
			    "Concatenate");
	assert_null(layer_nearest("BidirectionalLSTM"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_complete),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(every_field_has_a_place_and_a_default),
		cmocka_unit_test(names_are_found_and_guessed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
