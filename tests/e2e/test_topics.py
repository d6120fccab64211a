"""Intake topics on a real Apache Kafka: what a platform publishes is taken like a message by HTTPS, what cannot be
taken is in the region's rejected topic with the reasons, and nothing blocks the partition."""

import json

import pytest
import yaml

from gateway import ROOT, eventually, run, submission

REGION = "370800"
INTAKE, REJECTED = f"tongban.intake.{REGION}.v1", f"tongban.intake-rejected.{REGION}.v1"
DELIVERIES = "tongban.deliveries.140400.v1"
CONTRACT = yaml.safe_load((ROOT / "schemas" / "asyncapi.yaml").read_text())


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    from cluster import Cluster
    with Cluster(tmp_path_factory.mktemp("topics-kafka")) as made:
        for topic in (INTAKE, REJECTED, DELIVERIES, "tongban.delivery-progress.v1"):
            made.create_topic(topic, 2)
        yield made


@pytest.fixture(scope="module")
def gateway(gateways, cluster):
    made = gateways.make({"ledger": {"kind": "kafka", "kafka": {
        "bootstrap": cluster.bootstrap, "topic": "tongban.case-events.v1", "partitions": 4, "create_topic": True,
        "replication_factor": 1, "min_insync_replicas": 1}}}, name="topics")
    file = made.folder / "partners" / "jining.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["intake_topic"] = True
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))
    file = made.folder / "partners" / "changzhi.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["delivery"] = {"transport": "kafka", "dialect": "changzhi"}
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))
    return made.start()


def publish(cluster, *messages):
    """(headers, key, value) each; one line of text."""
    lines = "".join(f"{headers}\t{key}\t{value}\n" for headers, key, value in messages)
    cluster.publish(INTAKE, lines, "parse.headers=true")


def rejected(cluster, count):
    text = cluster.admin("org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", REJECTED, "--from-beginning", "--max-messages",
                        str(count), "--timeout-ms", "20000", seconds=90)
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def canonical(number, **changes):
    return ("dialect:canonical,content-type:application/json", number,
            json.dumps(submission(number, origin=REGION, **changes), ensure_ascii=False))


def cases(gateway, number):
    with gateway.client("jining-platform") as client:
        return client.find(number)


def test_published_case_is_filed_once_and_the_rest_is_rejected_with_reasons(gateway, cluster):
    publish(cluster, canonical("TOPIC-1"), ("dialect:canonical,content-type:application/json", "TOPIC-2", "{ broken"),
            canonical("TOPIC-1"), canonical("TOPIC-3", name=""),
            ("dialect:qingdao,content-type:application/json", "TOPIC-4", "{}"),
            ("dialect:canonical,content-type:application/json", "TOPIC-5",
             json.dumps(submission("TOPIC-5", origin="140400", dest="370800"), ensure_ascii=False)),
            canonical("TOPIC-6"))
    eventually(lambda: cases(gateway, "TOPIC-6"), 60, "the last message is taken: nothing blocked it")
    eventually(lambda: cases(gateway, "TOPIC-1"), 60, "the other partition's too")
    eventually(lambda: gateway.metric("tongban_intake_topic_messages_total", outcome="taken") == 3, 60, "the repetition too")
    assert len(cases(gateway, "TOPIC-1")) == 1
    assert gateway.status()["cases"]["accepted"] == 2
    reasons = rejected(cluster, 4)
    by_status = {each["status"]: each for each in reasons}
    assert sorted(each["status"] for each in reasons) == [400, 403, 415, 422], reasons
    assert by_status[403]["answer"]["detail"] if "detail" in by_status[403]["answer"] else by_status[403]["answer"]
    contract = CONTRACT["components"]["messages"]["rejection"]["payload"]
    for each in reasons:
        assert set(each) == set(contract["properties"]) == set(contract["required"])
        assert each["topic"] == INTAKE and len(each["sha256"]) == 64 and each["published_at"]
        assert "测试" not in json.dumps(each, ensure_ascii=False)
    assert gateway.metric("tongban_intake_topic_messages_total", outcome="rejected") == 4
    assert eventually(lambda: gateway.metric("tongban_intake_topic_lag_messages", region=REGION) == 0, 30)


