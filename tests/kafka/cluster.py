#!/usr/bin/env python3
"""A real Apache Kafka on loopback for tests: KRaft nodes from the jars that tests/kafka/install fetched.

As a library (standard library only):

    with Cluster(directory, nodes=3) as cluster:   # started and ready: a record was really produced
        cluster.bootstrap                          # "127.0.0.1:41001,…"
        cluster.pause(0); cluster.resume(0)        # SIGSTOP, SIGCONT
        cluster.kill(0); cluster.start_node(0)     # SIGKILL, start again on the same ports and files
        cluster.admin("kafka.admin.TopicCommand", "--create", …)

As a command, for tests in other languages (state is kept in DIR/cluster.json):

    cluster.py start --dir DIR [--nodes 3] [--tls [--ca ca.pem --cert chain.pem --key key.pem]] [--allow NAME=PREFIX]
                     [--allow-transactions NAME=PREFIX]
    cluster.py status|stop --dir DIR
    cluster.py pause|resume|kill|revive --dir DIR --node 0
    cluster.py archive --dir DIR        # once, by tests/kafka/install: shortens every later start

`--tls` without files makes an authority and certificates in DIR/certificates (certificates.py). `--allow NAME=PREFIX`
gives the certificate with CN=NAME what a gateway needs on every topic whose name begins with PREFIX,
`--allow-transactions NAME=PREFIX` what it needs on transactional ids. `revive` starts a killed node again and does not
wait for it.

`start` and `status` print JSON: bootstrap, pids, directory.
"""

import argparse
import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import certificates  # noqa: E402  (beside this file, wherever it is imported from)
from ports import free_ports  # noqa: E402

# A dead broker is noticed in about two seconds instead of eight.
FAST_FAILOVER = {
    "broker.session.timeout.ms": 2000,
    "broker.heartbeat.interval.ms": 300,
    "replica.lag.time.max.ms": 2000,
    "controller.quorum.election.timeout.ms": 400,
    "controller.quorum.election.backoff.max.ms": 200,
    "controller.quorum.fetch.timeout.ms": 800,
    "controller.quorum.request.timeout.ms": 1000,
}

LOGGING = """log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d{HH:mm:ss,SSS} %p %c{1} %m%n
"""

ARCHIVE = "classes.jsa"


class ClusterError(Exception):
    """The cluster could not be started or asked; the text says why and which file tells more."""


