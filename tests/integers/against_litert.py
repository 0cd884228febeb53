#!/usr/bin/env python3
"""Random Keras models, converted by TFLite's converter, against conv1dc: the bytes of LiteRT's reference kernels.

Usage: against_litert.py [-n N] [-s SEED] [-k KINDS] [-o FOLDER] [--strangers] [--verify EVERY] [--keep] [--pack FILE] CONV1DC

Each model is converted to one of the kinds in turns: i8 (int8), u8 (int8 behind uint8 inputs and outputs), i16 (int16
activations, int8 weights), hybrid (int8 weights, float inputs), f32 and f16 (weights).  `conv1dc run` has to give the bytes of
the reference resolver.  Where float32 is computed with (f32, f16, hybrid models with float sums or functions), the order of
additions and the functions are ours: there values have to be within a tolerance.  A model that differs stays in
FOLDER.  --strangers: whole architectures as people make them (strangers.py), converted in drawn ways.  --verify EVERY: of so many one is compiled and run, too.  --pack FILE: models that
are equal go into a .tar.gz, as tests/integers/goldens.tar.gz is: -n 26 -s 5 -k i8,u8,i16,i8,u8,i16,hybrid,f16 --samples 2.  Not a part
of make test: it needs tensorflow.
Ends with 0 where nothing differed, 1 where something did, 77 where tensorflow or Keras is absent.
"""
import argparse
import collections
import contextlib
import gzip
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tarfile
import tempfile
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
try:
    import keras
    import numpy as np
    import tensorflow as tf

    import strangers
except ImportError as missing:
    print(f"skipped: {missing.name} is absent")
    sys.exit(77)

warnings.filterwarnings("ignore")
layers = keras.layers
RIGHT = ("equal", "near")     # the bytes; floats within the tolerance
WAYS = ("keras", "keras", "saved", "concrete", "frozen")
KINDS = ("i8", "u8", "i16", "hybrid", "f32", "f16")
# The activations that TFLite computes with integers, but for elu, which the reference resolver has not.
FUNCTIONS = ["relu", "relu", "relu6", "tanh", "sigmoid", "leaky_relu", "hard_swish", "gelu"]


