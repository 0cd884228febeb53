#!/usr/bin/env python3
"""Random models by real Keras against conv1dc: `conv1dc run` against Keras in float32, the float64 meaning against Keras in
float64.

Usage: [KERAS_BACKEND=jax JAX_ENABLE_X64=1] against_keras.py [-n N] [-s SEED] [-o FOLDER] [--legacy] BUILD

BUILD holds conv1dc and libconv1dc.a.  --legacy: tf_keras instead of Keras 3.  Under jax layers with channels_first and groups
are drawn too, which tensorflow does not compute on a processor.  A model that differs stays in FOLDER.  Not a part of make
test: it needs Keras.
"""
import argparse
import collections
import os
import pathlib
import subprocess
import sys

arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
arguments.add_argument("build", type=pathlib.Path)
arguments.add_argument("-n", type=int, default=2000)
arguments.add_argument("-s", "--seed", type=int, default=1)
arguments.add_argument("-o", "--folder", type=pathlib.Path, default=pathlib.Path("build/against_keras"))
arguments.add_argument("--legacy", action="store_true")
arguments = arguments.parse_args()

import numpy as np

if arguments.legacy:
    import tf_keras as keras
else:
    import keras
from random import Random

layers = keras.layers
JAX = not arguments.legacy and keras.backend.backend() == "jax"
SAMPLES = 3
TOP = pathlib.Path(__file__).resolve().parents[3]

FUNCTIONS = "relu elu selu softplus softsign tanh sigmoid hard_sigmoid exponential linear relu6 leaky_relu silu gelu mish".split()
FUNCTIONS += [] if arguments.legacy else ("celu log_sigmoid hard_tanh hard_shrink soft_shrink tanh_shrink squareplus sparse_plus "
                                          "sparse_sigmoid hard_silu").split()
if arguments.legacy:
    FUNCTIONS.remove("relu6"), FUNCTIONS.remove("leaky_relu"), FUNCTIONS.remove("silu")
if not JAX:     # tensorflow takes the root of 2 and the slope of 0.2 from float32
    FUNCTIONS = [f for f in FUNCTIONS if f not in ("gelu", "leaky_relu")]
# Of 0.001 and the like float32 keeps another number than float64: the two would not be comparable tightly.
EPSILONS = (2.0 ** -10, 2.0 ** -17, 0.5)


class Hand:
    """Draws one layer for an input of a shape (without the batch axis)."""

    def __init__(self, random, shape):
        self.random, self.shape, self.rank = random, shape, len(shape)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def between(self, least, most):
        return self.random.randint(least, max(least, min(most, least + 3) if self.chance(60) else most))

    def number(self, least, most):
        """A number that float32 has."""
        return float(np.float32(round(self.random.uniform(least, most) * 64) / 64))

    def divisor(self, n):
        return self.random.choice([d for d in range(1, n + 1) if n % d == 0])

    def axis(self, axis):
        return axis + 1 if self.chance(50) else axis - self.rank

    def any_axis(self):
        return self.axis(self.rank - 1 if self.chance(60) else self.random.randrange(self.rank))

    def activation(self):
        kind = self.random.randrange(10)
        if kind < 3:
            return None
        if kind < 8:
            return self.random.choice(FUNCTIONS)
        if kind == 8:
            return self.random.choice(["softmax"] if arguments.legacy else ["softmax", "log_softmax"])
        return self.random.choice([lambda: layers.LeakyReLU(self.number(0, 1)), lambda: layers.ELU(self.number(0.25, 2)),
                                   lambda: layers.ReLU(self.number(1, 4), self.number(0, 1), self.number(0, 1)),
                                   lambda: layers.PReLU()])()

    def view(self):
        """(steps, channels, arguments) of an input that is seen as steps and channels."""
        if JAX and self.chance(20):
            return self.shape[1], self.shape[0], {"data_format": "channels_first"}
        return self.shape[0], self.shape[1], {}

    def window(self, steps, *paddings):
        padding = self.random.choice(paddings)
        taps, stride, dilation = self.between(1, 9), 1, 1
        if self.chance(30):
            stride = self.between(1, 5)
        elif self.chance(35):
            dilation = self.between(1, 6)
        while padding == "valid" and (taps - 1) * dilation + 1 > steps:
            if dilation > 1:
                dilation -= 1
            else:
                taps -= 1
        return {"kernel_size": taps, "strides": stride, "dilation_rate": dilation, "padding": padding,
                "use_bias": self.chance(70), "activation": self.activation()}

    def filters(self):
        return self.between(1, 9) if self.chance(85) else self.random.choice([12, 16, 17])


