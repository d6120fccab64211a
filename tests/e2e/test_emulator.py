"""The emulated city: gateway and platform end to end, by pull and by push, and each thing that may go wrong with what the
gateway does about it."""

import concurrent.futures
import datetime
import re
import socket

import pytest
import yaml

from emulator import City
from gateway import Authority, eventually, free_port, run, submission
from personal import personal_values_in

ORIGIN, CITY, ORIGIN_REGION, REGION = "jining-platform", "changzhi-platform", "370800", "140400"
QUICK = """
cases:
  - steps: [receive, accept, review, decide, close]
replies:
  SUPPLEMENT_REQUIRED: {do: supply}
"""
EVENTS = ["DEST_RECEIVED", "CASE_ACCEPTED", "REVIEW_STARTED", "DECIDED", "CASE_CLOSED"]


def deliver(gateway, name, **delivery):
    file = gateway.folder / "partners" / f"{name}.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["delivery"] = delivery
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))


@pytest.fixture(scope="module")
def pulled(gateways):
    return gateways.make({"deliveries": {"attempts_max": 6}}, name="pulled").start()


@pytest.fixture
def city(pulled, tmp_path):
    """A function that starts cities on the gateway that is pulled from."""
    made = []

    def start(partner=CITY, *options, **more):
        one = City(pulled, partner, tmp_path, "--visibility", 2, *options, **{"script": QUICK, **more})
        made.append(one)
        return one.start()

    yield start
    for one in made:
        if one.process is not None:
            one.stop()


def file_case(gateway, number, **members):
    with gateway.client(ORIGIN) as origin:
        answer = origin.message(submission(number, origin=ORIGIN_REGION, dest=REGION, **members))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def state(gateway, case):
    with gateway.client(ORIGIN) as origin:
        return origin.case(case)["state"]


def timeline(gateway, case):
    with gateway.client(ORIGIN) as origin:
        return origin.get(f"/v1/cases/{case}/timeline").json()


def applied(gateway, case):
    return [each["event"] for each in timeline(gateway, case)["entries"] if not each.get("refused_code")]


def seconds(time):
    return datetime.datetime.fromisoformat(time).timestamp()


def closed(gateway, case, seconds=30):
    eventually(lambda: state(gateway, case) == "CLOSED", seconds, f"{case} is closed; it is {state(gateway, case)}")


def test_both_cities_by_pull_until_the_case_is_closed_and_all_is_acknowledged(pulled, city, number):
    dest, origin = city(), city(ORIGIN)
    assert dest.started["transport"] == "pull"
    case = file_case(pulled, number)
    closed(pulled, case)
    assert applied(pulled, case) == ["CASE_SUBMITTED", "ROUTED", *EVENTS]
    settled = eventually(lambda: [each for each in timeline(pulled, case)["deliveries"] if each["status"] == "acknowledged"]
                         if len(timeline(pulled, case)["deliveries"]) == 6 else None, 20)
    eventually(lambda: len([1 for each in timeline(pulled, case)["deliveries"] if each["status"] == "acknowledged"]) == 6, 20)
    assert settled
    for one, count in ((dest, 1), (origin, 5)):
        taken = one.journal("delivered", case_id=case)
        assert [line["outcome"] for line in taken] == ["taken"] * count and taken[0]["transport"] == "pull"
        assert {line["delivery"] for line in one.journal("acknowledged", case_id=case, positive=True, outcome="accepted")} == \
            {line["delivery"] for line in taken}
        assert {line["by"] for line in one.journal()} == {"emulator-" + (REGION if one is dest else ORIGIN_REGION)}
    events = dest.journal("event", case_id=case)
    assert [(line["event"], line["outcome"]) for line in events] == [(name, "accepted") for name in EVENTS]
    assert personal_values_in(dest.journal_file.read_text() + dest.out_file.read_text()) == []
    said = dest.stop()
    assert said["deliveries"]["acknowledged"] >= 1 and said["sent"]["accepted"] >= 5 and said["journal_lines_lost"] == 0


