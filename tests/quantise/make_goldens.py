#!/usr/bin/env python3
"""Writes goldens of TFLite's converter: NAME.keras, NAME.npz and NAME_TYPE.txt for run.sh beside it.

Needs: tensorflow (written with 2.21) and keras 3.  Usage: make_goldens.py [FOLDER]
NAME.npz   x: calibration samples; q8, q16: integers for the input; y8, y16: what LiteRT's reference kernels
           (BUILTIN_REF) make of them with the converted model; label: the classes of x, as Keras decides.
NAME_int8.txt, NAME_int16.txt  scale and zero point of the input and of every layer's output, and the integers of
           every kernel and bias in conv1dc's layouts: one line each, sorted.
Weights and samples are multiples of 1/8 and small, so that every sum is exact in float32 in any order, and the ranges of
the converter's calibration are conv1dc's to the bit.
"""
import os
import pathlib
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["KERAS_BACKEND"] = "tensorflow"
import keras
import numpy as np
import tensorflow as tf
from keras import layers as L

MOVES = {"RESHAPE", "EXPAND_DIMS", "SQUEEZE", "SHAPE", "STRIDED_SLICE", "PACK"}


def chain():
    return keras.Sequential([
        keras.Input((32, 3), name="x"),
        L.Conv1D(8, 5, activation="relu", name="a"),
        L.AveragePooling1D(2, name="b"),
        L.Conv1D(6, 3, padding="same", activation="relu6", name="c"),
        L.DepthwiseConv1D(3, padding="same", depth_multiplier=2, name="d"),
        L.Conv1D(4, 1, name="e"),
        L.Flatten(name="f"),
        L.Dense(5, activation="softmax", name="g")], name="chain")


def branches():
    x = keras.Input((16, 4), name="x")
    a = L.Conv1D(6, 3, padding="same", strides=1, activation="relu", name="a")(x)
    b = L.Conv1D(6, 3, padding="same", activation="relu6", name="b")(x)
    c = L.Add(name="c")([a, b])
    d = L.LeakyReLU(0.25, name="d")(L.MaxPooling1D(2, name="e")(c))
    e = L.ZeroPadding1D(1, name="z")(d)
    f = L.Conv1D(6, 3, name="f")(e)
    g = L.Multiply(name="g")([d, f])
    h = L.Concatenate(name="h")([L.Conv1D(2, 1, name="i")(f), L.Conv1D(3, 1, name="j")(f)])
    # A second reader of a and b: the converter's calibration would let Add write over what it reads.
    means = [L.GlobalAveragePooling1D(name=f"l{i}")(t) for i, t in enumerate((h, a, b, g))]
    return keras.Model(x, L.Concatenate(name="m")(means), name="branches")


def sums():
    x = keras.Input((16, 3), name="x")
    a = L.Conv1D(5, 3, padding="same", activation="relu", name="a")(x)
    b = L.LeakyReLU(0.25, name="b")(L.MaxPooling1D(2, name="c")(L.Add(name="d")([a, a])))
    z = L.ZeroPadding1D(4, name="z")(b)
    return keras.Model(x, L.GlobalAveragePooling1D(name="g")(L.Multiply(name="m")([z, z])), name="sums")


def ends():
    x = keras.Input((12, 2), name="x")
    a = L.Conv1D(4, 3, strides=2, padding="same", activation="tanh", name="a")(x)
    return keras.Model(x, L.ZeroPadding1D(2, name="b")(a), name="ends")


def grid(random, shape, most):
    return (random.integers(-most, most + 1, shape) / 8).astype(np.float32)


def convert(model, x, wide):
    c = tf.lite.TFLiteConverter.from_keras_model(model)
    c.optimizations = [tf.lite.Optimize.DEFAULT]
    c.representative_dataset = lambda: ([x[i : i + 1]] for i in range(len(x)))
    ops = tf.lite.OpsSet
    c.target_spec.supported_ops = [ops.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8 if wide
                                   else ops.TFLITE_BUILTINS_INT8]
    c.inference_input_type = c.inference_output_type = tf.int16 if wide else tf.int8
    return c.convert()


def text_of(details):
    q = details["quantization_parameters"]
    return "%.9g %d" % (float(repr(q["scales"][0]).split("(")[-1].rstrip(")")), q["zero_points"][0])


def in_our_layout(op, kernel):
    if op == "FULLY_CONNECTED":
        return kernel.T
    if op == "DEPTHWISE_CONV_2D":
        return kernel
    return np.transpose(kernel[:, 0], (1, 2, 0))                # [F, K, C] -> [K, C, F]


def lines_of(interpreter):
    details = {d["index"]: d for d in interpreter.get_tensor_details()}
    yield "scale " + text_of(details[interpreter.get_input_details()[0]["index"]])
    for op in interpreter._get_ops_details():
        name = op["op_name"]
        if name in MOVES:
            continue
        yield "scale " + text_of(details[op["outputs"][0]])
        if name in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            kernel = in_our_layout(name, interpreter.get_tensor(op["inputs"][1]))
            yield "kernel " + " ".join(map(str, kernel.ravel()))
            yield "bias " + " ".join(map(str, interpreter.get_tensor(op["inputs"][2]).ravel()))


def run(interpreter, q):
    i, o = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    out = []
    for sample in q:
        interpreter.set_tensor(i["index"], sample[None])
        interpreter.invoke()
        out.append(interpreter.get_tensor(o["index"])[0].copy())
    return np.stack(out)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)
    # With int16 the converter requantises what is concatenated; conv1dc makes it in the concatenation's scale.
    both = ((False, "8"), (True, "16"))
    for seed, (build, kinds) in enumerate(((chain, both), (branches, both[:1]), (ends, both), (sums, both))):
        random = np.random.default_rng(seed)
        model = build()
        for w in model.weights:
            w.assign(grid(random, w.shape, 3))
        shape = model.inputs[0].shape[1:]
        arrays = {"x": grid(random, (12, *shape), 7)}
        if build is chain:
            arrays["label"] = np.argmax(np.asarray(model(arrays["x"])), -1)
        model.save(folder / f"{model.name}.keras")
        for wide, word in kinds:
            blob = convert(model, arrays["x"], wide)
            interpreter = tf.lite.Interpreter(
                model_content=blob, experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
            interpreter.allocate_tensors()
            info = np.iinfo(np.int16 if wide else np.int8)
            q = random.integers(info.min, info.max + 1, (6, *shape)).astype(info.dtype)
            arrays["q" + word], arrays["y" + word] = q, run(interpreter, q)
            (folder / f"{model.name}_int{word}.txt").write_text("\n".join(sorted(lines_of(interpreter))) + "\n")
        np.savez(folder / f"{model.name}.npz", **arrays)


if __name__ == "__main__":
    main()
