"""Window work: the inbox, claims under a lease with a fencing token, and what a late holder may not do."""

import concurrent.futures
import datetime
import threading
import time

import pytest

from gateway import eventually, submission

ORIGIN, WINDOW_A, WINDOW_B = "changzhi-platform", "jining-window-1", "jining-window-2"


def file_case(gateway, number, party=ORIGIN, origin="140400", dest="370800", **changes):
    with gateway.client(party) as client:
        answer = client.message(submission(number, origin=origin, dest=dest, **changes))
    assert answer.status_code == 202, answer.text
    return answer.json()["case_id"]


@pytest.fixture
def case(gateway, number):
    return file_case(gateway, number)


@pytest.fixture
def window(gateway):
    with gateway.client(WINDOW_A) as client:
        yield client


@pytest.fixture
def other(gateway):
    with gateway.client(WINDOW_B) as client:
        yield client


@pytest.mark.parametrize("path", ["/v1/whoami", "/v1/cases/{case}", "/v1/cases/{case}/timeline", "/v1/cases/{case}/materials"])
def test_a_parameter_that_means_nothing_is_refused_by_name(window, case, path):
    answer = window.get(path.format(case=case) + "?limit=1")
    assert answer.status_code == 422 and "limit" in answer.json()["detail"] and "limit" in answer.json()["detail_zh"]


