"""Clocks of a case through a whole gateway whose wall clock the test moves: what nobody told in time is accepted, what is late
is said once, also over a restart; due dates that no calendar covers are provisional until one is published."""

import datetime
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

from clock_cases import DAY, DEST, ORIGIN, TODAY, calendar_file, file_case, limit, published_calendar, tell, timeline
from gateway import binary, eventually, run, submission

sys.path.insert(0, str(pathlib.Path(__file__).parent / "storm"))

from replicas import Clock  # noqa: E402


@pytest.fixture
def clock(tmp_path):
    return Clock(os.environ["TONGBAN_CLOCK_SHIFT_LIBRARY"], tmp_path / "clock")


@pytest.fixture
def published(tmp_path):
    return published_calendar(tmp_path)


def case_of(gateway, case_id):
    with gateway.client(DEST) as client:
        return client.case(case_id)


def due(start, working_days, file=None):
    """By the program's own calendar, which has tests of its own."""
    told = run("calendar", "due", start, working_days, *(["--file", file] if file else []))
    assert told.returncode == 0, told.stderr
    return told.stdout.split()[0]


def date_of(timestamp):
    utc = datetime.datetime.fromisoformat(timestamp.replace("Z", "+00:00"))
    return (utc + datetime.timedelta(hours=8)).date().isoformat()


def command(gateway, party, *arguments):
    party = gateway.authority.parties[party]
    done = subprocess.run([binary(), *arguments, "--url", f"https://127.0.0.1:{gateway.port}", "--cert", party.certificate,
                           "--key", party.key, "--ca", str(gateway.authority.ca)], capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def pass_days(gateway, clock, days, number):
    """The wall clock jumps; a filing tells the ledger, whose own time decides."""
    clock.shift(days * DAY)
    file_case(gateway, number)


def test_what_nobody_told_is_accepted_and_what_is_late_is_said_once(gateways, clock, number, published):
    gateway = gateways.start({"calendar": {"file": str(published)}}, name="late", prefix=clock.prefix())
    case_id = file_case(gateway, number)
    tell(gateway, case_id, "dest_received")
    owed = case_of(gateway, case_id)["owed"]
    assert owed["clock"] == "CLOCK_KIND_NOTICE" and owed["by"] == "140400"
    assert date_of(owed["due"]) == due(TODAY, 5, published)
    shown = command(gateway, DEST, "case", "show", case_id)
    assert "补正告知、受理期限 NOTICE" in shown and due(TODAY, 5, published) in shown

    pass_days(gateway, clock, 30, number + "-1")
    state = eventually(lambda: (case_of(gateway, case_id)["case"].get("clocks", {}).get("band") == "SUPERVISION_BAND_RED"
                                and case_of(gateway, case_id)), 20, "accepted, and overdue at once")
    assert state["state"] == "ACCEPTED"
    clocks = state["case"]["clocks"]
    assert clocks["accepted_ms"] == clocks["received_ms"], "the clock runs from the receipt on"
    assert state["owed"]["clock"] == "CLOCK_KIND_PROMISE" and state["owed"]["days_left"] < 0
    assert date_of(state["owed"]["due"]) == due(TODAY, 3, published)
    events = ["CASE_SUBMITTED", "ROUTED", "DEST_RECEIVED", "SUPERVISION_WARNING", "DEEMED_ACCEPTED", "SUPERVISION_WARNING"]
    assert [entry["event"] for entry in timeline(gateway, case_id)] == events
    assert gateway.metric("tongban_open_cases_by_band", band="RED", dest="140400") == 1
    with gateway.client(DEST) as client:
        entries = client.get("/v1/inbox").json()["entries"]
    entry = next(each for each in entries if each["case_id"] == case_id)
    assert entry["band"] == "SUPERVISION_BAND_RED" and int(entry["due_ms"]) == int(clocks["promise_due_ms"])
    story = command(gateway, ORIGIN, "case", "timeline", case_id)
    assert "视为受理" in story and "监察预警" in story and "承诺期限 PROMISE" in story and "超期 RED" in story

    gateway.stop()
    gateway.start(prefix=clock.prefix())
    pass_days(gateway, clock, 31, number + "-2")
    # The next case's own receipt is said after all that is due: by then the first would have been warned about again.
    other = file_case(gateway, number + "-3")
    tell(gateway, other, "dest_received")
    pass_days(gateway, clock, 61, number + "-4")
    eventually(lambda: case_of(gateway, other)["state"] == "ACCEPTED", 20, "the other case's acceptance")
    assert [entry["event"] for entry in timeline(gateway, case_id)] == events, "everything once"
    later = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))) + datetime.timedelta(days=61)
    with gateway.client(DEST) as client:
        answer = client.event(case_id, "deadline_extended", occurred_at=later.isoformat(timespec="seconds"), extension=limit(3),
                              approver_id="局长")
    late, = [each for each in answer.json()["violations"] if each["rule"] == "late_extension"]
    assert answer.status_code == 202 and late["warning"] and due(TODAY, 3, published) in late["message_zh"], answer.text
    gateway.stop()
    checked = run("ledger", "check", "--config", gateway.config)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_supplement_that_does_not_come_lapses_and_both_sides_are_told(gateways, clock, number, published):
    gateway = gateways.start({"calendar": {"file": str(published)}}, name="lapsed", prefix=clock.prefix())
    case_id = file_case(gateway, number)
    tell(gateway, case_id, "dest_received")
    tell(gateway, case_id, "supplement_required", missing=[{"code": "1", "name": "身份证"}], limit=limit(5))
    assert case_of(gateway, case_id)["owed"]["by"] == "370800", "it is the applicant's turn, through the origin"
    pass_days(gateway, clock, 30, number + "-1")
    eventually(lambda: case_of(gateway, case_id)["state"] == "LAPSED", 20, "the lapse")
    with gateway.client(ORIGIN) as client:
        deliveries = client.get(f"/v1/cases/{case_id}/timeline").json()["deliveries"]
    told = {each["region"] for each in deliveries if each["event"] == "SUPPLEMENT_LAPSED"}
    assert told == {"370800", "140400"}


