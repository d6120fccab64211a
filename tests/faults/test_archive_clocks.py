"""档案材料答复期限 through a whole gateway whose wall clock the test moves: yellow, red, and who asked learns of the red, once."""

import datetime
import json
import os
import pathlib
import sys

import pytest

from archives import ASKS, GIVES, WANTED, ask, due, give, is_answered, is_asked, lines, open_children, requests_of, say
from bundles import ORIGIN, SETTINGS, file_bundle
from clock_cases import DAY, TODAY, published_calendar
from gateway import eventually, run
from test_deliveries import deliver_by_pull

sys.path.insert(0, str(pathlib.Path(__file__).parent / "storm"))

from replicas import Clock  # noqa: E402

YELLOW, RED = "预警，档案材料答复期限，责任地区 140400", "超期，档案材料答复期限，责任地区 140400"


@pytest.fixture
def clock(tmp_path):
    return Clock(os.environ["TONGBAN_CLOCK_SHIFT_LIBRARY"], tmp_path / "clock")


def warned(gateway, party, case_id):
    return [each["said_zh"] for each in lines(gateway, party, case_id, "SUPERVISION_WARNING") if "档案材料" in each["said_zh"]]


def owed(gateway, party, case_id):
    with gateway.client(party) as client:
        return [each for each in client.case(case_id).get("also_owed", []) if each["clock"] == "CLOCK_KIND_ARCHIVE"]


def reds(gateway):
    """Red warnings by who owes what was late."""
    told = run("report", "--port", str(gateway.operations_port), "--from", TODAY.isoformat(),
               "--to", (TODAY + datetime.timedelta(days=20)).isoformat(), "--by", "pair", "--json")
    assert told.returncode == 0, told.stdout + told.stderr
    by_dest = {group["dest"]: group["figures"].get("warned_red", 0) for group in json.loads(told.stdout)["groups"]}
    return {dest: count for dest, count in by_dest.items() if count != 0}


def told_of(gateway, party, case_id):
    return [each["message"]["supervision_warning"] for each in due(gateway, party)
            if each["case_id"] == case_id and each["event"] == "SUPERVISION_WARNING"
            and each["message"]["supervision_warning"]["clock"] == "CLOCK_KIND_ARCHIVE"]


def test_a_reply_that_is_late_is_said_of_who_owes_it_and_told_to_who_asked(gateways, clock, number, tmp_path):
    made = gateways.make({**SETTINGS, "calendar": {"file": str(published_calendar(tmp_path))}}, name="late-archives")
    deliver_by_pull(made, "jining", "changzhi", "xuzhou")
    gateway = made.start(prefix=clock.prefix())
    tree, asking, asked = open_children(gateway, number)
    say(gateway, ASKS, asking, "case_accepted")
    for name, members in (("dest_received", {}), ("case_accepted", {}), ("case_closed", {"outcome": "OUTCOME_COMPLETED"})):
        say(gateway, GIVES, asked, name, **members)
    ask(gateway, asking, materials=WANTED[:1], limit={"value": 10, "unit": "LIMIT_UNIT_CALENDAR_DAY"})
    is_asked(gateway, asked)
    assert [each["band"] for each in owed(gateway, GIVES, asked)] == ["SUPERVISION_BAND_BLUE"]

    def pass_days(days):
        """A filing tells the ledger, whose own time decides."""
        clock.shift(days * DAY)
        file_bundle(gateway, f"{number[:30]}-{days}")

    pass_days(8)
    eventually(lambda: warned(gateway, GIVES, asked) == [YELLOW], 20, "yellow: two days of ten are left")
    assert [each["band"] for each in owed(gateway, GIVES, asked)] == ["SUPERVISION_BAND_YELLOW"]
    with gateway.client(GIVES) as client:
        (entry,) = [each for each in client.get("/v1/inbox").json()["entries"] if each["case_id"] == asked]
    assert [each["band"] for each in entry["also_owed"]] == ["SUPERVISION_BAND_YELLOW"], entry
    assert warned(gateway, ASKS, asking) == []

    gateway.stop()
    gateway.start(prefix=clock.prefix())
    pass_days(12)
    eventually(lambda: warned(gateway, GIVES, asked) == [YELLOW, RED], 20, "red")
    eventually(lambda: warned(gateway, ASKS, asking) == [RED], 20, "who asked learns of it")
    assert requests_of(gateway, ASKS, asking)[0]["overdue"] is True
    assert tree.child(1)["archive_requests"][0]["overdue"] is True
    assert owed(gateway, ASKS, asking) == [], "it owes nothing"
    (told,) = eventually(lambda: told_of(gateway, ASKS, asking), 20, "its platform is told")
    assert (told["band"], told["owed_by"]) == ("SUPERVISION_BAND_RED", "140400"), told
    assert len(told_of(gateway, GIVES, asked)) == 2
    assert reds(gateway) == {"140400": 1}, "counted once, against the place that owes"
    with gateway.client(ORIGIN) as client:
        seen = [each["case_id"] for each in client.get("/v1/deliveries").json()["deliveries"]
                if each["event"] == "SUPERVISION_WARNING" and each["message"]["supervision_warning"]["clock"] == "CLOCK_KIND_ARCHIVE"]
    assert set(seen) <= {asked}, "the origin is told in the case that is late"

    gateway.stop()
    gateway.start(prefix=clock.prefix())
    pass_days(13)
    give(gateway, asked, [{**WANTED[0], "paper_copies": 1}], codes=["DA01"])
    is_answered(gateway, asking, "GRANTED")
    assert (warned(gateway, GIVES, asked), warned(gateway, ASKS, asking)) == ([YELLOW, RED], [RED]), "each once"
    gateway.stop()
    checked = run("ledger", "check", "--config", gateway.config)
    assert checked.returncode == 0, checked.stdout + checked.stderr