def conv1d(h):
    steps, channels, more = h.view()
    groups = h.divisor(channels) if JAX and h.chance(25) else 1
    filters = groups * h.between(1, 3) if groups > 1 else h.filters()
    return layers.Conv1D(filters, groups=groups, **h.window(steps, "same", "valid", "causal"), **more)


def depthwise(h):
    steps, _, more = h.view()
    return layers.DepthwiseConv1D(depth_multiplier=h.between(1, 3), **h.window(steps, "same", "valid"), **more)


def separable(h):
    steps, _, more = h.view()
    return layers.SeparableConv1D(h.filters(), depth_multiplier=h.between(1, 2), **h.window(steps, "same", "valid"), **more)


def transpose(h):
    _, _, more = h.view()
    stride = h.between(1, 4)
    dilation = h.between(1, 3) if stride == 1 and JAX and h.chance(30) else 1
    padding = h.between(1, stride - 1) if stride > 1 and h.chance(25) else None
    return layers.Conv1DTranspose(h.filters(), h.between(1, 6), strides=stride, padding=h.random.choice(["same", "valid"]),
                                  dilation_rate=dilation, output_padding=padding, activation=h.activation(),
                                  use_bias=h.chance(70), **more)


def pool(kind):
    def draw(h):
        steps, _, more = h.view()
        padding = h.random.choice(["same", "valid"])
        size = h.between(1, steps + 2 if padding == "same" else steps)
        return kind(size, strides=h.between(1, 5) if h.chance(60) else None, padding=padding, **more)
    return draw


def global_pool(kind):
    return lambda h: kind(keepdims=h.chance(30), **h.view()[2])


def conv2d(h):
    """One of its two axes has the size 1."""
    first = h.shape[0] > 1
    if first and h.shape[1] > 1:
        return None
    window = h.window(h.shape[0 if first else 1], "same", "valid")
    other = h.between(1, 3) if window["padding"] == "same" else 1
    pair = (lambda along, across: (along, across)) if first else (lambda along, across: (across, along))
    window["kernel_size"] = pair(window["kernel_size"], other)
    window["strides"] = (window["strides"],) * 2
    window["dilation_rate"] = pair(window["dilation_rate"], 1)
    return layers.Conv2D(h.filters(), **window)


def pool2d(kind):
    def draw(h):
        first = h.shape[0] > 1
        if first and h.shape[1] > 1:
            return None
        size = h.between(1, h.shape[0 if first else 1])
        return kind((size, 1) if first else (1, size), padding=h.random.choice(["same", "valid"]))
    return draw


def reshape(h):
    n, target = int(np.prod(h.shape)), []
    for _ in range(h.between(0, 2)):
        target.append(h.divisor(n))
        n //= target[-1]
    target.append(n)
    if h.chance(30):
        target[h.random.randrange(len(target))] = -1
    return layers.Reshape(tuple(target))


def crop(h):
    before = h.random.randrange(h.shape[0])
    return layers.Cropping1D((before, h.random.randrange(h.shape[0] - before)))


def norm(h):
    return layers.LayerNormalization(axis=h.any_axis(), epsilon=h.random.choice(EPSILONS), center=h.chance(70), scale=h.chance(70))


def group_norm(h):
    return layers.GroupNormalization(h.divisor(h.shape[-1]), epsilon=h.random.choice(EPSILONS), center=h.chance(70), scale=h.chance(70))


def relu(h):
    return layers.ReLU(h.number(1, 4) if h.chance(50) else None, h.number(0, 1) if h.chance(50) else 0.0,
                       h.number(0, 1) if h.chance(50) else 0.0)


def prelu(h):
    axes = [i + 1 for i in range(h.rank) if h.chance(40)]
    return layers.PReLU(shared_axes=axes or None)


def permute(h):
    dims = list(range(1, h.rank + 1))
    h.random.shuffle(dims)
    return layers.Permute(tuple(dims))


def nothing(h):
    return h.random.choice([lambda: layers.Dropout(0.25), lambda: layers.GaussianNoise(0.5), lambda: layers.GaussianDropout(0.5),
                            lambda: layers.ActivityRegularization(0.125)])()


