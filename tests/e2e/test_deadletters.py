"""Dead letters: listed, shown, replayed and discarded by an operator, over HTTP and by the command line; and the
reconciliation before, between and after."""

import datetime
import json
import signal
import time

import pytest
import requests

from gateway import eventually, run, submission
from test_deliveries import DEST, DEST_REGION, ORIGIN, ack, deliver_by_pull, file_case, pull, without_receiver

WORD = {"operator_id": "0042", "reason": "平台已修复 / platform repaired"}


@pytest.fixture(scope="module")
def gateway(gateways):
    made = gateways.make({"deliveries": {"attempts_max": 1}}, name="deadletters")
    deliver_by_pull(made, "jining", "changzhi")
    without_receiver(made, "xuzhou")
    return made.start()


@pytest.fixture
def origin(gateway):
    with gateway.client(ORIGIN) as client:
        yield client


@pytest.fixture
def dest(gateway):
    with gateway.client(DEST) as client:
        while handed := pull(client, limit=200):
            assert ack(client, *[each["id"] for each in handed]).status_code == 200
        yield client


def ask(gateway, method, path, body=None):
    session = requests.Session()
    session.trust_env = False
    return session.request(method, f"http://127.0.0.1:{gateway.operations_port}{path}", json=body, timeout=10)


def command(gateway, *arguments):
    return run(*arguments, "--port", gateway.operations_port)


def dead(gateway):
    answer = ask(gateway, "GET", f"/deadletters?region={DEST_REGION}")
    assert answer.status_code == 200, answer.text
    return {each["id"]: each for each in answer.json()["deadletters"]}


def kill_delivery(gateway, origin, dest, number):
    """A case whose filing is refused once, which spends the budget; its delivery's id."""
    file_case(origin, number)
    (handed,) = pull(dest)
    put_off = {"id": handed["id"], "taken": False, "reason_code": "E42", "retry_after_seconds": 0}
    told = ack(dest, put_off)
    assert told.status_code == 200 and "dead letter" in told.json()["results"][0]["message"], "its only attempt"
    eventually(lambda: pull(dest, wait=1) == [] and handed["id"] in dead(gateway), 20, "the letter is dead")
    return handed["id"]


def reconciled(gateway):
    answer = ask(gateway, "GET", "/reconciliation?walk=true")
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["ok"] and told["unexplained"] == 0 and told["findings"] == [], told
    return {each["region"]: each for each in told["targets"]}


def test_a_platform_that_stops_asking_leaves_a_dead_letter(gateway, origin, dest, number):
    """Nobody polls: the gateway itself finds the budget spent."""
    case = file_case(origin, number)
    (handed,) = pull(dest, visibility=1)
    assert handed["case_id"] == case
    eventually(lambda: handed["id"] in dead(gateway), 20, "it is dead without another poll")
    assert dead(gateway)[handed["id"]]["attempts"] == 1
    replayed = ask(gateway, "POST", f"/deadletters/{handed['id']}/replay", WORD)
    assert replayed.status_code == 200 and [each["id"] for each in pull(dest)] == [handed["id"]]
    assert ack(dest, handed["id"]).status_code == 200


def test_a_replayed_letter_is_delivered_and_the_gap_is_closed(gateway, origin, dest, number):
    letter = kill_delivery(gateway, origin, dest, number)
    line = dead(gateway)[letter]
    assert line["event"] == "CASE_SUBMITTED" and line["code"] == "attempts_spent" and line["attempts"] == 1
    assert line["last_failure"]["target_code"] == "E42" and line["dead_since"]
    assert line["code_zh"] == "投递次数已用尽" and line["last_failure"]["code_zh"] == "对方拒收"
    assert reconciled(gateway)[DEST_REGION]["dead_lettered"] == 1
    answer = ask(gateway, "POST", f"/deadletters/{letter}/replay", WORD)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["result"] == "replayed" and told["delivery"]["status"] == "pending"
    assert told["delivery"]["history"][-1]["operator_id"] == "0042" and told["delivery"]["history"][-1]["party"] == "gateway"
    assert told["delivery"]["history"][-1]["reason"] == WORD["reason"]
    again = ask(gateway, "POST", f"/deadletters/{letter}/replay", WORD)
    assert again.status_code == 409 and again.json()["title_zh"] and again.json()["detail"]
    (handed,) = eventually(lambda: pull(dest, wait=2), 20)
    assert handed["id"] == letter and ack(dest, letter).status_code == 200
    whole = ask(gateway, "GET", f"/deadletters/{letter}").json()
    assert whole["status"] == "acknowledged" and whole["settled_at"]
    assert [each["kind"] for each in whole["history"]] == [
        "handed_out", "failed", "dead_lettered", "replayed", "handed_out", "acknowledged"]
    targets = reconciled(gateway)[DEST_REGION]
    assert targets["dead_lettered"] == 0 and targets["pending"] == 0 and targets["due"] == targets["acknowledged"]


