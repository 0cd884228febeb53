"""Models as people make them, for against_litert.py --strangers: whole architectures with drawn sizes, and drawn ways to convert them.

FAMILIES: functions of a Maker that give a Keras model.  converter_of(): one of the ways to TFLite."""
import keras
import numpy as np
import tensorflow as tf

layers = keras.layers
ops = keras.ops


class Maker:
    """What the families draw from."""

    def __init__(self, hand, kind):
        self.hand, self.kind = hand, kind
        self.integer = kind in ("i8", "u8", "i16")

    def pick(self, *values):
        return self.hand.choice(values)

    def chance(self, percent):
        return self.hand.randrange(100) < percent

    def steps(self):
        return self.hand.randrange(12, 70)

    def width(self):
        return self.pick(3, 4, 6, 8, 12, 16) if self.kind != "hybrid" else self.pick(16, 24, 32, 48)

    def channels(self):
        return self.pick(1, 2, 3, 6, 9) if self.kind != "hybrid" else self.pick(16, 20, 40)

    def input(self, steps=None):
        return keras.Input((steps or self.steps(), self.channels()))

    def act(self, x, *others):
        name = self.pick("relu", "relu", "relu6", *others)
        return layers.Activation(name)(x)

    def bn_act(self, x, *others):
        return self.act(layers.BatchNormalization()(x), *others)

    def head(self, x, classes=None):
        """From (steps, channels) to the classes."""
        x = self.pick(layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D, layers.Flatten)()(x)
        if self.chance(40):
            x = layers.Dense(self.width(), activation="relu")(x)
            x = layers.Dropout(0.3)(x)
        return layers.Dense(classes or self.pick(1, 2, 5, 6, 10), activation=self.pick("softmax", "sigmoid", None))(x)


def cnn(m):
    x = y = m.input()
    for _ in range(m.pick(2, 3)):
        y = layers.Conv1D(m.width(), m.pick(3, 5, 7), padding=m.pick("same", "valid", "causal"), activation="relu")(y)
        if m.chance(50) and y.shape[1] >= 4:
            y = m.pick(layers.MaxPooling1D, layers.AveragePooling1D)(2, padding=m.pick("same", "valid"))(y)
        if y.shape[1] < 8:
            break
    return keras.Model(x, m.head(y))


def plane(m):
    """Conv2D over an image of one line or one column."""
    axis, steps = m.pick(0, 1), m.steps()

    def two(n, other=1):
        return (n, other) if axis == 0 else (other, n)

    x = y = keras.Input((*two(steps), m.channels()))
    for _ in range(m.pick(1, 2, 3)):
        kind = m.hand.randrange(4)
        stride = m.pick(1, 1, 2)
        if kind == 0:
            y = layers.DepthwiseConv2D(two(m.pick(3, 5)), padding="same", depth_multiplier=m.pick(1, 1, 2))(y)
            y = layers.Conv2D(m.width(), 1, activation=m.pick("relu", "relu6", None))(y)
        elif kind == 1:
            y = layers.Conv2D(m.width(), m.pick(3, 5), strides=stride, padding="same", activation="relu")(y)
        elif kind == 2:
            y = layers.Conv2D(m.width(), two(m.pick(2, 3, 4)), strides=two(stride), padding="valid")(y)
            y = m.bn_act(y)
        else:
            y = layers.SeparableConv2D(m.width(), two(3), padding="same", activation="relu")(y)
        if m.chance(40) and y.shape[1 + axis] >= 6:
            y = m.pick(layers.MaxPooling2D, layers.AveragePooling2D)(two(2), padding=m.pick("valid", "same"))(y)
        if y.shape[1 + axis] < 8:
            break
    y = m.pick(layers.GlobalAveragePooling2D, layers.GlobalMaxPooling2D, layers.Flatten)()(y)
    return keras.Model(x, layers.Dense(4, activation=m.pick("softmax", None))(y))


def expanded(m):
    """Conv2D inside, rank 3 outside: Reshape or expand_dims around it."""
    x = m.input()
    y = layers.Reshape((x.shape[1], 1, x.shape[2]))(x) if m.chance(50) else ops.expand_dims(x, m.pick(1, 2))
    y = layers.Conv2D(m.width(), m.pick(1, 3), padding="same", activation="relu")(y)
    y = layers.Conv2D(m.width(), (3, 1) if y.shape[2] == 1 else (1, 3), padding="same")(y)
    y = ops.squeeze(y, 2 if y.shape[2] == 1 else 1)
    return keras.Model(x, m.head(m.bn_act(y)))


