#!/usr/bin/env python3
"""Single operators as .tflite files, with any types, scales and zero points: no converter stands between.

    python3 ops.py models DIR     writes them as DIR/NNN.tflite, with NNN.in0.npy .. and NNN.expect0.npy
    python3 ops.py pack FILE      writes one of each kind as a .tar.gz, for run.sh
    python3 ops.py goldens FILE   writes the cases of tests/unit/test_layers_integers.c (tensorflow is needed)
    from ops import op, run       op(...) makes a file's bytes, run(...) the reference kernels' outputs
"""
import gzip
import json
import os
import sys
import tarfile
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import flatbuffers
import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as schema

TYPES = {"float32": (0, np.float32), "int8": (9, np.int8), "uint8": (3, np.uint8), "int16": (7, np.int16),
         "int32": (2, np.int32), "int64": (4, np.int64)}


class Tensor:
    """A tensor of the file: type, shape (batch axis included), scale and zero point (lists: one a channel), data of a
    constant."""

    def __init__(self, type, shape, scale=None, zero=0, data=None, axis=0):
        self.type, self.shape, self.data, self.axis = type, list(shape), data, axis
        self.scale = [] if scale is None else list(np.atleast_1d(scale))
        self.zero = [] if scale is None else list(np.broadcast_to(zero, len(self.scale)))


def _tensor(model, t, name):
    made = schema.TensorT()
    made.shape, made.type, made.name = t.shape, TYPES[t.type][0], name
    made.buffer = 0
    if t.data is not None:
        buffer = schema.BufferT()
        buffer.data = np.frombuffer(np.ascontiguousarray(t.data, TYPES[t.type][1]).tobytes(), np.uint8)
        made.buffer = len(model.buffers)
        model.buffers.append(buffer)
    if t.scale:
        made.quantization = schema.QuantizationParametersT()
        made.quantization.scale = [float(np.float32(s)) for s in t.scale]
        made.quantization.zeroPoint = [int(z) for z in t.zero]
        made.quantization.quantizedDimension = t.axis
    return made


def op(name, inputs, outputs, options=None, **fields):
    """The bytes of a model of one operator, in its first version that the interpreter takes; options: the name of its table
    ("AddOptions"), fields: its fields."""
    for version in range(1, 6):
        content = made(name, inputs, outputs, options, version, fields)
        try:
            interpreter(content)
        except (RuntimeError, ValueError) as fault:
            if "version" in str(fault):
                continue
        break
    return content


def made(name, inputs, outputs, options, version, fields):
    model, graph, code, node = schema.ModelT(), schema.SubGraphT(), schema.OperatorCodeT(), schema.OperatorT()
    model.version, model.buffers, model.subgraphs, model.operatorCodes = 3, [schema.BufferT()], [graph], [code]
    code.builtinCode = getattr(schema.BuiltinOperator, name)
    code.deprecatedBuiltinCode, code.version = min(code.builtinCode, 127), version
    graph.tensors = [_tensor(model, t, "t%d" % i) for i, t in enumerate(inputs + outputs)]
    node.inputs, node.outputs = list(range(len(inputs))), list(range(len(inputs), len(inputs) + len(outputs)))
    graph.inputs = [i for i, t in enumerate(inputs) if t.data is None]
    graph.outputs, graph.operators = node.outputs, [node]
    if options:
        node.builtinOptionsType = getattr(schema.BuiltinOptions, options)
        node.builtinOptions = getattr(schema, options + "T")()
        for key, value in fields.items():
            setattr(node.builtinOptions, key, value)
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def interpreter(content):
    it = tf.lite.Interpreter(
        model_content=content, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    it.allocate_tensors()
    return it


def run(content, inputs):
    """What the reference kernels make of the inputs."""
    it = interpreter(content)
    for detail, x in zip(it.get_input_details(), inputs):
        it.set_tensor(detail["index"], x)
    it.invoke()
    return [it.get_tensor(d["index"]) for d in it.get_output_details()]


# ---- goldens -----------------------------------------------------------------------------------------------------

MODELS = []  # files, inputs and outputs of the cases
DICE = np.random.default_rng(8)
RANGE = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}


