"""Pull: a platform is handed what is due to it, in order, hidden from others, and acknowledges each."""

import base64
import concurrent.futures
import json
import time

import pytest
import yaml

from gateway import eventually, now, run, submission

ORIGIN, DEST = "jining-platform", "changzhi-platform"
ORIGIN_REGION, DEST_REGION = "370800", "140400"


def without_receiver(gateway, name):
    """Nobody takes what is due to the city's region."""
    file = gateway.folder / "partners" / f"{name}.yaml"
    partners = yaml.safe_load(file.read_text())
    del partners["partners"][0]["delivery"]
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))


def deliver_by_pull(gateway, *names):
    for name in names:
        file = gateway.folder / "partners" / f"{name}.yaml"
        partners = yaml.safe_load(file.read_text())
        partners["partners"][0]["delivery"] = {"transport": "pull", "dialect": "canonical"}
        file.write_text(yaml.safe_dump(partners, allow_unicode=True))


@pytest.fixture(scope="module")
def gateway(gateways):
    made = gateways.make({"deliveries": {"attempts_max": 3}}, name="pull")
    deliver_by_pull(made, "jining", "changzhi")
    without_receiver(made, "qingdao")
    return made.start()


@pytest.fixture
def origin(gateway):
    with gateway.client(ORIGIN) as client:
        yield client


@pytest.fixture
def dest(gateway):
    with gateway.client(DEST) as client:
        drain(client)
        yield client


