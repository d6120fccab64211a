"""Requests that are broken as HTTP or too much: each is answered with a reason, nothing is stored, others are served."""

import gzip
import json
import time

import pytest

import raw
from gateway import eventually, megabytes, submission

PARTY = "jining-platform"
CANONICAL = "application/vnd.tongban.v1+json"


@pytest.fixture(autouse=True)
def nothing_is_stored(gateway, request):
    before = gateway.status()["cases"]["accepted"]
    yield
    if "stores" not in request.keywords:
        assert gateway.status()["cases"]["accepted"] == before
    assert gateway.metric("tongban_http_handler_exceptions_total") == 0
    assert gateway.metric("tongban_http_connection_exceptions_total") == 0


def limit(gateway, name):
    return gateway.metric("tongban_http_limit_total", listener="gateway", limit=name)


def problem(answer, status, kind):
    assert answer.status == status, answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:tongban:problem:{kind}", body
    assert body["title"] and body["title_zh"] and body["request_id"] and body["status"] == status
    return body


def body_of(number):
    return json.dumps(submission(number)).encode()


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_body_that_ends_early_is_dropped(gateway, number):
    body = body_of(number)
    before = gateway.metric("tongban_http_connections", listener="gateway")
    with gateway.tls_socket(PARTY) as connection:
        connection.sendall(raw.head(Content_Length=len(body)) + body[:-10])
    eventually(lambda: gateway.metric("tongban_http_connections", listener="gateway") <= before,
               what="the connection is given up")


def test_too_large_body_is_refused_before_it_is_sent(gateway):
    before = limit(gateway, "body_bytes")
    with gateway.tls_socket(PARTY) as connection:
        connection.sendall(raw.head(Content_Length=5 * 1024 * 1024))
        answer = raw.read_answer(connection)  # nothing of the body was sent
    assert problem(answer, 413, "body-too-large")["limit_bytes"] == 4 * 1024 * 1024
    assert limit(gateway, "body_bytes") == before + 1


def test_too_large_chunked_body_is_refused_on_the_way(gateway):
    block = chunk(b" " * 65536)
    answer = raw.exchange(gateway, PARTY, raw.head(Transfer_Encoding="chunked") + block * 160 + b"0\r\n\r\n")
    problem(answer, 413, "body-too-large")


def test_gzip_bomb_is_refused_at_the_bound(gateway):
    bomb = gzip.compress(gzip.compress(b" ") + b" " * 200_000_000, 9)
    assert len(bomb) < 1_000_000
    before, resident = limit(gateway, "inflated_bytes"), gateway.resident_bytes()
    answer = raw.exchange(gateway, PARTY, raw.head(Content_Length=len(bomb), Content_Encoding="gzip") + bomb)
    problem(answer, 413, "body-too-large")
    assert limit(gateway, "inflated_bytes") == before + 1
    assert gateway.resident_bytes() - resident < megabytes(32)


def test_broken_gzip_is_refused(gateway, number):
    packed = gzip.compress(body_of(number))
    for bad in (packed[:-9], packed[:20] + b"\x00\xff" * 20, b"not gzip at all"):
        answer = raw.exchange(gateway, PARTY, raw.head(Content_Length=len(bad), Content_Encoding="gzip") + bad)
        problem(answer, 400, "broken-gzip")


def test_unknown_content_encoding_names_the_known_one(gateway, number):
    body = body_of(number)
    answer = raw.exchange(gateway, PARTY, raw.head(Content_Length=len(body), Content_Encoding="br") + body)
    problem(answer, 415, "content-encoding")
    assert "gzip" in answer.headers["Accept-Encoding"]


@pytest.mark.stores
def test_gzip_body_is_taken(gateway, number):
    packed = gzip.compress(body_of(number))
    answer = raw.exchange(gateway, PARTY, raw.head(Content_Length=len(packed), Content_Encoding="gzip") + packed)
    assert answer.status == 202, answer.body


@pytest.mark.stores
def test_chunked_body_is_taken_in_any_pieces(gateway, number):
    body = body_of(number)
    pieces = b"".join(chunk(body[i:i + 7]) for i in range(0, len(body), 7)) + b"0\r\nX-Trailer: 1\r\n\r\n"
    with gateway.tls_socket(PARTY) as connection:
        sent = raw.head(Transfer_Encoding="chunked") + pieces
        for i in range(0, len(sent), 61):
            connection.sendall(sent[i:i + 61])
        answer = raw.read_answer(connection)
    assert answer.status == 202, answer.body


