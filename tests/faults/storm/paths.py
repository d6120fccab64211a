"""The harness's hand on the proxy process (proxy.py): which paths there are, and what happens on each."""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


class Paths:
    """Starts the proxy with `paths` (name, port, backend); `set` returns when the proxy has done it."""

    def __init__(self, paths, log):
        with open(log, "ab") as errors:
            self.process = subprocess.Popen([sys.executable, str(HERE / "proxy.py"), json.dumps(paths)],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                                            start_new_session=True)
        self._answer()

    def set(self, name, mode, **options):
        self.process.stdin.write(json.dumps({"path": name, "mode": mode, **options}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("the proxy ended: see its log")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
