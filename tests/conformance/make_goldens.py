#!/usr/bin/env python3
"""Computes the goldens of tests/conformance with real Keras; run.sh needs only what this wrote.

Needs: keras 3 (written with 3.15.1) with jax, numpy.  Usage: KERAS_BACKEND=jax make_goldens.py [-o FOLDER]
Writes one FAMILY.tar.gz each: cases.txt (a line a case: name, model file, weights file or -, inputs, outputs, options)
and, for case NAME, NAME.json or NAME.keras, NAME.npz or NAME.npy, NAME.in0.npy ..., NAME.out0.npy ....

Every case is built by Keras in float32, written as Keras writes it, and evaluated by Keras in float64 (jax with
enable_x64: the one backend that runs channels_first and groups on a CPU).  Weights and inputs are float16 numbers,
which keeps the files small; a few families use every other type of number that a file may hold.
"""
import argparse
import gzip
import io
import json
import os
import pathlib
import re
import tarfile
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import jax
import numpy as np

jax.config.update("jax_enable_x64", True)
import keras
from keras import layers
from keras.src.backend.common import dtypes

dtypes.BIT64_TO_BIT32_DTYPE["float64"] = "float64"      # else some operations come back to float32 on jax

SAMPLES = 2         # per case: the first axis of every input
EPOCH = (2024, 1, 1, 0, 0, 0)


def npy(array, fortran=False):
    out = io.BytesIO()
    np.save(out, np.asfortranarray(array) if fortran else array)
    return out.getvalue()


def npz(arrays, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as z:
        for i, a in enumerate(arrays):
            z.writestr(zipfile.ZipInfo(f"arr_{i}.npy", EPOCH), a if isinstance(a, bytes) else npy(a), compression)
    return out.getvalue()


class Family:
    """One archive: files and the table of cases."""

    def __init__(self, name, seed):
        self.name, self.files, self.table = name, {}, []
        self.random = np.random.default_rng(seed)

    def values(self, shape, low=-1.0, high=1.0):
        return self.random.uniform(low, high, shape).astype(np.float16)

    def case(self, model, form="model", options="", files=None, inputs=None, spread=2.0):
        """Adds model (weights set) in a form; files: (model bytes, suffix, weights bytes or None, suffix)."""
        name = f"{self.name[:2]}{len(self.table):03d}"
        if inputs is None:
            inputs = [self.values([SAMPLES] + [n or 12 for n in t.shape[1:]], -spread, spread) for t in model.inputs]
        outputs = evaluate(model, inputs)
        text, suffix, weights, weights_suffix = files or write(model, form)
        self.files[f"{name}.{suffix}"] = text
        if weights is not None:
            self.files[f"{name}.{weights_suffix}"] = weights
        for i, x in enumerate(inputs):
            self.files[f"{name}.in{i}.npy"] = npy(x)
        for i, y in enumerate(outputs):
            self.files[f"{name}.out{i}.npy"] = npy(y)
        weights_file = f"{name}.{weights_suffix}" if weights is not None else "-"
        self.table.append(f"{name} {name}.{suffix} {weights_file} {len(inputs)} {len(outputs)} {options}".rstrip())

    def write(self, folder):
        self.files["cases.txt"] = ("\n".join(self.table) + "\n").encode()
        path = folder / f"{self.name}.tar.gz"
        with (open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed,
              tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar):
            for name in sorted(self.files, key=lambda n: (n.split(".", 1)[1], n)):
                info = tarfile.TarInfo(name)
                info.size, info.mode = len(self.files[name]), 0o644
                tar.addfile(info, io.BytesIO(self.files[name]))
        print(f"{path.name}: {len(self.table)} cases, {path.stat().st_size} bytes")


def doubled(model):
    """The same model in float64, by its own config; for layers as deep as they go."""
    copy = keras.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))
    copy.set_weights([np.asarray(w, np.float64) for w in model.get_weights()])
    return copy


def evaluate(model, inputs):
    y = doubled(model)([np.asarray(x, np.float64) for x in inputs] if len(inputs) > 1 else np.asarray(inputs[0], np.float64),
                       training=False)
    outputs = y if isinstance(y, (list, tuple)) else [y]
    assert all(np.asarray(o).dtype == np.float64 for o in outputs)
    return [np.asarray(o).astype(np.float32) for o in outputs]