def test_both_cities_say_what_stands_beside_a_cases_steps(pulled, city, number):
    """容缺, 督办 and paper originals: what one side says, the other answers."""
    dest = city(CITY, script="""
speak: canonical
cases:
  - steps: [receive, accept_owing, review]
replies:
  SHIPPED_TO_DEST: {do: paper}
  OWED_SUBMITTED: {do: clear}
  URGED: {do: answer_urge}
  WITHDRAW_REQUESTED: {do: confirm_withdrawal}
""")
    city(ORIGIN, script="""
speak: canonical
replies:
  DEST_RECEIVED: {do: send_paper}
  CASE_ACCEPTED: {do: bring}
  OWED_CLEARED: {do: urge}
""")
    case = file_case(pulled, number)
    said = ["SHIPPED_TO_DEST", "PAPER_RECEIVED", "OWED_SUBMITTED", "OWED_CLEARED", "URGED", "URGE_ANSWERED"]
    eventually(lambda: set(said) <= set(applied(pulled, case)), 30, "each is said and answered")
    events = applied(pulled, case)
    assert all(events.count(name) == 1 for name in said), events
    assert events.index("OWED_SUBMITTED") < events.index("OWED_CLEARED") < events.index("URGED") < events.index("URGE_ANSWERED")
    assert dest.journal("event", case_id=case, event="URGE_ANSWERED")[0]["outcome"] == "accepted"
    with pulled.client(ORIGIN) as origin:
        assert origin.event(case, "withdraw_requested", dossier={"reason": "申请人放弃"}).status_code == 202
    eventually(lambda: state(pulled, case) == "WITHDRAWN", 20, "no later city finds it open")


def test_what_is_brought_and_does_not_do_is_refused_and_brought_again(pulled, city, number):
    """容缺补交不符: the destination's word on what was brought, and the origin's answer to it."""
    city(CITY, script="""
speak: canonical
cases:
  - steps: [receive, accept_owing, review]
replies:
  OWED_SUBMITTED: {do: refuse_owed}
  WITHDRAW_REQUESTED: {do: confirm_withdrawal}
""")
    city(ORIGIN, script="""
speak: canonical
replies:
  CASE_ACCEPTED: {do: bring}
  OWED_REFUSED: {do: bring, after: 1s}
""")
    case = file_case(pulled, number)
    owed = ["OWED_SUBMITTED", "OWED_REFUSED", "OWED_SUBMITTED", "OWED_REFUSED"]
    eventually(lambda: [each for each in applied(pulled, case) if each.startswith("OWED")][:4] == owed, 30, "refused, brought again")
    with pulled.client(ORIGIN) as origin:
        assert origin.event(case, "withdraw_requested", dossier={"reason": "申请人放弃"}).status_code == 202
    eventually(lambda: state(pulled, case) == "WITHDRAWN", 20, "no later city finds it open")


# -- push ---------------------------------------------------------------------------------------------------------------


class Pushed:
    """A gateway that pushes to an emulated Changzhi."""

    def __init__(self, gateways, name, dialect="changzhi", settings=None):
        authority = gateways.authority
        caller = authority.parties.get("caller") or authority.issue("platform", "caller", "--unit", "100000", "--uri",
                                                                    "tongban://100000/gateway")
        self.server = authority.parties.get("target") or authority.issue("server", "target", "--dns", "localhost", "--ip",
                                                                         "127.0.0.1")
        self.gateway = gateways.make({"deliveries": {"retry_first": "20ms", "attempts_max": 8,
                                                     "tls": {"certificate": caller.certificate, "key": caller.key},
                                                     **(settings or {})}}, name=name)
        self.port = free_port()
        deliver(self.gateway, "changzhi", transport="push", dialect=dialect,
                push={"url": f"https://localhost:{self.port}/receive", "pins": [{"san_dns": "localhost"}], "read_seconds": 1})
        self.gateway.start()

    def city(self, folder, *options, **more):
        return City(self.gateway, CITY, folder, "--listen-certificate", self.server.certificate, "--listen-key",
                    self.server.key, *options, **{"script": QUICK, **more})

    def standing(self, kind):
        return self.gateway.metric("tongban_deliveries", region=REGION, kind=kind)


