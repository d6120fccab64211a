"""秒批 of children of a bundle 一件事: what the gateway files is decided as what a city files, beside the work on the bundle."""

import threading

import pytest
import yaml

from bundles import FOLDER, ORIGIN, SETTINGS, Tree, Work, file_bundle, form
from gateway import eventually, run
from handler import Handler, add_to_partner, caller_settings, decision

WHOLE = ["CASE_SUBMITTED", "ROUTED", "DEST_RECEIVED", "CASE_ACCEPTED", "DECIDED", "CASE_CLOSED"]


@pytest.fixture
def handler(authority):
    made = Handler(authority)
    yield made
    made.stop()


def made_with(gateways, handler, file="jining.yaml", settings=None, name=None):
    """A gateway whose place of child 1 has a handler for everything."""
    gateway = gateways.make({**SETTINGS, **caller_settings(gateways.authority), **(settings or {})}, name=name)
    add_to_partner(gateway, file, automatic=[{"name": "rules", "items": ["*"], "dialect": "canonical", "url": handler.url,
                                              "timeout_ms": 700, "pins": [{"san_dns": "localhost"}]}])
    return gateway.start()


def applied(gateway, case_id, party=ORIGIN):
    with gateway.client(party) as client:
        entries = client.get(f"/v1/cases/{case_id}/timeline").json()["entries"]
    return [entry for entry in entries if not entry.get("refused_code")]


def told(entries):
    """What concerns the case itself: that its parent was told is between the two."""
    return [entry["event"] for entry in entries if entry["event"] != "PARENT_INFORMED"]


def steps(gateway, step):
    return gateway.metric("tongban_bundle_steps_total", step=step, outcome="done")


def test_a_child_is_decided_by_the_handler_of_its_place_and_the_bundle_goes_on(gateways, handler, number):
    gateway = made_with(gateways, handler)
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.reaches(1, "SUCCEEDED")
    tree.filed(1, 2, 3, 4)  # what waited for it
    child = tree.child(1)["case_id"]
    entries = applied(gateway, child)
    assert told(entries) == WHOLE
    decided = [entry for entry in entries if entry["event"] in WHOLE[2:]]
    assert all(entry["automatic"] and entry["sender_partner"] == "jining-platform" for entry in decided), decided
    (headers, question), = handler.asked
    assert headers["X-Tongban-Case"] == child and question["case_submitted"]["parent"]["case_id"] == tree.case_id
    hidden = str(question)
    assert "6200000000000000001" not in hidden, "the handler is told what the child is told"
    assert gateway.metric("tongban_automatic_total", result="decided") == 1
    assert steps(gateway, "decide") >= 1


def test_a_rule_of_the_item_decides_a_child(gateways, tmp_path, number):
    items = yaml.safe_load((FOLDER / "items.yaml").read_text())
    items["items"][0]["automatic_conditions"] = [{"field": "cjlb", "values": ["肢体残疾"]}]
    file = tmp_path / "items.yaml"
    file.write_text(yaml.safe_dump(items, allow_unicode=True))
    gateway = gateways.start({"catalogue": {"items": str(file)}})
    tree = Tree(gateway, file_bundle(gateway, number))
    tree.reaches(1, "SUCCEEDED")
    assert told(applied(gateway, tree.child(1)["case_id"])) == WHOLE
    other = form(number + "B")
    next(field for field in other["dossier"]["form"] if field["name"] == "残疾类别")["value"] = "视力残疾"
    tree = Tree(gateway, file_bundle(gateway, number, other))
    tree.filed(1, 4)
    eventually(lambda: gateway.metric("tongban_automatic_total", result="not_fulfilled") == 1)
    assert tree.child(1)["state"] == "QUEUED"


def test_a_slow_handler_holds_no_bundle_up_and_its_child_goes_the_normal_way(gateways, handler, number):
    gateway = made_with(gateways, handler)
    go_on = threading.Event()

    def late(_):
        go_on.wait(30)
        return 200, {"events": decision()}

    handler.answer = late
    trees = [Tree(gateway, file_bundle(gateway, f"{number[:30]}-{i}")) for i in range(3)]
    for tree in trees:
        tree.filed(1, 4)
        tree.reaches(4, "UNDER_WAY")
    eventually(lambda: gateway.metric("tongban_automatic_total", result="timeout") == 3)
    go_on.set()
    for tree in trees:
        with Work(gateway, tree, 1) as work:
            work.succeed()
        tree.filed(1, 2, 3, 4)
        assert told(applied(gateway, tree.child(1)["case_id"])).count("DECIDED") == 1
    handler.stop()
    tree = Tree(gateway, file_bundle(gateway, number + "D"))
    tree.filed(1, 4)
    eventually(lambda: gateway.metric("tongban_automatic_total", result="unreachable") == 1)
    with Work(gateway, tree, 1) as work:
        work.succeed()


@pytest.mark.parametrize("answers", [True, False], ids=["decided", "declined"])
def test_killed_while_the_handler_is_asked_it_is_decided_once_or_by_a_person(gateways, handler, number, answers):
    gateway = made_with(gateways, handler)
    killed = threading.Event()

    def crash(_):
        gateway.kill()
        killed.set()
        return 204, b""

    handler.answer = crash
    case_id = file_bundle(gateway, number)
    assert killed.wait(30)
    handler.answer = lambda question: (200, {"events": decision(case_id=question["case"]["case_id"])}) if answers else (204, b"")
    gateway.start()
    tree = Tree(gateway, case_id)
    tree.filed(1, 4)
    # Asked again where the parent had not been told of the filing yet; else it is a person's. Never both.
    eventually(lambda: gateway.metric("tongban_bundle_work_cases") == 0, what="nothing is left to do")
    eventually(lambda: steps(gateway, "decide") == steps(gateway, "file"), what="nobody is being asked")
    if tree.child(1)["state"] == "QUEUED":
        with Work(gateway, tree, 1) as work:
            work.succeed()
    tree.reaches(1, "SUCCEEDED")
    assert told(applied(gateway, tree.child(1)["case_id"])).count("DECIDED") == 1
    gateway.stop()
    checked = run("ledger", "check", "--config", gateway.config)
    assert checked.returncode == 0, checked.stdout + checked.stderr
