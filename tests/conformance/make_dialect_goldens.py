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


FAMILIES = {"dialects": dialects, "structures": structures}


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
