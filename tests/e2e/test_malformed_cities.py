"""City messages that are broken: refused in the city's own format with the place, nothing stored, nothing repeated."""

import re

import pytest

import cities
from personal import personal_values_in


@pytest.fixture(autouse=True)
def nothing_is_stored(gateway, request):
    before = gateway.status()["cases"]["accepted"]
    yield
    if "stores" not in request.keywords:
        assert gateway.status()["cases"]["accepted"] == before
    assert gateway.metric("tongban_http_handler_exceptions_total") == 0


def cut(body):
    return body[:-40]


def nul(body):
    return body.replace(b">", b">\0", 3) if b">" in body else body.replace(b'"', b'"\0', 1)


def doctype(body):
    return re.sub(rb"^(<\?xml[^>]*\?>)?", rb'\g<0><!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>', body, count=1)


def entity_bomb(body):
    bomb = b"<!DOCTYPE a [" + b"".join(b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10 if i else b"ha")
                                       for i in range(10)) + b"]>"
    return re.sub(rb"^(<\?xml[^>]*\?>)?", lambda found: found[0] + bomb, body, count=1)


def deep_xml(body):
    return b"<APPROVEDATAINFO>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</APPROVEDATAINFO>"


def deep_json(body):
    return b'{"header":' * 20_000 + b"{}" + b"}" * 20_000


def twice(body):
    return body.replace(b'"projectNo"', b'"projectNo": "1", "projectNo"', 1).replace(b'"bjbh"', b'"bjbh": "1", "bjbh"', 1)


def not_gb18030(body):
    return body + b"\xff\xff"


def latin(body):
    return body.replace("样".encode(), b"\xe6\xa0", 1).replace("测".encode(), b"\xe6\xb5", 1)


def inner_doctype(body):
    return body.replace(b"<PACKAGE>", b"<!DOCTYPE a []><PACKAGE>")


