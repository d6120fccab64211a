"""秒批秒办: filings that the destination's handler, or a rule of the item, decides in the request that brought them; and that
whatever goes wrong with it leaves the case in the normal way."""

import concurrent.futures
import signal
import threading

import pytest
import requests
import yaml

from gateway import CATALOGUE, EXAMPLE, eventually, now, submission
from handler import Handler, add_to_partner, caller_settings, decision

DEST, ORIGIN = "140400", "jining-platform"
ITEM = "11140400TT000031433002017003000"


@pytest.fixture
def handler(authority):
    made = Handler(authority)
    yield made
    made.stop()


def deciding(gateways, handler, settings=None, **members):
    gateway = gateways.make({**caller_settings(gateways.authority), **(settings or {})})
    entry = {"name": "rules", "items": [ITEM], "dialect": "canonical", "url": handler.url, "timeout_ms": 700,
             "pins": [{"san_dns": "localhost"}], **members}
    add_to_partner(gateway, "changzhi.yaml", automatic=[entry])
    return gateway.start()


def file_case(gateway, number, **members):
    with gateway.client(ORIGIN) as origin:
        answer = origin.message(submission(number, **members))
    return answer


def results(gateway):
    found = {}
    for line in gateway.metrics_text().splitlines():
        if line.startswith("tongban_automatic_total{"):
            found[line.split('"')[1]] = float(line.rsplit(" ", 1)[1])
    return found


def case_of(gateway, case_id):
    with gateway.client("changzhi-platform") as client:
        return client.case(case_id)


def timeline(gateway, case_id):
    with gateway.client("changzhi-platform") as client:
        return client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]


def names(entries):
    return [entry["event"] for entry in entries if not entry.get("refused_code")]


WHOLE = ["CASE_SUBMITTED", "ROUTED", "DEST_RECEIVED", "CASE_ACCEPTED", "DECIDED", "CASE_CLOSED"]


def test_filing_is_decided_in_the_request_that_brought_it(gateways, handler, number):
    gateway = deciding(gateways, handler)
    handler.answer = lambda question: (200, {"events": decision(dest_case_no="CZ-" + question["case"]["source_case_no"])})
    answer = file_case(gateway, number)
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert receipt["status"] == "CASE_STATUS_CLOSED" and receipt["decision"] == "DECISION_APPROVED", receipt
    assert receipt["dest_case_no"] == "CZ-" + number and receipt["event"] == "CASE_SUBMITTED"
    (headers, question), = handler.asked
    assert headers["X-Tongban-Case"] == receipt["case_id"] == question["case"]["case_id"]
    assert headers["Idempotency-Key"] == receipt["event_id"] and headers["X-Tongban-Binding"] == "when-recorded"
    assert question["dossier"]["applicant"]["name"] == "测试甲"
    entries = timeline(gateway, receipt["case_id"])
    assert names(entries) == WHOLE
    for entry in entries[2:]:
        assert entry["automatic"] and entry["sender_partner"] == "changzhi-platform", entry
        assert entry["certificate_serial"].lstrip("0") == handler.who.serial.lower().lstrip("0"), entry
    # The origin is told as of any case.
    with gateway.client(ORIGIN) as origin:
        due = origin.get("/v1/deliveries").json()
    assert [each["event"] for each in due["deliveries"]][:1] == ["DEST_RECEIVED"], due
    assert results(gateway) == {"decided": 1}
    # Sent again it is what it was, and nobody is asked.
    again = file_case(gateway, number)
    assert again.status_code == 200 and again.json()["status"] == "CASE_STATUS_CLOSED", again.text
    assert len(handler.asked) == 1
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_denied_is_decided_too(gateways, handler, number):
    gateway = deciding(gateways, handler)
    handler.answer = lambda _: (200, {"events": decision("DECISION_DENIED", "OUTCOME_DENIED")})
    receipt = file_case(gateway, number).json()
    assert receipt["decision"] == "DECISION_DENIED" and receipt["status"] == "CASE_STATUS_CLOSED"
    assert case_of(gateway, receipt["case_id"])["case"]["outcome"] == "OUTCOME_DENIED"


