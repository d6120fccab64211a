"""Event streams: a region's platform is told every event it must learn, goes on where it was cut off, and hears of no
other region's. Whoever does not read, opens too many or may no longer read costs the others nothing."""

import base64
import json
import signal
import time

import pytest
import yaml

from events import Events
from gateway import STORY, eventually, megabytes, submission
from test_deliveries import DEST, DEST_REGION, ORIGIN, ORIGIN_REGION, deliver_by_pull

SETTINGS = {"deliveries": {"stream_heartbeat": "300ms", "streams_per_partner_max": 3, "streams_max": 5}}


@pytest.fixture(scope="module")
def gateway(gateways):
    made = gateways.make(SETTINGS, name="events")
    deliver_by_pull(made, "jining", "changzhi")
    return made.start()


def file_cases(gateway, count, number, **members):
    """Cases from the origin to the destination; their ids in order."""
    cases = []
    with gateway.client(ORIGIN) as origin:
        for n in range(count):
            answer = origin.message(submission(f"{number}-{n}", origin=ORIGIN_REGION, dest=DEST_REGION, **members))
            assert answer.status_code == 202, answer.text
            cases.append(answer.json()["case_id"])
    return cases


def none_open(gateway):
    eventually(lambda: gateway.metric("tongban_event_streams") == 0, what="all places are free again")


def test_events_are_told_as_they_come(gateway, number):
    with Events(gateway, DEST) as stream:
        assert stream.status == 200 and stream.headers["content-type"] == "text/event-stream"
        assert stream.headers["transfer-encoding"] == "chunked" and stream.headers["cache-control"] == "no-store"
        eventually(lambda: stream.next(0.01) is None and stream.last_id, what="a position before the first event")
        (case,) = file_cases(gateway, 1, number)
        (event,) = stream.take(1)
        assert event.name == "CASE_SUBMITTED" and event.id and stream.last_id == event.id and stream.retry == 2000
        told = event.json
        assert told["id"] == f"{case}-1-{DEST_REGION}" and told["case_id"] == case and told["region"] == DEST_REGION
        assert told["event"] == "CASE_SUBMITTED" and told["recorded_at"].endswith("Z") and told["dialect"] == "canonical"
        assert told["message"]["case"]["source_case_no"] == f"{number}-0"
        assert told["message"]["dossier"]["applicant"]["name"] == "测试甲"
        stream.wait_for_comment("still here")
    none_open(gateway)
    eventually(lambda: gateway.metric("tongban_http_streams_ended_total", reason="client_gone") >= 1)


def test_both_sides_hear_the_other_in_the_order_of_the_case(gateway, number):
    with Events(gateway, ORIGIN) as origin, Events(gateway, DEST) as dest:
        (case,) = file_cases(gateway, 1, number)
        assert [each.name for each in dest.take(1)] == ["CASE_SUBMITTED"]
        names = ("dest_received", "case_accepted", "review_started")
        with gateway.client(DEST) as client:
            for name in names:
                assert client.event(case, name).status_code == 202
        heard = origin.take(3)
        assert [each.name for each in heard] == [name.upper() for name in names]
        assert {each.json["region"] for each in heard} == {ORIGIN_REGION} and {each.json["case_id"] for each in heard} == {case}
        assert origin.next(0.3) is None and dest.next(0.1) is None, "nobody hears what he said himself"


def test_going_on_loses_nothing_and_repeats_nothing_across_a_restart(gateways, number):
    gateway = gateways.start(SETTINGS, name="restarted")
    wanted, heard, position = [], [], None
    for cut, stop in enumerate(("client", "stop", "kill", "client")):
        with Events(gateway, DEST, "?from=start" if position is None else "", position) as stream:
            wanted += file_cases(gateway, 6, f"{number}-{cut}")
            heard += [each.json["case_id"] for each in stream.take(4)]
            position = stream.last_id
        if stop != "client":
            getattr(gateway, stop)()
            gateway.start()
    with Events(gateway, DEST, last_event_id=position) as stream:
        heard += [each.json["case_id"] for each in stream.take(len(wanted) - len(heard))]
        assert stream.next(0.5) is None, "nothing twice"
    assert sorted(heard) == sorted(wanted) and len(set(heard)) == len(wanted)
    with Events(gateway, DEST, f"?after={position}") as again:
        assert len(again.take(len(wanted) - 16)) == len(wanted) - 16, "the query says the same as the header"


def test_from_start_tells_everything_and_from_now_nothing_old(gateway, number):
    cases = file_cases(gateway, 40, number)
    with Events(gateway, DEST, "?from=now") as new, Events(gateway, DEST, "?from=start") as all_of_it:
        told = []
        while cases[-1] not in told or len(set(told) & set(cases)) < 40:
            told += [each.json["case_id"] for each in all_of_it.take(1)]
        assert len(told) == len(set(told)), "one event of each case so far"
        assert new.next(0.3) is None


