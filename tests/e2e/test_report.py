"""The figures of supervision of a running gateway: GET /figures, `tongban report` in each form, and the counters."""

import csv
import datetime
import html.parser
import io
import json

import pytest

from gateway import eventually, run, submission
from test_deliveries import ack, pull

CHINA = datetime.timezone(datetime.timedelta(hours=8))


def today():
    return datetime.datetime.now(CHINA).date().isoformat()


@pytest.fixture
def played(gateways, request):
    """A gateway of its own with two cases: one closed and praised, one sent back from the queue."""
    own = gateways.start(name=request.node.name)
    with own.client("changzhi-platform") as origin, own.client("jining-platform") as dest:
        promised = {"promise": {"value": 5, "unit": "LIMIT_UNIT_WORKDAY"}}
        ids = [origin.message(submission(f"R-{n}", origin="140400", dest="370800", case_submitted=promised)).json()["case_id"]
               for n in (1, 2)]

        for client, case_id, event, members in (
                (dest, ids[0], "dest_received", {}), (dest, ids[0], "case_accepted", {"notice_no": "7"}),
                (dest, ids[0], "decided", {"decision": "DECISION_APPROVED"}),
                (dest, ids[0], "case_closed", {"outcome": "OUTCOME_COMPLETED"}),
                (origin, ids[0], "evaluated", {"grade": "GRADE_VERY_SATISFIED"}),
                (dest, ids[1], "returned", {"reason_class": "材料不清"})):
            answer = client.event(case_id, event, **members)
            assert answer.status_code == 202, f"{event}: {answer.text}"
    return own


def report(gateway, *arguments, code=0):
    day = today()
    done = run("report", "--port", str(gateway.operations_port), "--from", day, "--to", day, *arguments)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def test_a_report_counts_what_happened(played):
    told = json.loads(report(played, "--by", "pair", "--json"))
    figures = told["whole"]["figures"]
    assert {name: figures.get(name, 0) for name in ("submitted", "received", "accepted", "returned", "returned_unreceived",
                                                    "closed", "early", "evaluated", "satisfied")} == {
        "submitted": 2, "received": 1, "accepted": 1, "returned": 1, "returned_unreceived": 1, "closed": 1,
        "early": 1, "evaluated": 1, "satisfied": 1}
    assert told["whole"]["rates"]["accept_rate"] == 0.5 and told["whole"]["rates"]["return_rate"] == 0.5
    assert told["whole"]["rates"]["rectified_rate"] is None, "nothing to divide by"
    assert [(group["origin"], group["dest"]) for group in told["groups"]] == [("140400", "370800")]
    assert (figures["returned_materials_unreadable"], told["whole"]["rates"]["return_rate_materials_unreadable"]) == (1, 0.5)
    table = report(played)
    assert "受理率" in table and "50.00 %" in table and "差评整改率" in table


def test_receipts_count_with_their_messages(played):
    """Two filings, five things said by the destination, one by the origin; then the destination takes what it has to be told."""
    told = json.loads(report(played, "--by", "destination", "--json"))["groups"][0]["figures"]
    assert {name: told.get(name, 0) for name in ("messages_to_dest", "receipts_of_dest", "messages_to_origin", "receipts_of_origin")} \
        == {"messages_to_dest": 3, "receipts_of_dest": 0, "messages_to_origin": 5, "receipts_of_origin": 0}
    with played.client("jining-platform") as dest:
        taken = pull(dest)
        assert len(taken) == 2, "of the first case the filing alone: what follows waits for its receipt"
        assert ack(dest, *[each["id"] for each in taken]).status_code == 200
    rates = json.loads(report(played, "--json"))["whole"]["rates"]
    assert (rates["delivery_rate_to_dest"], rates["delivery_rate"], rates["delivery_rate_to_origin"]) == (2 / 3, 2 / 8, 0)
    assert played.metric("tongban_region_figures_total", figure="receipts_of_dest", dest="370800") == 2


