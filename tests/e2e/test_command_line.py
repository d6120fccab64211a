"""The program's own command line against a running gateway: what a clerk or an engineer types, and its exit codes."""

import json
import os
import re
import signal
import subprocess
import time
import urllib.request

import pytest

from gateway import EXAMPLE, ROOT, STORY, eventually, run, submission

MESSAGES = EXAMPLE / "messages"


@pytest.fixture
def cli(gateway):
    def call(party, *arguments):
        who = gateway.authority.parties[party]
        return run(*arguments, "--url", f"https://127.0.0.1:{gateway.port}", "--cert", who.certificate, "--key", who.key,
                   "--ca", gateway.authority.ca)
    return call


@pytest.fixture
def filed(gateway, number):
    with gateway.client("changzhi-platform") as client:
        return client.message(submission(number, origin="140400", dest="370800")).json()["case_id"]


def done(result, code=0):
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout


def test_send_inbox_and_the_whole_work_on_a_case(cli, filed):
    assert filed in done(cli("jining-window-1", "inbox"))
    listed = json.loads(done(cli("jining-window-1", "inbox", "--json", "--status", "QUEUED", "--claimable")))
    assert filed in [entry["case_id"] for entry in listed["entries"]]
    claim = json.loads(done(cli("jining-window-1", "case", "claim", filed, "--operator", "017", "--json")))
    token = claim["fencing_token"]
    assert "JN-01" in cli("jining-window-2", "case", "claim", filed, "--operator", "018").stderr, "who holds it"
    for event, *settings in (("DEST_RECEIVED",), ("CASE_ACCEPTED", "--set", "case_accepted.notice_no=7"),
                             ("DECIDED", "--set", "decided.decision=DECISION_APPROVED"),
                             ("CASE_CLOSED", "--set", "case_closed.outcome=OUTCOME_COMPLETED")):
        done(cli("jining-window-1", "case", "event", filed, event, "--token", token, *settings))
    shown = done(cli("changzhi-platform", "case", "show", filed))
    assert "CLOSED" in shown and "已办结" in shown
    assert "决定 decision: 1 APPROVED 准予" in shown and "办结结果 outcome: 2 COMPLETED 办结（无证）" in shown, shown
    done(cli("changzhi-platform", "case", "event", filed, "EVALUATED", "--set", "evaluated.grade=GRADE_VERY_SATISFIED"))
    graded = done(cli("jining-platform", "case", "show", filed))
    assert "好差评 grade: 1 VERY_SATISFIED 非常满意" in graded, graded
    timeline = done(cli("changzhi-platform", "case", "timeline", filed))
    assert re.search(r"ROUTED 路由 +QUEUED 待接件 +网关 gateway +办理地 370800 / to 370800", timeline), timeline
    for event in ("CASE_SUBMITTED", "CLAIMED", "DEST_RECEIVED", "CASE_ACCEPTED", "DECIDED", "CASE_CLOSED"):
        assert event in timeline


def test_send_takes_every_citys_format(cli):
    for step in STORY["steps"]:
        if "send" in step and not step.get("wrong") and "case" in step:
            said = done(cli(step["as"], "send", str(EXAMPLE / step["send"]), "--content-type", step["content_type"]))
            assert step["number"] in said, "the answer is readable, whatever its charset"


def test_send_without_a_content_type_goes_by_the_file(cli):
    done(cli("qingdao-platform", "send", str(MESSAGES / "QINGDAO-01-ybba-apply.json")))
    done(cli("hexi-platform", "send", str(MESSAGES / "HEXI-02-bdc-apply-soap.xml")))


def test_send_ends_with_1_where_a_city_is_answered_200_for_what_was_refused(cli):
    refused = cli("jining-platform", "send", str(MESSAGES / "JINING-05-wrong-in-three-places.xml"))
    assert "HTTP 200" in refused.stderr, "as its document asks for"
    done(refused, 1)


