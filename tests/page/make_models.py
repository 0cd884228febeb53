"""Models that own weights in every place, saved by real Keras 3, with what its get_weights() gives: page.tar.gz.

    python3 tests/page/make_models.py

Each NAME.keras has a line "NAME DIGEST" in weights.txt: the SHA-256 of its arrays, written by numpy.save() one behind the
other.  Run again only to add models: every member keeps its bytes' meaning, not its bytes (Keras writes a date)."""
import hashlib
import io
import os
import pathlib
import tarfile
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np
from keras import layers as l

MODELS = {}


def model(make):
    MODELS[make.__name__] = make
    return make


@model
def chain():
    return keras.Sequential([
        keras.Input((24, 2)), l.Conv1D(3, 5, padding="same", activation="relu", name="first"),
        l.BatchNormalization(name="norm"), l.MaxPooling1D(2), l.Flatten(), l.Dense(2, activation="softmax", name="last")])


@model
def frozen():
    made = chain()
    made.name = "frozen"
    made.layers[0].trainable = False
    made.get_layer("norm").trainable = False
    return made


@model
def counted():
    norm = l.Normalization(name="scale")
    norm.adapt(np.arange(60, dtype="float32").reshape(5, 6, 2) ** 1.5)
    made = keras.Sequential([keras.Input((6, 2)), norm, l.Conv1D(2, 3, name="conv")])
    norm.count.assign(2 ** 24 + 1)
    return made


@model
def nested():
    inner_input = keras.Input((12, 3), name="inner_input")
    x = l.Conv1D(3, 3, padding="causal", name="conv")(inner_input)
    x = l.BatchNormalization(name="norm")(x)
    inner = keras.Model(inner_input, l.Add()([x, inner_input]), name="block")
    tail = keras.Sequential([keras.Input((12, 3)), l.Dense(2, name="dense"), l.LayerNormalization(name="ln")], name="tail")
    a = keras.Input((12, 3), name="a")
    return keras.Model(a, tail(inner(inner(l.Conv1D(3, 1, name="conv")(a)))), name="nested")


@model
def shared():
    a, b = keras.Input((8, 2), name="a"), keras.Input((12, 2), name="b")
    conv = l.Conv1D(4, 3, name="both", activation=l.LeakyReLU(0.1, name="slope"))
    pooled = [l.GlobalAveragePooling1D()(conv(x)) for x in (a, b)]
    return keras.Model([a, b], l.Concatenate()(pooled), name="shared")


@model
def separable():
    return keras.Sequential([
        keras.Input((16, 4)), l.SeparableConv1D(6, 3, depth_multiplier=2, name="separable"),
        l.DepthwiseConv1D(3, use_bias=False, name="depthwise"), l.PReLU(name="alpha"),
        l.BatchNormalization(center=False, name="unshifted"), l.BatchNormalization(scale=False, name="unscaled"),
        l.Conv1DTranspose(2, 4, strides=2, name="up")])


@model
def none():
    return keras.Sequential([keras.Input((10, 2)), l.AveragePooling1D(2), l.ReLU()])


@model
def variable():
    return keras.Sequential([keras.Input((None, 3)), l.Conv1D(2, 3, name="conv"), l.GlobalMaxPooling1D()])


def fill(made):
    """Weights of their own for every layer: fresh ones are zero or one in many."""
    random = np.random.default_rng(1)
    made.set_weights([w if w.dtype.kind == "i" else random.uniform(0.25, 1, w.shape).astype(w.dtype)
                      for w in made.get_weights()])


def digest(made):
    sha = hashlib.sha256()
    for array in made.get_weights():
        file = io.BytesIO()
        np.save(file, array.astype("int64") if array.dtype.kind == "i" else array)
        sha.update(file.getvalue())
    return sha.hexdigest()


def main():
    out = pathlib.Path(__file__).with_name("page.tar.gz")
    with tempfile.TemporaryDirectory() as folder, tarfile.open(out, "w:gz") as tar:
        lines = []
        for name, make in MODELS.items():
            keras.utils.set_random_seed(1)
            made = make()
            fill(made)
            made.save(f"{folder}/{name}.keras")
            lines.append(f"{name} {digest(made)}\n")
        pathlib.Path(folder, "weights.txt").write_text("".join(lines))
        for path in sorted(pathlib.Path(folder).iterdir()):
            tar.add(path, path.name)


main()
