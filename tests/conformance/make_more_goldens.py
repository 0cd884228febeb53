#!/usr/bin/env python3
"""Goldens of the rarer layers, of nested models and of bare operations; as make_goldens.py, whose writers it uses.

Usage: KERAS_BACKEND=jax make_more_goldens.py [-o FOLDER] [FAMILY ...]"""
import argparse
import pathlib

import make_goldens as goldens
import keras
import numpy as np
from keras import layers
from make_goldens import PADDINGS, randomise, single

FORMATS = ("channels_last", "channels_first")


def finish(model):
    """Normalization keeps derived numbers beside its weights."""
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    return model


plain_doubled = goldens.doubled
goldens.doubled = lambda model: finish(plain_doubled(model))


def element_wise(family):
    for layer in (lambda: layers.LeakyReLU(), lambda: layers.LeakyReLU(negative_slope=0.05), lambda: layers.ELU(alpha=0.7),
                  lambda: layers.Rescaling(1 / 127.5, offset=-1.0), lambda: layers.Rescaling([0.5, 2.0, 3.0]),
                  lambda: layers.PReLU(), lambda: layers.PReLU(shared_axes=[1]), lambda: layers.PReLU(shared_axes=[1, 2]),
                  lambda: layers.SpatialDropout1D(0.4), lambda: layers.GaussianNoise(0.3), lambda: layers.GaussianDropout(0.3),
                  lambda: layers.AlphaDropout(0.3), lambda: layers.Identity(), lambda: layers.ActivityRegularization(0.1)):
        single(family, layer(), (7, 3))
        single(family, layer(), (5, 3), "model", spread=20.0)
    for layer in (layers.LeakyReLU(negative_slope=0.3), layers.ELU(alpha=1.5), layers.ReLU(max_value=2, negative_slope=0.1)):
        single(family, layers.Conv1D(4, 3, activation=layer), (8, 2), "model")
    for axis in (-1, 1, 2):
        for center, scale in ((True, True), (False, True), (True, False)):
            single(family, layers.LayerNormalization(axis=axis, center=center, scale=scale, epsilon=1e-4), (6, 5), "model")
    single(family, layers.LayerNormalization(), (70,))
    single(family, layers.LayerNormalization(), (3, 80))
    data = family.values((40, 6, 3), -3, 5).astype(np.float32)
    learnt = layers.Normalization()
    learnt.adapt(data)
    family.case(keras.Sequential([keras.Input((6, 3)), learnt]), "keras")
    for given in (layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[0.5, 4.0, 1e-20]), layers.Normalization(mean=1.5, variance=2.0, axis=None),
                  layers.Normalization(mean=[1.0, -2.0, 0.5], variance=[2.0, 0.25, 1.0], invert=True)):
        family.case(keras.Sequential([keras.Input((6, 3)), given]), "model")


def shapes(family):
    for padding in (1, 3, (0, 2), (4, 1)):
        for form in FORMATS:
            single(family, layers.ZeroPadding1D(padding, data_format=form), (5, 3))
    for cropping in (1, (0, 2), (3, 1), (2, 2)):
        single(family, layers.Cropping1D(cropping), (6, 3))
    for size in (1, 2, 3, 5):
        single(family, layers.UpSampling1D(size), (4, 3))
    for target in ((12,), (3, 4), (2, 3, 2), (-1,), (4, -1), (-1, 2)):
        single(family, layers.Reshape(target), (4, 3))
    single(family, layers.Permute((2, 1)), (4, 3))
    single(family, layers.Permute((1, 2)), (4, 3))
    single(family, layers.Permute((3, 1, 2)), (4, 3, 2))
    single(family, layers.RepeatVector(4), (3,))


def convolutions(family):
    random = family.random
    for first in (False, True):
        form, shape = FORMATS[first], (lambda steps, channels: (channels, steps)) if first else (lambda steps, channels: (steps, channels))
        for multiplier in (1, 2, 3):
            for padding in PADDINGS[:2]:
                k, stride = int(random.integers(1, 7)), int(random.choice((1, 2, 3)))
                dilation = int(random.choice((1, 2, 3))) if stride == 1 else 1
                steps, channels = int(random.integers(k * dilation, 24)), int(random.integers(1, 10))
                single(family, layers.DepthwiseConv1D(k, strides=stride, padding=padding,
                                                      depth_multiplier=multiplier, dilation_rate=dilation, data_format=form,
                                                      activation="relu"), shape(steps, channels))
                single(family, layers.SeparableConv1D(1 + multiplier * 3, k, strides=stride, padding=padding, data_format=form,
                                                      depth_multiplier=multiplier, dilation_rate=dilation,
                                                      use_bias=multiplier != 2, activation="tanh"), shape(steps, channels))
        for k in (1, 2, 3, 4, 7):
            for stride in (1, 2, 3, 5):
                for padding in PADDINGS[:2]:
                    single(family, layers.Conv1DTranspose(1 + k % 3, k, strides=stride, padding=padding, data_format=form,
                                                          use_bias=k != 4), shape(1 + (k * stride) % 6, 1 + stride))
    for n in (1, 7, 8, 9, 16, 17, 33):
        single(family, layers.DepthwiseConv1D(3, padding="same"), (6, n))
        single(family, layers.SeparableConv1D(n, 3, padding="same"), (6, 4))
        single(family, layers.Conv1DTranspose(n, 3, strides=2), (4, 3))
        single(family, layers.Conv1DTranspose(3, 3, strides=2), (4, n))
    single(family, layers.Conv1DTranspose(3, 4, dilation_rate=2), (5, 2))
    single(family, layers.Conv1DTranspose(2, 5, strides=3, output_padding=1), (5, 2))


