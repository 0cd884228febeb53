#!/usr/bin/env python3
"""Goldens of layers over two axes of steps of which one has the size 1, and of TimeDistributed; as make_goldens.py, whose
writers it uses.  Some are made by Keras 2 (tf_keras), which needs tensorflow beside jax.

Usage: KERAS_BACKEND=jax make_dimension_goldens.py [-o FOLDER] [FAMILY ...]"""
import argparse
import json
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
import make_goldens as goldens
import keras
import numpy as np
import tf_keras
from keras import layers
from make_goldens import randomise, single

FORMATS = ("channels_last", "channels_first")
plain_evaluate = goldens.evaluate


def evaluate(model, inputs):
    """Keras 2's models by Keras 2, in float64."""
    if not isinstance(model, tf_keras.Model):
        return plain_evaluate(model, inputs)
    copy = tf_keras.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))
    copy.set_weights([np.asarray(w, np.float64) for w in model.get_weights()])
    y = copy([np.asarray(x, np.float64) for x in inputs] if len(inputs) > 1 else np.asarray(inputs[0], np.float64))
    outputs = y if isinstance(y, (list, tuple)) else [y]
    return [np.asarray(o).astype(np.float32) for o in outputs]


goldens.evaluate = evaluate


def randomise2(family, model):
    """As make_goldens.randomise, for tf_keras."""
    values = []
    for w in model.weights:
        shape = tuple(w.shape)
        if "variance" in w.name:
            values.append(family.values(shape, 0.3, 2.0))
        elif "gamma" in w.name:
            values.append(family.values(shape, 0.5, 1.5))
        else:
            reach = min(1.0, 1.7 / np.sqrt(max(1, int(np.prod(shape[:-1]))))) if len(shape) > 1 else 0.5
            values.append(family.values(shape, -reach, reach))
    by_name = {id(w): v for w, v in zip(model.weights, values)}
    model.set_weights([by_name[id(w)] for w in model.weights])
    return model


def legacy(family, *stack, shape, form="model"):
    family.case(randomise2(family, tf_keras.Sequential([tf_keras.Input(shape), *stack])), form)


def plane(steps, channels, axis, first):
    """(1, steps, channels) for axis 1, (steps, 1, channels) for axis 0, channels first where first."""
    sizes = (steps, 1) if axis == 0 else (1, steps)
    return (channels, *sizes) if first else (*sizes, channels)


def along(axis, value, other=1):
    return (value, other) if axis == 0 else (other, value)


def windows(family):
    random = family.random
    for axis in (0, 1):
        for first in (False, True):
            form = FORMATS[first]
            for k, other, stride, dilation, padding in ((3, 1, 1, 1, "valid"), (4, 3, 1, 1, "same"), (5, 4, 2, 1, "same"),
                                                        (2, 5, 1, 3, "same"), (7, 2, 3, 1, "same"), (1, 1, 1, 1, "valid")):
                n = len(family.table)
                steps, channels = int(random.integers(k * dilation, 20)), 1 + n % 5
                single(family, layers.Conv2D(1 + n % 9, along(axis, k, other), strides=along(axis, stride, (1, stride)[n % 2]), padding=padding,
                                             dilation_rate=along(axis, dilation, (1, dilation)[other % 2]), data_format=form, use_bias=n % 4 != 0,
                                             activation=("linear", "relu", "tanh")[n % 3]), plane(steps, channels, axis, first))
            single(family, layers.Conv2D(6, along(axis, 3, 3), padding="same", groups=2, data_format=form), plane(9, 4, axis, first))
            single(family, layers.Conv2D(4, along(axis, 9, 3), padding="same", data_format=form), plane(12, 9, axis, first))
            for k, other, stride, multiplier in ((3, 3, 1, 2), (4, 1, 2, 1), (2, 2, 2, 3)):
                padding = "same" if other > 1 else "valid"
                single(family, layers.DepthwiseConv2D(along(axis, k, other), strides=(stride, stride), padding=padding, data_format=form,
                                                      depth_multiplier=multiplier, activation="relu"), plane(11, 3, axis, first))
                single(family, layers.SeparableConv2D(5, along(axis, k, other), strides=(stride, stride), padding=padding, data_format=form,
                                                      depth_multiplier=multiplier), plane(11, 3, axis, first))
            for k, other, stride, padding in ((3, 1, 2, "valid"), (4, 3, 3, "same"), (5, 2, 1, "same")):
                single(family, layers.Conv2DTranspose(3, along(axis, k, other), strides=along(axis, stride), padding=padding, data_format=form),
                       plane(5, 2, axis, first))
            for pool in (layers.MaxPooling2D, layers.AveragePooling2D):
                single(family, pool(along(axis, 3), data_format=form), plane(10, 3, axis, first))
                single(family, pool(along(axis, 3, 2), strides=(2, 2), padding="same", data_format=form), plane(10, 3, axis, first))
            for pool in (layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D):
                single(family, pool(data_format=form, keepdims=axis == 0), plane(7, 3, axis, first))
            single(family, layers.ZeroPadding2D((along(axis, (2, 3), (0, 0))), data_format=form), plane(4, 3, axis, first))
            single(family, layers.UpSampling2D(along(axis, 3), data_format=form), plane(4, 3, axis, first))
            single(family, layers.Cropping2D(along(axis, (1, 2), (0, 0)), data_format=form), plane(6, 3, axis, first))
    single(family, layers.Conv2D(3, 1), (1, 1, 4), "model")
    single(family, layers.Conv2D(3, 3, padding="same"), (1, 1, 4), "model")
    single(family, layers.ZeroPadding2D(((2, 1), (0, 0))), (1, 1, 4), "model")
    single(family, layers.Conv2DTranspose(3, (4, 1)), (1, 1, 4), "model")
    single(family, layers.SpatialDropout2D(0.3), (1, 5, 4), "model")