UNREADABLE = {
    "form cut short": ("JINING-02", cut), "form without its field": ("JINING-02", lambda b: b.replace(b"xmlStr=", b"xml=")),
    "form with a broken escape": ("JINING-02", lambda b: b.replace(b"%3C", b"%zz", 1)),
    "XML cut short": ("JINING-01", cut), "XML with NUL": ("JINING-01", nul), "XML with DTD": ("JINING-01", doctype),
    "XML bomb": ("JINING-01", entity_bomb), "XML too deep": ("JINING-01", deep_xml),
    "XML not of its charset": ("JINING-01", latin), "XML of another city": ("JINING-01", lambda b: b"<a>1</a>"),
    "nothing": ("JINING-01", lambda b: b""),
    "JSON cut short": ("QINGDAO-01", cut), "JSON with NUL": ("QINGDAO-01", nul), "JSON too deep": ("QINGDAO-01", deep_json),
    "JSON with a key twice": ("QINGDAO-01", twice), "JSON of no known message": ("QINGDAO-01", lambda b: b"{}"),
    "flat JSON with a key twice": ("XUZHOU-01", twice), "flat JSON cut short": ("XUZHOU-01", cut),
    "JSON in a string cut short": ("XUZHOU-01", lambda b: b.replace(b'\\"}]"', b'\\"}"')),
    "GB18030 XML cut short": ("CHANGZHI-01", cut), "GB18030 XML with DTD": ("CHANGZHI-01", doctype),
    "GB18030 XML not of its charset": ("CHANGZHI-01", not_gb18030),
    "SOAP cut short": ("HEXI-01", cut), "SOAP with DTD": ("HEXI-01", doctype),
    "SOAP with a DTD inside": ("HEXI-01", inner_doctype), "SOAP with XML inside cut short":
        ("HEXI-01", lambda b: b.replace(b"</DATA></PACKAGE>", b"</DATA>")),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_message_that_cannot_be_read(gateway, name):
    prefix, change = UNREADABLE[name]
    party, body, kind = cities.sample(prefix)
    city = party.split("-")[0]
    with gateway.client(party) as client:
        answer = client.post("/v1/messages", change(body), kind)
    reply = cities.read(party, answer)
    assert answer.status_code in (200, 400, 413, 422), answer.text
    assert reply.code not in (cities.TAKEN[city], cities.TAKEN_AGAIN[city], cities.LATER[city]), reply
    assert reply.case_id == "" and (reply.text or reply.violations), reply
    assert personal_values_in(answer.content.decode("gb18030" if city == "changzhi" else "utf-8")) == []


def text(old, new):
    return lambda body: body.replace(old.encode(), new.encode())


def gb(old, new):
    return lambda body: body.replace(old.encode("gb18030"), new.encode("gb18030"))


WRONG = {
    "identity number in exponent form": ("QINGDAO-01", text('"370299198808082225"', "3.7029919880808223E+17"), "number"),
    "identity number as Excel writes it": ("JINING-01", text("370899198506150010", "3.70899E+17"), "SQRZJHM"),
    "30 February": ("JINING-01", text("2024-10-18 09:12:33", "2024-02-30 09:12:33"), "SBSJ"),
    "30 February in Chinese": ("CHANGZHI-02", gb("2024年10月24日", "2024年2月30日"), "申请时间"),
    "unknown code": ("JINING-01", text("<YWMS>2</YWMS>", "<YWMS>7</YWMS>"), "YWMS"),
    "check digit": ("HEXI-01", text("12019919660412009x", "120199196604120091"), "SQR_GMSFHM"),
    "check digit in GB18030": ("CHANGZHI-01", gb("140499197903021045", "140499197903021046"), "证件号码"),
    "region that is not connected": ("JINING-01", text("140400000000", "110101000000"), "BLDXZQHDM"),
    "name in another charset, lost": ("JINING-01", text("测试甲", "??"), "SQRMC"),
}


@pytest.mark.parametrize("name", WRONG)
def test_value_that_breaks_a_rule_is_named_by_its_own_place(gateway, name):
    prefix, change, place = WRONG[name]
    city = prefix.split("-")[0].lower()
    assert change(cities.sample(prefix)[1]) != cities.sample(prefix)[1], "the sample holds what is changed"
    reply = cities.send(gateway, prefix, change)
    assert reply.code not in (cities.TAKEN[city], cities.LATER[city]), reply
    assert place in reply.violations, f"{place} in {reply}"


def test_region_of_another_city_is_refused_with_both_named(gateway):
    reply = cities.send(gateway, "JINING-01", text("370800000000", "370200000000"))
    assert reply.code == "0" and "370800" in reply.text and "370200" in reply.text, reply


def test_content_type_of_no_dialect_of_the_partner(gateway):
    party, body, _ = cities.sample("QINGDAO-01")
    with gateway.client(party) as client:
        answer = client.post("/v1/messages", body, "image/png")
    assert answer.status_code in (200, 415)
    assert b"415" in answer.content or b"image/png" in answer.content, answer.content


def test_dialect_that_is_not_the_partners(gateway):
    party, body, kind = cities.sample("QINGDAO-01")
    with gateway.client(party) as client:
        answer = client.post("/v1/messages/jining", body, kind)
    assert answer.status_code == 415 and "qingdao" in answer.json()["detail"], answer.text


@pytest.mark.stores
def test_dialect_named_by_path_and_by_header(gateway):
    first = cities.send(gateway, "JINING-01", text("370800241018000127", "370800241018000301"), "/v1/messages/jining")
    assert first.code == "1", first
    party, body, kind = cities.sample("JINING-01")
    with gateway.client(party) as client:
        answer = client.post("/v1/messages", text("370800241018000127", "370800241018000302")(body), kind,
                             headers={"X-Tongban-Dialect": "jining"})
    assert cities.read(party, answer).code == "1"


@pytest.mark.stores
def test_byte_order_mark_is_no_error(gateway):
    for prefix, number, mark in (("JINING-01", b"370800241018000127", b"\xef\xbb\xbf"),
                                 ("XUZHOU-01", b"XZ32030020241018C0001", b"\xef\xbb\xbf"),
                                 ("XUZHOU-02", b"XZRZ20241018", b"\x84\x31\x95\x33")):
        new = number[:-2] + b"77" if prefix != "XUZHOU-02" else b"XZRZ20241077"
        reply = cities.send(gateway, prefix, lambda body, n=number, w=new, m=mark: m + body.replace(n, w))
        assert reply.code in ("1", "200") or {row["结果"] for row in reply.rows} == {"成功"}, f"{prefix}: {reply}"


@pytest.mark.stores
def test_identity_number_as_a_json_number_keeps_every_digit(gateway):
    def change(body):
        return body.replace(b'"370299198808082225"', b"370299198808082225").replace(b"QD370200202410180000321", b"QD-exact-1")

    reply = cities.send(gateway, "QINGDAO-01", change)
    assert reply.code == "0", reply
    with gateway.client("hexi-platform") as client:
        applicant = client.case(reply.case_id)["submission"]["dossier"]["applicant"]
    assert applicant["id_no"] == "370299198808082225"


@pytest.mark.stores
def test_what_was_filed_is_read_by_the_other_side_in_the_shared_schema(gateway):
    reply = cities.send(gateway, "CHANGZHI-01", lambda body: body.replace(b"140400202410210031", b"140400202410210099"))
    with gateway.client("jining-window-1") as window:
        filed = window.case(reply.case_id)["submission"]
    applicant = filed["dossier"]["applicant"]
    assert applicant["name"] == "王䶮" and applicant["phone"] == "14000000301"
    assert filed["occurred_at"] == "2024-10-21T02:15:00Z"
