"""A real gateway process for tests: certificates made by `tongban pki`, a configuration from the five-cities example,
`tongban serve` on ports the system chose, clients that are not ours (requests over mutual TLS)."""

import copy
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

import requests
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "kafka"))
from ports import free_ports  # noqa: E402  (beside the tests on Kafka, which import from there too)

EXAMPLE = ROOT / "examples" / "five-cities"
STORY = yaml.safe_load((EXAMPLE / "story.yaml").read_text())


def megabytes(count):
    """A bound on resident memory; builds with sanitizers keep freed memory and may have more."""
    return int(count * 1024 * 1024 * float(os.environ.get("TONGBAN_MEMORY_FACTOR", "1")))


def binary():
    path = os.environ.get("TONGBAN_BINARY") or ROOT / "build" / "tongban"
    if not pathlib.Path(path).exists():
        raise RuntimeError(f"{path} is not there: build it, or name it in TONGBAN_BINARY")
    return str(path)


def free_port():
    """One that stays free until somebody is started on it (tests/kafka/ports.py)."""
    return free_ports(1)[0]


def run(*arguments, **options):
    """The program's command line; its result with text output."""
    return subprocess.run([binary(), *map(str, arguments)], capture_output=True, text=True, timeout=120, check=False,
                          **options)


def eventually(condition, seconds=10.0, what="the condition"):
    """Polls until `condition` gives something true, and gives it; AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Party:
    """Who a certificate stands for, and where its files are."""

    def __init__(self, name, certificate, key, serial):
        self.name, self.certificate, self.key, self.serial = name, certificate, key, serial


class Authority:
    """A certificate authority made by `tongban pki`."""

    def __init__(self, folder, name="Tongban test CA"):
        self.folder = pathlib.Path(folder)
        self.parties = {}
        done = run("pki", "init", "--dir", self.folder, "--name", name)
        assert done.returncode == 0, done.stderr

    @property
    def ca(self):
        return self.folder / "ca.pem"

    def issue(self, profile, name, *options):
        done = run("pki", "issue", profile, name, "--dir", self.folder, "--json", *options)
        assert done.returncode == 0, done.stderr
        facts = json.loads(done.stdout)
        self.parties[name] = Party(name, facts["certificate_file"], facts["key_file"], facts["serial"])
        return self.parties[name]

    def revoke(self, name):
        done = run("pki", "revoke", name, "--dir", self.folder)
        assert done.returncode == 0, done.stderr

    def issue_story(self):
        """The gateway's certificate and one for each party of the story."""
        self.issue("server", "gateway", "--dns", "localhost", "--ip", "127.0.0.1")
        for name, party in STORY["parties"].items():
            self.issue(party["profile"], name, "--unit", party["unit"], "--uri", party["uri"])
        return self


# Settings of a gateway that works by the example's items and agreements.
CATALOGUE = {"catalogue": {"items": str(EXAMPLE / "items.yaml"), "agreements": str(EXAMPLE / "agreements.yaml")}}


def merge(target, changes):
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        else:
            target[key] = value