@pytest.fixture(scope="module")
def pushed(gateways):
    return Pushed(gateways, "pushed")


def test_city_that_is_pushed_to_in_its_dialect_until_the_case_is_closed(pushed, tmp_path, number):
    with pushed.city(tmp_path) as city:
        assert city.started["transport"] == "push" and city.started["port"] == pushed.port
        case = file_case(pushed.gateway, number)
        closed(pushed.gateway, case)
        (line,) = city.journal("delivered")
        assert line["outcome"] == "taken" and line["transport"] == "push" and line["delivery"] == f"{case}-1-{REGION}"
        assert [(each["event"], each["outcome"]) for each in city.journal("event")] == [(name, "accepted") for name in EVENTS]
    assert pushed.standing("acknowledged") >= 1 and pushed.standing("pending") == 0
    assert pushed.gateway.metric("tongban_reconciliation_gap") == 0


# -- what goes wrong ----------------------------------------------------------------------------------------------------

CANONICAL = "speak: canonical" + QUICK


def file_cases(gateway, name, count):
    """Their numbers are the same in every run, and with them what the seed draws."""
    return [file_case(gateway, f"EMU-{name}-{i}") for i in range(count)]


def failures(gateway, case):
    (delivery,) = [each for each in timeline(gateway, case)["deliveries"] if each["region"] == REGION]
    return [line["code"] for line in delivery["history"] if line["kind"] == "failed"]


def once(gateway, city, cases):
    """Every case is closed, and of all that was said each event took effect once."""
    for case in cases:
        closed(gateway, case, 60)
        assert applied(gateway, case) == ["CASE_SUBMITTED", "ROUTED", *EVENTS]
    accepted = [(line["case_id"], line["event"]) for line in city.journal("event", outcome="accepted")]
    assert sorted(accepted) == sorted((case, event) for case in cases for event in EVENTS)
    ids = [line["event_id"] for line in city.journal("event", outcome="accepted")]
    assert len(set(ids)) == len(ids)


def settled(gateway):
    eventually(lambda: gateway.metric("tongban_deliveries", region=REGION, kind="pending") == 0, 40, "nothing is pending")
    assert gateway.metric("tongban_deliveries", region=REGION, kind="dead_lettered") == 0
    assert gateway.metric("tongban_reconciliation_gap") == 0


@pytest.mark.parametrize("trouble,code,outcome", [
    ("500", "answered_error", "refused"), ("error_inside", "not_taken", "refused"), ("garbage", "unreadable_answer", "unsaid"),
    ("reset", None, "unsaid"), ("lost", "read_timeout", "unsaid"), ("slow", "read_timeout", "unsaid")])
def test_push_that_goes_wrong_is_made_again_and_the_work_is_done_once(pushed, tmp_path, trouble, code, outcome):
    with pushed.city(tmp_path, "--misbehave", f"{trouble}=50%", "--slow-for", "1700ms", "--seed", 3,
                     script=CANONICAL) as city:
        cases = file_cases(pushed.gateway, f"push-{trouble}", 6)
        once(pushed.gateway, city, cases)
        settled(pushed.gateway)
        lines = city.journal("delivered")
        wrong = [line for line in lines if line["outcome"] != "taken"]
        assert wrong and {line["outcome"] for line in wrong} == {outcome}
        for case in cases:
            mine = [line for line in lines if line["case_id"] == case]
            assert [line["attempt"] for line in mine] == list(range(1, len(mine) + 1)) and mine[-1]["outcome"] == "taken"
            told = failures(pushed.gateway, case)
            assert len(told) == len(mine) - 1, "every attempt that failed is in the timeline"
            assert all(each in ([code] if code else ["reset", "closed_early", "malformed"]) for each in told), told
        said = city.stop()
    assert said["misbehaved"][trouble] == len(wrong)
    repeated = len(wrong) if trouble in ("reset", "lost", "slow") else 0
    assert said["deliveries"]["repeated"] == repeated, "work that was done before the answer was lost is not done again"


