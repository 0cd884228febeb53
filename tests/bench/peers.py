"""peers.py TARGET WORK COMPILER...: the race of race.c with LiteRT and onnxruntime beside the others, where this Python
has them: ai_edge_litert or tensorflow, onnxruntime and onnx, numpy.  All sides run in turns in this one process; race.c
holds the clock, and asks a side for so many calls at a time."""

import ctypes
import gc
import importlib.metadata
import itertools
import os
import sys

MAX_CONVS, MAX_NAME = 16, 32
LINEAR, RELU, TANH = 0, 1, 2


class Conv(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in (
        "steps", "channels", "filters", "taps", "stride", "dilation", "groups", "left", "right", "steps_out")] + [
        ("activation", ctypes.c_int), ("residual", ctypes.c_int),
        ("kernel_at", ctypes.POINTER(ctypes.c_float)), ("bias_at", ctypes.POINTER(ctypes.c_float))]

    @property
    def kernel(self):
        shape = (self.taps, self.channels // self.groups, self.filters)
        return np.ctypeslib.as_array(self.kernel_at, shape)

    @property
    def bias(self):
        return np.ctypeslib.as_array(self.bias_at, (self.filters,))


class Network(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char * MAX_NAME), ("padding", ctypes.c_char * MAX_NAME), ("n", ctypes.c_int),
                ("conv", Conv * MAX_CONVS)]


class Side(ctypes.Structure):
    pass


OPEN = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.POINTER(Side), ctypes.POINTER(Network), ctypes.POINTER(ctypes.c_char),
                        ctypes.c_size_t)
LOAD = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(ctypes.c_float))
RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_long)
CLOSE = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
Side._fields_ = [("name", ctypes.c_char_p), ("peer", ctypes.c_bool), ("open", OPEN), ("load", LOAD), ("run", RUN),
                 ("store", LOAD), ("close", CLOSE), ("folder", ctypes.c_char_p), ("variant", ctypes.c_int)]


def side_of(name, make):
    """make(network) gives an object with call(), load(x) and store(), which take and give (steps, channels), and Sized."""
    handles = {}
    numbers = itertools.count(1)

    def open_network(side, network, why, size):
        try:
            number = next(numbers)
            handles[number] = make(network.contents)
            return number
        except Exception as error:  # pylint: disable=broad-except
            text = (type(error).__name__ + ": " + str(error)).split("\n")[0].encode()[:size - 1]
            ctypes.memmove(why, text + b"\0", len(text) + 1)
            return None

    def load(number, x):
        handle = handles[number]
        handle.load(np.ctypeslib.as_array(x, (handle.steps, handle.channels)))

    def run(number, n):
        call = handles[number].call
        for _ in itertools.repeat(None, n):
            call()

    def store(number, y):
        handle = handles[number]
        np.ctypeslib.as_array(y, (handle.steps_out, handle.filters))[:] = handle.store()

    def close(number):
        del handles[number]

    return Side(name.encode(), True, OPEN(open_network), LOAD(load), RUN(run), LOAD(store), CLOSE(close), None, 0)


class Sized:
    """The sizes of a network's ends."""

    def __init__(self, network):
        self.steps, self.channels = network.conv[0].steps, network.conv[0].channels
        last = network.conv[network.n - 1]
        self.steps_out, self.filters = last.steps_out, last.filters


# ---- onnxruntime ---------------------------------------------------------------------------------------------------


