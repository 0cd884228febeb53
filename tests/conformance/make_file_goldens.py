#!/usr/bin/env python3
"""Goldens of the files in which Keras keeps models and weights: whole-model .h5 of every writer, .weights.h5, legacy weights,
JSON arrays, and what HDF5 allows around them; as make_goldens.py, whose writers it uses.

Keras 3 and tf_keras write their files themselves.  What cannot be run any more (Keras 1, keras-team's Keras 2, TF r1.13)
is put together with h5py as save_model() of those versions did.  Every file that Keras 3 or tf_keras can load is loaded
and compared with the golden numbers before it is kept.

Usage: KERAS_BACKEND=jax make_file_goldens.py [-o FOLDER] [FAMILY ...]"""
import argparse
import io
import json
import os
import pathlib
import tempfile
import zipfile

import make_dialect_goldens as dialects
import make_goldens as goldens
import make_more_goldens as more
import h5py
import keras
import numpy as np
import tensorflow as tf
import tf_keras as old

SAMPLES = goldens.SAMPLES
HEADER_LIMIT = 64512    # of HDF5's object headers, as Keras has it


# ---- the two writers that can be run -----------------------------------------------------------------------------------

class Keras3:
    lib, slashes, name = keras, False, "3"

    @staticmethod
    def randomise(family, model):
        return goldens.randomise(family, model)

    @staticmethod
    def evaluate(model, inputs):
        return goldens.evaluate(model, inputs)


class Keras2:
    lib, slashes, name = old, True, "2"

    @staticmethod
    def randomise(family, model):
        return dialects.randomise(family, model)

    @staticmethod
    def evaluate(model, inputs):
        exact = old.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))
        exact.set_weights([w.astype(np.float64) for w in model.get_weights()])
        x = [tf.constant(i, tf.float64) for i in inputs]
        y = exact(x if len(x) > 1 else x[0], training=False)
        y = y if isinstance(y, (list, tuple)) else [y]
        assert all(i.dtype == tf.float64 for i in y)
        return [np.asarray(i).astype(np.float32) for i in y]


