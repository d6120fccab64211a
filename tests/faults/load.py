"""Clients that file, claim and receive cases as fast as they are answered, and remember every answer."""

import base64
import threading
import time

import requests

from gateway import submission

ORIGIN, WINDOW = "jining-platform", "changzhi-window-1"


class Ledger:
    """What the clients were told: answered is what a 2xx promised, unknown what got no answer.

    `attachment_bytes`: how much each filing carries beside the form.
    """

    def __init__(self, attachment_bytes=0):
        self.attachment = base64.b64encode(b"%" * attachment_bytes).decode()
        self.lock = threading.Lock()
        self.answered = {}  # event id → (case id, event)
        self.filed = {}     # number → case id
        self.unknown = set()  # numbers whose filing got no answer
        self.refused = []   # any other answer: (status, text)
        self.seconds = []   # of each 2xx

    def filing(self, number):
        """The same bytes for the same number, however often it is sent."""
        event = submission(number)
        if self.attachment:
            event["dossier"]["materials"] = [{"name": "户口簿", "files": [{"name": "a.pdf", "content": self.attachment}]}]
        return event

    def take(self, answer, took):
        receipt = answer.json()
        with self.lock:
            self.answered[receipt["event_id"]] = (receipt["case_id"], receipt["event"])
            self.seconds.append(took)
        return receipt


class Load:
    """Runs `clients` threads against a gateway until it is ended or dies. `answers` counts 2xx.

    `pace`: the least seconds between two cases of a client, so that a long outage does not pile up more than can be
    checked afterwards.
    """

    def __init__(self, gateway, ledger, prefix, clients=6, pace=0.0):
        self.gateway, self.ledger, self.prefix, self.pace = gateway, ledger, prefix, pace
        self.ending = threading.Event()
        self.answers = 0
        self.threads = [threading.Thread(target=self._run, args=(i,), daemon=True) for i in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a client hangs"

    def _run(self, index):
        with self.gateway.client(ORIGIN) as origin, self.gateway.client(WINDOW) as window:
            count = 0
            while not self.ending.is_set():
                count += 1
                if not self._one(origin, window, f"{self.prefix}-{index}-{count}"):
                    return
                self.ending.wait(self.pace)

    def _one(self, origin, window, number):
        """One case; False when the gateway is gone."""
        try:
            with self.ledger.lock:
                self.ledger.unknown.add(number)
            receipt = self._said(lambda: origin.message(self.ledger.filing(number)))
            if receipt is None:
                return True
            with self.ledger.lock:
                self.ledger.unknown.discard(number)
                self.ledger.filed[number] = receipt["case_id"]
            claim = self._said(lambda: window.claim(receipt["case_id"]))
            if claim:
                self._said(lambda: window.event(receipt["case_id"], "dest_received", claim["fencing_token"]))
            return True
        except requests.RequestException:
            return False

    def _said(self, call):
        begun = time.monotonic()
        answer = call()
        if not answer.ok:
            with self.ledger.lock:
                self.ledger.refused.append((answer.status_code, answer.text))
            return None
        self.answers += 1
        return self.ledger.take(answer, time.monotonic() - begun)


def send_unknown_again(gateway, ledger):
    """What got no answer is sent once more, unchanged: now it must be taken, as new or as a duplicate."""
    with gateway.client(ORIGIN) as origin:
        for number in sorted(ledger.unknown):
            answer = origin.message(ledger.filing(number))
            assert answer.status_code in (200, 202), f"{number}: {answer.status_code} {answer.text}"
            receipt = ledger.take(answer, 0)
            ledger.filed[number] = receipt["case_id"]
        ledger.unknown.clear()


def check_every_answer(gateway, ledger):
    """Every event that was answered 2xx took effect exactly once; every case was filed exactly once."""
    wanted = {}
    for event_id, (case_id, event) in ledger.answered.items():
        wanted.setdefault(case_id, {})[event_id] = event
    with gateway.client(ORIGIN) as origin:
        for case_id, events in wanted.items():
            answer = origin.get(f"/v1/cases/{case_id}/timeline")
            assert answer.status_code == 200, f"{case_id} was answered {sorted(events.values())}: {answer.text}"
            # ROUTED stands in the filing's record and has no id of its own.
            applied = [base64.b64decode(entry["event_id"]).hex() for entry in answer.json()["entries"]
                       if not entry.get("refused_code") and entry["event"] != "ROUTED"]
            for event_id, event in events.items():
                assert applied.count(event_id) == 1, f"{event} {event_id} of {case_id} stands {applied.count(event_id)} times"
            kinds = [entry["event"] for entry in answer.json()["entries"] if not entry.get("refused_code")]
            assert kinds.count("CASE_SUBMITTED") == 1, f"{case_id}: {kinds}"
    cases = gateway.status()["cases"]
    assert cases["accepted"] == len(ledger.filed), f"{cases} for {len(ledger.filed)} numbers"
    assert cases["unexplained"] == 0