def reload(gateway, result, before):
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.metric("tongban_reloads_total", part="calendar", result=result) > before, 20,
               f"the reload is {result}")


def test_dates_beyond_the_calendar_become_certain_when_it_is_published(gateways, number, tmp_path):
    file = tmp_path / "calendar.yaml"
    years = [TODAY.year - 1, TODAY.year]
    calendar_file(file, "before", *years)
    gateway = gateways.start({"calendar": {"file": str(file)}}, name="calendar")
    assert 0 < gateway.metric("tongban_calendar_end_timestamp_seconds") - time.time() <= 366 * DAY
    case_id = file_case(gateway, number, promise=290)  # more working days than a year has left
    tell(gateway, case_id, "dest_received")
    tell(gateway, case_id, "case_accepted", notice_no="1")
    first = case_of(gateway, case_id)
    assert first["owed"]["provisional"] is True
    assert date_of(first["owed"]["due"]) == due(TODAY, 290, file)
    assert "暂定" in command(gateway, DEST, "case", "show", case_id)
    assert gateway.metric("tongban_provisional_cases") == 1

    # A file that is wrong, and one that contradicts what was published, change nothing and are told with their reason.
    for text, reason in ((file.read_text().replace("-10-07", "-10-32"), "is no date"), (None, "it changes days")):
        if text:
            file.write_text(text)
        else:
            calendar_file(file, "contradiction", *years, more_off=[f"{TODAY.year}-12-{day}" for day in (28, 29, 30, 31)])
        refused = gateway.metric("tongban_reloads_total", part="calendar", result="refused")
        reload(gateway, "refused", refused)
        assert any(line.get("event") == "reload_refused" and reason in line["reason"] for line in gateway.log()), reason
    assert case_of(gateway, case_id)["owed"] == first["owed"]

    calendar_file(file, "after", *years, TODAY.year + 1, TODAY.year + 2)
    reload(gateway, "taken", gateway.metric("tongban_reloads_total", part="calendar", result="taken"))
    revised = eventually(lambda: (not case_of(gateway, case_id)["owed"].get("provisional") and case_of(gateway, case_id)), 20,
                         "the case's dates are certain")
    assert date_of(revised["owed"]["due"]) == due(TODAY, 290, file)
    assert revised["owed"]["due"] != first["owed"]["due"], "holidays of the year after are days off now"
    assert [entry["event"] for entry in timeline(gateway, case_id)].count("CALENDAR_REVISED") == 1
    assert gateway.metric("tongban_provisional_cases") == 0

    # A start takes what a reload would refuse, and says so.
    calendar_file(file, "other", *years, TODAY.year + 1, TODAY.year + 2, more_off=[f"{TODAY.year + 1}-01-0{day}" for day in (4, 5, 6, 7)])
    gateway.stop()
    gateway.start()
    told = eventually(lambda: [line for line in gateway.log() if line.get("event") == "calendar_harms_open_cases"], 20, "the log says it")
    assert told[0]["version"] == "other" and told[0]["cases"] == 1
    assert case_id in told[0]["text_zh"] and case_id in told[0]["text_en"]
    eventually(lambda: gateway.metric("tongban_calendar_harmed_cases") == 1, 20, "the case is counted")
    assert case_of(gateway, case_id)["owed"]["due"] == revised["owed"]["due"], "what was told stands"


