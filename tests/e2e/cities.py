"""What the five cities' own clients do with an answer: read it in their own format, as their documents say."""

import csv
import dataclasses
import io
import json
import xml.etree.ElementTree as xml

from gateway import EXAMPLE

CONTENT_TYPES = {
    "JINING-02": "application/x-www-form-urlencoded", "JINING": "application/xml",
    "QINGDAO": "application/json", "CHANGZHI": "application/xml; charset=GB18030",
    "HEXI": "text/xml; charset=utf-8", "XUZHOU-02": "text/csv; charset=GB18030", "XUZHOU": "application/json",
}
TAKEN = {"jining": "1", "qingdao": "0", "changzhi": "成功", "hexi": "0", "xuzhou": "200"}
TAKEN_AGAIN = {**TAKEN, "changzhi": "重复"}
LATER = {"jining": "-2", "qingdao": "503", "changzhi": "稍后重发", "hexi": "-909", "xuzhou": "503"}


@dataclasses.dataclass
class Reply:
    """One city's answer. code: in the city's own words; reason: the gateway's, machine-readable, where it is told."""

    status: int
    code: str
    number: str = ""
    case_id: str = ""
    reason: str = ""
    text: str = ""
    violations: str = ""
    rows: tuple = ()


def sample(prefix):
    """(party, bytes, content type) of the sample whose name begins so."""
    found = [file for file in (EXAMPLE / "messages").iterdir() if file.name.startswith(prefix)]
    assert len(found) == 1, f"{prefix}: {found}"
    kind = next(value for key, value in CONTENT_TYPES.items() if found[0].name.startswith(key))
    return f"{prefix.split('-')[0].lower()}-platform", found[0].read_bytes(), kind


def send(gateway, prefix, change=None, path="/v1/messages"):
    """Sends a sample as its city does; `change` edits its bytes first."""
    party, body, kind = sample(prefix)
    with gateway.client(party) as client:
        return read(party, client.post(path, change(body) if change else body, kind))


def read(party, answer):
    city = party.split("-")[0]
    kind = answer.headers["Content-Type"]
    readers = {"jining": jining, "qingdao": qingdao, "changzhi": changzhi, "hexi": hexi}
    reader = readers.get(city) or (xuzhou_batch if kind.startswith("text/csv") else xuzhou)
    reply = reader(answer)
    reply.status = answer.status_code
    return reply


def of_xml(text):
    return {element.tag: element.text or "" for element in xml.fromstring(text).iter()}


def jining(answer):
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    field = of_xml(answer.content)
    return Reply(0, field["STATUS"], field["SBLSH_SHORT"], field["WGLSH"], field["JGDM"], field["MESSAGE"], field["CWXX"])


def changzhi(answer):
    assert answer.headers["Content-Type"] == "application/xml; charset=GB18030"
    text = answer.content.decode("gb18030")
    assert text.startswith('<?xml version="1.0" encoding="GB18030"?>')
    field = of_xml(text.split("?>", 1)[1])  # expat takes no multi-byte declaration
    errors = [element.text or "" for element in xml.fromstring(text.split("?>", 1)[1]).iter("错误")]
    return Reply(0, field["结果"], field["办件编号"], field["网关流水号"], "", field["说明"], ";".join(errors))


def hexi(answer):
    assert answer.headers["Content-Type"] == "text/xml; charset=UTF-8"
    envelope = xml.fromstring(answer.content)
    assert envelope.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    returned = envelope.find("{http://schemas.xmlsoap.org/soap/envelope/}Body/"
                             "{http://service.kstb.hexi.example/}response/{http://service.kstb.hexi.example/}return")
    field = of_xml(returned.text.encode())
    return Reply(0, field["CODE"], field["YWXTBH"], field["WGLSH"], field["YYDM"], field["MSG"], field["CWXX"])


def qingdao(answer):
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    body = json.loads(answer.content)
    rows = body["data"]
    first = rows[0] if rows else {}
    return Reply(0, str(body["code"]), first.get("projectNo", ""), first.get("gatewayNo", ""), first.get("reason", ""),
                 body["message"], first.get("errors", ""), tuple(rows))


def xuzhou(answer):
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
    body = json.loads(answer.content)
    return Reply(0, body["code"], body["bjbh"], body["wglsh"], body["yydm"], body["msg"], body["cwxx"])


def xuzhou_batch(answer):
    assert answer.headers["Content-Type"] == "text/csv; charset=GB18030"
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("gb18030"))))
    return Reply(0, "", rows=tuple(lines))
