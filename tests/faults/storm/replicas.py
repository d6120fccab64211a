"""The two gateways: fixed ports, so that paths lead to them over a restart; one with its view on a small disk and with a
clock that can be shifted."""

import contextlib
import os
import pathlib
import signal
import struct
import subprocess
import sys

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "e2e"))

from gateway import EXAMPLE, Gateway, binary  # noqa: E402  (the end-to-end tests' own)

import requests  # noqa: E402

from cases import REGIONS  # noqa: E402

SETTINGS = {
    "gateway": {"request_timeout": "3s"},
    "view": {"flush_interval": "1s"},
    "deliveries": {"attempts_max": 1000, "retry_first": "100ms"},
    "drain_timeout": "5s",
    "log_level": "warning",  # a line for each of a million requests would fill the disk
}


# Certificates begin so much earlier, so that a clock set back an hour still finds them valid.
BACKDATED_SECONDS = -2 * 3600


class Disk:
    """A small file system in a file, mounted at `folder`; fill() leaves it without a free block."""

    def __init__(self, folder, megabytes):
        self.folder, self.image, self.ballast = folder, folder.with_suffix(".image"), folder / "ballast"
        folder.mkdir(parents=True)
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        self._run("mkfs.ext4", "-q", "-m", "0", self.image)
        self._run("mount", "-o", "loop", self.image, folder)
        self.mounted = True

    @staticmethod
    def _run(*command):
        done = subprocess.run([str(each) for each in command], capture_output=True, text=True, check=False,
                              env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin:/sbin"))
        if done.returncode != 0:
            raise RuntimeError(f"a small file system must be mounted and may not be ({done.stderr.strip()}): run as root, "
                               "or leave disk_full out (--only)")

    def fill(self):
        """To the last block, also what was freed since the last time."""
        with open(self.ballast, "ab", buffering=0) as file:
            for step in (64 << 20, 1 << 20, 4096):
                try:
                    while True:
                        at = file.seek(0, os.SEEK_END)
                        os.posix_fallocate(file.fileno(), at, step)
                except OSError:
                    pass

    def free(self):
        self.ballast.unlink(missing_ok=True)

    def unmount(self):
        if self.mounted:
            self._run("umount", "--lazy", self.folder)
            self.mounted = False


class Clock:
    """Shifts what a process that clock_shift.so is loaded into takes for the time."""

    def __init__(self, library, file):
        self.library, self.file = library, file
        self.shift(0)

    def shift(self, seconds):
        # In place: the process has the file mapped.
        with open(self.file, "r+b" if self.file.exists() else "wb") as file:
            file.write(struct.pack("=q", int(seconds * 1_000_000_000)))

    def prefix(self):
        return ["env", *(f"{name}={value}" for name, value in self._variables().items())]

    def _variables(self):
        return {"LD_PRELOAD": str(self.library), "TONGBAN_CLOCK_SHIFT": str(self.file)}

    @contextlib.contextmanager
    def kept(self):
        """What is started within this lives by this clock."""
        os.environ.update(self._variables())
        try:
            yield
        finally:
            for name in self._variables():
                del os.environ[name]

    def backdated(self):
        """What is started within this lives two hours ago."""
        past = Clock(self.library, self.file.with_name("past"))
        past.shift(BACKDATED_SECONDS)
        return past.kept()


class Replica(Gateway):
    """A gateway on fixed ports. `cut_port`: where its clients reach it, through the proxy."""

    def __init__(self, folder, authority, settings, ports, cut_port, prefix=()):
        super().__init__(folder, authority, settings | {})
        self.settings["gateway"]["port"], self.settings["operations"]["port"] = ports
        self.port, self.operations_port = ports
        self.cut_port, self.prefix = cut_port, list(prefix)
        self.write_config()

    def _started(self, begun):
        if self.process.poll() is not None:
            raise AssertionError(f"the gateway ended with {self.process.returncode}: {self.tail(begun)}")
        try:
            self.operations("/healthz", timeout=1)
        except requests.RequestException:
            return None
        return {"port": self.port, "operations_port": self.operations_port}

    def start(self, ready=True, seconds=60, prefix=()):
        # A session of its own: Ctrl-C at the terminal is the harness's to deal with.
        return super().start(ready, seconds, ["setsid", *self.prefix, *prefix])

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
        super().close()

    def deliveries(self):
        """How many are due and pending, over all regions."""
        return {kind: self.metric("tongban_deliveries", kind=kind) for kind in ("due", "pending")}


def partners_of(city):
    """As the example has them, with a second window for each city."""
    partners = yaml.safe_load((EXAMPLE / "partners" / f"{city}.yaml").read_text())["partners"]
    if len(partners) == 2:
        region = partners[0]["regions"][0]
        partners.append(dict(partners[1], id=f"{city}-window-2", window_id="W-02",
                             identities=[{"san_uri": f"tongban://{region}/window/W-02"}]))
    return partners


def windows():
    """(name, region, URI, window number) of every window."""
    return [(window["id"], window["regions"][0], window["identities"][0]["san_uri"], window["window_id"])
            for city in REGIONS for window in partners_of(city)[1:]]


def write_partners(folder, transports, calls):
    """How each city is delivered to. calls: the port that a pushed city listens on."""
    for city, transport in transports.items():
        partners = partners_of(city)
        partners[0]["delivery"] = {"transport": transport, "dialect": "canonical"}
        if transport == "push":
            partners[0]["delivery"]["push"] = {"url": f"https://localhost:{calls[city]}/receive", "pins": [
                {"san_dns": "localhost"}], "read_seconds": 5, "total_seconds": 10}
        (folder / "partners" / f"{city}.yaml").write_text(yaml.safe_dump({"partners": partners}, allow_unicode=True))


__all__ = ["Clock", "Disk", "Replica", "SETTINGS", "binary", "windows", "write_partners"]