def kafka_home():
    """The folder with libs/, fetched when missing."""
    done = subprocess.run([str(HERE / "install")], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise ClusterError("tests/kafka/install failed: Kafka's jars cannot be fetched")
    return pathlib.Path(done.stdout.strip())


def wait_for(condition, seconds, what):
    """Polls `condition` until it is true; ClusterError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ClusterError(f"not after {seconds} s: {what}")
        time.sleep(0.05)


def _uuid():
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=").replace("-", "A")


class Tls:
    """Certificates of a cluster that takes mutual TLS only.

    ca: who issues brokers and clients. certificate, key: of the brokers and of administrators; the certificate must
    hold 127.0.0.1 and localhost as subject alternative names, its key must be PKCS#8.
    super_users: principals; a certificate's principal is "User:" and its CN. Anybody else needs ACLs.
    """

    def __init__(self, ca, certificate, key, super_users=("User:broker",)):
        self.ca, self.certificate, self.key = pathlib.Path(ca), pathlib.Path(certificate), pathlib.Path(key)
        self.super_users = tuple(super_users)


class Cluster:
    """Nodes that are brokers and controllers at once. Start with start() or `with`; always stop()."""

    def __init__(self, directory, nodes=1, tls=None, settings=None, heap_megabytes=256):
        self.directory = pathlib.Path(directory).resolve()
        self.nodes = nodes
        self.tls = tls
        self.settings = dict(settings or {})
        self.heap_megabytes = heap_megabytes
        self.pids = [0] * nodes
        self.home = kafka_home()
        ports = free_ports(2 * nodes)
        self.broker_ports, self.controller_ports = ports[:nodes], ports[nodes:]
        self.cluster_id = _uuid()
        self.archive_to = None

    # -- life cycle ---------------------------------------------------------------------------------------------

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def bootstrap(self):
        return ",".join(f"127.0.0.1:{port}" for port in self.broker_ports)

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "log4j.properties").write_text(LOGGING)
        try:
            for node in range(self.nodes):
                self._write_node(node)
                self.start_node(node, wait=False)
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def start_node(self, node, wait=True):
        """Starts a node that is not running."""
        folder = self._folder(node)
        with open(folder / "output.txt", "ab") as output:
            process = subprocess.Popen(
                self._java(folder) + ["kafka.Kafka", str(folder / "server.properties")],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        self.pids[node] = process.pid
        self._save()
        if wait:
            self.wait_ready()

    def stop(self):
        """Ends every node at once; what they stored is of no use any more."""
        for node, pid in enumerate(self.pids):
            if pid:
                self._signal(node, signal.SIGKILL)
                self._reap(node)

    def kill(self, node):
        self._signal(node, signal.SIGKILL)
        self._reap(node)
        self._save()

    def terminate(self, node):
        """A clean stop: leadership moves first."""
        self._signal(node, signal.SIGTERM)
        self._reap(node)
        self._save()

    def pause(self, node):
        self._signal(node, signal.SIGSTOP)

    def resume(self, node):
        self._signal(node, signal.SIGCONT)

    def running(self, node):
        return self.pids[node] != 0 and _alive(self.pids[node])

    def wait_ready(self, seconds=90):
        """Until every running node takes connections and a record was produced to a topic that all replicate."""
        for node in range(self.nodes):
            if self.pids[node]:
                wait_for(lambda n=node: self._accepts(n), seconds, f"node {node} listens; {self._hint(node)}")
        self.admin("org.apache.kafka.tools.TopicCommand", "--create", "--if-not-exists", "--topic", "cluster-ready",
                   "--partitions", "1", "--replication-factor", str(min(self.nodes, sum(map(bool, self.pids)))))
        produced = self._tool(
            ["kafka.tools.ConsoleProducer", "--bootstrap-server", self.bootstrap, "--topic",
             "cluster-ready", "--request-required-acks", "all", "--sync"] + self._client_option("--producer.config"),
            stdin=b"ready\n", seconds=seconds)
        if produced.returncode != 0 or b"ERROR" in produced.stdout:
            raise ClusterError("no record could be produced: " + produced.stdout.decode(errors="replace")[-1000:])

    # -- administration -----------------------------------------------------------------------------------------

    def admin(self, tool, *arguments, seconds=60, stdin=b""):
        """Runs one of Kafka's own tools by class name against this cluster; its output."""
        done = self._tool([tool, "--bootstrap-server", self.bootstrap, *arguments] +
                          self._client_option("--command-config"), stdin=stdin, seconds=seconds)
        text = done.stdout.decode(errors="replace")
        if done.returncode != 0:
            raise ClusterError(f"{tool} {' '.join(arguments)}: {text[-1000:]}")
        return text

    def publish(self, topic, lines, *properties):
        """Kafka's console producer: each line a record, key and value with a tab between; `properties` are its reader's."""
        options = [part for each in ("parse.key=true", *properties) for part in ("--property", each)]
        done = self._tool(["kafka.tools.ConsoleProducer", "--bootstrap-server", self.bootstrap, "--topic", topic, *options,
                           *self._client_option("--producer.config")], stdin=lines.encode())
        if done.returncode != 0 or b"ERROR" in done.stdout:
            raise ClusterError(f"publishing to {topic}: " + done.stdout.decode(errors="replace")[-1000:])

    def create_topic(self, topic, partitions=1, **settings):
        """A topic; settings with '_' for '.': retention_ms=-1."""
        options = []
        for name, value in settings.items():
            options += ["--config", f"{name.replace('_', '.')}={value}"]
        self.admin("org.apache.kafka.tools.TopicCommand", "--create", "--topic", topic, "--partitions",
                   str(partitions), "--replication-factor", str(self.nodes), *options)

    def allow(self, principal, operations, resource):
        """ACL: `principal` may do `operations` on `resource`, e.g. ("--topic", "name")."""
        options = [part for operation in operations for part in ("--operation", operation)]
        self.admin("kafka.admin.AclCommand", "--add", "--allow-principal", principal, *options, *resource)

    def describe(self):
        return {"bootstrap": self.bootstrap, "pids": self.pids, "directory": str(self.directory),
                "broker_ports": self.broker_ports, "cluster_id": self.cluster_id}

    # -- inside -------------------------------------------------------------------------------------------------

    def _folder(self, node):
        return self.directory / f"node-{node}"

    def _hint(self, node):
        output = self._folder(node) / "output.txt"
        tail = output.read_text(errors="replace")[-800:] if output.exists() else ""
        return f"see {output}: {tail}"

    def _java(self, folder):
        archive = self.home / ARCHIVE
        options = ["java", f"-Xmx{self.heap_megabytes}m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                   f"-Dlog4j.configuration=file:{self.directory}/log4j.properties",
                   f"-Dkafka.logs.dir={folder}", "-cp", str(self.home / "libs" / "*")]
        if self.archive_to and folder != self.directory:
            options.insert(1, f"-XX:ArchiveClassesAtExit={self.archive_to}")
        elif archive.exists():
            options[1:1] = [f"-XX:SharedArchiveFile={archive}", "-Xshare:auto", "-Xlog:disable"]
        return options

    def _tool(self, arguments, stdin=b"", seconds=60):
        try:
            return subprocess.run(self._java(self.directory) + arguments, input=stdin, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=seconds, check=False)
        except subprocess.TimeoutExpired as expired:
            raise ClusterError(f"{arguments[0]} did not end in {seconds} s") from expired

    def _client_option(self, option):
        if not self.tls:
            return []
        file = self.directory / "admin.properties"
        if not file.exists():
            file.write_text("".join(f"{k}={v}\n" for k, v in self._store_settings().items()) +
                            "security.protocol=SSL\n")
        return [option, str(file)]

    def _store_settings(self):
        """Key and chain in one PEM file, the CA in another."""
        both = self.directory / "keystore.pem"
        if not both.exists():
            both.touch(mode=0o600)
            both.write_text(self.tls.key.read_text() + self.tls.certificate.read_text())
        return {"ssl.keystore.type": "PEM", "ssl.keystore.location": both,
                "ssl.truststore.type": "PEM", "ssl.truststore.location": self.tls.ca}

    def _write_node(self, node):
        folder = self._folder(node)
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "data").mkdir(parents=True)
        # What `kafka-storage format` would write, without a JVM.
        (folder / "data" / "meta.properties").write_text(
            f"version=1\ncluster.id={self.cluster_id}\nnode.id={node}\ndirectory.id={_uuid()}\n")
        insync = 2 if self.nodes >= 3 else 1
        protocol = "SSL" if self.tls else "PLAINTEXT"
        settings = {
            "process.roles": "broker,controller",
            "node.id": node,
            "controller.quorum.voters": ",".join(
                f"{n}@127.0.0.1:{port}" for n, port in enumerate(self.controller_ports)),
            "controller.listener.names": "CONTROLLER",
            "listeners": f"CLIENT://127.0.0.1:{self.broker_ports[node]},"
                         f"CONTROLLER://127.0.0.1:{self.controller_ports[node]}",
            "advertised.listeners": f"CLIENT://127.0.0.1:{self.broker_ports[node]}",
            "listener.security.protocol.map": f"CLIENT:{protocol},CONTROLLER:{protocol}",
            "inter.broker.listener.name": "CLIENT",
            "log.dirs": folder / "data",
            "auto.create.topics.enable": "false",
            "group.initial.rebalance.delay.ms": 0,
            "num.partitions": 1,
            "default.replication.factor": self.nodes,
            "min.insync.replicas": insync,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": self.nodes,
            "transaction.state.log.num.partitions": 4,
            "transaction.state.log.replication.factor": self.nodes,
            "transaction.state.log.min.isr": insync,
            "message.max.bytes": 8 * 1024 * 1024,
            "replica.fetch.max.bytes": 8 * 1024 * 1024,
            "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
            "num.network.threads": 2,
            "num.io.threads": 4,
            **FAST_FAILOVER,
        }
        if self.tls:
            settings |= self._store_settings() | {
                "ssl.client.auth": "required",
                "ssl.principal.mapping.rules": "RULE:^CN=([0-9A-Za-z.-]+).*$/$1/,DEFAULT",
                "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
                "super.users": ";".join(self.tls.super_users),
            }
        settings |= self.settings
        (folder / "server.properties").write_text("".join(f"{k}={v}\n" for k, v in settings.items()))

    def _accepts(self, node):
        if not self.running(node):
            raise ClusterError(f"node {node} ended; {self._hint(node)}")
        with socket.socket() as probe:
            probe.settimeout(0.5)
            return probe.connect_ex(("127.0.0.1", self.broker_ports[node])) == 0

    def _signal(self, node, number):
        if self.pids[node]:
            try:
                os.kill(self.pids[node], number)
            except ProcessLookupError:
                pass

    def _reap(self, node):
        pid, self.pids[node] = self.pids[node], 0
        wait_for(lambda: not _alive(pid), 30, f"node {node} ends")

    def _save(self):
        state = self.describe() | {"nodes": self.nodes, "controller_ports": self.controller_ports}
        (self.directory / "cluster.json").write_text(json.dumps(state))

    @classmethod
    def load(cls, directory, tls=None):
        """The cluster another process started in `directory`."""
        state = json.loads((pathlib.Path(directory) / "cluster.json").read_text())
        cluster = cls(directory, state["nodes"], tls)
        for name in ("broker_ports", "controller_ports", "pids", "cluster_id"):
            setattr(cluster, name, state[name])
        return cluster