def test_the_calendar_command_names_faults_and_changes(tmp_path):
    shown = run("calendar", "show", "--year", "2025")
    assert shown.returncode == 0 and "国办发明电〔2024〕12号" in shown.stdout and "248" in shown.stdout
    assert run("calendar", "show", "--year", "2031").returncode == 1
    for start, days, expected in (("2024-02-08", "1", "2024-02-09"), ("2026-09-18", "10wd", "2026-10-09"),
                                  ("2024-09-27", "5d", "2024-10-02"), ("2024-08-31", "1月", "2024-09-30")):
        assert run("calendar", "due", start, days).stdout.split()[0] == expected
    assert "暂定" in run("calendar", "due", "2026-12-30", "3").stdout
    assert run("calendar", "due", "2026-02-30", "3").returncode == 2
    assert run("calendar", "due", "2026-02-03", "three").returncode == 2
    file = tmp_path / "c.yaml"
    calendar_file(file, "v", 2024, 2026)
    told = run("calendar", "check", "--file", file)
    assert told.returncode == 2 and "2025 is missing" in told.stderr and str(file) in told.stderr
    calendar_file(file, "v", 2024, 2025, 2026)
    assert run("calendar", "check", "--file", file).returncode == 0
    compared = run("calendar", "check", "--file", file, "--against", "built-in")
    assert compared.returncode == 1 and "2026-02-16" in compared.stdout


