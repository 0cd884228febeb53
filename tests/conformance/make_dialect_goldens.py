#!/usr/bin/env python3
"""Goldens of configs as Keras 1, keras-team's Keras 2, TF r1.13 and tf_keras write them, and of bare operations of tf_keras
and Keras 3; as make_goldens.py, whose writers it uses.

What cannot be run any more is written by hand: the model is made and evaluated by tf_keras, whose layers mean what those
of Keras 1 and 2 did, and its config is rewritten into the older form (sources: get_config() of Keras 1.2.2, 2.1.6, 2.2.4
and of TF r1.13).

Usage: KERAS_BACKEND=jax make_dialect_goldens.py [-o FOLDER] [FAMILY ...]"""
import argparse
import json
import pathlib

import make_goldens as goldens
import keras
import numpy as np
import tensorflow as tf
import tf_keras as old
from make_goldens import npz

L = old.layers
WRITERS = ("1.2.2", "1.0.8", "2.0.8", "2.2.4", "2.2.4-tf", "tf_keras")


# ---- older configs ---------------------------------------------------------------------------------------------------

RENAMED = {     # of Keras 1, per class as tf_keras names it
    "Conv1D": {"filters": "nb_filter", "kernel_size": "filter_length", "strides": "subsample_length", "padding": "border_mode",
               "kernel_initializer": "init", "use_bias": "bias", "kernel_regularizer": "W_regularizer",
               "bias_regularizer": "b_regularizer", "kernel_constraint": "W_constraint", "bias_constraint": "b_constraint"},
    "Dense": {"units": "output_dim", "kernel_initializer": "init", "use_bias": "bias", "kernel_regularizer": "W_regularizer",
              "bias_regularizer": "b_regularizer", "kernel_constraint": "W_constraint", "bias_constraint": "b_constraint"},
    "MaxPooling1D": {"pool_size": "pool_length", "strides": "stride", "padding": "border_mode"},
    "AveragePooling1D": {"pool_size": "pool_length", "strides": "stride", "padding": "border_mode"},
    "Dropout": {"rate": "p"}, "SpatialDropout1D": {"rate": "p"}, "GaussianDropout": {"rate": "p"},
    "GaussianNoise": {"stddev": "sigma"}, "UpSampling1D": {"size": "length"}, "PReLU": {"alpha_initializer": "init"},
}
DROPPED = {"Conv1D": ("data_format", "groups", "bias_initializer", "dilation_rate"), "Dense": ("bias_initializer",),
           "MaxPooling1D": ("data_format",), "AveragePooling1D": ("data_format",), "Dropout": ("noise_shape", "seed"),
           "GaussianDropout": ("seed",), "GaussianNoise": ("seed",), "GlobalMaxPooling1D": ("data_format", "keepdims"),
           "GlobalAveragePooling1D": ("data_format", "keepdims"), "Flatten": ("data_format",), "Add": (),
           "BatchNormalization": ("center", "scale", "beta_initializer", "gamma_initializer", "moving_mean_initializer",
                                  "moving_variance_initializer", "beta_constraint", "gamma_constraint"),
           "PReLU": ("alpha_regularizer", "alpha_constraint")}
SCALARS = ("kernel_size", "strides", "pool_size", "dilation_rate", "size")
MERGES = {"Add": "sum", "Multiply": "mul", "Concatenate": "concat", "Average": "ave", "Maximum": "max"}
OBJECTS = {"L2": lambda c: {"name": "WeightRegularizer", "l1": 0.0, "l2": c["l2"]},
           "MaxNorm": lambda c: {"name": "MaxNorm", "m": c["max_value"], "axis": c["axis"]}}


def object_of(value, version):
    """An initializer, regularizer or constraint."""
    if not isinstance(value, dict) or "class_name" not in value or version == "tf_keras":
        return value
    name, config = value["class_name"], dict(value["config"])
    if version.startswith("1."):
        return OBJECTS[name](config) if name in OBJECTS else {"GlorotUniform": "glorot_uniform"}.get(name, "zero")
    if version == "2.2.4-tf":
        return {"class_name": name, "config": dict(config, dtype="float32")}
    if name == "GlorotUniform":
        return {"class_name": "VarianceScaling", "config": {"scale": 1.0, "mode": "fan_avg", "distribution": "uniform", "seed": None}}
    return {"class_name": "L1L2", "config": {"l1": 0.0, "l2": config["l2"]}} if name == "L2" else {"class_name": name, "config": config}