@pytest.mark.stores
def test_expect_100_continue(gateway, number):
    body = body_of(number)
    with gateway.tls_socket(PARTY) as connection:
        connection.sendall(raw.head(Content_Length=len(body), Expect="100-continue"))
        interim = connection.recv(1000)
        assert interim.startswith(b"HTTP/1.1 100 "), interim
        connection.sendall(body)
        assert raw.read_answer(connection).status == 202


def test_expect_100_continue_of_a_body_that_will_be_refused(gateway):
    with gateway.tls_socket(PARTY) as connection:
        connection.sendall(raw.head(Content_Length=9_000_000, Expect="100-continue"))
        problem(raw.read_answer(connection), 413, "body-too-large")


@pytest.mark.stores
def test_pipelined_requests_are_answered_in_order(gateway, number):
    numbers = [f"{number}-{i}" for i in range(5)]
    sent = b""
    for one in numbers:
        body = body_of(one)
        sent += raw.head(Content_Length=len(body)) + body
    with gateway.tls_socket(PARTY) as connection:
        connection.sendall(sent)
        reader = connection.makefile("rb")
        for one in numbers:
            assert reader.readline().startswith(b"HTTP/1.1 202")
            length = 0
            while (line := reader.readline()) not in (b"\r\n", b""):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            assert json.loads(reader.read(length))["source_case_no"] == one


BAD_REQUESTS = {
    "two lengths": (b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
    "length and chunked": (b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "negative length": (b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
    "bad chunk size": (b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhi\r\n", 400),
    "unknown transfer coding": (b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "no HTTP": (b"HELLO GATEWAY\r\n\r\n", 400),
    "NUL in a field": (b"GET /v1/whoami HTTP/1.1\r\nHost: a\r\nX-Request-Id: a\x00b\r\n\r\n", 400),
    "NUL in the target": (b"GET /v1/cases/%00 HTTP/1.1\r\nHost: a\r\n\r\n", (400, 404)),
    "broken escape": (b"GET /v1/cases/%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "no host": (b"GET /v1/whoami HTTP/1.1\r\n\r\n", 400),
    "HTTP/2.0": (b"GET /v1/whoami HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    "unknown expectation": (b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 200-ok\r\n\r\n", 417),
    "fields too large": (b"GET /v1/whoami HTTP/1.1\r\nHost: a\r\n" + b"X-A: " + b"a" * 9000 + b"\r\nX-B: " +
                         b"b" * 9000 + b"\r\n\r\n", 431),
    "target too long": (b"GET /v1/cases?source_case_no=" + b"1" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "nothing there": (b"GET /v2/everything HTTP/1.1\r\nHost: a\r\n\r\n", 404),
    "method not allowed": (b"DELETE /v1/inbox HTTP/1.1\r\nHost: a\r\n\r\n", 405),
}


@pytest.mark.parametrize("name", BAD_REQUESTS)
def test_broken_request(gateway, name):
    sent, status = BAD_REQUESTS[name]
    answer = raw.exchange(gateway, PARTY, sent, method="GET")
    assert answer.status in (status if isinstance(status, tuple) else (status,)), answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    if status == 405:
        assert "GET" in answer.headers["Allow"]
    if answer.json()["type"].endswith(":malformed-request"):
        assert answer.json()["detail"].isascii() and not answer.json()["detail_zh"].isascii()


def test_request_id_and_trace_come_back_and_are_logged(gateway):
    trace = "0af7651916cd43dd8448eb211c80319c"
    with gateway.client(PARTY) as client:
        answer = client.get("/v1/whoami", headers={"X-Request-Id": "city-7.42",
                                                   "traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert answer.headers["X-Request-Id"] == "city-7.42"
    assert answer.headers["traceparent"].startswith(f"00-{trace}-")
    eventually(lambda: [line for line in gateway.log() if line.get("request_id") == "city-7.42" and
                        line.get("trace_id") == trace], what="the request is logged with both")


def test_wild_request_id_is_replaced(gateway):
    with gateway.client(PARTY) as client:
        for wild in ("a b", "x" * 300, "{}", "测试".encode().decode("latin-1")):
            answer = client.get("/v1/whoami", headers={"X-Request-Id": wild})
            assert answer.status_code in (200, 400)
            assert answer.headers["X-Request-Id"] != wild


def test_others_are_served_while_one_sends_slowly(gateway):
    with gateway.tls_socket(PARTY) as slow:
        slow.sendall(b"POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Le")
        with gateway.client(PARTY) as client:
            begun = time.monotonic()
            for _ in range(20):
                assert client.get("/v1/whoami").status_code == 200
            assert time.monotonic() - begun < 5
