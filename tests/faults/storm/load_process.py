"""The load generator as the harness sees it: a process that counts, and ends when told."""

import json
import pathlib
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent


class LoadProcess:
    def __init__(self, folder, settings):
        file = folder / "load.json"
        file.write_text(json.dumps(settings))
        self.counts = {"begun": 0, "done": 0}
        self.changed = threading.Condition()
        with open(folder / "load.log", "ab") as errors:
            self.process = subprocess.Popen([sys.executable, str(HERE / "load.py"), str(file)], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE, stderr=errors, text=True, start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.counts = json.loads(line)
                self.changed.notify_all()
        with self.changed:
            self.counts["ended"] = True
            self.changed.notify_all()

    def wait_for(self, done, seconds):
        """Until so many cases are done."""
        with self.changed:
            reached = self.changed.wait_for(lambda: self.counts["done"] >= done or "ended" in self.counts, seconds)
        if not reached or "ended" in self.counts:
            raise RuntimeError(f"the load generator stands at {self.counts} and should have done {done} in {seconds} s")

    def finish(self, seconds):
        """No new cases; what is under way gets its clear answer."""
        self.process.stdin.write("end\n")
        self.process.stdin.flush()
        if self.process.wait(seconds) != 0:
            raise RuntimeError("the load generator failed: see load.log")
        self.reader.join(10)
        return self.counts["done"]

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)
