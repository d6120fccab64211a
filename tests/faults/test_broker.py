"""Brokers that hang, die, refuse or lack the topic: 503 with Retry-After in time, readiness says why, memory stays flat,
service comes back without a restart, and a message of unknown outcome that is sent again is stored once."""

import time
import uuid

import pytest

import cities
from gateway import eventually, megabytes, run, submission
from load import Ledger, Load, check_every_answer, send_unknown_again

REQUEST_SECONDS = 3
SETTINGS = {"gateway": {"request_timeout": f"{REQUEST_SECONDS}s"}, "view": {"flush_interval": "1s"}}


def start(gateways, kafka, name, ready=True, **ledger):
    settings = kafka.settings(**ledger)
    settings.update(SETTINGS)
    return gateways.start(settings, name=name, ready=ready)


def outage(gateway, begin, end, answers_wanted=60):
    """Load before, during and after: what was told in each part is checked."""
    pid = gateway.process.pid
    ledger = Ledger()
    ended = []

    def end_once():
        if not ended:
            ended.append(True)
            end()

    try:
        reason = under_load(gateway, ledger, begin, end_once, answers_wanted)
    finally:
        end_once()  # the cluster is shared with the next test
    assert gateway.process.pid == pid and gateway.process.poll() is None
    assert {status for status, _ in ledger.refused} <= {503}, set(ledger.refused)
    assert max(ledger.seconds) < REQUEST_SECONDS + 1
    assert ledger.unknown, "some were filed during the outage"
    send_unknown_again(gateway, ledger)
    check_every_answer(gateway, ledger)
    return reason


def under_load(gateway, ledger, begin, end, answers_wanted):
    with Load(gateway, ledger, f"O{uuid.uuid4().hex[:8]}", pace=0.05) as load:
        eventually(lambda: load.answers > 50, 30, "cases are filed before the outage")
        resident = gateway.resident_bytes()
        begin()
        reason = eventually(gateway.unready_reason, 30, "/readyz notices")
        before = len(ledger.refused)
        begun = time.monotonic()
        eventually(lambda: len(ledger.refused) - before >= answers_wanted, 60, "requests are answered during the outage")
        pace = (time.monotonic() - begun) / answers_wanted
        assert pace < REQUEST_SECONDS, "no request waits longer than its deadline"
        grown = gateway.resident_bytes() - resident
        assert grown < megabytes(64), f"{grown / 1e6:.0f} MB more during the outage"
        one_is_told_to_come_back(gateway)
        end()
        eventually(gateway.ready, 60, "ready again without a restart")
        after = load.answers
        eventually(lambda: load.answers > after + 50, 30, "cases are filed again")
    return reason


def one_is_told_to_come_back(gateway):
    """In each city's way, within the deadline."""
    number = f"C{uuid.uuid4().hex[:16]}"
    with gateway.client("jining-platform") as client:
        begun = time.monotonic()
        answer = client.message(submission(number))
        took = time.monotonic() - begun
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0, answer.text
    assert took < REQUEST_SECONDS + 1, f"{took:.1f} s"
    problem = answer.json()
    assert problem["type"].rsplit(":", 1)[1] in ("outcome-unknown", "ledger-unavailable", "ledger-refuses")
    assert problem["title"] and problem["title_zh"]
    party, body, kind = cities.sample("HEXI-01")
    with gateway.client(party) as client:
        answer = client.post("/v1/messages", body.replace(b"120103000000202410180077", number.encode()), kind)
    reply = cities.read(party, answer)
    assert reply.code == cities.LATER["hexi"] and int(answer.headers["Retry-After"]) > 0, reply
    with gateway.client("jining-platform") as client:
        assert client.get("/v1/whoami").status_code == 200, "what needs no ledger is served"


def test_broker_that_hangs(gateways, kafka):
    gateway = start(gateways, kafka, "hangs")
    reason = outage(gateway, lambda: kafka.cluster.pause(0), lambda: kafka.cluster.resume(0))
    assert "log:" in reason


