#!/usr/bin/env python3
"""Makes the small binary inputs of tests/malformed with real Keras; run.sh needs only what this wrote.

Needs what tests/conformance/make_goldens.py needs, whose writers it uses."""
import io
import pathlib
import sys
import zipfile

here = pathlib.Path(__file__).parent
sys.path.insert(0, str(here.parent / "conformance"))
import make_goldens as goldens
import keras
import numpy as np
from keras import layers

random = np.random.default_rng(1)


def values(*shape):
    return random.uniform(-1, 1, shape).astype(np.float32)


def write(name, data):
    (here / name).write_bytes(data)


def edited(name, edit):
    """The archive with edit(entry, bytes) in place of every entry; None leaves it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(here / name) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            data = edit(entry, old.read(entry))
            if data is not None:
                new.writestr(zipfile.ZipInfo(entry, goldens.EPOCH), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def replaced(old, new):
    """An edit of config.json alone."""
    return lambda entry, data: data.replace(old, new) if entry == "config.json" else data


def main():
    kernel, bias = values(3, 2, 4), values(4)       # 3 taps, 2 channels, 4 filters
    write("good.npz", goldens.npz([kernel, bias]))
    write("kernel.npy", goldens.npy(kernel))
    write("transposed.npz", goldens.npz([values(4, 2, 3), bias]))
    write("short.npz", goldens.npz([kernel]))
    write("surplus.npz", goldens.npz([kernel, bias, bias]))
    write("complex.npz", goldens.npz([kernel.astype(np.complex64), bias]))
    pickled = b"{'descr': '|O', 'fortran_order': False, 'shape': (4,), }".ljust(117) + b"\n"
    write("object.npz", goldens.npz([b"\x93NUMPY\x01\x00v\x00" + pickled + b"\x80\x04\x95", bias]))
    odd, infinite = kernel.copy(), bias.copy()
    odd[1, 0, 2], infinite[0] = np.nan, np.inf
    write("nan.npz", goldens.npz([odd, infinite]))

    keras.utils.set_random_seed(3)
    for name, between in (("good.keras", []), ("lstm.keras", [layers.LSTM(2, name="lstm_1")])):
        model = keras.Sequential([keras.Input((8, 2)), layers.Conv1D(4, 3, name="c"), *between, layers.Dense(2, name="d")])
        write(name, goldens.archive(model, zipfile.ZIP_DEFLATED))
    write("no_weights.keras", edited("good.keras", lambda e, d: None if e.endswith("h5") else d))
    write("no_config.keras", edited("good.keras", lambda e, d: None if e == "config.json" else d))
    write("bad_hdf5.keras", edited("good.keras", lambda e, d: d[:1500] if e.endswith("h5") else d))
    write("no_hdf5.keras", edited("good.keras", lambda e, d: b"not an HDF5 file" if e.endswith("h5") else d))
    write("bad_config.keras", edited("good.keras", replaced(b'"strides": [1]', b'"strides": [0]')))
    write("other_shape.keras", edited("good.keras", replaced(b'"filters": 4', b'"filters": 5')))


if __name__ == "__main__":
    main()
