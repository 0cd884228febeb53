#!/usr/bin/env python3
"""Writes samples.npz, what `conv1dc quantize ecg.keras` takes its ranges from, and judges itself by.

Needs: numpy, scipy.  Usage: samples.py [ECG.DAT] [-o FOLDER]; the signal, its labels and its parts are train.py's.
calibrate  24 windows of the first 3 minutes, which trained the network
input      all windows of the 90 seconds that were held out
label      1 within SPREAD steps of every delayed R peak of input, else 0
"""
import argparse
import pathlib

import numpy as np
import train


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("record", nargs="?", help="ecg.dat; without it, scipy's own copy")
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    given = arguments.parse_args()
    with np.load(train.find_record(given.record)) as record:
        signal = train.millivolts(record["ecg"])
    y = train.labels(train.r_peaks(signal), len(signal))
    calibrate, _, _ = train.windows(signal, y, 0, train.TRAIN, train.TRAIN // 24)
    x, label, _ = train.windows(signal, y, train.CHOOSE, len(signal), train.WINDOW)
    np.savez_compressed(given.o / "samples.npz", calibrate=calibrate, input=x, label=label.astype(np.uint8))


if __name__ == "__main__":
    main()
