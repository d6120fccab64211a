"""HTTPS/1.1 as a platform's or window's client speaks it: asyncio, kept-alive connections, a deadline for everything."""

import asyncio
import json
import ssl

REQUEST_SECONDS = 8.0


class NoAnswer(Exception):
    """Refused, cut, silent or garbled: whether the request took effect is not known."""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


def context_of(ca, certificate, key):
    context = ssl.create_default_context(cafile=str(ca))
    context.load_cert_chain(certificate, key)
    return context


class Client:
    """One party at one gateway; as many connections as requests are under way."""

    def __init__(self, port, context):
        self.port, self.context, self.idle = port, context, []

    async def request(self, method, path, body=None, content_type="application/json", seconds=REQUEST_SECONDS):
        try:
            async with asyncio.timeout(seconds):
                return await self._request(method, path, body, content_type)
        except (OSError, EOFError, TimeoutError, ValueError, ssl.SSLError, asyncio.LimitOverrunError) as failed:
            raise NoAnswer(f"{type(failed).__name__}: {failed}") from failed

    async def _request(self, method, path, body, content_type):
        reader, writer = self.idle.pop() if self.idle else await asyncio.open_connection(
            "127.0.0.1", self.port, ssl=self.context, server_hostname="localhost")
        try:
            payload = body or b""
            writer.write(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\n"
                         f"Content-Length: {len(payload)}\r\n\r\n".encode() + payload)
            answer, keep = await read_answer(reader)
        except BaseException:
            writer.transport.abort()
            raise
        if keep:
            self.idle.append((reader, writer))
        else:
            writer.transport.abort()
        return answer

    def close(self):
        for _, writer in self.idle:
            writer.transport.abort()
        self.idle = []


async def read_answer(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {}
    for line in head[1:-2]:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Answer(int(head[0].split(" ", 2)[1]), headers, body), headers.get("connection", "").lower() != "close"
