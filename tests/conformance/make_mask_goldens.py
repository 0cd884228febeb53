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
    for axis, shape in ((None, (6, 3)), ((1, 2), (6, 3)), (1, (6, 3)), (-2, (6, 3)), ((2, 3), (2, 4, 3)), ((1, 2), (2, 4, 3)), ((1, 2, 3), (2, 4, 3))):
        for invert in (False, True):
            learnt = layers.Normalization(axis=axis, invert=invert)
            learnt.adapt(family.values((30, *shape), -3, 5).astype(np.float32))
            for w in (learnt.adapt_mean, learnt.adapt_variance):
                w.assign(np.asarray(w).astype(np.float16))
            family.case(keras.Sequential([keras.Input(shape), learnt]), ("keras", "model")[invert])
    for mean, variance in (([[1.0, 2.0, 3.0], [0.5, 0.25, 2.0]], [[1.0, 2.0, 4.0], [1.0, 0.5, 2.0]]), ([1.0, 2.0, 3.0], [0.5, 1.0, 2.0]), (0.5, 2.0)):
        family.case(keras.Sequential([keras.Input((2, 3)), layers.Normalization(axis=(1, 2), mean=mean, variance=variance)]), "model")
    for groups, axis in ((2, -1), (3, 2), (-1, -1), (2, 1)):
        old_single(family, tf_keras.layers.GroupNormalization(groups=groups, axis=axis), (6, 6))


# ---- masks --------------------------------------------------------------------------------------------------------

def masked_inputs(family, shapes, value, nan):
    """Samples: some steps hold the value alone; all; none; one step with a single other element, one of NaN."""
    arrays = []
    for shape in shapes:
        x = family.values((4, *shape), 0.25, 2) * family.random.choice((-1, 1), (4, *shape)).astype(np.float16)
        steps = x.reshape(4, -1, shape[-1])
        steps[0, family.random.random(steps.shape[1]) < 0.5] = value
        steps[0, 0] = value
        steps[1] = value
        steps[3] = value
        steps[3, -1, 0] = value + 1
        if nan and steps.shape[1] > 1:
            steps[3, 0] = np.nan
        arrays.append(steps.reshape(x.shape))
    return arrays


def one_by_one(model, inputs):
    """As a batch of one: Keras broadcasts some masks along the batch."""
    copy = plain_doubled(model)
    outputs = []
    for i in range(len(inputs[0])):
        x = [a[i:i + 1].astype(np.float64) for a in inputs]
        y = copy(x if len(x) > 1 else x[0], training=False)
        outputs.append(y if isinstance(y, (list, tuple)) else [y])
    return [np.concatenate([np.asarray(o[k]) for o in outputs]).astype(np.float32) for k in range(len(outputs[0]))]


def finish(model):
    """Normalization keeps derived numbers beside its weights."""
    for layer in model._flatten_layers():
        if isinstance(layer, layers.Normalization):
            layer.finalize_state()
    return model


keras_doubled = goldens.doubled
plain_doubled = goldens.doubled = lambda model: finish(keras_doubled(model))
goldens.evaluate = one_by_one


