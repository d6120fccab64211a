"""档案材料调取: the place that decides one child of a bundle asks the place that decides another one, and gets its files."""

import base64
import functools
import urllib.parse

import pytest

from archives import (ASKS, GIVES, REASON, WANTED, ask, due, give, given, is_answered, is_asked, lines, open_children, requests_of,
                      say, take_back)
from bundles import FOLDER, ORIGIN, SETTINGS
from gateway import eventually, now
from handler import add_to_partner
from materials import pdf, sha256
from test_deliveries import deliver_by_pull
from test_material_fetch import FileServer

THIRD = "qingdao-platform"


@pytest.fixture(scope="module")
def gateway(gateways):
    made = gateways.make(SETTINGS, name="archives")
    deliver_by_pull(made, "jining", "changzhi")
    return made.start()


@pytest.fixture
def children(gateway, number):
    """The cases of children 1 and 4, of which the first was received."""
    return open_children(gateway, number)


def test_archives_are_asked_for_given_and_read_by_who_asked_across_a_restart(gateway, children):
    tree, asking, asked = children
    due(gateway, GIVES)
    said = functools.partial(ask, gateway, asking, occurred_at=now(), document_no="济人社函〔2026〕1号",
                             limit={"value": 5, "unit": "LIMIT_UNIT_WORKDAY"})
    first = said()
    otherwise = ask(gateway, asking, status=200, materials=WANTED[:1])
    assert first["event_id"] == said(status=200)["event_id"] == otherwise["event_id"], "acknowledged, not doubled"
    request = is_asked(gateway, asked)
    assert (request["request_no"], request["incoming"], request["other"]["region"]) == ("1-1", True, "370800"), request
    gateway.stop()
    gateway.start()

    (told,) = [each for each in due(gateway, GIVES) if each["event"] == "ARCHIVE_REQUESTED"]
    event = told["message"]
    assert event["dossier"]["reason"] == REASON and event["archive_requested"]["region"] == "370800", event
    with gateway.client(GIVES) as client:
        (entry,) = [each for each in client.get("/v1/inbox", params={"limit": 50}).json()["entries"] if each["case_id"] == asked]
        assert [each["clock"] for each in entry["also_owed"]] == ["CLOCK_KIND_ARCHIVE"], entry
        (owed,) = client.case(asked)["also_owed"]
        assert (owed["clock_zh"], owed["by"], owed["band"]) == ("档案材料答复期限", "140400", "SUPERVISION_BAND_BLUE"), owed
    (open_one,) = tree.child(1)["archive_requests"]
    assert open_one["open"] is True and open_one["result_zh"] == "待答复" and open_one["child"] == 4, open_one
    assert "archive_requests" not in tree.child(4), "it stands with who asked"

    data = pdf(700)
    give(gateway, asked, given(gateway, data))
    is_answered(gateway, asking, "GRANTED")
    for reader, status in ((ASKS, 200), (ORIGIN, 200), (THIRD, 404), (GIVES, 404)):
        with gateway.client(reader) as client:
            answer = client.get(f"/v1/cases/{asking}/materials/{sha256(data)}")
            assert answer.status_code == status and (status != 200 or answer.content == data), (reader, answer.text)
    (answered,) = lines(gateway, ASKS, asking, "ARCHIVE_REPLIED")
    assert answered["said_zh"] == "子办件 4 (140400)，提供，DA01、视同缴费年限认定表，调取编号 1-1", answered
    assert answered["said_en"] == "child 4 (140400); granted; DA01, 视同缴费年限认定表; request 1-1", answered
    assert [each["event"] for each in due(gateway, ASKS) if each["case_id"] == asking][-1] == "ARCHIVE_REPLIED"
    assert tree.child(1)["archive_requests"][0]["result_zh"] == "提供"
    assert "also_owed" not in tree.child(4)
    for case_id, party in ((asking, ASKS), (asked, GIVES)):
        assert len(lines(gateway, party, case_id, "ARCHIVE_REQUESTED")) == 1
        assert len(lines(gateway, party, case_id, "ARCHIVE_REPLIED")) == 1
    closed = give(gateway, asked, given(gateway, data), status=409, occurred_at="2026-11-20T09:00:00+08:00")
    assert closed["type"].endswith("no-archive-request") and closed["state"], closed


