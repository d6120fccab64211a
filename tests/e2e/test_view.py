"""The view is disposable: deleted and rebuilt it gives the same answers; intact it is used as it is."""

import shutil

import pytest

from gateway import eventually, run
from personal import personal_values_in
from story import Player


@pytest.fixture(scope="module")
def played(gateways):
    """A gateway that holds the whole story, stopped; and every answer a read gave before."""
    gateway = gateways.start(name="story")
    player = Player(gateway).play()
    before = reads(gateway, player.cases)
    player.close()
    records = gateway.status()["ledger"]["projected_records"]
    gateway.stop()
    return gateway, player.cases, before, records


def reads(gateway, cases):
    """What both sides read of every case, and every inbox."""
    answers = {}
    for party in ("jining-platform", "qingdao-platform", "changzhi-platform", "hexi-platform", "xuzhou-platform"):
        with gateway.client(party) as client:
            for case, case_id in cases.items():
                for path in (f"/v1/cases/{case_id}", f"/v1/cases/{case_id}/timeline"):
                    answer = client.get(path)
                    answers[party, case, path] = (answer.status_code, answer.json() if answer.ok else None)
            answers[party, "inbox"] = client.get("/v1/inbox", params={"limit": 200}).json()
    status = gateway.status()
    answers["totals"] = status["cases"]
    return answers


def check(gateway):
    """`tongban ledger check`: folds the ledger anew and compares it with the view row by row."""
    done = run("ledger", "check", "--config", gateway.config)
    assert done.returncode == 0, done.stdout + done.stderr


def test_view_equals_a_rebuild(played):
    check(played[0])


def test_intact_view_is_not_read_again(played):
    gateway, cases, before, _ = played
    gateway.start()
    status = gateway.status()
    assert status["ledger"]["projected_records"] == 0
    assert reads(gateway, cases) == before
    gateway.stop()
    check(gateway)


def test_deleted_view_comes_back_equal(played):
    gateway, cases, before, records = played
    shutil.rmtree(gateway.folder / "data" / "view")
    gateway.start()
    eventually(lambda: gateway.status()["ledger"]["projected_records"] == records, 30, "the ledger is read again")
    assert reads(gateway, cases) == before
    gateway.stop()
    check(gateway)


def test_story_goes_on_after_a_rebuild(played):
    gateway, cases, _, _ = played
    gateway.start()
    with gateway.client("jining-window-2") as window:
        token = window.claim(cases["身份证"], operator="jining-window-2-017").json()["fencing_token"]
        assert window.event(cases["身份证"], "case_accepted", token).status_code == 202
    gateway.stop()
    check(gateway)


def test_view_of_another_ledger_is_refused(gateways, played):
    other = gateways.make(name="other")
    shutil.copytree(played[0].folder / "data" / "view", other.folder / "data" / "view")
    done = run("serve", "--config", other.config)
    assert done.returncode == 1
    assert "view" in done.stderr and "failed" in done.stderr, done.stderr


def test_ledger_dump_tells_every_record_and_nothing_personal(played):
    gateway, _, _, records = played
    done = run("ledger", "dump", "--config", gateway.config)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= records
    assert personal_values_in(done.stdout) == []