def stacks(family):
    """Whole models: batch norm and activations fold, shapes come from Reshape."""
    def add(inputs, outputs, form=None):
        family.case(randomise(family, keras.Model(inputs, outputs)), form or ("keras", "model")[len(family.table) % 2])

    for axis in (0, 1):
        for first in (False, True):
            form = dict(data_format=FORMATS[first])
            x = keras.Input(plane(24, 2, axis, first))
            channel = 1 if first else -1
            y = layers.Conv2D(6, along(axis, 5, 3), padding="same", use_bias=False, **form)(x)
            y = layers.BatchNormalization(axis=channel)(y)
            y = layers.Activation("relu")(y)
            y = layers.MaxPooling2D(along(axis, 2), **form)(y)
            z = layers.BatchNormalization(axis=channel)(y)
            z = layers.Conv2D(6, along(axis, 3, 3), padding="same", **form)(z)
            y = layers.Add()([y, z])
            y = layers.BatchNormalization(axis=channel)(y)
            y = layers.Conv2D(4, along(axis, 3), **form)(y)
            y = layers.SpatialDropout2D(0.2, **form)(y)
            add(x, layers.Dense(3, activation="softmax")(layers.Flatten(**form)(y)))
            y = layers.SeparableConv2D(5, along(axis, 3), padding="same", activation="elu", **form)(z)
            y = layers.Concatenate(axis=channel)([y, z])
            add(x, layers.GlobalAveragePooling2D(**form)(y))
    x = keras.Input((20, 3))
    y = layers.Conv1D(4, 3, padding="same")(x)
    y = layers.Reshape((1, 20, 4))(y)
    y = layers.DepthwiseConv2D((1, 5), padding="same")(y)
    y = layers.Conv2D(5, 1, activation="relu")(y)
    y = layers.AveragePooling2D((1, 2))(y)
    y = layers.Reshape((10, 5))(y)
    add(x, [layers.Conv1D(2, 3)(y), layers.GlobalMaxPooling1D()(y)])
    x = keras.Input((16, 1, 3))
    y = layers.LayerNormalization()(layers.Conv2D(8, (3, 1), activation="gelu")(x))
    y = layers.PReLU(shared_axes=[1, 2])(layers.ZeroPadding2D(((2, 0), (0, 0)))(y))
    add(x, layers.Concatenate(axis=1)([y, layers.Conv2D(8, 1)(x)]))


def legacy_planes(family):
    l = tf_keras.layers
    for axis in (0, 1):
        shape = plane(18, 2, axis, False)
        for form in ("model", "keras"):
            legacy(family, l.Conv2D(4, along(axis, 3, 3), padding="same"), l.BatchNormalization(), l.LeakyReLU(0.1),
                   l.MaxPooling2D(along(axis, 2)), l.DepthwiseConv2D(along(axis, 3), depth_multiplier=2), l.SeparableConv2D(3, along(axis, 2)),
                   l.GlobalAveragePooling2D(), l.Dense(2), shape=shape, form=form)
        legacy(family, l.Conv2DTranspose(3, along(axis, 4, 3), strides=along(axis, 2), padding="same"), l.UpSampling2D(along(axis, 2)),
               l.Cropping2D(along(axis, (1, 2), (0, 0))), l.AveragePooling2D(along(axis, 3, 2), padding="same"), l.Flatten(), shape=shape)