def closing(question):
    return {"case": {"case_id": question["case"]["case_id"]}, "occurred_at": now(),
            "case_closed": {"outcome": "OUTCOME_COMPLETED"}}


@pytest.mark.parametrize("result, answer", [
    ("declined", lambda _: (204, b"")),
    ("declined", lambda _: (200, {"events": []})),
    ("answered_error", lambda _: (500, {"error": "down"})),
    ("answered_error", lambda _: (302, b"")),
    ("bad_answer", lambda _: (200, b"<html>")),
    ("bad_answer", lambda _: (200, b"[" * 5000)),
    ("bad_answer", lambda _: (200, {"events": decision()[:2]})),
    ("bad_answer", lambda _: (200, {"events": [*decision(), {"occurred_at": now(), "case_voided": {}, "dossier": {"reason": "x"}}]})),
    ("bad_answer", lambda _: (200, b"x" * 400_000)),
    ("other_case", lambda _: (200, {"events": decision(source_case_no="another")})),
    ("other_case", lambda _: (200, {"events": decision(case_id="f" * 26)})),
    ("out_of_turn", lambda question: (200, {"events": [closing(question), *decision()[:3]]})),
    ("refused_by_rules", lambda _: (200, {"events": decision("DECISION_UNSPECIFIED")})),
], ids=lambda value: value if isinstance(value, str) else "")
def test_answer_that_cannot_stand_leaves_the_case_in_the_queue(gateways, handler, number, result, answer):
    gateway = deciding(gateways, handler)
    handler.answer = answer
    told = file_case(gateway, number)
    assert told.status_code == 202, told.text
    assert told.json()["status"] == "CASE_STATUS_QUEUED" and "decision" not in told.json()
    assert names(timeline(gateway, told.json()["case_id"])) == ["CASE_SUBMITTED", "ROUTED"], "nothing of it was taken"
    assert results(gateway) == {result: 1}
    # It goes the normal way.
    with gateway.client("changzhi-window-1") as window:
        token = window.claim(told.json()["case_id"]).json()["fencing_token"]
        assert window.event(told.json()["case_id"], "dest_received", token).status_code == 202


def test_an_answer_that_is_too_long_is_said_to_be(gateways, handler, number):
    gateway = deciding(gateways, handler)
    handler.answer = lambda _: (200, b"x" * 262_145)
    file_case(gateway, number)
    (line,) = eventually(lambda: [line for line in gateway.log() if line.get("event") == "automatic_answer_not_taken"])
    assert line["result"] == "bad_answer" and "262144" in line["reason"], line


def test_slow_handler_is_not_waited_for_and_its_late_answer_is_nobodys(gateways, handler, number):
    gateway = deciding(gateways, handler)
    go_on = threading.Event()

    def late(question):
        go_on.wait(30)
        return 200, {"events": decision(case_id=question["case"]["case_id"])}

    handler.answer = late
    told = file_case(gateway, number)
    assert told.status_code == 202 and told.json()["status"] == "CASE_STATUS_QUEUED", told.text
    assert told.elapsed.total_seconds() < 2
    assert results(gateway) == {"timeout": 1}
    go_on.set()
    # Sent again while nobody has taken it up: it is asked again, and decided once.
    again = file_case(gateway, number)
    assert again.status_code == 200 and again.json()["status"] == "CASE_STATUS_CLOSED", again.text
    assert names(timeline(gateway, told.json()["case_id"])) == WHOLE


