"""Does real Keras 3 take what conv1dc config and conv1dc weights write, and is it the same model?

    python3 tests/page/ask_keras.py build/conv1dc [FAMILY ...]

For every case of the conformance families (default: all): model_from_json(config), set_weights(weights), predict() against the
family's numbers of real Keras; of .keras files also load_model().get_config() against the new model's.  Known not to pass:
names with '/', which Keras 3 refuses; what means another thing in Keras 3 (module tf_keras.*); Normalization, whose
set_weights() Keras 3 does not carry through; operations of Keras 2 that Keras 3 has no class for."""
import collections
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

# Keras 2's, by the name under which the config asks for it.
CUSTOM = {"hard_sigmoid": lambda x: keras.ops.clip(0.2 * x + 0.5, 0, 1)}
BESIDE = ("shared_object_id", "build_config", "compile_config", "build_input_shape")


def run(binary, *words):
    done = subprocess.run([binary, *words], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout


def bare(config):
    """A config without what does not make the model."""
    if isinstance(config, dict):
        return {key: bare(value) for key, value in config.items() if key not in BESIDE}
    return [bare(value) for value in config] if isinstance(config, (list, tuple)) else config


def revive(text, inputs):
    config = json.loads(text)
    if config["class_name"] in ("Sequential", "Functional"):
        model = keras.models.model_from_json(text, custom_objects=CUSTOM)
        if not model.built:
            model(inputs[0] if len(inputs) == 1 else inputs)
        return model
    layer = keras.layers.deserialize(config, custom_objects=CUSTOM)
    tensors = [keras.Input(x.shape[1:]) for x in inputs]
    return keras.Model(tensors, layer(tensors[0] if len(tensors) == 1 else tensors))


def check(binary, line):
    name, file, weights, n_in, n_out, *options = line.split()
    inputs = [np.load(f"{name}.in{i}.npy") for i in range(int(n_in))]
    wanted = [np.load(f"{name}.out{i}.npy") for i in range(int(n_out))]
    text = run(binary, "config", file, *options)
    run(binary, "weights", file, *([] if weights == "-" else [weights]), *options, "-o", "again.npz")
    arrays = np.load("again.npz")
    model = revive(text, inputs)
    model.set_weights([arrays[key] for key in arrays.files])
    got = model.predict(inputs if len(inputs) > 1 else inputs[0], verbose=0, batch_size=len(inputs[0]))
    for a, b in zip(got if isinstance(got, (list, tuple)) else [got], wanted):
        largest = max(1, np.abs(b[np.isfinite(b)]).max(initial=0))
        if a.shape != b.shape or not np.allclose(a, b, rtol=2e-4, atol=2e-5 * largest, equal_nan=True):
            raise ValueError("other numbers")
    if file.endswith(".keras") and not options and '"keras_version": "3' in run("unzip", "-p", file, "metadata.json"):
        if bare(keras.models.load_model(file).get_config()) != bare(model.get_config()):
            raise ValueError("another config")


def main():
    binary, here = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(__file__).resolve().parent.parent / "conformance"
    families = sys.argv[2:] or sorted(path.name[:-7] for path in here.glob("*.tar.gz"))
    count, reasons = collections.Counter(), collections.Counter()
    for family in families:
        with tempfile.TemporaryDirectory() as folder:
            with tarfile.open(here / f"{family}.tar.gz") as tar:
                tar.extractall(folder)
            os.chdir(folder)
            for line in open("cases.txt"):
                try:
                    check(binary, line)
                    count["right"] += 1
                except Exception as error:  # each is told; none may stop the others
                    count["wrong"] += 1
                    reason = str(error).strip().splitlines()[-1][:120]
                    reasons[reason] += 1
                    if reasons[reason] <= 3:
                        print(f"{family} {line.split()[0]}: {reason}", flush=True)
            os.chdir(here)
    print(f"{count['right']} passed, {count['wrong']} failed")


main()