def pages(client, **parameters):
    """All entries of an inbox, page by page."""
    entries, cursor = [], ""
    while True:
        answer = client.get("/v1/inbox", params={**parameters, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["entries"]) <= parameters.get("limit", 200)
        entries += page["entries"]
        cursor = page["next"]
        if not cursor:
            return entries


def instant(text):
    return datetime.datetime.fromisoformat(text)


# -- inbox ------------------------------------------------------------------------------------------------------------


def test_inbox_is_paged_without_gap_or_repeat_in_the_order_of_the_turn(gateway, number, window):
    made = [file_case(gateway, f"{number}-{i}") for i in range(25)]
    entries = pages(window, limit=7)
    ids = [entry["case_id"] for entry in entries]
    assert len(ids) == len(set(ids)), "nothing comes twice"
    mine = [one for one in ids if one in made]
    assert mine == made, "every case, longest waiting first"
    turns = [int(entry["turn_since_ms"]) for entry in entries if entry["case_id"] in made]
    assert turns == sorted(turns)


def test_inbox_filters(gateway, number, window, case):
    from_qingdao = file_case(gateway, f"{number}-q", "qingdao-platform", origin="370200")
    token = window.claim(from_qingdao).json()["fencing_token"]
    assert window.event(from_qingdao, "dest_received", token).status_code == 202

    def ids(**parameters):
        return {entry["case_id"] for entry in pages(window, **parameters)}

    assert {case, from_qingdao} <= ids()
    assert from_qingdao in ids(origin="370200") and case not in ids(origin="370200")
    assert from_qingdao in ids(status="DEST_RECEIVED") and case not in ids(status="DEST_RECEIVED")
    assert case in ids(claimable="true") and from_qingdao not in ids(claimable="true"), "it is held"
    assert ids(origin="120103", status="SUSPENDED") == set()


@pytest.mark.parametrize("wrong", [
    "limit=0", "limit=201", "limit=x", "limit=", "limit=1.0", "limit=99999999999999999999", "status=NOTHING", "status=",
    "status=UNSPECIFIED", "status=queued", "claimable=maybe", "claimable=", "wait=-1", "wait=9999", "wait=", "cursor=zzz",
    "cursor=" + "A" * 400, "origin=", "origin=37020", "origin=3702001", "origin=37020x", "origin=青岛",
    "origin=%203702", "region=", "region=37080", "region=济宁", "orgin=370200", "limit=5&limit=6", "省" * 40 + "=1"])
def test_inbox_refuses_parameters_and_names_them_in_both_languages(window, wrong):
    answer = window.get(f"/v1/inbox?{wrong}")
    assert answer.status_code == 422, answer.text
    problem, name = answer.json(), wrong.split("=", maxsplit=1)[0][:20]
    assert problem["type"] == "urn:tongban:problem:invalid"
    assert name in problem["detail"] and name in problem["detail_zh"], problem


def test_inbox_of_a_foreign_region_names_both(window):
    answer = window.get("/v1/inbox?region=370200")
    assert answer.status_code == 403
    assert "370200" in answer.json()["detail"] and "370800" in answer.json()["detail"]


@pytest.mark.parametrize("wrong", ["", "?source_case_no=", "?source_case_no=" + "1" * 201, "?number=1",
                                   "?source_case_no=1&source_case_no=2"])
def test_search_by_number_refuses_what_is_no_number(window, wrong):
    answer = window.get(f"/v1/cases{wrong}")
    assert answer.status_code == 422, answer.text
    assert "source_case_no" in answer.json()["detail"] and "source_case_no" in answer.json()["detail_zh"]


def test_inbox_shows_whose_turn_it_is(gateway, number, window, case):
    token = window.claim(case).json()["fencing_token"]
    assert window.event(case, "dest_received", token).status_code == 202
    assert window.event(case, "supplement_required", token, missing=[{"name": "户口簿"}]).status_code == 202
    assert case not in {entry["case_id"] for entry in pages(window)}, "the applicant's turn"
    with gateway.client("changzhi-window-1") as origin:
        assert case in {entry["case_id"] for entry in pages(origin)}


def test_waiting_inbox_wakes_when_a_case_comes(gateway, number):
    with gateway.client("hexi-window-1") as client:
        assert client.get("/v1/inbox").json()["entries"] == [], "this region has no work in this file"
        with concurrent.futures.ThreadPoolExecutor() as pool:
            begun = time.monotonic()
            waiting = pool.submit(client.get, "/v1/inbox", params={"wait": 4})
            eventually(lambda: gateway.metric("tongban_http_connections", listener="gateway") >= 1)
            case_id = file_case(gateway, number, dest="120103")
            answer = waiting.result()
            took = time.monotonic() - begun
    assert [entry["case_id"] for entry in answer.json()["entries"]] == [case_id]
    assert took < 3.5, f"it waited {took:.1f} s although there was work"


def test_waiting_inbox_gives_up_in_time(gateway):
    with gateway.client("qingdao-window-1") as client:
        begun = time.monotonic()
        answer = client.get("/v1/inbox", params={"wait": 1})
        took = time.monotonic() - begun
    assert answer.status_code == 200 and answer.json()["entries"] == []
    assert 0.9 <= took < 4


# -- claims -----------------------------------------------------------------------------------------------------------


def test_claim_race_has_exactly_one_winner(gateway, number):
    for i in range(20):
        case_id = file_case(gateway, f"{number}-{i}")
        barrier = threading.Barrier(4)

        def claim(name, operator, case_id=case_id, barrier=barrier):
            with gateway.client(name) as client:
                assert client.get("/v1/whoami").status_code == 200  # connected before the start
                barrier.wait()
                return client.claim(case_id, operator=operator)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            tries = [(WINDOW_A, "1"), (WINDOW_B, "2"), (WINDOW_A, "3"), (WINDOW_B, "4")]
            answers = list(pool.map(lambda one: claim(*one), tries))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
        winner = tries[[answer.status_code for answer in answers].index(200)]
        held = {WINDOW_A: "JN-01", WINDOW_B: "JN-02"}[winner[0]]
        for answer in answers:
            if answer.status_code == 409:
                problem = answer.json()
                assert problem["holder"] == held and problem["state"] == "QUEUED", problem
                assert problem["type"] == "urn:tongban:problem:held-by-other"


def test_claim_is_extended_by_its_holder_and_keeps_its_token(window, case):
    first = window.claim(case, lease_seconds=60).json()
    again = window.claim(case, lease_seconds=600).json()
    assert again["fencing_token"] == first["fencing_token"]
    gained = (instant(again["lease_until"]) - instant(first["lease_until"])).total_seconds()
    assert 530 < gained < 560


def test_lease_is_cut_to_the_longest_allowed(window, case):
    answer = window.claim(case, lease_seconds=10_000_000).json()
    left = (instant(answer["lease_until"]) - datetime.datetime.now(datetime.timezone.utc)).total_seconds()
    assert left <= 8 * 3600 + 1


def test_nobody_acts_without_a_claim(window, case):
    answer = window.event(case, "dest_received")
    assert answer.status_code == 409 and answer.json()["type"] == "urn:tongban:problem:not-claimed"
    assert answer.json()["state"] == "QUEUED"


def test_nobody_acts_under_anothers_claim(window, other, case):
    token = window.claim(case).json()["fencing_token"]
    for shown in (0, token):
        answer = other.event(case, "dest_received", shown)
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:tongban:problem:held-by-other" and answer.json()["holder"] == "JN-01"


def test_wrong_token_is_refused(window, case):
    token = int(window.claim(case).json()["fencing_token"])
    for wrong in (0, token + 1):
        answer = window.event(case, "dest_received", wrong)
        assert answer.status_code == 409 and answer.json()["type"] == "urn:tongban:problem:stale-token"
        assert answer.json()["holder"] == "JN-01"
    assert window.event(case, "dest_received", token).status_code == 202


def test_released_case_is_free_for_another(window, other, case):
    token = window.claim(case).json()["fencing_token"]
    assert other.release(case, token).status_code == 409, "only its holder gives it back"
    assert window.release(case, int(token) + 1).status_code == 409
    assert window.release(case, token).status_code == 200
    answer = window.release(case, token)
    assert answer.status_code == 409 and answer.json()["type"] == "urn:tongban:problem:not-claimed"
    taken = other.claim(case)
    assert taken.status_code == 200 and int(taken.json()["fencing_token"]) > int(token)


def test_expired_lease_fences_its_late_holder_off(window, other, case):
    late = window.claim(case, lease_seconds=1).json()["fencing_token"]
    assert other.claim(case).status_code == 409
    taken = eventually(lambda: (lambda answer: answer if answer.status_code == 200 else None)(other.claim(case)),
                       what="the lease of one second runs out")
    token = taken.json()["fencing_token"]
    assert int(token) > int(late)
    answer = window.event(case, "dest_received", late)
    assert answer.status_code == 409 and answer.json()["type"] == "urn:tongban:problem:stale-token"
    assert answer.json()["holder"] == "JN-02"
    assert other.event(case, "dest_received", token).status_code == 202


def test_expired_lease_is_no_lease_for_its_own_holder(window, case):
    token = window.claim(case, lease_seconds=1).json()["fencing_token"]
    until_ms = int(window.case(case)["case"]["lease"]["until_ms"])
    eventually(lambda: time.time() * 1000 > until_ms, what="the lease runs out")
    answer = window.event(case, "dest_received", token)
    # Whichever comes first: the late holder, or the gateway's word that the lease is over.
    over = ("urn:tongban:problem:stale-token", "urn:tongban:problem:not-claimed")
    assert answer.status_code == 409 and answer.json()["type"] in over
    renewed = window.claim(case).json()["fencing_token"]
    assert int(renewed) > int(token), "a new token, although nobody else came"
    assert window.event(case, "dest_received", renewed).status_code == 202


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"operator_id":""}', '{"operator_id":1}', '{"operator_id":"1","x":1}',
                                  '{"operator_id":"1","lease_seconds":-1}', '{"operator_id":"1","lease_seconds":1e9}',
                                  '{"operator_id":"%s"}' % ("1" * 51), '{"operator_id":"%s"}' % ("号" * 51), '{"operator_id":" "}', '{"operator_id":"11010519491231002X"}',
                                  '{"operator_id":"01\\u00007"}', '{"operator_id":"01\\n7"}', '{"operator_id":"01\\u202e7"}', "{" * 500, '{"operator_id":"1"} x',
                                  '{"operator_id":"1","operator_id":"2"}'])
