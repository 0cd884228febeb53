"""integers.py BINARY WORK TARGET COMPILER...: int8 layers by conv1dc's output and by LiteRT (XNNPACK), in turns in this one
process, from the same .tflite files.  Prints a table and writes it to WORK/integers-TARGET.md.

A time is the least of many short runs, less the least time of a call that computes next to nothing.  Values may differ
by one step from LiteRT's, whose fast kernels round otherwise than its reference kernels; conv1dc verify compares with these."""

import ctypes
import os
import subprocess
import sys
import time

import peers

SECONDS, BATCH_SECONDS, ROUNDS = 1.0, 3e-4, 40
CALL = "call 1 16 16 1 1 1 valid 1 relu 0"


def lines_of(path):
    with open(path, encoding="ascii") as file:
        return [CALL] + [line for line in file if line.strip() and line.split()[-1] == "0"]


class Layer:
    """One line of layers.txt with weights of int8, as a model."""

    def __init__(self, line):
        fields = line.split()
        self.name, self.padding, self.activation = fields[0], fields[7], fields[9]
        self.steps, self.channels, self.filters, self.taps, self.stride, self.dilation = map(int, fields[1:7])
        self.groups = int(fields[8])
        self.apart = 1  # steps that values may lie apart
        self.window = (self.taps - 1) * self.dilation + 1
        self.left = self.window - 1 if self.padding == "causal" else 0
        there = self.steps + self.left
        self.steps_out = -(-there // self.stride) if self.padding == "same" else (there - self.window) // self.stride + 1

    @property
    def macs(self):
        """Multiply-adds on real steps."""
        total = max((self.steps_out - 1) * self.stride + self.window - self.steps, 0)
        left = total // 2 if self.padding == "same" else self.left
        rows = np.arange(self.steps_out)[:, None] * self.stride - left + np.arange(self.taps) * self.dilation
        inside = int(((rows >= 0) & (rows < self.steps)).sum())
        return inside * self.filters * self.channels // self.groups

    def tensor(self, flat, shape, scale, zero):
        quantization = schema.QuantizationParametersT(scale=[float(scale)], zeroPoint=[zero])
        return flat.tensor(shape, None, schema.TensorType.INT8, quantization)

    def model(self):
        """The bytes of a .tflite file."""
        random, flat = np.random.default_rng(1), peers.Flat()
        ops, kinds, types = schema.BuiltinOperator, schema.BuiltinOptions, schema.TensorType
        x_scale, x_zero = 0.02, -3
        x = self.tensor(flat, (1, 1, self.steps, self.channels), x_scale, x_zero)
        flat.graph.inputs = [x]
        if self.left:
            pads = flat.tensor((4, 2), np.array([[0, 0], [0, 0], [self.left, 0], [0, 0]], np.int32), types.INT32)
            padded = self.tensor(flat, (1, 1, self.steps + self.left, self.channels), x_scale, x_zero)
            x = flat.operator(ops.PAD, [x, pads], padded, kinds.PadOptions, schema.PadOptionsT())
        terms = self.taps * self.channels // self.groups
        scales = random.uniform(0.002, 0.004, self.filters).astype(np.float32)
        weights = random.integers(-127, 128, (self.filters, 1, self.taps, self.channels // self.groups)).astype(np.int8)
        bias = random.integers(-2000, 2000, self.filters).astype(np.int32)
        spread = 4 * x_scale * 0.003 * 73 * 73 * terms ** 0.5  # four deviations of a sum
        if self.activation == "tanh":
            self.apart = int(spread) + 2  # one step of its input
        relu = self.activation == "relu"
        y = self.tensor(flat, (1, 1, self.steps_out, self.filters), spread / (255 if relu else 128), -128 if relu else 0)
        depthwise = self.groups > 1
        if depthwise:
            weights = np.ascontiguousarray(weights.transpose(3, 1, 2, 0))
        def many(values, zero, axis):
            return schema.QuantizationParametersT(scale=[float(v) for v in values], zeroPoint=[zero] * len(values),
                                                  quantizedDimension=axis)
        kernel = flat.tensor(weights.shape, weights, types.INT8, many(scales, 0, 3 if depthwise else 0))
        bias = flat.tensor(bias.shape, bias, types.INT32, many(scales * np.float32(x_scale), 0, 0))
        same = schema.Padding.SAME if self.padding == "same" else schema.Padding.VALID
        common = {"padding": same, "strideW": self.stride, "strideH": self.stride if depthwise else 1,
                  "dilationWFactor": self.dilation, "dilationHFactor": 1,
                  "fusedActivationFunction": schema.ActivationFunctionType.RELU if relu else 0}
        if depthwise:
            flat.operator(ops.DEPTHWISE_CONV_2D, [x, kernel, bias], y, kinds.DepthwiseConv2DOptions,
                          schema.DepthwiseConv2DOptionsT(depthMultiplier=self.filters // self.channels, **common), 3)
        else:
            flat.operator(ops.CONV_2D, [x, kernel, bias], y, kinds.Conv2DOptions, schema.Conv2DOptionsT(**common), 3)
        if self.activation == "tanh":
            y = flat.operator(ops.TANH, [y], self.tensor(flat, (1, 1, self.steps_out, self.filters), 1 / 128, 0), 0, None, 2)
        flat.graph.outputs = [y]
        return flat.bytes()


class LiteRT:
    def __init__(self, model):
        self.interpreter = peers.Interpreter(model_content=model, num_threads=1)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]
        bare = getattr(self.interpreter, "_interpreter", None)
        self.call = self.interpreter.invoke if bare is None else bare.Invoke

    def load(self, x):
        self.interpreter.set_tensor(self.input, x[None, None].copy())

    def run(self, times):
        for _ in range(times):
            self.call()

    def values(self):
        return self.interpreter.get_tensor(self.output)[0, 0]


class Ours:
    def __init__(self, path, layer):
        self.calls = ctypes.CDLL(path).layer_calls
        self.calls.argtypes, self.calls.restype = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_long], None
        self.x = np.zeros((layer.steps, layer.channels), np.int8)
        self.y = np.zeros((layer.steps_out, layer.filters), np.int8)

    def load(self, x):
        self.x[:] = x

    def run(self, times):
        self.calls(self.x.ctypes.data, self.y.ctypes.data, times)

    def values(self):
        return self.y


def build(binary, folder, target, compiler, model):
    """The shared object of the emitted code."""
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/layer.tflite", "wb") as file:
        file.write(model)
    subprocess.run([binary, "compile", f"{folder}/layer.tflite", "--target", target, "-o", folder, "-q"], check=True)
    path = f"{folder}/{compiler}.so"
    call = os.path.join(os.path.dirname(os.path.abspath(__file__)), "call.c")
    subprocess.run([compiler, "-std=c99", "-O2", "-fPIC", "-shared", "-DNUMBER=int8_t", f"-I{folder}", "-o", path, call,
                    f"{folder}/layer.c"], check=True)
    return path


def timed(side, times):
    start = time.perf_counter()
    side.run(times)
    return (time.perf_counter() - start) / times


def race(sides):
    """The least seconds of a call, by side."""
    batches = []
    for side in sides:
        times = 1
        while timed(side, times) * times < BATCH_SECONDS:
            times *= 2
        batches.append(times)
    least, start, rounds = [float("inf")] * len(sides), time.process_time(), 0
    seconds = SECONDS / 4 if os.environ.get("QUICK") else SECONDS
    while rounds < ROUNDS or time.process_time() - start < seconds:
        for i in range(len(sides)):
            k = (i + rounds) % len(sides)
            least[k] = min(least[k], timed(sides[k], batches[k]))
        rounds += 1
    return least


def measure(line, binary, work, target, compilers):
    layer = Layer(line)
    model = layer.model()
    folder = f"{work}/integers/{layer.name}/{target}"
    sides = [LiteRT(model)] + [Ours(build(binary, folder, target, c, model), layer) for c in compilers]
    x = np.random.default_rng(2).integers(-128, 128, (layer.steps, layer.channels)).astype(np.int8)
    for side in sides:
        side.load(x)
        side.run(1)
    expect = sides[0].values().astype(int)
    for name, side in zip(compilers, sides[1:]):
        apart = np.abs(side.values().astype(int) - expect).max()
        if not apart <= layer.apart:
            sys.exit(f"{layer.name} by {name}: {apart} steps from LiteRT")
    return layer, race(sides)


def main():
    global np, schema
    binary, work, target = sys.argv[1:4]
    compilers = sys.argv[4:]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    if target == "avx2":  # hides AVX-512 from LiteRT, before anything asks which processor this is
        ctypes.CDLL(os.path.join(work, "race.so")).race_begin(target.encode())
    try:
        import flatbuffers
        import numpy as np
        peers.np, peers.flatbuffers = np, flatbuffers
        peers.Interpreter, peers.schema, package = peers.import_litert()
    except ImportError as error:
        print(f"skipped: int8 against LiteRT ({error}: pip install numpy ai-edge-litert)")
        return
    schema = peers.schema
    rows = [f"\n## {target}, int8: GOP/s\n", f"Quantised layers against LiteRT with XNNPACK ({package}), one thread, in turns in one process; the same",
            "`.tflite` files. Two operations a multiply-add; the ratio is LiteRT's time over that of the first compiler, \"with calls\" that",
            "without the overhead of a call subtracted.\n",
            "| | " + " | ".join([f"conv1dc, {c}" for c in compilers] + ["LiteRT", "ratio", "with calls"]) + " |",
            "|---" * (len(compilers) + 4) + "|"]
    overhead = None
    for line in lines_of(os.path.join(os.path.dirname(os.path.abspath(__file__)), "layers.txt")):
        layer, least = measure(line, binary, work, target, compilers)
        if overhead is None:
            overhead = least
            continue
        net = [max(a - b, a / 10) for a, b in zip(least, overhead)]
        speed = [2e-9 * layer.macs / s for s in net]
        rows.append(f"| {layer.name} | " + " | ".join([f"{s:.0f}" for s in speed[1:]] + [f"{speed[0]:.0f}", f"{net[0] / net[1]:.2f}",
                                                        f"{least[0] / least[1]:.2f}"]) + " |")
    text = "\n".join(rows) + "\n"
    print(text)
    with open(f"{work}/integers-{target}.md", "w", encoding="ascii") as file:
        file.write(text)


if __name__ == "__main__":
    main()
