#!/usr/bin/env python3
"""Makes layer.npz: a Savitzky-Golay filter of 9 taps and degree 2 as a Conv1D kernel (taps, channels, filters).

Filter 0 smooths, filter 1 gives the slope per sample.  Needs numpy."""
import io
import pathlib
import zipfile

import numpy as np

x = np.arange(-4, 5, dtype=np.float64)
fit = np.linalg.pinv(np.stack([np.ones(9), x, x * x], axis=1))      # rows: value, slope, curvature at x = 0
kernel = (np.round(fit[:2], 12) + 0.0).T.reshape(9, 1, 2).astype(np.float32)
array = io.BytesIO()
np.save(array, kernel)
with zipfile.ZipFile(pathlib.Path(__file__).parent / "layer.npz", "w") as file:     # np.savez with a fixed date
    file.writestr(zipfile.ZipInfo("kernel.npy", (2024, 1, 1, 0, 0, 0)), array.getvalue())
