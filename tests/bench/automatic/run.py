#!/usr/bin/env python3
"""秒批 measured: a filing that a local handler decides, from its sending until the answer says CLOSED.

Each client files one case after the other over one kept connection (mutual TLS, canonical JSON). The handler is a Python HTTPS
server in a process of its own. Beside it, in the same run, the same filings of an item that nobody decides: what the decision
adds. Every answer must say CLOSED, and afterwards the ledger must have decided each case once.

    tests/bench/automatic/run.py --build build/release [--ledger kafka|embedded] [--cases 1000] [--clients 1 8]
"""
import argparse
import http.client
import json
import multiprocessing
import os
import pathlib
import ssl
import statistics
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "tests" / "e2e"), str(ROOT / "tests" / "kafka")]
ITEM, UNDECIDED = "11140400TT000031433002017003000", "11140400TT000031433002017003001"


def serve(folder, ready, end):
    """The handler's process."""
    from gateway import Party
    from handler import Handler, decision

    class Known:
        ca = pathlib.Path(folder) / "ca.pem"
        parties = {"handler": Party("handler", f"{folder}/handler.pem", f"{folder}/handler.key", "")}

    handler = Handler(Known)
    handler.answer = lambda question: (200, {"events": decision(case_id=question["case"]["case_id"])})
    ready.send(handler.port)
    end.wait()
    handler.stop()


def client(port, ca, certificate, key, first, count, item, wanted, out):
    from gateway import submission
    context = ssl.create_default_context(cafile=ca)
    context.load_cert_chain(certificate, key)
    line = http.client.HTTPSConnection("localhost", port, context=context, timeout=30)
    took = []
    for i in range(first, first + count):
        event = submission(f"BENCH-{item[-3:]}-{i}")
        event["case_submitted"]["item"]["impl_code"] = item
        body = json.dumps(event, ensure_ascii=False).encode()
        begun = time.perf_counter()
        line.request("POST", "/v1/messages", body, {"Content-Type": "application/vnd.tongban.v1+json"})
        answer = line.getresponse()
        told = json.loads(answer.read())
        took.append(time.perf_counter() - begun)
        assert answer.status == 202 and told["status"] == wanted, told
    line.close()
    out.put(took)


def measure(gateway, clients, cases, item, wanted, first):
    party = gateway.authority.parties["jining-platform"]
    out = multiprocessing.Queue()
    share = cases // clients
    begun = time.perf_counter()
    all_clients = [multiprocessing.Process(target=client, args=(
        gateway.port, str(gateway.authority.ca), party.certificate, party.key, first + i * share, share, item, wanted, out))
        for i in range(clients)]
    for one in all_clients:
        one.start()
    took = sorted(value for _ in all_clients for value in out.get())
    for one in all_clients:
        one.join()
        assert one.exitcode == 0
    quantiles = statistics.quantiles(took, n=1000)
    return {"p50": quantiles[499], "p99": quantiles[989], "max": took[-1], "rate": len(took) / (time.perf_counter() - begun)}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--build", default="build/release")
    arguments.add_argument("--ledger", choices=("embedded", "kafka"), default="embedded")
    arguments.add_argument("--cases", type=int, default=1000)
    arguments.add_argument("--clients", type=int, nargs="*", default=[1, 8])
    chosen = arguments.parse_args()
    os.environ["TONGBAN_BINARY"] = str(pathlib.Path(chosen.build).resolve() / "gateway/app/tongban")
    from fixtures import KafkaLedger
    from gateway import Authority, Gateway, merge
    from handler import add_to_partner, caller_settings
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        authority = Authority(folder / "pki").issue_story()
        authority.issue("server", "handler", "--dns", "localhost", "--ip", "127.0.0.1")
        ready, theirs = multiprocessing.Pipe()
        end = multiprocessing.Event()
        process = multiprocessing.Process(target=serve, args=(str(authority.folder), theirs, end))
        process.start()
        ledger = KafkaLedger(folder / "kafka", authority) if chosen.ledger == "kafka" else None
        settings = caller_settings(authority)
        merge(settings, ledger.settings() if ledger else {})
        gateway = Gateway(folder / "gateway", authority, settings)
        add_to_partner(gateway, "changzhi.yaml", automatic=[
            {"name": "rules", "items": [ITEM], "dialect": "canonical", "url": f"https://localhost:{ready.recv()}/decide",
             "pins": [{"san_dns": "localhost"}]}])
        try:
            with gateway:
                print(f"{chosen.ledger} ledger, {chosen.cases} cases each; milliseconds")
                print(f"{'clients':>8} {'what':>10} {'p50':>8} {'p99':>8} {'max':>8} {'per s':>8}")
                for at, clients in enumerate(chosen.clients):
                    for what, item, wanted in (("queued", UNDECIDED, "CASE_STATUS_QUEUED"),
                                               ("decided", ITEM, "CASE_STATUS_CLOSED")):
                        found = measure(gateway, clients, chosen.cases, item, wanted, at * 1_000_000)
                        print(f"{clients:>8} {what:>10} {found['p50'] * 1e3:8.1f} {found['p99'] * 1e3:8.1f} "
                              f"{found['max'] * 1e3:8.1f} {found['rate']:8.0f}")
                decided = sum(chosen.cases // clients * clients for clients in chosen.clients)
                assert gateway.metric("tongban_automatic_total", result="decided") == decided
                assert gateway.metric("tongban_automatic_total") == decided
        finally:
            end.set()
            process.join()
            if ledger:
                ledger.cluster.stop()


if __name__ == "__main__":
    main()
