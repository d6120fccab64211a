"""Regions' topics on a real Apache Kafka with mutual TLS and ACLs: the rights and topics of docs/kafka.md are enough, and
what is missing or taken away is said where an operator looks, and does not outlast its cause."""

import concurrent.futures
import json
import re
import shlex
import signal

import pytest
import yaml

from gateway import ROOT, eventually, free_port, run, submission

REGION, TARGET = "370800", "140400"
INTAKE, REJECTED = f"tongban.intake.{REGION}.v1", f"tongban.intake-rejected.{REGION}.v1"
CANONICAL = "dialect:canonical,content-type:application/json"
GUIDE = (ROOT / "docs" / "kafka.md").read_text()


def documented(command):
    """The arguments of each line of docs/kafka.md that begins with this shell function."""
    text = GUIDE.replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in text.splitlines() if line.startswith(command + " --")]


class Rights:
    """Who may do what, given and taken back with Kafka's own tool."""

    def __init__(self, cluster, principal):
        self.cluster, self.principal = cluster, principal

    def _run(self, verb, arguments):
        self.cluster.admin("kafka.admin.AclCommand", *verb, "--allow-principal", self.principal, *arguments)

    def give(self, arguments):
        self._run(["--add"], arguments)

    def take(self, arguments):
        self._run(["--remove", "--force"], arguments)


def rights_on(name):
    """The one documented right whose resource is `name`."""
    found = [each for each in documented("acl") if name in each]
    assert len(found) == 1, found
    return found[0]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory, authority):
    from cluster import Cluster, Tls
    broker = authority.issue("broker", "topics-broker", "--dns", "localhost", "--ip", "127.0.0.1")
    with Cluster(tmp_path_factory.mktemp("rights-kafka"),
                 tls=Tls(authority.ca, broker.certificate, broker.key, (f"User:{broker.name}",))) as made:
        made.create_topic("tongban.case-events.v1", 4, message_timestamp_type="LogAppendTime", retention_ms=-1,
                          retention_bytes=-1, max_message_bytes=4259840)
        for arguments in documented("topic"):
            made.admin("org.apache.kafka.tools.TopicCommand", "--create", "--replication-factor", "1", "--config",
                       "min.insync.replicas=1", *arguments)
        yield made


@pytest.fixture(scope="module")
def rights(cluster, authority):
    client = authority.issue("platform", "topics-gateway", "--region", "100000")
    made = Rights(cluster, f"User:{client.name}")
    for arguments in documented("acl"):
        made.give(arguments)
    return made


def partner(gateway, city, **changes):
    file = gateway.folder / "partners" / f"{city}.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0].update(changes)
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))


@pytest.fixture(scope="module")
def gateway(gateways, cluster, rights, authority):
    client = authority.parties["topics-gateway"]
    made = gateways.make({"ledger": {"kind": "kafka", "kafka": {
        "bootstrap": cluster.bootstrap, "topic": "tongban.case-events.v1", "partitions": 4, "create_topic": False,
        "replication_factor": 1, "min_insync_replicas": 1,
        "tls": {"ca": str(authority.ca), "certificate": client.certificate, "key": client.key}}}}, name="topic-rights")
    partner(made, "jining", intake_topic=True)
    partner(made, "changzhi", delivery={"transport": "kafka", "dialect": "changzhi"})
    return made.start()


def publish(cluster, *messages):
    cluster.publish(INTAKE, "".join(f"{CANONICAL}\t{key}\t{value}\n" for key, value in messages), "parse.headers=true")


def canonical(number):
    return number, json.dumps(submission(number, origin=REGION), ensure_ascii=False)


def stored(gateway, number):
    with gateway.client("jining-platform") as client:
        return client.find(number)


def topics(gateway):
    return gateway.status()["topics"]


def test_documented_rights_and_topics_suffice(gateway, cluster):
    publish(cluster, canonical("RIGHT-1"), ("RIGHT-2", "{ broken"))
    eventually(lambda: stored(gateway, "RIGHT-1"), 60)
    eventually(lambda: gateway.metric("tongban_intake_topic_messages_total", outcome="rejected") == 1, 30)
    eventually(lambda: gateway.metric("tongban_deliveries", region=TARGET, kind="acknowledged") == 1, 60)
    eventually(lambda: topics(gateway)["intake"]["ready"] and topics(gateway)["deliveries"]["ready"], 30)
    assert gateway.metric("tongban_topics_faulty") == 0 and gateway.metric("tongban_intake_topics_ready") == 1
    assert [line for line in gateway.log() if line["event"] in ("topic_not_fit", "intake_topics_not_read")] == []


