"""A reader of server-sent events over mutual TLS, by the letter of the standard (WHATWG HTML, 9.2.6), that can also stop
reading."""

import json
import socket
import time


class Event:
    def __init__(self, event_id, name, data):
        self.id, self.name, self.data = event_id, name, data

    @property
    def json(self):
        return json.loads(self.data)


class Events:
    """An open stream. `last_id` is what a browser would send as Last-Event-ID when it comes again."""

    def __init__(self, gateway, party, query="", last_event_id=None, version="1.1", receive_buffer=0):
        self.socket = gateway.tls_socket(party)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        fields = ["Host: localhost", "Accept: text/event-stream"]
        if last_event_id is not None:
            fields.append(f"Last-Event-ID: {last_event_id}")
        self.socket.sendall((f"GET /v1/events{query} HTTP/{version}\r\n" + "\r\n".join(fields) + "\r\n\r\n").encode())
        self.chunked, self.status = False, 0
        self.last_id, self.retry, self.comments = "", None, []
        self._id, self._name, self._data = "", "", []
        self._raw, self._text, self.ended = b"", b"", False
        while b"\r\n\r\n" not in self._raw:
            assert self._receive(20), "no answer"
        lines, self._raw = self._raw.split(b"\r\n\r\n", 1)
        lines = lines.decode().split("\r\n")
        self.status = int(lines[0].split()[1])
        self.headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        self.chunked = self.headers.get("transfer-encoding") == "chunked"
        self._unpack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def problem(self):
        """The body of an answer that is no stream."""
        while len(self._raw) < int(self.headers["content-length"]):
            assert self._receive(20), "cut off"
        return json.loads(self._raw)

    def take(self, count, seconds=20):
        """The next events, exactly that many; fails when they do not come in time or the stream ends."""
        found = []
        deadline = time.monotonic() + seconds
        while len(found) < count:
            event = self.next(max(deadline - time.monotonic(), 0.01))
            assert event is not None, f"{len(found)} of {count} events; the stream {'ended' if self.ended else 'is silent'}"
            found.append(event)
        return found

    def next(self, seconds):
        """The next event, or None when none comes in time or the stream ends."""
        deadline = time.monotonic() + seconds
        while True:
            while b"\n" in self._text:
                line, self._text = self._text.split(b"\n", 1)
                event = self._line(line.decode())
                if event is not None:
                    return event
            if self.ended or not self._more(deadline - time.monotonic()):
                return None

    def drop_until_end(self, seconds=20):
        """Reads on until the stream ends in good order; the events that still came."""
        found = []
        deadline = time.monotonic() + seconds
        while not self.ended or self._text:
            assert time.monotonic() < deadline, "the stream goes on"
            event = self.next(0.2)
            if event is not None:
                found.append(event)
        return found

    def wait_for_comment(self, text, seconds=20):
        deadline = time.monotonic() + seconds
        while not any(text in each for each in self.comments):
            assert time.monotonic() < deadline and not self.ended, self.comments
            assert self.next(0.05) is None, "an event nobody expected"

    def _more(self, seconds):
        if not self._receive(seconds):
            return False
        self._unpack()
        return True

    def _receive(self, seconds):
        """False when nothing comes in time, or the other side closed."""
        self.socket.settimeout(max(seconds, 0.001))
        try:
            block = self.socket.recv(65536)
        except TimeoutError:
            return False
        if not block:
            if self.chunked and not self.ended:
                raise ConnectionError("closed before the last chunk")
            self.ended = True
            return False
        self._raw += block
        return True

    def _unpack(self):
        """Chunks that have come whole, as text."""
        if self.status != 200:
            return
        if not self.chunked:
            self._text, self._raw = self._text + self._raw, b""
            return
        while b"\r\n" in self._raw:
            size, rest = self._raw.split(b"\r\n", 1)
            length = int(size, 16)
            if len(rest) < length + 2:
                return
            assert rest[length:length + 2] == b"\r\n", "a chunk ends with a line break"
            self._text += rest[:length]
            self._raw = rest[length + 2:]
            self.ended = self.ended or length == 0

    def _line(self, line):
        if not line:
            event = Event(self._id, self._name, "\n".join(self._data)) if self._data else None
            self.last_id = self._id
            self._name, self._data = "", []
            return event
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not field:
            self.comments.append(value)
        elif field == "id":
            self._id = value
        elif field == "event":
            self._name = value
        elif field == "data":
            self._data.append(value)
        elif field == "retry":
            self.retry = int(value)
        return None
