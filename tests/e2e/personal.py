"""Every name, number, phone and address of the samples, in the forms in which it could leak."""

import functools
import json
import re
import unicodedata
import urllib.parse

from gateway import EXAMPLE

# Fields of the five cities that hold something personal; the tags and keys as they stand in the samples.
TAGS = ("SQRMC LXRXM SQRZJHM LXRSJ YJDZ SJRXM GRZH SKYHKH SPRXM BZGZFCRXM "
        "SQR_GMSFHM SQR_XM SQR_LXDH SLR_XM BLR_XM CLNR BDCQZH BDCDYH "
        "姓名 证件号码 手机 住址 原残疾证号 个人编号 受理人").split()
KEYS = ("userName number mobile address receiver name before after birthday "
        "sqrxm zjhm lxdh csrq mc").split()
COLUMNS = ("姓名", "公民身份号码", "联系电话")
# What is no person's although a field of such a name holds it.
HARMLESS = {"无", "null", "", "省", "市"}


def _decoded(file):
    raw = file.read_bytes()
    if file.name.endswith(".txt"):
        return urllib.parse.unquote_plus(raw.decode())
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    raise AssertionError(file)


def _found_in(file):
    text = _decoded(file)
    for tag in TAGS:
        yield from re.findall(rf"<{tag}>([^<]*)</{tag}>", text)
    for tag in ("附件",):
        yield from re.findall(rf"<{tag}[^>]*>([^<]*)</{tag}>", text)
    if '"dossier"' in text:  # canonical: an item, a field and a material have a name too
        for person in ("applicant", "agent"):
            for value in json.loads(text)["dossier"].get(person, {}).values():
                if isinstance(value, str) and not value.startswith("APPLICANT_TYPE_") and not re.fullmatch(r"\d{3}", value):
                    yield value
        return
    for key in KEYS:
        yield from re.findall(rf'"{key}":\s*"([^"]*)"', text)
    if file.suffix == ".csv":
        lines = [line.split(",") for line in text.strip().splitlines()]
        for column in COLUMNS:
            place = lines[0].index(column)
            yield from (line[place] for line in lines[1:])


def _forms(value):
    """As sent, and as a gateway may have normalised it."""
    yield value
    stripped = value.strip(" 　'")
    yield stripped
    yield stripped.replace(" ", "")
    yield unicodedata.normalize("NFKC", stripped).replace(" ", "").upper()
    yield re.sub(r"[-+ ]", "", stripped)
    digits = re.sub(r"\D", "", unicodedata.normalize("NFKC", stripped))
    if digits.startswith("86") and len(digits) == 13:
        yield digits[2:]


@functools.cache
def personal_values():
    """At least the samples' people: fewer means that this file no longer reads the samples."""
    found = set()
    for file in sorted((EXAMPLE / "messages").iterdir()):
        for value in _found_in(file):
            found |= {form for form in _forms(value) if len(form) >= 2 and form not in HARMLESS}
    for sure in ("测试甲", "370899198506150010", "14000000101", "王䶮", "140499197903021045", "样例乙", "样例己",
                 "12019919660412009X", "320399194101110112", "样例子", "天津样例合成科技有限公司"):
        assert sure in found, f"{sure} is no longer found in the samples"
    return frozenset(found)


def personal_values_in(text):
    return sorted(value for value in personal_values() if value in text)