def randomise(family, model):
    """Weights of useful size: sums of about 1; variances positive; biases and means not zero."""
    for w in model.weights:
        if "int" in w.dtype:        # counters
            continue
        if "variance" in w.path:
            v = family.values(w.shape, 0.3, 2.0)
        elif "gamma" in w.path:
            v = family.values(w.shape, 0.5, 1.5)
        elif len(w.shape) > 1:
            reach = min(1.0, 1.7 / np.sqrt(max(1, int(np.prod(w.shape[:-1])))))
            v = family.values(w.shape, -reach, reach)
        else:
            v = family.values(w.shape, -0.5, 0.5)
        w.assign(v)
    return model


def write(model, form):
    """(model bytes, suffix, weights bytes, suffix) in one of the forms that conv1dc reads."""
    weights = npz([np.asarray(w).astype(np.float16) for w in model.get_weights()]) if model.get_weights() else None
    if form == "keras":
        return archive(model), "keras", None, None
    layer = model.layers[-1]
    config = {"model": lambda: model.to_json(),
              "get_config": lambda: json.dumps(model.get_config()),
              "class": lambda: json.dumps({"class_name": type(layer).__name__, "config": layer.get_config()}),
              "bare": lambda: json.dumps(layer.get_config())}[form]()
    return config.encode(), "json", weights, "npz"


def archive(model, compression=zipfile.ZIP_STORED):
    """model.save(), with the two things that differ from run to run made the same: the date and object addresses."""
    path = pathlib.Path("golden.keras")
    model.save(path)
    seen = {}
    number = lambda m: m.group(1) + str(140541929577872 + 16 * seen.setdefault(m.group(2), len(seen)))
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", compression) as new:
        for entry in old.namelist():
            data = old.read(entry)
            if entry.endswith(".json"):
                text = re.sub(r'("date_saved": ")[^"]*', r"\g<1>2024-01-01@00:00:00", data.decode())
                data = re.sub(r'("shared_object_id": )(\d+)', number, text).encode()
            new.writestr(zipfile.ZipInfo(entry, EPOCH), data, compression)
    path.unlink()
    return out.getvalue()


def shape_option(shape):
    return "--input-shape " + "x".join(str(n) for n in shape)


def single(family, layer, shape, form=None, **more):
    """One layer; a form without input shape gets --input-shape."""
    form = form or ("model", "class", "get_config")[len(family.table) % 3]
    if form == "bare" and type(layer).__name__ != "Conv1D":
        form = "class"
    model = randomise(family, keras.Sequential([keras.Input(shape), layer]))
    options = more.pop("options", "")
    if form in ("bare", "class"):
        options = f"{options} {shape_option(shape)}".strip()
    family.case(model, form, options, **more)


# ---- families ---------------------------------------------------------------------------------------------

EDGES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65)
PADDINGS = ("valid", "same", "causal")