def merge_of(name, config):
    return {"name": config["name"], "mode": MERGES[name], "mode_type": "raw", "concat_axis": config.get("axis", -1), "dot_axes": -1,
            "output_shape": None, "output_shape_type": "raw", "output_mask": None, "output_mask_type": "raw", "arguments": {}}


def config_1(name, c, first):
    """(class, config) of Keras 1."""
    atrous = c.get("dilation_rate", 1)
    out = {RENAMED.get(name, {}).get(k, k): v for k, v in c.items() if k not in DROPPED.get(name, ()) and k != "dtype"}
    if name in MERGES:
        return "Merge", merge_of(name, c)
    if name == "BatchNormalization":
        out["mode"] = 0
        out["axis"] = c["axis"][0] if isinstance(c["axis"], list) else c["axis"]
    if name == "ZeroPadding1D":
        out["padding"] = {"left_pad": c["padding"][0], "right_pad": c["padding"][1]}
    if name in ("Conv1D", "Dense"):
        shape = c.get("batch_input_shape") if first else None
        out["input_dim"] = shape[-1] if shape else None
        if name == "Conv1D":
            out["input_length"] = shape[1] if shape else None
    if "batch_input_shape" in out:
        out["input_dtype"] = "float32"
    if name == "InputLayer":
        return name, {"batch_input_shape": c["batch_input_shape"], "input_dtype": "float32", "sparse": False, "name": c["name"]}
    if name == "Conv1D":
        return ("AtrousConvolution1D", dict(out, atrous_rate=atrous)) if atrous != 1 else ("Convolution1D", out)
    return name, out


def config_of(name, config, version, first):
    c = {k: object_of(v, version) for k, v in config.items()}
    for key in SCALARS:
        if isinstance(c.get(key), list) and version.startswith("1."):
            c[key] = c[key][0]
    if version.startswith("1."):
        return config_1(name, c, first)
    c.pop("groups", None)
    for key in ("keepdims",):
        c.pop(key, None)
    if not (first or version == "2.2.4-tf"):
        c.pop("dtype", None)
    if version == "2.0.8" and name == "Conv1D":
        c.pop("data_format", None)
    if name == "InputLayer":
        c.pop("ragged", None)
    if version == "2.2.4-tf" and name == "BatchNormalization":
        name = "BatchNormalizationV1"
    elif name == "BatchNormalization":
        c["axis"] = c["axis"][0] if isinstance(c["axis"], list) else c["axis"]
    return name, c


def layer_of(layer, version, first=False):
    name, config = layer["class_name"], layer["config"]
    if name in ("Sequential", "Functional"):
        out = model_of(layer, version)
    else:
        name, config = config_of(name, config, version, first)
        out = {"class_name": name, "config": config}
    if "inbound_nodes" in layer:
        plain = lambda ref: ref[:3] if version.startswith("1.") else ref
        out["name"] = layer["name"]
        out["inbound_nodes"] = [[plain(ref) for ref in call] for call in layer["inbound_nodes"]]
    return out


def sequence_of(config, version):
    layers = config["layers"]
    if layers[0]["class_name"] == "InputLayer":
        shape = layers[0]["config"]["batch_input_shape"]
        layers = layers[1:]
        if layers[0]["class_name"] not in ("Sequential", "Functional"):
            layers[0]["config"] = {"batch_input_shape": shape, "dtype": "float32", **layers[0]["config"]}
    out = [layer_of(layer, version, i == 0) for i, layer in enumerate(layers)]
    return out if version < "2.2.3" else {"name": config["name"], "layers": out}


def model_of(model, version):
    """{"class_name", "config"} of a model of tf_keras, as version wrote it."""
    config = json.loads(json.dumps(model["config"]))
    if model["class_name"] == "Sequential":
        return {"class_name": "Sequential", "config": sequence_of(config, version)}
    layers = [layer_of(layer, version) for layer in config["layers"]]
    return {"class_name": "Model", "config": {"name": config["name"], "layers": layers, "input_layers": config["input_layers"],
                                              "output_layers": config["output_layers"]}}


