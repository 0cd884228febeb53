"""Small goldens of LiteRT's reference kernels for tests/unit/test_layers_integer_sums.c: single operators of every type and
rounding, made with the schema, run by the interpreter with BUILTIN_REF.  Needs tensorflow 2.21.

    python tests/integers/make_goldens.py > tests/unit/data/integer_sums.h
"""
import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import flatbuffers
import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as s

TYPES = {"float32": (s.TensorType.FLOAT32, np.float32), "int8": (s.TensorType.INT8, np.int8),
         "uint8": (s.TensorType.UINT8, np.uint8), "int16": (s.TensorType.INT16, np.int16),
         "int32": (s.TensorType.INT32, np.int32), "int64": (s.TensorType.INT64, np.int64)}
ACTIVATIONS = {"linear": 0, "relu": 1, "relu_n1_to_1": 2, "relu6": 3}


class Model:
    def __init__(self):
        self.m = s.ModelT()
        self.m.version = 3
        self.g = s.SubGraphT()
        self.g.tensors, self.g.operators = [], []
        self.m.buffers, self.m.subgraphs, self.m.operatorCodes = [s.BufferT()], [self.g], []

    def tensor(self, shape, kind, scale=None, zero=None, data=None, axis=0):
        t = s.TensorT()
        t.shape, t.type, t.name = list(shape), TYPES[kind][0], "t%d" % len(self.g.tensors)
        if scale is not None:
            q = t.quantization = s.QuantizationParametersT()
            q.scale = np.atleast_1d(np.asarray(scale, np.float32))
            q.zeroPoint = np.atleast_1d(np.asarray(zero, np.int64))
            if len(q.zeroPoint) < len(q.scale):
                q.zeroPoint = np.zeros(len(q.scale), np.int64)
            q.quantizedDimension = axis
        t.buffer = 0
        if data is not None:
            b = s.BufferT()
            b.data = np.frombuffer(np.ascontiguousarray(data, TYPES[kind][1]).tobytes(), np.uint8)
            self.m.buffers.append(b)
            t.buffer = len(self.m.buffers) - 1
        self.g.tensors.append(t)
        return len(self.g.tensors) - 1

    def operator(self, code, kind, options, ins, outs, version=1):
        c = s.OperatorCodeT()
        c.builtinCode = code
        c.deprecatedBuiltinCode = min(code, 127)
        c.version = version
        self.m.operatorCodes.append(c)
        o = s.OperatorT()
        o.opcodeIndex = len(self.m.operatorCodes) - 1
        o.inputs, o.outputs, o.builtinOptionsType, o.builtinOptions = ins, outs, kind, options
        self.g.operators.append(o)

    def bytes(self, ins, outs):
        self.g.inputs, self.g.outputs = ins, outs
        b = flatbuffers.Builder(4096)
        b.Finish(self.m.Pack(b), b"TFL3")
        return bytes(b.Output())


def run(data, x):
    it = tf.lite.Interpreter(model_content=data,
                             experimental_op_resolver_type=tf.lite.experimental.OpResolverType.BUILTIN_REF)
    it.allocate_tensors()
    it.set_tensor(it.get_input_details()[0]["index"], x)
    it.invoke()
    return it.get_tensor(it.get_output_details()[0]["index"])


R = np.random.default_rng(11)
INTEGERS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}


def draw(kind, shape):
    if kind == "float32":
        return R.standard_normal(shape).astype(np.float32)
    low, high = INTEGERS[kind]
    return R.integers(low, high + 1, shape).astype(TYPES[kind][1])


def literal(values):
    if values is None:
        return "NULL"
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return "(const float[]){ " + ", ".join(float(v).hex() + "f" for v in values.ravel()) + " }"
    return "(const int[]){ " + ", ".join(str(int(v)) for v in values.ravel()) + " }"