# ROW: often, least and most rank of the input, draws a layer (None: none fits)
ROWS = [(30, 2, 2, conv1d), (6, 2, 2, depthwise), (5, 2, 2, separable), (6, 2, 2, transpose), (40, 3, 3, conv2d),
        (5, 2, 2, pool(layers.MaxPooling1D)), (5, 2, 2, pool(layers.AveragePooling1D)),
        (2, 2, 2, global_pool(layers.GlobalMaxPooling1D)), (2, 2, 2, global_pool(layers.GlobalAveragePooling1D)),
        (10, 3, 3, pool2d(layers.MaxPooling2D)), (10, 3, 3, pool2d(layers.AveragePooling2D)),
        (10, 1, 3, lambda h: layers.Dense(h.filters(), use_bias=h.chance(70), activation=h.activation())),
        (2, 1, 3, lambda h: layers.Flatten(data_format="channels_first" if h.chance(30) else None)),
        (3, 1, 3, reshape), (3, 1, 3, permute), (4, 1, 1, lambda h: layers.RepeatVector(h.between(1, 7))),
        (4, 2, 2, lambda h: layers.ZeroPadding1D((h.random.randrange(4), h.random.randrange(4)))), (4, 2, 2, crop),
        (3, 2, 2, lambda h: layers.UpSampling1D(h.between(1, 4))),
        (8, 1, 3, lambda h: layers.BatchNormalization(axis=h.any_axis(), epsilon=h.random.choice(EPSILONS), center=h.chance(70), scale=h.chance(70))),
        (5, 1, 3, norm), (4, 1, 3, group_norm), (2, 1, 3, lambda h: layers.UnitNormalization(axis=h.any_axis())),
        (3, 1, 3, lambda h: layers.Rescaling(h.number(-2, 2), h.number(-2, 2))),
        (6, 1, 3, lambda h: layers.Activation(h.random.choice(FUNCTIONS))), (3, 1, 3, relu),
        (2, 1, 3, lambda h: layers.LeakyReLU(h.number(0, 1))), (2, 1, 3, lambda h: layers.ELU(h.number(0.25, 2))),
        (3, 1, 3, prelu), (4, 1, 3, lambda h: layers.Softmax(axis=h.any_axis())), (3, 1, 3, nothing)]
MERGES = [layers.Add, layers.Subtract, layers.Multiply, layers.Average, layers.Maximum, layers.Minimum]


def sample_shape(x):
    return tuple(x.shape[1:])


def draw_layer(random, shape):
    for _ in range(8):
        rows = [r for r in ROWS if r[1] <= len(shape) <= r[2]]
        layer = random.choices(rows, [r[0] for r in rows])[0][3](Hand(random, shape))
        if layer is not None:
            return layer
    return layers.Activation("linear")


def draw_shape(random):
    h, kind = Hand(random, ()), random.randrange(12)
    steps, channels = h.between(1, 24), h.between(1, 10)
    return ((h.between(1, 60),), (steps, 1, channels), (1, steps, channels), (h.between(1, 10), h.between(10, 60)))[kind] if kind < 4 else (steps, channels)


def broadcasts(a, b):
    """As Keras takes them for merges: equal ranks, so that no two versions differ."""
    return len(a) == len(b) and all(x == y or 1 in (x, y) for x, y in zip(a, b))


def merge(random, tensors):
    first = tensors[-1] if random.random() < 0.6 else random.choice(tensors)
    shape = sample_shape(first)
    if random.random() < 0.35:
        axis = random.randrange(len(shape))
        others = [t for t in tensors if len(t.shape) == len(first.shape) and
                  all(i == axis or a == b for i, (a, b) in enumerate(zip(sample_shape(t), shape)))]
        return layers.Concatenate(axis=axis + 1 if random.random() < 0.5 else axis - len(shape))([first] + random.choices(others, k=random.randint(1, 2)))
    kind = random.choice(MERGES)
    others = [t for t in tensors if broadcasts(sample_shape(t), shape)]
    chosen = [random.choice(others)]
    if kind is not layers.Subtract and random.random() < 0.3:
        chosen += [t for t in random.choices(others, k=1) if broadcasts(sample_shape(t), sample_shape(chosen[0]))]
    if random.random() < 0.25 and kind in (layers.Add, layers.Multiply, layers.Subtract) and sample_shape(chosen[0]) == shape:
        return {layers.Add: first + chosen[0], layers.Multiply: first * chosen[0], layers.Subtract: first - chosen[0]}[kind]
    return kind()([first] + chosen)


