#!/usr/bin/env python3
# The chart's `config` value takes what tongban.yaml takes, less what the chart sets itself. Its schema is made from the
# table of docs/configuration.md (which `tongban config reference` prints), so that the two cannot drift.
#   values_schema.py --check | --write
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "helm/tongban/values.schema.json"
REFERENCE = ROOT / "docs/configuration.md"

# Set by the chart from other values.
OURS = re.compile(r"gateway\.(address|port)$|gateway\.tls\.|operations\.|ledger\.kind$|ledger\.embedded\.directory$"
                  r"|materials\.(kind|directory|staging|scan\.command|s3\..*)$|ledger\.kafka\.bootstrap$|ledger\.kafka\.tls\.|view\.directory$|partners$|dialects$|catalogue\.|calendar\.")
DURATION = "^[1-9][0-9]*(ms|s|m|h|d)$"
MOUNTED = "^/etc/tongban/secrets/[^/]+/[^/]+$"  # a file setting: a Secret of `secrets`
SIZE = "^[1-9][0-9]*(B|KiB|MiB|GiB)$"


def settings():
    """(key, type, range, meaning) of each row of the reference's table."""
    text = REFERENCE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)` \| (\w+) \| ([^|]*)\| ([^|]*)\| ([^|]*)\|$", text, re.M)
    if len(rows) < 20:
        sys.exit(f"{REFERENCE}: its table of settings was not recognised")
    return [(key, kind, span.strip(), meaning.strip()) for key, kind, _, span, meaning in rows]


def value_schema(key, kind, span):
    if kind == "integer":
        low, high = re.fullmatch(r"(\d+) to (\d+)", span).groups()
        return {"type": "integer", "minimum": int(low), "maximum": int(high)}
    if kind == "choice":
        return {"enum": [choice.strip() for choice in span.split(",")]}
    if kind == "switch":
        return {"type": "boolean"}
    patterns = {"duration": DURATION, "size": SIZE, "text": ".", "file": MOUNTED}
    if kind not in patterns:
        sys.exit(f"{REFERENCE}: {key} is a {kind}: say in {pathlib.Path(__file__).name} who sets it")
    return {"type": "string", "pattern": patterns[kind]}


def config_schema():
    root = {"type": "object", "additionalProperties": False, "properties": {}}
    for key, kind, span, meaning in settings():
        if OURS.match(key):
            continue
        node = root
        *folders, name = key.split(".")
        for folder in folders:
            node = node["properties"].setdefault(
                folder, {"type": "object", "additionalProperties": False, "properties": {}})
        node["properties"][name] = {"description": meaning, **value_schema(key, kind, span)}
    return root


def main(mode):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    wanted = config_schema()
    if mode == "--write":
        schema["properties"]["config"] = wanted
        SCHEMA.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    elif schema["properties"]["config"] != wanted:
        sys.exit("helm/tongban/values.schema.json does not follow docs/configuration.md: "
                 "run python3 tests/helm/values_schema.py --write")
    else:
        print("config of values.schema.json follows docs/configuration.md")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "--check")
