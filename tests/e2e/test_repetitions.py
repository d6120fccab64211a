"""What is said twice is recorded once, and answered with the first receipt; a key stands for one content."""

import pytest

from gateway import submission

ORIGIN, DEST = "changzhi-platform", "jining-platform"


@pytest.fixture
def origin(gateway):
    with gateway.client(ORIGIN) as client:
        yield client


@pytest.fixture
def dest(gateway):
    with gateway.client(DEST) as client:
        yield client


def filed(number, **changes):
    return submission(number, origin="140400", dest="370800", **changes)


def told(client, body, key=None):
    answer = client.message(body, headers={"Idempotency-Key": key} if key else {})
    return answer.status_code, answer.json()


def first_receipt(receipt):
    return {name: receipt.get(name) for name in ("event_id", "case_id", "revision", "recorded_at")}


def test_filing_again_has_the_first_receipt_after_revisions_and_events(origin, dest, number):
    status, first = told(origin, filed(number))
    assert status == 202 and first["recorded_at"]
    case_id = first["case_id"]
    received = {"case": {"case_id": case_id}, "occurred_at": "2026-11-22T10:00:00+08:00", "dest_received": {}}
    status, taken = told(dest, received)
    assert status == 202
    returned = {"case": {"case_id": case_id}, "occurred_at": "2026-11-22T11:00:00+08:00", "returned": {"reason_class": "材料"},
                "dossier": {"reason": "材料不齐"}}
    assert told(dest, returned)[0] == 202
    status, second = told(origin, filed(number, name="测试乙"))
    assert (status, second["revision"]) == (202, 2), second
    status, again = told(origin, filed(number, name="测试乙"))
    assert status == 200 and first_receipt(again) == first_receipt(second)
    status, again = told(origin, filed(number, name="测试乙"), key="under another key")
    assert status == 200 and first_receipt(again) == first_receipt(second), "the content is what counts"
    status, again = told(dest, received)
    assert status == 200 and first_receipt(again) == first_receipt(taken), "an event of the run before"


def test_key_stands_for_one_content_of_a_case(origin, number):
    status, first = told(origin, filed(number), key="k-1")
    assert status == 202
    status, again = told(origin, filed(number), key="k-1")
    assert status == 200 and first_receipt(again) == first_receipt(first)
    status, problem = told(origin, filed(number, name="测试乙"), key="k-1")
    assert status == 422 and problem["type"] == "urn:tongban:problem:idempotency-key-reused", problem
    assert "Idempotency-Key" in problem["title"] and "Idempotency-Key" in problem["title_zh"]
    entries = origin.get(f"/v1/cases/{first['case_id']}/timeline").json()["entries"]
    assert [entry["event"] for entry in entries] == ["CASE_SUBMITTED", "ROUTED"]
    assert first["recorded_at"] == problem["receipt"]["recorded_at"], "when the first was said"


def test_key_is_of_one_case(origin, number):
    """Another number is another case: it is filed, whatever its key."""
    status, first = told(origin, filed(f"{number}-1"), key="k-1")
    assert status == 202
    status, second = told(origin, filed(f"{number}-2"), key="k-1")
    assert status == 202 and second["case_id"] != first["case_id"]


def test_event_again_under_its_key(origin, dest, number):
    case_id = told(origin, filed(number))[1]["case_id"]
    received = {"case": {"case_id": case_id}, "occurred_at": "2026-11-22T10:00:00+08:00", "dest_received": {}}
    status, first = told(dest, received, key="r-1")
    assert status == 202
    status, again = told(dest, received, key="r-1")
    assert status == 200 and first_receipt(again) == first_receipt(first)
    later = {**received, "occurred_at": "2026-11-22T12:00:00+08:00"}
    status, problem = told(dest, later, key="r-1")
    assert status == 422 and problem["type"].endswith("idempotency-key-reused"), problem