def test_regions_are_apart(gateway, number):
    file_cases(gateway, 3, number)
    with Events(gateway, "qingdao-platform", "?from=start") as stream:
        assert stream.status == 200 and stream.next(0.5) is None
        foreign = stream.last_id
    with Events(gateway, DEST, last_event_id=foreign) as stream:
        assert stream.status == 409 and stream.problem()["type"].endswith("position-foreign")
    with Events(gateway, DEST, f"?region={ORIGIN_REGION}") as stream:
        assert stream.status == 403 and stream.problem()["type"].endswith("not-your-region")
    with Events(gateway, DEST, f"?region={DEST_REGION}&from=start") as stream:
        assert {each.json["region"] for each in stream.take(3)} == {DEST_REGION}


def test_several_regions_of_one_partner_are_one_stream(gateways, number):
    gateway = gateways.make(SETTINGS, name="two-regions")
    file = gateway.folder / "partners" / "qingdao.yaml"
    partners = yaml.safe_load(file.read_text())
    (entry,) = [each for each in partners["partners"] if each["id"] == "qingdao-platform"]
    entry["regions"] = [*entry["regions"], "370100"]
    file.write_text(yaml.safe_dump(partners, allow_unicode=True))
    gateway.start()
    own = entry["regions"][0]
    with gateway.client(ORIGIN) as origin, Events(gateway, "qingdao-platform") as stream:
        for n in range(20):
            dest = entry["regions"][n % 2]
            assert origin.message(submission(f"{number}-{n}", origin=ORIGIN_REGION, dest=dest)).status_code == 202
        told = [each.json["region"] for each in stream.take(20)]
        assert told.count(own) == told.count("370100") == 10
        position = stream.last_id
    with Events(gateway, "qingdao-platform", last_event_id=position) as stream:
        assert stream.next(0.3) is None, "one position for both"
    with Events(gateway, "qingdao-platform", "?region=370100&from=start") as stream:
        assert {each.json["region"] for each in stream.take(10)} == {"370100"}


def test_dialect_is_told_on_demand(gateways, number):
    gateway = gateways.start(SETTINGS, name="dialect")
    with Events(gateway, DEST, "?format=dialect") as stream:
        file_cases(gateway, 1, number)
        told = stream.take(1)[0].json
    assert told["dialect"] != "canonical" and number in base64.b64decode(told["body_base64"]).decode("gb18030", "replace")
    with Events(gateway, DEST, "?format=xml") as stream:
        assert stream.status == 422


@pytest.mark.parametrize("query,header,status,named", [
    ("?after=!", None, 422, "position-malformed"),
    ("?after=", None, 422, "position-malformed"),
    ("?after=AAAA", None, 422, "position-malformed"),
    ("", "1234567", 422, "position-malformed"),
    ("", "A" * 12000, 422, "position-malformed"),
    ("?from=yesterday", None, 422, "invalid"),
    ("?from=now&after=AAAA", None, 422, "invalid"),
    ("?from=now&from=now", None, 422, "invalid"),
    ("?since=1", None, 422, "invalid"),
    ("?format=canonical&region=nowhere", None, 403, "not-your-region"),
])
def test_wrong_requests_are_named(gateway, query, header, status, named):
    with Events(gateway, DEST, query, header) as stream:
        assert stream.status == status
        assert stream.problem()["type"] == f"urn:tongban:problem:{named}"


def test_a_window_gets_no_stream(gateway):
    window = next(name for name, party in STORY["parties"].items() if party["profile"] == "window")
    with Events(gateway, window) as stream:
        assert stream.status == 403


def test_position_of_a_ledger_that_is_gone(gateways, number):
    gateway = gateways.start(SETTINGS, name="replaced")
    with Events(gateway, DEST) as stream:
        file_cases(gateway, 1, number)
        stream.take(1)
        position = stream.last_id
    gateway.stop()
    merged = dict(gateway.settings)
    merged.update(gateways.ledger_settings())
    merged["ledger"] = json.loads(json.dumps(merged["ledger"]).replace("data/ledger", "data/another"))
    merged["view"] = {**merged.get("view", {}), "directory": "data/another-view"}
    gateway.settings = merged
    gateway.write_config()
    gateway.start()
    with Events(gateway, DEST, last_event_id=position) as stream:
        assert stream.status == 410
        problem = stream.problem()
        assert problem["type"].endswith("position-gone") and "from=start" in problem["detail"]
    with Events(gateway, DEST, "?from=start") as stream:
        assert stream.status == 200


def test_head_says_what_get_would_and_holds_nothing(gateway):
    with gateway.client(DEST) as client:
        for _ in range(8):
            answer = client.request("HEAD", "/v1/events")
            assert answer.status_code == 200 and answer.headers["Content-Type"] == "text/event-stream"
    assert gateway.metric("tongban_event_streams") == 0


def test_http_1_0_ends_with_the_connection(gateway, number):
    with Events(gateway, DEST, version="1.0") as stream:
        assert stream.status == 200 and "transfer-encoding" not in stream.headers
        (case,) = file_cases(gateway, 1, number)
        assert stream.take(1)[0].json["case_id"] == case


