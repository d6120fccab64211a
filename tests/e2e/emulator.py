"""An emulated city for tests: `tongban emulate` as its engineer would run it."""

import json
import signal
import subprocess

from gateway import binary, eventually


class City:
    """One emulated platform. Ended by `stop()`, which wants exit code 0, or `close()`."""

    def __init__(self, gateway, partner, folder, *options, script=None, window=None):
        authority = gateway.authority
        self.partner, self.folder = partner, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.journal_file, self.out_file = folder / f"{partner}.jsonl", folder / f"{partner}.out"
        party = authority.parties[partner]
        self.command = [binary(), "emulate", partner, "--config", str(gateway.config), "--certificate", party.certificate,
                        "--key", party.key, "--ca", str(authority.ca), "--gateway", f"https://localhost:{gateway.port}",
                        "--journal", str(self.journal_file), "--json", *map(str, options)]
        if script is not None:
            file = folder / f"{partner}.yaml"
            file.write_text(script)
            self.command += ["--script", str(file)]
        if window is not None:
            window = authority.parties[window]
            self.command += ["--window-certificate", window.certificate, "--window-key", window.key]
        self.process = None

    def start(self):
        with open(self.out_file, "ab") as out:
            begun = self.out_file.stat().st_size
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.started = eventually(lambda: self._said("started", begun), 20, f"the city starts; see {self.out_file}")
        return self

    def _said(self, event, begun=0):
        assert self.process is None or self.process.poll() is None or event == "stopped", self.out_file.read_text()
        lines = [line for line in self.out_file.read_bytes()[begun:].splitlines(keepends=True) if line.endswith(b"\n")]
        found = [each for each in map(json.loads, lines) if each["event"] == event]
        return found[-1] if found else None

    def notes(self):
        return [each["text"] for each in map(json.loads, self.out_file.read_text().splitlines()) if each["event"] == "note"]

    def stop(self):
        """Gives its summary."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(20)
        self.process = None
        assert code == 0, self.out_file.read_text()
        return self._said("stopped")

    def kill(self):
        self.process.kill()
        self.process.wait(20)
        self.process = None

    def close(self):
        if self.process is not None:
            self.kill()

    def __enter__(self):
        return self.start()

    def __exit__(self, failed, *_):
        if failed or self.process is None:
            self.close()
        else:
            self.stop()

    def journal(self, kind=None, **members):
        """Its lines so far, of one kind and with these members."""
        text = self.journal_file.read_text() if self.journal_file.exists() else ""
        lines = [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return [line for line in lines if kind in (None, line["kind"])
                and all(line.get(name) == value for name, value in members.items())]