def test_dead_handler_costs_nothing_after_a_while_and_is_asked_again_when_it_is_back(gateways, handler, number):
    gateway = deciding(gateways, handler)
    handler.stop()
    for i in range(6):
        told = file_case(gateway, f"{number}-{i}")
        assert told.status_code == 202 and told.json()["status"] == "CASE_STATUS_QUEUED"
    assert results(gateway)["unreachable"] == 5 and results(gateway)["breaker_open"] >= 1
    handler.start(handler.port)
    count = iter(range(10_000))

    def decided():
        return file_case(gateway, f"{number}-b{next(count)}").json()["status"] == "CASE_STATUS_CLOSED"

    eventually(decided, 20, "the breaker lets one through")


def test_handler_with_another_certificate_is_not_believed(gateways, handler, number):
    gateway = deciding(gateways, handler, pins=[{"san_dns": "somebody.example.cn"}])
    assert file_case(gateway, number).json()["status"] == "CASE_STATUS_QUEUED"
    assert results(gateway) == {"untrusted": 1} and handler.asked == []


def test_the_bound_on_questions_lets_others_pass_the_normal_way(gateways, handler, number):
    gateway = deciding(gateways, handler, connections_max=1)
    inside, go_on = threading.Event(), threading.Event()

    def one_at_a_time(question):
        inside.set()
        go_on.wait(30)
        return 200, {"events": decision(case_id=question["case"]["case_id"])}

    handler.answer = one_at_a_time
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = pool.submit(file_case, gateway, number)
        assert inside.wait(10)
        assert file_case(gateway, number + "B").json()["status"] == "CASE_STATUS_QUEUED"
        go_on.set()
        first.result()
    assert results(gateway)["busy"] == 1


def test_the_same_filing_at_once_is_asked_about_once(gateways, handler, number):
    gateway = deciding(gateways, handler)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: file_case(gateway, number), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [202]
    case_id = answers[0].json()["case_id"]
    eventually(lambda: case_of(gateway, case_id)["state"] == "CLOSED")
    assert names(timeline(gateway, case_id)) == WHOLE
    assert len(handler.asked) == 1


def test_window_that_claims_meanwhile_keeps_the_case(gateways, handler, number):
    gateway = deciding(gateways, handler, settings={"automatic": {"answer_within": "2s"}}, timeout_ms=2000)
    claimed = {}

    def claim_first(question):
        case_id = question["case"]["case_id"]
        with gateway.client("changzhi-window-1") as window:
            claimed.update(window.claim(case_id).json())
        return 200, {"events": decision(case_id=case_id)}

    handler.answer = claim_first
    told = file_case(gateway, number).json()
    assert claimed["fencing_token"] and told["status"] == "CASE_STATUS_QUEUED" and "decision" not in told, told
    assert results(gateway) == {"overtaken": 1}
    case = case_of(gateway, told["case_id"])
    assert case["state"] == "QUEUED" and case["case"]["lease"]["window_id"] == "CZ-01", case
    applied = [e for e in timeline(gateway, told["case_id"]) if not e.get("refused_code")]
    assert [e["event"] for e in applied] == ["CASE_SUBMITTED", "ROUTED", "CLAIMED"]


def withdrawal(number):
    return {"case": {"source_case_no": number, "origin_region": "370800"}, "occurred_at": now(), "withdraw_requested": {},
            "dossier": {"reason": "申请人放弃"}}


def test_what_the_applicant_wants_back_is_left_to_a_person(gateways, handler, number):
    gateway = deciding(gateways, handler, settings={"automatic": {"answer_within": "2s"}}, timeout_ms=2000)
    # While the handler is asked: the request is in the ledger before the decision.
    def withdraw_first(question):
        with gateway.client(ORIGIN) as origin:
            assert origin.message(withdrawal(number)).status_code == 202
        return 200, {"events": decision(case_id=question["case"]["case_id"])}

    handler.answer = withdraw_first
    told = file_case(gateway, number).json()
    assert told["status"] == "CASE_STATUS_QUEUED" and "decision" not in told, told
    assert results(gateway) == {"overtaken": 1}
    # Sent again, nobody is asked.
    assert file_case(gateway, number).json()["status"] == "CASE_STATUS_QUEUED"
    assert len(handler.asked) == 1 and results(gateway) == {"overtaken": 1, "withdrawal_asked": 1}
    assert names(timeline(gateway, told["case_id"])) == ["CASE_SUBMITTED", "ROUTED", "WITHDRAW_REQUESTED"]


