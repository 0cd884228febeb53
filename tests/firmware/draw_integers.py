#!/usr/bin/env python3
"""draw_integers.py FOLDER SEED N [KINDS]: N TFLite models of one quantised layer each (conv, dw, dense), drawn from SEED on.

Shapes, scales and zero points that converters seldom make: uint8 weights with zero points, groups, factors of powers of two (ties
of every rounding), near 1 and above ("loud"), and far below 2^-13 ("big").  integers.tar.gz holds some of them, which
integers.sh verifies; needs tensorflow for its schema.
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import flatbuffers
import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

FORMS = ["plain", "plain", "plain", "ties", "u8", "loud", "big"]


class Writer:
    """The tables of a model of one operator."""

    def __init__(self):
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.buffers = []
        self.graph = schema.SubGraphT()
        self.graph.tensors = []
        self.model.subgraphs = [self.graph]
        self.buffer(None)

    def buffer(self, array):
        table = schema.BufferT()
        table.data = None if array is None else np.frombuffer(array.tobytes(), np.uint8)
        self.model.buffers.append(table)
        return len(self.model.buffers) - 1

    def tensor(self, name, shape, kind, array, scale, zero, axis=0):
        table = schema.TensorT()
        table.name, table.shape, table.type = name, list(shape), kind
        table.buffer = 0 if array is None else self.buffer(array)
        table.quantization = schema.QuantizationParametersT()
        table.quantization.scale = np.asarray(scale, np.float32).ravel()
        table.quantization.zeroPoint = np.asarray(zero, np.int64).ravel()
        table.quantization.quantizedDimension = axis
        self.graph.tensors.append(table)
        return len(self.graph.tensors) - 1

    def bytes(self, operator, code, inputs, outputs):
        code.deprecatedBuiltinCode, code.version = code.builtinCode, 3
        operator.opcodeIndex = 0
        self.model.operatorCodes = [code]
        self.graph.operators = [operator]
        self.graph.inputs, self.graph.outputs, self.graph.name = inputs, outputs, b"main"
        builder = flatbuffers.Builder(4096)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def sizes_of(rng, kind, form):
    """Sizes of a layer: steps, channels, filters, taps, ..."""
    s = dict(taps=int(rng.integers(1, 10)), stride=int(rng.choice([1, 1, 1, 2, 3, 4])), dilation=1, groups=1, multiplier=1)
    if s["stride"] == 1:
        s["dilation"] = int(rng.choice([1, 1, 2, 3, 5]))
    if kind == "conv" and form != "u8":
        s["groups"] = int(rng.choice([1, 1, 1, 2, 3]))
    s["channels"] = s["groups"] * int(rng.choice([1, 2, 3, 4, 5, 7, 8, 12, 16, 20, 33]))
    s["filters"] = s["groups"] * int(rng.choice([1, 2, 3, 4, 5, 6, 8, 9, 16]))
    if kind == "dw":
        s["multiplier"] = int(rng.choice([1, 1, 1, 2, 3]))
        s["channels"] = int(rng.choice([1, 2, 3, 4, 5, 8, 9, 16]))
        s["filters"] = s["channels"] * s["multiplier"]
    if kind == "dense":
        s.update(channels=int(rng.choice([1, 3, 4, 9, 16, 61, 128, 500])), filters=int(rng.choice([1, 2, 3, 5, 8, 10])))
        s.update(taps=1, stride=1, dilation=1)
    span = (s["taps"] - 1) * s["dilation"] + 1
    s["same"] = bool(rng.integers(2))
    s["steps"] = int(rng.integers(1, 40)) + (0 if s["same"] else span)
    s["steps_out"] = -(-s["steps"] // s["stride"]) if s["same"] else (s["steps"] - span) // s["stride"] + 1
    return s


def weights_of(rng, kind, form, s):
    """Weights, their zero point, the bias."""
    f = s["filters"]
    shape = {"conv": (f, 1, s["taps"], s["channels"] // s["groups"]), "dw": (1, 1, s["taps"], f), "dense": (f, s["channels"])}
    zero, least = 0, -128 if rng.integers(4) == 0 else -127
    if form == "u8":
        weights, zero = rng.integers(0, 256, shape[kind]).astype(np.uint8), int(rng.integers(0, 256))
    elif form == "big":
        weights = np.where(rng.integers(0, 2, shape[kind]) == 1, 127, -127).astype(np.int8)
    else:
        weights = rng.integers(least, 128, shape[kind]).astype(np.int8)
    most = 1 << (28 if form == "big" else 14)
    return weights, zero, rng.integers(-most, most, f).astype(np.int32)


def scales_of(rng, kind, form, terms, filters):
    """Scales of input, weights and output."""
    one = np.float32(2.0 ** rng.integers(-6, 3) * rng.uniform(0.5, 1))
    other = np.float32(2.0 ** rng.integers(-5, 2) * rng.uniform(0.5, 1))
    factor = 1.5 / np.sqrt(terms) / 127 * 2.0 ** rng.uniform(-3, 1)
    if form == "loud":
        factor = 2.0 ** rng.uniform(-3, 3)
    if form == "big":
        factor = 2.0 ** rng.uniform(-24, -16)
    if form == "ties":
        one = other = np.float32(1)
        factor = 2.0 ** -int(rng.integers(2, 14))
    n = filters if kind != "dense" and form != "u8" and rng.integers(4) else 1
    spread = rng.integers(-1, 2, n) if form == "ties" else rng.uniform(-2, 2, n)
    return one, (factor * other / one * 2.0**spread).astype(np.float32), other


def operator_of(kind, s, activation):
    operator, code = schema.OperatorT(), schema.OperatorCodeT()
    name, builtin = {
        "conv": ("Conv2DOptions", "CONV_2D"),
        "dw": ("DepthwiseConv2DOptions", "DEPTHWISE_CONV_2D"),
        "dense": ("FullyConnectedOptions", "FULLY_CONNECTED"),
    }[kind]
    options = getattr(schema, name + "T")()
    if kind != "dense":
        options.strideW, options.strideH = s["stride"], s["stride"] if kind == "dw" else 1
        options.dilationWFactor, options.dilationHFactor = s["dilation"], 1
        options.padding = schema.Padding.SAME if s["same"] else schema.Padding.VALID
    if kind == "dw":
        options.depthMultiplier = s["multiplier"]
    options.fusedActivationFunction = activation
    operator.builtinOptions, operator.builtinOptionsType = options, getattr(schema.BuiltinOptions, name)
    code.builtinCode = getattr(schema.BuiltinOperator, builtin)
    return operator, code


def draw(rng, kind, form):
    s = sizes_of(rng, kind, form)
    weights, weights_zero, bias = weights_of(rng, kind, form, s)
    one, scale, other = scales_of(rng, kind, form, weights.size // s["filters"], s["filters"])
    byte = schema.TensorType.UINT8 if form == "u8" else schema.TensorType.INT8
    least, most = (0, 255) if form == "u8" else (-128, 127)
    zeros = rng.integers(least, most + 1, 2)
    x, y = (1, 1, s["steps"], s["channels"]), (1, 1, s["steps_out"], s["filters"])
    if kind == "dense":
        x, y = (1, s["channels"]), (1, s["filters"])
    writer = Writer()
    inputs = [
        writer.tensor(b"x", x, byte, None, one, zeros[0]),
        writer.tensor(b"w", weights.shape, byte, weights, scale, [weights_zero] * len(scale), 3 if kind == "dw" else 0),
        writer.tensor(b"b", bias.shape, schema.TensorType.INT32, bias, one * scale, [0] * len(scale)),
    ]
    outputs = [writer.tensor(b"y", y, byte, None, other, zeros[1])]
    operator, code = operator_of(kind, s, int(rng.choice([0, 0, 1, 3])))
    operator.inputs, operator.outputs = inputs, outputs
    return writer.bytes(operator, code, inputs[:1], outputs)


def main():
    folder, seed, n = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    kinds = (sys.argv[4] if len(sys.argv) > 4 else "conv,dw,conv,dense").split(",")
    for i in range(seed, seed + n):
        rng = np.random.default_rng(i)
        kind, form = kinds[i % len(kinds)], str(rng.choice(FORMS))
        with open(f"{folder}/{kind}_{i}_{form}.tflite", "wb") as file:
            file.write(draw(rng, kind, form))


main()