def test_after_a_restart_what_was_done_does_not_come_again_and_what_was_published_meanwhile_does(gateway, cluster):
    gateway.stop()
    publish(cluster, canonical("TOPIC-7"), canonical("TOPIC-1"))
    gateway.start()
    eventually(lambda: cases(gateway, "TOPIC-7"), 60)
    eventually(lambda: gateway.metric("tongban_intake_topic_messages_total", outcome="taken") == 2, 30)
    assert gateway.metric("tongban_intake_topic_messages_total", outcome="rejected") == 0
    assert len(cases(gateway, "TOPIC-1")) == 1


def test_each_event_is_once_in_the_regions_topic_and_acknowledged(gateway, cluster):
    eventually(lambda: gateway.metric("tongban_deliveries", region="140400", kind="acknowledged") == 3, 60)
    text = cluster.admin("org.apache.kafka.tools.consumer.ConsoleConsumer", "--topic", DELIVERIES, "--from-beginning",
                         "--isolation-level", "read_committed", "--timeout-ms", "8000", "--property",
                         "print.headers=true", "--property", "print.value=false", seconds=90)
    ids = [line for line in text.splitlines() if "-1-140400" in line]
    assert len(ids) == 3 and len(set(ids)) == 3, text
    contract = CONTRACT["components"]["messages"]["delivery"]["headers"]
    for line in ids:
        headers = {header.split(":", 1)[0] for header in line.split("\t")[0].split(",")}
        assert set(contract["required"]) <= headers <= set(contract["properties"]), line


def test_message_of_more_cases_than_the_ledger_takes_at_once_is_stored_whole(gateway, cluster):
    """What does not fit is not stored yet and not rejected: the message comes again until every case is durable, and only
    then what was wrong with it is told, once."""
    gateway.stop()
    gateway.settings["ledger"]["backlog_records_max"] = 2
    gateway.write_config()
    gateway.start()
    header = "dialect:canonical,content-type:application/json"
    events = [submission(f"MANY-{i}", origin=REGION) for i in range(20)]
    events.insert(7, submission("MANY-WRONG", origin=REGION, name=""))
    publish(cluster, (header, "MANY", json.dumps({"events": events}, ensure_ascii=False)))
    eventually(lambda: gateway.metric("tongban_intake_topic_messages_total", outcome="rejected") == 1, 60,
               "the message is dealt with")
    assert [i for i in range(20) if len(cases(gateway, f"MANY-{i}")) != 1] == []
    told = [each for each in rejected(cluster, 5) if each["status"] == 207]
    assert len(told) == 1
    outcomes = [receipt["outcome"].removeprefix("RECEIPT_OUTCOME_") for receipt in told[0]["answer"]["receipts"]]
    assert outcomes.count("REJECTED") == 1 and outcomes[7] == "REJECTED"
    assert set(outcomes) <= {"ACCEPTED", "DUPLICATE", "REJECTED"}, "each of the others is known to be stored"
    assert gateway.metric("tongban_intake_topic_retries_total") >= 1
    gateway.stop()
    del gateway.settings["ledger"]["backlog_records_max"]
    gateway.write_config()
    gateway.start()


def test_contract_names_the_topics_that_are_used():
    addresses = {channel["address"].replace("{region}", REGION) for channel in CONTRACT["channels"].values()}
    assert addresses == {"tongban.case-events.v1", INTAKE, REJECTED, DELIVERIES.replace("140400", REGION),
                         "tongban.delivery-progress.v1"}


def test_nothing_is_left_unexplained(gateway):
    assert gateway.metric("tongban_deliveries", region="140400", kind="pending") == 0
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_rights_of_a_region_are_printed_and_given(gateway, cluster):
    done = run("partner", "acl", REGION, "--config", gateway.config, "--json")
    assert done.returncode == 0, done.stderr
    rights = json.loads(done.stdout)["rights"]
    assert len(rights) == 5 and all(f"User:region-{REGION}" in each for each in rights)
    topics = {word for each in rights for word in each.split() if word.startswith("tongban.")}
    assert topics == {INTAKE, REJECTED}, "its own topics and no other"
    reader = run("partner", "acl", "140400", "--config", gateway.config)
    assert DELIVERIES in reader.stdout and "intake" not in reader.stdout
    nothing = run("partner", "acl", "120103", "--config", gateway.config)
    assert nothing.returncode == 0 and "无需权限" in nothing.stdout
    assert run("partner", "acl", "999999", "--config", gateway.config).returncode == 2
    refused = run("partner", "acl", REGION, "--config", gateway.config, "--apply")
    assert refused.returncode == 1 and refused.stderr, "these brokers have no authoriser: said, not swallowed"
    assert "java" not in refused.stderr and "org.apache" not in refused.stderr, refused.stderr