def scale_of(low=-8.0, high=2.0):
    return float(np.float32(2.0 ** DICE.uniform(low, high)))


def zero_of(type):
    return 0 if type == "int16" else int(DICE.integers(RANGE[type][0], RANGE[type][1] + 1))


def values(type, shape):
    low, high = RANGE[type]
    return DICE.integers(low, high + 1, shape).astype(TYPES[type][1])


def all_values(type):
    """Every integer of 8 bits; of int16 the ends, what lies near 0, and some."""
    low, high = RANGE[type]
    if type != "int16":
        return np.arange(low, high + 1).astype(TYPES[type][1])
    return np.concatenate([np.arange(-20, 21), [low, low + 1, high - 1, high],
                           DICE.integers(low, high + 1, 83)]).astype(np.int16)


def digits(x):
    """Little-endian elements in hexadecimal; "all": those of all_values() of 8 bits."""
    x = np.ascontiguousarray(x).ravel()
    if x.dtype.itemsize == 1 and x.size == 256 and np.array_equal(x, all_values(x.dtype.name)):
        return "all"
    return x.tobytes().hex()


def case(cls, config, tensors, out, xs, content, activation=None, **more):
    """One golden; what the reference refuses is left out."""
    given = [x for x, t in zip(xs, tensors) if t.data is None or cls == "PReLU"]
    try:
        ys = run(content, given)
    except (RuntimeError, ValueError) as fault:
        print("refused:", cls, config, activation, [t.type for t in tensors], str(fault).split("\n")[0][:100])
        return None
    describe = lambda t: [t.type, t.shape[1:], t.scale[0] if t.scale else 0, int(t.zero[0]) if t.zero else 0]
    more.update({"activation": activation} if activation else {})
    more.update(config)
    MODELS.append((content, given, ys))
    return dict(cls=cls, tensors=[describe(t) for t in tensors],
                out=describe(out), x=[digits(x) for x in xs], y=digits(ys[0]), **more)


def quantized(type, shape, scale=None, zero=None):
    return Tensor(type, shape, scale_of() if scale is None else scale, zero_of(type) if zero is None else zero)


FUSED = {0: None, 1: "relu", 3: "relu6", 2: "hard_tanh"}


