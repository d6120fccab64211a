#!/usr/bin/env python3
"""CPU per accepted case of the whole gateway on both ledgers, beside the floors, in one run.

Each case is a new 2 KiB JSON message in a city's dialect over mutual TLS (keep-alive, 64 connections, closed loop),
answered after it is durable and readable. The floors: nginx that reads the same body over mutual TLS and answers 202,
and librdkafka producing records of the same size as the gateway's, to the same broker. CPU is the servers' own (user and
system). Also: CPU per full handshake, memory per idle connection and when idle, beside nginx.

    tests/bench/gateway/run.py --build build/release [--cases 60000] [--rounds 3] [--json]
"""
import argparse
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "kafka")]


def module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


http_bench = module("http_bench", ROOT / "tests/bench/http/run.py")

TOPIC = "tongban.case-events.v1"
PARTITIONS = 4


def body_text():
    sample = json.loads((ROOT / "examples/five-cities/messages/QINGDAO-01-ybba-apply.json").read_text())
    sample["affair"]["projectNo"] = "QD3702002024{{n}}"
    text = json.dumps(sample, ensure_ascii=False, indent=1)
    return text + " " * max(0, 2048 - len(text.encode()))


class Served:
    """A gateway of the end-to-end tests as http_bench's load sees a server."""

    def __init__(self, name, gateway):
        self.name, self.gateway = name, gateway
        self.port, self.pid = gateway.port, gateway.process.pid