def text_of(model, version):
    text = model.to_json().replace("float64", "float32")
    if version == "tf_keras":
        return text
    out = model_of(json.loads(text), version)
    out["keras_version"] = version
    if not version.startswith("1."):
        out["backend"] = "tensorflow"
    return json.dumps(out)


def weights_of(model, version):
    """In get_weights() order; Keras 1 has kernels of a convolution over (steps, 1)."""
    kernels = {id(layer.kernel) for layer in model._flatten_layers() if isinstance(layer, L.Conv1D)}
    out = []
    for w, value in zip(model.weights, model.get_weights()):
        value = value.astype(np.float16)
        if version == "1.2.2" and id(w) in kernels:
            value = value[:, None]
        if version == "1.0.8" and id(w) in kernels:
            value = value.transpose(2, 1, 0)[..., None]
        out.append(value)
    return out


# ---- models of tf_keras ---------------------------------------------------------------------------------------------

def randomise(family, model):
    """As that of make_goldens.py."""
    for w in model.weights:
        if "variance" in w.name:
            v = family.values(w.shape, 0.3, 2.0)
        elif "gamma" in w.name:
            v = family.values(w.shape, 0.5, 1.5)
        elif len(w.shape) > 1:
            reach = min(1.0, 1.7 / np.sqrt(max(1, int(np.prod(w.shape[:-1])))))
            v = family.values(w.shape, -reach, reach)
        else:
            v = family.values(w.shape, -0.5, 0.5)
        w.assign(v)
    return model


def case(family, model, text=None, weights=None, spread=2.0, options=""):
    """A case by tf_keras in float64: the config's text, and weights in order."""
    randomise(family, model)
    flat = tf.nest.flatten(model.inputs)
    inputs = [family.values([goldens.SAMPLES] + [n or 12 for n in t.shape[1:]], -spread, spread) for t in flat]
    structure = tf.nest.pack_sequence_as(model.input, [np.asarray(x, np.float64) for x in inputs])
    outputs = [np.asarray(y).astype(np.float32) for y in tf.nest.flatten(model(structure, training=False))]
    name = f"{family.name[:2]}{len(family.table):03d}"
    arrays = weights(model) if weights else [w.astype(np.float16) for w in model.get_weights()]
    family.files[f"{name}.json"] = (text(model) if text else text_of(model, "tf_keras")).encode()
    if arrays:
        family.files[f"{name}.npz"] = npz(arrays)
    for i, x in enumerate(inputs):
        family.files[f"{name}.in{i}.npy"] = goldens.npy(x)
    for i, y in enumerate(outputs):
        family.files[f"{name}.out{i}.npy"] = goldens.npy(y)
    family.table.append(f"{name} {name}.json {name + '.npz' if arrays else '-'} {len(inputs)} {len(outputs)} {options}".rstrip())


def written(family, model, version, **more):
    case(family, model, lambda m: text_of(m, version), lambda m: weights_of(m, version), **more)


def stack(*layers, shape=(16, 3)):
    return old.Sequential([old.Input(shape), *layers])


def sequences():
    yield stack(L.Conv1D(4, 3, activation="relu"), L.MaxPooling1D(2), L.Flatten(), L.Dense(3, activation="softmax"))
    yield stack(L.Conv1D(5, 4, strides=2, padding="same", activation="hard_sigmoid", kernel_regularizer=old.regularizers.L2(0.01)),
                L.BatchNormalization(epsilon=1e-4), L.Dropout(0.3), L.GlobalAveragePooling1D())
    yield stack(L.Conv1D(4, 3, dilation_rate=2, use_bias=False), L.Activation("hard_sigmoid"), L.AveragePooling1D(3, strides=2, padding="same"),
                L.Dense(2, activation="tanh", kernel_constraint=old.constraints.MaxNorm(2.0)))
    yield stack(L.ZeroPadding1D((1, 2)), L.Conv1D(3, 2), L.LeakyReLU(alpha=0.1), L.UpSampling1D(2), L.PReLU(shared_axes=[1]), L.GlobalMaxPooling1D())
    yield stack(L.Dense(6, activation="sigmoid"), L.SpatialDropout1D(0.2), L.GaussianNoise(0.1), L.ELU(alpha=0.5), L.Reshape((8, 12)), L.Permute((2, 1)),
                L.Conv1D(2, 3), L.ThresholdedReLU(theta=0.2))
    yield stack(L.Dense(4, activation="softplus"), L.RepeatVector(5), L.Cropping1D((1, 0)), L.Conv1D(3, 2, activation="softsign"), L.GaussianDropout(0.3), shape=(7,))


