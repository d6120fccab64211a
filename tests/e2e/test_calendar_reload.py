"""A calendar that is named while the gateway runs: a reload takes it, or says that it does not."""

import signal

from gateway import ROOT, eventually

BUILT_IN = ROOT / "schemas" / "calendars" / "cn.yaml"
NEXT_YEAR = """  2027:
    notice: test
    off: [2027-01-01/2027-01-03, 2027-02-05/2027-02-11, 2027-04-04/2027-04-05, 2027-05-01/2027-05-05, 2027-06-09, 2027-09-15,
          2027-10-01/2027-10-07]
    working: [2027-01-09]
"""


def in_force(gateway):
    return [(line["version"], line["until"]) for line in gateway.log() if line.get("event") == "calendar_in_force"]


def reload(gateway, result):
    before = gateway.metric("tongban_reloads_total", part="calendar", result=result)
    gateway.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.metric("tongban_reloads_total", part="calendar", result=result) == before + 1,
               what=f"the reload is {result}")


def test_a_calendar_is_named_for_the_first_time_and_counts_after_a_reload(gateways, tmp_path):
    gateway = gateways.start(name="calendar")
    ends = gateway.metric("tongban_calendar_end_timestamp_seconds")
    named = tmp_path / "calendar.yaml"
    named.write_text(BUILT_IN.read_text().replace('version: "2026.1"', 'version: "2027.1"') + NEXT_YEAR)
    gateway.settings["calendar"] = {"file": str(named)}
    gateway.write_config()
    reload(gateway, "taken")
    assert gateway.metric("tongban_calendar_end_timestamp_seconds") == ends + 365 * 86_400
    eventually(lambda: in_force(gateway) == [("2027.1", "2027-12-31")], what="the log names what counts now")


def test_a_configuration_that_cannot_be_read_leaves_the_calendar_and_says_so(gateways):
    gateway = gateways.start(name="calendar-wrong")
    ends = gateway.metric("tongban_calendar_end_timestamp_seconds")
    gateway.settings["calendar"] = {"fiel": "calendar.yaml"}
    gateway.write_config()
    reload(gateway, "refused")
    assert gateway.metric("tongban_calendar_end_timestamp_seconds") == ends
    told = eventually(lambda: [line for line in gateway.log() if line.get("event") == "reload_refused"], what="it is told")
    assert "calendar.fiel" in told[-1]["reason"], told