def old_planes(family):
    """What Keras 1 and Theano kept in another order, as their sources say; neither runs here."""
    for axis in (0, 1):
        for first in (False, True):
            shape, kernel = plane(9, 3, axis, first), along(axis, 3, 2)
            model = randomise(family, keras.Sequential([keras.Input(shape), layers.Conv2D(4, kernel, padding="same", name="c",
                                                                                        data_format=FORMATS[first], activation="relu")]))
            kernels, bias = (w.astype(np.float16) for w in model.get_weights())
            config = {"name": "c", "nb_filter": 4, "nb_row": kernel[0], "nb_col": kernel[1], "init": "glorot_uniform", "activation": "relu",
                      "border_mode": "same", "subsample": [1, 1], "dim_ordering": "th" if first else "tf", "W_regularizer": None,
                      "b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None, "bias": True,
                      "trainable": True, "batch_input_shape": [None, *shape], "input_dtype": "float32"}
            text = json.dumps({"class_name": "Sequential", "keras_version": "1.2.2",
                               "config": [{"class_name": "Convolution2D", "config": config}]}).encode()
            old = kernels.transpose(3, 2, 0, 1) if first else kernels
            family.case(model, files=(text, "json", goldens.npz([np.ascontiguousarray(old), bias]), "npz"))
            config = {"class_name": "Sequential", "backend": "theano", "keras_version": "2.2.4", "config": {"name": "s", "layers": [
                {"class_name": "Conv2D", "config": {"name": "c", "batch_input_shape": [None, *shape], "filters": 4, "kernel_size": kernel,
                                                    "padding": "same", "data_format": FORMATS[first], "activation": "relu"}}]}}
            family.case(model, files=(json.dumps(config).encode(), "json", goldens.npz([kernels[::-1, ::-1].copy(), bias]), "npz"))


def conv2d(family):
    old_planes(family)
    windows(family)
    stacks(family)
    legacy_planes(family)


def wrapped(family):
    """One TimeDistributed around every kind of layer."""
    td = layers.TimeDistributed
    n = lambda: len(family.table)
    for layer in (layers.Dense(5), layers.Dense(3, activation="relu", use_bias=False), layers.Dense(4, activation="softmax"), layers.Activation("tanh"),
                  layers.ReLU(max_value=1), layers.BatchNormalization(), layers.LayerNormalization(), layers.Dropout(0.3), layers.Softmax(),
                  layers.RepeatVector(3), layers.Reshape((2, 3)), layers.Rescaling(0.5, offset=1.0), layers.PReLU(), layers.UnitNormalization()):
        single(family, td(layer), (5, 6), ("model", "keras", "class")[n() % 3])
    for layer in (layers.Conv1D(4, 3), layers.Conv1D(9, 4, padding="same", strides=2, activation="relu"), layers.Conv1D(3, 3, padding="causal", dilation_rate=2),
                  layers.Conv1D(4, 2, groups=2), layers.Conv1D(3, 8, activation="softmax"), layers.DepthwiseConv1D(3, depth_multiplier=2),
                  layers.SeparableConv1D(5, 3, activation="tanh"), layers.Conv1DTranspose(3, 3, strides=2), layers.MaxPooling1D(2),
                  layers.AveragePooling1D(3, padding="same"), layers.GlobalMaxPooling1D(), layers.GlobalAveragePooling1D(keepdims=True), layers.Flatten(),
                  layers.Permute((2, 1)), layers.ZeroPadding1D((2, 1)), layers.Cropping1D(1), layers.UpSampling1D(2), layers.BatchNormalization(axis=1),
                  layers.LayerNormalization(axis=1), layers.SpatialDropout1D(0.2), layers.GroupNormalization(2), layers.Dense(7), layers.Softmax(axis=1)):
        single(family, td(layer), (3, 10, 4), ("model", "keras", "class")[n() % 3])
    for layer in (layers.Conv1D(4, 3, data_format="channels_first"), layers.MaxPooling1D(2, data_format="channels_first"),
                  layers.Flatten(data_format="channels_first"), layers.GlobalAveragePooling1D(data_format="channels_first")):
        single(family, td(layer), (3, 4, 10), "model")
    for layer in (layers.Conv2D(4, (1, 3), activation="relu"), layers.MaxPooling2D((1, 2)), layers.DepthwiseConv2D((1, 3), padding="same"), layers.Flatten()):
        single(family, td(layer), (3, 1, 8, 4), ("model", "keras")[n() % 2])
    single(family, td(layers.Conv1D(4, 3)), (1, 10, 4), "model")
    single(family, td(td(layers.Dense(3))), (2, 3, 5), "keras")
    single(family, td(td(layers.Dense(3))), (2, 3, 5), "model")
    single(family, td(td(layers.Conv1D(3, 3, padding="same"))), (2, 3, 7, 2), "keras")
    single(family, td(td(td(layers.MaxPooling1D(2)))), (2, 2, 3, 6, 2), "model")


