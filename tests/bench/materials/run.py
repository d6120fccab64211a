#!/usr/bin/env python3
"""How much memory and time a large file costs the gateway: sent, kept, read, over mutual TLS, through the program itself.

  tests/bench/materials/run.py [--megabytes 2048] [--bound 20]

Prints a table; exit code 1 when resident memory grew by more than --bound MB while a file was under way."""

import argparse
import hashlib
import http.client
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
from gateway import Authority, Gateway, submission, tls_context  # noqa: E402

BLOCK = 1 << 20


def blocks(count):
    """A file that is no other's, made as it is sent."""
    for n in range(count):
        yield (b"%PDF-1.7\n" if n == 0 else b"") + n.to_bytes(8, "big") + bytes(BLOCK - 8 - (9 if n == 0 else 0))


class Memory:
    """The most resident memory while it runs, over what there was before."""

    def __init__(self, gateway):
        self.gateway, self.most, self.before, self.ended = gateway, 0, gateway.resident_bytes(), threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.ended.wait(0.02):
            self.most = max(self.most, self.gateway.resident_bytes())

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()

    @property
    def grown(self):
        return max(0, self.most - self.before) / 1e6


def connection(gateway, party):
    return http.client.HTTPSConnection("127.0.0.1", gateway.port, timeout=600,
                                       context=tls_context(gateway.authority, party))


def cpu_seconds(gateway):
    fields = pathlib.Path(f"/proc/{gateway.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def send(gateway, megabytes):
    digest = hashlib.sha256()
    for block in blocks(megabytes):
        digest.update(block)
    line = connection(gateway, "jining-platform")
    line.request("PUT", "/v1/materials", body=blocks(megabytes), headers={"Content-Length": str(megabytes * BLOCK)})
    answer = line.getresponse()
    text = answer.read().decode()
    assert answer.status == 201 and digest.hexdigest() in text, text
    return digest.hexdigest()


def read(gateway, case_id, name, megabytes):
    line = connection(gateway, "changzhi-platform")
    line.request("GET", f"/v1/cases/{case_id}/materials/{name}")
    answer = line.getresponse()
    digest = hashlib.sha256()
    while piece := answer.read(BLOCK):
        digest.update(piece)
    assert answer.status == 200 and digest.hexdigest() == name


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--megabytes", type=int, default=2048)
    options.add_argument("--bound", type=float, default=20)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tongban-materials-") as folder:
        folder = pathlib.Path(folder)
        authority = Authority(folder / "pki").issue_story()
        with Gateway(folder / "gateway", authority, {"ledger": {"kind": "embedded"}}) as gateway:
            send(gateway, 1)  # what a first file costs once is not counted
            rows = []
            for what in ("sent", "read"):
                if what == "read":
                    with gateway.client("jining-platform") as client:
                        files = [{"name": "a.pdf", "sha256": name}]
                        filed = client.message(submission("BENCH-1", dossier={"materials": [
                            {"code": "01", "name": "大文件", "files": files}]}))
                        assert filed.status_code == 202, filed.text
                        case_id = filed.json()["case_id"]
                begun, cpu = time.monotonic(), cpu_seconds(gateway)
                with Memory(gateway) as memory:
                    if what == "sent":
                        name = send(gateway, given.megabytes)
                    else:
                        read(gateway, case_id, name, given.megabytes)
                rows.append((what, memory.before / 1e6, memory.grown, time.monotonic() - begun, cpu_seconds(gateway) - cpu))
        print(f"{given.megabytes} MiB: what | resident before, MB | grown by at most, MB | seconds | CPU seconds")
        for row in rows:
            print("{} | {:.1f} | {:.1f} | {:.1f} | {:.1f}".format(*row))
        return 1 if any(row[2] > given.bound for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
