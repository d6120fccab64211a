"""When an event is said to have happened: what cannot be is taken with the gateway's own time, and its sender is told."""

import datetime

import pytest

from gateway import submission

CHINA = datetime.timezone(datetime.timedelta(hours=8))


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(name="legal-time")


@pytest.mark.parametrize("days, words", [(-1, ("早于本件", "before")), (1, ("晚于收到之日", "after the day of receipt")), (0, None)])
def test_a_time_that_cannot_be_is_told_on_the_receipt(gateway, number, days, words):
    with gateway.client("jining-platform") as client:
        case_id = client.message(submission(number)).json()["case_id"]
    with gateway.client("changzhi-platform") as client:
        assert client.event(case_id, "dest_received").status_code == 202
        said = datetime.datetime.now(CHINA) + datetime.timedelta(days=days)
        answer = client.event(case_id, "case_accepted", occurred_at=said.isoformat(timespec="seconds"))
        assert answer.status_code == 202, answer.text
        clocks = client.case(case_id)["case"]["clocks"]
    told = [each for each in answer.json().get("violations", []) if each["rule"] == "impossible_time"]
    if words is None:
        assert told == []
        # In whole seconds it lies before the receipt's milliseconds, on the same day: it is not moved to when it was told.
        assert int(clocks["accepted_ms"]) == max(int(clocks["received_ms"]), int(said.timestamp()) * 1000)
        return
    warning, = told
    assert warning["warning"] and warning["field"] == "occurred_at"
    assert words[0] in warning["message_zh"] and words[1] in warning["message_en"]
    assert int(clocks["accepted_ms"]) >= int(clocks["received_ms"])
