"""One message may open a case and say more of it: each event finds what the earlier ones made."""

import pytest

from gateway import submission

COLLECT = "BUSINESS_MODE_COLLECT_FOR_OTHER"


@pytest.fixture
def origin(gateway):
    with gateway.client("changzhi-platform") as client:
        yield client


def collected_and_filed(number, named=None):
    """收件, 寄出 and 申报 of one case; `named` says how the middle one names it."""
    filing = submission(number, origin="140400", dest="370800")
    filing["case_submitted"]["business_mode"] = COLLECT
    collected = {"case": filing["case"], "occurred_at": "2026-11-20T09:00:00+08:00",
                 "case_collected": {"item": filing["case_submitted"]["item"], "business_mode": COLLECT,
                                    "receipt_no": "SJ-1", "form_checked": True, "identity_checked": True}}
    shipped = {"case": named or filing["case"], "occurred_at": "2026-11-20T10:00:00+08:00",
               "shipped_to_dest": {"waybill": "EA1"}}
    return [collected, shipped, filing]


def outcomes(answer):
    return [receipt["outcome"].removeprefix("RECEIPT_OUTCOME_") for receipt in answer.json()["receipts"]]


def said(client, number):
    case_id = client.find(number)[0]["case"]["case_id"]
    return [entry["event"] for entry in client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]]


@pytest.mark.stores
def test_new_case_with_all_that_was_said_of_it(origin, number):
    answer = origin.message({"events": collected_and_filed(number)})
    assert answer.status_code == 202, answer.text
    assert outcomes(answer) == ["ACCEPTED"] * 3, answer.text
    assert said(origin, number) == ["CASE_COLLECTED", "SHIPPED_TO_DEST", "CASE_SUBMITTED", "ROUTED"]
    again = origin.message({"events": collected_and_filed(number)})
    assert outcomes(again) == ["DUPLICATE"] * 3, again.text


def test_cases_of_one_message_do_not_wait_for_each_other(origin, number):
    events = [event for i in range(60) for event in collected_and_filed(f"{number}-{i}", {"source_case_no": f"{number}-{i}"})]
    answer = origin.message({"events": events})
    assert answer.status_code == 202, answer.text
    assert outcomes(answer) == ["ACCEPTED"] * 180
    assert said(origin, f"{number}-59") == ["CASE_COLLECTED", "SHIPPED_TO_DEST", "CASE_SUBMITTED", "ROUTED"]


def test_what_follows_a_refused_opening_is_of_no_case(origin, number):
    events = collected_and_filed(number)
    events[0]["case"]["dest_region"] = "650100"  # of all three: it is not connected
    assert outcomes(origin.message({"events": events})) == ["REJECTED", "NOT_FOUND", "REJECTED"]
    assert not origin.find(number)