def pull(client, **query):
    answer = client.get("/v1/deliveries", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["deliveries"]


def ack(client, *acks):
    return client.post("/v1/deliveries/ack", {"acks": [{"id": each} if isinstance(each, str) else each for each in acks]})


def drain(client):
    while handed := pull(client, limit=200):
        assert ack(client, *[each["id"] for each in handed]).status_code == 200


def file_case(origin, number):
    answer = origin.message(submission(number, origin=ORIGIN_REGION, dest=DEST_REGION))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def test_filing_is_delivered_whole_and_acknowledged_once(origin, dest, number):
    case = file_case(origin, number)
    (handed,) = pull(dest)
    assert handed["case_id"] == case and handed["event"] == "CASE_SUBMITTED" and handed["attempt"] == 1
    assert handed["id"] == f"{case}-1-{DEST_REGION}"
    message = handed["message"]
    assert message["case"]["source_case_no"] == number and message["dossier"]["applicant"]["name"] == "测试甲"
    assert pull(dest) == [], "hidden from a second poller"
    first = ack(dest, handed["id"])
    again = ack(dest, handed["id"])
    assert first.status_code == again.status_code == 200 and first.json() == again.json()
    assert first.json()["results"][0]["result"] == "acknowledged"
    assert pull(dest) == []
    for side in (origin, dest):
        (shown,) = side.get(f"/v1/cases/{case}/timeline").json()["deliveries"]
        assert shown["event"] == "CASE_SUBMITTED" and shown["region"] == DEST_REGION
        assert shown["status"] == "acknowledged" and shown["attempts"] == 1 and shown["settled_at"]
        assert [(line["kind"], line["party"]) for line in shown["history"]] == [("handed_out", DEST), ("acknowledged", DEST)]
    assert "outbox" not in dest.case(case)["case"]


def test_events_of_a_case_come_in_their_order_one_at_a_time(origin, dest, number):
    drain(origin)
    case = file_case(origin, number)
    drain(dest)
    for name in ("dest_received", "case_accepted", "review_started"):
        assert dest.event(case, name).status_code == 202
    seen = []
    while handed := [each for each in pull(origin) if each["case_id"] == case]:
        assert len(handed) == 1
        seen.append(handed[0]["event"])
        assert ack(origin, handed[0]["id"]).status_code == 200
    assert seen == ["DEST_RECEIVED", "CASE_ACCEPTED", "REVIEW_STARTED"]


def test_two_pollers_never_get_the_same(gateway, origin, dest):
    cases = {file_case(origin, f"TWO-{time.time_ns()}-{n}") for n in range(20)}

    def poll(_):
        with gateway.client(DEST) as client:
            return [each["id"] for each in pull(client, limit=200)]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        handed = [each for ids in pool.map(poll, range(8)) for each in ids]
    assert len(handed) == len(set(handed)) == len(cases)
    assert ack(dest, *handed).status_code == 200


def test_an_answer_has_a_bound_in_bytes_and_hides_nothing_that_it_leaves_out(gateways):
    gateway = gateways.make({"deliveries": {"pull_bytes_max": "64KiB"}}, name="pull-bytes")
    deliver_by_pull(gateway, "jining", "changzhi")
    gateway.start()
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        def filed(number, files):
            inline = [{"name": f"{n}.pdf", "content": base64.b64encode(b"%PDF-1.4\n" + bytes(40_000)).decode()} for n in range(files)]
            answer = origin.message(submission(number, origin=ORIGIN_REGION, dest=DEST_REGION,
                                               dossier={"materials": [{"name": "证明", "files": inline}]} if files else {}))
            assert answer.status_code == 202, answer.text
            return answer.json()["case_id"]

        waiting = {filed("BYTES-1", 1), filed("BYTES-2", 1), filed("BYTES-3", 3)}
        answers = []
        while handed := pull(dest, limit=200):
            answers.append([each["case_id"] for each in handed])
            assert all(each["attempt"] == 1 for each in handed)
        assert all(len(each) == 1 for each in answers), "also the one that is longer than the bound"
        assert {case for each in answers for case in each} == waiting
        assert gateway.metric("tongban_pull_answers_cut_total") == 2
        small = {filed(f"BYTES-S{n}", 0) for n in range(5)}
        assert {each["case_id"] for each in pull(dest)} == small
        assert gateway.metric("tongban_pull_answers_cut_total") == 2


def test_what_is_not_acknowledged_comes_again_and_ends_as_a_dead_letter(gateway, origin, dest, number):
    case = file_case(origin, number)
    for attempt in (1, 2, 3):
        (handed,) = eventually(lambda: pull(dest, visibility=1, wait=5), 20, f"attempt {attempt}")
        assert handed["case_id"] == case and handed["attempt"] == attempt
    assert eventually(lambda: pull(dest, wait=1) == [] and gateway.metric("tongban_deliveries", region=DEST_REGION,
                                                                        kind="dead_lettered") == 1, 20)
    late = ack(dest, handed["id"])
    assert late.status_code == 200, "it had arrived after all"
    assert gateway.metric("tongban_deliveries", region=DEST_REGION, kind="dead_lettered") == 0
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_refusal_puts_off_and_needs_its_reason(origin, dest, number):
    file_case(origin, number)
    (handed,) = pull(dest)
    nameless = ack(dest, {"id": handed["id"], "taken": False})
    assert nameless.status_code == 422 and "reason_code" in nameless.text
    for text in ("张三材料不全", "110101199003070011 is missing", "a/b", "", "x" * 65):
        named = ack(dest, {"id": handed["id"], "taken": False, "reason_code": text})
        assert named.status_code == 422 and "A-Z a-z 0-9 . _ : -" in named.text, "a text may name a person"
    refused = ack(dest, {"id": handed["id"], "taken": False, "reason_code": "E42", "retry_after_seconds": 1})
    assert refused.status_code == 200 and refused.json()["results"][0]["result"] == "put_off"
    (again,) = eventually(lambda: pull(dest, wait=5), 20)
    assert again["id"] == handed["id"] and again["attempt"] == 2
    assert ack(dest, again["id"]).status_code == 200


def test_wrong_acknowledgements_do_not_spoil_the_others(gateway, origin, dest, number):
    case = file_case(origin, number)
    (handed,) = pull(dest)
    answer = ack(dest, f"{case}-9-{DEST_REGION}", f"{case}-1-{ORIGIN_REGION}", "nonsense", handed["id"])
    assert answer.status_code == 207, answer.text
    assert [each["status"] for each in answer.json()["results"]] == [404, 403, 422, 200]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"acks": []}', b'{"acks": {}}', b'{"acks": [1], "more": 1}',
                                  b'{"acks": [{"id": "x", "taken": false, "taken": true}]}'])
def test_body_that_is_no_acknowledgement(dest, body):
    answer = dest.post("/v1/deliveries/ack", body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_head_request_hands_nothing_out(origin, dest, number):
    case = file_case(origin, number)
    head = dest.request("HEAD", "/v1/deliveries")
    assert head.status_code == 405 and head.headers["Allow"] == "GET, OPTIONS"
    assert case in [each["case_id"] for each in pull(dest)]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": "x"}, {"wait": 99999}, {"visibility": 0}, {"format": "pdf"},
                                   {"colour": "red"}])
def test_query_that_is_not_valid_is_named(dest, query):
    answer = dest.get("/v1/deliveries", params=query)
    assert answer.status_code == 422 and next(iter(query)) in answer.json()["detail"], answer.text