@pytest.mark.parametrize("trouble,outcome", [("500", "refused"), ("error_inside", "refused"), ("refuse", "refused"),
                                             ("garbage", "unsaid"), ("reset", "unsaid"), ("lost", "unsaid"), ("slow", "taken")])
def test_pull_that_goes_wrong_is_handed_out_again_and_the_work_is_done_once(pulled, city, trouble, outcome):
    dest = city(CITY, "--misbehave", f"{trouble}=50%", "--slow-for", "200ms", "--seed", 3, script=CANONICAL)
    cases = file_cases(pulled, f"pull-{trouble}", 6)
    once(pulled, dest, cases)
    settled(pulled)
    assert outcome in {line["outcome"] for line in dest.journal("delivered")}
    for case in cases:
        (acked,) = dest.journal("acknowledged", case_id=case, positive=True, outcome="accepted")
        assert acked["delivery"] == f"{case}-1-{REGION}"
        assert dest.journal("delivered", case_id=case)[-1]["outcome"] == "taken"
    assert dest.stop()["misbehaved"][trouble] >= 1


def test_a_city_that_never_takes_makes_dead_letters_and_a_replay_closes_the_gap(gateways, tmp_path, number):
    world = Pushed(gateways, "dead", settings={"attempts_max": 3})
    with world.city(tmp_path / "ill", "--misbehave", "500=100%") as ill:
        case = file_case(world.gateway, number)
        eventually(lambda: world.standing("dead_lettered") == 1 and len(ill.journal("delivered")) >= 3, 30)  # noted once answered
        assert [line["outcome"] for line in ill.journal("delivered")] == ["refused"] * 3 and ill.journal("event") == []
    with world.city(tmp_path / "well"):
        letter = f"{case}-1-{REGION}"
        done = run("deadletter", "replay", letter, "--operator", "0042", "--reason", "平台已修复", "--port",
                   world.gateway.operations_port)
        assert done.returncode == 0, done.stdout + done.stderr
        closed(world.gateway, case)
    settled(world.gateway)


def test_own_messages_that_are_sent_twice_take_effect_once(pulled, city):
    dest = city(CITY, "--misbehave", "duplicate=100%", script=CANONICAL)
    cases = file_cases(pulled, "twice", 3)
    once(pulled, dest, cases)
    eventually(lambda: len(dest.journal("event", outcome="duplicate")) == 3 * len(EVENTS), 20)
    first = {(line["case_id"], line["event"]): line["event_id"] for line in dest.journal("event", outcome="accepted")}
    for line in dest.journal("event", outcome="duplicate"):
        assert line["event_id"] == first[(line["case_id"], line["event"])]


def test_a_clock_that_is_an_hour_off_changes_no_order(pulled, city):
    dest = city(CITY, "--misbehave", "skew=100%", script=CANONICAL)
    cases = file_cases(pulled, "skew", 4)
    once(pulled, dest, cases)
    for case in cases:
        (received,) = [each for each in timeline(pulled, case)["entries"] if each["event"] == "DEST_RECEIVED"]
        assert abs(abs(seconds(received["occurred_at"]) - seconds(received["recorded_at"])) - 3600) < 60
    assert dest.stop()["misbehaved"]["skew"] == 4 * len(EVENTS)


# -- a gateway or a city that is away, windows, scripts ------------------------------------------------------------------


def test_city_goes_on_when_the_gateway_comes_back(gateways, tmp_path):
    gateway = gateways.make({"gateway": {"port": free_port()}}, name="away").start()
    script = CANONICAL.replace("[receive,", "[receive, {supplement: {after: 100ms}},").replace("accept,", "{accept: {after: 300ms}},")
    with City(gateway, CITY, tmp_path, "--visibility", 2, script=script) as dest, \
            City(gateway, ORIGIN, tmp_path, "--visibility", 2, script=script):
        cases = [file_case(gateway, f"EMU-away-{i}") for i in range(4)]
        eventually(lambda: len(dest.journal("event", event="SUPPLEMENT_REQUIRED", outcome="accepted")) >= 2, 20)
        gateway.kill()
        eventually(lambda: any("no answer" in each for each in dest.notes()), 20, "it says that nobody answers")
        gateway.start()
        for case in cases:
            closed(gateway, case, 60)
            assert applied(gateway, case) == ["CASE_SUBMITTED", "ROUTED", "DEST_RECEIVED", "SUPPLEMENT_REQUIRED",
                                              "SUPPLEMENT_SUBMITTED", *EVENTS[1:]]