def test_filed_and_asked_back_in_one_message_nobody_is_asked(gateways, handler, number):
    gateway = deciding(gateways, handler)
    with gateway.client(ORIGIN) as origin:
        answer = origin.message({"events": [submission(number), withdrawal(number)]})
    assert answer.status_code == 202, answer.text
    filed, asked_back = answer.json()["receipts"]
    assert (filed["status"], asked_back["outcome"]) == ("CASE_STATUS_QUEUED", "RECEIPT_OUTCOME_ACCEPTED"), answer.text
    assert handler.asked == [] and results(gateway) == {"withdrawal_asked": 1}


def test_crash_while_the_handler_is_asked_leaves_the_case_in_the_queue(gateways, handler, number):
    gateway = deciding(gateways, handler)
    killed = threading.Event()

    def crash(_):
        gateway.kill()
        killed.set()
        return 204, b""

    handler.answer = crash
    with pytest.raises(requests.RequestException):
        file_case(gateway, number)
    assert killed.wait(30)
    gateway.start()
    with gateway.client(ORIGIN) as origin:
        (case,) = origin.find(number)
    assert case["state"] == "QUEUED"
    handler.answer = lambda question: (200, {"events": decision(case_id=question["case"]["case_id"])})
    assert file_case(gateway, number).json()["status"] == "CASE_STATUS_CLOSED", "the retry decides it"


def test_many_filings_in_one_message_and_in_a_citys_dialect(gateways, handler, number):
    gateway = deciding(gateways, handler)
    with gateway.client(ORIGIN) as origin:
        answer = origin.message({"events": [submission(f"{number}-{i}") for i in range(5)]})
    assert answer.status_code == 202, answer.text
    assert [each["status"] for each in answer.json()["receipts"]] == ["CASE_STATUS_CLOSED"] * 5


def test_other_items_and_other_destinations_are_not_asked_about(gateways, handler, number):
    gateway = deciding(gateways, handler, items=["11140400TT0000314330020170030XX"])
    assert file_case(gateway, number).json()["status"] == "CASE_STATUS_QUEUED"
    assert handler.asked == [] and results(gateway) == {}


def catalogue_with(folder, **automatic):
    items = yaml.safe_load((EXAMPLE / "items.yaml").read_text())
    for item in items["items"]:
        if str(item["impl_code"]) == ITEM:
            item.update(automatic)
    file = folder / "items.yaml"
    file.write_text(yaml.safe_dump(items, allow_unicode=True))
    return {"catalogue": {**CATALOGUE["catalogue"], "items": str(file)}}


MATERIALS = [{"code": "CL001", "name": "居民身份证", "required": True,
              "files": [{"name": "a.pdf", "content": "JVBERi0xLjcK"}]}, {"code": "CL002", "name": "购房合同", "required": True}]