def convolutions(family):
    random = family.random
    conv = layers.Conv1D
    forms = ("bare", "model", "class")

    def add(length, channels, first=False, form=None, spread=2.0, **arguments):
        arguments["data_format"] = "channels_first" if first else "channels_last"
        shape = (channels, length) if first else (length, channels)
        single(family, conv(name=f"conv{len(family.table)}", **arguments), shape,
               form or forms[len(family.table) % 3], spread=spread)

    for k in range(1, 32):                                  # every kernel size; an even and an odd length around it
        add(k + int(random.integers(0, 9)), 1 + k % 3, filters=1 + k % 4, kernel_size=k, padding=PADDINGS[k % 3],
            activation=("linear", "relu", "tanh")[k // 3 % 3])
        add(max(1, k - int(random.integers(0, k))), 1 + k % 2, filters=1 + k % 3, kernel_size=k,
            padding=PADDINGS[1 + k % 2], dilation_rate=1 + k % 3, first=k % 4 == 0)
    for stride in (1, 2, 3, 4, 5, 7):                       # 'same' depends on stride, length and kernel together
        for padding in PADDINGS:
            for k, length in ((1, 9), (2, 8), (3, 10), (4, 11), (5, 25)):
                if stride > 1 or k == 4:
                    add(length, 2, filters=2, kernel_size=k, strides=stride, padding=padding, first=(stride + k) % 5 == 0)
    for dilation in (2, 3, 4, 8):
        for padding in PADDINGS:
            for k in (2, 3):
                add(9 + dilation * (k - 1), 3, filters=5, kernel_size=k, dilation_rate=dilation, padding=padding)
    for length in (1, 2, 3):                                # shorter than the kernel; most taps in the padding
        for padding in ("same", "causal"):
            add(length, 2, filters=3, kernel_size=7, padding=padding)
            add(length, 2, filters=3, kernel_size=2, dilation_rate=9, padding=padding, first=length == 2)
            add(length, 1, filters=8, kernel_size=4, strides=3, padding=padding)
    add(1, 3, filters=2, kernel_size=2, dilation_rate=4, padding="same", use_bias=True)     # every tap lies in the padding
    add(2, 3, filters=2, kernel_size=2, dilation_rate=8, padding="same", use_bias=False)
    add(1, 1, filters=1, kernel_size=1)
    for n in EDGES:                                         # filters, then channels, around every tile edge
        add(4 + n % 3, 2, filters=n, kernel_size=3, padding=PADDINGS[n % 3], activation=("relu", None)[n % 2])
        add(4 + n % 2, n, filters=3, kernel_size=3, padding=PADDINGS[(n + 1) % 3], first=n % 3 == 0)
    for length in EDGES[6:]:                                # steps around every tile edge
        add(length, 2, filters=3, kernel_size=4, padding=PADDINGS[length % 3], strides=1 + length % 2)
    for n in (5, 8, 9, 17):
        add(7, n, filters=n, kernel_size=3, padding="same", first=n == 9)
    for terms, filters in ((63, 1), (64, 1), (65, 1), (64, 7), (64, 8), (66, 4), (128, 6), (80, 7)):
        for k in (1, 2):                                    # both sides of the rule for partial sums
            add(5, max(2, terms // k), filters=filters, kernel_size=k, padding=PADDINGS[(terms + k) % 3])
    add(80, 1, filters=2, kernel_size=70, padding="same")   # long, but one channel: single sums
    add(64, 3, filters=4, kernel_size=24, padding="same", dilation_rate=2)
    for groups, channels, filters in ((2, 2, 2), (2, 4, 6), (3, 3, 3), (3, 6, 9), (4, 4, 16), (5, 10, 5), (8, 8, 8), (16, 16, 32),
                                      (2, 64, 14), (2, 66, 2), (4, 8, 36)):
        add(6, channels, filters=filters, groups=groups, kernel_size=3, padding=PADDINGS[groups % 3], first=channels % 4 == 2)
        add(9, channels, filters=filters, groups=groups, kernel_size=2, strides=2, padding="same", use_bias=False)
    for _ in range(40):                                     # anything with anything
        groups = int(random.choice((1, 1, 1, 2, 3)))
        k, stride = int(random.integers(1, 8)), int(random.choice((1, 1, 2, 3)))
        dilation = int(random.choice((1, 2, 3, 5))) if stride == 1 else 1
        reach = (k - 1) * dilation + 1
        padding = PADDINGS[int(random.integers(0, 3))]
        add(int(random.integers(reach if padding == "valid" else 1, reach + 12)), groups * int(random.integers(1, 6)),
            filters=groups * int(random.integers(1, 8)), kernel_size=k, strides=stride, dilation_rate=dilation,
            padding=padding, groups=groups, use_bias=bool(random.integers(0, 4)), first=bool(random.integers(0, 3) == 0),
            activation=str(random.choice(("linear", "relu", "sigmoid", "tanh"))))


def hand_written(family):
    """Configs as people type them: few keys, integers or lists of one, any case; also the first spelling of the class."""
    def add(config, shape, class_name="Conv1D", wrap=True):
        made = layers.Conv1D(**{k: v for k, v in config.items() if k != "name"})      # Keras 3 takes no / in a name
        model = randomise(family, keras.Sequential([keras.Input(shape), made]))
        text = json.dumps({"class_name": class_name, "config": config} if wrap else config, indent=2)
        weights = [np.asarray(w).astype(np.float16) for w in model.get_weights()]
        family.case(model, files=(text.encode(), "json", npz(weights), "npz"), options=shape_option(shape))

    add({"filters": 3, "kernel_size": 2}, (7, 2), wrap=False)
    add({"filters": 3, "kernel_size": [2]}, (7, 2))
    add({"filters": 3, "kernel_size": 2, "strides": 2, "padding": "SAME"}, (7, 2), "Convolution1D")
    add({"filters": 2, "kernel_size": [3], "padding": "Causal", "dilation_rate": 2}, (9, 1))
    add({"filters": 2, "kernel_size": 3, "padding": "Valid", "activation": None, "use_bias": False}, (9, 1), wrap=False)
    add({"filters": 2, "kernel_size": 3, "activation": "relu", "name": "a b/c\u00e9\n*/ \"q\" main ??/"}, (9, 1))
    add({"filters": 2, "kernel_size": 3, "name": "tanh", "activation": "tanh"}, (9, 1))
    add({"filters": 2, "kernel_size": 3, "name": "int", "activation": "softplus"}, (9, 1))


def number_files(family):
    """Weights in every type, byte order and layout that a file may hold."""
    def add(encode, shape=(9, 3), weights_suffix="npz", **arguments):
        model = randomise(family, keras.Sequential([keras.Input(shape), layers.Conv1D(4, 3, **arguments)]))
        weights = encode([np.asarray(w) for w in model.get_weights()])
        config = json.dumps(model.layers[0].get_config()).encode()
        family.case(model, files=(config, "json", weights, weights_suffix), options=shape_option(shape))

    for kind in ("<f2", "<f4", "<f8", ">f2", ">f4", ">f8"):
        add(lambda w, kind=kind: npz([a.astype(kind) for a in w]))
        add(lambda w, kind=kind: npz([npy(a.astype(kind), fortran=True) for a in w]))
    add(lambda w: npz([a.astype("<f4") for a in w], zipfile.ZIP_DEFLATED))
    add(lambda w: npy(w[0].astype("<f4")), weights_suffix="npy", use_bias=False)
    add(lambda w: npy(w[0].astype(">f8"), fortran=True), weights_suffix="npy", use_bias=False)
    for version in ((1, 0), (2, 0), (3, 0)):
        def versions(w, version=version):
            out = []
            for a in w:
                f = io.BytesIO()
                np.lib.format.write_array(f, a, version)
                out.append(f.getvalue())
            return npz(out)
        add(versions)
    for kind in ("<i1", "<i2", ">i4", "<i8"):               # whole numbers
        shape = (6, 2)
        model = keras.Sequential([keras.Input(shape), layers.Conv1D(3, 2)])
        w = [family.random.integers(-9, 9, a.shape).astype(kind) for a in model.get_weights()]
        model.set_weights(w)
        family.case(model, files=(json.dumps(model.layers[0].get_config()).encode(), "json", npz(w), "npz"),
                    options=shape_option(shape))


ACTIVATIONS = ("linear", "relu", "tanh", "sigmoid", "softmax", "elu", "exponential", "softplus")
RARER_ACTIVATIONS = ("relu6", "leaky_relu", "selu", "celu", "softsign", "squareplus", "soft_shrink", "hard_shrink", "sparse_plus",
                     "silu", "gelu", "tanh_shrink", "sparse_sigmoid", "hard_sigmoid", "hard_silu", "hard_tanh", "mish",
                     "log_sigmoid", "swish", "hard_swish")


def activations(family):
    for name in ACTIVATIONS:
        single(family, layers.Conv1D(4, 3, activation=name), (20, 2), "model", spread=6.0)
        single(family, layers.Dense(5, activation=name), (4, 7), "class", spread=4.0)
        single(family, layers.Activation(name), (40, 3), "model", spread=20.0)
        single(family, layers.Activation(name), (33,), "class", spread=80.0 if name != "exponential" else 30.0)
    for name in RARER_ACTIVATIONS:
        single(family, layers.Conv1D(4, 3, activation=name), (20, 2), "model", spread=6.0)
        single(family, layers.Activation(name), (33,), "class", spread=80.0)
    for layer in (layers.ReLU(), layers.ReLU(max_value=6.0), layers.ReLU(negative_slope=0.25), layers.ReLU(threshold=0.5),
                  layers.ReLU(max_value=1.5, negative_slope=0.1, threshold=0.75)):
        single(family, layer, (16, 3))
        single(family, layers.Conv1D(4, 2, activation=layer), (8, 2), "model")
    for axis in (-1, 1, 2):
        single(family, layers.Softmax(axis=axis), (6, 5), spread=8.0)
    single(family, layers.Softmax(), (70,), spread=8.0)
    single(family, layers.Conv1D(3, 2, activation="softmax", data_format="channels_first"), (2, 9), spread=4.0)
    single(family, layers.Conv1D(1, 2, activation="softmax"), (5, 2))
    single(family, layers.Conv1D(70, 1, activation="softmax"), (3, 2), spread=6.0)


def other_layers(family):
    for units in EDGES:
        single(family, layers.Dense(units, use_bias=units % 4 != 0), (1 + units % 3, 3 + units % 5))
        single(family, layers.Dense(3, activation="relu"), (units,))
    for terms, units in ((63, 3), (64, 7), (64, 8), (130, 1), (200, 5)):
        single(family, layers.Dense(units), (terms,))
    single(family, layers.Dense(4), (2, 3, 5))
    for pool in (layers.MaxPooling1D, layers.AveragePooling1D):
        for size, strides, padding, length in ((2, None, "valid", 8), (2, None, "same", 7), (3, 1, "same", 6), (3, 2, "same", 8),
                                               (3, 2, "valid", 8), (5, 3, "same", 4), (4, 4, "valid", 4), (2, 5, "same", 11),
                                               (7, 1, "same", 3), (1, 2, "valid", 5), (1, None, "valid", 1)):
            for first in (False, True):
                shape = (3, length) if first else (length, 3)
                single(family, pool(size, strides=strides, padding=padding,
                                    data_format="channels_first" if first else "channels_last"), shape)
    for pool in (layers.GlobalMaxPooling1D, layers.GlobalAveragePooling1D):
        for first in (False, True):
            for keep in (False, True):
                for length in (1, 7, 100):
                    single(family, pool(keepdims=keep, data_format="channels_first" if first else "channels_last"),
                           (5, length) if first else (length, 5))
    for first in (False, True):
        form = "channels_first" if first else "channels_last"
        single(family, layers.Flatten(data_format=form), (4, 3))
        single(family, layers.Flatten(data_format=form), (6,))
        single(family, layers.Flatten(data_format=form), (2, 3, 4))
    for axis in (-1, 1, 2):
        for center, scale in ((True, True), (False, True), (True, False), (False, False)):
            single(family, layers.BatchNormalization(axis=axis, center=center, scale=scale, epsilon=0.01 * (2 + axis)), (6, 4))
    single(family, layers.BatchNormalization(), (9,))
    single(family, layers.Dropout(0.5), (5, 2), "class")


def stacks(family):
    """Sequential models: what folds and what must not."""
    def add(*inner, shape=(16, 3), form=None, **more):
        model = randomise(family, keras.Sequential([keras.Input(shape), *inner]))
        family.case(model, form or ("model", "get_config")[len(family.table) % 2], **more)

    conv, norm, act = layers.Conv1D, layers.BatchNormalization, layers.Activation
    for padding in PADDINGS:
        add(conv(4, 3, padding=padding), norm(), act("relu"))
        add(norm(), conv(4, 3, padding=padding), act("tanh"))       # folds into 'valid' only: padding is 0 after the norm
        add(norm(), conv(4, 3, padding=padding, strides=2), norm(), conv(2, 2, padding=padding))
        add(conv(4, 3, padding=padding, activation="relu"), norm(), layers.ReLU(max_value=1.0))
        add(conv(4, 3, padding=padding, groups=1, data_format="channels_first"), norm(axis=1), act("sigmoid"), shape=(3, 16))
        add(norm(axis=1), conv(6, 3, padding=padding, groups=3, data_format="channels_first"), shape=(3, 16))
        add(conv(4, 3, padding=padding, use_bias=False), norm(scale=False), norm(center=False))
        add(conv(4, 3, padding=padding), norm(axis=1))              # normalises steps: no fold into the filters
    add(norm(), layers.Dense(4), norm(), act("relu"))
    add(layers.Flatten(), norm(), layers.Dense(5, activation="softmax"))
    add(layers.Flatten(), layers.Dense(6), norm(), act("elu"), layers.Dense(3, activation="softmax"))
    add(conv(4, 3, activation="relu"), layers.MaxPooling1D(2), conv(8, 3, padding="same"), layers.GlobalAveragePooling1D(),
        layers.Dense(3, activation="softmax"))
    add(conv(4, 3, data_format="channels_first"), layers.Flatten(data_format="channels_first"), layers.Dense(4), shape=(3, 16))
    add(conv(4, 3, data_format="channels_first"), layers.Flatten(), layers.Dense(4), shape=(3, 16))
    add(layers.Dropout(0.3), conv(4, 2), layers.Dropout(0.3), layers.Flatten(), layers.Dropout(0.1), layers.Dense(2))
    add(act("linear"), layers.Flatten(), act("linear"))
    add(layers.MaxPooling1D(2), layers.Flatten())
    add(conv(4, 3), layers.MaxPooling1D(3, padding="same"), act("relu"), layers.AveragePooling1D(2, padding="same"), norm())
    add(conv(2, 3), act("softmax"), conv(3, 2, activation="softmax"), layers.Softmax(axis=1))
    add(*[conv(4, 2, dilation_rate=2**i, padding="causal", activation="relu") for i in range(5)], conv(1, 1), shape=(40, 1))
    model = randomise(family, keras.Sequential([keras.Input((None, 2)), conv(3, 3, padding="causal"), norm(),
                                                layers.GlobalMaxPooling1D(), layers.Dense(2)]))
    for steps in (1, 2, 12, 31):
        family.case(model, options=f"--steps {steps}", inputs=[family.values((SAMPLES, steps, 2))])
    model = randomise(family, keras.Sequential([keras.Input((None, 2)), conv(3, 3, padding="same", strides=2)]))
    for steps in (5, 6):
        family.case(model, options=f"--steps {steps}", inputs=[family.values((SAMPLES, steps, 2))])
        family.case(model, options=f"--input-shape {steps}x2", inputs=[family.values((SAMPLES, steps, 2))])


def hand_graphs(family):
    conv = layers.Conv1D

    def add(inputs, outputs, **more):
        family.case(randomise(family, keras.Model(inputs, outputs)), **more)

    x = keras.Input((12, 4), name="x")
    y = layers.Add()([conv(4, 3, padding="causal", activation="relu")(x), x])
    add(x, layers.Add()([conv(4, 3, padding="causal", dilation_rate=2, activation="relu")(y), y]))         # residual
    add(x, layers.Concatenate()([conv(3, 3, padding="same")(x), conv(2, 5, padding="same")(x), x]))
    add(x, layers.Concatenate(axis=1)([conv(4, 3)(x), x, conv(4, 3, strides=4)(x)]))
    add(x, layers.Concatenate(axis=-2)([x, x]))
    add(x, layers.Add()([x, x]))
    add(x, layers.Add()([x, x, layers.Activation("tanh")(x)]))
    shared = conv(4, 3, padding="same", activation="tanh")
    add(x, shared(shared(x)))                                                                             # shared
    a, b = keras.Input((9, 2), name="left"), keras.Input((9, 2), name="right")
    twin, head = conv(3, 2, padding="causal"), layers.Dense(2)
    add([a, b], layers.Concatenate()([head(layers.Flatten()(twin(a))), head(layers.Flatten()(twin(b)))]))  # siamese
    add([b, a], [layers.Add()([a, b]), conv(2, 3)(b)])                                                    # order of both sides
    add([a, b], [b, a])
    z = conv(3, 2)(x)
    add(x, [z, layers.Activation("relu")(z), layers.GlobalMaxPooling1D()(z)])                             # used and put out
    add(x, [z, conv(2, 2)(z), x])
    norm = layers.BatchNormalization()(z)
    add(x, [z, norm])                                                                                     # no fold: two uses
    add(x, layers.Add()([norm, z]))
    add(x, layers.Flatten()(layers.MaxPooling1D(2)(norm)))
    f = layers.Flatten()(x)
    add(x, [f, layers.Dense(3)(f)])
    c = layers.Input((3,), name="condition")
    add([x, c], layers.Add()([layers.Dense(4)(c), layers.GlobalAveragePooling1D()(x)]))
    skips, t = [], conv(4, 1)(x)
    for d in (1, 2, 4):                                                                                   # WaveNet-like
        gate = conv(4, 2, dilation_rate=d, padding="causal", activation="tanh", name=f"filter_{d}")(t)
        skips.append(conv(3, 1, name=f"skip_{d}")(gate))
        t = layers.Add(name=f"residual_{d}")([t, conv(4, 1, name=f"one_{d}")(gate)])
    add(x, conv(2, 1, activation="softmax")(layers.Activation("relu")(layers.Add()(skips))))
    w = keras.Input((8, 3, 2), name="deep")
    add(w, layers.Flatten()(layers.Activation("relu")(layers.Concatenate(axis=2)([w, w]))))
    v = keras.Input((4, 10), name="planes")
    cf = {"data_format": "channels_first"}
    add(v, layers.Concatenate(axis=1)([conv(3, 3, padding="same", **cf)(v), layers.BatchNormalization(axis=1)(v)]))
    add(v, layers.GlobalAveragePooling1D(**cf)(layers.MaxPooling1D(2, **cf)(conv(5, 3, activation="softmax", **cf)(v))))


def random_graph(family):
    """A random acyclic graph over the layers of the table."""
    random = family.random
    pick = lambda *choices: choices[int(random.integers(len(choices)))]
    length, first = int(random.integers(2, 24)), random.integers(0, 4) == 0
    form = "channels_first" if first else "channels_last"
    shape = lambda c: (c, length) if first else (length, c)
    inputs = [keras.Input(shape(int(random.integers(1, 6))), name=f"in_{i}") for i in range(int(random.choice((1, 1, 1, 2, 3))))]
    pool, shared = list(inputs), {}
    steps_of = lambda t: t.shape[2 if first else 1]
    channels_of = lambda t: t.shape[1 if first else 2]

    def conv(t):
        k = int(random.integers(1, 6))
        padding = pick(*PADDINGS) if steps_of(t) >= k else pick("same", "causal")
        stride = pick(1, 1, 1, 2) if steps_of(t) > 2 else 1
        dilation = pick(1, 2, 3) if stride == 1 and padding != "valid" else 1
        groups = pick(1, 1, channels_of(t))
        filters = groups * int(random.integers(1, 4 if groups > 1 else 10))
        return layers.Conv1D(filters, k, strides=stride, padding=padding, dilation_rate=dilation, groups=groups,
                             data_format=form, use_bias=pick(True, True, False),
                             activation=pick(None, "relu", "tanh", "sigmoid", "elu", "softplus"))(t)

    def same(t):
        alike = [o for o in pool if o.shape == t.shape]
        return layers.Add()([t] + [pick(*alike) for _ in range(pick(1, 1, 2))])

    def joined(t):
        alike = [o for o in pool if len(o.shape) == 3 and steps_of(o) == steps_of(t)]
        return layers.Concatenate(axis=1 if first else pick(2, -1))([t] + [pick(*alike) for _ in range(pick(1, 2))])

    def pooled(t):
        kind = pick(layers.MaxPooling1D, layers.AveragePooling1D)
        return kind(pick(2, 3), strides=pick(1, 2, None), padding="same", data_format=form)(t)

    def again(t):
        """The same layer on every tensor of one shape."""
        if t.shape not in shared:
            shared[t.shape] = layers.Conv1D(channels_of(t), 3, padding="same", data_format=form)
        return shared[t.shape](t)

    moves = [conv, conv, conv, same, same, joined, pooled, again, again,
             lambda t: layers.BatchNormalization(axis=1 if first else -1)(t),
             lambda t: layers.Activation(pick(*ACTIVATIONS[1:4], "softmax"))(t),
             lambda t: layers.ReLU(max_value=pick(None, 2.0), negative_slope=pick(0.0, 0.125))(t),
             lambda t: layers.Dropout(0.2)(t),
             lambda t: layers.Dense(int(random.integers(1, 6)))(t)]
    for _ in range(int(random.integers(3, 13))):
        t = pick(*pool[-3:], *pool)
        made = pick(*moves)(t)
        if np.prod(made.shape[1:]) <= 400:
            pool.append(made)
    ends = [t for t in pool if t not in inputs][-1:] or [layers.Activation("relu")(pool[0])]
    ends += [pick(*pool)] if random.integers(0, 3) == 0 else []
    finish = pick(lambda t: t, lambda t: layers.Flatten(data_format=form)(t),
                  lambda t: layers.GlobalAveragePooling1D(data_format=form)(t),
                  lambda t: layers.Dense(3, activation="softmax")(layers.Flatten()(t)))
    outputs = [finish(ends[0]), *ends[1:]]
    used = keras.Model(inputs, outputs)
    return randomise(family, used)


def graphs(family):
    hand_graphs(family)
    made = 0
    while made < 60:
        try:
            model = random_graph(family)
        except ValueError as reason:        # a draw whose shapes do not fit, or an input that no output needs
            if "disconnected" not in str(reason) and "not connected" not in str(reason):
                raise
            continue
        family.case(model, ("model", "get_config")[made % 2])
        made += 1


def archives(family):
    conv = layers.Conv1D
    x = keras.Input((20, 3), name="signal")

    def trained(model):
        model.compile("adam", "mse", metrics=["mae"])
        model.fit(family.values((8, *model.input_shape[1:])).astype(np.float32),
                  family.values((8, *model.output_shape[1:])).astype(np.float32), verbose=0)
        return model

    def add(model, compression=zipfile.ZIP_STORED, train=False, **more):
        randomise(family, model)
        model = trained(model) if train else model
        family.case(model, files=(archive(model, compression), "keras", None, None), **more)

    def small(shape=(20, 3)):
        return keras.Sequential([keras.Input(shape), conv(4, 3, activation="relu"), layers.BatchNormalization(),
                                 layers.MaxPooling1D(2), conv(5, 3, padding="same"), layers.Activation("tanh"),
                                 layers.Flatten(), layers.Dropout(0.5), layers.Dense(3, activation="softmax")])

    keras.utils.set_random_seed(7)
    add(small())
    add(small(), train=True)                                # optimizer state and compile_config inside
    add(small(), zipfile.ZIP_DEFLATED)
    add(keras.Sequential([keras.Input((None, 2)), *[conv(3, 2, padding="causal", activation="relu") for _ in range(12)]]),
        options="--steps 12")                               # conv1d_10 sorts before conv1d_2 by text
    y = layers.Add()([conv(3, 3, padding="same", name="b")(x), conv(3, 5, padding="same", name="a")(x), x])
    add(keras.Model(x, [layers.GlobalMaxPooling1D(name="max")(y), layers.Dense(2, name="every step")(y)], name="two heads"))
    shared = conv(3, 3, padding="same", name="twice")
    add(keras.Model(x, layers.Concatenate()([shared(x), shared(shared(x))])), train=True)
    p, q = keras.Input((6, 2), name="p"), keras.Input((6, 2), name="q")
    add(keras.Model([p, q], [layers.Add()([p, q]), layers.Concatenate()([q, p])]))
    v = keras.Input((3, 20), name="planes")
    cf = {"data_format": "channels_first"}
    add(keras.Model(v, layers.Flatten(**cf)(layers.AveragePooling1D(2, **cf)(conv(4, 3, groups=1, **cf)(v)))))
    add(keras.Sequential([keras.Input((8, 6)), conv(6, 3, groups=3), layers.ReLU(max_value=6), layers.Softmax()]))
    add(keras.Sequential([keras.Input((8, 2)), conv(3, 3, activation=layers.ReLU(negative_slope=0.3))]))
    w = keras.Input((16, 1), name="wave")
    t = w
    for i, d in enumerate((1, 2, 4, 8)):
        t = layers.Activation("relu")(layers.BatchNormalization()(conv(6, 3, dilation_rate=d, padding="causal",
                                                                         use_bias=False, name=f"tcn_{i}")(t)))
    add(keras.Model(w, conv(1, 1, activation="sigmoid", name="p\u00e4rt")(t)))
    add(keras.Sequential([keras.Input((8, 2)), layers.Flatten()]))          # no weights at all


FAMILIES = {"conv1d": convolutions, "hand": hand_written, "numbers": number_files, "activations": activations,
            "layers": other_layers, "stacks": stacks, "graphs": graphs, "keras": archives}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("family", nargs="*", help="of: " + " ".join(FAMILIES))
    given = arguments.parse_args()
    for seed, (name, fill) in enumerate(FAMILIES.items()):
        if not given.family or name in given.family:
            keras.backend.clear_session()
            family = Family(name, seed)
            fill(family)
            family.write(given.o)


if __name__ == "__main__":
    main()