def resnet(m):
    x = m.input()
    width = m.width()
    y = m.bn_act(layers.Conv1D(width, m.pick(3, 7), strides=m.pick(1, 2), padding="same", use_bias=False)(x))
    for _ in range(m.pick(1, 2)):
        stride = m.pick(1, 2)
        z = m.bn_act(layers.Conv1D(width, 3, strides=stride, padding="same", use_bias=m.chance(50))(y))
        z = layers.BatchNormalization()(layers.Conv1D(width, 3, padding="same")(z))
        if stride > 1:
            y = layers.BatchNormalization()(layers.Conv1D(width, 1, strides=stride, padding="same")(y))
        y = m.act(layers.Add()([y, z]))
    return keras.Model(x, m.head(y))


def tcn(m):
    x = m.input()
    y = x
    width = m.width()
    for k in range(m.pick(2, 3, 4)):
        z = layers.Conv1D(width, m.pick(2, 3), dilation_rate=2 ** k, padding=m.pick("causal", "causal", "same"),
                          activation=m.pick("relu", None, "tanh" if m.kind != "hybrid" else "relu"))(y)
        if m.chance(40):
            z = m.bn_act(z)
        z = layers.SpatialDropout1D(0.1)(z)
        if y.shape[2] != width:
            y = layers.Conv1D(width, 1, padding="same")(y)
        y = layers.Add()([y, z])
        if m.chance(60):
            y = layers.Activation("relu")(y)
    if m.chance(50):
        y = y[:, -1, :]
        return keras.Model(x, layers.Dense(3)(y))
    return keras.Model(x, y if m.chance(30) else m.head(y))


def wavenet(m):
    x = m.input()
    width = m.width()
    y, skips = layers.Conv1D(width, 1)(x), []
    for k in range(m.pick(2, 3)):
        a = layers.Conv1D(width, 2, dilation_rate=2 ** k, padding="causal", activation="tanh")(y)
        b = layers.Conv1D(width, 2, dilation_rate=2 ** k, padding="causal", activation="sigmoid")(y)
        z = layers.Multiply()([a, b])
        skips.append(layers.Conv1D(width, 1)(z))
        y = layers.Add()([y, layers.Conv1D(width, 1)(z)])
    y = layers.Activation("relu")(layers.Add()(skips))
    return keras.Model(x, layers.Conv1D(m.pick(1, 4), 1, activation=m.pick(None, "softmax"))(y))


def unet(m):
    x = keras.Input((m.pick(16, 24, 32, 40), m.channels()))
    y, skips = x, []
    width = m.width()
    for k in range(2):
        y = layers.Conv1D(width * (k + 1), 3, padding="same", activation="relu")(y)
        skips.append(y)
        y = layers.MaxPooling1D(2)(y) if m.chance(50) else layers.Conv1D(width, 3, strides=2, padding="same")(y)
    y = m.bn_act(layers.Conv1D(width, 3, padding="same")(y))
    for k in (1, 0):
        if m.chance(50):
            y = layers.Conv1DTranspose(width, m.pick(2, 3, 4), strides=2, padding="same",
                                       activation=m.pick(None, "relu"))(y)
        else:
            y = layers.Conv1D(width, 2, padding="same")(layers.UpSampling1D(2)(y))
        y = layers.Concatenate()([y, skips[k]])
        y = layers.Conv1D(width, 3, padding="same", activation="relu")(y)
    return keras.Model(x, layers.Conv1D(m.pick(1, 3), 1, activation=m.pick("sigmoid", "softmax", None))(y))


def mobilenet(m):
    x = m.input()
    y = m.bn_act(layers.Conv1D(m.width(), 3, strides=2, padding="same", use_bias=False)(x), "hard_swish")
    for _ in range(m.pick(1, 2, 3)):
        stride, width = m.pick(1, 1, 2), y.shape[2]
        z = m.bn_act(layers.Conv1D(width * m.pick(1, 2, 4), 1, use_bias=False)(y))
        if stride == 2 and m.chance(50):
            z = layers.DepthwiseConv1D(3, strides=2, padding="valid", use_bias=False)(layers.ZeroPadding1D((0, 1))(z))
        else:
            z = layers.DepthwiseConv1D(m.pick(3, 5), strides=stride, padding="same", use_bias=False)(z)
        z = m.bn_act(z, *(() if m.kind == "i16" else ("hard_swish",)))
        if m.chance(50):
            z = squeeze_excite(m, z)
        z = layers.BatchNormalization()(layers.Conv1D(width, 1, use_bias=False)(z))
        y = layers.Add()([y, z]) if stride == 1 else z
    return keras.Model(x, m.head(y))


