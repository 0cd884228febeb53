#!/usr/bin/env python3
"""Plants faults in the generator, one at a time, and counts what the tests catch.

    python3 tests/mutation/mutate.py [--n 500] [--seed 1] [--log mutants.tsv] [--only PATTERN] [--stages quick|all]

Works in a copy of the tree.  A mutant is one small fault: an operator, a bound, a constant, a swapped name, a dropped
statement, in code that decides what is computed (rooms and files below), drawn by the seed evenly over these lines.  One that
does not compile is drawn again.  The stages run from the quickest to the slowest; the first that fails catches it; one that hangs
is caught too.  Survivors that are equivalent (no input shows them) stand in tests/mutation/survivors.txt with the reason; the
others are gaps, which the closing lines list.  Takes hours for 500; runs on one core.
"""
import argparse, os, random, re, shutil, subprocess, sys, tempfile, time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOMS = ["generator/layers", "generator/kernels", "generator/plan", "generator/passes", "generator/eval", "templates", "runtime"]
FILES = ["generator/load/keras_weights.c", "generator/load/keras_fields.c", "generator/load/keras_nodes.c",
         "generator/load/keras_graph.c", "generator/load/keras_ops.c", "generator/load/npy.c"]
# What only speed, size or prose depends on is no fault of what is computed.
NOT_FILES = re.compile(r"describe\.c|remake\.c|order\.c|harness|driver|render\.lua|layers\.h|plan\.h|kernels\.h|costs")
NOT_FUNCTIONS = re.compile(r"cost|macs|text|operations|touches|useful|_doc|print")
STAGES = {
    "quick": ["sh tests/golden/run.sh build/conv1dc",
              "make -s build/tests/models/models CFLAGS='-O0 -w' && sh tests/models/run.sh build/conv1dc 500 7 0",
              "FAMILIES='layers merges conv1d' WAYS=none sh tests/conformance/run.sh build/conv1dc",
              "@unit", "sh tests/regress/run.sh build/conv1dc"],
    "more": ["sh tests/malformed/run.sh build/conv1dc", "WAYS=tcc sh tests/conformance/run.sh build/conv1dc",
             "sh tests/models/run.sh build/conv1dc 5000 8 0", "sh tests/emitted/run.sh build/conv1dc",
             "sh tests/harness/run.sh build/conv1dc", "WAYS=gcc_fma sh tests/conformance/run.sh build/conv1dc"],
}
SECONDS = 900  # of one stage: a test that hangs

OPERATORS = [
    ("one more", r"(?<![\w.])([a-z_][\w.>\[\]-]*) \+ 1\b", r"\1 + 2"), ("one off", r" \+ 1\b", ""), ("one off", r" - 1\b", ""),
    ("bound", r" < ", " <= "), ("bound", r" <= ", " < "), ("bound", r" > ", " >= "), ("bound", r" >= ", " > "),
    ("equality", r" == ", " != "), ("equality", r" != ", " == "), ("logic", r" && ", " || "), ("logic", r" \|\| ", " && "),
    ("arithmetic", r" \+ ", " - "), ("arithmetic", r" - ", " + "), ("arithmetic", r"(?<=[\w)\]]) \* (?=[\w(])", " + "),
    ("arithmetic", r" / ", " * "), ("arithmetic", r" % ", " / "), ("step", r"\+\+", "--"),
    ("sum", r" \+= ", " -= "), ("sum", r" \+= ", " = "), ("sum", r" \*= ", " += "), ("negation", r"!(?=[a-z_])", ""),
    ("constant", r"(?<![\w.])0(?![\w.])", "1"), ("constant", r"(?<![\w.])1(?![\w.])", "2"), ("constant", r"(?<![\w.])2(?![\w.])", "3"),
    ("constant", r"\b1e-3\b|\b0\.001\b", "0.01"), ("truth", r"\btrue\b", "false"), ("truth", r"\bfalse\b", "true"),
    ("extreme", r"\bmin\(", "max("), ("extreme", r"\bmax\(", "min("),
    ("name", r"\bsteps_in\b", "steps_out"), ("name", r"\bsteps_out\b", "steps_in"), ("name", r"\bpad_left\b", "dilation"),
    ("name", r"\bstride\b", "dilation"), ("name", r"\bdilation\b", "stride"), ("name", r"\bfilters\b", "channels"),
    ("name", r"\bchannels\b", "filters"), ("name", r"\btaps\b", "channels"), ("name", r"\bfirst\b", "end"), ("name", r"\bend\b(?=[ ;)\],])(?!.*then)", "first"),
    ("name", r"\binner\b", "outer"), ("name", r"\bouter\b", "inner"), ("name", r"\bhi\b", "lo"), ("name", r"\bhas_bias\b", "partial"),
    ("dropped", r"^(\s+)[\w>.\[\]*-]+(?: [-+*/]?= |\().*;$", r"\1;"),
    ("condition", r"\bif \((.*)\) ", r"if (!(\1)) "), ("condition", r"\bif (.*) then", r"if not (\1) then"),
]


