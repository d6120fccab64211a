"""What was answered, one JSON object a line, in the form that history_check reads (tests/history)."""

import json
import threading
import time


def unix_ms():
    return int(time.time() * 1000)


class Journal:
    """Appends lines to a file; whole lines only, from any thread."""

    def __init__(self, path, by):
        self.by = by
        self.file = open(path, "a", encoding="utf-8", buffering=1 << 16)
        self.lock = threading.Lock()

    def say(self, kind, by=None, **fields):
        line = {"kind": kind, "at_ms": unix_ms(), "by": by or self.by}
        line.update((name, value) for name, value in fields.items() if value is not None)
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"
        with self.lock:
            self.file.write(text)

    def flush(self):
        with self.lock:
            self.file.flush()

    def close(self):
        self.file.close()