class Drawing:
    """One random model; the weights come from numpy, so that none is 0 throughout."""

    def __init__(self, random, kind):
        self.random, self.kind = random, kind
        self.functions = [f for f in FUNCTIONS if f != "hard_swish" or kind != "i16"]  # has no such form
        # Hybrid kernels serve weights of 1,024 elements and more.
        self.widths = (16, 24, 33, 40, 64) if kind == "hybrid" else (1, 2, 3, 4, 5, 6, 8, 11, 16, 17)

    def width(self):
        return self.random.choice(self.widths)

    def chance(self, percent):
        return self.random.randrange(100) < percent

    def activation(self):
        return self.random.choice(self.functions) if self.chance(50) else None

    def window(self, steps, strides=True):
        dilation = self.random.choice((1, 1, 1, 2, 3))
        stride = self.random.choice((1, 1, 2, 3)) if strides and dilation == 1 else 1
        padding = self.random.choice(("valid", "same", "causal"))
        kernel = self.random.choice((1, 2, 3, 3, 4, 5, 7, 9))
        while padding == "valid" and (kernel - 1) * dilation + 1 > steps:
            kernel -= 1
        return dict(kernel_size=kernel, strides=stride, padding=padding, dilation_rate=dilation,
                    use_bias=self.chance(80))

    def convolution(self, x):
        options = self.window(x.shape[1])
        filters = self.width()
        groups = 1
        if self.chance(12) and options["dilation_rate"] == 1:
            groups = self.random.choice([g for g in (1, 2, 3, 4) if x.shape[2] % g == 0])
            filters = groups * self.random.choice((1, 2, 5))
        return layers.Conv1D(filters, groups=groups, activation=self.activation(), **options)(x)

    def depthwise(self, x):
        options = self.window(x.shape[1])
        if options["padding"] == "causal":
            options["padding"] = "same"
        return layers.DepthwiseConv1D(depth_multiplier=self.random.choice((1, 1, 2, 3)), activation=self.activation(),
                                      **options)(x)

    def separable(self, x):
        options = self.window(x.shape[1], strides=False)
        options["padding"] = "same"
        return layers.SeparableConv1D(self.width(), activation=self.activation(), **options)(x)

    def transposed(self, x):
        return layers.Conv1DTranspose(self.width(), self.random.choice((1, 2, 3, 4, 5)),
                                      strides=self.random.choice((1, 2, 3)),
                                      padding=self.random.choice(("valid", "same")), activation=self.activation(),
                                      use_bias=self.chance(80))(x)

    def pool(self, x):
        size = min(self.random.choice((2, 3, 4)), x.shape[1])
        return self.random.choice((layers.MaxPooling1D, layers.AveragePooling1D))(
            size, strides=self.random.choice((None, 1, 2)), padding=self.random.choice(("valid", "same")))(x)

    def move(self, x):
        choice = self.random.randrange(5)
        if choice == 0:
            return layers.ZeroPadding1D((self.random.randrange(3), self.random.randrange(3)))(x)
        if choice == 1 and x.shape[1] > 4:
            return layers.Cropping1D((self.random.randrange(2), self.random.randrange(1, 3)))(x)
        if choice == 2:
            return layers.UpSampling1D(self.random.choice((2, 3)))(x)
        if choice == 3:
            return layers.Permute((2, 1))(x)
        return layers.Reshape((-1, x.shape[2] * 2))(x) if x.shape[1] % 2 == 0 else x

    def function(self, x):
        choice = self.random.randrange(5)
        if choice == 0:
            return layers.LeakyReLU(negative_slope=self.random.choice((0.1, 0.3)))(x)
        if choice == 1 and self.kind != "i16":
            return layers.PReLU(shared_axes=self.random.choice(([1], None)))(x)
        if choice == 2:
            return layers.Softmax()(x)
        return layers.Activation(self.random.choice(self.functions))(x)

    def merge(self, x):
        other = layers.Conv1D(x.shape[2], 3, padding="same", activation=self.activation())(x)
        kind = self.random.choice((layers.Add, layers.Add, layers.Add, layers.Subtract, layers.Multiply, layers.Maximum,
                                   layers.Minimum, layers.Concatenate))
        y = kind()([x, other])
        return layers.Activation("relu")(y) if self.chance(40) else y

    def block(self, x):
        if len(x.shape) == 2:
            if self.chance(30):
                return self.function(x)
            return layers.Dense(self.width(), activation=self.activation(), use_bias=self.chance(80))(x)
        makers = (self.convolution, self.convolution, self.convolution, self.depthwise, self.separable, self.transposed,
                  self.pool, self.move, self.function, self.merge, self.merge, layers.BatchNormalization(), self.dense)
        return self.random.choice(makers)(x)

    def dense(self, x):
        return layers.Dense(self.width(), activation=self.activation())(x)

    def end(self, x):
        choice = self.random.randrange(4)
        if choice == 0:
            return x
        if choice == 1:
            x = layers.GlobalAveragePooling1D()(x)
        elif choice == 2:
            x = layers.GlobalMaxPooling1D()(x)
        else:
            x = layers.Flatten()(x)
        for _ in range(self.random.randrange(3)):
            x = self.block(x)
        return layers.Softmax()(x) if self.chance(30) else x

    def model(self):
        inputs = keras.Input((self.random.randrange(8, 60), self.width()))
        x = inputs
        for _ in range(self.random.randrange(1, 5)):
            x = self.block(x)
        outputs = [self.end(x)]
        if self.chance(10):
            outputs.append(self.end(x))
        model = keras.Model(inputs, outputs)
        numbers = np.random.default_rng(self.random.randrange(1 << 30))
        for weight in model.weights:
            spread = 1 / max(1, np.prod(weight.shape[:-1])) ** 0.5
            values = numbers.standard_normal(weight.shape) * spread * 1.5
            weight.assign(np.abs(values) + 0.2 if "variance" in weight.path else values)
        return model