def merges(out):
    for type in ("int8", "uint8", "int16"):
        for name, cls, options in (("ADD", "Add", "AddOptions"), ("SUB", "Subtract", "SubOptions"), ("MUL", "Multiply", "MulOptions")):
            for round in range(6):
                fused = [0, 0, 1, 3, 2, 0][round]
                shapes = [[1, 5, 13], [1, 5, 13]] if round < 4 else [[1, 5, 13], [1, 1, 13]] if round == 4 else [[1, 1, 13], [1, 5, 1]]
                a, b = (quantized(type, s, scale_of(-5, 0)) for s in shapes)
                y = quantized(type, [1, 5, 13], scale_of(-4, 1))
                if name == "MUL":
                    y.scale = [a.scale[0] * b.scale[0] * (RANGE[type][1] / 2.0 ** DICE.uniform(0, 3))]
                    y.scale = [float(np.float32(y.scale[0]))]
                fields = dict(fusedActivationFunction=fused)
                if type == "int16" and name != "MUL":
                    fields["potScaleInt16"] = False
                content = op(name, [a, b], [y], options, **fields)
                xs = [values(type, s) for s in shapes]
                out.append(case(cls, {}, [a, b], y, xs, content, FUSED[fused]))
        for name, cls in (("MAXIMUM", "Maximum"), ("MINIMUM", "Minimum")):
            a = quantized(type, [1, 5, 7])
            b = quantized(type, [1, 1, 7], a.scale[0], a.zero[0])
            content = op(name, [a, b], [quantized(type, [1, 5, 7], a.scale[0], a.zero[0])], "MaximumMinimumOptions")
            out.append(case(cls, {}, [a, b], quantized(type, [1, 5, 7], a.scale[0], a.zero[0]),
                            [values(type, t.shape) for t in (a, b)], content))
        for round in range(2):
            ins = [quantized(type, [1, 4, 3 + i]) for i in range(3)]
            y = quantized(type, [1, 4, 12])
            if type != "uint8" or round == 0:
                for t in ins:
                    t.scale, t.zero = y.scale, y.zero
            content = op("CONCATENATION", ins, [y], "ConcatenationOptions", axis=2)
            out.append(case("Concatenate", dict(axis=2), ins, y, [values(type, t.shape) for t in ins], content))
    for type in ("int8", "uint8", "int16"):
        for name, cls, options in (("ADD", "Add", "AddOptions"), ("SUB", "Subtract", "SubOptions"), ("MUL", "Multiply", "MulOptions"), ("MINIMUM", "Minimum", "MaximumMinimumOptions")):
            for first in (0, 1):
                shape = [1, 1, 7] if first else [1, 7]
                a, c = quantized(type, [1, 6, 7], scale_of(-5, -2)), quantized(type, shape, scale_of(-5, -2))
                y = quantized(type, a.shape, scale_of(-4, 0))
                if name == "MINIMUM":
                    c.scale, c.zero, y.scale, y.zero = a.scale, a.zero, a.scale, a.zero
                c.data = values(type, shape)
                fields = dict(potScaleInt16=False) if name in ("ADD", "SUB") else {}
                content = op(name, [c, a] if first else [a, c], [y], options, **fields)
                out.append(case(cls, {}, [c, a] if first else [a, c], y,
                                [c.data, values(type, a.shape)] if first else [values(type, a.shape), c.data],
                                content, constant=1 - first))
    for shift in (0, 1, 3):
        a, b = Tensor("int16", [1, 60], 2.0 ** -12), Tensor("int16", [1, 60], 2.0 ** (-12 - shift))
        for name, cls, options in (("ADD", "Add", "AddOptions"), ("SUB", "Subtract", "SubOptions")):
            y = Tensor("int16", [1, 60], 2.0 ** -12)
            content = op(name, [a, b], [y], options, potScaleInt16=True)
            out.append(case(cls, dict(shifts=1), [a, b], y, [values("int16", t.shape) for t in (a, b)], content))