def masks(family):
    def both(build, shapes, value=0.0, old=True, nan=True):
        """A model of Keras 3 and of tf_keras: build(library, inputs) gives the outputs."""
        xs = masked_inputs(family, shapes, value, nan)
        inputs = [keras.Input(s, name=f"in{i}") for i, s in enumerate(shapes)]
        model = randomise(family, keras.Model(inputs, build(keras, inputs if len(inputs) > 1 else inputs[0])))
        family.case(model, ("model", "keras")[len(family.table) % 5 == 0], inputs=xs)
        if old:
            inputs = [tf_keras.Input(s, name=f"in{i}") for i, s in enumerate(shapes)]
            old_case(family, tf_keras.Model(inputs, build(tf_keras, inputs if len(inputs) > 1 else inputs[0])), inputs=xs)

    def mean(k, x):
        return k.layers.GlobalAveragePooling1D()(x)

    for shape in ((6, 3), (9, 1), (1, 4), (17, 8)):
        both(lambda k, x: mean(k, k.layers.Masking()(x)), [shape])
    for value in (-1.0, 0.5, 2.0):
        both(lambda k, x: [mean(k, k.layers.Masking(value)(x)), k.layers.Masking(value)(x)], [(6, 3)], value)
    both(lambda k, x: k.layers.Masking()(x), [(6, 3)])                          # nobody reads the mask
    both(lambda k, x: k.layers.Masking()(x), [(6,)])
    both(lambda k, x: k.layers.Masking()(x), [(4, 3, 2)])
    both(lambda k, x: k.layers.GlobalAveragePooling1D(keepdims=True)(k.layers.Masking()(x)), [(6, 3)])
    both(lambda k, x: k.layers.GlobalAveragePooling1D(data_format="channels_first")(k.layers.Masking()(x)), [(5, 5)])
    # What keeps a mask, and what ends it.
    keeps = {"Dense": lambda k: k.layers.Dense(4, activation="relu"), "DenseSoftmax": lambda k: k.layers.Dense(4, activation="softmax"),
             "BatchNormalization": lambda k: k.layers.BatchNormalization(), "LayerNormalization": lambda k: k.layers.LayerNormalization(),
             "Activation": lambda k: k.layers.Activation("tanh"), "ActivationSoftmax": lambda k: k.layers.Activation("softmax"),
             "ReLU": lambda k: k.layers.ReLU(max_value=1), "LeakyReLU": lambda k: k.layers.LeakyReLU(), "ELU": lambda k: k.layers.ELU(),
             "PReLU": lambda k: k.layers.PReLU(), "Dropout": lambda k: k.layers.Dropout(0.5),
             "SpatialDropout1D": lambda k: k.layers.SpatialDropout1D(0.5), "GaussianNoise": lambda k: k.layers.GaussianNoise(0.5),
             "UnitNormalization": lambda k: k.layers.UnitNormalization(), "Rescaling": lambda k: k.layers.Rescaling(2.0, 0.5),
             "Identity": lambda k: k.layers.Identity(), "ActivityRegularization": lambda k: k.layers.ActivityRegularization(0.1),
             "Normalization": lambda k: k.layers.Normalization(mean=[0.5, 1, 0.25], variance=[1, 2, 4]),
             "Conv1D": lambda k: k.layers.Conv1D(4, 2), "DepthwiseConv1D": lambda k: k.layers.DepthwiseConv1D(2),
             "MaxPooling1D": lambda k: k.layers.MaxPooling1D(2), "AveragePooling1D": lambda k: k.layers.AveragePooling1D(2),
             "ZeroPadding1D": lambda k: k.layers.ZeroPadding1D(1), "Cropping1D": lambda k: k.layers.Cropping1D(1),
             "UpSampling1D": lambda k: k.layers.UpSampling1D(2), "Reshape": lambda k: k.layers.Reshape((3, 6)),
             "Permute": lambda k: k.layers.Permute((2, 1))}
    for name, layer in keeps.items():
        both(lambda k, x: mean(k, layer(k)(k.layers.Masking()(x))), [(6, 3)], nan=False)
    for layer in (lambda k: k.layers.GroupNormalization(1), lambda k: k.layers.RMSNormalization()):
        both(lambda k, x: mean(k, layer(k)(k.layers.Masking()(x))), [(6, 3)], old=False)
    both(lambda k, x: mean(k, k.layers.ThresholdedReLU(0.5)(k.layers.Masking()(x))) if k is tf_keras else x + 1, [(6, 3)], nan=False)
    both(lambda k, x: k.layers.GlobalMaxPooling1D()(k.layers.Masking()(x)), [(6, 3)])
    both(lambda k, x: k.layers.Flatten()(k.layers.Masking()(x)), [(6, 3)])
    both(lambda k, x: mean(k, k.layers.Masking()(x) * 2.0), [(6, 3)])           # bare operations end masks
    both(lambda k, x: mean(k, k.layers.Masking()(x) + k.layers.Masking(1.0)(x)), [(6, 3)])
    both(lambda k, x: mean(k, k.layers.Masking(1.0)(k.layers.Masking()(x))), [(6, 3)])
    # Several inputs.
    for name in ("Add", "Multiply", "Average", "Maximum", "Minimum"):
        merge = lambda k: getattr(k.layers, name)()
        both(lambda k, x: mean(k, merge(k)([k.layers.Masking()(x[0]), k.layers.Masking()(x[1])])), [(6, 3), (6, 3)])
        both(lambda k, x: mean(k, merge(k)([k.layers.Masking()(x[0]), x[1]])), [(6, 3), (6, 3)])
        both(lambda k, x: mean(k, merge(k)([x[1], k.layers.Masking()(x[0]), k.layers.Masking()(x[1])])), [(6, 3), (6, 3)])
        both(lambda k, x: [merge(k)([k.layers.Masking()(x[0]), k.layers.Masking()(x[1])]), mean(k, x[0])], [(6, 3), (6, 3)])
        both(lambda k, x: mean(k, merge(k)([k.layers.Masking()(x[0]), k.layers.Masking()(x[1]), k.layers.Masking(1.0)(x[0])])),
             [(5, 2), (5, 2)])
    both(lambda k, x: mean(k, k.layers.Maximum()([k.layers.Masking()(x[0]), k.layers.Masking()(x[1])])), [(6, 3), (6, 1)], old=False)
    both(lambda k, x: mean(k, k.layers.Multiply()([k.layers.Masking()(x[0]), k.layers.Masking()(x[1])])), [(6, 3), (6, 1)], old=False)
    both(lambda k, x: mean(k, k.layers.Subtract()([k.layers.Masking()(x[0]), k.layers.Masking()(x[1])])), [(6, 3), (6, 3)])
    for axis in (-1, 2, 1):
        both(lambda k, x: mean(k, k.layers.Concatenate(axis=axis)([k.layers.Masking()(x[0]), k.layers.Masking()(x[1])])), [(6, 3), (6, 3)])
        both(lambda k, x: mean(k, k.layers.Concatenate(axis=axis)([k.layers.Masking()(x[0]), x[1]])), [(6, 3), (6, 3)], old=axis != 1)
    # Softmax broadcasts a mask along the last axes.
    both(lambda k, x: k.layers.Softmax()(k.layers.Masking()(x)), [(5, 5)], nan=False, old=False)
    both(lambda k, x: k.layers.Softmax(axis=1)(k.layers.Masking()(x)), [(5, 5)], nan=False, old=False)
    both(lambda k, x: k.layers.Softmax(axis=[1, 2])(k.layers.Masking()(x)), [(5, 5)], nan=False, old=False)
    both(lambda k, x: k.layers.Softmax()(k.layers.Masking()(x)), [(7,)], nan=False, old=False)
    both(lambda k, x: k.layers.Softmax()(k.layers.Masking()(x)), [(70, 70)], nan=False, old=False)
    # A model in a model; a layer called twice.
    def nested(k, x):
        inner_in = k.Input((6, 3))
        inner = k.Model(inner_in, k.layers.Dense(3, activation="tanh")(k.layers.Dropout(0.1)(inner_in)), name="inner")
        dense = k.layers.Dense(3, name="shared")
        return [mean(k, inner(k.layers.Masking()(x))), mean(k, dense(k.layers.Masking()(x))), mean(k, dense(x))]
    both(nested, [(6, 3)], nan=False)
    both(lambda k, x: mean(k, k.Sequential([k.Input((6, 3)), k.layers.Masking(), k.layers.Dense(2)])(x)), [(6, 3)], nan=False)
    # A mask that is given.
    both(lambda k, x: k.layers.GlobalAveragePooling1D()(x[0], mask=x[1]), [(6, 3), (6,)], nan=False)