def test_city_that_was_killed_finds_its_cases_in_its_inbox(pulled, city, tmp_path):
    slow = CANONICAL.replace("accept,", "{accept: {after: 1h}},")
    first = city(CITY, script=slow)
    case = file_case(pulled, "EMU-killed")
    eventually(lambda: state(pulled, case) == "DEST_RECEIVED", 20)
    first.kill()
    city(CITY, script=CANONICAL)
    closed(pulled, case)
    assert applied(pulled, case) == ["CASE_SUBMITTED", "ROUTED", *EVENTS]


def test_window_of_the_city_works_cases_under_its_claim(pulled, city):
    claiming = "cases: [{steps: [claim, receive, accept, review, decide, close, release]}]"
    dest = city(CITY, script=claiming, window="changzhi-window-1")
    case = file_case(pulled, "EMU-window")
    closed(pulled, case)
    (claim,) = dest.journal("claimed", case_id=case, outcome="accepted")
    assert claim["window"] == "CZ-01" and claim["region"] == REGION and claim["expires_ms"] > claim["at_ms"]
    events = eventually(lambda: [line for line in dest.journal("event", case_id=case) if line["event"] == "RELEASED"], 20)
    assert events[0]["outcome"] == "accepted"
    done = [line for line in dest.journal("event", case_id=case) if line["event"] in EVENTS]
    assert [line["fencing_token"] for line in done] == [claim["fencing_token"]] * 5
    senders = {each["sender_partner"] for each in timeline(pulled, case)["entries"] if each["event"] in EVENTS}
    assert senders == {"changzhi-window-1"}


def test_rules_send_cases_their_ways(pulled, city):
    dest = city(CITY, script="""
cases:
  - {numbers: ["EMU-way-refused"], steps: [receive, refuse]}
  - {numbers: ["EMU-way-returned"], steps: [return]}
  - {numbers: ["EMU-way-denied"], steps: [receive, accept, review, deny, {close: {with: {case_closed: {outcome: OUTCOME_DENIED}}}}]}
  - {origins: ["99*"], steps: [void]}
""")
    ways = {way: file_case(pulled, f"EMU-way-{way}") for way in ("refused", "returned", "denied", "left")}
    for way, end in (("refused", "REFUSED"), ("returned", "RETURNED"), ("denied", "CLOSED")):
        eventually(lambda: state(pulled, ways[way]) == end, 20, f"{way}: {state(pulled, ways[way])}")
    eventually(lambda: dest.journal("acknowledged", case_id=ways["left"], outcome="accepted"), 20)
    assert state(pulled, ways["left"]) == "QUEUED" and dest.journal("event", case_id=ways["left"]) == []


@pytest.mark.parametrize("partner", ["hexi", "qingdao", "xuzhou", "jining"])
def test_every_city_of_the_example_works_a_case_in_its_own_dialect(gateways, tmp_path, partner):
    gateway = gateways.make(name=f"dialect-{partner}").start()
    region = yaml.safe_load((gateway.folder / "partners" / f"{partner}.yaml").read_text())["partners"][0]["regions"][0]
    with City(gateway, f"{partner}-platform", tmp_path, script=QUICK) as dest, gateway.client(CITY) as origin:
        answer = origin.message(submission(f"EMU-{partner}", origin=REGION, dest=region))
        assert answer.status_code == 202, answer.text
        case = answer.json()["case_id"]
        eventually(lambda: origin.case(case)["state"] == "CLOSED", 30, f"closed; {dest.notes()} {dest.journal()}")
        entries = origin.get(f"/v1/cases/{case}/timeline").json()["entries"]
        assert [each["event"] for each in entries] == ["CASE_SUBMITTED", "ROUTED", *EVENTS]
        spoken = {each["dialect"] for each in entries if each["event"] in EVENTS}
        assert spoken == {partner}, dest.notes()


