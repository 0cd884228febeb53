#!/usr/bin/env python3
"""Goldens of models whose inputs have a variable number of steps, each at several lengths; as make_goldens.py, whose
writers it uses.  A case is a model and one length; the cases of one model share its files.

Usage: KERAS_BACKEND=jax make_variable_goldens.py [-o FOLDER]"""
import argparse
import pathlib

import make_goldens as goldens
import keras
import numpy as np
from keras import layers
from make_goldens import PADDINGS, npy, randomise, write

FORMATS = ("channels_last", "channels_first")


class Lengths(goldens.Family):
    def model(self, model, lengths, form="model"):
        """The model's cases: one a length."""
        randomise(self, model)
        text, suffix, weights, weights_suffix = write(model, form)
        first = f"{self.name[:2]}{len(self.table):03d}"
        self.files[f"{first}.{suffix}"] = text
        if weights is not None:
            self.files[f"{first}.{weights_suffix}"] = weights
        for length in lengths:
            name = f"{self.name[:2]}{len(self.table):03d}"
            inputs = [self.values([1] + [n or length for n in t.shape[1:]], -2, 2) for t in model.inputs]
            outputs = goldens.evaluate(model, inputs)
            for i, x in enumerate(inputs):
                self.files[f"{name}.in{i}.npy"] = npy(x)
            for i, y in enumerate(outputs):
                self.files[f"{name}.out{i}.npy"] = npy(y)
            weights_file = f"{first}.{weights_suffix}" if weights is not None else "-"
            self.table.append(f"{name} {first}.{suffix} {weights_file} {len(inputs)} {len(outputs)} --steps {length}")

    def stack(self, shape, *stack, lengths):
        x = inputs = keras.Input(shape)
        for layer in stack:
            x = layer(x)
        self.model(keras.Model(inputs, x), lengths)