def test_a_refusal_says_why_and_a_part_is_a_part(gateway, children):
    _, asking, asked = children
    ask(gateway, asking)
    is_asked(gateway, asked)
    refusal = functools.partial(say, gateway, GIVES, asked, "archive_replied", archive_result="ARCHIVE_RESULT_REFUSED",
                                occurred_at=now(), dossier={"reason": "查无此档"})
    refusal()
    refusal(status=200)
    is_answered(gateway, asking, "REFUSED")
    (refused,) = lines(gateway, ASKS, asking, "ARCHIVE_REPLIED")
    with gateway.client(ASKS) as client:
        event = client.get(f"/v1/cases/{asking}/events/{refused['event_id_hex']}").json()["event"]
    assert event["dossier"]["reason"] == "查无此档" and refused["said_zh"].startswith("子办件 4 (140400)，不予提供"), event
    ask(gateway, asking)
    assert is_asked(gateway, asked, 2)["request_no"] == "1-2"
    part = {"archive_result": "ARCHIVE_RESULT_PARTLY_GRANTED", "codes": ["DA01"]}
    nothing = give(gateway, asked, [], status=422, **part)
    assert "archive_replied.codes[0]" in [each["field"] for each in nothing["violations"]], nothing
    give(gateway, asked, WANTED[:1], status=409, codes=["DA01"])
    give(gateway, asked, WANTED[:1], **part)
    is_answered(gateway, asking, "PARTLY_GRANTED", 1)


def test_who_may_not_ask_and_who_may_not_reply(gateway, children):
    _, asking, asked = children
    ask(gateway, asking, status=403, party=ORIGIN)
    ask(gateway, asking, status=404, party=GIVES)
    nobody = ask(gateway, asking, status=409, region="370200")
    assert nobody["type"].endswith("no-sibling") and "4 (140400)" in nobody["title_zh"], nobody
    ask(gateway, asking, status=409, child=1)
    late = ask(gateway, asked, status=409, party=GIVES, region="370800")
    assert late["type"].endswith("illegal-transition") and late["state"] == "QUEUED", late
    refusal = {"archive_result": "ARCHIVE_RESULT_REFUSED", "dossier": {"reason": "查无此档"}}
    unasked = say(gateway, GIVES, asked, "archive_replied", 409, **refusal)
    assert unasked["type"].endswith("no-archive-request") and unasked["state"] == "QUEUED", unasked
    ask(gateway, asking, child=4)
    is_asked(gateway, asked)
    say(gateway, ORIGIN, asked, "archive_replied", 403, **refusal)
    say(gateway, ASKS, asked, "archive_replied", 404, **refusal)
    not_its_own = take_back(gateway, asked, 409, party=GIVES)
    assert not_its_own["type"].endswith("no-archive-request") and "1-1 (370800" in not_its_own["title_zh"], not_its_own
    take_back(gateway, asked, 409, party=GIVES, request_no="1-1")
    say(gateway, GIVES, asked, "archive_replied", 422, **{**refusal, "archive_result": "ARCHIVE_RESULT_NOT_ASKED"})


def test_who_has_closed_its_case_still_gives_and_what_is_needed_no_more_is_called_off(gateway, children):
    _, asking, asked = children
    for name, members in (("dest_received", {}), ("case_accepted", {}), ("case_closed", {"outcome": "OUTCOME_COMPLETED"})):
        say(gateway, GIVES, asked, name, **members)
    ask(gateway, asking)
    is_asked(gateway, asked)
    give(gateway, asked, given(gateway, pdf(400)))
    is_answered(gateway, asking, "GRANTED")
    ask(gateway, asking, materials=[{"code": "DA02"}])
    is_asked(gateway, asked, 2)
    due(gateway, GIVES)
    for name, members in (("case_accepted", {}), ("case_closed", {"outcome": "OUTCOME_COMPLETED"})):
        say(gateway, ASKS, asking, name, **members)
    is_answered(gateway, asked, "CALLED_OFF", 1, GIVES)
    eventually(lambda: "ARCHIVE_REPLIED" in [each["event"] for each in due(gateway, GIVES)], what="it is told so")
    say(gateway, GIVES, asked, "archive_replied", 409, archive_result="ARCHIVE_RESULT_REFUSED", dossier={"reason": "查无此档"})


def test_who_asked_takes_its_request_back_and_the_other_place_is_told(gateway, children):
    tree, asking, asked = children
    assert take_back(gateway, asking, 409)["type"].endswith("no-archive-request"), "nothing was asked"
    ask(gateway, asking)
    is_asked(gateway, asked)
    ask(gateway, asking, materials=[{"code": "DA02"}])
    is_asked(gateway, asked, 2)
    due(gateway, GIVES)
    which = take_back(gateway, asking, 409)
    assert which["type"].endswith("no-archive-request") and "1-1 (140400: 参保缴费凭证" in which["title_zh"], which
    assert "of its own: 1-1 (140400" in which["title"], which
    gives = take_back(gateway, asking, 422, request_no="1-2", codes=["DA02"])
    assert [each["field"] for each in gives["violations"]] == ["archive_replied.codes"], gives
    said = functools.partial(take_back, gateway, asking, request_no="1-2", occurred_at=now())
    assert said()["event_id"] == said(200)["event_id"]
    is_answered(gateway, asked, "CALLED_OFF", 1, GIVES)
    (told,) = [each for each in eventually(lambda: due(gateway, GIVES), what="it is told so") if each["case_id"] == asked]
    assert (told["event"], told["message"]["archive_replied"]["request_no"]) == ("ARCHIVE_REPLIED", "1-2"), told
    (own,) = lines(gateway, ASKS, asking, "ARCHIVE_REPLIED")
    assert own["said_zh"] == "收回调取，不再需要，调取编号 1-2", own
    assert own["said_en"] == "takes its request back; called off; request 1-2", own
    (theirs,) = lines(gateway, GIVES, asked, "ARCHIVE_REPLIED")
    assert theirs["said_zh"] == "子办件 1 (370800)，不再需要，调取编号 1-2", theirs
    assert [each["result_zh"] for each in tree.child(1)["archive_requests"]] == ["待答复", "不再需要"]
    late = say(gateway, GIVES, asked, "archive_replied", 409, archive_result="ARCHIVE_RESULT_REFUSED", request_no="1-2",
               dossier={"reason": "查无此档"})
    assert late["type"].endswith("no-archive-request"), late
    take_back(gateway, asking)
    is_answered(gateway, asked, "CALLED_OFF", 0, GIVES)
    ask(gateway, asking)
    assert is_asked(gateway, asked, 3)["request_no"] == "1-3"