def grow(random, inputs, wanted, depth=0):
    """The tensors that a graph of some layers has."""
    tensors, made = list(inputs), []
    for _ in range(wanted):
        kind, x = random.randrange(100), tensors[-1] if random.random() < 0.7 else random.choice(tensors)
        if kind < 15 and len(tensors) > 1:
            y = merge(random, tensors)
        elif kind < 20 and made:
            layer, shape = random.choice(made)
            fits = [t for t in tensors if sample_shape(t) == shape]
            y = layer(random.choice(fits)) if fits else None
        elif kind < 26 and depth < 2:
            layer = nested(random, sample_shape(x), depth + 1)
            made.append((layer, sample_shape(x)))
            y = layer(x)
        elif kind < 29:
            y = x * random.choice([0.5, -1.25]) if random.random() < 0.5 else x + 0.75
        else:
            layer = draw_layer(random, sample_shape(x))
            made.append((layer, sample_shape(x)))
            y = layer(x)
        if y is not None and np.prod(sample_shape(y)) <= 2000 and len(y.shape) <= 4:
            tensors.append(y)
    return tensors


def stack(random, shape, most):
    x, members = keras.Input(shape), []
    for _ in range(random.randint(1, most)):
        layer = draw_layer(random, sample_shape(x))
        y = layer(x)
        if np.prod(sample_shape(y)) <= 2000:
            members.append(layer)
            x = y
    return keras.Sequential([layers.InputLayer(shape) if arguments.legacy else keras.Input(shape)] + members)


def nested(random, shape, depth):
    if random.random() < 0.5:
        return stack(random, shape, 3)
    x = keras.Input(shape)
    return keras.Model(x, grow(random, [x], random.randint(1, 3), depth)[-1])


def draw_model(random):
    if random.random() < 0.3:
        return stack(random, draw_shape(random), 6)
    inputs = [keras.Input(draw_shape(random)) for _ in range(2 if random.random() < 0.2 else 1)]
    tensors = grow(random, inputs, random.randint(1, 9))
    outputs = [tensors[-1]]
    if random.random() < 0.3:
        outputs.append(random.choice(tensors[len(inputs):] or tensors))
    return keras.Model(inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0])


def randomise(model, numbers):
    weights = []
    for w in model.weights:
        name, shape = (w.name if arguments.legacy else w.path), tuple(w.shape)
        if "variance" in name:
            weights.append(numbers.uniform(0.25, 2, shape))
        elif "gamma" in name:
            weights.append(numbers.uniform(0.5, 1.5, shape))
        else:
            fan = max(1, int(np.prod(shape[:-1])))
            weights.append(numbers.normal(0, 1 / np.sqrt(fan) if len(shape) > 1 else 0.5, shape))
    model.set_weights([np.asarray(w, np.float32) for w in weights])


def doubled(model):
    copy = keras.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))
    copy.set_weights([np.asarray(w, np.float64) for w in model.get_weights()])
    return copy


def outputs_of(model, inputs, dtype):
    x = [np.asarray(i, dtype) for i in inputs]
    y = model(x if len(x) > 1 else x[0], training=False)
    return [np.asarray(o) for o in (y if isinstance(y, (list, tuple)) else [y])]


def save(model, stem, random):
    """In one of the forms; the words of the command line that name it."""
    form = random.choice(["keras", "h5", "json", "weights"])
    if form in ("keras", "h5"):
        model.save(f"{stem}.{form}")
        return [f"{stem}.{form}"]
    pathlib.Path(f"{stem}.json").write_text(model.to_json())
    if not model.weights:
        return [f"{stem}.json"]
    if form == "json":
        np.savez(f"{stem}.npz", *model.get_weights())
        return [f"{stem}.json", f"{stem}.npz"]
    model.save_weights(f"{stem}.weights.h5")
    return [f"{stem}.json", f"{stem}.weights.h5"]


