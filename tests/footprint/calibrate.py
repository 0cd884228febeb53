"""calibrate.py BINARY PARTS MODELS... : the rows of generator/targets/footprint.def from what the compilers make.  KEEP=FOLDER
keeps what was measured there, and takes what is kept.

BINARY is conv1dc, PARTS is built from parts.c beside this file, MODELS are files that compile needs no more words for, or
'MODEL WEIGHTS'.  Every model is emitted for every target, compiled with gcc -O2, and its code (.text of the object) and stack are
measured: on boards by conv1dc size, which paints the stack under the emulator; else by gcc's -fcallgraph-info=su, from
NAME_run down.  Then a linear programme finds, for each target, the weights
that never estimate too little and together the least too much.  Needs numpy and scipy; no test runs it.
"""
import json
import os
import pickle
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy
import scipy.optimize

ARM = "arm-none-eabi-gcc -mthumb -mcpu="
# row -> (--target, compiler or None where it has a board, stack below what gcc knows of: library routines)
TARGETS = {
    "cortex-m0plus": ("cortex-m0plus", None, 0),
    "cortex-m3": ("cortex-m3", None, 0),
    "cortex-m4f": ("cortex-m4f", None, 0),
    "cortex-m7": ("cortex-m7", None, 0),
    "cortex-m33": ("cortex-m33", None, 0),
    "cortex-m55": ("cortex-m55", None, 0),
    "rv32imc": ("rv32imc", None, 0),
    "rv32imfc": ("rv32imfc", None, 0),
    "sse2": ("sse2", "gcc", 16),
    "avx2": ("avx2", "gcc", 16),
    "avx512": ("avx512", "gcc", 16),
    "neon": ("neon", "aarch64-linux-gnu-gcc", 16),
    "c99/m0plus": ("c99", ARM + "cortex-m0plus", 48),
    "c99/m3": ("c99", ARM + "cortex-m3", 48),
    "c99/m4f": ("c99", ARM + "cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard", 8),
    "c99/rv32imc": ("c99", "riscv64-unknown-elf-gcc --specs=picolibc.specs -march=rv32imc -mabi=ilp32", 96),
    "c99/x86_64": ("c99", "gcc", 16),
    "c99/aarch64": ("c99", "aarch64-linux-gnu-gcc", 16),
}
PARTS = 11
SMALL = 200
BUSY = 200
SECONDS = 60
# Bytes at least, for models unlike those of the corpus: parts that stand beside others in all of them would get none.
CODE_BOUNDS = [(n, None) for n in (8, 0, 0.5, 1.5, 1, 3, 6, 6, 2, 2)] + [(3.6, 4.2)]
STACK_BOUNDS = [(n, None) for n in (8, 0, 4, 0.2, 0.1)]
MARGIN = 1.12  # for models that are not in the corpus


def run(words, **more):
    return subprocess.run(words, capture_output=True, text=True, **more)


def text_bytes(path):
    out = run(["objdump", "-h", path]).stdout
    return sum(int(m[1], 16) for m in re.finditer(r"^\s*\d+ \.text\S*\s+([0-9a-f]+)", out, re.M))