# name, kind of operator, type, steps, channels, filters, taps, stride, dilation, padding (SAME), activation, per channel, asymmetric
CASES = [
    ("conv8", "conv", "int8", 9, 3, 4, 3, 2, 1, 1, "relu", 1, 0),
    ("conv8_dilated", "conv", "int8", 12, 2, 3, 4, 1, 2, 1, "linear", 1, 0),
    ("conv8_relu6", "conv", "int8", 7, 3, 4, 3, 1, 1, 0, "relu6", 0, 0),
    ("conv_u8", "conv", "uint8", 9, 3, 4, 3, 1, 1, 1, "linear", 0, 0),
    ("conv16", "conv", "int16", 9, 3, 4, 3, 1, 1, 1, "relu", 1, 0),
    ("conv16_i32", "conv", "int16", 9, 3, 4, 3, 1, 1, 1, "linear", 1, 2),
    ("depth8", "depth", "int8", 9, 3, 6, 3, 1, 1, 1, "relu_n1_to_1", 1, 0),
    ("depth_u8", "depth", "uint8", 9, 3, 6, 3, 2, 1, 1, "linear", 0, 0),
    ("depth16", "depth", "int16", 9, 3, 3, 5, 1, 1, 1, "linear", 1, 0),
    ("dense8", "dense", "int8", 3, 20, 5, 1, 1, 1, 0, "linear", 1, 0),
    ("dense8_tensor", "dense", "int8", 1, 20, 5, 1, 1, 1, 0, "relu", 0, 0),
    ("dense_u8", "dense", "uint8", 2, 20, 5, 1, 1, 1, 0, "linear", 0, 0),
    ("dense16", "dense", "int16", 2, 20, 5, 1, 1, 1, 0, "linear", 1, 0),
    ("transposed8", "transposed", "int8", 6, 3, 4, 3, 2, 1, 1, "linear", 1, 0),
    ("transposed16", "transposed", "int16", 5, 3, 2, 4, 2, 1, 0, "linear", 1, 0),
    ("hybrid_conv", "conv", "float32", 9, 3, 4, 3, 1, 1, 1, "relu", 1, 0),
    ("hybrid_conv_tensor", "conv", "float32", 9, 3, 4, 3, 2, 1, 1, "linear", 0, 0),
    ("hybrid_depth", "depth", "float32", 9, 3, 6, 3, 1, 1, 1, "linear", 1, 0),
    ("hybrid_dense", "dense", "float32", 3, 20, 5, 1, 1, 1, 0, "linear", 1, 1),
    ("hybrid_dense_tensor", "dense", "float32", 3, 20, 5, 1, 1, 1, 0, "relu", 0, 1),
    ("hybrid_dense_symmetric", "dense", "float32", 3, 20, 5, 1, 1, 1, 0, "linear", 0, 0),
]


