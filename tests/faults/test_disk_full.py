"""A disk that is really full, under the view or under the embedded ledger: no false 2xx, /readyz says it, and service
comes back by itself when there is space again. Each test mounts a small file system of its own."""

import subprocess

import pytest

from gateway import eventually, megabytes, run
from load import Ledger, Load, check_every_answer, send_unknown_again

MEGABYTES = 192
# Space that RocksDB has set aside for its own log must be used up before the disk is felt to be full.
ATTACHMENT_BYTES = 60_000


class SmallDisk:
    """A tmpfs at `folder`; fill() leaves it without a free byte, free() gives the space back."""

    def __init__(self, folder):
        self.folder = folder
        self.ballast = folder / "ballast"

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tongban-test", self.folder],
                              capture_output=True, text=True, check=False)
        assert done.returncode == 0, (f"this test must mount a small tmpfs and may not ({done.stderr.strip()}): run it as "
                                      "root, or leave it out with ./test --without faults")
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", "--lazy", self.folder], check=True)

    def fill(self):
        with open(self.ballast, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
            except OSError:
                pass
            try:
                while True:
                    file.write(b"\0")
            except OSError:
                pass

    def free(self):
        self.ballast.unlink(missing_ok=True)


@pytest.mark.parametrize("part", ["ledger", "view"])
def test_full_disk(gateways, part):
    gateway = gateways.make(name=part, settings={
        "view": {"flush_interval": "200ms", "memtable_bytes": "1MiB"}, "gateway": {"request_timeout": "2s"}})
    ledger = Ledger(ATTACHMENT_BYTES)
    with SmallDisk(gateway.folder / "data" / part) as disk:
        gateway.start()
        pid = gateway.process.pid
        with Load(gateway, ledger, f"D-{part}", pace=0.05) as load:
            eventually(lambda: load.answers > 100, 30, "cases are filed")
            resident = gateway.resident_bytes()
            disk.fill()
            reason = eventually(lambda: fill_again(gateway, disk), 60, "/readyz notices the full disk")
            assert "disk" in reason or "space" in reason, reason
            refused = len(ledger.refused)
            eventually(lambda: len(ledger.refused) > refused + 30, 60, "requests are answered 503")
            assert gateway.resident_bytes() - resident < megabytes(96)
            with gateway.client("jining-platform") as client:
                answer = client.message(ledger.filing("D-full"))
                assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0, answer.text
                assert client.get("/v1/whoami").status_code == 200
            disk.free()
            eventually(gateway.ready, 60, "ready again without a restart")
            after = load.answers
            eventually(lambda: load.answers > after + 50, 30, "cases are filed again")
        assert gateway.process.pid == pid and gateway.process.poll() is None
        assert {status for status, _ in ledger.refused} == {503}, {text for _, text in ledger.refused}
        ledger.unknown.add("D-full")
        send_unknown_again(gateway, ledger)
        check_every_answer(gateway, ledger)
        gateway.stop()
        done = run("ledger", "check", "--config", gateway.config)
        assert done.returncode == 0, done.stdout + done.stderr


def fill_again(gateway, disk):
    """What the gateway freed by tidying up is filled too."""
    disk.fill()
    return gateway.unready_reason()


def test_killed_on_a_full_disk(gateways):
    """kill -9 while nothing can be written: what was answered is there after the restart."""
    gateway = gateways.make(name="killed", settings={
        "view": {"flush_interval": "200ms", "memtable_bytes": "1MiB"}, "gateway": {"request_timeout": "2s"}})
    ledger = Ledger(ATTACHMENT_BYTES)
    with SmallDisk(gateway.folder / "data") as disk:
        gateway.start()
        with Load(gateway, ledger, "DK", pace=0.05) as load:
            eventually(lambda: load.answers > 100, 30, "cases are filed")
            disk.fill()
            eventually(lambda: fill_again(gateway, disk), 60, "/readyz notices the full disk")
            gateway.kill()
        disk.free()
        gateway.start()
        send_unknown_again(gateway, ledger)
        check_every_answer(gateway, ledger)
        gateway.stop()
        done = run("ledger", "check", "--config", gateway.config)
        assert done.returncode == 0, done.stdout + done.stderr


def test_full_disk_under_files(gateways):
    """A file that does not fit is 507 and leaves nothing; what fits is still taken."""
    place = {"directory": "data/files/kept", "staging": "data/files/uploads"}
    gateway = gateways.make(name="files", settings={"materials": place})
    content = b"%PDF-1.7\n" + bytes(1000)

    def blocks(count):
        yield content
        for _ in range(count):
            yield bytes(1 << 20)

    with SmallDisk(gateway.folder / "data" / "files"):
        gateway.start()
        with gateway.client("jining-platform") as client:
            assert client.request("PUT", "/v1/materials", data=content).status_code == 201
            answer = client.request("PUT", "/v1/materials", data=blocks(MEGABYTES + 6))
            assert answer.status_code == 507 and answer.json()["type"].endswith(":storage-full"), answer.text
            assert not list((gateway.folder / "data/files/uploads").iterdir())
            assert client.request("PUT", "/v1/materials", data=content + b"2").status_code == 201
            assert client.request("PUT", "/v1/materials", data=blocks(20)).status_code == 201
        gateway.stop()