def fill(family):
    last, first = (None, 3), (3, None)
    for form, shape in zip(FORMATS, (last, first)):
        for padding in PADDINGS[:2] if form == FORMATS[1] else PADDINGS:
            family.stack(shape, layers.Conv1D(5, 4, strides=2, padding=padding, data_format=form, activation="relu"),
                         layers.Conv1D(2, 3, padding=padding, dilation_rate=2, data_format=form), lengths=(16, 14, 27))
            family.stack(shape, layers.Conv1D(9, 3, strides=3, padding=padding, data_format=form, activation="tanh"),
                         lengths=(3, 4, 9, 10, 11))
        for padding in PADDINGS[:2]:
            family.stack(shape, layers.MaxPooling1D(3, 2, padding, form), layers.AveragePooling1D(2, None, padding, form),
                         lengths=(5, 6, 9, 13))
            family.stack(shape, layers.DepthwiseConv1D(3, padding=padding, strides=2, depth_multiplier=2, data_format=form),
                         layers.SeparableConv1D(4, 2, padding=padding, data_format=form), lengths=(5, 6, 11))
            family.stack(shape, layers.Conv1DTranspose(3, 3, strides=2, padding=padding, data_format=form), lengths=(1, 2, 7))
        family.stack(shape, layers.ZeroPadding1D((2, 1), data_format=form), layers.Conv1D(2, 3, data_format=form), lengths=(1, 6))
        family.stack(shape, layers.Conv1D(30, 1, data_format=form), layers.Conv1D(2, 3, padding="same", data_format=form),
                     layers.GlobalAveragePooling1D(form), layers.Dense(3, activation="softmax"), lengths=(1, 2, 9))
        family.stack(shape, layers.Conv1D(4, 1, data_format=form), layers.GlobalMaxPooling1D(form, keepdims=True), lengths=(1, 8))
        family.stack(shape, layers.Conv1D(4, 2, padding="same", data_format=form, activation="softmax"), lengths=(1, 5, 63, 64, 65))
    family.stack((None, 1), layers.Conv1D(2, 5, padding="same"), lengths=(1, 8, 12, 13, 25))
    family.stack((None, 8), layers.DepthwiseConv1D(3, padding="same"), layers.BatchNormalization(), layers.ReLU(),
                 layers.LayerNormalization(), layers.Dense(6, activation="elu"), layers.Softmax(), lengths=(1, 2, 5))
    family.stack((None, 4), layers.Softmax(axis=1), layers.PReLU(shared_axes=[1]), layers.Rescaling(2.0, 1.0), lengths=(1, 6))
    family.stack((None, 4), layers.Cropping1D((1, 2)), layers.UpSampling1D(3), layers.Permute((2, 1)), lengths=(4, 9))
    family.stack((None, 6), layers.Reshape((-1, 4)), layers.Conv1D(3, 2, padding="causal"), lengths=(2, 4, 10))
    family.stack((None, 6), layers.Flatten(), lengths=(1, 3))
    family.stack((None, 2, 3), layers.Dense(4, activation="relu"), layers.BatchNormalization(axis=2), lengths=(1, 5))
    family.stack((4, None), layers.Rescaling(0.5, 1.0), layers.Flatten(data_format="channels_first"), lengths=(1, 5))
    family.stack((None, 12), layers.Conv1D(12, 3, groups=4, padding="same", activation="gelu"), lengths=(1, 2, 7))
    family.stack((None, 40), layers.Conv1D(3, 3, padding="same", dilation_rate=2), lengths=(1, 4, 9))
    x = keras.Input((None, 3))
    a = layers.Conv1D(4, 3, padding="same", name="a")(x)
    b = layers.Conv1D(4, 1, name="b")(x)
    family.model(keras.Model(x, layers.Concatenate()([layers.Add()([a, b]), layers.Multiply()([a, b]), x])), (1, 4, 5))
    family.model(keras.Model(x, [layers.Concatenate(axis=1)([a, b, a]), layers.GlobalMaxPooling1D()(b)]), (1, 6))
    family.model(keras.Model(x, layers.Multiply()([a, layers.GlobalAveragePooling1D(keepdims=True)(b)])), (1, 3), "keras")
    down = layers.MaxPooling1D(2, padding="same")(a)
    up = layers.UpSampling1D(2)(layers.Conv1D(4, 3, padding="same")(down))
    family.model(keras.Model(x, layers.Conv1D(2, 1)(layers.Concatenate()([up, a]))), (2, 6, 10), "keras")
    y, z = keras.Input((None, 2)), keras.Input((3, 2))
    family.model(keras.Model([y, z], layers.Conv1D(2, 2)(layers.Concatenate(axis=1)([y, z]))), (3,))
    v, w = keras.Input((None, 2)), keras.Input((None, 2))
    family.model(keras.Model([v, w], [layers.Subtract()([v, w]), layers.Maximum()([w, v])]), (1, 4))
    tcn = keras.Input((None, 2))
    t = tcn
    for i in range(3):
        s = layers.Conv1D(6, 3, padding="causal", dilation_rate=2**i, activation="relu")(t)
        t = layers.Add()([s, t if i else layers.Conv1D(6, 1)(t)])
    family.model(keras.Model(tcn, layers.Conv1D(1, 1)(t)), (1, 2, 9, 20), "keras")


def more(family):
    family.stack((None, 4), layers.TimeDistributed(layers.Dense(5, activation="relu")), layers.Conv1D(2, 2, padding="same"), lengths=(1, 4))
    family.stack((None, 5, 2), layers.TimeDistributed(layers.Conv1D(3, 2, activation="tanh")), layers.TimeDistributed(layers.Flatten()),
                 layers.Conv1D(2, 3, strides=2, padding="same"), layers.TimeDistributed(layers.Dense(3)), lengths=(1, 4, 7))
    family.stack((None, 6), layers.GroupNormalization(3), layers.UnitNormalization(), layers.RMSNormalization(), lengths=(1, 5))
    family.stack((None, 6), layers.GroupNormalization(2), layers.Softmax(axis=(1, 2)), lengths=(1, 10, 11, 12))
    family.stack((None, 70), layers.UnitNormalization(axis=(1, 2)), lengths=(1, 2))
    family.stack((6, None), layers.ReLU(), layers.Conv1D(6, 1, data_format="channels_first"), layers.GroupNormalization(3, axis=1), layers.UnitNormalization(axis=-1), lengths=(1, 21, 22, 64))


def masks(family):
    family.stack((None, 3), layers.Masking(0.0), layers.ReLU(), layers.GlobalAveragePooling1D(), lengths=(1, 5))
    a = keras.Input((None, 3))
    masked = layers.Masking(0.0)(a)
    b = layers.Concatenate()([masked, layers.Masking(1.0)(a)])
    family.model(keras.Model(a, [layers.GlobalAveragePooling1D()(b), masked]), (1, 5), "keras")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    family = Lengths("variable", 300)
    fill(family)
    more(family)
    masks(family)
    family.write(arguments.parse_args().o)


if __name__ == "__main__":
    main()
