"""The disabled-person example 一件事: its filing, its tree as the origin sees it, and a window's work on one child."""

import json

from gateway import ROOT, eventually

FOLDER = ROOT / "examples" / "disabled-person"
SETTINGS = {"catalogue": {"items": str(FOLDER / "items.yaml")}}
ORIGIN = "xuzhou-platform"
# By number of the child: who decides it.
WINDOWS = {1: "jining-window-1", 2: "qingdao-window-1", 3: "hexi-window-1", 4: "changzhi-window-1"}
STEPS = (("case_accepted", {}), ("review_started", {}), ("decided", {"decision": "DECISION_APPROVED"}),
         ("case_closed", {"outcome": "OUTCOME_COMPLETED"}))


def form(number):
    event = json.loads((FOLDER / "filing.json").read_text())
    event["case"]["source_case_no"] = number
    return event


def send(gateway, event, party=ORIGIN):
    with gateway.client(party) as client:
        return client.message(event)


def file_bundle(gateway, number, event=None):
    answer = send(gateway, event or form(number))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


class Tree:
    """A bundle as its origin sees it."""

    def __init__(self, gateway, case_id):
        self.gateway, self.case_id = gateway, case_id

    def now(self):
        with self.gateway.client(ORIGIN) as client:
            answer = client.get(f"/v1/cases/{self.case_id}/tree")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def child(self, number):
        return next(each for each in self.now()["children"] if each["number"] == number)

    def reaches(self, number, stage):
        eventually(lambda: self.child(number)["stage"] == stage, what=f"child {number} is {stage}: {self.child(number)}")

    def filed(self, *numbers):
        eventually(lambda: [each["number"] for each in self.now()["children"] if each["filed"]] == list(numbers),
                   what=f"filed are {numbers}: {self.now()}")

    def ends(self, state, outcome):
        eventually(lambda: self.now()["state"] == state, what=f"the bundle is {state}: {self.now()}")
        assert self.now()["outcome"] == f"OUTCOME_{outcome}"


class Work:
    """A window's work on one child."""

    def __init__(self, gateway, tree, number):
        self.gateway, self.party = gateway, WINDOWS[number]
        self.case_id = tree.child(number)["case_id"]

    def __enter__(self):
        self.client = self.gateway.client(self.party)
        self.token = self.client.claim(self.case_id).json()["fencing_token"]
        self.say("dest_received")
        return self

    def __exit__(self, *_):
        self.client.session.close()

    def say(self, name, dossier=None, **members):
        answer = self.client.event(self.case_id, name, self.token, dossier=dossier, **members)
        assert answer.status_code == 202, answer.text

    def succeed(self):
        for name, members in STEPS:
            self.say(name, **members)


def succeed(gateway, tree, number):
    with Work(gateway, tree, number) as work:
        work.succeed()
