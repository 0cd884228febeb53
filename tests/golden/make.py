#!/usr/bin/env python3
"""Writes the small models of this folder: NAME.json and NAME.npz.  Needs numpy only; the files are committed."""
import json
import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
random = np.random.default_rng(20)


def weights(*shape):
    """Few digits, so that the emitted text stays readable."""
    return (random.integers(-16, 17, shape) / 16).astype(np.float32)


def tensor(layer, index=0):
    return {"class_name": "__keras_tensor__", "config": {"shape": [], "dtype": "float32", "keras_history": [layer, 0, index]}}


def layer(class_name, name, inputs=None, **config):
    result = {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": []}
    if inputs:
        tensors = [tensor(i) for i in inputs]
        result["inbound_nodes"] = [{"args": [tensors if len(tensors) > 1 else tensors[0]], "kwargs": {}}]
    return result


def functional(name, layers, inputs, outputs):
    return {"class_name": "Functional", "config": {"name": name, "layers": layers,
            "input_layers": [[i, 0, 0] for i in inputs], "output_layers": [[o, 0, 0] for o in outputs]}}


def write(name, config, arrays):
    (HERE / f"{name}.json").write_text(json.dumps(config, indent=2) + "\n")
    np.savez(HERE / f"{name}.npz", **{f"w{i:02d}": a for i, a in enumerate(arrays)})


# One small layer: straight code with literals, padding as segments.
write("literal", {"class_name": "Conv1D", "config": {"name": "conv", "filters": 2, "kernel_size": 3, "padding": "same",
      "activation": "relu"}}, [weights(3, 1, 2), weights(2)])

# A residual block: tables, folded batch norm, in-place addition, a view, softmax.
write("residual", functional("residual", [
    layer("InputLayer", "signal", batch_shape=[None, 32, 4]),
    layer("Conv1D", "conv1", ["signal"], filters=12, kernel_size=5, padding="causal", dilation_rate=2, use_bias=False),
    layer("BatchNormalization", "norm1", ["conv1"]),
    layer("Activation", "relu1", ["norm1"], activation="relu"),
    layer("Conv1D", "conv2", ["relu1"], filters=12, kernel_size=3, padding="same", activation="tanh"),
    layer("Add", "add", ["relu1", "conv2"]),
    layer("MaxPooling1D", "pool", ["add"], pool_size=4),
    layer("Flatten", "flatten", ["pool"]),
    layer("Dense", "class", ["flatten"], units=5, activation="softmax"),
], ["signal"], ["class"]),
    [weights(5, 4, 12), weights(12), weights(12), weights(12), np.abs(weights(12)) + 1, weights(3, 12, 12), weights(12),
     weights(96, 5), weights(5)])

# Depth first: causal, 'same' with a stride, a residual Add, pooling, a transposed convolution, repeated and padded steps, sums of
# the rows that come.  No new weights are drawn from 'random', so that the models behind keep theirs.
def ramp(*shape):
    return ((np.arange(np.prod(shape)) * 7 % 33 - 16) / 16).astype(np.float32).reshape(shape)


write("rows", functional("rows", [
    layer("InputLayer", "signal", batch_shape=[None, 40, 3]),
    layer("Conv1D", "conv1", ["signal"], filters=4, kernel_size=3, padding="causal", dilation_rate=2, activation="relu"),
    layer("Conv1D", "conv2", ["conv1"], filters=4, kernel_size=3, padding="same"),
    layer("Add", "add", ["conv1", "conv2"]),
    layer("MaxPooling1D", "pool", ["add"], pool_size=2),
    layer("Conv1D", "deep", ["pool"], filters=4, kernel_size=5, strides=2, padding="same", activation="tanh"),
    layer("Conv1DTranspose", "up", ["deep"], filters=4, kernel_size=3, strides=2, padding="same"),
    layer("Concatenate", "both", ["up", "pool"], axis=-1),
    layer("UpSampling1D", "twice", ["both"], size=2),
    layer("ZeroPadding1D", "padded", ["twice"], padding=[1, 2]),
    layer("Conv1D", "last", ["padded"], filters=2, kernel_size=1),
    layer("GlobalAveragePooling1D", "mean", ["last"]),
    layer("Flatten", "flatten", ["last"]),
    layer("Dense", "class", ["flatten"], units=3, activation="softmax"),
], ["signal"], ["class", "mean", "add"]),
    [ramp(3, 3, 4), ramp(4), ramp(3, 4, 4), ramp(4), ramp(5, 4, 4), ramp(4), ramp(3, 4, 4), ramp(4), ramp(1, 8, 2), ramp(2),
     ramp(86, 3), ramp(3)])

# Names from hell, an input as output, one tensor in two outputs, an input that nothing reads.
write("names", functional("na*/mes", [
    layer("InputLayer", "in put", batch_shape=[None, 6, 2]),
    layer("InputLayer", "unused", batch_shape=[None, 3]),
    layer("Conv1D", "run", ["in put"], filters=2, kernel_size=1, activation="tanh"),
    layer("Activation", "f32_tanh", ["run"], activation="relu"),
    layer("Conv1D", "run_weights", ["f32_tanh"], filters=2, kernel_size=1),
], ["in put", "unused"], ["run_weights", "run_weights", "in put", "run"]),
    [weights(1, 2, 2), weights(2), weights(1, 2, 2), weights(2)])

# Channels first, groups, stride; a weight that is infinite and one that is none.
kernel = weights(3, 2, 6)
kernel[0, 0, 0], kernel[1, 1, 1] = np.inf, np.nan
write("channels_first", functional("channels_first", [
    layer("InputLayer", "x", batch_shape=[None, 4, 9]),
    layer("Conv1D", "conv", ["x"], filters=6, kernel_size=3, strides=2, groups=2, data_format="channels_first"),
    layer("Flatten", "flat", ["conv"], data_format="channels_first"),
], ["x"], ["flat"]), [kernel, weights(6)])

# Rank 3, and no working memory.
write("rank3", functional("rank3", [
    layer("InputLayer", "x", batch_shape=[None, 2, 3, 4]),
    layer("Dense", "dense", ["x"], units=3, activation="elu"),
], ["x"], ["dense"]), [weights(4, 3), weights(3)])

# A mistake in each of three layers.
write("mistakes", functional("mistakes", [
    layer("InputLayer", "x", batch_shape=[None, 8, 1]),
    layer("Conv1D", "a", ["x"], filters=0, kernel_size=3),
    layer("Conv1D", "b", ["a"], filters=2, kernel_size=3, padding="full"),
    layer("LSTM", "c", ["b"], units=3),
], ["x"], ["c"]), [weights(1)])

# A layer on every step, in a loop, over an axis of size 1 within: Conv2D is a Conv1D there.
write("steps", functional("steps", [
    layer("InputLayer", "x", batch_shape=[None, 3, 1, 6, 2]),
    layer("TimeDistributed", "each", ["x"], layer={"class_name": "Conv2D", "config": {
        "name": "conv", "filters": 2, "kernel_size": [2, 3], "padding": "same", "activation": "relu"}}),
    layer("TimeDistributed", "most", ["each"], layer={"class_name": "GlobalMaxPooling2D", "config": {"name": "pool"}}),
    layer("TimeDistributed", "last", ["most"], layer={"class_name": "Dense", "config": {"name": "dense", "units": 2}}),
], ["x"], ["last"]), [weights(2, 3, 2, 2), weights(2), weights(2, 2), weights(2)])

# A number of steps that each call says: padding by the length, a tile and the steps beside it, a merge of two lengths.
write("variable", functional("variable", [
    layer("InputLayer", "x", batch_shape=[None, None, 2]),
    layer("Conv1D", "half", ["x"], filters=8, kernel_size=4, strides=2, padding="same", activation="relu"),
    layer("UpSampling1D", "twice", ["half"], size=2),
    layer("Conv1D", "wide", ["x"], filters=8, kernel_size=3, padding="causal"),
    layer("Add", "add", ["twice", "wide"]),
    layer("GlobalAveragePooling1D", "mean", ["add"]),
], ["x"], ["add", "mean"]), [weights(4, 2, 8), weights(8), weights(3, 2, 8), weights(8)])

# Tables in a file of their own: one that is too small for it; one of a layer whose name begins with a digit; one of an odd number,
# whose infinities, subnormals and NaNs with payloads keep their bits.
slopes = weights(7, 39)
slopes[0, :9] = np.array([0x7fc12345, 0xffc00001, 0x7f800000, 0xff800000, 0x80000000, 1, 0x807fffff, 0x7f7fffff, 0x3dcccccd],
                         np.uint32).view(np.float32)
apart = [
    layer("InputLayer", "x", batch_shape=[None, 9, 5]),
    layer("Conv1D", "small", ["x"], filters=8, kernel_size=3),
    layer("Conv1D", "1large", ["small"], filters=39, kernel_size=1),
    layer("PReLU", "slopes", ["1large"]),
]
arrays = [weights(3, 5, 8), weights(8), weights(1, 8, 39), weights(39), slopes]
write("apart", functional("apart", apart, ["x"], ["slopes"]), arrays)
write("embed", functional("embed", apart, ["x"], ["slopes"]), arrays)

# Filters in the lanes of a vector target (lanes.args): two vectors, the second part empty; steps with taps in the padding.
random = np.random.default_rng(22)
write("lanes", {"class_name": "Conv1D", "config": {"name": "conv", "filters": 12, "kernel_size": 5, "padding": "same",
      "activation": "relu"}}, [weights(5, 2, 12), weights(12)])

# Adds that a convolution does where it stores, and one that none can: both its inputs have other readers.
write("added", functional("added", [
    layer("InputLayer", "x", batch_shape=[None, 12, 3]),
    layer("Conv1D", "first", ["x"], filters=8, kernel_size=3, padding="same", activation="relu"),
    layer("Conv1D", "second", ["first"], filters=8, kernel_size=2, padding="causal"),
    layer("Add", "skip", ["second", "first"]),
    layer("Activation", "both", ["skip"], activation="relu"),
    layer("Conv1D", "third", ["both"], filters=8, kernel_size=1, activation="tanh"),
    layer("Add", "heavy", ["both", "third"]),
    layer("Conv1D", "fourth", ["heavy"], filters=8, kernel_size=1),
    layer("Add", "apart", ["fourth", "heavy"]),
], ["x"], ["apart", "fourth"]),
    [weights(3, 3, 8), weights(8), weights(2, 8, 8), weights(8), weights(1, 8, 8), weights(8), weights(1, 8, 8), weights(8)])