def stack_bytes(path):
    """The deepest way from NAME_run through the call graph; routines that are not in the file count nothing."""
    text = open(path).read()
    own = {m[1]: int(m[2]) for m in re.finditer(r'node: \{ title: "([^"]*)" label: "[^"]*?(\d+) bytes', text)}
    calls = {}
    for m in re.finditer(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', text):
        calls.setdefault(m[1], set()).add(m[2])

    def depth(name):
        return own.get(name, 0) + max((depth(n) for n in calls.get(name, ())), default=0)

    return max(depth(name) for name in own if name.endswith("m_run"))


def measure_board(binary, model, target):
    """.text and painted stack; None: it takes too long."""
    out = run(["timeout", str(SECONDS), binary, "size", *model.split(), "--targets", target, "--json", "-q"]).stdout
    found = json.loads(out)["targets"][0] if out.startswith("{") else {}
    return (found["text_bytes"], found["stack_bytes"]) if found.get("stack_bytes") else None


def measure_object(folder, compiler, below):
    done = run([*compiler.split(), "-std=c99", "-O2", "-c", "-fcallgraph-info=su", "-o", "m.o", "m.c"], cwd=folder)
    if done.returncode:
        print(compiler, done.stderr[:300], file=sys.stderr)
        return None
    return text_bytes(folder + "/m.o"), stack_bytes(folder + "/m.ci") + below


def measure(binary, parts, model, row):
    target, compiler, below = TARGETS[row]
    with tempfile.TemporaryDirectory() as folder:
        done = run([binary, *model.split(), "--prefix", "m", "--target", target, "-o", folder, "-q"])
        if done.returncode:
            return None
        source = open(folder + "/m.c").read()
        counted = run([parts, "m"], input=source).stdout.split("\n")[:-1]
        found = measure_object(folder, compiler, below) if compiler else measure_board(binary, model, target)
        if not found:
            return None
        functions = []
        for line in counted:
            words = line.split()
            calls = [] if words[-1] == "-" else [int(w) for w in words[-1].split(",")]
            functions.append((words[0], int(words[1]), [int(w) for w in words[2:4]], [int(w) for w in words[4:4 + PARTS]], calls))
        return functions, *found, model


def code_features(functions):
    return numpy.sum([f[3] for f in functions if not f[1]], axis=0)


def envelope(features, measured, bounds=(0, None)):
    """Weights >= 0 with features @ weights >= measured, and the sum of the ratios least; what is small counts little."""
    a, b = numpy.array(features, float), numpy.array(measured, float)
    b = numpy.maximum(b, 1)
    done = scipy.optimize.linprog((a / (b + SMALL)[:, None]).sum(axis=0), A_ub=-a / b[:, None], b_ub=-numpy.ones(len(b)),
                                  bounds=bounds)
    return done.x if done.success else None


def stack_path(functions, weights):
    """Features (1, how busy, functions, array bytes, locals) of the deepest way by these weights; busy: the parts of the largest
    function, as a share of BUSY."""
    busy = max((sum(f[3][2:]) for f in functions if not f[1]), default=0)
    ways = []
    for name, small, (arrays, local), _, calls in functions:
        below = max((ways[i] for i in calls if i < len(ways)), key=lambda w: w @ weights, default=numpy.array([1.0, min(busy, BUSY) / BUSY, 0, 0, 0]))
        ways.append(numpy.array([0, 0, 1, arrays, local]) + below)
    return max(ways, key=lambda w: w @ weights)


def fit(samples):
    code = envelope([code_features(s[0]) for s in samples], [s[1] for s in samples], CODE_BOUNDS)
    weights = numpy.array([30.0, 60.0, 16.0, 0.5, 1.0])
    for _ in range(12):
        found = envelope([stack_path(s[0], weights) for s in samples], [s[2] for s in samples], STACK_BOUNDS)
        weights = (weights + found) / 2
    short = max(s[2] / (stack_path(s[0], weights) @ weights) for s in samples)
    return numpy.ceil(code * 10 * MARGIN).astype(int), numpy.ceil(weights * max(short, 1) * 10 * MARGIN).astype(int)


def check(name, samples, code, stack):
    ratio = numpy.array([code_features(s[0]) @ code / 10 / max(s[1], 1) for s in samples])
    deep = numpy.array([stack_path(s[0], stack) @ stack / 10 / max(s[2], 1) for s in samples])
    print(f"/* {name}: {len(samples)} models; estimate / measured: code {ratio.min():.2f} {numpy.median(ratio):.2f} "
          f"{numpy.percentile(ratio, 90):.2f} {ratio.max():.2f}, stack {deep.min():.2f} {numpy.median(deep):.2f} "
          f"{numpy.percentile(deep, 90):.2f} {deep.max():.2f} */", file=sys.stderr)
    worst = numpy.argsort(ratio)
    if os.environ.get("WORST"):
        for i in list(worst[:4]) + list(worst[-4:]):
            print("   ", round(ratio[i], 2), samples[i][1], samples[i][3], code_features(samples[i][0]), file=sys.stderr)
        worst = numpy.argsort(deep)
        for i in list(worst[:4]) + list(worst[-4:]):
            print("    stack", round(deep[i], 2), samples[i][2], samples[i][3], stack_path(samples[i][0], stack), file=sys.stderr)


def main():
    binary, parts, *models = sys.argv[1:]
    wanted = os.environ.get("TARGETS", " ".join(TARGETS)).split()
    rows = {}
    with ThreadPoolExecutor(2) as pool:
        for row in wanted:
            kept = os.environ.get("KEEP", "") and os.environ["KEEP"] + "/" + row.replace("/", "_")
            if kept and os.path.exists(kept):
                found = pickle.load(open(kept, "rb"))
            else:
                found = list(pool.map(lambda model: measure(binary, parts, model, row), models))
            if kept:
                pickle.dump(found, open(kept, "wb"))
            rows.setdefault(row.split("/")[0], []).extend(s for s in found if s and s[1] > 0)
    for row, samples in rows.items():
        if not samples:
            continue
        code, stack = fit(samples)
        check(row, samples, code, stack)
        print(f'FOOTPRINT("{row}", ' + ", ".join(str(n) for n in [*code, *stack]) + ")")


main()
