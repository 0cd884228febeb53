"""Goldens of losses and constraints from real Keras 3 and tf_keras: writes goldens.tar.gz beside it.

Each case: model.keras or model.h5, input.npy, losses.txt (model.losses after a call with the input, sorted), and what
conv1dc has to say about constraints: held.txt (layer and weight of each violation).
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile

import numpy as np

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"
HERE = os.path.dirname(os.path.abspath(__file__))


def fill(model, rng):
    model.set_weights([(rng.standard_normal(w.shape) * 0.5 + (1.5 if "variance" in name else 0)).astype("float32") ** (
        2 if "variance" in name else 1) for w, name in zip(model.get_weights(), [v.path if hasattr(v, "path") else v.name for v in model.weights])])


def project(model):
    """Every weight becomes what its constraint makes of it."""
    for v in model.weights:
        c = getattr(v, "constraint", None)
        if c is not None:
            v.assign(c(v * 1.0))


def models(k, three):
    L, R, C = k.layers, k.regularizers, k.constraints
    x = lambda *s: k.Input(s)
    seq = lambda *ls: k.Sequential(list(ls))
    yield "plain", seq(x(12, 3), L.Conv1D(4, 3, kernel_regularizer="l2", bias_regularizer="l1", activation="relu",
                                        activity_regularizer=R.L1(0.03)),
                       L.BatchNormalization(gamma_regularizer=R.L2(0.2), beta_regularizer=R.L1L2(0.1, 0.2)),
                       L.Flatten(), L.Dense(5, activation="softmax", kernel_regularizer=R.L1L2(0.001, 0.02),
                                            activity_regularizer=R.L2(0.5)))
    yield "kinds", seq(x(10, 4), L.SeparableConv1D(3, 3, depth_multiplier=2, depthwise_regularizer=R.L1(0.1),
                                                  pointwise_regularizer=R.L2(0.3), bias_regularizer="l2",
                                                  activity_regularizer=R.L2(0.7), activation="softmax"),
                       L.PReLU(alpha_regularizer=R.L2(0.11)), L.LayerNormalization(gamma_regularizer="l2"),
                       L.DepthwiseConv1D(3, depthwise_regularizer=R.L1(0.2)), L.Conv1DTranspose(3, 2, kernel_regularizer=R.L1L2(0.3)),
                       L.ActivityRegularization(l1=0.01, l2=0.02), L.Flatten(),
                       L.Dense(6, kernel_regularizer=R.OrthogonalRegularizer(0.4)),
                       L.Dense(4, kernel_regularizer=R.OrthogonalRegularizer(0.3, mode="columns"),
                               activity_regularizer=R.OrthogonalRegularizer(0.2) if three else None))
    a, b = x(8, 2), x(8, 2)
    shared = L.Conv1D(3, 3, kernel_regularizer=R.L2(0.1), activity_regularizer=R.L1(0.2), name="both")
    yield "shared", k.Model([a, b], L.Add()([shared(a), shared(b)]))
    inner = seq(x(8, 2), L.Conv1D(3, 3, kernel_regularizer=R.L2(0.1), activity_regularizer=R.L2(0.2)),
                L.Conv1D(2, 1, kernel_regularizer=R.L1(0.1), trainable=False))
    yield "frozen", seq(x(8, 2), inner, L.Conv1D(2, 1, trainable=False, kernel_regularizer="l2", activity_regularizer="l1"))
    yield "times", seq(x(3, 6, 2), L.TimeDistributed(L.Conv1D(3, 2, kernel_regularizer="l2", activity_regularizer=R.L1(0.1),
                                                             activation="softmax")),
                       L.TimeDistributed(L.Flatten()), L.TimeDistributed(L.Dense(2, bias_regularizer="l1")), L.Flatten())
    held = [L.Conv1D(16, 5, kernel_constraint=C.MaxNorm(0.7, axis=[0, 1]), bias_constraint="non_neg"),
            L.Conv1D(8, 3, kernel_constraint=C.UnitNorm(axis=-2), bias_constraint=C.MaxNorm(0.3, axis=0)),
            L.BatchNormalization(gamma_constraint=C.NonNeg(), beta_constraint=C.MinMaxNorm(0.5, 0.9)),
            L.Flatten(),
            L.Dense(12, kernel_constraint=C.MinMaxNorm(0.2, 0.4, axis=0)),
            L.Dense(3, kernel_constraint=C.MaxNorm(2, axis=None if three else 0))]
    yield "held", seq(x(11, 10), *held)


def main(version):
    three = version == 3
    if three:
        import keras as k
    else:
        import tf_keras as k
    folder = sys.argv[2]
    rng = np.random.default_rng(version)
    for name, model in models(k, three):
        fill(model, rng)
        cases = [("", False)] if name != "held" else [("_kept", True), ("_broken", False)]
        for suffix, kept in cases:
            if kept:
                before = model.get_weights()
                project(model)
            case = os.path.join(folder, f"keras{version}_{name}{suffix}")
            os.makedirs(case)
            model.save(os.path.join(case, "model.keras" if three or name == "kinds" else "model.h5"))
            xs = [rng.standard_normal((5,) + tuple(i.shape[1:])).astype("float32") for i in model.inputs]
            for i, one in enumerate(xs):
                np.save(os.path.join(case, f"input{i}.npy"), one)
            model(xs if len(xs) > 1 else xs[0])
            losses = sorted(float(l) for l in model.losses)
            with open(os.path.join(case, "losses.txt"), "w") as f:
                f.writelines("%.9g\n" % l for l in losses)
            with open(os.path.join(case, "held.txt"), "w") as f:
                if name == "held" and not kept:
                    for layer in model.layers:
                        for weight in ("kernel", "bias", "gamma", "beta"):
                            if getattr(layer, weight + "_constraint", None) is not None:
                                f.write(f"{layer.name} {weight}\n")
            if kept:
                model.set_weights(before)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(int(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as work:
            for version in (3, 2):
                subprocess.run([sys.executable, __file__, str(version), work], check=True)
            with tarfile.open(os.path.join(HERE, "goldens.tar.gz"), "w:gz") as tar:
                for case in sorted(os.listdir(work)):
                    tar.add(os.path.join(work, case), arcname=case)