def merges(family):
    def add(inputs, outputs, form="model"):
        family.case(randomise(family, keras.Model(inputs, outputs)), form)

    a, b, c = (keras.Input((6, 4), name=name) for name in "abc")
    for kind in (layers.Multiply, layers.Average, layers.Maximum, layers.Minimum, layers.Add):
        add([a, b], kind()([a, b]))
        add([a, b, c], kind()([c, a, b, a]))
    add([a, b], layers.Subtract()([a, b]))
    add([a, b], layers.Subtract()([b, a]))
    d, e = keras.Input((1, 4), name="d"), keras.Input((6, 1), name="e")
    for kind in (layers.Add, layers.Multiply, layers.Maximum):
        add([a, d], kind()([a, d]))
        add([e, a, d], kind()([e, a, d]))


def operations(family):
    """Bare operations on tensors, constants on either side."""
    def add(inputs, outputs, form="keras"):
        family.case(randomise(family, keras.Model(inputs, outputs)), form)

    a, b = keras.Input((6, 4), name="a"), keras.Input((6, 4), name="b")
    y = layers.Conv1D(4, 3, padding="same")(a)
    for out in (a + b, a - b, a * b, a * 0.5, 0.5 * a, a + 1, 1 - a, a - 2.5, y + a, (y * 0.5 + a) * (1 - y)):
        add([a, b], [out, b], ("keras", "model")[len(family.table) % 2])


def nested(family):
    def add(inputs, outputs, form=None):
        model = randomise(family, keras.Model(inputs, outputs))
        family.case(model, form or ("keras", "model")[len(family.table) % 2])

    x = keras.Input((10, 3), name="x")
    block = lambda n: keras.Sequential([keras.Input((10, 3)), layers.Conv1D(4, 3, padding="same", activation="relu"),
                                        layers.BatchNormalization(), layers.Conv1D(3, 3, padding="same")], name=n)
    add(x, block("one")(x), "keras")
    add(x, block("one")(x), "model")
    add(x, layers.Add()([block("one")(x), block("two")(layers.Conv1D(3, 1)(x)), x]))
    shared = block("shared")
    add(x, layers.Concatenate()([shared(x), shared(shared(x))]), "keras")
    add(x, layers.Concatenate()([shared(x), shared(shared(x))]), "model")
    p, q = keras.Input((10, 3), name="p"), keras.Input((10, 3), name="q")
    two = keras.Model([p, q], [layers.Add()([p, q]), layers.Conv1D(2, 3)(q)], name="two in two out")
    s, d = two([x, block("inner")(x)])
    add(x, [d, s, x], "keras")
    deep = keras.Sequential([keras.Input((10, 3)), block("deeper"), layers.Flatten(), layers.Dense(2)], name="deep")
    add(x, deep(x), "keras")
    add(x, deep(x), "model")
    model = randomise(family, keras.Sequential([keras.Input((10, 3)), block("first"), layers.ReLU(), layers.Flatten(), layers.Dense(2)]))
    family.case(model, "keras")
    family.case(model, "model")


def rows(family):
    for name in ("log_softmax", "glu", "sparsemax"):
        single(family, layers.Conv1D(4, 3, activation=name), (20, 2), "model", spread=6.0)
        single(family, layers.Dense(6, activation=name), (4, 7), "class", spread=4.0)
        single(family, layers.Activation(name), (9, 4), "class", spread=20.0)
        single(family, layers.Activation(name), (34,), "model", spread=30.0)
        single(family, layers.Conv1D(3, 2, activation=name, data_format="channels_first"), (2, 9), "keras", spread=4.0)
        single(family, layers.Conv1D(140, 1, activation=name), (3, 2), "model", spread=6.0)
    x = keras.Input((5, 6))
    family.case(keras.Model(x, keras.ops.log_softmax(x, axis=1)), "keras")


FAMILIES = {"elements": element_wise, "shapes": shapes, "rarer_convs": convolutions, "merges": merges, "operations": operations,
            "nested": nested, "rows": rows}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("family", nargs="*", help="of: " + " ".join(FAMILIES))
    given = arguments.parse_args()
    for seed, (name, fill) in enumerate(FAMILIES.items()):
        if not given.family or name in given.family:
            keras.backend.clear_session()
            family = goldens.Family(name, 100 + seed)
            fill(family)
            family.write(given.o)


if __name__ == "__main__":
    main()
