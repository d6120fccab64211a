#!/usr/bin/env python3
"""Deliveries, measured: from a case filed at A to its acknowledgement by B, and what each transport costs.

- latency: cases are filed at a fixed rate (open loop, 2 KiB JSON in a city's dialect over mutual TLS) while the target takes
  what is due to it; from the moment a filing was due to be sent until the target had it (push: had answered; pull: the
  gateway had answered its acknowledgement)
- CPU per delivered event: cases are filed while nobody takes their deliveries, then the target does; the gateway's CPU (user
  and system) from then until all is acknowledged, by delivery
- memory: with the target away and all of them waiting, beside the same gateway when idle and with the same cases waiting for
  a region that has no such target
- recovery: the gateway is killed in the middle of that, started again on what it left, until all is acknowledged

The target of pushes is nginx with mutual TLS, that of topics a real Kafka, the one that pulls a Python client.

    tests/bench/deliveries/run.py --build build/release [--ledger kafka|embedded] [--waiting 100000] [--json]
"""
import argparse
import http.client
import importlib.util
import json
import os
import pathlib
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "kafka")]

REGION, TARGET = "120103", "hexi"
PARTITIONS = 4


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


gateway_bench = module("gateway_bench", ROOT / "tests/bench/gateway/run.py")
http_bench = gateway_bench.http_bench


class Target:
    """nginx as the platform that is called."""

    def __init__(self, folder):
        self.folder, self.port, self.process = folder, http_bench.free_port(), None
        text = (HERE / "nginx.conf.in").read_text()
        for key, value in (("folder", folder), ("port", self.port)):
            text = text.replace(f"@{key}@", str(value))
        self.config = folder / "target.conf"
        self.config.write_text(text)
        self.log = folder / "target.log"

    def start(self):
        self.process = subprocess.Popen(["/usr/sbin/nginx", "-p", self.folder, "-e", self.folder / "target-error.log", "-c",
                                         self.config])
        http_bench.wait_for_port(self.port, self.process)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def answered(self):
        """number → Unix seconds of the first answer."""
        first = {}
        for line in self.log.read_text().splitlines():
            at, number = line.split()
            first.setdefault(number, float(at))
        return first


class Puller(threading.Thread):
    """Takes and acknowledges what is due to the region until it is ended."""

    def __init__(self, gateway, party):
        super().__init__(daemon=True)
        context = ssl.create_default_context(cafile=str(gateway.authority.ca))
        context.load_cert_chain(party.certificate, party.key)
        self.link = http.client.HTTPSConnection("127.0.0.1", gateway.port, context=context, timeout=60)
        self.ending = threading.Event()
        self.taken = {}  # number → Unix seconds when its acknowledgement was answered
        self.polls = 0

    def run(self):
        while not self.ending.is_set():
            self.link.request("GET", "/v1/deliveries?limit=100&wait=1")
            answer = self.link.getresponse()
            text = answer.read()
            assert answer.status == 200, text
            self.polls += 1
            deliveries = json.loads(text)["deliveries"]
            if not deliveries:
                continue
            numbers = [one["message"]["case"]["source_case_no"] for one in deliveries]
            self.link.request("POST", "/v1/deliveries/ack",
                              json.dumps({"acks": [{"id": one["id"]} for one in deliveries]}),
                              {"Content-Type": "application/json"})
            answer = self.link.getresponse()
            text = answer.read()
            assert answer.status == 200, text
            now = time.time()
            self.taken.update((number, now) for number in numbers)

    def end(self):
        self.ending.set()
        self.join(30)
        self.link.close()