def test_what_is_open_is_said_as_of_now(played):
    with played.client("changzhi-platform") as origin:
        assert origin.message(submission("R-3", origin="140400", dest="370800")).status_code == 202
    told = json.loads(report(played, "--by", "destination", "--json"))["standing"]
    assert told["unexplained"] == 0 and told["as_of"].endswith("+08:00") and told["as_of"][:10] == today()
    assert told["destinations"] == [{"dest": "370800", "open": 1, "blue": 1, "yellow": 0, "red": 0}]
    assert json.loads(report(played, "--origin", "140400", "--json"))["standing"] is None
    page = report(played, "--by", "destination", "--format", "html")
    assert "红（超期未办结）" in page and "截至 " + today() in page
    played.stop()
    offline = run("report", "--config", str(played.config), "--from", today(), "--to", today(), "--json")
    assert json.loads(offline.stdout)["standing"]["as_of"] is None


def test_every_form_says_the_same(played):
    rows = list(csv.DictReader(io.StringIO(report(played, "--by", "mode", "--format", "csv").removeprefix("\ufeff"))))
    assert [row["受理率 accept_rate"] for row in rows] == ["50.00%", "50.00%"]
    assert rows[0]["差评整改率 rectified_rate"] == "–"
    page = report(played, "--by", "destination", "--format", "html")
    names = []
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attributes: names.append(tag)
    parser.feed(page)
    assert "50.00 %" in page and names.count("table") >= 3 and "script" not in names


def test_counters_and_report_agree_after_a_restart(played):
    def counted():
        return {name: played.metric("tongban_region_figures_total", figure=name, dest="370800")
                for name in ("submitted", "received", "closed", "satisfied")}

    expected = {"submitted": 2, "received": 1, "closed": 1, "satisfied": 1}
    assert counted() == expected
    played.stop()
    offline = run("report", "--config", str(played.config), "--from", today(), "--to", today(), "--json")
    assert offline.returncode == 0 and not offline.stderr, offline.stderr
    assert json.loads(offline.stdout)["whole"]["figures"]["closed"] == 1
    played.start()
    eventually(lambda: played.operations("/readyz").status_code == 200, what="ready again")
    assert counted() == expected, "sums of the ledger, not of the process"
    assert played.metric("tongban_transfer_cases_total", within_seconds="+Inf") == 1
    assert json.loads(report(played, "--json"))["whole"]["figures"]["closed"] == 1


def test_stretches_add_up_and_a_wrong_question_is_told(played):
    day = today()
    whole = played.operations(f"/figures?from={day}&to={day}").json()
    seen, after = 0, ""
    while True:
        stretch = played.operations(f"/figures?from={day}&to={day}&rows=1{after}").json()
        seen += sum(group["figures"].get("submitted", 0) for group in stretch["groups"])
        if not stretch["next"]:
            break
        after = f"&after={stretch['next']}"
    assert seen == whole["groups"][0]["figures"]["submitted"] == 2
    for wrong in ("", f"?from={day}", f"?from={day}&to=2026-02-30", f"?from={day}&to=1999-01-01", f"?from=1990-01-01&to={day}",
                  f"?from={day}&to={day}&by=city", f"?from={day}&to={day}&dest=37", f"?from={day}&to={day}&after=zz",
                  f"?from={day}&to={day}&rows=0", f"?from={day}&to={day}&region=370800"):
        assert played.operations(f"/figures{wrong}").status_code == 422, wrong
    assert run("report", "--config", played.config, "--port", "1", "--from", day, "--to", day).returncode == 2, "of which gateway"
    assert run("report", "--json", "--format", "csv", "--from", day, "--to", day).returncode == 2, "in which form"
    assert run("report", "--port", "1", "--from", day, "--to", day).returncode == 3
    assert run("report", "--port", str(played.operations_port), "--from", day, "--to", "2020-01-01").returncode == 2
    assert run("report", "--port", str(played.operations_port), "--from", "yesterday", "--to", day).returncode == 2


def test_what_looks_like_figures_but_is_none_is_said(played):
    port = ("report", "--port", str(played.operations_port))
    future = run(*port, "--from", "2099-01-01", "--to", "2099-01-31")
    assert future.returncode == 0 and "尚未开始" in future.stderr and "nothing was recorded" in future.stderr
    nobody = run(*port, "--from", today(), "--to", today(), "--origin", "110101")
    assert nobody.returncode == 0 and "--origin" in nobody.stderr
    plain = run(*port, "--from", today(), "--to", today())
    assert plain.stderr == ""
    wrong = run("report", "--url", f"https://127.0.0.1:{played.operations_port}", "--from", today(), "--to", today())
    assert wrong.returncode == 3 and "--cert" in wrong.stderr