def graphs():
    a, b = old.Input((12, 3), name="a"), old.Input((12, 3), name="b")
    y = L.Conv1D(3, 3, padding="same", activation="relu")(a)
    yield old.Model([a, b], L.Dense(2)(L.Concatenate()([L.Add()([y, b]), L.Multiply()([a, b])])))
    shared = L.Conv1D(4, 3)
    yield old.Model([b, a], [L.Average()([shared(a), shared(b)]), L.Flatten()(L.Maximum()([a, b, y]))])
    block = stack(L.Conv1D(3, 3, padding="same"), L.BatchNormalization(), shape=(12, 3))
    yield old.Model(a, L.Concatenate(axis=1)([block(a), block(block(a))]))
    p = old.Input((12, 3), name="p")
    inner = old.Model(p, [L.Conv1D(2, 2)(p), L.GlobalMaxPooling1D()(p)], name="inner")
    s, t = inner(a)
    u, v = inner(b)
    yield old.Model([a, b], [L.Add()([s, u]), L.Add()([t, v])])


def dialects(family):
    for version in WRITERS:
        for model in sequences():
            written(family, model, version)
        for model in graphs():
            written(family, model, version)
    hand_written(family)


def hand_written(family):
    """What people write by hand, and what old writers left out."""
    model = lambda: stack(L.Conv1D(4, 3, padding="same", activation="hard_sigmoid"), shape=(10, 2))
    kernel = {"nb_filter": 4, "filter_length": 3, "border_mode": "same", "activation": "hard_sigmoid"}
    for first in ({"input_shape": [10, 2]}, {"input_dim": 2, "input_length": 10}, {"batch_input_shape": [None, 10, 2], "input_dtype": "float32"}):
        case(family, model(), lambda m: json.dumps([{"class_name": "Convolution1D", "config": {**kernel, **first}}]), lambda m: weights_of(m, "1.2.2"))
    case(family, model(), lambda m: json.dumps(kernel), options="--input-shape 10x2")
    case(family, model(), lambda m: json.dumps({"class_name": "Convolution1D", "config": {**kernel, "input_dim": 2, "input_length": None}}),
         options="--steps 10")
    case(family, model(), lambda m: json.dumps({"filters": 4, "kernel_size": 3, "padding": "same", "activation": "hard_sigmoid"}),
         options="--input-shape 10x2 --keras 2")
    branches = [stack(L.Conv1D(3, 2, activation="relu"), shape=(8, 2)), stack(L.Conv1D(3, 4, activation="tanh"), shape=(10, 3))]
    inputs = [old.Input((8, 2)), old.Input((10, 3))]
    both = old.Model(inputs, L.Dense(2)(L.Concatenate()([b(i) for b, i in zip(branches, inputs)])))

    def merged(m):
        parts = [model_of(json.loads(b.to_json().replace("float64", "float32")), "1.2.2") for b in branches]
        merge = merge_of("Concatenate", {"name": "merge_1"})
        return json.dumps({"class_name": "Sequential", "keras_version": "1.2.2", "config": [
            {"class_name": "Merge", "config": dict(merge, layers=parts)},
            {"class_name": "TimeDistributedDense", "config": {"name": "d", "output_dim": 2, "init": "normal", "activation": "linear", "input_dim": None}}]})
    case(family, both, merged, lambda m: weights_of(m, "1.2.2"))
    # Theano convolves: its kernels have their taps in the reverse order.
    for version in ("2.0.8", "1.2.2", "1.0.8"):
        theano = lambda m: json.dumps({**json.loads(text_of(m, version)), "backend": "theano"})
        case(family, stack(L.Conv1D(4, 4, activation="relu"), L.Dense(2)), theano, lambda m: [turned(w, version) for w in weights_of(m, version)])


def turned(weight, version):
    if weight.ndim < 3:
        return weight
    return weight[:, :, ::-1] if version == "1.0.8" else weight[::-1]


# ---- structures of tensors --------------------------------------------------------------------------------------------

