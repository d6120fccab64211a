"""Processes that are ended by their own pid, and waiting for conditions."""

import os
import subprocess
import time


def environment():
    """What a started program needs, without our own Python's settings."""
    return dict(os.environ, PYTHONDONTWRITEBYTECODE="1")


def until(condition, seconds, every=0.05):
    """What `condition` gives when it is true; None when it was not within `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            return None
        time.sleep(every)


class Process:
    """A program in a session of its own, which a Ctrl-C at the terminal does not reach; `output`: of it alone, not its errors."""

    def __init__(self, command, log, output=None):
        self.command, self.log, self.output, self.child = [str(each) for each in command], log, output or log, None

    def start(self):
        with open(self.output, "ab") as output, open(self.log, "ab") as log:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=output, stderr=log,
                                          env=environment(), start_new_session=True)
        return self

    def ended(self):
        return self.child is None or self.child.poll() is not None

    def end(self, seconds=15):
        """SIGTERM, and SIGKILL when that is not enough; the exit code."""
        if self.child is None:
            return None
        self.child.terminate()
        try:
            return self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self):
        if self.child is not None and self.child.poll() is None:
            self.child.kill()
        return self.child and self.child.wait(15)