def test_only_a_platform_that_pulls_may_ask(gateway):
    with gateway.client("changzhi-window-1") as window, gateway.client("qingdao-platform") as other:
        assert window.get("/v1/deliveries").status_code == 403
        answer = other.get("/v1/deliveries")
        assert answer.status_code == 403 and "partner" in answer.json()["detail"]
        foreign = gateway.client(DEST).get("/v1/deliveries", params={"region": ORIGIN_REGION})
        assert foreign.status_code == 403


def test_region_that_nobody_takes_deliveries_for_is_warned_of(gateway):
    checked = run("config", "check", "--config", gateway.config, "--json")
    assert checked.returncode == 0, checked.stdout
    (warning,) = json.loads(checked.stdout)["warnings"]
    assert "370200" in warning and "待送达" in warning


def test_poll_waits_until_something_is_due(gateway, origin, dest, number):
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pull, dest, wait=20)
        case = file_case(origin, number)
        (handed,) = waiting.result(30)
    assert handed["case_id"] == case
    ack(dest, handed["id"])


def test_poll_whose_client_has_left_is_handed_nothing(gateway, origin, dest, number):
    def waiting():
        return gateway.metric("tongban_ledger_waiting", what="inbox")

    before = waiting()
    with gateway.tls_socket(DEST) as left:
        left.sendall(b"GET /v1/deliveries?wait=25 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        eventually(lambda: waiting() == before + 1, 10, "the poll waits")
    case = file_case(origin, number)
    (handed,) = eventually(lambda: pull(dest), 10, "handed to who is still there, long before it would be visible again")
    assert handed["case_id"] == case and handed["attempt"] == 1
    ack(dest, handed["id"])


def test_poll_of_several_regions_wakes_for_each(gateways, number):
    gateway = gateways.make(name="regions")
    file = gateway.folder / "partners" / "changzhi.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["regions"] = [DEST_REGION, "140402"]
    partners["partners"][0]["delivery"] = {"transport": "pull", "dialect": "canonical"}
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))
    gateway.start()
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest, \
            concurrent.futures.ThreadPoolExecutor(1) as pool:
        begun = time.monotonic()
        waiting = pool.submit(pull, dest, wait=25)
        answer = origin.message(submission(number, origin=ORIGIN_REGION, dest="140402"))
        assert answer.status_code == 202, answer.text
        (handed,) = waiting.result(40)
    assert handed["region"] == "140402" and time.monotonic() - begun < 20, "woken, not timed out"


def test_delivered_in_the_platforms_own_dialect(gateways, number):
    gateway = gateways.make(name="dialect")
    file = gateway.folder / "partners" / "changzhi.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["delivery"] = {"transport": "pull"}
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))
    gateway.start()
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        file_case(origin, number)
        (handed,) = pull(dest)
        assert handed["dialect"] == "changzhi"
        assert number in base64.b64decode(handed["body_base64"]).decode("gb18030")
        assert "lost" not in handed and "not_in_dialect" not in handed, "that format says all of a filing"
        (canonical,) = eventually(lambda: ack(dest, {"id": handed["id"], "taken": False, "reason_code": "x",
                                                     "retry_after_seconds": 0}) and pull(dest, format="canonical"))
        assert canonical["message"]["case"]["source_case_no"] == number


def test_pending_survives_a_restart_and_a_rebuilt_view(gateways, number):
    import shutil
    gateway = gateways.make(name="restarted")
    deliver_by_pull(gateway, "jining", "changzhi")
    gateway.start()
    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        file_case(origin, number)
        (handed,) = pull(dest, visibility=1)
    gateway.kill()
    shutil.rmtree(gateway.folder / "data" / "view")
    gateway.start()
    with gateway.client(DEST) as dest:
        (again,) = eventually(lambda: pull(dest, wait=5), 20)
        assert again["id"] == handed["id"] and again["attempt"] == 2
        assert ack(dest, again["id"]).status_code == 200
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_end_of_a_lease_is_an_event_of_the_case(gateway, origin, dest, number):
    case = file_case(origin, number)
    with gateway.client("changzhi-window-1") as window:
        assert window.claim(case, lease_seconds=1).status_code == 200
        assert now()

        def expired():
            entries = window.get(f"/v1/cases/{case}/timeline").json()["entries"]
            return [each["event"] for each in entries].count("LEASE_EXPIRED")

        assert eventually(expired, 20) == 1
        assert "lease" not in window.case(case)["case"]