def convert(model, kind, numbers, hand=None):
    """hand: draws the way to convert, too."""
    spread = numbers.choice((0.5, 1, 4))

    def samples():
        for _ in range(12):
            yield [(numbers.standard_normal((1,) + tuple(x.shape[1:])) * spread).astype(np.float32)
                   for x in model.inputs]

    folder = tempfile.TemporaryDirectory()
    converter = strangers.converter_of(model, hand.choice(WAYS) if hand else "keras", folder.name)
    if hand and kind in ("i8", "u8", "hybrid"):
        converter._experimental_disable_per_channel = hand.randrange(4) == 0
    if hand and kind in ("i8", "u8"):
        converter.experimental_new_quantizer = hand.randrange(4) != 0
    if kind != "f32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "f16":
        converter.target_spec.supported_types = [tf.float16]
    if kind in ("i8", "u8"):
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8 if kind == "i8" else tf.uint8
    if kind == "i16":
        converter.target_spec.supported_ops = [
            tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int16
    if kind in ("i8", "u8", "i16"):
        converter.representative_dataset = samples
    with folder, contextlib.redirect_stdout(io.StringIO()):
        return converter.convert()


# What float32 results are rounded once, or not at all: any order and any library gives the same bits.
EXACT = """ADD SUB MUL MAXIMUM MINIMUM RELU RELU6 LEAKY_RELU PRELU MAX_POOL_2D REDUCE_MAX RESHAPE EXPAND_DIMS SQUEEZE TRANSPOSE PAD
PADV2 MIRROR_PAD CONCATENATION SPLIT SPLIT_V STRIDED_SLICE SHAPE PACK GATHER REDUCE_PROD TILE RESIZE_NEAREST_NEIGHBOR
SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND QUANTIZE DEQUANTIZE""".split()


def is_exact(interpreter):
    """Whether every operator gives bits that do not depend on an order of additions or on a library."""
    tensors = {x["index"]: x for x in interpreter.get_tensor_details()}
    for operator in interpreter._get_ops_details():
        types = [tensors[i]["dtype"] for i in operator["inputs"] if i in tensors]
        if operator["op_name"] in EXACT or np.float32 not in types:
            continue
        if operator["op_name"] not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED") or types[1] != np.int8:
            return False
    return True


def ready(path, kind):
    """An interpreter of the reference kernels; of floats, where these lack an operator (ELU), of the optimised ones."""
    resolvers = tf.lite.experimental.OpResolverType
    try:
        interpreter = tf.lite.Interpreter(model_path=str(path), experimental_op_resolver_type=resolvers.BUILTIN_REF)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError):
        if kind not in ("f32", "f16"):
            raise
        interpreter = tf.lite.Interpreter(
            model_path=str(path), experimental_op_resolver_type=resolvers.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        interpreter.allocate_tensors()
    return interpreter


def reference(path, kind, numbers, samples):
    """Inputs, what the reference kernels make of them (lists of arrays with the samples in front), whether that is exact."""
    interpreter = ready(path, kind)
    details, inputs = interpreter.get_input_details(), []
    for x in details:
        shape = (samples,) + tuple(x["shape"][1:])
        if x["dtype"] == np.float32:
            inputs.append((numbers.standard_normal(shape) * numbers.choice((0.3, 1, 5))).astype(np.float32))
        else:
            limits = np.iinfo(x["dtype"])
            inputs.append(numbers.integers(limits.min, limits.max + 1, shape).astype(x["dtype"]))
    outputs = [[] for _ in interpreter.get_output_details()]
    for i in range(samples):
        for x, values in zip(details, inputs):
            interpreter.set_tensor(x["index"], values[i:i + 1])
        interpreter.invoke()
        for k, y in enumerate(interpreter.get_output_details()):
            outputs[k].append(interpreter.get_tensor(y["index"]).copy())
    return inputs, [np.concatenate(y) for y in outputs], is_exact(interpreter)


def difference(kind, exact, got, expected):
    """What is wrong, or None."""
    if got.shape != expected.shape and got.size != expected.size:
        return f"shape {got.shape}, expected {expected.shape}"
    got = got.reshape(expected.shape)
    if got.dtype != expected.dtype:
        return f"type {got.dtype}, expected {expected.dtype}"
    if not exact:
        wrong = ~(np.abs(got - expected) <= 1e-5 * max(1, np.abs(expected).max()) + 1e-4 * np.abs(expected))
        # Before a hybrid layer the last bit of a float can make another integer of 8 bits of it, now and then.
        if kind == "hybrid" and (wrong.sum() < 3 or wrong.mean() < 0.25) and np.abs(got - expected).max() <= 0.01 * np.abs(expected).max():
            return None
    elif got.dtype == np.float32:
        wrong = got.view(np.uint32) != expected.view(np.uint32)
        wrong &= ~((got == 0) & (expected == 0))
    else:
        wrong = got != expected
    if not wrong.any():
        return None
    at = np.argwhere(wrong)[0]
    return f"{wrong.sum()} of {wrong.size} values; first at {at.tolist()}: {got[tuple(at)]}, expected {expected[tuple(at)]}"


def judge(tool, path, kind, exact, inputs, outputs):
    words = [tool, "run", path]
    for k, x in enumerate(inputs):
        np.save(path.with_name(f"{path.stem}.in{k}.npy"), x)
        words += ["-i", path.with_name(f"{path.stem}.in{k}.npy")]
    for k, y in enumerate(outputs):
        np.save(path.with_name(f"{path.stem}.expect{k}.npy"), y)
        words += ["-o", path.with_name(f"{path.stem}.out{k}.npy")]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode == 1:
        return "refused", done.stderr.strip().split("\n")[0]
    if done.returncode != 0:
        return "failed", f"status {done.returncode}: {done.stderr.strip()[:300]}"
    for k, y in enumerate(outputs):
        fault = difference(kind, exact, np.load(path.with_name(f"{path.stem}.out{k}.npy")), y)
        if fault:
            return "differs", f"output {k}: {fault}"
    return "equal" if exact else "near", ""


def pack(archive, files):
    """The same bytes for the same files, whenever and by whom."""
    with open(archive, "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for path in files:
                entry = tarfile.TarInfo(path.name)
                entry.size = path.stat().st_size
                with open(path, "rb") as content:
                    tar.addfile(entry, content)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("tool", type=pathlib.Path)
    arguments.add_argument("-n", type=int, default=200)
    arguments.add_argument("-s", "--seed", type=int, default=1)
    arguments.add_argument("-k", "--kinds", default="i8,i16,hybrid")
    arguments.add_argument("-o", "--folder", type=pathlib.Path, default=pathlib.Path("build/against_litert"))
    arguments.add_argument("--verify", type=int, default=0)
    arguments.add_argument("--strangers", action="store_true")
    arguments.add_argument("--keep", action="store_true")
    arguments.add_argument("--samples", type=int, default=6)
    arguments.add_argument("--first", type=int, default=0)
    arguments.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments.add_argument("--pack", type=pathlib.Path)
    arguments = arguments.parse_args()
    kinds = arguments.kinds.split(",")
    if not set(kinds) <= set(KINDS):
        print(f"kinds are {', '.join(KINDS)}", file=sys.stderr)
        return 2
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.child:
        for i in range(arguments.first, arguments.n):
            print(json.dumps([i, *one(arguments, i, kinds[i % len(kinds)])]), flush=True)
        return 0
    counts, packed, i = collections.Counter(), [], arguments.first
    while i < arguments.n:
        for i, result, why, stem in run_child(i):
            counts[result] += 1
            if result not in RIGHT:
                print(f"{stem}: {result}: {why}", flush=True)
            elif arguments.pack:
                packed += [x for x in sorted(arguments.folder.glob(f"{stem}.*")) if ".out" not in x.name]
            i += 1
        if i < arguments.n:     # the converter ends the whole process where it fails
            counts["not converted"] += 1
            i += 1
    if arguments.pack:
        pack(arguments.pack, packed)
    print(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    return 1 if counts["differs"] + counts["failed"] + counts["not verified"] else 0


def run_child(first):
    """Results [number, result, why, stem] from model 'first' on, until the child ends."""
    words = [sys.executable, __file__, *sys.argv[1:], "--first", str(first), "--child"]
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in child.stdout:
        if line.startswith("["):
            yield json.loads(line)
    child.wait()


def one(arguments, i, kind):
    """(result, why, stem) of model i."""
    hand = random.Random(f"{arguments.seed} {i}")
    numbers = np.random.default_rng([arguments.seed, i])
    path = arguments.folder / f"m{arguments.seed}_{i:04}_{kind}.tflite"
    keras.utils.clear_session()
    try:
        if arguments.strangers:
            model, family = strangers.draw(hand, numbers, kind, i // len(arguments.kinds.split(",")))
            path = path.with_name(f"{path.stem}_{family}.tflite")
            path.write_bytes(convert(model, kind, numbers, hand))
        else:
            path.write_bytes(convert(Drawing(hand, kind).model(), kind, numbers))
        inputs, outputs, exact = reference(path, kind, numbers, arguments.samples)
    except Exception as fault:  # the converter and LiteRT refuse some models; that says nothing about conv1dc
        return "not converted", str(fault).strip().splitlines()[0][:160], path.stem
    result, why = judge(arguments.tool, path, kind, exact, inputs, outputs)
    if result in RIGHT and arguments.verify and i % arguments.verify == 0:
        done = subprocess.run([arguments.tool, "verify", path], capture_output=True, text=True)
        if done.returncode != 0:
            result, why = "not verified", (done.stdout + done.stderr).strip()[-300:]
    if result in RIGHT and not arguments.keep and not arguments.pack:
        for file in arguments.folder.glob(f"{path.stem}.*"):
            file.unlink()
    return result, why, path.stem


sys.exit(main())