# -- what cannot begin --------------------------------------------------------------------------------------------------


def refused(gateway, *changes, city=CITY, party=None):
    """Runs `tongban emulate` to its end."""
    party = gateway.authority.parties[party or CITY]
    options = {"--config": gateway.config, "--certificate": party.certificate, "--key": party.key, "--ca": gateway.authority.ca,
               "--gateway": f"https://localhost:{gateway.port}"}
    options.update(dict(zip(changes[::2], changes[1::2])))
    return run("emulate", city, *[word for pair in options.items() for word in pair])


def test_what_is_wrong_is_said_before_anything_starts(pulled, pushed, tmp_path):
    script = tmp_path / "wrong.yaml"
    script.write_text("cases:\n  - steps: [receive, close]\n  - stpes: []\n")
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    window = pulled.authority.parties["jining-window-1"]
    wrong = [
        (2, "known: changzhi-platform (140400)", refused(pulled, city="nowhere")),
        (2, f"{script}:2:22: cases[0].steps: close (CASE_CLOSED) 在状态 DEST_RECEIVED", refused(pulled, "--script", script)),
        (2, "did you mean steps?", refused(pulled, "--script", script)),
        (2, "no such file", refused(pulled, "--script", tmp_path / "none.yaml")),
        (2, "known: slow, 500", refused(pulled, "--misbehave", "slwo=10%")),
        (2, "--for: expected", refused(pulled, "--for", "soon")),
        (2, "no such file", refused(pulled, "--config", tmp_path / "none.yaml")),
        (3, "no answer from", refused(pulled, "--gateway", f"https://localhost:{free_port()}")),
        (1, "the gateway knows it as jining-platform", refused(pulled, party=ORIGIN)),
        (1, "is no window's of this city", refused(pulled, "--window-certificate", window.certificate, "--window-key",
                                                   window.key)),
        (1, "127.0.0.1", refused(pushed.gateway, "--listen", f"127.0.0.1:{port}", "--listen-certificate",
                                 pushed.server.certificate, "--listen-key", pushed.server.key)),
        (2, "--listen: expected host:port", refused(pushed.gateway, "--listen", "nonsense")),
        (1, "none/journal.jsonl", refused(pulled, "--journal", tmp_path / "none" / "journal.jsonl")),
    ]
    taken.close()
    for code, words, done in wrong:
        assert (done.returncode, words in done.stderr) == (code, True), (code, words, done.returncode, done.stdout, done.stderr)
        assert all(re.search("[\u4e00-\u9fff].* / .*[a-z]", line) for line in done.stderr.splitlines()), done.stderr


def test_certificate_of_a_stranger_is_refused(pulled, tmp_path):
    strangers = Authority(tmp_path / "pki", name="Strangers")
    stranger = strangers.issue("platform", "stranger", "--unit", REGION, "--uri", f"tongban://{REGION}/platform")
    done = refused(pulled, "--certificate", stranger.certificate, "--key", stranger.key)
    assert done.returncode == 1 and "no answer from" in done.stderr, done
    done = refused(pulled, "--ca", strangers.ca)
    assert done.returncode == 1 and "certificate" in done.stderr, done


def test_it_ends_by_itself_when_its_time_is_over(pulled):
    done = refused(pulled, "--for", "1s")
    assert done.returncode == 0 and "已停止 stopped" in done.stdout and "已启动 started" in done.stdout and "pull, seed 1" in done.stdout, done


def test_it_waits_for_a_gateway_that_is_about_to_start(gateways, tmp_path):
    gateway = gateways.make({"gateway": {"port": free_port()}}, name="late")
    gateway.port = gateway.settings["gateway"]["port"]
    city = City(gateway, CITY, tmp_path, "--wait", "30s", script=QUICK)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        starting = pool.submit(city.start)
        gateway.start()
        starting.result(40)
    city.stop()