def test_exit_codes(cli, filed, gateway, tmp_path):
    done(cli("jining-window-1", "case", "event", filed, "DEST_RECEIVED"), 1)
    done(cli("hexi-window-1", "case", "show", filed), 1)
    done(run("case", "show", filed), 2)
    done(run("nonsense"), 2)
    who = gateway.authority.parties["jining-window-1"]
    done(run("inbox", "--url", "https://127.0.0.1:1", "--cert", who.certificate, "--key", who.key, "--ca",
             gateway.authority.ca), 3)
    done(cli("jining-window-1", "case", "event", filed, "NONSENSE"), 2)
    done(cli("jining-window-1", "case", "claim", filed, "--operator", "1", "--lease", "-5"), 2)
    for command in ("check", "dump"):
        done(run("ledger", command, "--config", gateway.config), 3)  # the gateway has it open
        done(run("ledger", command, "--config", tmp_path / "nowhere.yaml"), 2)
    assert "tongban case claim --help" in run("case", "claim").stderr, "where to look it up"
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    done(cli("jining-window-1", "send", str(wrong)), 1)


def test_refusal_is_told_in_both_languages(cli, filed):
    said = cli("jining-window-1", "case", "event", filed, "DEST_RECEIVED").stderr
    assert "409" in said and re.search("[一-鿿]", said) and re.search("[A-Za-z]{4}", said), said


def test_every_command_has_help_with_an_example_or_subcommands():
    top = done(run("--help"))
    commands = re.findall(r"^  ([a-z]+)  ", top, re.MULTILINE)
    assert {"serve", "quickstart", "send", "inbox", "case", "dialect", "pki", "ledger", "config", "probe"} <= set(commands)
    for command in commands:
        said = done(run(command, "--help"))
        assert "Example" in said or "Subcommands" in said, command


LAST_LINE = re.compile(r"quickstart: (\d+) accepted, (\d+) closed, (\d+) open, 0 unexplained")


def test_quickstart_tells_the_story_and_ends_by_itself(tmp_path):
    begun = time.monotonic()
    result = run("quickstart", "--example", EXAMPLE, "--work", tmp_path / "work", cwd=ROOT)
    lines = done(result).strip().splitlines()
    assert time.monotonic() - begun < 60
    told = LAST_LINE.fullmatch(lines[-1])
    assert told, lines[-3:]
    accepted, closed, still_open = map(int, told.groups())
    assert accepted == closed + still_open and accepted == 19
    assert "公积金" in result.stdout and "✗" not in result.stdout
    for words in ("第二章", "HTTP 409  {\"type\":\"urn:tongban:problem:materials-owed", "个体工商户开办一件事 GTH-YJS",
                  "按时办结率              closed on time", "URGE_ANSWERED@"):
        assert words in result.stdout, words
    assert "ROUTED→140400@" in result.stdout, "where each case was sent"
    assert re.search(r"CASE_SUBMITTED@[0-9:.]+ ✉140400@[0-9:.]+ ›", result.stdout), "when the other side had it"
    counted = re.findall(r'tongban_deliveries_total\{[^}]*outcome="acknowledged"[^}]*\} (\d+)', result.stdout)
    pulled = re.findall(r"✓ .*→  (\d+) 件 / delivered", result.stdout)
    assert len(pulled) == 10 and sum(map(int, counted)) == sum(map(int, pulled)) > 40
    again = run("quickstart", "--example", EXAMPLE, "--work", tmp_path / "work", cwd=ROOT)
    assert done(again).strip().splitlines()[-1] == lines[-1], "a second run tells the same"


def test_quickstart_kept_running_prints_commands_that_work(tmp_path):
    text = done(run("quickstart", "--keep", "--example", EXAMPLE, "--work", tmp_path / "work", cwd=ROOT))
    gateway = int(re.search(r"kill (\d+)", text)[1])
    try:
        assert LAST_LINE.search(text)
        commands = [line.strip() for line in text.splitlines() if line.strip().startswith("curl")]
        assert len(commands) >= 4
        for command in commands:
            answer = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, timeout=30,
                                    check=False)
            assert answer.returncode == 0 and answer.stdout.strip(), command + answer.stderr
    finally:
        os.kill(gateway, signal.SIGTERM)
    eventually(lambda: gone(gateway), 20, "the gateway ends when it is told to")


def gone(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_operations_can_be_read_without_a_library(gateway):
    with urllib.request.urlopen(f"http://127.0.0.1:{gateway.operations_port}/livez", timeout=5) as answer:
        assert answer.status == 200


def test_a_closed_standard_stream_gives_its_number_to_no_file(gateways):
    gateway = gateways.start(prefix=("sh", "-c", 'exec "$@" <&-', "sh"))
    assert os.readlink(f"/proc/{gateway.process.pid}/fd/0") == "/dev/null"
