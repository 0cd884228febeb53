"""manifests.py pio|arduino|zephyr|kconfig FILE... [SCHEMAS]: the manifests of examples/firmware by the tools' own schemas.

pio FOLDER             library.json (or library.properties) by PlatformIO's parser and schema, then packed; needs platformio
arduino FILE SCHEMAS   library.properties by arduino-lint's JSON schemas (its folder etc/schemas); needs jsonschema
zephyr FILE SCHEMA     a YAML file by one of Zephyr's schemas; needs pyyaml and jsonschema or pykwalify
kconfig FILE SYMBOL    a Kconfig file is read and has the symbol; needs kconfiglib
"""

import json
import pathlib
import sys
import tempfile


def pio(folder):
    from platformio.package.manifest.parser import ManifestParserFactory
    from platformio.package.manifest.schema import ManifestSchema
    from platformio.package.pack import PackagePacker

    # The list of licences is the one thing that it would fetch.
    ManifestSchema.load_spdx_licenses = staticmethod(lambda: {"licenses": [{"licenseId": "MIT"}]})
    ManifestSchema().load_manifest(ManifestParserFactory.new_from_dir(folder).as_dict())
    with tempfile.TemporaryDirectory() as scratch:
        PackagePacker(folder).pack(scratch + "/")


def arduino(path, schemas):
    from jsonschema import Draft7Validator
    from referencing import Registry, Resource

    known = {p.name: json.loads(p.read_text()) for p in pathlib.Path(schemas).glob("*.json")}
    registry = Registry().with_resources((s["$id"], Resource.from_contents(s)) for s in known.values())
    lines = pathlib.Path(path).read_text().splitlines()
    properties = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    for level in "permissive-", "", "strict-":
        schema = known[f"arduino-library-properties-{level}schema.json"]
        Draft7Validator(schema, registry=registry).validate(properties)


def zephyr(path, schema):
    import yaml

    with open(schema) as file:
        rules = yaml.safe_load(file)
    with open(path) as file:
        text = yaml.safe_load(file)
    if "$schema" in rules:
        from jsonschema import Draft202012Validator

        Draft202012Validator(rules).validate(text)
    else:
        from pykwalify.core import Core

        Core(source_data=text, schema_data=rules).validate(raise_exception=True)


def kconfig(path, symbol):
    import kconfiglib

    found = kconfiglib.Kconfig(path, warn_to_stderr=False).syms.get(symbol)
    if found is None or not found.nodes:
        sys.exit(f"{path} has no {symbol}")


if __name__ == "__main__":
    {"pio": pio, "arduino": arduino, "zephyr": zephyr, "kconfig": kconfig}[sys.argv[1]](*sys.argv[2:])
