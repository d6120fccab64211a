"""Clients that are slow, silent, many or deaf: each costs a bounded amount of memory, and the others are served."""

import base64
import contextlib
import resource
import socket
import ssl
import time

import pytest

import raw
from gateway import eventually, megabytes, submission, tls_context

PARTY = "jining-platform"


@pytest.fixture(scope="module")
def quick(gateways):
    """A gateway with short deadlines."""
    return gateways.start(name="quick", settings={"gateway": {
        "header_timeout": "2s", "body_timeout": "2s", "write_timeout": "2s", "handshake_timeout": "2s",
        "idle_timeout": "3s", "connections_max": 600}})


def limit(gateway, name):
    return gateway.metric("tongban_http_limit_total", listener="gateway", limit=name)


def connections(gateway):
    return gateway.metric("tongban_http_connections", listener="gateway")


def others_are_served(gateway, count=30):
    """Their answers come as quickly as ever."""
    with gateway.client("changzhi-window-1") as client:
        begun = time.monotonic()
        for _ in range(count):
            assert client.get("/v1/inbox").status_code == 200
        assert time.monotonic() - begun < 5


@contextlib.contextmanager
def many(gateway, count, connect):
    """`count` connections made by `connect`, closed at the end."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(connect()) for _ in range(count)]


def plain(gateway):
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=30)


def test_slowloris(quick):
    """200 clients that drip their headers are ended by the deadline, however busy they look."""
    resident, before = quick.resident_bytes(), limit(quick, "header_timeout")
    context = tls_context(quick.authority, PARTY)
    with many(quick, 200, lambda: quick.tls_socket(PARTY, context)) as clients:
        alive = list(clients)
        for one in alive:
            one.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: a\r\n")
        others_are_served(quick)
        deadline = time.monotonic() + 10
        while alive and time.monotonic() < deadline:
            alive = [one for one in alive if drip(one)]
            time.sleep(0.05)
        assert not alive, f"{len(alive)} still hold their connection"
        assert limit(quick, "header_timeout") >= before + 200
        assert quick.resident_bytes() - resident < megabytes(32)
        others_are_served(quick)


def drip(connection):
    """One more byte of a header; False when the gateway has hung up."""
    try:
        connection.setblocking(False)
        try:
            if connection.recv(4096):
                return True  # 408, and then the end
            return False
        except (ssl.SSLWantReadError, BlockingIOError):
            pass
        connection.send(b"a")
        return True
    except (OSError, ssl.SSLError):
        return False


def test_slow_body(quick):
    before = limit(quick, "body_timeout")
    with quick.tls_socket(PARTY) as connection:
        connection.sendall(raw.head(Content_Length=1000) + b"{")
        answer = raw.read_answer(connection)
    assert answer.status == 408 and limit(quick, "body_timeout") == before + 1


def test_silent_connections_without_a_handshake(quick):
    resident, before = quick.resident_bytes(), limit(quick, "handshake_timeout")
    with many(quick, 200, lambda: plain(quick)) as clients:
        others_are_served(quick)
        for one in clients:
            assert one.recv(1000) == b"", "hung up on"
        assert quick.resident_bytes() - resident < megabytes(32)
    assert limit(quick, "handshake_timeout") >= before + 200


def test_rubbish_instead_of_a_handshake(quick):
    for rubbish in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\0" * 5000, b"\x16\x03\x01\xff\xff" + b"a" * 70000, b"\x80\x2e\x01"):
        with plain(quick) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(rubbish)
                while connection.recv(4096):
                    pass
    others_are_served(quick)


def test_client_that_never_reads(quick, number):
    """It asks for megabytes and takes nothing: the write deadline ends it."""
    event = submission(number)
    # Each too small to go to the object store: they stay in the case.
    content = base64.b64encode(b"%PDF-1.7\n" + bytes(45_000)).decode()  # stays inside the message
    files = [{"name": f"{n}.pdf", "content": content} for n in range(34)]
    event["dossier"]["materials"] = [{"name": "户口簿", "files": files}]
    with quick.client(PARTY) as client:
        case_id = client.message(event).json()["case_id"]
    resident, before = quick.resident_bytes(), limit(quick, "write_timeout")
    context = tls_context(quick.authority, PARTY)

    def deaf():
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", quick.port))
        wrapped = context.wrap_socket(connection, server_hostname="localhost")
        wrapped.sendall(raw.head(f"/v1/cases/{case_id}", "GET", content_type=None) * 50)
        return wrapped

    with many(quick, 20, deaf):
        others_are_served(quick)
        eventually(lambda: limit(quick, "write_timeout") >= before + 20, 20, "all are given up")
        assert quick.resident_bytes() - resident < megabytes(200), "one answer each at the most"
    others_are_served(quick)


def test_more_connections_than_allowed(gateways):
    """The bound bites, is counted, and makes room for who comes by ending who has idled longest."""
    gateway = gateways.start(name="crowded", settings={"gateway": {"connections_max": 100}})
    context = tls_context(gateway.authority, PARTY)
    with many(gateway, 130, lambda: gateway.tls_socket(PARTY, context)) as clients:
        assert limit(gateway, "connections") >= 30
        assert connections(gateway) <= 100
        others_are_served(gateway)
        clients[-1].sendall(raw.head("/v1/whoami", "GET", content_type=None))
        assert raw.read_answer(clients[-1], "GET").status == 200, "the newest is served"
    eventually(lambda: connections(gateway) < 10, 20, "they are gone")


def test_five_thousand_idle_connections(gateways):
    """Their memory is bounded and known, and the others do not feel them."""
    count = 5000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 1000:
        assert hard >= count + 1000, f"ulimit -n allows {hard} descriptors: {count + 1000} are needed for this test"
        resource.setrlimit(resource.RLIMIT_NOFILE, (count + 1000, hard))
    gateway = gateways.start(name="idle", settings={"gateway": {"idle_timeout": "10m", "handshake_timeout": "1m"}})
    others_are_served(gateway)
    resident = gateway.resident_bytes()
    context = tls_context(gateway.authority, PARTY)
    with many(gateway, count, lambda: gateway.tls_socket(PARTY, context)):
        eventually(lambda: gateway.metric("tongban_tls_handshakes_total", listener="gateway") >= count, 60)
        assert connections(gateway) >= count
        each = (gateway.resident_bytes() - resident) / count
        print(f"{each / 1024:.1f} KiB for each idle connection")
        assert each < megabytes(48 / 1024)
        others_are_served(gateway, 100)
        with gateway.client(PARTY) as client:
            assert client.message(submission("IDLE-1")).status_code == 202
    eventually(lambda: connections(gateway) < 10, 30, "all are gone")
