"""What docs/initializers.md says of the generator behind --init, written down a second time: prints the numbers that
tests/unit/test_layers_initializers.c expects.  Needs nothing but Python."""

import hashlib
import struct

WORD = 2**64 - 1


class Stream:
    def __init__(self, seed, layer, weight, own=None):
        text = f"conv1dc --init {seed}\n{layer}\n{weight}\n" + ("" if own is None else f"{own}\n")
        self.s = list(struct.unpack(">4Q", hashlib.sha256(text.encode()).digest()))

    def word(self):
        def rotated(x, by):
            return (x << by | x >> (64 - by)) & WORD

        s = self.s
        result = rotated(s[1] * 5 & WORD, 7) * 9 & WORD
        t = s[1] << 17 & WORD
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = rotated(s[3], 45)
        return result

    def unit(self):
        return (self.word() >> 11) * 2.0**-53

    def half(self):
        last, n = 0.5, 0
        while (u := self.unit()) < last:
            last, n = u, n + 1
        return n % 2 == 0

    def step(self, k, x):
        last, n = x, 0
        while (u := self.unit()) < last and self.unit() < (2 * k + x) / (2 * k + 2):
            last, n = u, n + 1
        return n % 2 == 0

    def normal(self):
        while True:
            k = 0
            while self.half():
                k += 1
            if not all(self.half() for _ in range(k * (k - 1))):
                continue
            x = self.unit()
            if all(self.step(k, x) for _ in range(k + 1)):
                return -(k + x) if self.word() >> 63 else k + x


def f32(x):
    return struct.unpack("f", struct.pack("f", x))[0]


def show(what, values):
    print(what, ", ".join(float(v).hex() + "F" for v in values))


stream = Stream(7, "sub/conv", "kernel")
show("normal", [f32(0.5 + 2 * stream.normal()) for _ in range(8)])
stream = Stream(7, "sub/conv", "kernel", 42)
show("normal, own seed 42", [f32(0.5 + 2 * stream.normal()) for _ in range(8)])
stream = Stream(9223372036854775807, "c", "bias", -1)
low, high = f32(-0.1), f32(0.3)
show("uniform", [f32(low + (high - low) * stream.unit()) for _ in range(8)])