def case3(family, model, form="keras", spread=2.0):
    """A case by Keras 3 in float64, whatever structure its inputs have."""
    goldens.randomise(family, model)
    inputs = [family.values([goldens.SAMPLES] + [n or 12 for n in t.shape[1:]], -spread, spread) for t in model.inputs]
    flat = [np.asarray(x, np.float64) for x in inputs]
    outputs = goldens.doubled(model)(keras.tree.pack_sequence_as(model._inputs_struct, flat), training=False)
    outputs = [np.asarray(y).astype(np.float32) for y in keras.tree.flatten(outputs)]
    name = f"{family.name[:2]}{len(family.table):03d}"
    text, suffix, weights, weights_suffix = goldens.write(model, form)
    family.files[f"{name}.{suffix}"] = text
    if weights is not None:
        family.files[f"{name}.{weights_suffix}"] = weights
    for i, x in enumerate(inputs):
        family.files[f"{name}.in{i}.npy"] = goldens.npy(x)
    for i, y in enumerate(outputs):
        family.files[f"{name}.out{i}.npy"] = goldens.npy(y)
    weights_file = f"{name}.{weights_suffix}" if weights is not None else "-"
    family.table.append(f"{name} {name}.{suffix} {weights_file} {len(inputs)} {len(outputs)}")


def structured(k):
    """Models whose inputs, outputs and calls are lists in lists and dicts; k: keras or tf_keras."""
    l = k.layers
    a, b, c = (k.Input((6, 2), name=name) for name in ("zed", "alpha", "mid"))
    y, z = l.Conv1D(2, 3, padding="same")(a), l.Add()([b, c])
    yield k.Model({"zed": a, "alpha": b, "mid": c}, {"p": l.Add()([y, z]), "a": l.Multiply()([y, z])})
    yield k.Model([a, [b, c]], [l.Subtract()([y, z]), [l.Flatten()(z), y]])
    yield k.Model({"zed": a, "rest": [b, c]}, [l.Subtract()([y, z])])
    yield k.Model((b, a, c), (l.Concatenate()((y, z)),))
    p, q = k.Input((6, 2), name="p"), k.Input((6, 2), name="q")
    low = k.Model({"q": q, "p": p}, {"t": l.Subtract()([p, q]), "s": l.Conv1D(2, 1)(q)}, name="low")
    o, u = low({"q": a, "p": b}), low({"p": c, "q": a})
    yield k.Model([c, a, b], [o["t"], l.Subtract()([o["s"], u["t"]]), u["s"]])
    high = k.Model([q, p], l.Subtract()([p, l.Conv1D(2, 1)(q)]), name="high")
    yield k.Model([a, b], high({"p": a, "q": b}))
    yield k.Model([a, b], l.Add()([high([a, b]), high([b, a])]))
    yield k.Model(a, {"only": l.Dense(3)(a)})


def structures(family):
    for i, model in enumerate(structured(keras)):
        case3(family, model, ("keras", "model")[i % 2])
    for model in structured(old):
        case(family, model)


# ---- bare operations -------------------------------------------------------------------------------------------------