def eligible(path):
    """(line number, text) of the lines of a file in which a fault is one of computing."""
    out, function, comment = [], "", False
    for i, line in enumerate(open(path)):
        start = re.match(r"[a-zA-Z_].*?(\w+)\(", line)
        if start and not line.rstrip().endswith(";"): function = start.group(1)
        stripped = line.strip()
        if "/*" in line and "*/" not in line: comment = True; continue
        if comment: comment = "*/" not in line; continue
        if not stripped or stripped.startswith(("#", "/*", "*", "--", "% --")): continue
        if path.endswith(".ct") and re.match(r"\s*(/\*| \*)", line): continue
        if re.match(r"%\s*(end|else|local function)\b", stripped): continue
        if path.endswith(".c") and not line.startswith("\t"): continue
        if NOT_FUNCTIONS.search(function) or re.search(r"diag_|layer_error|CHECK|die\(|arena_printf|NEW_ARRAY|arena_alloc|\.doc|remark|contract\(", line): continue
        out.append((i, line))
    return out


def candidates():
    files = [os.path.join(TOP, f) for f in FILES]
    for room in ROOMS:
        for folder, _, names in os.walk(os.path.join(TOP, room)):
            files += [os.path.join(folder, n) for n in names if n.endswith((".c", ".ct", ".h"))]
    found = []
    for path in sorted(set(files)):
        if NOT_FILES.search(path) or not os.path.exists(path): continue
        for i, line in eligible(path):
            for kind, pattern, to in OPERATORS:
                for m in re.finditer(pattern, line):
                    if line[: m.start()].count('"') % 2: continue  # inside a string
                    new = line[: m.start()] + m.expand(to) + line[m.end():]
                    if new != line: found.append((os.path.relpath(path, TOP), i, kind, line, new))
    return found


def run(command, cwd):
    """Did it pass?"""
    try:
        return subprocess.run(command, shell=True, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def unit(tree):
    build = os.path.join(tree, "build/tests")
    if not run("make -s unit CFLAGS='-O0 -w'", tree): return False
    return all(run("timeout 60 " + os.path.join(build, t), tree) for t in sorted(os.listdir(build))
               if t.startswith("test_") and not t.endswith(".d"))


def catcher(tree, stages):
    for stage in stages:
        if not (unit(tree) if stage == "@unit" else run(stage, tree)): return stage.replace("sh tests/", "").split("/run.sh")[0]
    return None


def known_survivors():
    path = os.path.join(TOP, "tests/mutation/survivors.txt")
    known = {}
    if os.path.exists(path):
        for line in open(path):
            if line.strip() and not line.startswith("#"):
                file, new, reason = line.rstrip("\n").split("\t")
                known[(file, new)] = reason
    return known


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--n", type=int, default=500)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--log", default="mutants.tsv")
    p.add_argument("--only", default="")
    p.add_argument("--stages", default="all", choices=["quick", "all"])
    a = p.parse_args()
    stages = STAGES["quick"] + (STAGES["more"] if a.stages == "all" else [])
    pool = [c for c in candidates() if re.search(a.only, c[0])]
    rng = random.Random(a.seed)
    by_line = {}
    for c in pool: by_line.setdefault((c[0], c[1]), []).append(c)
    lines = sorted(by_line)
    rng.shuffle(lines)
    known = known_survivors()
    tree = tempfile.mkdtemp(prefix="mutants-")
    subprocess.run(["git", "clone", "-q", TOP, tree], check=True)
    for path in subprocess.run(["git", "ls-files", "-m", "-o", "--exclude-standard"], cwd=TOP, capture_output=True, text=True).stdout.split():
        os.makedirs(os.path.dirname(os.path.join(tree, path)), exist_ok=True)
        shutil.copy(os.path.join(TOP, path), os.path.join(tree, path))
    if not run("make -s -j2 CFLAGS='-O0 -w' all unit", tree): sys.exit("the tree does not build")
    wrong = catcher(tree, stages)
    if wrong: sys.exit("without a fault, %s fails" % wrong)
    caught, equivalent, gaps, stillborn, began = 0, 0, [], 0, time.time()
    log = open(a.log, "a")
    try:
        for at in lines:
            if caught + equivalent + len(gaps) >= a.n: break
            file, i, kind, line, new = rng.choice(by_line[at])
            path = os.path.join(tree, file)
            text = open(path).readlines()
            open(path, "w").writelines(text[:i] + [new] + text[i + 1:])
            if not run("make -s CFLAGS='-O0 -w'", tree):
                stillborn += 1
                by = "stillborn"
            elif (file, new.strip()) in known:
                equivalent += 1
                by = "equivalent"
            else:
                by = catcher(tree, stages)
                if by: caught += 1
                else: gaps.append((file, i + 1, line.strip(), new.strip()))
            open(path, "w").writelines(text)
            log.write("\t".join([file, str(i + 1), kind, by or "SURVIVED", line.strip(), new.strip()]) + "\n")
            log.flush()
            if sys.stderr.isatty():
                sys.stderr.write("\r%d caught, %d equivalent, %d survived, %d stillborn, %d s" % (
                    caught, equivalent, len(gaps), stillborn, time.time() - began))
    finally:
        shutil.rmtree(tree, ignore_errors=True)
    for file, i, line, new in gaps: print("survived: %s:%d\n    - %s\n    + %s" % (file, i, line, new))
    print("%d mutants: %d caught, %d equivalent, %d survived; %d did not compile; seed %d" % (
        caught + equivalent + len(gaps), caught, equivalent, len(gaps), stillborn, a.seed))
    print("%d passed, %d failed" % (caught, len(gaps)))
    sys.exit(1 if gaps else 0)


if __name__ == "__main__":
    main()