def functions(out):
    fixed = {"LOGISTIC": (1 / 256, {"int8": -128, "uint8": 0}), "TANH": (1 / 128, {"int8": 0, "uint8": 128})}
    for type in ("int8", "uint8", "int16"):
        x = all_values(type)
        shape = [1, len(x)]
        for name, symbol, options, fields in (
                ("RELU", "relu", None, {}), ("RELU6", "relu6", None, {}), ("RELU_N1_TO_1", "hard_tanh", None, {}),
                ("LEAKY_RELU", "leaky_relu", "LeakyReluOptions", dict(alpha=0.3)),
                ("LEAKY_RELU", "leaky_relu", "LeakyReluOptions", dict(alpha=0.01)),
                ("ELU", "elu", None, {}), ("HARD_SWISH", "hard_silu", None, {}),
                ("GELU", "gelu", "GeluOptions", dict(approximate=False)),
                ("GELU", "gelu_tanh", "GeluOptions", dict(approximate=True)),
                ("LOGISTIC", "sigmoid", None, {}), ("TANH", "tanh", None, {})):
            for round in range(4):
                a = quantized(type, shape, scale_of(-7, -1) / (1 if type != "int16" else 128))
                y = quantized(type, shape, a.scale[0] * 2.0 ** DICE.uniform(-1, 1.5) if round else a.scale[0])
                if name in fixed:
                    y = Tensor(type, shape, fixed[name][0] if type != "int16" else 1 / 32768,
                               0 if type == "int16" else fixed[name][1][type])
                    if type == "int16" and round == 0:
                        a.scale = [2.0 ** -12]
                    if type == "int16" and round == 1:
                        a.scale = [2.0 ** -11]
                y.scale = [float(np.float32(y.scale[0]))]
                content = op(name, [a], [y], options, **fields)
                out.append(case("Activation", {}, [a], y, [x.reshape(shape)], content, symbol,
                                **({"parameter": float(np.float32(fields["alpha"]))} if "alpha" in fields else {})))
        for round in range(3):
            a, y = quantized(type, [1, len(x) // 4, 4]), quantized(type, [1, len(x) // 4, 4])
            alpha = Tensor("int8" if type == "int16" else type, [1, 1, 4], scale_of(-9, -6), zero_of("int8" if type == "int16" else type))
            alpha.data = values(alpha.type, [1, 1, 4])
            content = op("PRELU", [a, alpha], [y])
            out.append(case("PReLU", {}, [a], y, [x[:len(x) // 4 * 4].reshape(a.shape)], content,
                            alpha=[[int(a) - int(alpha.zero[0]) for a in alpha.data.ravel()], alpha.scale[0]]))


def quantizes(out):
    for type in ("int8", "uint8", "int16"):
        x = all_values(type)
        shape = [1, len(x)]
        for to in ("int8", "uint8", "int16"):
            for round in range(4):
                a, y = quantized(type, shape), quantized(to, shape)
                if round:
                    y.scale = [float(np.float32(a.scale[0] * 2.0 ** DICE.uniform(-2, 2)))]
                if round == 3:
                    y.scale = a.scale
                out.append(case("Quantize", {}, [a], y, [x.reshape(shape)], op("QUANTIZE", [a], [y], "QuantizeOptions")))
        for round in range(2):
            a, y = quantized(type, shape), Tensor("float32", shape)
            out.append(case("Quantize", {}, [a], y, [x.reshape(shape)], op("DEQUANTIZE", [a], [y], "DequantizeOptions")))
            y = quantized(type, [1, 100])
            a = Tensor("float32", [1, 100])
            v = (DICE.normal(size=[1, 100]) * 100 * y.scale[0]).astype(np.float32)
            v[0, :40] = ((np.arange(40) - 20) + 0.5) * np.float32(y.scale[0])
            out.append(case("Quantize", {}, [a], y, [v], op("QUANTIZE", [a], [y], "QuantizeOptions")))


def pools(out):
    for type in ("int8", "uint8", "int16"):
        for name, cls in (("MAX_POOL_2D", "MaxPooling1D"), ("AVERAGE_POOL_2D", "AveragePooling1D")):
            for round, (size, stride, padding, fused) in enumerate([(2, 2, 1, 0), (3, 2, 0, 0), (5, 1, 0, 1), (4, 3, 1, 3)]):
                a = quantized(type, [1, 1, 17, 5])
                steps = -(-17 // stride) if padding == 0 else (17 - size) // stride + 1
                y = quantized(type, [1, 1, steps, 5], a.scale[0], a.zero[0])
                content = op(name, [a], [y], "Pool2DOptions", padding=padding, strideW=stride, strideH=1,
                             filterWidth=size, filterHeight=1, fusedActivationFunction=fused)
                result = case(cls, dict(pool_size=size, strides=stride, padding=1 - padding), [a], y,
                              [values(type, a.shape)], content, FUSED[fused])
                if result:
                    for t in result["tensors"] + [result["out"]]:
                        t[1] = t[1][1:]
                out.append(result)
        for name, cls in (("MEAN", "Mean"), ("SUM", "Sum"), ("REDUCE_MAX", "Max"), ("REDUCE_MIN", "Min"), ("MEAN", "GlobalAveragePooling1D")):
            for round, (steps, axis) in enumerate([(9, 1), (64, 1), (33, 2), (7, 1)]):
                if cls == "GlobalAveragePooling1D" and axis != 1:
                    continue
                # LiteRT 2.3 and TensorFlow 2.21 read other types as uint8 here, which later sources mend.
                if name == "SUM" and type != "uint8":
                    continue
                a = quantized(type, [1, steps, 6])
                shape = [1, 6] if axis == 1 else [1, steps]
                y = quantized(type, shape, a.scale[0] * 2.0 ** DICE.uniform(-2, 0) * (steps ** 0.5 if name == "SUM" else 1))
                if name.startswith("REDUCE") or round == 3:
                    y.scale, y.zero = a.scale, a.zero
                y.scale = [float(np.float32(y.scale[0]))]
                content = op(name, [a, Tensor("int32", [1], data=[axis])], [y], "ReducerOptions", keepDims=False)
                out.append(case(cls, dict(axis=axis), [a], y, [values(type, a.shape)], content))


def softmaxes(out):
    for type in ("int8", "uint8", "int16"):
        for name, cls in (("SOFTMAX", "Softmax"), ("LOG_SOFTMAX", "LogSoftmax")):
            for round in range(6):
                n = [2, 5, 10, 33, 80, 3][round]
                a = quantized(type, [1, 6, n], scale_of(-7, 0) / (1 if type != "int16" else 64))
                if name == "SOFTMAX":
                    y = Tensor(type, a.shape, 1 / 256 if type != "int16" else 1 / 32768,
                               {"int8": -128, "uint8": 0, "int16": 0}[type])
                else:
                    y = Tensor(type, a.shape, 1 / 16, {"int8": 127, "uint8": 255, "int16": 0}[type])
                x = values(type, a.shape)
                x[0, 0, :] = RANGE[type][0]
                x[0, 1, 0] = RANGE[type][1]
                content = op(name, [a], [y], name.title().replace("_", "") + "Options",
                             **(dict(beta=1.0) if name == "SOFTMAX" else {}))
                out.append(case(cls, {}, [a], y, [x], content))


def write_models(folder, numbers):
    os.makedirs(folder, exist_ok=True)
    for i in numbers:
        content, xs, ys = MODELS[i]
        stem = os.path.join(folder, "op%03d" % i)
        with open(stem + ".tflite", "wb") as f:
            f.write(content)
        for k, x in enumerate(xs):
            np.save(stem + ".in%d.npy" % k, x)
        np.save(stem + ".expect0.npy", ys[0])


def pack(path, cases):
    """The first of each class and type; every mtime 0, so that equal models are equal archives."""
    seen = {}
    for i, c in enumerate(cases):
        types = {"int8": "int8", "uint8": "int8"}
        kind = (c["cls"], c.get("activation") if c["cls"] == "Activation" else None, types.get(c["tensors"][0][0], c["tensors"][0][0]),
                c["out"][0] == "float32", "constant" in c, c.get("shifts"))
        seen.setdefault(kind, i)
    with tempfile.TemporaryDirectory() as folder:
        write_models(folder, seen.values())
        with open(path, "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
            for name in sorted(os.listdir(folder)):
                info = tar.gettarinfo(os.path.join(folder, name), name)
                info.mtime, info.uid, info.gid, info.uname, info.gname = 0, 0, 0, "", ""
                with open(os.path.join(folder, name), "rb") as f:
                    tar.addfile(info, f)
    print(len(seen), "models")


def main():
    cases = []
    for make in (merges, functions, quantizes, pools, softmaxes):
        make(cases)
    cases = [c for c in cases if c]
    if sys.argv[1] == "models":
        write_models(sys.argv[2], range(len(MODELS)))
        return
    if sys.argv[1] == "pack":
        pack(sys.argv[2], cases)
        return
    with open(sys.argv[2], "w") as f:
        f.write("[\n" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]\n")
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