def load(build, authority, server, *arguments, hold=False, expect=("200", "202")):
    party = authority.parties["qingdao-platform"]
    command = [build / "tests/bench/http/load", "--port", str(server.port), "--cert", party.certificate, "--key", party.key,
               "--ca", authority.ca, *map(str, arguments)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if hold:
        return process, json.loads(process.stdout.readline())
    output, _ = process.communicate()
    result = json.loads(output)
    if process.returncode != 0 or not set(result["by_status"]) <= set(expect):
        raise SystemExit(f"{server.name}: unexpected answers: {output}")
    return result


def measure(build, folder, authority, server, options, first):
    body = ["--body", folder / "body", "--field", "Content-Type: application/json"]
    figures = {"idle_mb": http_bench.memory_kb(server.pid) / 1024}

    def cpu_of(count, number, *arguments, connections=64):
        before = http_bench.cpu_seconds(server.pid)
        result = load(build, authority, server, *body, "--connections", connections, "--count", count, "--first", number,
                      *arguments)
        return (http_bench.cpu_seconds(server.pid) - before) / count * 1e6, result

    cpu_of(options.cases // 10, first)  # warm
    figures["case_us"], closed = cpu_of(options.cases, first + options.cases)
    figures["closed_per_second"] = closed["per_second"]
    opened_us, opened = cpu_of(options.rate * 5, first + 3 * options.cases, "--rate", options.rate)
    figures["at_rate_us"], figures["at_rate_p50_ms"], figures["at_rate_p99_ms"] = opened_us, opened["p50_ms"], opened["p99_ms"]
    handshakes, told = cpu_of(options.handshakes, first + options.cases, "--mode", "handshakes", connections=8)
    # The same requests as often on connections that stay: a server that is asked less often pays more for each request.
    repeated, _ = cpu_of(options.handshakes, first + options.cases, "--rate", round(told["per_second"]), connections=8)
    figures["handshake_us"] = handshakes - repeated
    before = http_bench.memory_kb(server.pid)
    process, _ = load(build, authority, server, *body, "--mode", "idle", "--connections", options.idle, hold=True)
    figures["idle_connection_kb"] = (http_bench.memory_kb(server.pid) - before) / options.idle
    process.stdin.close()
    process.wait()
    return figures


def kafka_floor(build, cluster, topic, options, record_bytes):
    done = subprocess.run([build / "tests/bench/gateway/bench_kafka_floor", cluster.bootstrap, topic, str(options.cases),
                           str(record_bytes), "64"], capture_output=True, text=True, check=True)
    figures = json.loads(done.stdout)
    return {"case_us": figures["cpu_us_per_record"], "closed_per_second": figures["records_per_second"]}


def one_round(number, folder, build, authority, cluster, options, add):
    from gateway import Gateway

    first = 1 + number * 10 * options.cases
    nginx = http_bench.Nginx(build, folder, options.threads, authority.folder / "crl.pem")
    try:
        add("nginx", measure(build, folder, authority, nginx, options, first))
    finally:
        nginx.stop()
    floor = f"bench.floor.{number}"
    cluster.create_topic(floor, PARTITIONS)
    add("librdkafka", kafka_floor(build, cluster, floor, options, options.record_bytes))
    topic = f"{TOPIC}.{number}"
    cluster.create_topic(topic, PARTITIONS, **{"message.timestamp.type": "LogAppendTime", "retention.ms": -1,
                                               "max.message.bytes": 5 * 1024 * 1024})
    for name, ledger in (("embedded", {"kind": "embedded"}),
                         ("kafka", {"kind": "kafka", "kafka": {"bootstrap": cluster.bootstrap, "topic": topic,
                                                               "partitions": PARTITIONS, "min_insync_replicas": 1}})):
        gateway = Gateway(folder / f"{name}-{number}", authority,
                          {"ledger": ledger, "gateway": {"threads": options.threads}, "log_level": options.log_level})
        gateway.start()
        try:
            add(f"tongban, {name}", measure(build, folder, authority, Served(name, gateway), options, first))
        finally:
            gateway.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--cases", type=int, default=60000)
    parser.add_argument("--handshakes", type=int, default=1000)
    parser.add_argument("--idle", type=int, default=2000)
    parser.add_argument("--rate", type=int, default=1000)
    parser.add_argument("--record-bytes", type=int, default=1400, help="size of the gateway's ledger record")
    parser.add_argument("--log-level", default="warning", help="nginx writes no access log either")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    os.environ["TONGBAN_BINARY"] = str(build / "gateway/app/tongban")
    from cluster import Cluster
    from gateway import Authority

    rounds = {}

    def add(who, figures):
        for figure, value in figures.items():
            rounds.setdefault(who, {}).setdefault(figure, []).append(value)

    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as name:
        folder = pathlib.Path(name)
        os.chmod(folder, 0o755)  # nginx's workers are another user
        (folder / "body").write_text(body_text())
        authority = Authority(folder / "pki").issue_story()
        os.chmod(folder / "pki", 0o755)
        for role, source in (("server", "gateway"),):
            (folder / f"{role}.pem").write_text((folder / f"pki/{source}.pem").read_text())
            (folder / f"{role}.key").write_text((folder / f"pki/{source}.key").read_text())
        (folder / "ca.pem").write_text(authority.ca.read_text())
        with Cluster(folder / "kafka") as cluster:
            for number in range(options.rounds):
                one_round(number, folder, build, authority, cluster, options, add)
    median = {who: {f: statistics.median(v) for f, v in figures.items()} for who, figures in rounds.items()}
    floor = median["nginx"]["case_us"] + median["librdkafka"]["case_us"]
    ratios = {"kafka : nginx + librdkafka": median["tongban, kafka"]["case_us"] / floor,
              "embedded : nginx": median["tongban, embedded"]["case_us"] / median["nginx"]["case_us"],
              "handshake : nginx": median["tongban, kafka"]["handshake_us"] / median["nginx"]["handshake_us"]}
    if options.json:
        json.dump({"median": median, "ratios": ratios, "rounds": rounds}, sys.stdout)
        print()
        return
    figures = list(dict.fromkeys(f for one in median.values() for f in one))
    print(f"{'':22}" + "".join(f"{who:>20}" for who in median))
    for figure in figures:
        print(f"{figure:22}" + "".join(f"{one.get(figure, float('nan')):20.2f}" for one in median.values()))
    for name, value in ratios.items():
        print(f"{name:32}{value:8.2f}")


if __name__ == "__main__":
    main()
