"""Canonical messages that break rules: 400, 413, 415 or 422 with place and rule in both languages, never half a case."""

import json

import pytest

from gateway import submission

PARTY = "jining-platform"


@pytest.fixture(autouse=True)
def nothing_is_stored(gateway, request):
    before = gateway.status()["cases"]["accepted"]
    yield
    if "stores" not in request.keywords:
        assert gateway.status()["cases"]["accepted"] == before


def text(number):
    return json.dumps(submission(number), ensure_ascii=False)


CANNOT_BE_READ = {
    "cut short": lambda n: text(n)[:-20],
    "empty": lambda n: "",
    "text after the value": lambda n: text(n) + "{}",
    "not JSON": lambda n: "<xml/>",
    "an array": lambda n: "[" + text(n) + "]",
    "duplicate key": lambda n: text(n).replace('"occurred_at"', '"dossier": {}, "occurred_at"', 1),
    "duplicate key in depth": lambda n: text(n).replace('"id_no"', '"id_no": "1", "id_no"', 1),
    "both names of a field": lambda n: text(n).replace('"id_no"', '"idNo": "1", "id_no"', 1),
    "duplicate key by an escape": lambda n: text(n).replace('"id_no"', '"\\u0069d_no": "1", "id_no"', 1),
    "NUL byte": lambda n: text(n).replace("测试甲", "测\0甲"),
    "deep nesting": lambda n: '{"case":' * 100_000 + "{}" + "}" * 100_000,
    "deep nesting of arrays": lambda n: '{"events":' + "[" * 5_000 + "]" * 5_000 + "}",
    "wrong encoding": lambda n: text(n).encode("gb18030"),
    "lone surrogate": lambda n: text(n).replace("测试甲", "\\ud800"),
    "overlong UTF-8": lambda n: text(n).encode().replace("测试甲".encode(), b"\xc0\xaf"),
    "unknown member": lambda n: text(n).replace('"occurred_at"', '"occured_at"'),
    "a date that does not exist": lambda n: text(n).replace("2024-10-18", "2024-02-30"),
    "unknown code": lambda n: text(n).replace("CASE_TYPE_COMMITMENT", "CASE_TYPE_SOMETHING"),
    "a number that is none": lambda n: text(n).replace('"370899198506150010"', "NaN"),
}


@pytest.mark.parametrize("name", CANNOT_BE_READ)
def test_message_that_cannot_be_read(gateway, number, name):
    body = CANNOT_BE_READ[name](number)
    with gateway.client(PARTY) as client:
        answer = client.message(body if isinstance(body, bytes) else body.encode())
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["detail"] or problem["violations"], problem
    assert "370899198506150010" not in answer.text and "测试甲" not in answer.text, "the value itself is not repeated"


def violations(answer):
    assert answer.status_code == 422, answer.text
    found = answer.json()["violations"]
    for one in found:
        assert one["rule"] and one["field"] and one["message_zh"] and one["message_en"], one
    return {(one["field"], one["rule"]) for one in found if not one.get("warning")}


def applicant(**members):
    return {"dossier": {"applicant": members}}


BREAKS_A_RULE = {
    "check digit of an identity number": (applicant(id_no="370899198506150018"), "dossier.applicant.id_no"),
    "an identity number as 3.2E+17": (applicant(id_no="3.2E+17"), "dossier.applicant.id_no"),
    "an identity number from a float": (applicant(id_no="370899198506150000"), "dossier.applicant.id_no"),
    "birth date 30 February": (applicant(birth_date="2024-02-30"), "dossier.applicant.birth_date"),
    "a control character": (applicant(name="测\u0001甲"), "dossier.applicant.name"),
    "an escaped NUL": (applicant(name="测\u0000甲"), "dossier.applicant.name"),
    "a name too long": (applicant(name="测" * 3000), "dossier.applicant.name"),
    "no applicant": (applicant(name="", id_no="", id_type=""), "dossier.applicant.name"),
    "a region of five digits": ({"case": {"dest_region": "14040"}}, "case.dest_region"),
    "a time far ahead": ({"occurred_at": "2999-01-01T00:00:00Z"}, "occurred_at"),
    "a wrong item code": ({"case_submitted": {"item": {"impl_code": "I-am-no-implementation-code-at-all"}}},
                          "case_submitted.item.impl_code"),
}


@pytest.mark.parametrize("name", BREAKS_A_RULE)
def test_content_that_breaks_a_rule(gateway, number, name):
    changes, field = BREAKS_A_RULE[name]
    with gateway.client(PARTY) as client:
        answer = client.message(submission(number, **changes))
    assert field in {one for one, _ in violations(answer)}, answer.text