def test_gateway_that_starts_before_its_broker(gateways, kafka):
    settings = kafka.settings()
    settings.update(SETTINGS)
    kafka.cluster.pause(0)
    try:
        gateway = gateways.start(settings, name="early", ready=False)
        assert "log:" in eventually(gateway.unready_reason, 30)
        one_is_told_to_come_back(gateway)
    finally:
        kafka.cluster.resume(0)
    eventually(gateway.ready, 60, "ready when the broker answers")
    with gateway.client("jining-platform") as client:
        assert client.message(submission(uuid.uuid4().hex)).status_code == 202


def test_topic_that_is_missing_and_then_made(gateways, kafka):
    topic = f"{kafka.prefix}late-{uuid.uuid4().hex[:8]}"
    gateway = start(gateways, kafka, "no-topic", ready=False, topic=topic, create_topic=False)
    reason = eventually(gateway.unready_reason, 30)
    assert topic in reason or "topic" in reason, reason
    one_is_told_to_come_back(gateway)
    kafka.create_topic(topic)
    eventually(gateway.ready, 60, "ready when the topic is there")
    with gateway.client("jining-platform") as client:
        assert client.message(submission(uuid.uuid4().hex)).status_code == 202


def test_topic_with_another_number_of_partitions_is_refused_at_start(gateways, kafka):
    topic = f"{kafka.prefix}seven-{uuid.uuid4().hex[:8]}"
    kafka.create_topic(topic, 7)
    gateway = gateways.make(kafka.settings(topic=topic), name="seven")
    done = run("serve", "--config", gateway.config)
    assert done.returncode == 1 and "7" in done.stderr and "partition" in done.stderr, done.stderr


def test_rights_that_are_missing_and_then_given(gateways, kafka):
    topic = f"tongban.denied.{uuid.uuid4().hex[:8]}"
    kafka.create_topic(topic)
    gateway = start(gateways, kafka, "denied", ready=False, topic=topic, create_topic=False)
    assert "log:" in eventually(gateway.unready_reason, 30)
    one_is_told_to_come_back(gateway)
    kafka.allow(topic)
    eventually(gateway.ready, 60, "ready when the rights are there")
    with gateway.client("jining-platform") as client:
        assert client.message(submission(uuid.uuid4().hex)).status_code == 202


def test_right_to_write_that_is_taken_away(gateways, kafka):
    topic = f"{kafka.prefix}taken-{uuid.uuid4().hex[:8]}"
    gateway = start(gateways, kafka, "taken", topic=topic)

    def rule(*what):
        kafka.cluster.admin("kafka.admin.AclCommand", *what, "User:" + kafka.client.name, "--operation", "Write",
                            "--topic", topic)

    reason = outage(gateway, lambda: rule("--add", "--deny-principal"), lambda: rule("--remove", "--force", "--deny-principal"))
    assert "right" in reason or "AUTHORI" in reason.upper(), reason


@pytest.mark.parametrize("rounds", [6])
def test_gateway_killed_on_kafka_under_load(gateways, kafka, rounds):
    """kill -9 of a gateway whose truth is elsewhere."""
    settings = kafka.settings()
    settings.update(SETTINGS)
    gateway = gateways.make(settings, name="killed")
    ledger = Ledger()
    for i in range(rounds):
        gateway.start()
        with Load(gateway, ledger, f"G{i}") as load:
            eventually(lambda load=load, i=i: load.answers > 20 + 13 * i, 30, "answers")
            gateway.kill()
    gateway.start()
    send_unknown_again(gateway, ledger)
    check_every_answer(gateway, ledger)
    gateway.stop()
    done = run("ledger", "check", "--config", gateway.config)
    assert done.returncode == 0, done.stdout + done.stderr


def test_broker_that_dies_and_comes_back(gateways, kafka):
    gateway = start(gateways, kafka, "dies")

    def restart():
        kafka.cluster.start_node(0, wait=False)

    reason = outage(gateway, lambda: kafka.cluster.kill(0), restart)
    assert "log:" in reason
