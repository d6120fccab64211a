"""Files too large to hold: made as they are sent, checked as they are read, and the gateway's memory while it happens."""

import hashlib
import http.client
import pathlib
import threading

from gateway import tls_context

BLOCK = 1 << 20


class Made:
    """A file of `size` bytes that looks like a PDF and is no other's. No more than a block of it is ever in memory."""

    def __init__(self, size, seed):
        self.size, self.seed = size, f"%PDF-1.7\n{seed}\n".encode()

    def block(self, n):
        start = self.seed if n == 0 else n.to_bytes(8, "big")
        return (start + bytes(BLOCK - len(start)))[:self.size - n * BLOCK]

    def blocks(self, digest=None):
        """Block by block; `digest` takes each in."""
        for n in range(-(-self.size // BLOCK)):
            block = self.block(n)
            if digest:
                digest.update(block)
            yield block

    def part(self, first, last):
        """Bytes `first` to `last`, both included."""
        blocks = b"".join(self.block(n) for n in range(first // BLOCK, last // BLOCK + 1))
        return blocks[first % BLOCK:][:last - first + 1]


class Memory:
    """The most memory while it runs, over what there was before, in bytes.

    grown: anonymous memory, looked at fifty times a second: what a process asked for. What it has of files (its program, what the
    kernel keeps of what it reads) is not in it. peak: the kernel's own high-water mark of resident memory, which misses nothing
    and has files' pages in it."""

    def __init__(self, gateway):
        self.folder = pathlib.Path(f"/proc/{gateway.process.pid}")
        self.ended, self.thread = threading.Event(), threading.Thread(target=self._watch)

    def _status(self, name):
        for line in (self.folder / "status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"no {name}")

    def _watch(self):
        while not self.ended.wait(0.02):
            self.most = max(self.most, self._status("RssAnon"))

    def __enter__(self):
        (self.folder / "clear_refs").write_text("5")  # the mark is at what is resident now
        self.before = self.most = self._status("RssAnon")
        self.resident = self._status("VmRSS")
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.thread.join()
        self.most = max(self.most, self._status("RssAnon"))
        self.grown, self.peak = self.most - self.before, self._status("VmHWM") - self.resident


def _line(gateway, party):
    return http.client.HTTPSConnection("127.0.0.1", gateway.port, timeout=600, context=tls_context(gateway.authority, party))


def send(gateway, party, made):
    """PUT /v1/materials over mutual TLS; the digest, which the gateway found too."""
    digest = hashlib.sha256()
    line = _line(gateway, party)
    try:
        line.request("PUT", "/v1/materials", body=made.blocks(digest), headers={"Content-Length": str(made.size)})
        answer = line.getresponse()
        text = answer.read().decode()
    finally:
        line.close()
    assert answer.status == 201 and f'"sha256":"{digest.hexdigest()}"' in text and f'"size":{made.size}' in text, text
    return digest.hexdigest()


def read(gateway, party, case_id, name):
    """The whole file as a party of the case reads it; its length. Its content is what `name` says."""
    line = _line(gateway, party)
    try:
        line.request("GET", f"/v1/cases/{case_id}/materials/{name}")
        answer = line.getresponse()
        digest, size = hashlib.sha256(), 0
        while piece := answer.read(BLOCK):
            digest.update(piece)
            size += len(piece)
    finally:
        line.close()
    assert answer.status == 200 and digest.hexdigest() == name, answer.status
    return size
