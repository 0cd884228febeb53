#!/usr/bin/env python3
"""Trains tcn.keras, a residual temporal convolutional network that foretells the Mackey-Glass series by 6 steps.

Needs: keras 3 with a backend (written with 3.15.1 on TensorFlow), numpy.  Usage: train.py [-o FOLDER]
main.c makes the same series again and measures the error on a part that was not learnt."""
import argparse
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras
import numpy as np

WINDOW, AHEAD, CHANNELS = 64, 6, 12


def mackey_glass(n):
    """x' = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x, Euler's method with step 1: as in main.c."""
    x = [1.2] * 18
    while len(x) < n:
        x.append(0.9 * x[-1] + 0.2 * x[-18] / (1 + x[-18] ** 10))
    return np.array(x)


def block(x, dilation):
    """relu(x + conv(relu(norm(conv(x)))))"""
    y = keras.layers.Conv1D(CHANNELS, 3, dilation_rate=dilation, padding="causal", name=f"in_{dilation}")(x)
    y = keras.layers.BatchNormalization(name=f"norm_{dilation}")(y)
    y = keras.layers.ReLU(name=f"relu_{dilation}")(y)
    y = keras.layers.Conv1D(CHANNELS, 3, dilation_rate=dilation, padding="causal", name=f"out_{dilation}")(y)
    return keras.layers.Activation("relu", name=f"sum_relu_{dilation}")(keras.layers.Add(name=f"sum_{dilation}")([x, y]))


def build():
    x = keras.Input((WINDOW, 1), name="past")
    y = keras.layers.Conv1D(CHANNELS, 1, name="widen")(x)
    for dilation in (1, 2, 4, 8):
        y = block(y, dilation)
    return keras.Model(x, keras.layers.Conv1D(1, 1, name="ahead")(y), name="tcn")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    given = arguments.parse_args()
    keras.utils.set_random_seed(17)
    series = mackey_glass(4000).astype(np.float32) - 0.9
    starts = range(200, 3000 - WINDOW - AHEAD, 4)
    x = np.stack([series[s : s + WINDOW, None] for s in starts])
    y = np.stack([series[s + AHEAD : s + AHEAD + WINDOW, None] for s in starts])
    model = build()
    model.compile(keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(5e-3, 60 * (len(x) // 32))), "mse")
    model.fit(x, y, epochs=60, batch_size=32, verbose=2)
    bare = build()
    bare.set_weights(model.get_weights())
    bare.save(given.o / "tcn.keras")
    last = np.asarray(bare(np.stack([series[s : s + WINDOW, None] for s in range(3000, 3900)])))[:, -1, 0]
    error = last - series[3000 + WINDOW - 1 + AHEAD : 3900 + WINDOW - 1 + AHEAD]
    print(f"held out: root mean square error {np.sqrt(np.mean(error**2)):.4f}, the series' own {series.std():.4f}; "
          f"{bare.count_params()} parameters")


if __name__ == "__main__":
    main()
