"""The network between the parts: TCP paths that pass, hang, refuse, or lose replies, told by lines on standard input.

    {"path": "g0-b1", "mode": "hang"}      each is answered by a line: {"path": …, "ok": true, "dropped": replies lost}

A process of its own, so that a busy load generator does not slow the brokers' traffic down. Modes of a path:
  pass           bytes go through
  hang           nothing goes through in either direction and no connection ends, as when a cable is pulled; what was
                 sent meanwhile arrives afterwards, as TCP sends it again
  refuse         connections are reset and new ones refused
  drop_replies   a request goes through; when its answer comes, the connection is cut instead, with `chance` in 100
"""

import asyncio
import json
import random
import socket
import struct
import sys

HIGH_WATER = 1 << 20
RESET = struct.pack("ii", 1, 0)  # SO_LINGER of no time: the peer gets RST


class Side(asyncio.Protocol):
    """One end of a connection through a path; `other` is the opposite end."""

    def __init__(self, path, other=None):
        self.path, self.other, self.is_client = path, other, other is None
        self.transport, self.early = None, []
        self.turns, self.last = 0, None  # how often the direction changed, seen by the client's side

    def connection_made(self, transport):
        self.transport = transport
        transport.set_write_buffer_limits(HIGH_WATER)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.path.sides.add(self)
        if self.path.mode == "hang":
            transport.pause_reading()
        if self.is_client:
            self.path.spawn(self.path.connect(self))

    def data_received(self, data):
        if self.other is None or self.other.transport is None:
            self.early.append(data)
        elif not self.path.swallows(self, data):
            self.other.transport.write(data)

    def pause_writing(self):
        if self.other and self.other.transport:
            self.other.transport.pause_reading()

    def resume_writing(self):
        if self.other and self.other.transport and self.path.mode != "hang":
            self.other.transport.resume_reading()

    def eof_received(self):
        return False

    def connection_lost(self, _):
        self.path.sides.discard(self)
        if self.other and self.other.transport:
            self.other.transport.close()

    def reset(self):
        """The peer sees the connection die, not end."""
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.fileno() >= 0:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()


class Path:
    """A listener and where it leads."""

    def __init__(self, name, port, backend):
        self.name, self.port, self.backend = name, port, backend
        self.mode, self.sides, self.server, self.tasks = "pass", set(), None, set()
        self.chance, self.percent, self.dropped = random.Random(0), 100, 0
        self.resumed = asyncio.Event()
        self.resumed.set()

    def spawn(self, coroutine):
        task = asyncio.get_running_loop().create_task(coroutine)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def listen(self):
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(lambda: Side(self), "127.0.0.1", self.port, backlog=512)

    async def connect(self, client):
        await self.resumed.wait()
        try:
            _, target = await asyncio.get_running_loop().create_connection(lambda: Side(self, client), "127.0.0.1",
                                                                           self.backend)
        except OSError:
            client.reset()
            return
        if client.transport.is_closing():
            target.transport.abort()
            return
        client.other = target
        for data in client.early:
            target.transport.write(data)
        client.early = []

    def swallows(self, side, data):
        """Whether these bytes are an answer that must be lost; then the connection is cut."""
        client = side if side.is_client else side.other
        direction = "request" if side.is_client else "answer"
        if client.last != direction:
            client.last, client.turns = direction, client.turns + 1
        # Six turns of direction: two of the handshake and one whole exchange are behind it.
        if self.mode != "drop_replies" or side.is_client or client.turns < 6:
            return False
        if self.chance.randrange(100) >= self.percent:
            return False
        self.dropped += 1
        client.reset()
        side.reset()
        return True

    async def set(self, mode, seed=0, percent=100):
        self.chance, self.percent = random.Random(seed), percent
        before, self.mode = self.mode, mode
        if mode == "hang":
            self.resumed.clear()
        else:
            self.resumed.set()
        if mode == "refuse":
            self.server.close()
            for side in list(self.sides):
                side.reset()
        elif before == "refuse":
            await self.listen()
        for side in list(self.sides):
            if mode == "hang":
                side.transport.pause_reading()
            elif before == "hang":
                side.transport.resume_reading()


async def serve(all_paths):
    """Until standard input ends."""
    paths = {path.name: path for path in all_paths}
    for path in all_paths:
        await path.listen()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps({"ready": True}), flush=True)
    while line := await reader.readline():
        order = json.loads(line)
        path = paths[order.pop("path")]
        await path.set(**order)
        print(json.dumps({"path": path.name, "ok": True, "dropped": path.dropped}), flush=True)


if __name__ == "__main__":
    asyncio.run(serve([Path(**each) for each in json.loads(sys.argv[1])]))