class Bench:
    def __init__(self, options, folder, authority, cluster):
        self.options, self.folder, self.authority, self.cluster = options, folder, authority, cluster
        self.build = options.build.resolve()
        self.next_number = 1
        self.count = 0

    def gateway(self, transport, target=None):
        """A started gateway of its own whose region takes deliveries so."""
        from gateway import Gateway

        self.count += 1
        ledger = {"kind": "embedded"}
        if self.options.ledger == "kafka":
            topic = f"bench.deliveries.{self.count}"
            self.cluster.create_topic(topic, PARTITIONS, **{"message.timestamp.type": "LogAppendTime", "retention.ms": -1,
                                                            "max.message.bytes": 5 * 1024 * 1024})
            ledger = {"kind": "kafka", "kafka": {"bootstrap": self.cluster.bootstrap, "topic": topic,
                                                 "partitions": PARTITIONS, "min_insync_replicas": 1, "create_topic": True,
                                                 "replication_factor": 1}}
        caller = self.authority.parties["caller"]
        made = Gateway(self.folder / f"gateway-{self.count}", self.authority, {
            "ledger": ledger, "gateway": {"threads": 2}, "log_level": "warning",
            "deliveries": {"attempts_max": 1000, "retry_first": "200ms", "tls": {"certificate": caller.certificate, "key": caller.key}}})
        self.deliver(made, transport, target)
        return made.start()

    def deliver(self, gateway, transport, target=None):
        file = gateway.folder / "partners" / f"{TARGET}.yaml"
        partners = yaml.safe_load(file.read_text())
        partners["partners"][0].pop("delivery", None)
        if transport:
            partners["partners"][0]["delivery"] = {"transport": transport, "dialect": "canonical"}
        if transport == "push":
            partners["partners"][0]["delivery"]["push"] = {"url": f"https://localhost:{target.port}/receive",
                                                           "pins": [{"san_dns": "localhost"}],
                                                           "connections_max": self.options.connections}
        file.write_text(yaml.safe_dump(partners, allow_unicode=True))
        if gateway.process:
            gateway.process.send_signal(signal.SIGHUP)

    def file(self, gateway, count, rate=0):
        """Files that many; the load's own result and, per number, when it was due (Unix seconds)."""
        first, self.next_number = self.next_number, self.next_number + count
        times = self.folder / "times"
        result = gateway_bench.load(self.build, self.authority, gateway_bench.Served("load", gateway), "--body",
                                    self.folder / "body", "--field", "Content-Type: application/json", "--connections", 64,
                                    "--count", count, "--first", first, "--rate", rate, "--times", times)
        due = {}
        for line in times.read_text().splitlines():
            number, due_us, _ = map(int, line.split())
            due[f"QD3702002024{number:012}"] = due_us / 1e6
        return result, due

    @staticmethod
    def standing(gateway, kind):
        return int(gateway.metric("tongban_deliveries", region=REGION, kind=kind))

    def settled(self, gateway, count, puller=None):
        """Until so many are acknowledged. Asked for twice a second only: a scrape costs the gateway milliseconds of CPU."""
        until = time.monotonic() + 600
        while self.standing(gateway, "acknowledged") < count:
            assert puller is None or puller.is_alive(), "the client that pulls ended, see above"
            assert time.monotonic() < until, f"not within 600 s: {count} acknowledged"
            time.sleep(0.5)

    # -- what is measured ---------------------------------------------------------------------------------------------

    def latency(self, transport, rate):
        target = Target(self.folder) if transport == "push" else None
        if target:
            target.log.unlink(missing_ok=True)
            target.start()
        gateway = self.gateway(transport, target)
        puller = Puller(gateway, self.authority.parties[f"{TARGET}-platform"]) if transport == "pull" else None
        try:
            if puller:
                puller.start()
            self.file(gateway, rate, rate)  # warm
            _, due = self.file(gateway, rate * self.options.seconds, rate)
            self.settled(gateway, rate * (self.options.seconds + 1), puller)
            if puller:
                puller.end()
            if target:
                target.stop()  # its log is whole
            had = puller.taken if puller else target.answered()
            took = sorted((had[number] - at) * 1000 for number, at in due.items())
            return {"p50_ms": took[len(took) // 2], "p99_ms": took[len(took) * 99 // 100], "max_ms": took[-1]}
        finally:
            gateway.close()
            if target:
                target.stop()

    def cost(self, transport):
        """CPU per delivered event, when they wait already."""
        count = self.options.cases
        target = Target(self.folder) if transport == "push" else None
        gateway = self.gateway(None)
        try:
            self.file(gateway, count)
            if target:
                target.start()
            before, begun = http_bench.cpu_seconds(gateway.process.pid), time.monotonic()
            self.deliver(gateway, transport, target)
            puller = Puller(gateway, self.authority.parties[f"{TARGET}-platform"]) if transport == "pull" else None
            if puller:
                from gateway import eventually

                eventually(lambda: gateway.metric("tongban_reloads_total", part="partners", result="taken"), 20, "partners reloaded")
                puller.start()
            self.settled(gateway, count, puller)
            figures = {"cpu_us": (http_bench.cpu_seconds(gateway.process.pid) - before) / count * 1e6,
                       "per_second": count / (time.monotonic() - begun)}
            if puller:
                puller.end()
                figures["per_poll"] = count / puller.polls
            return figures
        finally:
            gateway.close()
            if target:
                target.stop()

    def waiting(self):
        """Memory with a dead target and so many waiting, then the recovery from a kill while they are delivered."""
        count = self.options.waiting
        target = Target(self.folder)  # away
        figures = {}
        for name, transport in (("no_target", None), ("dead_target", "push")):
            gateway = self.gateway(transport, target)
            try:
                figures[f"{name}_idle_mb"] = http_bench.memory_kb(gateway.process.pid) / 1024
                self.file(gateway, count)
                figures[f"{name}_waiting_mb"] = http_bench.memory_kb(gateway.process.pid) / 1024
                figures[f"{name}_waiting"] = self.standing(gateway, "pending")
                if transport:
                    figures.update(self.recovery(gateway, target, count))
            finally:
                gateway.close()
                target.stop()
        return figures

    def recovery(self, gateway, target, count):
        from gateway import eventually

        target.start()
        eventually(lambda: self.standing(gateway, "acknowledged") > count // 10, 120, "a tenth is acknowledged")
        gateway.kill()
        begun = time.monotonic()
        gateway.start()
        ready = time.monotonic() - begun
        had = self.standing(gateway, "acknowledged")
        eventually(lambda: self.standing(gateway, "acknowledged") > had, 120, "deliveries go on")
        first = time.monotonic() - begun
        self.settled(gateway, count)
        return {"killed_after": had, "ready_s": ready, "first_delivery_s": first, "all_delivered_s": time.monotonic() - begun,
                "delivered_mb": http_bench.memory_kb(gateway.process.pid) / 1024,
                "gap": gateway.metric("tongban_reconciliation_gap")}


def prepare(folder):
    from gateway import Authority

    os.chmod(folder, 0o755)  # nginx's workers are another user
    (folder / "body").write_text(gateway_bench.body_text())
    authority = Authority(folder / "pki").issue_story()
    authority.issue("server", "target", "--dns", "localhost", "--ip", "127.0.0.1")
    authority.issue("platform", "caller", "--unit", "100000", "--uri", "tongban://100000/gateway")
    os.chmod(folder / "pki", 0o755)
    return authority


def median(what, rounds, one):
    print(f"{what} …", file=sys.stderr, flush=True)
    runs = [one() for _ in range(rounds)]
    figures = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    print("  ".join(f"{key} {value:.2f}" for key, value in figures.items()), file=sys.stderr, flush=True)
    return figures


def measure(options, bench):
    found = {}
    only = options.only or ["latency", "cost", "waiting"]
    transports = ["pull", "push"] + (["kafka"] if options.ledger == "kafka" else [])
    for transport in ("pull", "push") if "latency" in only else ():
        for rate in options.rates:
            name = f"{transport}, {rate}/s"
            found[name] = median(name, options.rounds, lambda t=transport, r=rate: bench.latency(t, r))
    for transport in transports if "cost" in only else ():
        name = f"{transport}, cost"
        # A region's topic and the progress in it are of one ledger: once per cluster.
        found[name] = median(name, 1 if transport == "kafka" else options.rounds, lambda t=transport: bench.cost(t))
    if "waiting" in only:
        name = f"{options.waiting} waiting"
        found[name] = median(name, 1, bench.waiting)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--ledger", choices=("kafka", "embedded"), default="kafka")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rates", type=int, nargs="+", default=[500, 1000])
    parser.add_argument("--seconds", type=int, default=10, help="of each latency run")
    parser.add_argument("--cases", type=int, default=20000, help="of each run for CPU per delivered event")
    parser.add_argument("--connections", type=int, default=8, help="to the target of pushes")
    parser.add_argument("--waiting", type=int, default=100000)
    parser.add_argument("--only", nargs="+", choices=("latency", "cost", "waiting"))
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    os.environ["TONGBAN_BINARY"] = str(options.build.resolve() / "gateway/app/tongban")
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        folder = pathlib.Path(name)
        authority = prepare(folder)
        if options.ledger == "kafka":
            from cluster import Cluster

            with Cluster(folder / "kafka") as cluster:
                cluster.create_topic(f"tongban.deliveries.{REGION}.v1", PARTITIONS)
                found = measure(options, Bench(options, folder, authority, cluster))
        else:
            found = measure(options, Bench(options, folder, authority, None))
    if options.json:
        json.dump(found, sys.stdout)
        print()
        return
    for name, figures in found.items():
        print(f"{name:20}" + "  ".join(f"{key} {value:.2f}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
