"""一数一源一标准: where values of a filing are from, to the eyes of the two sides alone: in the case, in what B is sent in canonical
JSON and in its own format, at the window's command line; in no log, no metric, and kept when a supplement comes."""

import base64
import json

import pytest

import cities
from gateway import eventually, run, submission

ORIGIN, DEST, OTHER = "jining-platform", "changzhi-platform", "qingdao-platform"
REGISTER, LATER = "示例人口库7F3K", "示例婚姻库9Q2M"
SOURCES = [{"field": "applicant.id_no", "source": REGISTER, "standard": "GB 11643", "taken_at": "2024-10-18T01:00:00Z"},
           {"field": "form.小区名称", "source": "示例不动产库5T8X"}]


def filing(number, sources=SOURCES, **members):
    return submission(number, dossier={"form": [{"name": "小区名称", "value": "幸福里"}], "field_sources": sources}, **members)


def show(gateway, party, case_id):
    who = gateway.authority.parties[party]
    done = run("case", "show", case_id, "--url", f"https://127.0.0.1:{gateway.port}", "--cert", who.certificate, "--key", who.key,
               "--ca", gateway.authority.ca)
    assert done.returncode == 0, done.stderr
    return done.stdout


def delivered(client, case_id):
    """What waits for a region of this case, each as it is sent."""
    return [each for each in client.get("/v1/deliveries", params={"limit": 200}).json()["deliveries"] if each["case_id"] == case_id]


def test_both_sides_read_them_and_a_supplement_leaves_them(gateway, a, b, number):
    answer = a.message(filing(number))
    assert answer.status_code == 202 and not answer.json().get("violations"), answer.text
    case_id = answer.json()["case_id"]
    assert b.event(case_id, "dest_received").status_code == 202
    assert b.event(case_id, "supplement_required", missing=[{"name": "户口簿"}]).status_code == 202
    brought = {"materials": [{"name": "户口簿", "files": [{"file_id": "1"}]}], "field_sources": [{"field": "materials[0].name", "source": LATER}]}
    supplemented = a.event(case_id, "supplement_submitted", dossier=brought)
    assert supplemented.status_code == 202, supplemented.text
    for client in (a, b):
        assert client.case(case_id)["submission"]["dossier"]["field_sources"] == SOURCES, "the filing's stay"
        event = client.get(f"/v1/cases/{case_id}/events/{supplemented.json()['event_id']}").json()["event"]
        assert event["dossier"]["field_sources"] == brought["field_sources"], "and the supplement has its own"
    shown = show(gateway, DEST, case_id)
    assert "数据来源 sources of fields" in shown
    line, = [each for each in shown.splitlines() if REGISTER in each]
    assert all(text in line for text in ("applicant.id_no", "GB 11643", "2024-10-18 09:00")), line
    eventually(lambda: any(line.get("case_id") == case_id for line in gateway.log()), what="the case is in the log")
    for what, text in (("log", gateway.log_text()), ("metrics", gateway.metrics_text()), ("status", json.dumps(gateway.status(), ensure_ascii=False))):
        assert not [each for each in (REGISTER, LATER, "示例不动产库5T8X", "GB 11643") if each in text], what


def test_what_names_nothing_is_told_and_what_is_named_twice_refused(a, number):
    answer = a.message(filing(number, [*SOURCES, {"field": "agent.person.name", "source": REGISTER}]))
    assert answer.status_code == 202, answer.text
    told, = answer.json()["violations"]
    assert told["warning"] and (told["rule"], told["field"]) == ("no_such_field", "dossier.field_sources[2].field")
    for wrong, rule, field in (([*SOURCES, SOURCES[0]], "unique", "dossier.field_sources[2].field"),
                               ([{"field": "applicant.name"}], "required", "dossier.field_sources[0].source"),
                               ([{"field": "applicant.name", "source": "库" * 101}], "length", "dossier.field_sources[0].source")):
        answer = a.message(filing(number + "X", wrong))
        assert answer.status_code == 422, answer.text
        assert [(each["rule"], each["field"]) for each in answer.json()["violations"]] == [(rule, field)]
        assert REGISTER not in answer.text, "a sentence never holds the value"


def test_b_is_sent_them_in_canonical_json_and_in_a_format_that_has_a_place(gateways, number):
    gateway = gateways.make(name="formats")
    partners = gateway.folder / "partners" / "changzhi.yaml"
    partners.write_text(partners.read_text().replace("{transport: pull}", "{transport: pull, dialect: canonical}"))
    gateway.start()
    with gateway.client(ORIGIN) as a, gateway.client(DEST) as b, gateway.client(OTHER) as q:
        plain = a.message(filing(number)).json()["case_id"]
        sent = [each["message"] for each in eventually(lambda: delivered(b, plain))]
        assert sent[0]["dossier"]["field_sources"] == SOURCES
        event = filing(number + "Q", dest="370200", case_submitted={"channel": "CHANNEL_SELF_SERVICE", "terminal_id": "ZD-0032"})
        event["dossier"]["priority_group"] = "PRIORITY_GROUP_DISABLED"
        other = a.message(event).json()["case_id"]
        handed = eventually(lambda: delivered(q, other))[0]
        assert "lost" not in handed and "not_in_dialect" not in handed, "the mark that the gateway set is said too"
        sent = json.loads(base64.b64decode(handed["body_base64"]))
        assert sent["dataSources"] == [
            {"field": "applicant.certificate.number", "register": REGISTER, "standard": "GB 11643", "fetchTime": 1729213200000},
            {"field": "form.小区名称", "register": "示例不动产库5T8X"}]
        assert sent["applicant"]["priorityGroup"] == "DISABLED" and sent["affair"]["terminalNo"] == "ZD-0032"


@pytest.mark.parametrize("sample, group", [("QINGDAO-05", "SERIOUSLY_ILL"), ("CHANGZHI-04", "DISABLED")])
def test_a_citys_terminal_says_for_whom_and_where(gateway, sample, group):
    reply = cities.send(gateway, sample)
    assert reply.case_id, reply
    with gateway.client(f"{sample.split('-', maxsplit=1)[0].lower()}-platform") as client:
        case = client.case(reply.case_id)
    assert case["case"]["priority"] is True and case["submission"]["dossier"]["priority_group"] == f"PRIORITY_GROUP_{group}"
    assert case["submission"]["case_submitted"]["terminal_id"] and len(case["submission"]["dossier"].get("field_sources", [])) == (
        4 if sample == "QINGDAO-05" else 0)
