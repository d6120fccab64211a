"""What each side reads of a case event by event: whole, for windows too; and after a 退件 that was filed elsewhere, each
destination its own run."""

import json

import pytest

from gateway import run, submission
from materials import pdf, put, sha256, with_file

ORIGIN, ORIGIN_WINDOW = "jining-platform", "jining-window-1"
FIRST, FIRST_WINDOW = "changzhi-platform", "changzhi-window-1"
SECOND = "qingdao-platform"
REASON = "缺少婚姻状况证明原件，请补齐后重新申报"


@pytest.fixture(scope="module")
def gateway(gateways):
    return gateways.start(name="reading")


def timeline(gateway, party, case_id):
    with gateway.client(party) as client:
        answer = client.get(f"/v1/cases/{case_id}/timeline")
    return answer.json() if answer.status_code == 200 else answer.status_code


def event_id(gateway, party, case_id, name):
    return [each["event_id_hex"] for each in timeline(gateway, party, case_id)["entries"] if each["event"] == name][-1]


def read(gateway, party, case_id, event):
    with gateway.client(party) as client:
        return client.get(f"/v1/cases/{case_id}/events/{event}")


def test_a_window_reads_what_the_other_side_said(gateway, number):
    with gateway.client(ORIGIN) as client:
        case_id = client.message(submission(number)).json()["case_id"]
    with gateway.client(FIRST) as client:
        assert client.event(case_id, "dest_received").status_code == 202
        asked = client.event(case_id, "supplement_required", dossier={"reason": "材料不清晰"},
                             missing=[{"code": "CL001", "name": "身份证", "demand": "须加盖公章红印"}])
        assert asked.status_code == 202, asked.text
    said = read(gateway, ORIGIN_WINDOW, case_id, asked.json()["event_id"])
    assert said.status_code == 200, said.text
    event = said.json()["event"]
    assert event["dossier"]["reason"] == "材料不清晰"
    assert event["supplement_required"]["missing"][0]["demand"] == "须加盖公章红印"

    with gateway.client(ORIGIN) as client:
        brought = client.event(case_id, "supplement_submitted", dossier={
            "operator": {"name": "办事员", "staff_no": "JN-7"}, "materials": [{"code": "CL001", "name": "身份证"}]})
        assert brought.status_code == 202, brought.text
    said = read(gateway, FIRST_WINDOW, case_id, brought.json()["event_id"]).json()["event"]
    assert said["dossier"]["operator"]["staff_no"] == "JN-7" and said["dossier"]["materials"][0]["code"] == "CL001"


def test_an_event_about_no_case_is_told_what_it_lacks(gateway):
    with gateway.client(FIRST) as client:
        refused = client.message({"occurred_at": "2026-01-05T09:00:00+08:00", "dest_received": {}})
    assert refused.status_code == 422, refused.text
    assert [(each["field"], each["rule"]) for each in refused.json()["violations"]] == [("case.source_case_no", "required")]


def test_what_is_told_to_one_side_is_read_by_that_side(gateway, number):
    with gateway.client(ORIGIN) as client:
        case_id = client.message(submission(number)).json()["case_id"]
    with gateway.client(FIRST_WINDOW) as client:
        claim = client.claim(case_id)
        assert claim.status_code == 200, claim.text
    claimed = event_id(gateway, FIRST_WINDOW, case_id, "CLAIMED")
    assert read(gateway, FIRST_WINDOW, case_id, claimed).status_code == 200
    assert read(gateway, ORIGIN_WINDOW, case_id, claimed).status_code == 404, "认领 is told to nobody"
    filed = event_id(gateway, ORIGIN, case_id, "CASE_SUBMITTED")
    assert read(gateway, SECOND, case_id, filed).status_code == 404
    assert read(gateway, FIRST, case_id, "00" * 16).status_code == 404
    assert read(gateway, FIRST, case_id, "nonsense").status_code == 404


def test_after_a_return_each_destination_has_its_own_run(gateway, number):
    first, second = pdf(1000), pdf(2000)
    with gateway.client(ORIGIN) as client:
        for data in (first, second):
            assert put(client, data).status_code == 201
        case_id = client.message(with_file(number, sha256(first))).json()["case_id"]
    with gateway.client(FIRST) as client:
        assert client.event(case_id, "dest_received").status_code == 202
        returned = client.event(case_id, "returned", dossier={"reason": REASON})
        assert returned.status_code == 202, returned.text
    returned = returned.json()["event_id"]
    assert read(gateway, ORIGIN_WINDOW, case_id, returned).json()["event"]["dossier"]["reason"] == REASON
    with gateway.client(ORIGIN) as client:
        again = client.message(with_file(number, sha256(second), case={"dest_region": "370200"}))
        assert again.status_code == 202, again.text

    # The first destination keeps what it did, and sees nothing of what came after.
    own = timeline(gateway, FIRST, case_id)
    assert [each["event"] for each in own["entries"]] == ["CASE_SUBMITTED", "ROUTED", "DEST_RECEIVED", "RETURNED"]
    assert read(gateway, FIRST_WINDOW, case_id, returned).status_code == 200
    filed_again = event_id(gateway, ORIGIN, case_id, "CASE_SUBMITTED")
    assert read(gateway, FIRST, case_id, filed_again).status_code == 404
    # The second one begins with its own filing.
    theirs = timeline(gateway, SECOND, case_id)
    assert [each["event"] for each in theirs["entries"]] == ["CASE_SUBMITTED", "ROUTED"]
    assert all(each["region"] != "140400" for each in theirs["deliveries"])
    assert read(gateway, SECOND, case_id, returned).status_code == 404

    def files(party):
        with gateway.client(party) as client:
            listed = client.get(f"/v1/cases/{case_id}/materials")
            bodies = [client.get(f"/v1/cases/{case_id}/materials/{sha256(data)}").status_code for data in (first, second)]
        return [each["sha256"] for each in listed.json()["files"]], bodies

    assert files(ORIGIN) == ([sha256(first), sha256(second)], [200, 200])
    assert files(FIRST) == ([sha256(first)], [200, 404])
    assert files(SECOND) == ([sha256(second)], [404, 200])
    with gateway.client(FIRST) as client:
        assert client.get(f"/v1/cases/{case_id}").status_code == 404, "where it stands now is another's"


def test_the_command_line_reads_the_newest_of_a_name(gateway, number):
    with gateway.client(ORIGIN) as client:
        case_id = client.message(submission(number)).json()["case_id"]
    with gateway.client(FIRST) as client:
        client.event(case_id, "dest_received")
        client.event(case_id, "returned", dossier={"reason": REASON})
    window = gateway.authority.parties[ORIGIN_WINDOW]
    who = ("--url", f"https://127.0.0.1:{gateway.port}", "--cert", window.certificate, "--key", window.key, "--ca",
           gateway.authority.ca)
    told = run("case", "read", case_id, "RETURNED", *who)
    assert told.returncode == 0 and json.loads(told.stdout)["event"]["dossier"]["reason"] == REASON, told.stderr
    missing = run("case", "read", case_id, "DECIDED", *who)
    assert missing.returncode == 1 and "没有 DECIDED" in missing.stderr