class Gateway:
    """One gateway on its own folder. start(), then stop() or kill(); may be started again on what it left.

    `settings` are merged into the example's configuration. Started processes are ended by `close()` at the latest.
    """

    def __init__(self, folder, authority, settings=None):
        self.folder = pathlib.Path(folder)
        self.authority = authority
        self.process = None
        self.port = self.operations_port = 0
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in ("partners", "dialects"):
            shutil.copytree(EXAMPLE / part, self.folder / part, dirs_exist_ok=True)
        self.settings = yaml.safe_load((EXAMPLE / "tongban.yaml").read_text())
        # Only what is about the catalogue has one: the others may file what they like.
        del self.settings["catalogue"]
        pki = authority.folder
        merge(self.settings, {
            "gateway": {"port": 0, "tls": {"certificate": str(pki / "gateway.pem"), "key": str(pki / "gateway.key"),
                                           "client_ca": str(pki / "ca.pem"), "crl": str(pki / "crl.pem")}},
            "operations": {"port": 0},
        })
        merge(self.settings, copy.deepcopy(settings or {}))
        self.config = self.folder / "tongban.yaml"
        self.log_file = self.folder / "gateway.log"
        self.write_config()

    def write_config(self):
        self.config.write_text(yaml.safe_dump(self.settings, allow_unicode=True))

    # -- life ---------------------------------------------------------------------------------------------------------

    def start(self, ready=True, seconds=60, prefix=()):
        begun = self.log_file.stat().st_size if self.log_file.exists() else 0
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([*prefix, binary(), "serve", "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        started = eventually(lambda: self._started(begun), seconds, f"the gateway starts; see {self.log_file}")
        self.port, self.operations_port = started["port"], started["operations_port"]
        if ready:
            eventually(self.ready, seconds, f"/readyz says yes; see {self.log_file}")
        return self

    def _started(self, begun):
        if self.process.poll() is not None:
            raise AssertionError(f"the gateway ended with {self.process.returncode}: {self.tail(begun)}")
        for line in self.log(begun):
            if line.get("event") == "started":
                return line
        return None

    def stop(self, seconds=30):
        """SIGTERM; must end by itself with exit code 0."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self.process = None
        assert code == 0, f"exit code {code}: {self.tail()}"

    def kill(self):
        self.process.kill()
        self.process.wait(30)
        self.process = None

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, failed, *_):
        if failed or self.process is None:
            self.close()
        else:
            self.stop()

    # -- what it shows ------------------------------------------------------------------------------------------------

    def log(self, begun=0):
        """Its log lines since byte `begun`."""
        with open(self.log_file, "rb") as file:
            file.seek(begun)
            text = file.read().decode()
        lines = []
        for line in text.splitlines(keepends=True):
            if line.startswith("{") and line.endswith("\n"):
                lines.append(json.loads(line))
        return lines

    def log_text(self):
        return self.log_file.read_text(errors="replace")

    def tail(self, begun=0):
        with open(self.log_file, "rb") as file:
            file.seek(begun)
            return file.read().decode(errors="replace")[-3000:]

    def operations(self, path, timeout=5):
        with requests.Session() as session:
            session.trust_env = False
            return session.get(f"http://127.0.0.1:{self.operations_port}{path}", timeout=timeout)

    def ready(self):
        try:
            return self.operations("/readyz").status_code == 200
        except requests.RequestException:
            return False

    def unready_reason(self):
        """The words of /readyz that are not ok, or None when it is ready."""
        answer = self.operations("/readyz")
        if answer.status_code == 200:
            return None
        return " ".join(f"{name}: {text}" for name, text in answer.json()["checks"].items() if text != "ok")

    def status(self):
        answer = self.operations("/status")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def metrics_text(self):
        return self.operations("/metrics").text

    def metric(self, name, **labels):
        """Sum of a metric's series that have these labels."""
        total = 0.0
        for line in self.metrics_text().splitlines():
            if not line.startswith((name + "{", name + " ")):
                continue
            if all(f'{key}="{value}"' in line for key, value in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def client(self, party):
        return Client(self, self.authority.parties[party] if isinstance(party, str) else party)

    def tls_socket(self, party, context=None):
        """A raw TLS connection with the party's certificate (none: without one)."""
        context = context or tls_context(self.authority, party)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        try:
            return context.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise


def tls_context(authority, party=None):
    context = ssl.create_default_context(cafile=str(authority.ca))
    if party is not None:
        party = authority.parties[party] if isinstance(party, str) else party
        context.load_cert_chain(party.certificate, party.key)
    return context


class Client:
    """HTTPS as one party, with Python's requests. Answers are requests' own."""

    def __init__(self, gateway, party):
        self.gateway = gateway
        self.party = party
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(gateway.authority.ca)
        self.session.cert = (party.certificate, party.key)
        self.timeout = 30

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def request(self, method, path, **options):
        options.setdefault("timeout", self.timeout)
        return self.session.request(method, f"https://127.0.0.1:{self.gateway.port}{path}", **options)

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body=b"", content_type="application/json", headers=None, **options):
        if isinstance(body, (dict, list)):
            body = json.dumps(body, ensure_ascii=False).encode()
        return self.request("POST", path, data=body, headers={"Content-Type": content_type, **(headers or {})},
                            **options)

    def message(self, body, content_type="application/vnd.tongban.v1+json", **options):
        return self.post("/v1/messages", body, content_type, **options)

    def claim(self, case_id, operator="017", **members):
        return self.post(f"/v1/cases/{case_id}/claim", {"operator_id": operator, **members})

    def release(self, case_id, token, operator="017"):
        return self.post(f"/v1/cases/{case_id}/release", {"operator_id": operator, "fencing_token": str(token)})

    def event(self, case_id, name, token=0, dossier=None, occurred_at=None, **members):
        """A life-cycle event in canonical JSON; `name` is the body's field: dest_received."""
        body = {"occurred_at": occurred_at or now(), "fencing_token": str(token), name: members}
        if dossier:
            body["dossier"] = dossier
        return self.post(f"/v1/cases/{case_id}/events", body)

    def case(self, case_id):
        answer = self.get(f"/v1/cases/{case_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def find(self, number):
        answer = self.get("/v1/cases", params={"source_case_no": number})
        assert answer.status_code == 200, answer.text
        return answer.json()["cases"]


def now():
    at = time.time()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}Z"


def submission(number, origin="370800", dest="140400", name="测试甲", **members):
    """CASE_SUBMITTED in canonical JSON: a person's housing-fund case that breaks no rule."""
    event = {
        "case": {"origin_region": origin, "dest_region": dest, "source_case_no": number},
        "occurred_at": "2024-10-18T09:12:33+08:00",
        "dossier": {"applicant": {"type": "APPLICANT_TYPE_NATURAL", "name": name, "id_type": "111",
                                  "id_no": "370899198506150010", "phone": "14000000101"}},
        "case_submitted": {"item": {"impl_code": "11140400TT000031433002017003000", "name": "住房公积金异地购房提取"},
                           "business_mode": "BUSINESS_MODE_COLLECT_FOR_OTHER", "case_type": "CASE_TYPE_COMMITMENT"},
    }
    merge(event, members)
    return event
