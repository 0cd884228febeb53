#!/usr/bin/env python3
"""Trains ecg.keras, a small causal network that marks the R peaks of an electrocardiogram, sample by sample.

Needs: keras 3 with a backend (written with 3.15.1 on TensorFlow), numpy, scipy.
Usage: train.py [ECG.DAT] [-o FOLDER]
Writes ecg.keras and excerpt.txt to FOLDER (this folder by default) and prints what the held-out part gave.

Signal   5 minutes of lead MLII of record 208 of the MIT-BIH Arrhythmia Database at 360 Hz (PhysioNet, ODC-By 1.0),
         as scipy carries it: misc/ecg.dat of Debian's python3-scipy, or the same file given as argument
         (newer scipy fetches it: scipy.datasets.electrocardiogram).
Labels   by a classical detector below, in the manner of Pan and Tompkins (1985): band pass, slope, square, moving
         integral, two adaptive thresholds, search back.  It sees the whole record in both directions; the network
         sees the past only.  They are not the annotations of a cardiologist.
Latency  a peak is marked LATENCY samples after it happened, when the network has seen the whole QRS complex.
Split    in time: the first 3 minutes train, the next half minute chooses the epoch, the last 90 seconds are held
         out.  One patient, one lead: the figures say nothing about other hearts.
"""
import argparse
import importlib.util
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
from scipy.signal import butter, filtfilt, medfilt

RATE = 360                      # samples a second
WINDOW = 720                    # steps of one call: 2 s
LATENCY = 36                    # samples between a peak and its mark: 100 ms
SPREAD = 4                      # samples around a mark that are labelled with it
TOLERANCE = 27                  # samples that a found mark may be off: 75 ms
WARM_UP = 90                    # steps whose receptive field reaches into the padding: not learnt, not judged
TRAIN, CHOOSE = 180 * RATE, 210 * RATE
EXCERPT = (228 * RATE + 80, 240 * RATE + 80)      # of the held-out part


def find_record(path):
    """The record's file: the argument, or the copy inside an installed scipy; scipy's downloader last."""
    if path:
        return pathlib.Path(path)
    spec = importlib.util.find_spec("scipy")
    carried = pathlib.Path(spec.origin).parent / "misc" / "ecg.dat"
    if carried.exists():
        return carried
    for debian in (pathlib.Path("/usr/lib/python3/dist-packages/scipy/misc/ecg.dat"),):
        if debian.exists():
            return debian
    raise SystemExit("ecg.dat is not part of this scipy; give its path (Debian: python3-scipy, misc/ecg.dat)")


def millivolts(raw):
    """scipy.misc.electrocardiogram: 11 bits over 10 mV, 200 steps a millivolt."""
    return ((raw.astype(np.float64) - 1024) / 200).astype(np.float32)


