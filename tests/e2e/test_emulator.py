"""The emulated city: gateway and platform end to end, by pull and by push, and each thing that may go wrong with what the
gateway does about it."""

import socket

import pytest
import yaml

from emulator import City
from gateway import eventually, run, submission
from personal import personal_values_in

ORIGIN, CITY, ORIGIN_REGION, REGION = "jining-platform", "changzhi-platform", "370800", "140400"
QUICK = """
cases:
  - steps: [receive, accept, review, decide, close]
replies:
  SUPPLEMENT_REQUIRED: {do: supply}
"""
EVENTS = ["DEST_RECEIVED", "CASE_ACCEPTED", "REVIEW_STARTED", "DECIDED", "CASE_CLOSED"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def deliver(gateway, name, **delivery):
    file = gateway.folder / "partners" / f"{name}.yaml"
    partners = yaml.safe_load(file.read_text())
    partners["partners"][0]["delivery"] = delivery
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))


@pytest.fixture(scope="module")
def pulled(gateways):
    return gateways.make({"deliveries": {"attempts_max": 6}}, name="pulled").start()


@pytest.fixture
def city(pulled, tmp_path):
    """A function that starts cities on the gateway that is pulled from."""
    made = []

    def start(partner=CITY, *options, **more):
        one = City(pulled, partner, tmp_path, *options, **{"script": QUICK, **more})
        made.append(one)
        return one.start()

    yield start
    for one in made:
        if one.process is not None:
            one.stop()


def file_case(gateway, number, **members):
    with gateway.client(ORIGIN) as origin:
        answer = origin.message(submission(number, origin=ORIGIN_REGION, dest=REGION, **members))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


def state(gateway, case):
    with gateway.client(ORIGIN) as origin:
        return origin.case(case)["state"]


def timeline(gateway, case):
    with gateway.client(ORIGIN) as origin:
        return origin.get(f"/v1/cases/{case}/timeline").json()


def applied(gateway, case):
    return [each["event"] for each in timeline(gateway, case)["entries"] if not each.get("refused_code")]


def closed(gateway, case, seconds=30):
    eventually(lambda: state(gateway, case) == "CLOSED", seconds, f"{case} is closed; it is {state(gateway, case)}")


def test_both_cities_by_pull_until_the_case_is_closed_and_all_is_acknowledged(pulled, city, number):
    dest, origin = city(), city(ORIGIN)
    assert dest.started["transport"] == "pull"
    case = file_case(pulled, number)
    closed(pulled, case)
    assert applied(pulled, case) == ["CASE_SUBMITTED", "ROUTED", *EVENTS]
    settled = eventually(lambda: [each for each in timeline(pulled, case)["deliveries"] if each["status"] == "acknowledged"]
                         if len(timeline(pulled, case)["deliveries"]) == 6 else None, 20)
    eventually(lambda: len([1 for each in timeline(pulled, case)["deliveries"] if each["status"] == "acknowledged"]) == 6, 20)
    assert settled
    for one, count in ((dest, 1), (origin, 5)):
        taken = one.journal("delivered", case_id=case)
        assert [line["outcome"] for line in taken] == ["taken"] * count and taken[0]["transport"] == "pull"
        assert {line["delivery"] for line in one.journal("acknowledged", case_id=case, positive=True, outcome="accepted")} == \
            {line["delivery"] for line in taken}
        assert {line["by"] for line in one.journal()} == {"emulator-" + (REGION if one is dest else ORIGIN_REGION)}
    events = dest.journal("event", case_id=case)
    assert [(line["event"], line["outcome"]) for line in events] == [(name, "accepted") for name in EVENTS]
    assert personal_values_in(dest.journal_file.read_text() + dest.out_file.read_text()) == []
    said = dest.stop()
    assert said["deliveries"]["acknowledged"] >= 1 and said["sent"]["accepted"] >= 5 and said["journal_lines_lost"] == 0


# -- push ---------------------------------------------------------------------------------------------------------------


class Pushed:
    """A gateway that pushes to an emulated Changzhi."""

    def __init__(self, gateways, name, dialect="changzhi", settings=None):
        authority = gateways.authority
        caller = authority.parties.get("caller") or authority.issue("platform", "caller", "--unit", "100000", "--uri",
                                                                    "tongban://100000/gateway")
        self.server = authority.parties.get("target") or authority.issue("server", "target", "--dns", "localhost", "--ip",
                                                                         "127.0.0.1")
        self.gateway = gateways.make({"deliveries": {"retry_first": "20ms", "attempts_max": 8,
                                                     "tls": {"certificate": caller.certificate, "key": caller.key},
                                                     **(settings or {})}}, name=name)
        self.port = free_port()
        deliver(self.gateway, "changzhi", transport="push", dialect=dialect,
                push={"url": f"https://localhost:{self.port}/receive", "pins": [{"san_dns": "localhost"}], "read_seconds": 1})
        self.gateway.start()

    def city(self, folder, *options, **more):
        return City(self.gateway, CITY, folder, "--listen-certificate", self.server.certificate, "--listen-key",
                    self.server.key, *options, **{"script": QUICK, **more})

    def standing(self, kind):
        return self.gateway.metric("tongban_deliveries", region=REGION, kind=kind)


@pytest.fixture(scope="module")
def pushed(gateways):
    return Pushed(gateways, "pushed")


def test_city_that_is_pushed_to_in_its_dialect_until_the_case_is_closed(pushed, tmp_path, number):
    with pushed.city(tmp_path) as city:
        assert city.started["transport"] == "push" and city.started["port"] == pushed.port
        case = file_case(pushed.gateway, number)
        closed(pushed.gateway, case)
        (line,) = city.journal("delivered")
        assert line["outcome"] == "taken" and line["transport"] == "push" and line["delivery"] == f"{case}-1-{REGION}"
        assert [(each["event"], each["outcome"]) for each in city.journal("event")] == [(name, "accepted") for name in EVENTS]
    assert pushed.standing("acknowledged") >= 1 and pushed.standing("pending") == 0
    assert pushed.gateway.metric("tongban_reconciliation_gap") == 0
