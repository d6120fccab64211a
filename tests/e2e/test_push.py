"""Push: the gateway calls a region's platform over mutual TLS, reads its inner answer, tries again, and gives up in the
open."""

import http.server
import json
import ssl
import threading
import time

import pytest
import yaml

from emulator import City
from gateway import eventually, free_port, submission

ORIGIN, REGION = "jining-platform", "140400"


class Platform:
    """A city's platform: answers what it is told to and remembers what it got."""

    def __init__(self, authority):
        self.got, self.answers, self.lock = [], [], threading.Lock()
        platform = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with platform.lock:
                    platform.got.append({"id": self.headers["Idempotency-Key"], "body": body,
                                         "attempt": self.headers["X-Tongban-Attempt"]})
                    status, text, *needs = platform.answers.pop(0) if platform.answers else (200, "")
                time.sleep(*needs or [0])  # how long this city needs for it
                answer = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        who = authority.parties.get("target") or authority.issue("server", "target", "--dns", "localhost", "--ip",
                                                                 "127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(who.certificate, who.key)
        context.load_verify_locations(authority.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"https://localhost:{self.server.server_port}/receive"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def platform(authority):
    made = Platform(authority)
    yield made
    made.stop()


def pushing(gateways, url, pin="localhost", settings=None, port=0, read_seconds=2):
    authority = gateways.authority
    caller = authority.parties.get("caller") or authority.issue("platform", "caller", "--unit", "100000", "--uri",
                                                                "tongban://100000/gateway")
    gateway = gateways.make({"gateway": {"port": port},
                             "deliveries": {"retry_first": "20ms", "attempts_max": 3, **(settings or {}),
                                            "tls": {"certificate": caller.certificate, "key": caller.key}}})
    file = gateway.folder / "partners" / "changzhi.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["delivery"] = {"transport": "push", "dialect": "canonical",
                                           "push": {"url": url, "pins": [{"san_dns": pin}], "read_seconds": read_seconds}}
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))
    return gateway.start()


def file_case(gateway, number):
    with gateway.client(ORIGIN) as origin:
        answer = origin.message(submission(number, origin="370800", dest=REGION))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def standing(gateway, kind):
    return gateway.metric("tongban_deliveries", region=REGION, kind=kind)


def emulated(gateways, tmp_path, number, **settings):
    """A gateway that pushes to an emulated platform, which receives the case of that number and no other."""
    script = f"cases: [{{numbers: ['{number}'], steps: [receive]}}]"
    port = free_port()
    gateway = pushing(gateways, f"https://localhost:{port}/receive", **settings)
    authority = gateways.authority
    server = authority.parties.get("target") or authority.issue("server", "target", "--dns", "localhost", "--ip", "127.0.0.1")
    return gateway, City(gateway, "changzhi-platform", tmp_path, "--listen", f"127.0.0.1:{port}", "--listen-certificate",
                         server.certificate, "--listen-key", server.key, script=script)


def test_filing_reaches_the_platform_and_is_acknowledged(gateways, tmp_path, number):
    gateway, platform = emulated(gateways, tmp_path, number)
    with platform:
        case = file_case(gateway, number)
        eventually(lambda: standing(gateway, "acknowledged") == 1, 20)
        (got,) = platform.journal("delivered")
        assert got["delivery"] == f"{case}-1-{REGION}" and got["outcome"] == "taken" and got["attempt"] == 1
        # It read the number in the message, and works the case.
        (done,) = eventually(lambda: platform.journal("event"), 20)
        assert done["event"] == "DEST_RECEIVED" and done["case_id"] == case and done["outcome"] == "accepted"
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_a_stop_waits_for_the_push_under_way(gateways, platform, number):
    gateway = pushing(gateways, platform.url, read_seconds=10)
    platform.answers = [(200, "", 5)]
    case = file_case(gateway, number)
    eventually(lambda: platform.got, 10)
    gateway.stop()
    gateway.start()
    eventually(lambda: standing(gateway, "acknowledged") == 1, 20)
    assert len(platform.got) == 1, "nothing was delivered twice"
    with gateway.client("changzhi-platform") as dest:
        (delivery,) = dest.get(f"/v1/cases/{case}/timeline").json()["deliveries"]
        assert delivery["attempts"] == 1, delivery


def test_failed_attempts_are_made_again_with_the_same_id_and_end_as_a_dead_letter(gateways, platform, number):
    gateway = pushing(gateways, platform.url)
    platform.answers = [(503, ""), (200, "")]
    file_case(gateway, number)
    eventually(lambda: standing(gateway, "acknowledged") == 1, 20)
    assert len({each["id"] for each in platform.got}) == 1
    assert [each["attempt"] for each in platform.got] == ["1", "2"]
    platform.answers = [(422, "")] * 3
    file_case(gateway, number + "B")
    eventually(lambda: standing(gateway, "dead_lettered") == 1, 20)
    assert gateway.metric("tongban_reconciliation_gap") == 0


def test_target_with_another_certificate_gets_nothing(gateways, tmp_path, number):
    gateway, platform = emulated(gateways, tmp_path, number, pin="somebody.example.cn")
    with platform:
        file_case(gateway, number)
        eventually(lambda: gateway.metric("tongban_push_failures_total", code="certificate_not_pinned") >= 1, 20)
        assert platform.journal("delivered") == [] and standing(gateway, "acknowledged") == 0


def test_platform_that_is_away_gets_it_when_it_is_back(gateways, tmp_path, number):
    gateway, platform = emulated(gateways, tmp_path, number, settings={"attempts_max": 1000}, port=free_port())
    case = file_case(gateway, number)
    eventually(lambda: gateway.metric("tongban_push_failures_total") >= 1, 20)
    assert standing(gateway, "pending") == 1
    gateway.kill()
    gateway.start()
    assert standing(gateway, "pending") == 1, "over a crash too"
    with platform:
        eventually(lambda: standing(gateway, "acknowledged") == 1, 90, "it is pushed when somebody listens again")
        (got,) = platform.journal("delivered")
        assert got["delivery"] == f"{case}-1-{REGION}" and got["attempt"] >= 2
