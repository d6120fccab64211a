"""What is watched beyond the clocks of the law, over real TLS: 送达 of a case without a window at A, the line from A's 收件; and
the mark of those who are attended to first."""


import pytest

from gateway import CATALOGUE, run
from items import filing

DEST = "changzhi-platform"
LICENCE = {"certificates": [{"name": "提取凭证", "number": "CZ-1",
                             "licence_ref": "1.2.156.3005.2.11100000000013127D001.11140400TT00003143.202300000001.001.U"}]}


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(CATALOGUE, name="shared")


def collection(event, **members):
    return {"case": event["case"], "occurred_at": "2026-11-20T16:00:00+08:00",
            "case_collected": {"item": event["case_submitted"]["item"], "receipt_no": "SJ-1", "form_checked": True,
                               "identity_checked": True, **members}}


def taken(client, event):
    answer = client.message(event)
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def tell(client, case_id, name, **members):
    answer = client.event(case_id, name, **members)
    assert answer.status_code == 202, f"{name}: {answer.text}"


def in_inbox(client, case_id):
    entries = client.get("/v1/inbox", params={"limit": 200}).json()["entries"]
    return next((each for each in entries if each["case_id"] == case_id), None)


def closed_with_certificate(a, b, number, mode):
    case_id = taken(a, filing(number, case_submitted={"business_mode": mode}))
    for name, members in (("dest_received", {}), ("case_accepted", {}), ("decided", {"decision": "DECISION_APPROVED"}),
                          ("case_closed", {"outcome": "OUTCOME_APPROVED_WITH_CERT"})):
        tell(b, case_id, name, **members)
    return case_id


def test_the_result_of_an_online_case_is_owed_until_its_licence_came(a, b, number):
    case_id = closed_with_certificate(a, b, number, "BUSINESS_MODE_FULL_ONLINE")
    owed = a.case(case_id)["owed"]
    assert (owed["clock"], owed["by"], owed["band"]) == ("CLOCK_KIND_DELIVERY", "140400", "SUPERVISION_BAND_BLUE")
    assert in_inbox(b, case_id)["clock"] == "CLOCK_KIND_DELIVERY"
    tell(a, case_id, "evaluated", grade="GRADE_SATISFIED")
    assert a.case(case_id)["state"] == "CLOSED", "it is still to be handed over"
    tell(b, case_id, "cert_issued", dossier={"certificates": [{"name": "提取凭证", "number": "CZ-1"}]})
    assert "owed" in a.case(case_id), "no identifier: it is on paper"
    tell(b, case_id, "cert_issued", dossier=LICENCE)
    standing = a.case(case_id)
    assert "owed" not in standing and standing["state"] == "EVALUATED"
    assert in_inbox(b, case_id) is None


def test_a_collected_result_is_handed_over_whatever_licence_there_is(a, b, number):
    case_id = closed_with_certificate(a, b, number, "BUSINESS_MODE_COLLECT_FOR_OTHER")
    tell(b, case_id, "cert_issued", dossier=LICENCE)
    assert a.case(case_id)["owed"]["clock"] == "CLOCK_KIND_DELIVERY"


def test_the_line_from_the_collection_is_shown_before_the_destination_has_the_case(a, b, number):
    event = filing(number)
    case_id = taken(a, collection(event, business_mode=event["case_submitted"]["business_mode"]))
    assert "clocks" not in a.case(case_id)["case"]
    taken(a, event)
    line = a.case(case_id)["case"]["clocks"]["notice_line_from_collection_ms"]
    assert int(line) == 1795795199999, "the end of 2026-11-27, five working days after Friday the 20th"
    tell(b, case_id, "dest_received")
    assert b.case(case_id)["case"]["clocks"]["notice_line_from_collection_ms"] == line


def test_who_asks_for_priority_is_marked_and_moved_by_nothing(gateway, a, b, number):
    plain = taken(a, filing(number + "P"))
    event = filing(number)
    taken_in = collection(event, channel="CHANNEL_SELF_SERVICE", terminal_id="ZD-0032")
    case_id = taken(a, {**taken_in, "dossier": {"priority_group": "PRIORITY_GROUP_DISABLED"}})
    taken(a, event)  # says nothing of it: as collected
    assert a.case(case_id)["case"]["priority"] is True
    named = filing(number + "N")
    named["dossier"]["priority_group"] = "PRIORITY_GROUP_ELDERLY"
    shown = b.case(taken(a, named))
    assert shown["case"]["priority"] is True
    assert shown["submission"]["dossier"].pop("priority_group") == "PRIORITY_GROUP_ELDERLY"
    assert "ELDERLY" not in str(shown), "it says something of a person"
    lines = a.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    assert lines[0]["said_zh"] == "申请优先办理，终端 ZD-0032" and lines[0]["said_en"] == "asks for priority; terminal ZD-0032"
    entries = [each["case_id"] for each in b.get("/v1/inbox", params={"limit": 200}).json()["entries"]]
    assert entries.index(plain) < entries.index(case_id), "who came first stands first"
    assert in_inbox(b, case_id)["priority"] is True and "priority" not in in_inbox(b, plain)
    who = gateway.authority.parties[DEST]
    shown = run("inbox", "--url", f"https://127.0.0.1:{gateway.port}", "--cert", who.certificate, "--key", who.key, "--ca",
                gateway.authority.ca, "--limit", "200").stdout
    (line,) = [each for each in shown.splitlines() if case_id in each]
    assert "优先 priority" in line
    refused = a.message(filing(number + "X", case_submitted={"terminal_id": "9" * 51}))
    assert refused.status_code == 422 and "case_submitted.terminal_id" in refused.text, refused.text
