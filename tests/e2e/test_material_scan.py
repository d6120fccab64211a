"""Scanners of files: a command and an HTTP service, that find something, find nothing, and do neither."""

import http.server
import stat
import subprocess
import threading

import pytest

from gateway import eventually
from materials import file_case, pdf, put, sha256, with_content

ORIGIN, DEST, STRANGER = "jining-platform", "changzhi-platform", "qingdao-platform"


def test_a_scanner_is_asked(gateways, tmp_path):
    script = tmp_path / "scan"
    script.write_text("#!/bin/sh\ngrep -q EICAR \"$1\" && exit 1\ngrep -q HANG \"$1\" && exec sleep 1000\n"
                      "grep -q BROKEN \"$1\" && exit 7\n[ -z \"$SECRET\" ]\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    gateway = gateways.start({"materials": {"scan": {"command": str(script), "deadline": "500ms"}}}, name="scan")
    with gateway.client(ORIGIN) as origin:
        assert put(origin, pdf(1000)).status_code == 201
        for seed, status, kind in (("EICAR", 422, "scan-refused"), ("HANG", 503, "scan-unavailable"),
                                   ("BROKEN", 503, "scan-unavailable")):
            answer = put(origin, pdf(1000, seed))
            assert answer.status_code == status and answer.json()["type"].endswith(kind), (seed, answer.text)
            assert not (gateway.folder / "data/materials" / sha256(pdf(1000, seed))[:2]).joinpath(
                sha256(pdf(1000, seed))[2:4], sha256(pdf(1000, seed))).exists()
    assert not list((gateway.folder / "data" / "uploads").iterdir())
    assert subprocess.run(["pgrep", "-f", f"{script} "], check=False).returncode == 1, "the scanner is ended"


def test_files_inside_messages_are_scanned_whatever_their_size(gateways, tmp_path, number):
    script = tmp_path / "scan"
    script.write_text("#!/bin/sh\ngrep -q EICAR \"$1\" && exit 1\ngrep -q BROKEN \"$1\" && exit 7\nexit 0\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    gateway = gateways.start({"materials": {"store_down": "keep_inline", "scan": {"command": str(script)}}}, name="inside")
    with gateway.client(ORIGIN) as origin:
        for size in (300, 100_000):
            assert origin.message(with_content(f"{number}C{size}", pdf(size))).status_code == 202
            found = origin.message(with_content(f"{number}E{size}", pdf(size, "EICAR")))
            assert found.status_code == 422 and found.json()["violations"][0]["rule"] == "scan", found.text
            broken = origin.message(with_content(f"{number}B{size}", pdf(size, "BROKEN")))
            assert broken.status_code == 503 and broken.json()["type"].endswith("scan-unavailable"), broken.text
            assert not origin.find(f"{number}E{size}") and not origin.find(f"{number}B{size}")
    assert not list((gateway.folder / "data" / "uploads").iterdir())
    assert gateway.metric("tongban_materials_scans_total", outcome="refused") == 2


class ScanServer:
    """A scanner behind HTTP that does with a file what stands in it."""

    def __init__(self):
        self.seen, self.hanging, self.go_on, self.server = [], 0, threading.Event(), None
        self.start()

    def start(self, port=0):
        scanner = self

        class Requests(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                scanner.seen.append((self.headers["Content-Type"], self.path, data))
                word = next((word for word in scanner.ANSWERS if word.encode() in data), "")
                self.close_connection = True
                scanner.ANSWERS.get(word, lambda request: request.say(200))(self)

            def say(self, status, body=b"{}", **headers):
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def hang(self):
                scanner.hanging += 1
                scanner.go_on.wait(30)

            def say_late(self):
                self.hang()
                self.say(200)

            def endless(self):
                self.send_response(200)
                self.end_headers()
                try:
                    while not scanner.go_on.is_set():
                        self.wfile.write(b"x" * 65536)
                except OSError:
                    pass  # the gateway has heard enough

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Requests)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    # None has a word in common with another's.
    ANSWERS = {"NOTHING-FOUND": lambda request: request.say(204, b""),
               "EICAR": lambda request: request.say(403), "WORM": lambda request: request.say(406),
               "TROJAN": lambda request: request.say(422, b"found: x"),
               "SLOW": lambda request: request.hang(), "LATE": lambda request: request.say_late(),
               "TALKS": lambda request: request.endless(),
               "BROKEN": lambda request: request.say(500), "ELSEWHERE": lambda request: request.say(302, Location="/clean"),
               "UNKNOWN": lambda request: request.say(404), "GARBAGE": lambda request: request.wfile.write(b"clean!\r\n\r\n"),
               "SILENT": lambda request: None, "CUT": lambda request: request.wfile.write(b"HTTP/1.1 2")}

    def stop(self):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def scanner():
    made = ScanServer()
    yield made
    made.stop()


def is_kept(gateway, data):
    digest = sha256(data)
    return (gateway.folder / "data/materials" / digest[:2] / digest[2:4] / digest).exists()


def test_a_scanner_behind_http_is_asked(gateways, scanner):
    settings = {"scan": {"url": f"http://127.0.0.1:{scanner.port}/scan", "deadline": "500ms"}}
    gateway = gateways.start({"materials": settings}, name="http-scan")
    with gateway.client(ORIGIN) as origin:
        for data in (pdf(3_000_000), pdf(1000, "NOTHING-FOUND")):
            assert put(origin, data).status_code == 201 and is_kept(gateway, data)
            assert scanner.seen[-1] == ("application/octet-stream", "/scan", data), "the whole file, and nothing of its sender"
        for word in ("EICAR", "WORM", "TROJAN"):
            answer = put(origin, pdf(1000, word))
            assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[1]) == (422, "scan-refused"), (word, answer.text)
            assert not is_kept(gateway, pdf(1000, word))
        for word in ("SLOW", "TALKS", "BROKEN", "ELSEWHERE", "UNKNOWN", "GARBAGE", "SILENT", "CUT"):
            answer = put(origin, pdf(1000, word))
            assert (answer.status_code, answer.json()["type"].rsplit(":", 1)[1]) == (503, "scan-unavailable"), (word, answer.text)
            assert answer.headers["Retry-After"] and not is_kept(gateway, pdf(1000, word))
        # Down: the file is taken when the scanner is there again, and not before.
        scanner.stop()
        data = pdf(2000)
        assert put(origin, data).status_code == 503 and not is_kept(gateway, data)
        scanner.start(scanner.port)
        assert put(origin, data).status_code == 201 and is_kept(gateway, data)
    assert not list((gateway.folder / "data" / "uploads").iterdir()), "nothing that was not taken is left lying"


def test_a_scanner_that_hangs_holds_up_its_own_files_alone(gateways, scanner, number):
    settings = {"materials": {"scan": {"url": f"http://127.0.0.1:{scanner.port}/scan", "deadline": "1m"}},
                "gateway": {"request_timeout": "2s"}}
    gateway = gateways.start(settings, name="hanging-scan")
    answers = []

    def send_late(each):
        with gateway.client(STRANGER) as stranger:
            answers.append(put(stranger, pdf(1000, f"LATE{each}")).status_code)

    with gateway.client(ORIGIN) as origin, gateway.client(DEST) as dest:
        known = pdf(1000)
        assert put(origin, known).status_code == 201
        senders = [threading.Thread(target=send_late, args=(each,)) for each in range(6)]
        for each in senders:
            each.start()
        try:
            eventually(lambda: scanner.hanging == 4, 20, "as many of one partner's files as may be are with the scanner")
            assert put(origin, pdf(1000)).status_code == 201
            case_id = file_case(origin, number, sha256(known))
            assert dest.get(f"/v1/cases/{case_id}/materials").json()["files"][0]["state"] == "stored"
            # A message waits for no scanner longer than a request may take.
            message = with_content(f"{number}S", pdf(500, "LATE"))
            answer = origin.message(message)
            assert answer.status_code == 503 and answer.json()["type"].endswith("scan-unavailable"), answer.text
            assert not origin.find(f"{number}S")
        finally:
            scanner.go_on.set()
        for each in senders:
            each.join()
        assert answers == [201] * 6
        # What the scanner said too late counts when the message comes again.
        eventually(lambda: gateway.metric("tongban_materials_scans_total", outcome="clean") == 9, 10, "it has said all")
        asked = len(scanner.seen)
        assert origin.message(message).status_code == 202 and len(scanner.seen) == asked
    eventually(lambda: not list((gateway.folder / "data" / "uploads").iterdir()), what="nothing is left lying")
