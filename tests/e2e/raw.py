"""HTTP by hand over TLS: for what every client refuses to send, and for clients that behave badly."""

import http.client
import json
import ssl


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


def read_answer(connection, method="POST"):
    """One whole answer from a connection; its final one when 1xx come before."""
    response = http.client.HTTPResponse(connection, method=method)
    response.begin()
    return Answer(response)


def head(path="/v1/messages", method="POST", content_type="application/vnd.tongban.v1+json", **headers):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def exchange(gateway, party, sent, method="POST"):
    """Sends bytes on a new connection, as far as the gateway takes them, and reads one answer."""
    with gateway.tls_socket(party) as connection:
        try:
            connection.sendall(sent)
        except (ssl.SSLError, ConnectionError):
            pass  # it answered and closed before all was sent
        return read_answer(connection, method)


def tls_failure(gateway, party, context=None):
    """Tries a request on a connection the gateway must refuse; the alert, as OpenSSL names it."""
    try:
        with gateway.tls_socket(party, context) as connection:
            connection.sendall(head("/v1/whoami", "GET", content_type=None))
            got = connection.recv(1000)  # with TLS 1.3 the alert comes after the client's handshake
            raise AssertionError(f"served: {got!r}")
    except ssl.SSLError as refused:
        return refused.reason or str(refused)
