#!/usr/bin/env python3
# The part of schemas/openapi.yaml that follows from the .proto files: each message as its proto3 JSON, with the comments
# of the .proto as descriptions. It stands between two marker lines, so that the contract cannot drift from the schema.
#   openapi_components.py --check | --write
import pathlib
import re
import subprocess
import sys
import tempfile

import yaml
from google.protobuf import descriptor_pb2

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "schemas/openapi.yaml"
BEGIN = "    # Generated from the .proto files by tests/schemas/openapi_components.py --write: begin\n"
END = "    # Generated: end\n"

# What clients send (the reader is lenient, as proto3 JSON demands), and what only the gateway writes.
REQUESTS = ["MessageBatch", "CaseEvent"]
ANSWERS = ["Receipt", "Receipts", "Violation", "CaseState", "TimelineEntry", "InboxEntry", "CataloguePage"]

# What the gateway's own JSON adds to that of proto3.
WRITTEN = {"Limit.value": "Always written by the gateway, also where it is 0: 当日, the same day."}

FIELD = descriptor_pb2.FieldDescriptorProto
INTEGERS = {FIELD.TYPE_INT32: ("int32", True), FIELD.TYPE_SINT32: ("int32", True),
            FIELD.TYPE_UINT32: ("int32", False), FIELD.TYPE_INT64: ("int64", True),
            FIELD.TYPE_UINT64: ("int64", False), FIELD.TYPE_FIXED64: ("int64", False)}
LIMITS = {FIELD.TYPE_INT32: (-2**31, 2**31 - 1), FIELD.TYPE_SINT32: (-2**31, 2**31 - 1),
          FIELD.TYPE_UINT32: (0, 2**32 - 1)}