def ops3():
    """Of Keras 3: functions of x (8, 4) and z (8, 4)."""
    o, a = keras.ops, keras.activations
    yield lambda x, z: 1 - x
    yield lambda x, z: (x / 4, 2 / (z * z + 1))
    yield lambda x, z: x / (o.abs(z) + 0.5)
    yield lambda x, z: (x ** 2, z ** 3, o.power(x, 5), (o.abs(z) + 1) ** -2)
    yield lambda x, z: (abs(x), o.negative(z), o.square(x))
    yield lambda x, z: (o.sqrt(o.abs(x)), (o.abs(z) + 0.25) ** -0.5, o.rsqrt(o.abs(x) + 0.5), o.abs(z) ** 0.5)
    yield lambda x, z: (o.log(o.abs(x) + 0.125), o.exp(z), o.reciprocal(o.square(x) + 0.5))
    yield lambda x, z: (o.clip(x, -0.5, 0.75), o.maximum(x, 0.25), o.minimum(z, 0.5), o.maximum(x, z), o.minimum(x, z))
    yield lambda x, z: (x[:, ::2], z[..., -1, :], x[:, -1])
    yield lambda x, z: (x[:, 1:7:3, 2], z[:, None, 3:], x[:, ::-1], z[:, 5:1:-2, ::-1], x[:, :, None])
    yield lambda x, z: x[:, -3:] + z[:, :3]
    yield lambda x, z: (o.mean(x, axis=1), o.max(z, axis=1, keepdims=True), o.sum(x, axis=-1), o.min(z, axis=[1, 2]))
    yield lambda x, z: (o.mean(x, axis=-1, keepdims=True), o.mean(z, axis=(1, 2), keepdims=True), o.sum(x, axis=1), o.max(z, axis=2), o.min(x, axis=1))
    yield lambda x, z: o.sum(o.reshape(x, (-1, 2, 16)), axis=-1) * 0.25
    yield lambda x, z: (x - o.mean(x, axis=1, keepdims=True)) / o.sqrt(o.mean(o.square(x), axis=1, keepdims=True) + 1)
    yield lambda x, z: (o.reshape(x, (-1, 32)), o.reshape(z, (-1, 2, 4, 4)), o.reshape(x, (-1, 16, 2)))
    yield lambda x, z: (o.transpose(x, (0, 2, 1)), o.swapaxes(z, 1, 2), o.moveaxis(o.expand_dims(x, 1), 1, -1), o.swapaxes(x, -1, -2))
    yield lambda x, z: (o.expand_dims(x, -1), o.expand_dims(z, 1), o.squeeze(o.expand_dims(x, 2), 2), o.squeeze(z[:, :1]))
    yield lambda x, z: (o.concatenate([x, z], axis=1), o.concatenate([x, z, x], axis=-1))
    yield lambda x, z: (o.pad(x, [[0, 0], [1, 2], [0, 0]]), o.pad(z, [[0, 0], [0, 1], [2, 0]], constant_values=0))
    yield lambda x, z: (*o.split(x, 2, axis=-1), o.split(z, 4, axis=1)[2], *o.split(x, [1, 5], axis=1))
    yield lambda x, z: (o.unstack(x, axis=2)[1], o.unstack(z, axis=1)[-1] * 2)
    yield lambda x, z: (o.softmax(x, axis=1), o.log_softmax(z), o.softmax(x))
    yield lambda x, z: (o.relu(x), o.relu6(z * 8), o.leaky_relu(x, 0.1), o.elu(z, 0.5))
    yield lambda x, z: (o.selu(x), o.celu(z, 0.4), o.gelu(x), o.gelu(z, approximate=False))
    yield lambda x, z: (o.silu(x), o.tanh(z), o.sigmoid(x), o.log_sigmoid(z))
    yield lambda x, z: (o.hard_sigmoid(x), o.hard_silu(z), o.hard_tanh(x * 2), o.softplus(z), o.softsign(x))
    yield lambda x, z: (o.soft_shrink(x, 0.25), o.hard_shrink(z, 0.125), o.threshold(x, 0.125, 0.25), o.squareplus(z, 3), o.sparse_plus(x), o.sparse_sigmoid(z), o.tanh_shrink(x))
    yield lambda x, z: (a.relu(x, negative_slope=0.125, max_value=0.5, threshold=0.25), a.gelu(z, approximate=True), a.softmax(x), a.hard_sigmoid(z))
    yield lambda x, z: (o.flip(x, axis=1), o.flip(z, axis=-1), o.repeat(x, 3, axis=1), o.tile(z, (1, 2, 1)), o.take(x, 2, axis=1), o.take(z, -1, axis=-1))
    yield lambda x, z: (o.max_pool(x, 2, 2), o.average_pool(z, 3, 2, "same"), o.average(x, axis=1), o.max(o.abs(z), axis=[2]))
    yield lambda x, z: (x * o.convert_to_tensor([1.0, -2.0, 3.0, 0.5]), z + o.convert_to_tensor([[[1.0, 0.25, 0.0, -1.0]]]), o.subtract(o.convert_to_tensor([2.0, 1.0, 4.0, 8.0]), x))
    yield lambda x, z: o.relu(layers3().Conv1D(3, 3)(x))[:, :, 1:] + o.mean(z, axis=1, keepdims=True)[:, :, :2]
    yield lambda x, z: o.square(layers3().Dense(3)(x)) / (1 + o.abs(layers3().Dense(1)(z)))


def layers3():
    return keras.layers


