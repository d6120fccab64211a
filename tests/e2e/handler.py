"""A destination's automatic handler 秒批: a real HTTPS server that asks for the gateway's certificate and answers as it is
told to."""

import http.server
import json
import ssl
import threading

import yaml

from gateway import now


def decision(decided="DECISION_APPROVED", outcome="OUTCOME_COMPLETED", dest_case_no="", **reference):
    """The events of a whole decision, canonical."""
    case = {**({"dest_case_no": dest_case_no} if dest_case_no else {}), **reference}
    denied = {"dossier": {"reason": "不符合条件"}} if decided == "DECISION_DENIED" else {}
    common = {"case": case, "occurred_at": now()}
    return [{**common, "dest_received": {}}, {**common, "case_accepted": {"notice_no": "SL-1"}},
            {**common, "decided": {"decision": decided}, **denied},
            {**common, "case_closed": {"outcome": outcome}}]


class Handler:
    """Answers every question with `answer(question)`: (status, body); a dict or list is sent as JSON. The default approves."""

    def __init__(self, authority, name="handler"):
        self.asked, self.lock = [], threading.Lock()
        self.answer = lambda question: (200, {"events": decision(case_id=question["case"]["case_id"])})
        self.server = None
        self.authority = authority
        self.who = authority.parties.get(name) or authority.issue("server", name, "--dns", "localhost", "--ip", "127.0.0.1")
        self.start()

    def start(self, port=0):
        handler = self

        class Requests(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_POST(self):
                if handler.server is None:  # stopped: connections that were kept end too
                    self.close_connection = True
                    return
                question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with handler.lock:
                    handler.asked.append((dict(self.headers), question))
                status, body = handler.answer(question)
                body = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/vnd.tongban.v1+json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # the gateway did not wait

            def log_message(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.who.certificate, self.who.key)
        context.load_verify_locations(self.authority.ca)
        context.verify_mode = ssl.CERT_REQUIRED
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Requests)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.port = self.server.server_port
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"https://localhost:{self.port}/decide"

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()
            self.server = None


def caller_settings(authority):
    """The certificate that the gateway shows when it calls."""
    caller = authority.parties.get("caller") or authority.issue("platform", "caller", "--unit", "100000", "--uri",
                                                                "tongban://100000/gateway")
    return {"deliveries": {"tls": {"certificate": caller.certificate, "key": caller.key}}}


def add_to_partner(gateway, file, **members):
    """Gives the first partner of a file more members."""
    path = gateway.folder / "partners" / file
    partners = yaml.safe_load(path.read_text())
    partners["partners"][0].update(members)
    path.write_text(yaml.safe_dump(partners, allow_unicode=True))
