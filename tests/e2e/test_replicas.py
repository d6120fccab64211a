"""Two gateways on one Kafka topic: what one answered the other knows, and rivals meet only in the log."""

import concurrent.futures
import threading

import pytest

import cities
from events import Events
from gateway import eventually, run, submission


@pytest.fixture(scope="module")
def pair(gateways, kafka):
    """Two replicas of one gateway."""
    settings = kafka.settings()
    first = gateways.start(settings, name="replica-1")
    second = gateways.start(settings, name="replica-2")
    return first, second


def both(pair, party):
    return [gateway.client(party) for gateway in pair]


def at_once(calls):
    """Runs the calls at the same moment; their results in order."""
    barrier = threading.Barrier(len(calls))

    def run_one(call):
        barrier.wait()
        return call()

    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run_one, calls))


def test_same_message_at_both_is_stored_once(pair, number):
    clients = both(pair, "jining-platform")
    for i in range(20):
        message = submission(f"{number}-{i}")
        answers = at_once([lambda client=client, message=message: client.message(message) for client in clients])
        assert sorted(answer.status_code for answer in answers) == [200, 202], [answer.text for answer in answers]
        receipts = [answer.json() for answer in answers]
        assert receipts[0]["event_id"] == receipts[1]["event_id"] and receipts[0]["case_id"] == receipts[1]["case_id"]
        assert receipts[0]["recorded_at"] == receipts[1]["recorded_at"], "both get the first receipt"
        entries = clients[i % 2].get(f"/v1/cases/{receipts[0]['case_id']}/timeline").json()["entries"]
        assert [entry["event"] for entry in entries if not entry.get("refused_code")].count("CASE_SUBMITTED") == 1


def test_other_content_at_the_other_replica_is_a_conflict(pair, number):
    first, second = both(pair, "jining-platform")
    for i in range(10):
        answers = at_once([lambda: first.message(submission(f"{number}-{i}", name="样例甲")),
                           lambda: second.message(submission(f"{number}-{i}", name="样例乙"))])
        assert sorted(answer.status_code for answer in answers) == [202, 409], [answer.text for answer in answers]


def test_what_one_answered_the_other_never_misses(pair, number):
    first, second = both(pair, "jining-platform")
    window_1, window_2 = both(pair, "changzhi-window-1")
    for i in range(60):
        writer, reader = (first, second) if i % 2 else (second, first)
        case_id = writer.message(submission(f"{number}-{i}")).json()["case_id"]
        seen = reader.get(f"/v1/cases/{case_id}")
        assert seen.status_code == 200, f"write {i} was answered, the other replica says {seen.text}"
        claimer = window_2 if i % 2 else window_1
        assert claimer.claim(case_id).status_code == 200


def test_case_found_by_number_at_the_other_replica(pair, number):
    first, second = both(pair, "jining-platform")
    for i in range(20):
        case_id = first.message(submission(f"{number}-{i}")).json()["case_id"]
        found = second.find(f"{number}-{i}")
        assert [one["case"]["case_id"] for one in found] == [case_id], f"filing {i} was answered"


def test_city_status_finds_its_case_at_the_other_replica(pair):
    """Changzhi tells of a case by its source number only; Jining filed it at the other replica."""
    filed = cities.send(pair[0], "JINING-02")
    assert filed.code == "1", filed
    with pair[1].client("changzhi-window-1") as window:
        token = window.claim(filed.case_id).json()["fencing_token"]
        assert window.event(filed.case_id, "dest_received", token).status_code == 202
    told = cities.send(pair[0], "CHANGZHI-03")
    assert told.code == "成功", told