def test_rule_of_the_item_approves_when_every_condition_holds(gateways, tmp_path, number):
    rule = [{"field": "提取原因", "values": ["购房", "租房"]}, {"field": "material:CL001"}]
    gateway = gateways.start({**catalogue_with(tmp_path, automatic_conditions=rule)})
    form = [{"name": "提取原因", "value": "租房"}]
    told = file_case(gateway, number, dossier={"materials": MATERIALS, "form": form})
    assert told.status_code == 202 and told.json()["status"] == "CASE_STATUS_CLOSED", told.text
    assert told.json()["decision"] == "DECISION_APPROVED"
    entries = timeline(gateway, told.json()["case_id"])
    assert names(entries) == WHOLE and all(entry["automatic"] for entry in entries[2:])
    assert not any(entry.get("certificate_serial") for entry in entries[2:]), "nobody's certificate was shown"
    with gateway.client("changzhi-platform") as destination:
        due = destination.get(f"/v1/cases/{told.json()['case_id']}/timeline").json()["deliveries"]
    assert [each["event"] for each in due if each["region"] == DEST] == ["CASE_SUBMITTED", *WHOLE[2:]], "told to whom it decided for"
    by_name = [{key: value for key, value in MATERIALS[0].items() if key != "code"}, MATERIALS[1]]
    told = file_case(gateway, number + "N", dossier={"materials": by_name, "form": form})
    assert told.json()["status"] == "CASE_STATUS_CLOSED", ("a name is enough elsewhere too", told.text)
    for other in ([{"name": "提取原因", "value": "其他"}], [], [*form, {"name": "提取原因", "value": "其他"}]):
        number += "B"
        told = file_case(gateway, number, dossier={"materials": MATERIALS, "form": other})
        assert told.json()["status"] == "CASE_STATUS_QUEUED", told.text
    # A name, a file id of the sender's, an address and a word for a licence are nothing that anybody has seen.
    for nothing in ({"files": [{}]}, {"files": [{"name": "a.pdf"}]}, {"files": [{"name": "a.pdf", "file_id": "X1"}]},
                    {"files": [{"name": "a.pdf", "url": "https://files.example.cn/a"}]}, {"licence_ref": "garbage"},
                    {"licence_ref": "1.2.156.3005.2.11100000000013338W001.1114040001234567XX.000001.001.0"}):
        number += "C"
        materials = [{**{key: value for key, value in MATERIALS[0].items() if key != "files"}, **nothing}, MATERIALS[1]]
        told = file_case(gateway, number, dossier={"materials": materials, "form": form})
        assert told.json().get("status") != "CASE_STATUS_CLOSED", (nothing, told.text)
    without = file_case(gateway, number + "T", case_submitted={"tolerance": True}, dossier={"materials": MATERIALS[:1], "form": form})
    assert without.json()["status"] == "CASE_STATUS_QUEUED", ("容缺 is for a person to accept", without.text)
    assert results(gateway)["decided"] == 2


def test_the_item_names_the_handler_and_a_reload_takes_it_away(gateways, handler, tmp_path, number):
    gateway = deciding(gateways, handler, settings=catalogue_with(tmp_path, automatic_handler="rules"), items=[])
    told = file_case(gateway, number, dossier={"materials": MATERIALS})
    assert told.json()["status"] == "CASE_STATUS_CLOSED", told.text
    before = gateway.metric("tongban_reloads_total", part="partners", result="taken")
    path = gateway.folder / "partners" / "changzhi.yaml"
    partners = yaml.safe_load(path.read_text())
    partners["partners"][0]["automatic"][0]["name"] = "others"
    path.write_text(yaml.safe_dump(partners, allow_unicode=True))
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.metric("tongban_reloads_total", part="partners", result="taken") > before)
    count = iter(range(10_000))
    eventually(lambda: file_case(gateway, f"{number}-{next(count)}", dossier={"materials": MATERIALS}).json()["status"] ==
               "CASE_STATUS_QUEUED")
    assert results(gateway)["no_handler"] >= 1


def test_questions_and_answers_stand_in_no_log(gateways, handler, number):
    gateway = deciding(gateways, handler)
    handler.answer = lambda _: (200, {"events": decision("DECISION_UNSPECIFIED")})
    file_case(gateway, number)
    lines = eventually(lambda: [line for line in gateway.log() if line.get("event") == "automatic_answer_not_taken"])
    assert lines[0]["result"] == "refused_by_rules" and "decision" in lines[0]["reason"], lines
    assert "测试甲" not in gateway.log_text()