@pytest.mark.parametrize("kept", [(), ("Describe",)], ids=["nothing left", "describe left"])
def test_intake_that_cannot_be_read_is_said_and_goes_on_when_it_can(gateway, cluster, rights, kept, number):
    right = rights_on("tongban.intake.")
    begun = gateway.log_file.stat().st_size
    rights.take(right)
    where = right[:right.index("--operation")]
    for operation in kept:
        rights.give([*where, "--operation", operation])
    publish(cluster, canonical(number))
    eventually(lambda: not topics(gateway)["intake"]["ready"], 60, "/status says that the topic is not read")
    told = topics(gateway)["intake"]
    assert INTAKE in told["reason"] and "AUTHORIZATION" in told["reason"].upper() and "主题" in told["reason_zh"]
    assert INTAKE in gateway.operations("/readyz").json()["checks"]["intake_topics"]
    assert gateway.ready(), "HTTPS goes on"
    assert gateway.metric("tongban_intake_topics_ready") == 0
    assert not any(line.startswith("tongban_intake_topic_lag_messages{") for line in gateway.metrics_text().splitlines())
    eventually(lambda: [line for line in gateway.log(begun) if line["event"] == "intake_topics_not_read"], 30)
    for operation in kept:
        rights.take([*where, "--operation", operation])
    rights.give(right)
    eventually(lambda: stored(gateway, number), 60, "what waited is taken")
    eventually(lambda: topics(gateway)["intake"]["ready"], 60)
    lines = [line for line in gateway.log(begun) if line["event"] == "intake_topics_not_read"]
    assert 1 <= len(lines) <= 4, "once per change and not once per try"


def test_message_that_cannot_be_rejected_is_said_and_waits(gateway, cluster, rights, number):
    begun = gateway.log_file.stat().st_size
    before = gateway.metric("tongban_intake_topic_messages_total", outcome="rejected")
    right = rights_on("tongban.intake-rejected.")
    rights.take(right)
    publish(cluster, (number, "{ broken"))
    eventually(lambda: not topics(gateway)["intake"]["ready"], 60)
    assert REJECTED in topics(gateway)["intake"]["reason"]
    lines = eventually(lambda: [line for line in gateway.log(begun) if line["event"] == "intake_topics_not_read"], 30)
    assert REJECTED in lines[-1]["reason"] and "主题" in lines[-1]["reason_zh"]
    rights.give(right)
    eventually(lambda: gateway.metric("tongban_intake_topic_messages_total", outcome="rejected") == before + 1, 60)
    eventually(lambda: topics(gateway)["intake"]["ready"], 60)


def test_what_is_under_way_ends_whatever_topics_are_read_after_a_reload(gateway, cluster, rights, number):
    """A message that waits is given again by the source that reads another set of topics, and let go where its topic is not
    read any more; who reads it next is given it. Either way what stands behind it, also of its key, goes on."""
    def reload():
        begun = gateway.metric("tongban_reloads_total", part="partners", result="taken")
        gateway.process.send_signal(signal.SIGHUP)
        eventually(lambda: gateway.metric("tongban_reloads_total", part="partners", result="taken") == begun + 1, 20)

    right = rights_on("tongban.intake-rejected.")
    rights.take(right)
    stays = (number, "{ broken"), (number, canonical(number)[1])
    publish(cluster, *stays)
    eventually(lambda: gateway.metric("tongban_intake_topic_under_way") == 2, 60)
    cluster.create_topic("tongban.intake.120103.v1", 2)
    partner(gateway, "hexi", intake_topic=True)
    reload()
    eventually(lambda: gateway.metric("tongban_intake_topic_under_way") == 4, 60, "both are given again")
    rights.give(right)
    eventually(lambda: stored(gateway, number), 60)
    eventually(lambda: gateway.metric("tongban_intake_topic_under_way") == 0, 60)
    publish(cluster, (number, canonical(number + "-1")[1]))
    eventually(lambda: stored(gateway, number + "-1"), 60, "the key is free")
    eventually(lambda: gateway.metric("tongban_intake_topic_lag_messages", region=REGION) == 0, 60, "the position goes on")

    rights.take(right)
    publish(cluster, (number, "{ broken"), (number, canonical(number + "-2")[1]))
    eventually(lambda: gateway.metric("tongban_intake_topic_under_way") == 2, 60)
    partner(gateway, "jining", intake_topic=False)
    reload()
    eventually(lambda: gateway.metric("tongban_intake_topic_under_way") == 0, 60, "nobody waits for them here")
    rights.give(right)
    partner(gateway, "jining", intake_topic=True)
    partner(gateway, "hexi", intake_topic=False)
    reload()
    eventually(lambda: stored(gateway, number + "-2"), 60)
    eventually(lambda: topics(gateway)["intake"]["ready"], 60)