def squeeze_excite(m, y):
    width = y.shape[2]
    s = layers.GlobalAveragePooling1D(keepdims=m.chance(50))(y)
    if len(s.shape) == 2 and m.chance(50):
        s = layers.Reshape((1, width))(s)
    s = layers.Dense(max(1, width // 2), activation="relu")(s)
    s = layers.Dense(width, activation=m.pick("sigmoid", "hard_sigmoid"))(s)
    return layers.Multiply()([y, layers.Reshape((1, width))(s) if len(s.shape) == 2 else s])


def attention(m):
    """Squeeze and excite in a plain net, and weights over time."""
    x = m.input()
    y = layers.Conv1D(m.width(), 3, padding="same", activation="relu")(x)
    y = squeeze_excite(m, y)
    if m.chance(50):
        w = layers.Conv1D(1, 1)(y)
        w = layers.Softmax(axis=1)(w)
        y = layers.Multiply()([y, w])
        y = ops.mean(y, axis=1) if m.integer else ops.sum(y, axis=1)  # LiteRT's int8 SUM is at fault: docs/integers.md
        return keras.Model(x, layers.Dense(3)(y))
    return keras.Model(x, m.head(y))


def mixer(m):
    x = m.input(m.pick(16, 24, 32))
    y = layers.Conv1D(m.width(), 4, strides=4)(x)
    steps, width = y.shape[1], y.shape[2]
    for _ in range(m.pick(1, 2)):
        z = layers.Permute((2, 1))(y)
        z = layers.Dense(steps, activation=m.pick("relu", "gelu"))(z)
        y = layers.Add()([y, layers.Permute((2, 1))(z)])
        z = layers.Dense(width * 2, activation=m.pick("relu", "gelu", "silu"))(y)
        y = layers.Add()([y, layers.Dense(width)(z)])
    return keras.Model(x, m.head(y))


def ends(m):
    """Several inputs and outputs, concatenations of different scales."""
    n = m.pick(2, 3)
    steps = m.steps()
    x = [keras.Input((steps, m.channels()), name=f"in_{'cab'[k]}") for k in range(n)]
    parts = [layers.Conv1D(m.width(), m.pick(1, 3, 5), padding="same", activation=m.pick("relu", "tanh", "sigmoid", None))(v)
             for v in x]
    y = layers.Concatenate(axis=m.pick(-1, -1, 1) if len({p.shape[2] for p in parts}) == 1 else -1)(parts)
    y = layers.Conv1D(m.width(), 3, padding="same")(y)
    outputs = [m.head(y), y, layers.Conv1D(2, 1, activation="softmax", name="b_out")(y)]
    return keras.Model(x, outputs[:m.pick(1, 2, 3)])


def inception(m):
    x = m.input()
    y = x
    for _ in range(m.pick(1, 2)):
        width = m.width()
        b = [layers.Conv1D(width, k, padding="same", activation="relu")(y) for k in (1, 3, 5)]
        b.append(layers.Conv1D(width, 1)(m.pick(layers.MaxPooling1D, layers.AveragePooling1D)(3, 1, "same")(y)))
        y = m.bn_act(layers.Concatenate()(b))
    return keras.Model(x, m.head(y))


def autoencoder(m):
    x = keras.Input((m.pick(16, 32), m.channels()))
    y = layers.Conv1D(m.width(), 3, strides=2, padding="same", activation="relu")(x)
    y = layers.Conv1D(m.width(), 3, strides=2, padding="same", activation=m.pick("relu", "elu" if m.kind in ("f32", "f16") else "relu"))(y)
    shape = y.shape[1:]
    y = layers.Dense(m.width())(layers.Flatten()(y))
    y = layers.Reshape(shape)(layers.Dense(shape[0] * shape[1], activation="relu")(y))
    y = layers.Conv1DTranspose(m.width(), 3, strides=2, padding="same", activation="relu")(y)
    y = layers.Conv1DTranspose(x.shape[2], m.pick(3, 4, 5), strides=2, padding="same", activation=m.pick(None, "sigmoid", "tanh"))(y)
    return keras.Model(x, y)


def moves(m):
    """Pads of all kinds, slices, splits, transposes, reductions."""
    x = m.input()
    y = layers.Conv1D(m.pick(4, 8, 12), 3, padding="same")(x)
    for _ in range(m.pick(2, 3, 4)):
        steps, width = y.shape[1], y.shape[2]
        k = m.hand.randrange(11)
        if k == 0:
            y = ops.pad(y, [[0, 0], [m.pick(0, 1, 3), m.pick(1, 2)], [0, 0]], m.pick("reflect", "symmetric"))
        elif k == 1:
            y = ops.pad(y, [[0, 0], [1, 2], [m.pick(0, 1), m.pick(0, 2)]], constant_values=m.pick(0, 0, 0.5, -1))
        elif k == 2 and steps > 8:
            y = y[:, m.pick(0, 1, 2):m.pick(-1, -2, steps):m.pick(1, 2)]
        elif k == 3 and width % 2 == 0:
            a, b = ops.split(y, 2, axis=-1)
            y = m.pick(lambda: a * b, lambda: a + b, lambda: ops.maximum(a, b), lambda: layers.Concatenate()([b, a]),
                       lambda: a * ops.sigmoid(b))()
        elif k == 4 and steps % 2 == 0:
            a, b = ops.split(y, 2, axis=1)
            y = m.pick(lambda: a - b, lambda: ops.minimum(a, b), lambda: ops.concatenate([b, a], 1))()
        elif k == 5:
            y = layers.Permute((2, 1))(layers.Conv1D(steps, 1)(layers.Permute((2, 1))(y)))
        elif k == 6:
            y = y - m.pick(ops.mean, ops.max)(y, axis=m.pick(1, 2), keepdims=True)
        elif k == 7:
            y = layers.ZeroPadding1D(m.pick(1, (0, 2), (3, 1)))(y)
        elif k == 8 and steps % 2 == 0:
            y = layers.Reshape((steps // 2, width * 2))(y)
        elif k == 9:
            y = layers.UpSampling1D(m.pick(2, 3))(y)
        elif k == 10 and width % 2 == 0:
            y = ops.reshape(ops.transpose(ops.reshape(y, (-1, steps, 2, width // 2)), (0, 1, 3, 2)), (-1, steps, width))
        if m.chance(60):
            y = layers.Conv1D(m.pick(4, 8), m.pick(1, 3), padding="same", activation=m.pick("relu", None))(y)
    choice = m.hand.randrange(4)
    if choice == 0:
        return keras.Model(x, m.head(y))
    if choice == 1:
        return keras.Model(x, m.pick(ops.mean, ops.max, ops.sum if not m.integer else ops.mean)(y, axis=m.pick(1, 2, (1, 2)), keepdims=m.chance(50)))
    return keras.Model(x, y if choice == 2 else [ops.max(y, axis=1), layers.Flatten()(y)])


def functions(m):
    x = m.input()
    y = layers.Conv1D(m.width(), 3, padding="same")(x)
    for _ in range(m.pick(1, 2)):
        k = m.hand.randrange(8)
        if k == 0 and m.kind != "i16":
            y = layers.PReLU(shared_axes=m.pick([1], [1], None))(y)
        elif k == 1:
            y = layers.LeakyReLU(negative_slope=m.pick(0.01, 0.2, 0.3))(y)
        elif k == 2:
            y = ops.gelu(y, approximate=m.chance(50))
        elif k == 3 and not m.integer:
            y = layers.ELU(alpha=1.0)(y)
        elif k == 4:
            y = ops.silu(y)
        elif k == 5:
            y = ops.relu(y) * m.pick(0.5, 2.0) + m.pick(0.25, -1.0)
        elif k == 6:
            y = layers.Rescaling(m.pick(0.5, 2.0, 1 / 255), m.pick(0, -1.0))(y)
        else:
            y = ops.hard_sigmoid(y)
        y = layers.Conv1D(m.width(), 1)(y)
    last = m.pick(ops.softmax, ops.log_softmax, ops.sigmoid, ops.tanh, ops.relu6)
    return keras.Model(x, last(y if m.chance(50) else layers.Dense(4)(layers.GlobalMaxPooling1D()(y))))


def normalised(m):
    """Normalization in front, BatchNormalization after an activation, last in the model, behind padding."""
    x = m.input()
    y = x
    if m.chance(50):
        y = layers.BatchNormalization()(y)
    y = layers.Conv1D(m.width(), 3, padding=m.pick("same", "valid"), activation="relu")(y)
    y = layers.BatchNormalization()(y)
    y = layers.SeparableConv1D(m.width(), m.pick(3, 5), padding="same", depth_multiplier=m.pick(1, 2),
                               activation="relu")(y)
    y = layers.BatchNormalization(scale=m.chance(50), center=m.chance(50))(y)
    if m.chance(50):
        y = layers.MaxPooling1D(2)(y)
        y = layers.BatchNormalization()(y)
    return keras.Model(x, m.head(y) if m.chance(70) else y)


def fake_quantised(m):
    """As quantisation-aware training leaves them: fake quantisation behind weights and activations."""
    x = m.input()

    class Fake(layers.Layer):
        def __init__(self, least, most, **more):
            super().__init__(**more)
            self.least, self.most = least, most

        def call(self, x):
            return tf.quantization.fake_quant_with_min_max_args(x, self.least, self.most)

        def compute_output_shape(self, shape):
            return shape

    class FakeConv(layers.Layer):
        def __init__(self, filters, taps, **more):
            super().__init__(**more)
            self.filters, self.taps = filters, taps

        def build(self, shape):
            self.kernel = self.add_weight(shape=(1, self.taps, shape[-1], self.filters), name="kernel")
            self.bias = self.add_weight(shape=(self.filters,), name="bias")

        def call(self, x):
            k = self.kernel
            most = tf.constant(2.0, shape=(self.filters,)) * (1 + tf.range(self.filters, dtype=tf.float32) % 3)
            k = tf.quantization.fake_quant_with_min_max_vars_per_channel(k, -most, most, narrow_range=True)
            y = tf.nn.conv2d(tf.expand_dims(x, 1), k, 1, "SAME")
            return tf.squeeze(tf.nn.relu(tf.nn.bias_add(y, self.bias)), 1)

        def compute_output_shape(self, shape):
            return (*shape[:-1], self.filters)

    y = Fake(-4.0, 4.0)(x)
    for _ in range(2):
        y = Fake(0.0, m.pick(6.0, 3.0))(FakeConv(m.width(), m.pick(1, 3))(y))
    y = layers.GlobalAveragePooling1D()(y) if m.chance(50) else layers.MaxPooling1D(2)(y)
    return keras.Model(x, Fake(0.0, 6.0)(y))


FAMILIES = [cnn, plane, expanded, resnet, tcn, wavenet, unet, mobilenet, attention, mixer, ends, inception, autoencoder,
            moves, functions, normalised, fake_quantised]


def draw(hand, numbers, kind, number):
    maker = Maker(hand, kind)
    model = FAMILIES[number % len(FAMILIES)](maker)
    for weight in model.weights:
        if len(weight.shape) == 0:
            continue
        spread = 1.4 / max(1, np.prod(weight.shape[:-1])) ** 0.5
        values = numbers.standard_normal(weight.shape) * (spread if len(weight.shape) > 1 else 0.3)
        if "variance" in weight.path:
            values = np.abs(values) * 2 + 0.3
        elif "gamma" in weight.path:
            values = 1 + values
        weight.assign(values)
    return model, FAMILIES[number % len(FAMILIES)].__name__


def frozen(model):
    """The model as a graph of TensorFlow 1."""
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2
    specs = [tf.TensorSpec((1, *x.shape[1:]), tf.float32) for x in model.inputs]
    call = tf.function(lambda *x: model(list(x) if len(x) > 1 else x[0], training=False)).get_concrete_function(*specs)
    fixed = convert_variables_to_constants_v2(call)
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(fixed.graph.as_graph_def(), name="")
        with tf.compat.v1.Session(graph=graph) as session:
            return tf.compat.v1.lite.TFLiteConverter.from_session(
                session, [graph.get_tensor_by_name(x.name) for x in fixed.inputs],
                [graph.get_tensor_by_name(y.name) for y in fixed.outputs])


def converter_of(model, way, folder):
    """folder: a scratch one, that has to stay until the model is converted."""
    if way == "saved":
        model.export(folder, verbose=False)
        return tf.lite.TFLiteConverter.from_saved_model(folder)
    if way == "concrete":
        specs = [tf.TensorSpec((1, *x.shape[1:]), tf.float32) for x in model.inputs]
        call = tf.function(lambda *x: model(list(x) if len(x) > 1 else x[0], training=False))
        return tf.lite.TFLiteConverter.from_concrete_functions([call.get_concrete_function(*specs)])
    return frozen(model) if way == "frozen" else tf.lite.TFLiteConverter.from_keras_model(model)