def test_streams_are_bounded_for_each_and_in_all(gateway):
    none_open(gateway)
    refused = lambda limit: gateway.metric("tongban_event_streams_refused_total", limit=limit)
    before = {limit: refused(limit) for limit in ("partner", "all")}
    open_ones = [Events(gateway, DEST) for _ in range(3)]
    with Events(gateway, DEST) as fourth:
        assert fourth.status == 429 and int(fourth.headers["retry-after"]) > 0
        assert fourth.problem()["type"].endswith("too-many-streams")
    open_ones += [Events(gateway, ORIGIN) for _ in range(2)]
    with Events(gateway, ORIGIN) as sixth:
        assert sixth.status == 503 and int(sixth.headers["retry-after"]) > 0
        assert sixth.problem()["type"].endswith("streams-full")
    assert {limit: refused(limit) - before[limit] for limit in before} == {"partner": 1, "all": 1}
    assert gateway.metric("tongban_event_streams") == 5 == gateway.metric("tongban_http_streams")
    assert all(each.status == 200 for each in open_ones)
    open_ones.pop().close()
    eventually(lambda: gateway.metric("tongban_event_streams") == 4, what="a closed connection gives its place back")
    with Events(gateway, ORIGIN) as another:
        assert another.status == 200
    for each in open_ones:
        each.close()
    none_open(gateway)


def test_a_reader_that_does_not_read_is_ended_and_costs_little(gateways, number):
    gateway = gateways.start({**SETTINGS, "gateway": {"write_timeout": "1s"}}, name="slow")
    filler = {"dossier": {"form": [{"name": f"f{n}", "value": "长" * 300} for n in range(20)]}}
    with Events(gateway, DEST, "?from=start", receive_buffer=4096) as lazy, Events(gateway, DEST) as good:
        assert lazy.status == 200
        before = gateway.resident_bytes()
        count = 0
        while not gateway.metric("tongban_http_streams_ended_total", reason="write_timeout"):
            file_cases(gateway, 20, f"{number}-{count}", **filler)
            count += 20
            assert len(good.take(20)) == 20, "who reads is told at once"
            assert count < 3000, "never ended"
        assert gateway.resident_bytes() - before < megabytes(80)
        assert gateway.metric("tongban_http_limit_total", limit="write_timeout") == 1
        assert gateway.metric("tongban_event_streams") == 1


def test_a_slow_reader_gets_everything(gateways, number):
    gateway = gateways.start(SETTINGS, name="patient")
    cases = file_cases(gateway, 150, number, dossier={"form": [{"name": "f", "value": "长" * 300}]})
    with Events(gateway, DEST, "?from=start", receive_buffer=4096) as stream:
        told = []
        while len(told) < len(cases):
            told.append(stream.take(1)[0].json["case_id"])
            time.sleep(0.002)  # the reader is slow: that is what is tested
    assert sorted(told) == sorted(cases)


def test_stopping_ends_streams_in_good_order(gateways, number):
    gateway = gateways.start(SETTINGS, name="drained")
    with Events(gateway, DEST) as stream, Events(gateway, ORIGIN) as other:
        (case,) = file_cases(gateway, 1, number)
        assert stream.take(1)[0].json["case_id"] == case
        begun = time.monotonic()
        gateway.stop()
        assert time.monotonic() - begun < 5
        for each in (stream, other):
            assert each.drop_until_end() == [] and each.ended
            assert any("ends this stream" in comment for comment in each.comments)
        position = stream.last_id
    gateway.start()
    with Events(gateway, DEST, last_event_id=position) as stream:
        (case,) = file_cases(gateway, 1, f"{number}-later")
        assert [each.json["case_id"] for each in stream.take(1)] == [case]


def test_reload_ends_streams_and_a_removed_partner_gets_no_new_one(gateways, number):
    gateway = gateways.start(SETTINGS, name="reloaded")
    with Events(gateway, DEST) as removed, Events(gateway, ORIGIN) as kept:
        file_cases(gateway, 1, number)
        removed.take(1)
        position = kept.last_id
        (gateway.folder / "partners" / "changzhi.yaml").unlink()
        gateway.process.send_signal(signal.SIGHUP)
        removed.drop_until_end()
        kept.drop_until_end()
        eventually(lambda: gateway.metric("tongban_http_streams_ended_total", reason="reconfigured") == 2, what="both are counted")
    with Events(gateway, DEST) as stream:
        assert stream.status == 403
    with Events(gateway, ORIGIN, last_event_id=position) as stream:
        assert stream.status == 200


def test_who_talks_into_a_stream_is_ended(gateway):
    none_open(gateway)
    with Events(gateway, DEST) as stream:
        stream.socket.sendall(b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n")
        stream.wait_for_comment("still here")  # one pipelined request is passed over: the connection ends with the stream
        with pytest.raises(OSError):
            for _ in range(200):
                stream.socket.sendall(b"x" * 65536)
    assert eventually(lambda: gateway.metric("tongban_http_streams_ended_total", reason="client_talked") == 1)
    none_open(gateway)
