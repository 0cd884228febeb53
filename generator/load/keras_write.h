/* keras_write.h: what the two files that write configs share.  Private to load/. */
#ifndef CONV1DC_KERAS_WRITE_H
#define CONV1DC_KERAS_WRITE_H

#include "load/keras.h"

/* One model being written. */
struct keras_writer {
	struct arena *arena;
	const struct loaded *loaded;
	const struct keras_model *model; /* whose layers these are */
	bool masks;                      /* a layer makes a mask, which mean other things before Keras 3 */
};

/* keras_write_nodes.c: who calls whom, as Keras 3 writes it. */
/* inbound_nodes of a layer of a functional model. */
struct value *keras_write_calls(const struct keras_writer *w, const struct keras_layer *layer);
/* input_layers, output_layers: a tensor, or a list of several. */
struct value *keras_write_ends(const struct keras_writer *w, bool outputs);
/* A sample's shape behind a batch axis, null where a size is not known; null for rank 0 and less. */
struct value *keras_write_shape(const struct keras_writer *w, int64_t batch, const struct shape *shape);
/* Shape of an input's sample; rank 0 or less: not known. */
struct shape keras_shape_of_input(const struct keras_writer *w, const struct keras_layer *input);
/* A bare operation's wrapper, without name and calls. */
struct value *keras_write_operation(const struct keras_writer *w, const struct keras_layer *layer);

/* keras_write.c */
/* Any JSON as it stands. */
struct value *keras_write_json(const struct keras_writer *w, const struct json *json);
/* {"module", "class_name", "config", "registered_name"}; NULL: null */
struct value *keras_write_object(const struct keras_writer *w, const char *module, const char *class_name,
				 struct value *config, const char *registered);
struct value *keras_write_null(const struct keras_writer *w);

#endif