# ---- Dot ----------------------------------------------------------------------------------------------------------

def dot(family):
    def both(shapes, axes, normalize, old=True, inputs=None):
        for k in (keras, tf_keras)[:1 + old]:
            tensors = [k.Input(s, name=f"in{i}") for i, s in enumerate(shapes)]
            out = k.layers.Dot(axes=axes, normalize=normalize)(tensors)
            if k is keras:
                family.case(keras.Model(tensors, out), ("model", "keras")[len(family.table) % 4 == 0], inputs=inputs)
            else:
                old_case(family, tf_keras.Model(tensors, out), inputs=inputs)

    for normalize in (False, True):
        for shapes, axes in (([(4,), (4,)], 1), ([(4,), (4,)], -1), ([(5, 3), (5, 4)], 1), ([(5, 3), (6, 3)], 2), ([(5, 3), (6, 3)], -1),
                             ([(5, 3), (4, 5)], (1, 2)), ([(3, 5), (5, 4)], (2, 1)), ([(5,), (4, 5)], (1, 2)), ([(4, 5), (5,)], (2, 1)),
                             ([(4, 5), (5,)], -1), ([(70,), (70,)], 1), ([(3, 66), (5, 66)], 2), ([(3, 66), (9, 66)], 2),
                             ([(66, 3), (66, 2)], 1), ([(1, 1), (1, 1)], 2)):
            both(shapes, axes, normalize)
        both([(2, 3, 4), (4, 3)], (3, 1), normalize, old=False)
        both([(2, 3, 4), (3, 5)], (2, 1), normalize, old=False)
        both([(3, 2), (2, 3, 4)], (2, 1), normalize, old=False)
    tiny = np.zeros((2, 3, 4), np.float32)
    tiny[0, 1] = [1e-7, -2e-7, 0, 1e-8]
    tiny[0, 2] = [1e-5, 2e-5, 0, 1e-6]
    tiny[1, 0] = [1e-9, -2e-9, 1e-9, 0]
    both([(3, 4), (3, 4)], 2, True, inputs=[tiny, np.ones((2, 3, 4), np.float32)])


FAMILIES = {"norms": norms, "masks": masks, "dot": dot}


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