def r_peaks(signal):
    """Positions of R peaks, by the classical detector."""
    b, a = butter(2, (5 / (RATE / 2), 18 / (RATE / 2)), "bandpass")
    band = filtfilt(b, a, signal)
    slope = np.gradient(band) ** 2
    energy = np.convolve(slope, np.ones(RATE * 3 // 20) / (RATE * 3 // 20), "same")
    candidates = [i for i in range(1, len(energy) - 1) if energy[i - 1] < energy[i] >= energy[i + 1]]
    peak, noise = np.percentile(energy, 97), np.median(energy)
    found, skipped, rhythm = [], [], RATE * 0.7
    for i in candidates:
        threshold = noise + 0.25 * (peak - noise)
        if found and i - found[-1] < RATE // 5:         # refractory: 200 ms
            if energy[i] > energy[found[-1]]:
                found[-1] = i
            continue
        if energy[i] > threshold:
            if found and i - found[-1] > 1.66 * rhythm:     # a beat seems to be missing: half the threshold
                lost = [j for j in skipped if found[-1] + RATE // 5 < j < i - RATE // 5 and energy[j] > threshold / 2]
                found += [max(lost, key=lambda j: energy[j])] if lost else []
            found.append(i)
            peak = 0.125 * min(energy[i], 2 * peak) + 0.875 * peak
            if len(found) > 8:
                rhythm = np.median(np.diff(found[-9:]))
            skipped = []
        else:
            skipped.append(i)
            noise = 0.125 * energy[i] + 0.875 * noise
    upright = signal - medfilt(signal, RATE * 3 // 5 | 1)      # R points upwards in this lead
    reach = RATE // 9
    return sorted({max(i - reach, 0) + int(np.argmax(upright[max(i - reach, 0) : i + reach])) for i in found})


def labels(peaks, n):
    """1 within SPREAD of every delayed peak."""
    y = np.zeros(n, np.float32)
    for p in peaks:
        y[max(p + LATENCY - SPREAD, 0) : p + LATENCY + SPREAD + 1] = 1
    return y


def windows(signal, y, first, last, hop):
    """Windows of the part [first, last) with their labels; the warm-up weighs nothing."""
    starts = range(first, last - WINDOW + 1, hop)
    x = np.stack([signal[s : s + WINDOW, None] for s in starts])
    t = np.stack([y[s : s + WINDOW, None] for s in starts])
    weight = np.where(np.arange(WINDOW) < WARM_UP, 0.0, 1.0).astype(np.float32) * np.ones((len(x), 1), np.float32)
    return x, t, weight * (1 + 3 * t[:, :, 0])


def build():
    import keras

    layers = [keras.Input((WINDOW, 1), name="signal")]
    for i, dilation in enumerate((1, 2, 4, 8)):
        layers += [
            keras.layers.Conv1D(8, 7, dilation_rate=dilation, padding="causal", use_bias=False, name=f"conv{i + 1}"),
            keras.layers.BatchNormalization(name=f"norm{i + 1}"),
            keras.layers.Activation("relu", name=f"relu{i + 1}"),
        ]
    layers += [keras.layers.Dropout(0.05, name="dropout"),
               keras.layers.Conv1D(1, 1, activation="sigmoid", name="beat")]
    return keras.Sequential(layers, name="ecg")


def predict(model, signal):
    """Probabilities of the whole signal, as the demo makes them: windows that overlap by the warm-up."""
    out = np.zeros(len(signal), np.float32)
    for s in range(0, len(signal) - WINDOW + 1, WINDOW - WARM_UP):
        y = np.asarray(model(signal[None, s : s + WINDOW, None]))[0, :, 0]
        keep = WARM_UP if s else 0
        out[s + keep : s + WINDOW] = y[keep:]
    return out


def marks(probability):
    """Middle of every run above one half; runs closer than 200 ms are one beat, the stronger."""
    found, i = [], 0
    while i < len(probability):
        if probability[i] <= 0.5:
            i += 1
            continue
        j = i
        while j < len(probability) and probability[j] > 0.5:
            j += 1
        beat = ((i + j - 1) // 2 - LATENCY, float(probability[i:j].max()))
        if found and beat[0] - found[-1][0] < RATE // 5:
            found[-1] = max(found[-1], beat, key=lambda b: b[1])
        else:
            found.append(beat)
        i = j
    return [b[0] for b in found]


def compare(found, truth):
    """(hits, missed, false): each true peak takes the nearest found one within the tolerance."""
    left, hits = list(found), 0
    for t in truth:
        near = min(left, key=lambda f: abs(f - t), default=None)
        if near is not None and abs(near - t) <= TOLERANCE:
            left.remove(near)
            hits += 1
    return hits, len(truth) - hits, len(left)


def judge(model, signal, peaks, first, last):
    inner = (first + WARM_UP, last - 2 * LATENCY)
    p = predict(model, signal[first:last])
    hits, missed, false = compare([m + first for m in marks(p) if inner[0] <= m + first < inner[1]],
                                  [t for t in peaks if inner[0] <= t < inner[1]])
    return hits, missed, false, hits / max(hits + missed, 1), hits / max(hits + false, 1)


def write_excerpt(path, raw, peaks):
    first, last = EXCERPT
    known = set(peaks)
    with open(path, "w", encoding="ascii") as f:
        f.write(f"# {last - first} samples at {RATE} Hz, 1024 is 0 mV, 200 a millivolt; R where train.py's classical "
                "detector sees a peak.\n"
                f"# MIT-BIH Arrhythmia Database, record 208, lead MLII, by way of scipy's ecg.dat, samples {first} "
                f"to {last - 1}.\n"
                "# Moody GB, Mark RG. IEEE Eng in Med and Biol 20(3):45-50, 2001. PhysioNet, doi:10.13026/C2F305.\n"
                "# Open Data Commons Attribution License (ODC-By) 1.0.\n")
        for i in range(first, last):
            f.write(f"{raw[i]}{' R' if i in known else ''}\n")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("record", nargs="?", help="ecg.dat; without it, scipy's own copy")
    arguments.add_argument("-o", default=pathlib.Path(__file__).parent, type=pathlib.Path, help="folder to write to")
    arguments.add_argument("--epochs", type=int, default=60)
    given = arguments.parse_args()

    import keras

    keras.utils.set_random_seed(208)
    if keras.backend.backend() == "tensorflow":
        import tensorflow

        tensorflow.config.experimental.enable_op_determinism()
    with np.load(find_record(given.record)) as record:
        raw = record["ecg"]
    signal = millivolts(raw)
    peaks = r_peaks(signal)
    y = labels(peaks, len(signal))
    print(f"{len(raw) / RATE:.0f} s, {len(peaks)} R peaks by the classical detector")

    # Electrode offset and polarity-free gain vary more in life than in three minutes: teach the network not to care.
    x, t, weight = windows(signal, y, 0, TRAIN, 90)
    random = np.random.default_rng(208)
    x = np.concatenate([x, x * random.uniform(0.7, 1.4, (len(x), 1, 1)) + random.uniform(-0.4, 0.4, (len(x), 1, 1))])
    x, t, weight = x.astype(np.float32), np.concatenate([t, t]), np.concatenate([weight, weight])
    model = build()
    model.compile(keras.optimizers.Adam(3e-3), "binary_crossentropy")
    xv, tv, wv = windows(signal, y, TRAIN, CHOOSE, 90)
    model.fit(x, t, sample_weight=weight, validation_data=(xv, tv, wv), epochs=given.epochs, batch_size=32, verbose=2,
              callbacks=[keras.callbacks.EarlyStopping(patience=15, restore_best_weights=True),
                         keras.callbacks.ReduceLROnPlateau(patience=5, factor=0.5)])

    for name, first, last in (("train", 0, TRAIN), ("choose", TRAIN, CHOOSE), ("held out", CHOOSE, len(signal))):
        hits, missed, false, sensitivity, precision = judge(model, signal, peaks, first, last)
        print(f"{name:>9}: {hits} found, {missed} missed, {false} false; "
              f"sensitivity {sensitivity:.3f}, precision {precision:.3f}")
    # A fresh copy without optimizer state: what the firmware needs and no more.
    bare = build()
    bare.set_weights(model.get_weights())
    bare.save(given.o / "ecg.keras")
    write_excerpt(given.o / "excerpt.txt", raw, peaks)
    print(f"{bare.count_params()} parameters, {os.path.getsize(given.o / 'ecg.keras')} bytes")


if __name__ == "__main__":
    main()
