#!/usr/bin/env python3
"""How much memory and time a large file costs the gateway: sent, kept, read, over mutual TLS, through the program itself.

  tests/bench/materials/run.py [--megabytes 2048] [--bound 20]

Prints a table; exit code 1 when resident memory grew by more than --bound MB while a file was under way."""

import argparse
import pathlib
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))
from gateway import Authority, Gateway, submission  # noqa: E402
from large_files import BLOCK, Made, Memory, read, send  # noqa: E402


def cpu_seconds(gateway):
    fields = pathlib.Path(f"/proc/{gateway.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--megabytes", type=int, default=2048)
    options.add_argument("--bound", type=float, default=20)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="tongban-materials-") as folder:
        folder = pathlib.Path(folder)
        authority = Authority(folder / "pki").issue_story()
        with Gateway(folder / "gateway", authority, {"ledger": {"kind": "embedded"}}) as gateway:
            send(gateway, "jining-platform", Made(BLOCK, uuid.uuid4()))  # what a first file costs once is not counted
            made = Made(given.megabytes * BLOCK, uuid.uuid4())
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
                        name = send(gateway, "jining-platform", made)
                    else:
                        read(gateway, "changzhi-platform", case_id, name)
                grown = max(memory.grown, memory.peak, 0) / 1e6
                rows.append((what, memory.resident / 1e6, grown, time.monotonic() - begun, cpu_seconds(gateway) - cpu))
        print(f"{given.megabytes} MiB: what | resident before, MB | grown by at most, MB | seconds | CPU seconds")
        for row in rows:
            print("{} | {:.1f} | {:.1f} | {:.1f} | {:.1f}".format(*row))
        return 1 if any(row[2] > given.bound for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