def file_of(save, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model" + suffix)
        save(path)
        return pathlib.Path(path).read_bytes()


def whole_h5(model):
    return file_of(lambda p: model.save(p), ".h5")


def weights_h5(model):
    return file_of(lambda p: model.save_weights(p), ".weights.h5")


def legacy_h5(model):
    """tf_keras has a method for it; Keras 3 writes the same tree within whole models only."""
    if isinstance(model, old.Model):
        return file_of(lambda p: model.save_weights(p, save_format="h5"), ".h5")
    return rewrite(whole_h5(model), root="model_weights")


def archive(model):
    return goldens.archive(model) if isinstance(model, keras.Model) else file_of(lambda p: model.save(p, save_format="keras"), ".keras")


def load_back(writer, data, suffix, inputs, outputs):
    """Does the real Keras read it so?"""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model" + suffix)
        pathlib.Path(path).write_bytes(data)
        model = writer.lib.models.load_model(path, compile=False)
        y = model([np.asarray(x, np.float32) for x in inputs] if len(inputs) > 1 else np.asarray(inputs[0], np.float32), training=False)
        for got, wanted in zip(y if isinstance(y, (list, tuple)) else [y], outputs):
            np.testing.assert_allclose(np.asarray(got), wanted, 1e-4, 1e-4)


class Case:
    """One model with weights, inputs and outputs, to be written in several files."""

    def __init__(self, family, writer, model, randomise=True):
        self.family, self.writer, self.model = family, writer, model
        if randomise:
            writer.randomise(family, model)
        shapes = [t.shape for t in model.inputs]
        self.inputs = [family.values([SAMPLES] + [n or 12 for n in s[1:]], -2, 2) for s in shapes]
        self.outputs = writer.evaluate(model, self.inputs)

    def add(self, data, suffix, weights=None, weights_suffix=None, options="", check=True):
        if check and weights is None and suffix in ("h5", "keras"):
            load_back(self.writer, data, "." + suffix, self.inputs, self.outputs)
        f = self.family
        name = f"{f.name.replace('_', '')}{len(f.table):03d}"
        second = f"{name}.w.{weights_suffix}" if weights is not None else "-"
        f.files[f"{name}.{suffix}"] = data
        if weights is not None:
            f.files[second] = weights
        for i, x in enumerate(self.inputs):
            f.files[f"{name}.in{i}.npy"] = goldens.npy(x)
        for i, y in enumerate(self.outputs):
            f.files[f"{name}.out{i}.npy"] = goldens.npy(y)
        f.table.append(f"{name} {name}.{suffix} {second} {len(self.inputs)} {len(self.outputs)} {options}".rstrip())


# ---- models -------------------------------------------------------------------------------------------------------------

def plain(lib):
    L = lib.layers
    return lib.Sequential([lib.Input((14, 3)), L.Conv1D(4, 3, activation="relu"), L.BatchNormalization(), L.MaxPooling1D(2), L.Dropout(0.3),
                           L.Conv1D(3, 2, use_bias=False), L.Flatten(), L.Dense(3, activation="softmax")])


def branches(lib):
    """Names whose alphabet is not their order; two inputs, two outputs, a shared layer."""
    L = lib.layers
    a, b = lib.Input((10, 2), name="b_in"), lib.Input((10, 2), name="a_in")
    shared = L.Conv1D(3, 3, padding="same", name="zz_shared")
    x, y = shared(a), shared(b)
    x = L.Conv1D(3, 1, name="mid")(x)
    y = L.Conv1D(3, 1, name="also")(y)
    return lib.Model([a, b], [L.Add(name="sum")([x, y]), L.Dense(2, name="aa_out")(L.Flatten()(x))], name="two")


def block(lib, name, frozen=(), norm=True):
    L = lib.layers
    layers = [lib.Input((10, 3)), L.Conv1D(3, 3, padding="same", name=f"{name}_first", trainable="first" not in frozen)]
    if norm:
        layers.append(L.BatchNormalization(name=f"{name}_norm", trainable="norm" not in frozen))
    layers.append(L.Conv1D(3, 3, padding="same", name=f"{name}_last", trainable="last" not in frozen))
    return lib.Sequential(layers, name=name)


def nested(lib):
    x = lib.Input((10, 3), name="x")
    sub = block(lib, "sub", frozen=("first",))
    return lib.Model(x, [sub(sub(x)), block(lib, "other", frozen=("norm",))(x)])


def frozen(lib):
    """Frozen as a whole, and deeper; a batch norm in front."""
    L = lib.layers
    x = lib.Input((10, 3), name="x")
    inner = block(lib, "inner", frozen=("last",))
    p = lib.Input((10, 3))
    deep = lib.Model(p, L.Conv1D(3, 1, name="tail")(inner(L.BatchNormalization(name="front")(p))), name="deep")
    still = block(lib, "still")
    still.trainable = False
    return lib.Model(x, L.Add()([deep(x), still(x)]))


def same_shapes(lib):
    """Everything nested has one shape: only names or the right order tell."""
    L = lib.layers
    first = [L.Conv1D(2, 1, name=n, use_bias=False, trainable=n not in ("c2", "c4")) for n in ("c1", "c2", "c3", "c4", "c5")]
    return lib.Sequential([lib.Input((6, 2)), lib.Sequential([lib.Input((6, 2)), *first], name="chain"), L.PReLU(name="p")])


def twins(lib):
    """Nested models whose layers have the same names: by Keras 3 only."""
    L = lib.layers
    twin = lambda n: lib.Sequential([lib.Input((6, 2)), L.Conv1D(2, 1, name="conv"), L.BatchNormalization(name="norm", trainable=n == "one")], name=n)
    both = lib.Sequential([lib.Input((6, 2)), twin("one"), L.ReLU(), twin("two"), L.Conv1D(2, 1, name="conv")], name="both")
    return lib.Sequential([lib.Input((6, 2)), both, L.Conv1D(2, 2, name="conv")])


def kinds(lib):
    """Layers with other weights than kernel and bias."""
    L = lib.layers
    x = lib.Input((12, 4), name="x")
    y = L.SeparableConv1D(5, 3, depth_multiplier=2)(x)
    y = L.PReLU(shared_axes=[1])(y)
    y = L.LayerNormalization(epsilon=2**-10)(y)     # a number of float32, to which Keras rounds it
    z = L.DepthwiseConv1D(3, padding="same", use_bias=False)(x)
    z = L.Conv1DTranspose(2, 3, strides=2)(z)
    z = L.BatchNormalization(scale=False)(z)
    return lib.Model(x, [y, L.BatchNormalization(center=False)(z), L.Normalization(name="scaled")(x)])


def names(lib):
    """C keywords, clashes after cleaning, and what only one of the writers allows."""
    L = lib.layers
    chosen = ["while", "int", "a.b", "a_b", "a-b", "9lives", "A_B"]
    chosen += ["two words", 'say "hi"', "new\nline", "größe", "名前", "back\\slash"] if lib is keras else ["oth/er", "oth", "oth/er/deep", "x>y"]
    x = y = lib.Input((8, 2), name="main")
    for name in chosen:
        y = L.Conv1D(2, 2, padding="same", name=name, activation="tanh")(y)
    return lib.Model(x, y, name="model")


def many(lib):
    """So many layers that an attribute would not fit the header of its object: names are split."""
    L = lib.layers
    name = lambda i: f"layer_{i:02d}_" + "long_name_" * 150
    return lib.Sequential([lib.Input((4, 1))] + [L.Conv1D(1, 1, name=name(i), use_bias=i % 2 == 0) for i in range(45)])


def timed(lib):
    """Weights within TimeDistributed, also around a model and within one."""
    L = lib.layers
    x = lib.Input((4, 10, 3), name="x")
    inner = block(lib, "td_inner", frozen=("first",))
    y = L.TimeDistributed(inner, name="outer_td")(x)
    y = L.TimeDistributed(L.Conv1D(2, 3, activation="relu", name="td_conv"), name="td")(y)
    p = lib.Input((4, 8, 2))
    sub = lib.Model(p, L.TimeDistributed(L.BatchNormalization(name="td_norm"), name="td2")(L.Dense(2, name="front")(p)), name="sub")
    return lib.Model(x, L.TimeDistributed(L.Flatten())(sub(y)))


def gates(lib):
    """Activations that are layers with weights."""
    L = lib.layers
    x = lib.Input((8, 2), name="x")
    y = L.Conv1D(3, 3, activation=L.PReLU(shared_axes=[1]), name="first")(x)
    return lib.Model(x, L.Dense(2, activation=L.PReLU(), name="second")(y))


def called(model):
    """Keras 3 makes the weights of such an activation when it is called."""
    model([np.zeros((1,) + tuple(t.shape[1:]), np.float32) for t in model.inputs])
    return model


MODELS = (plain, branches, nested, frozen, same_shapes, kinds, names)


def ready(family, writer, make, fresh=False):
    keras.backend.clear_session()
    old.backend.clear_session()
    model = make(writer.lib)
    if make is gates and writer is Keras3 and not fresh:
        called(model)
    for layer in model._flatten_layers():
        if type(layer).__name__ == "Normalization":
            layer.adapt(family.values((30,) + tuple(layer.input_shape[1:] if writer is Keras2 else layer.input.shape[1:]), -1, 3).astype(np.float32))
    kept = {id(w): np.asarray(w) for layer in model._flatten_layers() if type(layer).__name__ == "Normalization" for w in layer.weights}
    writer.randomise(family, model)
    for w in model.weights:
        if id(w) in kept:
            w.assign(kept[id(w)])
    return more.finish(model)


def case_of(family, writer, make):
    return Case(family, writer, ready(family, writer, make), randomise=False)


# ---- files in other forms ---------------------------------------------------------------------------------------------

def strings(values, form):
    return np.array([v.encode() for v in values]) if form == "fixed" else values


def rewrite(data, root="/", names="variable", parts=1, dtype=None, libver=None, userblock=0, links=None, version=None, **storage):
    """The same tree: its names in another form or in parts, its datasets of another type or storage, other links."""
    out = io.BytesIO()
    with h5py.File(io.BytesIO(data)) as f, h5py.File(out, "w", libver=libver, userblock_size=userblock) as g:
        def attributes(a, b):
            for key, value in a.attrs.items():
                if isinstance(value, np.ndarray) and key.endswith("_names"):
                    texts = [v.decode() if isinstance(v, bytes) else str(v) for v in value]
                    if parts == 1 or len(texts) < 2:
                        b.attrs[key] = strings(texts, names) if texts else np.zeros(0)
                    else:
                        for i, part in enumerate(np.array_split(np.array(texts, object), parts)):
                            b.attrs[f"{key}{i}"] = strings(list(part), names) if len(part) else np.zeros(0)
                elif key == "keras_version" and version:
                    b.attrs[key] = np.bytes_(version)
                elif isinstance(value, str):
                    b.attrs[key] = np.bytes_(value.encode()) if names == "fixed" and len(value) < HEADER_LIMIT else value
                else:
                    b.attrs[key] = value

        def copy(a, b):
            attributes(a, b)
            for key in a:
                if isinstance(a[key], h5py.Group):
                    copy(a[key], b.create_group(key))
                    continue
                value = a[key][()]
                if dtype and value.dtype == np.float32:
                    value = value.astype(dtype)
                if links == "soft":
                    store = g.require_group("store")
                    store[f"w{len(store)}"] = value
                    b[key] = h5py.SoftLink(f"/store/w{len(store) - 1}")
                else:
                    b.create_dataset(key, data=value, **(storage if value.ndim else {}))
        copy(f[root], g)
        if userblock:
            g.flush()
    data = bytearray(out.getvalue())
    data[:userblock] = (b"a block of the user's own; " * userblock)[:userblock]
    return bytes(data)


FORMS = {
    "fixed": dict(names="fixed"), "split": dict(parts=2), "fixed_split": dict(names="fixed", parts=3),
    "gzip": dict(compression="gzip", shuffle=True), "chunked": dict(chunks=True), "checked": dict(fletcher32=True, compression="gzip"),
    "latest": dict(libver="latest"), "latest_gzip": dict(libver="latest", names="fixed", compression="gzip", shuffle=True),
    "block": dict(userblock=512), "big_block": dict(userblock=2048, names="fixed"), "half": dict(dtype="<f2"), "double": dict(dtype="<f8"),
    "big": dict(dtype=">f4"), "big_double": dict(dtype=">f8", compression="gzip"), "soft": dict(links="soft"),
}


# ---- old trees ---------------------------------------------------------------------------------------------------------

def old_name(layer, weight, version, index):
    """What the version called the weight of a layer."""
    plain_name = weight.name.split("/")[-1].split(":")[0]
    if version == "1.0.8":
        return f"param_{index}"
    if version.startswith("1."):
        short = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std", "alpha": "alphas"}
        return f"{layer.name}_{short.get(plain_name, plain_name)}"
    return weight.name


def old_tree(model, version, whole=True):
    """As save_model() or save_weights() of that version wrote it: h5py of the time made strings of fixed length."""
    values = dict(zip((id(w) for w in model.weights), dialects.weights_of(model, version)))
    out = io.BytesIO()
    with h5py.File(out, "w") as f:
        if whole:
            config = json.loads(dialects.text_of(model, version))
            f.attrs["model_config"] = np.bytes_(json.dumps({k: config[k] for k in ("class_name", "config")}).encode())
            f.attrs["training_config"] = np.bytes_(b'{"loss": "mse"}')
        group = f.create_group("model_weights") if whole else f
        for g in {f, group}:
            if version != "1.0.8":
                g.attrs["keras_version"] = np.bytes_(version)
                g.attrs["backend"] = np.bytes_(b"tensorflow")
        layers = [layer for layer in model.layers if type(layer).__name__ != "InputLayer" or isinstance(model, old.models.Model)]
        group.attrs["layer_names"] = strings([layer.name for layer in layers], "fixed")
        for layer in layers:
            g = group.create_group(layer.name)
            weights = layer.trainable_weights + layer.non_trainable_weights
            listed = [old_name(layer, w, version, i) for i, w in enumerate(weights)]
            g.attrs["weight_names"] = strings(listed, "fixed") if listed else np.zeros(0)
            for name, w in zip(listed, weights):
                g.create_dataset(name, data=values[id(w)].astype(np.float32))
    return out.getvalue()


# ---- families ------------------------------------------------------------------------------------------------------------

def h5_keras3(family):
    for make in MODELS + (twins, many):
        case = case_of(family, Keras3, make)
        case.add(whole_h5(case.model), "h5")
    case = case_of(family, Keras3, timed)
    for save, suffix in ((whole_h5, "h5"), (archive, "keras")):
        case.add(save(case.model), suffix)
    case.add(case.model.to_json().encode(), "json", weights_h5(case.model), "weights.h5")
    case.add(case.model.to_json().encode(), "json", legacy_h5(case.model), "h5")
    case.add(case.model.to_json().encode(), "json", json_names(case.model).encode(), "json")
    for fresh in (False, True):
        model = ready(family, Keras3, gates, fresh)
        files = whole_h5(model), archive(model), weights_h5(model), legacy_h5(model), goldens.npz([np.asarray(w) for w in model.get_weights()])
        text = model.to_json().encode()
        case = Case(family, Keras3, called(model), randomise=False)
        case.add(files[0], "h5", check=not fresh)
        case.add(files[1], "keras")
        for data, suffix in zip(files[2:], ("weights.h5", "h5", "npz")):
            case.add(text, "json", data, suffix)


def h5_tf_keras(family):
    for make in MODELS + (many,):
        case = case_of(family, Keras2, make)
        case.add(whole_h5(case.model), "h5")
        if make in (nested, frozen, kinds, names):
            case.add(archive(case.model), "keras")
    for make in (timed, gates):
        case = case_of(family, Keras2, make)
        for save, suffix in ((whole_h5, "h5"), (archive, "keras")):
            case.add(save(case.model), suffix)
        case.add(case.model.to_json().encode(), "json", weights_h5(case.model), "weights.h5")
        case.add(case.model.to_json().encode(), "json", legacy_h5(case.model), "h5")
        case.add(case.model.to_json().encode(), "json", json_names(case.model).encode(), "json")


def h5_forms(family):
    for i, (form, how) in enumerate(FORMS.items()):
        writer = (Keras2, Keras3)[i % 2] if form != "soft" else Keras2       # Keras 3 refuses soft links
        case = case_of(family, writer, (plain, branches, nested, kinds)[i % 4])
        case.add(rewrite(whole_h5(case.model), **how), "h5")


def h5_old(family):
    for version in ("1.0.8", "1.2.2", "2.0.8", "2.2.4", "2.2.4-tf"):
        for which, model in enumerate(list(dialects.sequences())[:3] + list(dialects.graphs())):
            if which == 4 and version.startswith("1."):
                continue    # a layer of two calls by Merge is tried elsewhere
            case = Case(family, Keras2, model)
            case.add(old_tree(model, version), "h5", check=False)
            if which == 1:
                text = dialects.text_of(model, version).encode()
                case.add(text, "json", old_tree(model, version, whole=False), "h5")


def json_names(model):
    name = lambda w: w.path if isinstance(model, keras.Model) else w.name
    return json.dumps({name(w): np.asarray(w).tolist() for w in model.weights})


def json_scopes(model):
    """Objects in objects, without TensorFlow's ":0"."""
    root = {}
    for w in model.weights:
        *scopes, name = (w.path if isinstance(model, keras.Model) else w.name.split(":")[0]).split("/")
        at = root
        for scope in scopes:
            at = at.setdefault(scope, {})
        at[name] = np.asarray(w).tolist()
    return json.dumps(root)


SECOND = {      # of WEIGHTS: suffix and how it is made
    "npz": ("npz", lambda m: goldens.npz([np.asarray(w).astype(np.float16) for w in m.get_weights()])),
    "weights_h5": ("weights.h5", weights_h5),
    "legacy": ("h5", legacy_h5),
    "whole": ("h5", whole_h5),
    "list": ("json", lambda m: json.dumps([w.tolist() for w in m.get_weights()]).encode()),
    "layers": ("json", lambda m: json.dumps({l.name: [w.tolist() for w in l.get_weights()] for l in m.layers}).encode()),
    "names": ("json", lambda m: json_names(m).encode()),
    "scopes": ("json", lambda m: json_scopes(m).encode()),
}
FIRST = {"keras": archive, "h5": whole_h5, "json": lambda m: m.to_json().encode()}


def weights(family):
    turn = 0
    for suffix, first in FIRST.items():
        for second_suffix, second in SECOND.values():
            writer, make = (Keras3, Keras2)[turn % 2], (nested, frozen, branches, kinds, plain)[turn % 5]
            turn += 1
            model = ready(family, writer, make)
            data = first(model)             # with other weights inside
            case = Case(family, writer, model)
            case.add(data, suffix, second(more.finish(model)), second_suffix)
    for writer in (Keras3, Keras2):         # of a model whose layers were named anew: by their order
        for second_suffix, second in SECOND.values():
            if second in (SECOND["layers"][1], SECOND["names"][1], SECOND["scopes"][1]):
                continue
            data = ready(family, writer, plain).to_json().encode()
            case = Case(family, writer, plain(writer.lib))
            case.add(data, "json", second(case.model), second_suffix)
    case = case_of(family, Keras3, branches)
    case.add(reordered(archive(case.model)), "keras", check=False)


def reordered(data):
    """Layers in another order than their weights: only the names beside the weights tell."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old_zip, zipfile.ZipFile(out, "w") as new:
        for entry in old_zip.namelist():
            content = old_zip.read(entry)
            if entry == "config.json":
                config = json.loads(content)
                config["config"]["layers"].reverse()
                content = json.dumps(config).encode()
            new.writestr(zipfile.ZipInfo(entry, goldens.EPOCH), content)
    return out.getvalue()


FAMILIES = {"weights": weights, "h5_keras3": h5_keras3, "h5_tf_keras": h5_tf_keras, "h5_forms": h5_forms, "h5_old": h5_old}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("family", nargs="*", help="of: " + " ".join(FAMILIES))
    given = arguments.parse_args()
    for seed, (name, fill) in enumerate(FAMILIES.items()):
        if not given.family or name in given.family:
            family = goldens.Family(name, 400 + seed)
            fill(family)
            family.write(given.o)


if __name__ == "__main__":
    main()
