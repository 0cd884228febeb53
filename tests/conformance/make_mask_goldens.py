#!/usr/bin/env python3
"""Goldens of normalisations, Dot and masks; as make_goldens.py, whose writers it uses.

Usage: KERAS_BACKEND=jax make_mask_goldens.py [-o FOLDER] [FAMILY ...]
Cases of Keras 2 come from tf_keras (written with 2.21), evaluated in float64 likewise."""
import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import make_goldens as goldens
import keras
import numpy as np
import tf_keras
from keras import layers
from make_goldens import randomise, single


def old_case(family, model, inputs=None, spread=2.0, suffix="json"):
    """A case of tf_keras; its weights are set here."""
    for w in model.weights:
        low, high = (0.5, 1.5) if "gamma" in w.name or "variance" in w.name else (-0.7, 0.7)
        w.assign(family.values(w.shape, low, high))
    if inputs is None:
        inputs = [family.values([goldens.SAMPLES] + list(t.shape[1:]), -spread, spread) for t in model.inputs]
    copy = tf_keras.models.model_from_json(model.to_json().replace('"float32"', '"float64"'))
    copy.set_weights([np.asarray(w, np.float64) for w in model.get_weights()])
    y = [copy([x[i:i + 1].astype(np.float64) for x in inputs] if len(inputs) > 1 else inputs[0][i:i + 1].astype(np.float64))
         for i in range(len(inputs[0]))]
    ys = [list(o) if isinstance(o, (list, tuple)) else [o] for o in y]
    outputs = [np.concatenate([np.asarray(o[k]) for o in ys]).astype(np.float32) for k in range(len(ys[0]))]
    weights = goldens.npz([np.asarray(w).astype(np.float16) for w in model.get_weights()]) if model.get_weights() else None
    evaluate, goldens.evaluate = goldens.evaluate, lambda m, i: outputs
    family.case(model, inputs=inputs, files=(model.to_json().encode(), "json", weights, "npz"))
    goldens.evaluate = evaluate


def old_single(family, layer, shape, **more):
    old_case(family, tf_keras.Sequential([tf_keras.Input(shape), layer]), **more)


def norms(family):
    rank3 = (4, 3, 6)
    for axis in (-1, 1, 2, [1, 2], [-1, -2], (2,)):
        for center, scale, rms in ((True, True, False), (False, True, False), (True, False, False), (True, True, True)):
            single(family, layers.LayerNormalization(axis=axis, center=center, scale=scale, epsilon=1e-4, rms_scaling=rms), (6, 5),
                   "model")
    for axis in ([1, 3], [2, 3], [1, 2], [3], [1, 2, 3]):
        single(family, layers.LayerNormalization(axis=axis), rank3)
        if axis[-1] == 3 and axis != [1, 3]:        # of others Keras cannot broadcast the scale
            single(family, layers.RMSNormalization(axis=axis), rank3)
        single(family, layers.UnitNormalization(axis=axis), rank3)
        single(family, layers.Softmax(axis=axis), rank3, spread=5.0)
    single(family, layers.LayerNormalization(axis=[1, 2]), (13, 8))             # partial sums over two axes
    single(family, layers.Softmax(axis=[1, 2]), (13, 8), spread=9.0)
    for groups, axis, shape in ((1, -1, (7, 6)), (2, -1, (7, 6)), (3, 2, (7, 6)), (6, -1, (7, 6)), (-1, -1, (7, 6)), (2, 1, (6, 7)),
                                (-1, 1, (6, 7)), (3, -2, (6, 7)), (2, -1, (8,)), (2, 1, (8,)), (2, -1, (3, 4, 6)), (2, 2, (3, 4, 6)),
                                (1, -1, (5, 40)), (2, -1, (4, 160)), (1, 1, (2, 90))):
        for center, scale in ((True, True), (True, False), (False, True))[:3 if shape == (7, 6) else 1]:
            single(family, layers.GroupNormalization(groups=groups, axis=axis, center=center, scale=scale, epsilon=1e-4), shape)
    for axis in (-1, 1, [1, 2]):
        single(family, layers.RMSNormalization(axis=axis, epsilon=1e-3), (5, 5))
        single(family, layers.UnitNormalization(axis=axis), (6, 5))
    single(family, layers.RMSNormalization(), (2, 70))
    single(family, layers.UnitNormalization(), (2, 70))
    tiny = np.zeros((2, 3, 4), np.float32)                  # zero rows, and rows around the least length of Keras 3 and 2
    tiny[0, 1] = [1e-7, -2e-7, 0, 1e-8]
    tiny[0, 2] = [1e-5, 2e-5, 0, 1e-6]
    tiny[1, 0] = [1e-13, -2e-13, 1e-13, 0]
    tiny[1, 1] = [1e-11, 0, 0, 2e-11]
    tiny[1, 2] = 3
    model = keras.Sequential([keras.Input((3, 4)), layers.UnitNormalization()])
    family.case(model, inputs=[tiny])
    old_single(family, tf_keras.layers.UnitNormalization(), (3, 4), inputs=[tiny])
    for axis in (-1, 1, [1, 2]):
        old_single(family, tf_keras.layers.UnitNormalization(axis=axis), (6, 5))
        old_single(family, tf_keras.layers.LayerNormalization(axis=axis), (6, 5))
    for groups, axis in ((2, -1), (3, 2), (-1, -1), (2, 1)):
        old_single(family, tf_keras.layers.GroupNormalization(groups=groups, axis=axis), (6, 6))


FAMILIES = {"norms": norms}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("family", nargs="*", help="of: " + " ".join(FAMILIES))
    given = arguments.parse_args()
    for seed, (name, fill) in enumerate(FAMILIES.items()):
        if not given.family or name in given.family:
            keras.backend.clear_session()
            family = goldens.Family(name, 500 + seed)
            fill(family)
            family.write(given.o)


if __name__ == "__main__":
    main()