def ops2():
    """Of tf_keras: the operations of TensorFlow."""
    yield lambda x, z: (1 - x, x / 4, 2 / (z * z + 1), -x)
    yield lambda x, z: x / (abs(z) + 0.5)
    yield lambda x, z: (x ** 2, tf.pow(z, 3), tf.square(x), tf.sqrt(abs(x)), tf.math.rsqrt(abs(z) + 0.5), tf.math.reciprocal(x * x + 1))
    yield lambda x, z: (tf.clip_by_value(x, -0.5, 0.75), tf.maximum(x, 0.25), tf.minimum(z, 0.5), tf.maximum(x, z), tf.math.log(abs(z) + 0.25))
    yield lambda x, z: (x[:, ::2], z[..., -1, :], x[:, -1], x[:, 1:7:3, 2], z[:, None, 3:], x[:, ::-1], x[:, :, tf.newaxis])
    yield lambda x, z: (tf.reduce_mean(x, axis=1), tf.reduce_max(z, 1, keepdims=True), tf.reduce_sum(x, -1), tf.reduce_min(z, [1, 2]))
    yield lambda x, z: (tf.reshape(x, (-1, 32)), tf.transpose(z, (0, 2, 1)), tf.expand_dims(x, 1), tf.squeeze(z[:, :1], 1))
    yield lambda x, z: (tf.concat([x, z], 1), tf.concat([x, z, x], axis=-1), tf.pad(x, [[0, 0], [1, 2], [0, 0]]))
    yield lambda x, z: (*tf.split(x, 2, axis=-1), *tf.split(z, [1, 5, 2], axis=1), tf.unstack(x, 4, axis=2)[3])
    yield lambda x, z: (tf.nn.softmax(x, axis=1), tf.nn.log_softmax(z), tf.nn.softmax(z), tf.nn.relu(x), tf.nn.relu6(z * 8))
    yield lambda x, z: (tf.nn.leaky_relu(z, alpha=0.25), tf.nn.elu(x), tf.nn.selu(z))
    yield lambda x, z: (tf.nn.silu(x), tf.sigmoid(z), tf.tanh(x), tf.exp(z), tf.nn.softplus(x), tf.nn.softsign(z), tf.math.log_sigmoid(x))
    yield lambda x, z: (old.activations.relu(x, alpha=0.125, max_value=0.5), old.activations.mish(x), old.activations.swish(z))
    yield lambda x, z: (tf.reverse(x, [1]), tf.repeat(z, 2, axis=1), tf.tile(x, [1, 1, 3]), tf.gather(z, 3, axis=1), tf.slice(x, [0, 1, 0], [-1, 4, 3]))
    yield lambda x, z: (x * tf.constant([1.0, -2.0, 3.0, 0.5], tf.float64), z + [1.0, 0.25, 0.0, -1.0], tf.nn.bias_add(x, [1.0, 2.0, 0.5, 0.25]), tf.math.add_n([x, z, x]))
    yield lambda x, z: (tf.nn.max_pool1d(x, 2, 2, "VALID"), tf.identity(z), tf.stop_gradient(x) + 1, old.backend.mean(z, axis=1), old.backend.sum(x, axis=-1))
    yield lambda x, z: tf.nn.relu(L.Conv1D(3, 3)(x))[:, :, 1:] + tf.reduce_mean(z, axis=1, keepdims=True)[:, :, :2]


def ops(family):
    for i, function in enumerate(ops3()):
        x, z = keras.Input((8, 4), name="x"), keras.Input((8, 4), name="z")
        case3(family, keras.Model([x, z], function(x, z)), ("keras", "model")[i % 2])
    wide = keras.Input((70, 2), name="wide")
    o = keras.ops
    case3(family, keras.Model(wide, [o.mean(wide, axis=[1, 2]), o.sum(o.transpose(wide, (0, 2, 1)), axis=-1), o.mean(wide, axis=1)]))
    for function in ops2():
        x, z = old.Input((8, 4), name="x"), old.Input((8, 4), name="z")
        case(family, old.Model([x, z], function(x, z)))


FAMILIES = {"dialects": dialects, "structures": structures, "ops": ops}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("family", nargs="*", help="of: " + " ".join(FAMILIES))
    given = arguments.parse_args()
    old.backend.set_floatx("float64")
    for seed, (name, fill) in enumerate(FAMILIES.items()):
        if not given.family or name in given.family:
            keras.backend.clear_session()
            old.backend.clear_session()
            family = goldens.Family(name, 300 + seed)
            fill(family)
            family.write(given.o)


if __name__ == "__main__":
    main()