def onnx_model(network):
    """Channels first, the zeros by the Conv's own pads; bytes of the model."""
    helper, numpy_helper = onnx.helper, onnx.numpy_helper
    nodes, weights, x = [], [], "x"
    for i in range(network.n):
        c = network.conv[i]
        kernel = np.ascontiguousarray(c.kernel.transpose(2, 1, 0))
        weights += [numpy_helper.from_array(kernel, f"w{i}"), numpy_helper.from_array(c.bias.copy(), f"b{i}")]
        y = f"conv{i}"
        nodes.append(helper.make_node("Conv", [x, f"w{i}", f"b{i}"], [y], kernel_shape=[c.taps], strides=[c.stride],
                                      dilations=[c.dilation], group=c.groups, pads=[c.left, c.right]))
        if c.activation != LINEAR:
            nodes.append(helper.make_node("Relu" if c.activation == RELU else "Tanh", [y], [y + "a"]))
            y += "a"
        if c.residual:
            nodes.append(helper.make_node("Add", [y, x], [y + "r"]))
            y += "r"
        x = y
    ends = Sized(network)
    value = helper.make_tensor_value_info
    graph = helper.make_graph(nodes, "layer", [value("x", 1, [1, ends.channels, ends.steps])],
                              [value(x, 1, [1, ends.filters, ends.steps_out])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return model.SerializeToString(), x


class OnnxRuntime(Sized):
    def __init__(self, network):
        super().__init__(network)
        model, output = onnx_model(network)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        make = onnxruntime.OrtValue.ortvalue_from_numpy
        self.x = make(np.zeros((1, self.channels, self.steps), np.float32))
        self.y = make(np.zeros((1, self.filters, self.steps_out), np.float32))
        self.binding = session.io_binding()
        self.binding.bind_ortvalue_input("x", self.x)
        self.binding.bind_ortvalue_output(output, self.y)
        self.session = session
        bare, bound = session._sess.run_with_iobinding, self.binding._iobinding
        self.call = lambda: bare(bound, None)

    def load(self, x):
        self.x.update_inplace(np.ascontiguousarray(x.T[None]))

    def store(self):
        return self.y.numpy()[0].T


# ---- LiteRT (XNNPACK) ----------------------------------------------------------------------------------------------


class Flat:
    """A TFLite model, tensor by tensor."""

    def __init__(self):
        self.model = schema.ModelT(version=3, operatorCodes=[], buffers=[schema.BufferT()], description="layer")
        self.graph = schema.SubGraphT(tensors=[], operators=[], inputs=[], outputs=[], name="main")
        self.model.subgraphs = [self.graph]

    def tensor(self, shape, values=None, kind=None, quantization=None):
        number = 0
        if values is not None:
            number = len(self.model.buffers)
            data = np.frombuffer(np.ascontiguousarray(values).tobytes(), np.uint8)
            self.model.buffers.append(schema.BufferT(data=data))
        self.graph.tensors.append(schema.TensorT(shape=list(shape), buffer=number, name=f"t{len(self.graph.tensors)}",
                                                 type=schema.TensorType.FLOAT32 if kind is None else kind,
                                                 quantization=quantization))
        return len(self.graph.tensors) - 1

    def operator(self, code, inputs, output, kind=0, options=None, version=1):
        self.model.operatorCodes.append(
            schema.OperatorCodeT(deprecatedBuiltinCode=code, builtinCode=code, version=version))
        self.graph.operators.append(schema.OperatorT(opcodeIndex=len(self.model.operatorCodes) - 1, inputs=inputs,
                                                     outputs=[output], builtinOptionsType=kind, builtinOptions=options))
        return output

    def bytes(self):
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def flat_conv(flat, c, padding, x):
    """Adds one convolution on tensor x (1, 1, steps, channels), as a converter would: causal zeros by PAD."""
    ops, kinds = schema.BuiltinOperator, schema.BuiltinOptions
    if padding == b"causal" and c.left > 0:
        pads = flat.tensor((4, 2), np.array([[0, 0], [0, 0], [c.left, 0], [0, 0]], np.int32), schema.TensorType.INT32)
        x = flat.operator(ops.PAD, [x, pads], flat.tensor((1, 1, c.left + c.steps, c.channels)), kinds.PadOptions,
                          schema.PadOptionsT())
    y = flat.tensor((1, 1, c.steps_out, c.filters))
    fused = schema.ActivationFunctionType.RELU if c.activation == RELU else schema.ActivationFunctionType.NONE
    same = schema.Padding.SAME if padding == b"same" else schema.Padding.VALID
    bias = flat.tensor((c.filters,), c.bias)
    common = {"padding": same, "strideW": c.stride, "strideH": 1 if c.groups == 1 else c.stride,
              "fusedActivationFunction": fused, "dilationWFactor": c.dilation, "dilationHFactor": 1}
    if c.groups > 1 and c.groups == c.channels:
        kernel = flat.tensor((1, 1, c.taps, c.filters), c.kernel.reshape(1, 1, c.taps, c.filters))
        flat.operator(ops.DEPTHWISE_CONV_2D, [x, kernel, bias], y, kinds.DepthwiseConv2DOptions,
                      schema.DepthwiseConv2DOptionsT(depthMultiplier=c.filters // c.channels, **common), 2)
    else:
        common["strideH"] = 1
        kernel = c.kernel.transpose(2, 0, 1)[:, None]
        flat.operator(ops.CONV_2D, [x, flat.tensor(kernel.shape, kernel), bias], y, kinds.Conv2DOptions,
                      schema.Conv2DOptionsT(**common), 2 if c.groups == 1 else 6)
    if c.activation == TANH:
        y = flat.operator(ops.TANH, [y], flat.tensor((1, 1, c.steps_out, c.filters)))
    return y


def flat_model(network):
    flat, ends = Flat(), Sized(network)
    x = flat.tensor((1, 1, ends.steps, ends.channels))
    flat.graph.inputs = [x]
    for i in range(network.n):
        c = network.conv[i]
        y = flat_conv(flat, c, network.padding, x)
        if c.residual:
            y = flat.operator(schema.BuiltinOperator.ADD, [y, x], flat.tensor((1, 1, c.steps_out, c.filters)),
                              schema.BuiltinOptions.AddOptions, schema.AddOptionsT())
        x = y
    flat.graph.outputs = [x]
    return flat.bytes()


class LiteRT(Sized):
    def __init__(self, network):
        super().__init__(network)
        self.interpreter = Interpreter(model_content=flat_model(network), num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]
        bare = getattr(self.interpreter, "_interpreter", None)
        self.call = self.interpreter.invoke if bare is None else bare.Invoke

    def load(self, x):
        self.interpreter.set_tensor(self.input, x[None, None].copy())

    def store(self):
        return self.interpreter.get_tensor(self.output)[0, 0]


# ---- what this Python has ------------------------------------------------------------------------------------------


def version(*packages):
    for package in packages:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return ""


def import_litert():
    """Interpreter and schema, from the small package or from TensorFlow."""
    try:
        from ai_edge_litert import interpreter, schema_py_generated
        return interpreter.Interpreter, schema_py_generated, "ai-edge-litert " + version("ai-edge-litert")
    except ImportError:
        pass
    from tensorflow import lite
    from tensorflow.lite.python import schema_py_generated
    return lite.Interpreter, schema_py_generated, "tensorflow " + version("tensorflow-cpu", "tensorflow")


def find_sides(note):
    """The sides there are; names what is not."""
    global Interpreter, flatbuffers, onnx, onnxruntime, schema
    sides = []
    try:
        import flatbuffers
        Interpreter, schema, package = import_litert()
        sides.append(side_of("litert", LiteRT))
        note(f"LiteRT with XNNPACK, its default delegate, by {package}")
    except ImportError as error:
        note(f"skipped: LiteRT ({error}: pip install ai-edge-litert)")
    try:
        import onnx
        import onnxruntime
        sides.append(side_of("ort", OnnxRuntime))
        note(f"ONNX Runtime {onnxruntime.__version__}, all graph optimisations")
    except ImportError as error:
        note(f"skipped: onnxruntime ({error}: pip install onnxruntime onnx)")
    return sides


def main():
    global np
    target, work = sys.argv[1:3]
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    race = ctypes.CDLL(os.path.join(work, "race.so"))
    note = lambda text: race.race_note(text.encode())
    race.race_begin(target.encode())  # before anything asks which processor this is
    try:
        import numpy as np
        sides = find_sides(note)
    except ImportError as error:
        note(f"skipped: LiteRT, onnxruntime ({error} for {sys.executable})")
        sides = []
    for side in sides:
        race.race_add(ctypes.byref(side))
    gc.disable()
    arguments = [argument.encode() for argument in sys.argv]
    return race.race_main(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))


if __name__ == "__main__":
    sys.exit(main())