def test_claim_that_cannot_be_read(window, case, body):
    answer = window.post(f"/v1/cases/{case}/claim", body.encode())
    assert answer.status_code in (400, 422), answer.text
    assert "lease" not in window.case(case)["case"]


def test_claim_obeys_the_rules_of_a_claim_that_comes_as_an_event(window, case):
    """Characters count, not bytes; what breaks a rule is named."""
    for call in ("claim", "release"):
        answer = window.post(f"/v1/cases/{case}/{call}", {"operator_id": "01\x017"})
        assert answer.status_code == 422 and answer.json()["type"] == "urn:tongban:problem:invalid", answer.text
        (broken,) = answer.json()["violations"]
        assert broken["field"] == "claimed.operator_id" and "工号" in broken["message_zh"], broken
    as_event = window.event(case, "claimed", operator_id="01\x017")
    assert [each["field"] for each in as_event.json()["violations"]] == ["claimed.operator_id"]
    assert window.post(f"/v1/cases/{case}/claim", {"operator_id": "号" * 50}).status_code == 200
    assert window.case(case)["case"]["lease"]["operator_id"] == "号" * 50


def test_claim_of_a_case_that_does_not_exist(window):
    for case_id in ("TB3708000000000000000000000000000", "x", "..%2f..", "%00", "1" * 300):
        assert window.claim(case_id).status_code in (400, 404), case_id


