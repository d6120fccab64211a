"""Fixtures that the end-to-end and fault tests share: certificates, a ledger of the kind asked for, gateways that are
always stopped. TONGBAN_E2E_LEDGER=kafka runs the same tests on a real Apache Kafka with mutual TLS and ACLs."""

import os
import pathlib
import shutil
import uuid

import pytest

from gateway import Authority, Gateway, merge
from personal import personal_values_in


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """One authority, the gateway's certificate and one for each party of the story."""
    return Authority(tmp_path_factory.mktemp("authority") / "pki").issue_story()


class KafkaLedger:
    """A Kafka cluster that takes mutual TLS only; gateways have rights on topics that begin with `prefix`."""

    prefix = "tongban.case-events."

    def __init__(self, folder, authority, nodes=1, settings=None):
        from cluster import Cluster, Tls
        broker = authority.issue("broker", f"broker-{uuid.uuid4().hex[:6]}", "--dns", "localhost", "--ip", "127.0.0.1")
        self.client = authority.issue("platform", f"ledger-client-{uuid.uuid4().hex[:6]}", "--region", "100000")
        self.cluster = Cluster(folder, nodes=nodes, settings=settings,
                               tls=Tls(authority.ca, broker.certificate, broker.key, (f"User:{broker.name}",)))
        self.authority = authority
        self.nodes = nodes
        self.cluster.start()
        self.allow(self.prefix, "--resource-pattern-type", "prefixed")

    def allow(self, topic, *pattern):
        self.cluster.allow(f"User:{self.client.name}", ("Read", "Write", "Create", "Describe", "DescribeConfigs"),
                           ("--topic", topic, *pattern))
        # Replicas share out their work in a consumer group named after the topic.
        self.cluster.allow(f"User:{self.client.name}", ("Read", "Describe"),
                           ("--group", f"tongban-owners.{topic}", *pattern))

    def create_topic(self, topic, partitions=4):
        """As the gateway asks it to be (docs/kafka.md)."""
        self.cluster.create_topic(topic, partitions, message_timestamp_type="LogAppendTime", cleanup_policy="delete",
                                  retention_ms=-1, retention_bytes=-1, min_insync_replicas=1,
                                  max_message_bytes=5 * 1024 * 1024)

    def settings(self, topic=None, **kafka):
        """Of a gateway on this cluster, on a topic of its own unless one is named."""
        topic = topic or f"{self.prefix}{uuid.uuid4().hex[:8]}"
        return {"ledger": {"kind": "kafka", "kafka": {
            "bootstrap": self.cluster.bootstrap, "topic": topic, "partitions": 4, "create_topic": True,
            "replication_factor": self.nodes, "min_insync_replicas": 2 if self.nodes >= 3 else 1,
            "tls": {"ca": str(self.authority.ca), "certificate": self.client.certificate, "key": self.client.key},
            **kafka}}}


@pytest.fixture(scope="session")
def kafka(tmp_path_factory, authority):
    ledger = KafkaLedger(tmp_path_factory.mktemp("kafka"), authority)
    yield ledger
    ledger.cluster.stop()


@pytest.fixture(scope="session")
def ledger_settings(request):
    """A function that gives the ledger settings of a new gateway."""
    kind = os.environ.get("TONGBAN_E2E_LEDGER", "embedded")
    assert kind in ("embedded", "kafka"), kind
    if kind == "kafka":
        return request.getfixturevalue("kafka").settings
    return lambda: {"ledger": {"kind": "embedded", "embedded": {"directory": "data/ledger"}}}


class Gateways:
    """Makes gateways and ends them. Each must end with exit code 0 and have logged nothing personal."""

    def __init__(self, folder, authority, ledger_settings):
        self.folder, self.authority, self.ledger_settings = folder, authority, ledger_settings
        self.made = []

    def make(self, settings=None, name=None):
        """Not started yet."""
        whole = self.ledger_settings()
        merge(whole, settings or {})
        gateway = Gateway(self.folder / (name or f"gateway-{len(self.made)}"), self.authority, whole)
        self.made.append(gateway)
        return gateway

    def start(self, settings=None, name=None, **options):
        return self.make(settings, name).start(**options)

    def end(self):
        problems = []
        for gateway in self.made:
            try:
                if gateway.process is not None:
                    gateway.stop()
            except Exception as failed:  # the others must be ended too; told below
                problems.append(f"{gateway.folder.name}: {failed}")
            finally:
                gateway.close()
            if gateway.log_file.exists():
                found = personal_values_in(gateway.log_text())
                if found:
                    problems.append(f"{gateway.folder.name}: its log holds {found}")
        assert not problems, "\n".join(problems)


@pytest.fixture(scope="module")
def gateways(tmp_path_factory, authority, ledger_settings):
    """Makes further gateways for one test file."""
    made = Gateways(pathlib.Path(tmp_path_factory.mktemp("gateways")), authority, ledger_settings)
    yield made
    made.end()


@pytest.fixture(scope="module")
def gateway(gateways):
    """One gateway that all tests of a file share."""
    return gateways.start(name="shared")


@pytest.fixture
def a(gateway):
    """The platform of Jining, origin 收件地 of most tests' cases."""
    with gateway.client("jining-platform") as client:
        yield client


@pytest.fixture
def b(gateway):
    """The platform of Changzhi, their destination 办理地."""
    with gateway.client("changzhi-platform") as client:
        yield client


@pytest.fixture
def number():
    """A case number nobody used."""
    return f"T{uuid.uuid4().hex[:20].upper()}"


@pytest.fixture
def rotating(gateways, tmp_path, request):
    """A gateway whose certificate files are its own, operations listener included; old and new authority; the copying."""
    old = Authority(tmp_path / "old", "Old CA").issue_story()
    new = Authority(tmp_path / "new", "New CA").issue_story()
    for authority in (old, new):
        authority.issue("operator", "desk", "--uri", "tongban://operator/operations")
    own = gateways.make(name=request.node.name, settings={"operations": {"mutual_tls": True}})
    files = {own.folder / f"own-{name}": name for name in ("gateway.pem", "gateway.key", "ca.pem", "crl.pem")}
    own.settings["gateway"]["tls"] = dict(zip(("certificate", "key", "client_ca", "crl"), map(str, files)))
    own.write_config()

    def replace(authority):
        for own_file, name in files.items():
            shutil.copy(authority.folder / name, own_file)

    replace(old)
    own.start(ready=False)
    return own, old, new, replace