def test_topics_that_are_not_there_are_named_and_found_when_they_are_made(gateway, cluster):
    """The gateway may not create: it says so and goes on as soon as somebody else has."""
    partner(gateway, "changzhi", intake_topic=True)
    gateway.stop()
    gateway.start()
    missing = "tongban.intake.140400.v1"
    eventually(lambda: missing in topics(gateway)["deliveries"]["reason"] and missing in topics(gateway)["intake"]["reason"],
               60, "both say which")
    assert gateway.metric("tongban_topics_faulty") >= 2, "the topic and its rejected one"
    for arguments in documented("topic"):
        if re.search(r"intake(-rejected)?\.370800", " ".join(arguments)):
            cluster.admin("org.apache.kafka.tools.TopicCommand", "--create", "--replication-factor", "1", "--config",
                          "min.insync.replicas=1", *[word.replace(REGION, "140400") for word in arguments])
    eventually(lambda: topics(gateway)["intake"]["ready"] and topics(gateway)["deliveries"]["ready"], 60)
    eventually(lambda: gateway.metric("tongban_topics_faulty") == 0, 60)


def test_gateway_ends_after_its_rights_were_gone_for_a_while(gateway, cluster, rights, number):
    right = rights_on("tongban.intake.")
    rights.take(right)
    publish(cluster, canonical(number))
    eventually(lambda: not topics(gateway)["intake"]["ready"], 60)
    rights.give(right)
    eventually(lambda: stored(gateway, number), 60)
    gateway.stop(seconds=15)
    gateway.start()


def test_region_whose_topic_is_missing_holds_up_nobody(gateway, cluster, number):
    """The check knew of it: the other region's deliveries do not wait for a transaction's whole time."""
    partner(gateway, "hexi", delivery={"transport": "kafka"})
    gateway.stop()
    gateway.start()
    eventually(lambda: "tongban.deliveries.120103.v1" in topics(gateway)["deliveries"]["reason"], 60)
    before = gateway.metric("tongban_deliveries", region=TARGET, kind="acknowledged")
    with gateway.client("jining-platform") as client:
        for i in range(8):
            for place in ("120103", TARGET):
                answer = client.message(submission(f"{number}{place}{i}", origin=REGION, dest=place))
                assert answer.status_code == 202, answer.text
    eventually(lambda: gateway.metric("tongban_deliveries", region=TARGET, kind="acknowledged") == before + 8, 60)
    assert gateway.metric("tongban_topic_transactions_total", outcome="aborted") == 0, "none waited for the missing topic"
    assert gateway.metric("tongban_deliveries", region="120103", kind="acknowledged") == 0
    eventually(lambda: gateway.metric("tongban_topic_failures_total", region="120103", code="topic_missing") > 0, 30)


def test_what_a_principal_holds_beside_is_printed_and_taken_away_when_asked(gateway, cluster, authority):
    """With an administrator's connection."""
    admin = dict(gateway.settings)
    admin["ledger"] = json.loads(json.dumps(gateway.settings["ledger"]))
    broker = authority.parties["topics-broker"]
    admin["ledger"]["kafka"]["tls"].update(certificate=broker.certificate, key=broker.key)
    config = gateway.folder / "admin.yaml"
    config.write_text(yaml.safe_dump(admin, allow_unicode=True))
    old = Rights(cluster, f"User:region-{REGION}")
    old.give(["--topic", f"tongban.deliveries.{REGION}.v1", "--operation", "Read"])
    given = run("partner", "acl", REGION, "--config", config, "--apply")
    assert given.returncode == 0, given.stderr
    assert "--remove" in given.stdout and f"tongban.deliveries.{REGION}.v1" in given.stdout
    pruned = run("partner", "acl", REGION, "--config", config, "--apply", "--prune", "--json")
    assert pruned.returncode == 0, pruned.stderr
    assert json.loads(pruned.stdout)["taken_away"] == 1
    again = json.loads(run("partner", "acl", REGION, "--config", config, "--apply", "--json").stdout)
    assert again["surplus"] == [] and again["applied"] == 5
    assert run("partner", "acl", REGION, "--config", config, "--prune").returncode == 2
    nobodys = "330100"
    left = Rights(cluster, f"User:region-{nobodys}")
    left.give(["--topic", f"tongban.deliveries.{nobodys}.v1", "--operation", "Read"])
    refused = run("partner", "acl", nobodys, "--config", config, "--apply")
    assert refused.returncode == 2 and "no partner acts for region" in refused.stderr and "--prune" in refused.stderr
    pruned = run("partner", "acl", nobodys, "--config", config, "--apply", "--prune", "--json")
    assert pruned.returncode == 0 and json.loads(pruned.stdout)["taken_away"] == 1, pruned.stdout + pruned.stderr


def test_brokers_that_do_not_answer_are_no_refusal(gateway):
    away = json.loads(json.dumps(gateway.settings))
    away["ledger"]["kafka"]["bootstrap"] = f"127.0.0.1:{free_port()}"
    config = gateway.folder / "away.yaml"
    config.write_text(yaml.safe_dump(away, allow_unicode=True))
    with concurrent.futures.ThreadPoolExecutor() as pool:  # each waits for the brokers
        given = pool.submit(run, "partner", "acl", REGION, "--config", config, "--apply")
        pruned = pool.submit(run, "partner", "acl", "330100", "--config", config, "--apply", "--prune")
    assert given.result().returncode == 3 and "do not answer" in given.result().stderr
    assert pruned.result().returncode == 3, "what it holds is not known"