def wrapped_models(family):
    td = layers.TimeDistributed

    def add(inputs, outputs, form=None):
        family.case(randomise(family, keras.Model(inputs, outputs)), form or ("keras", "model")[len(family.table) % 2])

    def body(n, steps=12, channels=2):
        return keras.Sequential([keras.Input((steps, channels)), layers.Conv1D(6, 3, use_bias=False), layers.BatchNormalization(), layers.ReLU(),
                                 layers.MaxPooling1D(2), layers.BatchNormalization(), layers.Conv1D(4, 2, activation="tanh"), layers.Flatten(),
                                 layers.Dense(5)], name=n)

    for form in ("keras", "model"):
        x = keras.Input((6, 12, 2))
        y = td(body("body"))(x)                                      # frames, then over them
        y = layers.Conv1D(4, 3, padding="same", activation="relu")(y)
        add(x, [td(layers.Dense(3, activation="softmax"))(y), y], form)
        x = keras.Input((4, 12, 2))
        y = td(layers.Conv1D(5, 3, use_bias=False))(x)               # folds through two wrappers
        y = td(layers.BatchNormalization())(y)
        y = td(layers.Activation("relu"))(y)
        y = td(layers.GlobalAveragePooling1D())(y)
        add(x, layers.GlobalMaxPooling1D()(y), form)
        x = keras.Input((3, 12, 2))
        a = keras.Input((12, 2))                                     # a functional model with branches and a residual
        b = layers.Conv1D(2, 3, padding="same", activation="relu")(a)
        c = layers.Add()([a, b])
        d = layers.Concatenate()([c, layers.Multiply()([a, b]), a])
        inner = keras.Model(a, layers.Dense(4)(layers.GlobalAveragePooling1D()(d)), name="branches")
        y = td(inner)(x)
        add(x, layers.Flatten()(y), form)
        y = td(td(body("deep")))(layers.Reshape((2, 3, 12, 2))(layers.Concatenate()([x, x])))
        add(x, y, form)
    x = keras.Input((5, 8, 3))
    shared = td(layers.Conv1D(3, 3, padding="same"))
    add(x, [shared(x), shared(shared(x)), x])
    x = keras.Input((5, 8))
    y = td(layers.Dense(8))(x)
    add(x, layers.Add()([x, td(layers.Dense(8, activation="elu"))(y), layers.Dropout(0.1)(y)]))


def legacy_wrapped(family):
    l = tf_keras.layers
    td = l.TimeDistributed
    for form in ("model", "keras"):
        legacy(family, td(l.Dense(4, activation="relu")), td(l.Dense(3)), shape=(6, 5), form=form)
        legacy(family, td(l.Conv1D(4, 3)), td(l.BatchNormalization()), td(l.LeakyReLU(0.1)), td(l.MaxPooling1D(2)), td(l.Flatten()), l.Conv1D(3, 2),
               l.Flatten(), l.Dense(2), shape=(4, 9, 2), form=form)
        legacy(family, td(tf_keras.Sequential([tf_keras.Input((9, 2)), l.Conv1D(4, 3, activation="tanh"), l.BatchNormalization(), l.Flatten(), l.Dense(2)])),
               l.GlobalAveragePooling1D(), shape=(4, 9, 2), form=form)
        legacy(family, td(td(l.Dense(3))), l.Reshape((-1, 3)), shape=(2, 3, 4), form=form)


def timedist(family):
    wrapped(family)
    wrapped_models(family)
    legacy_wrapped(family)


FAMILIES = {"conv2d": conv2d, "timedist": timedist}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("family", nargs="*", help="of: " + " ".join(FAMILIES))
    given = arguments.parse_args()
    for seed, (name, fill) in enumerate(FAMILIES.items()):
        if not given.family or name in given.family:
            keras.backend.clear_session()
            family = goldens.Family(name, 300 + seed)
            fill(family)
            family.write(given.o)


if __name__ == "__main__":
    main()