def test_rival_claims_at_both_have_one_winner(pair, number):
    first, second = pair
    with first.client("jining-window-1") as one, second.client("jining-window-2") as two, \
            first.client("changzhi-platform") as city:
        for i in range(30):
            case_id = city.message(submission(f"{number}-{i}", origin="140400", dest="370800")).json()["case_id"]
            answers = at_once([lambda: one.claim(case_id), lambda: two.claim(case_id)])
            assert sorted(answer.status_code for answer in answers) == [200, 409]
            won = [answer.status_code for answer in answers].index(200)
            lost = answers[1 - won].json()
            assert lost["holder"] == ("JN-01", "JN-02")[won]
            token = answers[won].json()["fencing_token"]
            late = (two, one)[won].event(case_id, "dest_received", token)
            assert late.status_code == 409, "the other's token is of no use to the loser"
            assert (one, two)[won].event(case_id, "dest_received", token).status_code == 202


def test_waiting_inbox_wakes_for_a_case_filed_at_the_other_replica(pair, number):
    first, second = pair
    with second.client("hexi-window-1") as window, first.client("jining-platform") as city, \
            concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(window.get, "/v1/inbox", params={"wait": 4})
        case_id = city.message(submission(number, dest="120103")).json()["case_id"]
        assert [entry["case_id"] for entry in waiting.result().json()["entries"]] == [case_id]


def test_a_stream_goes_on_at_the_other_replica(pair, number):
    """Cut off after each event and gone on at the other replica at once, which may not have projected it yet."""
    clients = both(pair, "jining-platform")
    with Events(pair[0], "changzhi-platform") as stream:
        position = eventually(lambda: stream.next(0.01) is None and stream.last_id)
    wanted, heard = [], []
    for i in range(24):
        wanted.append(clients[i % 2].message(submission(f"{number}-{i}")).json()["case_id"])
        with Events(pair[(i + 1) % 2], "changzhi-platform", last_event_id=position) as stream:
            assert stream.status == 200, stream.problem()
            heard += [each.json["case_id"] for each in stream.take(1)]
            position = stream.last_id
    assert heard == wanted


def test_one_replica_ends_and_the_other_goes_on(pair, number, gateways):
    first, second = pair
    with first.client("jining-platform") as client:
        case_id = client.message(submission(number)).json()["case_id"]
    first.kill()
    with second.client("jining-platform") as client:
        assert client.case(case_id)["state"] == "QUEUED"
        assert client.message(submission(number)).status_code == 200, "the retry after the crash is a duplicate"
        assert client.message(submission(f"{number}-2")).status_code == 202
    first.start()
    with first.client("jining-platform") as client:
        assert client.find(f"{number}-2")[0]["state"] == "QUEUED"


def test_both_views_equal_a_rebuild_in_the_end(pair):
    first, second = pair
    end = eventually(lambda: first.status()["cases"] == second.status()["cases"] and first.status()["cases"],
                     what="both have projected the same")
    assert end["unexplained"] == 0 and end["accepted"] > 100
    for gateway in pair:
        gateway.stop()
        done = run("ledger", "check", "--config", gateway.config)
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_replica_that_is_outdated_gives_its_work_to_the_others(gateways, kafka, number):
    """What a version to come writes: a message in a field that this one does not know, in place of the event's own."""
    topic = f"{kafka.prefix}outdated"
    gateway = gateways.start(kafka.settings(topic), name="outdated")
    eventually(lambda: gateway.metric("tongban_partitions_owned") == 4, 30)
    with gateway.client("jining-platform") as client:
        case_id = client.message(submission(number)).json()["case_id"]
    event = "\u0280\x01\x07of 2027"  # field 2057, length-delimited
    kafka.cluster.publish(topic, f"{case_id}\tR{chr(len(event.encode()))}{event}\n")
    eventually(lambda: "newer version" in (gateway.unready_reason() or ""), 30)
    eventually(lambda: gateway.metric("tongban_partitions_owned") == 0, 30, "others can act for its partitions")
    eventually(lambda: [line for line in gateway.log() if line["event"] == "gave_way"], 30)
    with gateway.client("jining-platform") as client:
        assert client.case(case_id)["state"] == "QUEUED", "what came before is shown"
        assert client.message(submission(f"{number}-2")).status_code == 503
