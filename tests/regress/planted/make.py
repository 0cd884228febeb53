#!/usr/bin/env python3
"""Makes the model and the golden data of this folder with Keras 3: python3 make.py

Weights are decimals that stand once each in the emitted code, so that run.sh can edit them.
"""
import os

os.environ.setdefault("KERAS_BACKEND", "jax")
import keras
import numpy as np

keras.utils.set_random_seed(1)
model = keras.Sequential(
    [
        keras.Input((12, 2), name="signal"),
        keras.layers.Conv1D(3, 3, padding="same", activation="tanh", name="first"),
        keras.layers.Conv1D(2, 2, dilation_rate=2, padding="causal", name="second"),
        keras.layers.Flatten(name="flat"),
        keras.layers.Dense(2, activation="softmax", name="classes"),
    ],
    name="planted",
)
rng = np.random.default_rng(7)
model.set_weights([np.round(rng.uniform(-1, 1, w.shape), 4).astype("float32") for w in model.get_weights()])
here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "planted.json"), "w") as f:
    f.write(model.to_json() + "\n")
np.savez(os.path.join(here, "planted.npz"), *model.get_weights())
x = rng.normal(size=(5, 12, 2)).astype("float32")
np.save(os.path.join(here, "input.npy"), x)
np.save(os.path.join(here, "expect.npy"), model.predict(x, verbose=0))
print([w.shape for w in model.get_weights()], model.get_weights()[0].ravel()[:6], model.get_weights()[2].ravel())