def make(case):
    name, op, kind, steps, channels, filters, taps, stride, dilation, same, activation, each, flag = case
    hybrid, wide = kind == "float32", kind == "int16"
    weights = "uint8" if kind == "uint8" else "int8"
    m = Model()
    rank1 = op == "dense"
    shape = [steps, channels] if rank1 else [1, 1, steps, channels]
    s_in = np.float32(R.uniform(0.01, 0.1)) if not wide else np.float32(1e-4)
    zero = lambda: 0 if wide else int(R.integers(*INTEGERS[kind])) // 2
    z_in = None if hybrid else zero()
    z_w = int(R.integers(100, 150)) if kind == "uint8" else 0
    # Kept in the order of conv1dc's weights: [tap][channel][filter], Dense [channel][filter], depthwise [tap][channel][multiplier].
    per = 1 if op == "depth" else channels
    w = draw(weights, (taps, per, filters))
    if weights == "int8":  # as converters make them: LiteRT's products for x86 are wrong for -128
        w = np.maximum(w, -127)
    scale = R.uniform(0.002, 0.02, filters if each else 1).astype(np.float32)
    if op == "conv":
        t, axis = w.transpose(2, 0, 1).reshape(filters, 1, taps, channels), 0
    elif op == "transposed":
        t, axis = w.transpose(2, 0, 1).reshape(filters, 1, taps, channels), 0
    elif op == "depth":
        t, axis = w.reshape(1, 1, taps, filters), 3
    else:
        t, axis = w.reshape(channels, filters).T, 0
    bias_kind = "float32" if hybrid else "int64" if wide and not flag else "int32"
    bias = R.standard_normal(filters).astype(np.float32) if hybrid else R.integers(-3000, 3000, filters)
    if op == "transposed":
        out_steps = steps * stride if same else (steps - 1) * stride + max(taps, stride)
    else:
        span = (taps - 1) * dilation + 1
        out_steps = steps if rank1 else -(-steps // stride) if same else (steps - span) // stride + 1
    s_out = np.float32(float(s_in) * float(scale.max()) * np.sqrt(taps * per) * (20 if wide else 60)) if not hybrid else None
    z_out = None if hybrid else zero()
    ti = m.tensor(shape, kind, None if hybrid else s_in, z_in)
    tw = m.tensor(t.shape, weights, scale, [z_w] * len(scale), t, axis)
    tb = m.tensor([filters], bias_kind, None if hybrid else s_in * scale, 0 if not hybrid else None, bias)
    to = m.tensor([steps, filters] if rank1 else [1, 1, out_steps, filters], kind, s_out, z_out)
    if op == "conv":
        o = s.Conv2DOptionsT()
        o.strideW, o.strideH, o.dilationWFactor, o.dilationHFactor = stride, 1, dilation, 1
        o.quantizedBiasType = TYPES["int32"][0] if flag == 2 else 0
        code, options, version = s.BuiltinOperator.CONV_2D, s.BuiltinOptions.Conv2DOptions, 8 if flag == 2 else 5
    elif op == "depth":
        o = s.DepthwiseConv2DOptionsT()
        o.strideW, o.strideH, o.dilationWFactor, o.dilationHFactor = stride, 1, dilation, 1
        o.depthMultiplier = filters // channels
        code, options, version = s.BuiltinOperator.DEPTHWISE_CONV_2D, s.BuiltinOptions.DepthwiseConv2DOptions, 6
    elif op == "transposed":
        o = s.TransposeConvOptionsT()
        o.strideW, o.strideH = stride, 1
        code, options, version = s.BuiltinOperator.TRANSPOSE_CONV, s.BuiltinOptions.TransposeConvOptions, 3
    else:
        o = s.FullyConnectedOptionsT()
        o.asymmetricQuantizeInputs = bool(flag)
        code, options, version = s.BuiltinOperator.FULLY_CONNECTED, s.BuiltinOptions.FullyConnectedOptions, 9
    o.fusedActivationFunction = ACTIVATIONS[activation]
    if op != "dense":
        o.padding = s.Padding.SAME if same else s.Padding.VALID
    ins = [ti, tw, tb]
    if op == "transposed":
        tn = m.tensor([4], "int32", None, None, np.array([1, 1, out_steps, filters], np.int32))
        ins = [tn, tw, ti, tb]
    m.operator(code, options, o, ins, [to], version)
    x = draw(kind, shape)
    y = run(m.bytes([ti], [to]), x)
    stored = w.astype(np.int64) - z_w
    if op == "transposed":
        stored = stored.transpose(0, 2, 1)
    words = {"relu_n1_to_1": "hard_tanh"}
    print("\t{")
    print('\t\t.name = "%s", .op = "%s", .type = TYPE_%s, .bias_type = TYPE_%s, .steps = %d, .channels = %d, .filters = %d,'
          % (name, op, {"int8": "I8", "uint8": "U8", "int16": "I16", "float32": "F32"}[kind],
             {"int32": "I32", "int64": "I64", "float32": "F32"}[bias_kind], steps, channels, filters))
    print('\t\t.taps = %d, .stride = %d, .dilation = %d, .same = %d, .activation = "%s", .scales = %d, .asymmetric = %d,'
          % (taps, stride, dilation, same, words.get(activation, activation), len(scale), flag == 1))
    if not hybrid:
        print("\t\t.scale_in = %sf, .scale_out = %sf, .zero_in = %d, .zero_out = %d,"
              % (float(s_in).hex(), float(s_out).hex(), z_in, z_out))
    print("\t\t.scale = %s," % literal(scale))
    print("\t\t.weights = %s," % literal(stored))
    print("\t\t.bias = %s," % literal(bias if not hybrid else None))
    print("\t\t.bias_f32 = %s," % literal(bias if hybrid else None))
    print("\t\t.x = %s," % literal(x if not hybrid else None))
    print("\t\t.x_f32 = %s," % literal(x if hybrid else None))
    print("\t\t.y = %s," % literal(y if not hybrid else None))
    print("\t\t.y_f32 = %s," % literal(y if hybrid else None))
    print("\t},")


if __name__ == "__main__":
    import sys
    print("/* Made by tests/integers/make_goldens.py: what LiteRT's reference kernels make of single operators. */")
    print("/* clang-format off */")
    for c in CASES:
        try:
            make(c)
        except Exception as e:
            print(c[0], str(e)[:300], file=sys.stderr)