def test_a_discarded_letter_lets_the_case_go_on_and_stands_in_the_ledger(gateway, origin, dest, number):
    letter = kill_delivery(gateway, origin, dest, number)
    shown = command(gateway, "deadletter", "show", letter)
    assert shown.returncode == 0 and "转入死信" in shown.stdout and "E42" in shown.stdout, shown.stderr
    assert "测试甲" not in shown.stdout + ask(gateway, "GET", f"/deadletters/{letter}").text
    unsaid = command(gateway, "deadletter", "discard", letter, "--operator", "0042")
    assert unsaid.returncode == 2 and "--reason" in unsaid.stderr
    done = command(gateway, "deadletter", "discard", letter, "--operator", "0042", "--reason", "told by telephone")
    assert done.returncode == 0 and "已放弃" in done.stdout, done.stderr
    again = command(gateway, "deadletter", "discard", letter, "--operator", "0042", "--reason", "told by telephone")
    assert again.returncode == 1 and "不是死信" in again.stderr
    assert letter not in dead(gateway)
    assert reconciled(gateway)[DEST_REGION]["discarded"] == 1


def test_a_region_is_replayed_in_batches_by_the_command_line(gateway, origin, dest, number):
    letters = {kill_delivery(gateway, origin, dest, f"{number}{i}") for i in range(3)}
    listed = command(gateway, "deadletter", "list", "--region", DEST_REGION, "--json")
    assert listed.returncode == 0 and letters <= {each["id"] for each in json.loads(listed.stdout)["deadletters"]}
    assert "CASE_SUBMITTED" in command(gateway, "deadletter", "list").stdout
    one = ask(gateway, "POST", f"/deadletters/replay?region={DEST_REGION}&limit=1", WORD)
    assert one.status_code == 200 and one.json()["replayed"] == 1 and one.json()["next"]
    done = command(gateway, "deadletter", "replay", "--region", DEST_REGION, "--operator", "0042", "--reason",
                   "platform repaired", "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {"replayed": 2, "left": 0}, done.stderr
    assert dead(gateway) == {}
    assert "没有死信" in command(gateway, "deadletter", "list").stdout


@pytest.mark.parametrize("body", [
    {}, {"operator_id": "0042"}, {"reason": "why"}, {"operator_id": "", "reason": "why"},
    {"operator_id": "0042", "reason": " "}, {"operator_id": "张三", "reason": "why"},
    {"operator_id": "110101199003070000", "reason": "why"}, {"operator_id": "0042", "reason": "x" * 501},
    {"operator_id": 42, "reason": "why"}, {**WORD, "more": 1}])
def test_an_operators_word_is_complete_or_refused(gateway, body):
    case = "TB370800" + "0" * 26
    answer = ask(gateway, "POST", f"/deadletters/{case}-1-{DEST_REGION}/replay", body)
    assert answer.status_code == 422 and answer.json()["detail_zh"] and answer.json()["detail"]


def test_wrong_names_and_parameters_are_refused(gateway, origin, dest, number):
    case = file_case(origin, number)
    unknown = [f"{case}-9-{DEST_REGION}", f"{case}-1-370800", "nonsense", "TB370800" + "0" * 26 + f"-1-{DEST_REGION}"]
    for name in unknown:
        assert ask(gateway, "GET", f"/deadletters/{name}").status_code == 404
        assert ask(gateway, "POST", f"/deadletters/{name}/discard", WORD).status_code == 404
    waiting = ask(gateway, "POST", f"/deadletters/{case}-1-{DEST_REGION}/discard", WORD)
    assert waiting.status_code == 409, "its region has a receiver"
    for path in ("/deadletters?region=1404", "/deadletters?limit=0", "/deadletters?limit=501", "/deadletters?after=zz",
                 "/deadletters?state=dead", "/reconciliation?walk=1", "/reconciliation?after=74", "/reconciliation?rows=0",
                 "/reconciliation?from=today", "/reconciliation?from=0001-01-01", "/reconciliation?to=9999-12-31T23:59:59-08:00",
                 "/reconciliation?pair=370800", "/reconciliation?from=2026-11-02&to=2026-11-02",
                 "/reconciliation?pair=370800-140400&after=78"):
        assert ask(gateway, "GET", path).status_code == 422, path
    assert ask(gateway, "POST", "/deadletters/replay", WORD).status_code == 422
    assert ask(gateway, "POST", f"/deadletters/replay?region={DEST_REGION}", None).status_code in (400, 422)
    assert command(gateway, "deadletter", "replay", "--operator", "1", "--reason", "x").returncode == 2
    assert run("deadletter", "list", "--port", "1").returncode == 3


def test_a_delivery_to_a_region_without_a_receiver_can_be_given_up(gateway, origin, number):
    answer = origin.message(submission(number, origin="370800", dest="320300"))
    assert answer.status_code == 202, answer.text
    letter = f"{answer.json()['case_id']}-1-320300"
    assert ask(gateway, "POST", f"/deadletters/{letter}/replay", WORD).status_code == 409
    done = ask(gateway, "POST", f"/deadletters/{letter}/discard", WORD)
    assert done.status_code == 200 and done.json()["delivery"]["status"] == "discarded", done.text
    assert done.json()["delivery"]["history"][-1]["party"] == "gateway"


def test_what_waits_for_a_region_without_a_receiver_is_named_and_given_up_together(gateway, origin, number):
    letters = set()
    for i in range(3):
        answer = origin.message(submission(f"{number}{i}", origin="370800", dest="320300"))
        assert answer.status_code == 202, answer.text
        letters.add(f"{answer.json()['case_id']}-1-320300")
    first = ask(gateway, "GET", "/deliveries/waiting?region=320300&limit=2").json()
    rest = ask(gateway, "GET", f"/deliveries/waiting?region=320300&limit=2&after={first['next']}").json()
    assert letters == {each["id"] for page in (first, rest) for each in page["deliveries"]} and rest["next"] == ""
    listed = command(gateway, "deadletter", "list", "--waiting", "--region", "320300")
    assert listed.returncode == 0 and all(letter in listed.stdout for letter in letters), listed.stderr
    assert ask(gateway, "GET", "/deliveries/waiting").status_code == 422
    word = ("--operator", "0042", "--reason", "platform closed down")
    unsure = command(gateway, "deadletter", "discard", "--region", "320300", *word)
    assert unsure.returncode == 2 and "--all" in unsure.stderr
    done = command(gateway, "deadletter", "discard", "--region", "320300", "--all", *word, "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {"discarded": 3}, done.stderr
    assert "没有待送达" in command(gateway, "deadletter", "list", "--waiting", "--region", "320300").stdout
    for letter in letters:
        last = ask(gateway, "GET", f"/deadletters/{letter}").json()["history"][-1]
        assert last["operator_id"] == "0042" and last["reason"] == "platform closed down"


def test_what_was_replayed_before_its_receiver_went_can_be_given_up(gateways, number):
    own = gateways.make({"deliveries": {"attempts_max": 1}}, name="gone-receiver")
    deliver_by_pull(own, "changzhi")
    own.start()
    with own.client(ORIGIN) as origin, own.client(DEST) as dest:
        letter = kill_delivery(own, origin, dest, number)
        assert ask(own, "POST", f"/deadletters/{letter}/replay", WORD).status_code == 200
        assert ask(own, "POST", f"/deadletters/{letter}/discard", WORD).status_code == 409, "it is under way again"
        without_receiver(own, "changzhi")
        own.process.send_signal(signal.SIGHUP)
        given_up = eventually(lambda: taken(ask(own, "POST", f"/deadletters/{letter}/discard", WORD)), what="the reload")
    assert given_up["delivery"]["status"] == "discarded"
    assert [each["kind"] for each in given_up["delivery"]["history"]][-3:] == ["replayed", "dead_lettered", "discarded"]
    assert reconciled(own)[DEST_REGION]["discarded"] == 1


def taken(answer):
    return answer.json() if answer.status_code == 200 else None


def test_a_region_that_has_a_receiver_keeps_what_waits_for_it(gateway, origin, dest, number):
    case = file_case(origin, number)
    done = command(gateway, "deadletter", "discard", "--region", DEST_REGION, "--all", "--operator", "0042", "--reason", "x",
                   "--json")
    assert done.returncode == 0 and json.loads(done.stdout) == {"discarded": 0}, done.stderr
    assert [each["id"] for each in pull(dest)] == [f"{case}-1-{DEST_REGION}"]


def sums(told):
    assert told["ok"] and told["unexplained"] == 0 and told["findings"] == [], told
    return {name: told[name] for name in ("accepted", "closed", "open", "collected_only", "targets")}


def file_at(origin, number, dest, after_ms=0):
    """A case filed in a later millisecond than `after_ms`; when the ledger recorded it, as text and in milliseconds."""
    eventually(lambda: time.time_ns() // 1_000_000 > after_ms + 1, 5, "the clock goes on")
    answer = origin.message(submission(number, origin="370800", dest=dest))
    assert answer.status_code == 202, answer.text
    text = answer.json()["recorded_at"]
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return text, round(moment.timestamp() * 1000)


def test_a_time_and_a_pair_are_reconciled_alike_running_stopped_and_from_a_dump(gateway, origin, number):
    _, before = file_at(origin, f"{number}A", DEST_REGION)
    since, at = file_at(origin, f"{number}B", "320300", before)
    _, later = file_at(origin, f"{number}C", DEST_REGION, at)
    until, _ = file_at(origin, f"{number}D", DEST_REGION, later)
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
    day = datetime.timedelta(days=1)
    pair = ("--pair", f"370800-{DEST_REGION}")
    asked = {pair: None, ("--pair", "370800-320300"): None, ("--pair", f"{DEST_REGION}-370800"): 0,
             ("--from", since): 3, ("--from", since, "--to", until): 2, ("--from", since, "--to", until, *pair): 1,
             ("--to", since, *pair): None, ("--to", str(today - day)): 0, ("--from", str(today - day)): None,
             ("--from", since.replace("Z", "+00:00"), *pair): 2}
    eventually(lambda: gateway.status()["ledger"]["lag_records"] == 0, what="the view has caught up")
    running = {}
    for which, accepted in asked.items():
        done = command(gateway, "ledger", "reconcile", "--json", *which)
        assert done.returncode == 0, done.stdout + done.stderr
        running[which] = sums(json.loads(done.stdout))
        assert accepted is None or running[which]["accepted"] == accepted, which
    assert "账实相符" in command(gateway, "ledger", "reconcile", *pair).stdout
    parts, after = [], ""
    while not parts or after:
        part = ask(gateway, "GET", f"/reconciliation?rows=1&pair=370800-{DEST_REGION}&after={after}").json()
        parts.append(part)
        after = part["next"]
    assert len(parts) > 3 and sum(part["accepted"] for part in parts) == running[pair]["accepted"] > 3
    gateway.stop()
    try:
        dump = gateway.folder / "dump-of-all.jsonl"
        dump.write_text(run("ledger", "dump", "--config", gateway.config).stdout)
        for which in asked:
            for source in (("--config", gateway.config), ("--dump", dump)):
                done = run("ledger", "reconcile", "--json", *source, *which)
                assert done.returncode == 0, done.stdout + done.stderr
                assert sums(json.loads(done.stdout)) == running[which], (which, source)
    finally:
        gateway.start()
    turned = command(gateway, "ledger", "reconcile", "--from", "2026-02-01", "--to", "2026-01-01")
    assert turned.returncode == 2 and "--from 须早于 --to" in turned.stderr


def test_reconciled_running_stopped_and_from_a_dump(gateway):
    running = command(gateway, "ledger", "reconcile", "--walk", "--json")
    assert running.returncode == 0, running.stdout + running.stderr
    told = json.loads(running.stdout)
    assert told["ok"] and told["walked"] and told["rows_walked"] > 0
    gateway.stop()
    try:
        stopped = run("ledger", "reconcile", "--config", gateway.config, "--json")
        assert stopped.returncode == 0, stopped.stdout + stopped.stderr
        dump = gateway.folder / "dump.jsonl"
        dump.write_text(run("ledger", "dump", "--config", gateway.config).stdout)
        dumped = run("ledger", "reconcile", "--dump", dump, "--json")
        assert dumped.returncode == 0, dumped.stdout + dumped.stderr
        stopped, dumped = json.loads(stopped.stdout), json.loads(dumped.stdout)
        assert stopped["targets"] == dumped["targets"] == told["targets"]
        assert stopped["accepted"] == dumped["accepted"] == told["accepted"] > 0
        assert stopped["records"] == dumped["records"] and stopped["view_compared"]
        pair = run("ledger", "reconcile", "--config", gateway.config, "--pair", "370800-140400", "--from", "2020-01-01",
                   "--to", "2020-02-01")
        assert pair.returncode == 0 and "accepted 0" in pair.stdout
        dump.write_text(dump.read_text()[:-30])
        cut = run("ledger", "reconcile", "--dump", dump)
        assert cut.returncode == 1 and "记录无法读取" in cut.stdout
        dump.write_text(run("ledger", "dump", "--config", gateway.config, "--limit", "3").stdout)
        partial = run("ledger", "reconcile", "--dump", dump)
        assert partial.returncode == 1 and "转储不完整" in partial.stdout
        later = run("ledger", "reconcile", "--config", gateway.config, "--from", "2026-02-01", "--to", "2026-01-01")
        assert later.returncode == 2 and "--from 须早于 --to" in later.stderr
        assert run("ledger", "reconcile", "--config", gateway.config, "--pair", "nowhere").returncode == 2
        assert run("ledger", "reconcile").returncode == 2
    finally:
        gateway.start()