def descriptors():
    """The schema as protoc sees it, comments included."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "set.binpb"
        protos = sorted(str(p.relative_to(ROOT / "schemas")) for p in (ROOT / "schemas").rglob("*.proto"))
        subprocess.run(["protoc", f"-I{ROOT / 'schemas'}", "--include_source_info", f"--descriptor_set_out={out}",
                        *protos], check=True)
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


class Schema:
    """Messages and enums of package tongban.v1 by name, with their comments."""

    def __init__(self, files):
        self.messages, self.enums, self.comments = {}, {}, {}
        for file in files.file:
            if file.package != "tongban.v1":
                continue
            comments = {tuple(l.path): "\n".join(line.strip() for line in l.leading_comments.strip().splitlines())
                        for l in file.source_code_info.location}
            for i, enum in enumerate(file.enum_type):
                self.enums[enum.name] = enum
                self.comments[enum.name] = comments.get((5, i), "")
                for j, value in enumerate(enum.value):
                    self.comments[f"{enum.name}.{value.name}"] = comments.get((5, i, 2, j), "")
            for i, message in enumerate(file.message_type):
                self.add(message, comments, (4, i))

    def add(self, message, comments, path):
        self.messages[message.name] = message
        self.comments[message.name] = comments.get(path, "")
        for j, field in enumerate(message.field):
            self.comments[f"{message.name}.{field.name}"] = comments.get(path + (2, j), "")

    def reach(self, names):
        """These messages and all they hold, enums included."""
        found, todo = set(), list(names)
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            if name in self.messages:
                todo += [f.type_name.split(".")[-1] for f in self.messages[name].field
                         if f.type_name.startswith(".tongban.v1.")]
        return found


def one_value(field, lenient):
    """JSON schema of one value of a field."""
    if field.type in INTEGERS:
        kind, signed = INTEGERS[field.type]
        text = {"type": "string", "pattern": r"^(0|-?[1-9][0-9]{0,18})$" if signed else r"^(0|[1-9][0-9]{0,19})$"}
        if kind == "int32":
            low, high = LIMITS[field.type]
            number = {"type": "integer", "minimum": low, "maximum": high}
            return number
        if lenient:
            return {"oneOf": [text, {"type": "integer", "minimum": -2**63 if signed else 0, "maximum": 2**63 - 1}]}
        return text
    if field.type == FIELD.TYPE_BOOL:
        return {"type": "boolean"}
    if field.type == FIELD.TYPE_BYTES:
        # As RFC 4648 §4 writes it, padded, without bits behind the last byte: §3.5 lets a reader refuse others, and ours does.
        return {"type": "string", "contentEncoding": "base64",
                "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$"}
    if field.type == FIELD.TYPE_STRING:
        return {"type": "string"}
    if field.type_name == ".google.protobuf.Timestamp":
        return {"type": "string", "format": "date-time"}
    name = field.type_name.split(".")[-1]
    return {"$ref": f"#/components/schemas/{name}"}


def described(value, comment):
    if not comment:
        return value
    return {"allOf": [value], "description": comment} if "$ref" in value else {**value, "description": comment}


def message_schema(schema, name, lenient):
    message = schema.messages[name]
    result = {"type": "object"}
    if schema.comments[name]:
        result["description"] = schema.comments[name]
    result["additionalProperties"] = False
    properties = {}
    for field in message.field:
        value = one_value(field, lenient)
        if field.label == FIELD.LABEL_REPEATED:
            value = {"type": "array", "items": value}
        properties[field.name] = described(value, schema.comments[f"{name}.{field.name}"] or WRITTEN.get(f"{name}.{field.name}", ""))
    if properties:
        result["properties"] = properties
    for index, oneof in enumerate(message.oneof_decl):
        members = [f.name for f in message.field
                   if f.HasField("oneof_index") and f.oneof_index == index and not f.proto3_optional]
        if members:
            result["oneOf"] = [{"required": [member], "properties": {member: True}} for member in members]
            result["x-oneof"] = oneof.name
    return result


def enum_schema(schema, name):
    enum = schema.enums[name]
    values = [v.name for v in enum.value]
    lines = [schema.comments[name]]
    lines += [f"- `{v}`: {text}" for v in values if (text := schema.comments[f"{name}.{v}"].replace("\n", " "))]
    return {"type": "string", "description": "\n".join(line for line in lines if line), "enum": values}


def components():
    schema = Schema(descriptors())
    requested = schema.reach(REQUESTS)
    result = {}
    for name in sorted(requested | schema.reach(ANSWERS)):
        if name in schema.enums:
            result[name] = enum_schema(schema, name)
        else:
            result[name] = message_schema(schema, name, name in requested)
    return result


class Literal(str):
    """Printed as a block: descriptions of several lines stay readable."""


def blocks(value):
    if isinstance(value, dict):
        return {k: blocks(v) for k, v in value.items()}
    if isinstance(value, list):
        return [blocks(v) for v in value]
    return Literal(value) if isinstance(value, str) and "\n" in value else value


def generated():
    yaml.SafeDumper.add_representer(
        Literal, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|"))
    text = yaml.safe_dump(blocks(components()), sort_keys=False, allow_unicode=True, width=110, indent=2)
    return "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())


def main(mode):
    text = CONTRACT.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{CONTRACT}: the marker lines are gone")
    before, rest = text.split(BEGIN)
    current, after = rest.split(END)
    wanted = generated()
    if mode == "--write":
        CONTRACT.write_text(before + BEGIN + wanted + END + after, encoding="utf-8")
    elif mode == "--check":
        if current != wanted:
            was, now = set(current.splitlines()), set(wanted.splitlines())
            for line in sorted(was ^ now)[:20]:
                print(("- " if line in was else "+ ") + line.strip())
            sys.exit("schemas/openapi.yaml does not follow the .proto files: "
                     "run tests/install/tool python tests/schemas/openapi_components.py --write")
        print(f"{len(components())} schemas follow the .proto files")
    else:
        sys.exit(__doc__ or "openapi_components.py --check | --write")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
