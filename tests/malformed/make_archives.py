#!/usr/bin/env python3
"""Makes archives that are broken or hostile, of good.keras beside it; needs no package.  run.sh needs only what this wrote."""
import io
import pathlib
import struct
import zipfile

here = pathlib.Path(__file__).parent
LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
# Offsets behind the signature, in the local header and in the central directory.
FLAGS, METHOD, CRC, PACKED, SIZE = (6, 8), (8, 10), (14, 16), (18, 20), (22, 24)


def write(name, data):
    (here / name).write_bytes(data)


def rewritten(edit, method=zipfile.ZIP_DEFLATED, more=()):
    """good.keras with edit(entry, bytes) in place of every entry, and more (name, bytes) behind."""
    out = io.BytesIO()
    with zipfile.ZipFile(here / "good.keras") as old, zipfile.ZipFile(out, "w") as new:
        for entry in [(e, edit(e, old.read(e))) for e in old.namelist()] + list(more):
            new.writestr(zipfile.ZipInfo(entry[0], (1980, 1, 1, 0, 0, 0)), entry[1], method)
    return bytearray(out.getvalue())


def same(entry, data):
    return data


def entries(data, signature):
    """Positions of all headers of that kind."""
    at = data.find(signature)
    while at >= 0:
        yield at
        at = data.find(signature, at + 4)


def patched(field, form, value, entry=1, where="both"):
    """One field of the headers of the entry with that number."""
    data = rewritten(same)
    for kind, signature in enumerate((LOCAL, CENTRAL)):
        if where == "both" or where == ("local", "central")[kind]:
            at = list(entries(data, signature))[entry]
            struct.pack_into(form, data, at + field[kind], value)
    return data


def end_record(offset, form, *values):
    data = rewritten(same)
    struct.pack_into(form, data, data.rfind(END) + offset, *values)
    return data


def main():
    weights = 2     # metadata.json, config.json, model.weights.h5
    write("zip_parent.keras", rewritten(same, more=[("../escape.json", b"{}")]))
    write("zip_absolute.keras", rewritten(same, more=[("/etc/model.json", b"{}")]))
    write("zip_drive.keras", rewritten(same, more=[("C:\\model.json", b"{}")]))
    write("zip_twice.keras", rewritten(same, more=[("config.json", b"{}")]))
    write("zip_encrypted.keras", patched(FLAGS, "<H", 1))
    write("zip_method.keras", patched(METHOD, "<H", 97))
    write("zip_bomb.keras", patched(SIZE, "<I", 0x70000000, weights))
    write("zip_size_low.keras", patched(SIZE, "<I", 40))
    write("zip_crc.keras", patched(CRC, "<I", 0x12345678))
    write("zip_packed_huge.keras", patched(PACKED, "<I", 0x7fffffff, weights))
    write("zip_disks.keras", end_record(4, "<HH", 1, 1))
    write("zip_count_lies.keras", end_record(8, "<HH", 255, 255))
    write("zip_directory_beyond.keras", end_record(16, "<I", 0x00ffffff))
    write("zip_config_empty.keras", rewritten(lambda e, d: b"" if e == "config.json" else d))
    write("zip_config_utf16.keras", rewritten(lambda e, d: d.decode().encode("utf-16") if e == "config.json" else d))
    write("zip_config_cut.keras", rewritten(lambda e, d: d[: len(d) // 2] if e == "config.json" else d))
    write("zip_version.keras", rewritten(lambda e, d: b'{"keras_version": "seven"}' if e == "metadata.json" else d))
    write("zip_shards.keras", rewritten(lambda e, d: d, more=[("model.weights.json", b"{}")]).replace(b"model.weights.h5", b"model_weights.h5"))
    zeros = io.BytesIO()
    with zipfile.ZipFile(zeros, "w") as new:     # 64 MiB of blanks in 64 KiB: a text, but none that is JSON
        new.writestr(zipfile.ZipInfo("config.json", (1980, 1, 1, 0, 0, 0)), b" " * (1 << 23), zipfile.ZIP_DEFLATED)
        new.writestr(zipfile.ZipInfo("model.weights.h5", (1980, 1, 1, 0, 0, 0)), b"", zipfile.ZIP_DEFLATED)
    write("zip_blanks.keras", zeros.getvalue())


if __name__ == "__main__":
    main()