class Case:
    def __init__(self, number):
        self.stem = str(arguments.folder / f"m{number}")
        random = Random(arguments.seed * 1000003 + number)
        numbers = np.random.default_rng([arguments.seed, number])
        model = draw_model(random)
        outputs_of(model, [np.zeros((1,) + sample_shape(x)) for x in model.inputs], np.float32)  # makes the last weights
        randomise(model, numbers)
        self.words = save(model, self.stem, random)
        self.kinds = collections.Counter(type(layer).__name__ for layer in model.layers)
        inputs = [numbers.normal(0, random.choice([1, 1, 3]), (SAMPLES,) + sample_shape(x)).astype(np.float32) for x in model.inputs]
        for i, x in enumerate(inputs):
            np.save(f"{self.stem}.in{i}.npy", x)
        self.inputs, self.single = len(inputs), outputs_of(model, inputs, np.float32)
        keras.backend.set_floatx("float64")  # of what names no type: nested models, operations
        try:
            self.double = outputs_of(doubled(model), inputs, np.float64)
        finally:
            keras.backend.set_floatx("float32")
        if any(y.dtype != np.float64 for y in self.double):
            raise ValueError("Keras itself leaves float64: " + ", ".join(self.kinds))

    def failure(self):
        """What differs, or None."""
        wanted = sum((["-i", f"{self.stem}.in{i}.npy"] for i in range(self.inputs)), [])
        wanted += sum((["-o", f"{self.stem}.out{i}.npy"] for i in range(len(self.single))), [])
        run = subprocess.run([arguments.build / "conv1dc", "run", *self.words, *wanted], capture_output=True, text=True)
        if run.returncode:
            return f"run ends with status {run.returncode}: {run.stderr.splitlines()[0] if run.stderr else ''}"
        try:
            meaning = np.fromfile(f"{self.stem}.doubles")
        except OSError:
            return "no float64 meaning"
        meaning, at = meaning.reshape(SAMPLES, -1), 0
        for i, (single, double) in enumerate(zip(self.single, self.double)):
            n = double[0].size
            got, ran = meaning[:, at:at + n], np.load(f"{self.stem}.out{i}.npy")
            at += n
            if ran.shape != single.shape:
                return f"output {i}: shape {ran.shape}, Keras has {single.shape}"
            exact, ran = double.reshape(SAMPLES, -1), ran.reshape(SAMPLES, -1)
            size = np.abs(exact) + np.abs(exact).max(initial=0, where=np.isfinite(exact))
            if not np.all((np.abs(got - exact) <= 1e-9 * size + 1e-30) | (got == exact) | (np.isnan(got) & np.isnan(exact))):
                worst = int(np.nanargmax(np.abs(got - exact) / (size + 1e-30)))
                return f"output {i}: float64 meaning {got.flat[worst]:.17g}, Keras {exact.flat[worst]:.17g}"
            # What float32 loses on its way Keras shows itself; conv1dc may lose some times as much.
            error = np.abs(single.reshape(SAMPLES, -1) - exact)
            room = 16 * error.max(initial=0, where=np.isfinite(error)) + 1e-6 * size + 1e-30
            if not np.all((np.abs(ran - exact) <= room) | ~np.isfinite(single.reshape(SAMPLES, -1))):
                worst = int(np.nanargmax(np.abs(ran - exact) / room))
                return f"output {i}: run {ran.flat[worst]:.9g}, Keras {single.reshape(SAMPLES, -1).flat[worst]:.9g}, in float64 {exact.flat[worst]:.9g}"
        if at != meaning.shape[1]:
            return f"{meaning.shape[1]} values, Keras has {at}"
        return None


def build_doubles():
    """The program that writes the float64 meaning."""
    program = arguments.folder / "doubles"
    libraries = subprocess.run("pkg-config --libs libcjson lua5.4 hdf5 libzip libmd", shell=True, capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["cc", "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1", "-ffp-contract=off", f"-I{TOP}/generator", f"-I{TOP}", "-o", program,
                    TOP / "tests/models/keras/doubles.c", arguments.build / "libconv1dc.a", *libraries, "-lm"], check=True)
    return program


def judge(cases, doubles):
    """Failures of some cases: their files stay."""
    list_ = arguments.folder / "list"
    list_.write_text("".join(f"{c.stem} {c.inputs} {' '.join(c.words)}\n" for c in cases))
    subprocess.run([doubles, list_], capture_output=True)
    failed = 0
    for case in cases:
        what = case.failure()
        if what:
            failed += 1
            print(f"FAILED: {' '.join(case.words)}: {what}", flush=True)
            continue
        for path in arguments.folder.glob(pathlib.Path(case.stem).name + ".*"):
            path.unlink()
    return failed


def main():
    arguments.folder.mkdir(parents=True, exist_ok=True)
    doubles, failed, refused, kinds, cases = build_doubles(), 0, collections.Counter(), collections.Counter(), []
    for number in range(arguments.n):
        try:
            cases.append(Case(number))
            kinds += cases[-1].kinds
        except (ValueError, TypeError, NotImplementedError, RuntimeError) as e:  # Keras does not take what was drawn
            refused[type(e).__name__ + ": " + str(e).strip().split("\n")[0][:100]] += 1
        if len(cases) == 50 or number + 1 == arguments.n:
            failed += judge(cases, doubles)
            done, cases = number + 1, []
            keras.backend.clear_session()
            print(f"{done} drawn, {failed} failed", file=sys.stderr, flush=True)
    print("layers:", ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
    for what, n in refused.most_common(8):
        print(f"{n} not taken by Keras: {what}")
    print(f"{arguments.n - sum(refused.values()) - failed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