def test_what_is_owed_beside_the_step_is_said_once_also_over_a_restart(gateways, clock, number, published):
    """容缺: reminder, then the end that acceptance named; what came in and has no answer. 督办: no answer. A session that nobody
    closed. A restart between them."""
    gateway = gateways.start({"calendar": {"file": str(published)}}, name="owing", prefix=clock.prefix())
    owing, urged = file_case(gateway, number, promise=60), file_case(gateway, number + "-u", promise=60)
    tell(gateway, owing, "dest_received")
    tell(gateway, owing, "case_accepted", tolerance=True,
         owed=[{"code": "CL002", "name": "购房合同", "limit": limit(5), "consequence": "OWED_CONSEQUENCE_CASE_ENDS"}])
    tell(gateway, urged, "urged", urge_no="DB-1", dossier={"reason": "请说明进度"})
    brought = file_case(gateway, number + "-b", promise=60)
    tell(gateway, brought, "dest_received")
    tell(gateway, brought, "case_accepted", tolerance=True, owed=[{"code": "CL002", "limit": limit(20)}])
    tell(gateway, brought, "session_opened", session_id="VW-1")
    with gateway.client(ORIGIN) as client:
        assert client.event(brought, "owed_submitted", codes=["CL002"],
                            dossier={"materials": [{"code": "CL002", "name": "购房合同"}]}).status_code == 202
    assert "容缺补交答复期限 OWED_ANSWER" in command(gateway, DEST, "case", "show", brought)
    assert date_of(case_of(gateway, owing)["also_owed"][0]["due"]) == due(TODAY, 5, published)
    assert "容缺补齐期限 OWED_MATERIAL" in command(gateway, DEST, "case", "show", owing)

    days_to_reminder = (datetime.date.fromisoformat(due(TODAY, 3, published)) - TODAY).days
    pass_days(gateway, clock, days_to_reminder, number + "-1")
    eventually(lambda: "OWED_REMINDED" in [entry["event"] for entry in timeline(gateway, owing)], 20, "the reminder")
    assert case_of(gateway, owing)["state"] == "ACCEPTED"

    gateway.stop()
    gateway.start(prefix=clock.prefix())
    pass_days(gateway, clock, 30, number + "-2")
    eventually(lambda: case_of(gateway, owing)["state"] == "LAPSED", 20, "the end that was said to follow")
    eventually(lambda: case_of(gateway, urged)["case"]["urge"].get("overdue"), 20, "the urge without an answer")
    eventually(lambda: case_of(gateway, brought)["also_owed"][0]["band"] == "SUPERVISION_BAND_RED", 20, "the word that is late")

    def warned():
        return [entry["said_zh"] for entry in timeline(gateway, urged) if entry["event"] == "SUPERVISION_WARNING"]

    eventually(lambda: len(warned()) == 2, 20, "the answer and 接件 that are late")
    tell(gateway, urged, "dest_received")
    pass_days(gateway, clock, 31, number + "-3")
    assert [entry["event"] for entry in timeline(gateway, owing)] == [
        "CASE_SUBMITTED", "ROUTED", "DEST_RECEIVED", "CASE_ACCEPTED", "OWED_REMINDED", "OWED_LAPSED"]
    assert len(warned()) == 2 and len({*warned()}) == 2, f"the answer and 接件, each once: {warned()}"
    waited = [entry["event"] for entry in timeline(gateway, brought)][4:]
    assert waited == ["SESSION_OPENED", "OWED_SUBMITTED", "SESSION_LAPSED", "SUPERVISION_WARNING"], "each once"
    gateway.stop()
    checked = run("ledger", "check", "--config", gateway.config)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_result_that_nobody_hands_over_and_a_collection_that_nobody_answers_are_told(gateways, clock, number, published):
    """送达 of an online case; the line from A's 收件, which warns once of a case that B did not take up."""
    gateway = gateways.start({"calendar": {"file": str(published)}}, name="handed", prefix=clock.prefix())
    filed = submission(number, case_submitted={"promise": limit(60), "business_mode": "BUSINESS_MODE_FULL_ONLINE"})
    waiting = submission(number + "-w", case_submitted={"promise": limit(60)})
    with gateway.client(ORIGIN) as client:
        online = client.message(filed).json()["case_id"]
        collected = {"case": waiting["case"], "occurred_at": datetime.datetime.now(datetime.timezone.utc).isoformat(),
                     "case_collected": {"item": waiting["case_submitted"]["item"], "form_checked": True, "identity_checked": True}}
        assert client.message(collected).status_code == 202
        waits = client.message(waiting).json()["case_id"]
    for name, members in (("dest_received", {}), ("case_accepted", {}), ("case_closed", {"outcome": "OUTCOME_APPROVED_WITH_CERT"})):
        tell(gateway, online, name, **members)
    owed = case_of(gateway, online)["owed"]
    assert owed["clock"] == "CLOCK_KIND_DELIVERY" and date_of(owed["due"]) == due(TODAY, 10, published)
    line = int(case_of(gateway, waits)["case"]["clocks"]["notice_line_from_collection_ms"]) // 1000
    assert date_of(datetime.datetime.fromtimestamp(line, datetime.timezone.utc).isoformat()) == due(TODAY, 5, published)

    def warned(case_id, times=1):
        said = [entry["said_zh"] for entry in timeline(gateway, case_id) if entry["event"] == "SUPERVISION_WARNING"]
        return len(said) >= times and said

    pass_days(gateway, clock, (datetime.date.fromisoformat(due(TODAY, 6, published)) - TODAY).days, number + "-1")
    eventually(lambda: [each for each in warned(waits) or [] if "自收件起提示期限" in each], 20, "the line from the collection")
    assert case_of(gateway, waits)["state"] == "QUEUED", "nothing follows from it"
    pass_days(gateway, clock, 30, number + "-2")
    assert [each.split("，")[:2] for each in eventually(lambda: warned(online, 2), 20, "送达 that is late")] == [
        ["预警", "送达期限"], ["超期", "送达期限"]]
    tell(gateway, online, "cert_issued", dossier={"certificates": [{"name": "提取凭证", "licence_ref": "1.2.156.3005.2.1.2.3.4.X"}]})
    assert "owed" not in case_of(gateway, online)
    pass_days(gateway, clock, 31, number + "-3")
    assert len(warned(online)) == 2 and sum("自收件起" in each for each in warned(waits)) == 1, "each once"
    gateway.stop()
    checked = run("ledger", "check", "--config", gateway.config)
    assert checked.returncode == 0, checked.stdout + checked.stderr