def test_the_item_of_the_case_that_asks_says_how_long_a_reply_may_take(gateways, number, tmp_path):
    items = (FOLDER / "items.yaml").read_text()
    named = items.replace("    name: 残疾人证新办\n", "    name: 残疾人证新办\n    archive_days: 7个工作日\n")
    assert named != items
    (tmp_path / "items.yaml").write_text(named)
    gateway = gateways.start({"catalogue": {"items": str(tmp_path / "items.yaml")}}, name="archive-days")
    _, asking, asked = open_children(gateway, number)
    ask(gateway, asking)
    there = is_asked(gateway, asked)
    (here,) = requests_of(gateway, ASKS, asking)
    assert here["limit"] == there["limit"] == {"value": 7, "unit": "LIMIT_UNIT_WORKDAY"}, (here, there)
    # Midnight may pass between the two records.
    assert abs(int(here["due_ms"]) - int(there["due_ms"])) in (0, 86_400_000), (here, there)
    (said,) = lines(gateway, GIVES, asked, "ARCHIVE_REQUESTED")
    assert "答复期限 7个工作日" in said["said_zh"], said


def test_a_window_asks_under_its_claim(gateway, children):
    _, asking, asked = children
    with gateway.client("jining-window-1") as window:
        said = {"child": 4, "materials": WANTED, "dossier": {"reason": REASON}}
        assert window.event(asking, "archive_requested", **said).status_code == 409
        token = window.claim(asking).json()["fencing_token"]
        assert window.event(asking, "archive_requested", token, **said).status_code == 202
    is_asked(gateway, asked)


def test_cities_learn_of_it_in_their_own_words(gateways, number):
    gateway = gateways.start(SETTINGS, name="archives-in-words")
    _, asking, asked = open_children(gateway, number)
    due(gateway, ASKS)
    ask(gateway, asking)
    is_asked(gateway, asked)
    words = [base64.b64decode(each["body_base64"]).decode("gb18030") for each in due(gateway, GIVES)]
    (request,) = [each for each in words if "<状态>档案调取</状态>" in each]
    assert "参保缴费凭证" in request and "<调取编号>1-1</调取编号>" in request and REASON in request, request
    data = pdf(500)
    give(gateway, asked, given(gateway, data))
    is_answered(gateway, asking, "GRANTED")
    words = [urllib.parse.unquote_plus(base64.b64decode(each["body_base64"]).decode()) for each in due(gateway, ASKS)]
    (reply,) = [each for each in words if "<ZTDM>52</ZTDM>" in each]
    assert "<DQJG>1</DQJG>" in reply and f"/v1/cases/{asking}/materials/{sha256(data)}" in reply, reply


def test_a_file_at_the_givers_address_is_fetched_once_and_is_both_cases(gateways, authority, number):
    files = FileServer(authority, name="archive-files")
    try:
        gateway = gateways.make({**SETTINGS, "materials": {"fetch": {"ca": str(authority.ca), "retry_first": "100ms"}}},
                                name="archives-fetched")
        add_to_partner(gateway, "changzhi.yaml", file_hosts=[{"host": "localhost", "port": files.port, "internal": True}])
        gateway.start()
        _, asking, asked = open_children(gateway, number)
        ask(gateway, asking, materials=WANTED[:1])
        is_asked(gateway, asked)
        data = pdf(900)
        give(gateway, asked, [{**WANTED[0], "files": [{"name": "凭证.pdf", "url": files.offer("/archive", data)}]}], codes=["DA01"])
        is_answered(gateway, asking, "GRANTED")
        with gateway.client(ASKS) as client:
            path = f"/v1/cases/{asking}/materials"
            eventually(lambda: [each for each in client.get(path).json()["files"] if each.get("sha256") == sha256(data)
                                and each["state"] == "stored"], what="the case that asked has it")
            assert client.get(f"{path}/{sha256(data)}").content == data
        assert files.count("/archive") == 1
    finally:
        files.stop()