def test_every_violation_is_told_at_once(gateway, number):
    with gateway.client(PARTY) as client:
        answer = client.message(submission(number, dest="14040", occurred_at="2999-01-01T00:00:00Z",
                                           **applicant(id_no="370899198506150018", birth_date="2024-02-30")))
    assert {"case.dest_region", "occurred_at", "dossier.applicant.id_no",
            "dossier.applicant.birth_date"} <= {field for field, _ in violations(answer)}


def test_destination_that_is_not_connected_is_named(gateway, number):
    with gateway.client(PARTY) as client:
        answer = client.message(submission(number, dest="110101"))
    assert ("case.dest_region", "region") in violations(answer)
    assert "110101" in answer.text


def test_unknown_content_type_names_the_known_ones(gateway, number):
    with gateway.client("jining-window-1") as client:
        answer = client.message(text(number).encode(), "application/pdf")
    assert answer.status_code == 415 and "application/json" in answer.json()["detail"]


def test_unknown_dialect_names_the_known_ones(gateway, number):
    with gateway.client(PARTY) as client:
        by_path = client.post("/v1/messages/esperanto", text(number).encode())
        by_header = client.message(text(number).encode(), "application/json",
                                   headers={"X-Tongban-Dialect": "esperanto"})
    for answer in (by_path, by_header):
        assert answer.status_code == 415, answer.text
        assert answer.json()["type"] == "urn:tongban:problem:unknown-dialect"
        assert "esperanto" in answer.json()["detail"] and "canonical" in answer.json()["detail"]


def test_message_without_events(gateway):
    with gateway.client(PARTY) as client:
        assert client.message({"events": []}).status_code == 422


def test_too_many_events_in_one_message(gateway, number):
    event = json.dumps({"case": {"source_case_no": number}})
    with gateway.client(PARTY) as client:
        answer = client.message(('{"events":[' + ",".join([event] * 2001) + "]}").encode())
    assert answer.status_code == 413 and "2000" in answer.json()["detail"]


@pytest.mark.stores
def test_byte_order_mark_is_no_error(gateway, number):
    with gateway.client(PARTY) as client:
        assert client.message(b"\xef\xbb\xbf" + text(number).encode()).status_code == 202


@pytest.mark.stores
def test_eighteen_digits_keep_every_digit(gateway, number):
    exact = submission(number, **applicant(id_no="37089919850615001" + "0"))
    exact["dossier"]["form"] = [{"name": "编号", "value": "900719925474099317"}]
    exact["source_sequence"] = 900719925474099317
    body = json.dumps(exact).encode()
    assert b'"source_sequence": 900719925474099317' in body, "a JSON number, beyond what a double can hold"
    with gateway.client(PARTY) as client:
        answer = client.message(body)
        assert answer.status_code == 202, answer.text
        filed = client.case(answer.json()["case_id"])["submission"]
    dossier = filed["dossier"]
    assert dossier["applicant"]["id_no"] == "370899198506150010"
    assert dossier["form"] == [{"name": "编号", "value": "900719925474099317"}]
    assert filed["source_sequence"] == "900719925474099317"


@pytest.mark.stores
def test_batch_with_good_and_bad_rows_stores_the_good_ones_once(gateway, number):
    rows = [submission(f"{number}-1"), submission(f"{number}-2", **applicant(id_no="370899198506150018")),
            submission(f"{number}-3", origin="370200"), submission(f"{number}-4")]
    with gateway.client(PARTY) as client:
        first = client.message({"events": rows})
        assert first.status_code == 207, first.text
        receipts = first.json()["receipts"]
        assert [one["row"] for one in receipts] == [1, 2, 3, 4]
        assert [one["outcome"].removeprefix("RECEIPT_OUTCOME_") for one in receipts] == \
            ["ACCEPTED", "REJECTED", "FORBIDDEN", "ACCEPTED"]
        assert "violations" in receipts[1] and "violations" not in receipts[0]
        accepted = gateway.status()["cases"]["accepted"]
        again = client.message({"events": rows}).json()["receipts"]
        assert [one["outcome"].removeprefix("RECEIPT_OUTCOME_") for one in again] == \
            ["DUPLICATE", "REJECTED", "FORBIDDEN", "DUPLICATE"]
        assert again[0]["event_id"] == receipts[0]["event_id"]
        assert again[0]["recorded_at"] == receipts[0]["recorded_at"]
        assert gateway.status()["cases"]["accepted"] == accepted
        assert client.find(f"{number}-2") == []
