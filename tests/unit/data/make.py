"""Remakes the archives of this folder: python3 make.py (Keras 3, tf_keras, h5py, NumPy).

small.keras   Keras 3, Sequential: Conv1D with softmax, BatchNormalization, Flatten, Dense; deflated
shared.keras  Keras 3: two inputs, a shared Conv1D, a nested model called twice, two outputs; deflated
old.keras     tf_keras: a nested model called twice; deflated
types.zip     an HDF5 file with every kind of dataset that is read or refused
"""
import io
import os
import sys
import zipfile

os.environ.setdefault("KERAS_BACKEND", "jax")
import h5py
import numpy as np


def ramp(shape, start=0.0):
    n = int(np.prod(shape))
    return (start + 0.25 * np.arange(n)).reshape(shape).astype("float32")


def fill(model):
    for i, weight in enumerate(model.weights):
        weight.assign(ramp(weight.shape, float(i)))


def squeeze(path):
    with zipfile.ZipFile(path) as old:
        entries = [(name, old.read(name)) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in entries:
            new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def small(keras):
    layers = keras.layers
    return keras.Sequential([
        keras.Input((6, 2)), layers.Conv1D(3, 2, activation="softmax", name="conv"),
        layers.BatchNormalization(scale=False, name="norm"), layers.Flatten(), layers.Dense(2, use_bias=False, name="dense")])


def shared(keras):
    layers = keras.layers
    a, b = keras.Input((6, 2), name="a"), keras.Input((None, 2), name="b")
    inner = keras.Input((None, 2))
    sub = keras.Model(inner, layers.Conv1D(2, 3, padding="same", name="inside")(inner), name="sub")
    conv = layers.Conv1D(2, 1, name="both")
    x, y = sub(conv(a)), conv(b)
    return keras.Model([b, a], [layers.Add(name="sum")([x, y]), sub(x)], name="pair")


def old(keras):
    layers = keras.layers
    x = keras.Input((6, 2), name="x")
    sub = keras.Sequential([keras.Input((6, 2)), layers.Conv1D(2, 3, padding="same", name="inside")], name="sub")
    return keras.Model(x, layers.Activation("hard_sigmoid", name="gate")(sub(sub(x))), name="old")


def save(model, path):
    fill(model)
    model.save(path)
    squeeze(path)


def names(group):
    """Lists of strings in every form."""
    texts = ["conv1d/kernel:0", "b", 'größe "x"']
    blanks = h5py.h5t.C_S1.copy()
    blanks.set_size(20)
    blanks.set_strpad(h5py.h5t.STR_SPACEPAD)
    group.attrs["variable"] = texts
    group.attrs["fixed"] = np.array([t.encode() for t in texts])
    h5py.h5a.create(group.id, b"blanks", blanks, h5py.h5s.create_simple((3,))).write(
        np.array([t.encode().ljust(20) for t in texts], "S20"), mtype=blanks)
    group.attrs["split0"] = texts[:2]
    group.attrs["split1"] = np.array([t.encode() for t in texts[2:]])
    group.attrs["empty"] = np.zeros(0)
    group.attrs["none"] = h5py.Empty("S1")
    group.attrs["one"] = np.array([b"alone"])
    group.attrs["numbers"] = np.arange(3)
    group.attrs["long"] = "x" * 100000


def types(path):
    content = io.BytesIO()
    values = np.array([[0.5, -1.5, 2.0], [3.0, 65504.0, 0.0]])
    with h5py.File(content, "w") as f:
        for name, dtype in (("f2", "<f2"), ("f4", "<f4"), ("f8", "<f8"), ("big_f4", ">f4"), ("big_f8", ">f8")):
            f.create_dataset(name, data=values.astype(dtype))
        f.create_dataset("i8", data=np.array([-3, 5], "<i8"))
        f.create_dataset("u1", data=np.array([200], "u1"))
        f.create_dataset("scalar", data=np.float32(7))
        f.create_dataset("third", data=np.array([1 / 3]))
        f.create_dataset("gzip", data=np.tile(np.arange(64, dtype="f4"), 16), chunks=(128,), compression="gzip")
        f.create_dataset("bf16", data=np.array([0x3F80, 0xC040], "<u2")).attrs["dtype"] = "bfloat16"
        f.create_dataset("text", data=np.array([b"ab"]))
        f.create_dataset("huge", shape=(1 << 28,), dtype="f4", chunks=(1 << 20,))
        f.create_dataset("rank7", data=np.zeros((1,) * 7, "f4"))
        f["soft"] = h5py.SoftLink("/f4")
        f["dangling"] = h5py.SoftLink("/nowhere")
        f["outside"] = h5py.ExternalLink("other.h5", "/")
        f["through_outside"] = h5py.SoftLink("/outside/f4")
        for name, how in (("shuffled", dict(compression="gzip", shuffle=True)), ("fletcher", dict(fletcher32=True)),
                          ("chunked", dict(chunks=(1, 2))), ("lzf", dict(compression="lzf"))):
            f.create_dataset(name, data=values.astype("f4"), **how)
        f.create_dataset("records", data=np.zeros(2, [("a", "f4"), ("b", "f4")]))
        f.create_dataset("empty", data=np.zeros(0, "f4"))
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        h5py.h5d.create(f.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)), compact).write(
            h5py.h5s.ALL, h5py.h5s.ALL, values.astype("f4"))
        names(f.create_group("names"))
        group = f.create_group("group")
        group.attrs["name"] = "variable"
        group.attrs["fixed"] = np.bytes_(b"fixed")
        for i in range(12):
            group.create_dataset(str(i), data=np.float32(i))
        group["up"] = f["/"]
        group["around"] = h5py.SoftLink("/group")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("types.h5"), content.getvalue(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    if sys.argv[1:] == ["old"]:
        import tf_keras
        save(old(tf_keras), "old.keras")
    else:
        import keras
        save(small(keras), "small.keras")
        save(shared(keras), "shared.keras")
        types("types.zip")
        os.execv(sys.executable, [sys.executable, __file__, "old"])