def test_every_step_of_a_case_by_its_window(window, other, case, gateway):
    """A whole life under one claim, and the timeline that tells it."""
    token = window.claim(case).json()["fencing_token"]
    steps = [("dest_received", {}), ("case_accepted", {}), ("review_started", {}),
             ("step", {"kind": "STEP_KIND_REVIEW", "result": "STEP_RESULT_PASS"}),
             ("special_started", {"kind": "SPECIAL_KIND_SUSPENSION", "limit": {"value": 5, "unit": "LIMIT_UNIT_WORKDAY"}}),
             ("special_ended", {"kind": "SPECIAL_KIND_SUSPENSION"}),
             ("deadline_extended", {"extension": {"value": 10, "unit": "LIMIT_UNIT_WORKDAY"}}),
             ("decided", {"decision": "DECISION_APPROVED"}), ("case_closed", {"outcome": "OUTCOME_COMPLETED"}),
             ("ready_for_collection", {})]
    for name, members in steps:
        answer = window.event(case, name, token, **members)
        assert answer.status_code == 202, f"{name}: {answer.text}"
        if name == "deadline_extended":
            (warned,) = answer.json()["violations"]
            assert warned["field"] == "deadline_extended.approver_id" and warned["warning"], warned
    with gateway.client("changzhi-window-1") as origin:
        assert origin.event(case, "collected_by_applicant").status_code == 202
        assert origin.event(case, "evaluated", grade="GRADE_SATISFIED").status_code == 202
        entries = origin.get(f"/v1/cases/{case}/timeline").json()["entries"]
    filed, routed = entries[:2]
    assert (filed["event"], filed["status"]) == ("CASE_SUBMITTED", "CASE_STATUS_SUBMITTED")
    assert (routed["event"], routed["status"]) == ("ROUTED", "CASE_STATUS_QUEUED")
    assert routed["queue_region"] == "370800" and routed["sender_role"] == "ROLE_GATEWAY"
    assert routed["recorded_at"] == filed["recorded_at"] and routed.get("offset") == filed.get("offset")
    assert "event_id" not in routed, "one record, one id: the filing's"
    told = [entry["event"] for entry in entries if entry["event"] != "CLAIMED"]
    assert told == ["CASE_SUBMITTED", "ROUTED", *[name.upper() for name, _ in steps], "COLLECTED_BY_APPLICANT", "EVALUATED"]
    times = [instant(entry["recorded_at"]) for entry in entries]
    assert times == sorted(times)
    assert window.case(case)["state"] == "EVALUATED"
    after = other.event(case, "review_started")
    assert after.status_code == 409 and after.json()["state"] == "EVALUATED"


def test_idempotency_key_makes_a_claim_repeatable(window, case):
    body = {"operator_id": "017"}
    first = window.post(f"/v1/cases/{case}/claim", body, headers={"Idempotency-Key": "wish-1"})
    again = window.post(f"/v1/cases/{case}/claim", body, headers={"Idempotency-Key": "wish-1"})
    assert first.status_code == again.status_code == 200
    assert first.json()["event_id"] == again.json()["event_id"]
    assert again.json()["outcome"] == "RECEIPT_OUTCOME_DUPLICATE"


def test_repeated_claim_shows_no_token_of_who_holds_the_case_now(window, case):
    first = window.post(f"/v1/cases/{case}/claim", {"operator_id": "017", "lease_seconds": 1},
                        headers={"Idempotency-Key": "wish-2"}).json()
    until = time.monotonic() + 30
    while True:
        second = window.post(f"/v1/cases/{case}/claim", {"operator_id": "018"}, headers={"Idempotency-Key": "wish-3"})
        if second.status_code == 200 or time.monotonic() > until:
            break
    assert second.status_code == 200 and int(second.json()["fencing_token"]) > int(first["fencing_token"])
    again = window.post(f"/v1/cases/{case}/claim", {"operator_id": "017", "lease_seconds": 1},
                        headers={"Idempotency-Key": "wish-2"}).json()
    assert again["outcome"] == "RECEIPT_OUTCOME_DUPLICATE"
    assert "fencing_token" not in again and "holder" not in again, again


# -- claims that come as events ---------------------------------------------------------------------------------------


def claimed(client, case_id, **members):
    return client.event(case_id, "claimed", operator_id="017", **members)


def lease_seconds(client, case_id):
    return int(client.case(case_id)["case"]["lease"]["until_ms"]) / 1000 - time.time()


def test_claim_as_an_event_is_the_senders_own(window, other, case):
    """What POST /claim fills in and bounds holds for the event too."""
    answer = claimed(window, case, window_id="JN-02", lease_seconds=600)
    assert answer.status_code == 403, answer.text
    problem = answer.json()
    assert problem["type"] == "urn:tongban:problem:not-your-window"
    assert all("JN-01" in problem[text] and "JN-02" in problem[text] for text in ("title", "title_zh")), problem
    assert "lease" not in window.case(case)["case"], "nothing is held"
    assert claimed(window, case, window_id="JN-01", lease_seconds=86400).status_code == 202
    assert lease_seconds(window, case) <= 28800, "no longer than window.lease_max"
    assert other.claim(case).status_code == 409


def test_claim_as_an_event_has_the_usual_lease(window, case):
    assert claimed(window, case).status_code == 202
    assert 1700 < lease_seconds(window, case) <= 1800
    assert claimed(window, case, lease_seconds=90000).status_code == 202, "extended"
    assert 28000 < lease_seconds(window, case) <= 28800