def _alive(pid):
    """False also for a child that ended and was not waited for."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _start(options):
    directory = pathlib.Path(options.dir)
    if (directory / "cluster.json").exists():
        Cluster.load(directory).stop()
    shutil.rmtree(directory, ignore_errors=True)
    tls = None
    if options.tls and options.ca:
        tls = Tls(options.ca, options.cert, options.key)
    elif options.tls:
        authority = certificates.Authority(directory / "certificates", "ca")
        tls = Tls(authority.certificate, *authority.issue("broker", addresses=["127.0.0.1"]))
        for name in ("gateway", "auditor", "stranger", "region-a", "region-b"):
            authority.issue(name)
        authority.issue("expired", expired=True)
        certificates.Authority(directory / "certificates" / "foreign", "ca").issue("gateway")
    cluster = Cluster(directory, options.nodes, tls).start()
    try:
        for name, prefix in (each.split("=", 1) for each in options.allow):
            cluster.allow(f"User:{name}", ["Describe", "DescribeConfigs", "Write", "Read", "Create"],
                          ["--topic", prefix, "--resource-pattern-type", "prefixed"])
        for name, prefix in (each.split("=", 1) for each in options.allow_transactions):
            cluster.allow(f"User:{name}", ["Describe", "Write"],
                          ["--transactional-id", prefix, "--resource-pattern-type", "prefixed"])
    except BaseException:
        cluster.stop()
        raise
    return cluster


def _archive(directory):
    """The classes a broker loads, kept beside the jars in a form the JVM maps instead of reading."""
    cluster = Cluster(directory)
    part = cluster.home / (ARCHIVE + ".part")
    cluster.archive_to = part
    cluster.start()
    cluster.terminate(0)
    part.replace(cluster.home / ARCHIVE)
    return cluster


def main():
    parser = argparse.ArgumentParser(description="A real Apache Kafka on loopback for tests.")
    parser.add_argument("command", choices=["start", "status", "stop", "pause", "resume", "kill", "revive",
                                            "archive"])
    parser.add_argument("--dir", required=True, help="where the nodes keep their files; emptied by start")
    parser.add_argument("--nodes", type=int, default=1)
    parser.add_argument("--node", type=int, default=0, help="for pause, resume, kill and revive")
    parser.add_argument("--tls", action="store_true", help="mutual TLS and ACLs instead of plaintext")
    parser.add_argument("--ca")
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--allow", action="append", default=[], metavar="NAME=PREFIX")
    parser.add_argument("--allow-transactions", action="append", default=[], metavar="NAME=PREFIX")
    options = parser.parse_args()
    if options.command == "start":
        cluster = _start(options)
    elif options.command == "archive":
        cluster = _archive(options.dir)
    else:
        cluster = Cluster.load(options.dir)
    if options.command == "stop":
        cluster.stop()
        cluster._save()
    elif options.command == "revive":
        cluster.start_node(options.node, wait=False)
    elif options.command in ("pause", "resume", "kill"):
        getattr(cluster, options.command)(options.node)
    print(json.dumps(cluster.describe()))


if __name__ == "__main__":
    try:
        main()
    except ClusterError as error:
        sys.exit(f"cluster.py: {error}")
