"""Two gateways on one Kafka, all three with a clock that the test moves: what comes due is said once, whoever owns the case's
partition, also when the owner died before the day came, or slept over it and wakes with the word still to say."""

import collections
import json
import os
import pathlib
import signal
import sys

import pytest

from clock_cases import DAY, file_case, published_calendar, tell, timeline
from fixtures import KafkaLedger
from gateway import eventually, run

sys.path.insert(0, str(pathlib.Path(__file__).parent / "storm"))

from partition_of import partition_of  # noqa: E402
from replicas import Clock  # noqa: E402

PARTITIONS = 4
PASSED = 20  # days: more than five working days, whatever holidays lie between


class MovedClock(Clock):
    """One for brokers and gateways; it only goes forward, over all tests of this file."""

    days = 0

    def pass_days(self, gateways, number):
        """A filing at each gateway tells it: timers follow the ledger's time, which is the brokers'."""
        self.days += PASSED
        self.shift(self.days * DAY)
        self.tell(gateways, f"{number}-jump")

    @staticmethod
    def tell(gateways, number):
        for n, gateway in enumerate(gateways):
            file_case(gateway, f"{number}-{n}", promise=60)


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    return MovedClock(os.environ["TONGBAN_CLOCK_SHIFT_LIBRARY"], tmp_path_factory.mktemp("clock") / "shift")


@pytest.fixture(scope="module")
def kafka_in_time(tmp_path_factory, authority, clock):
    with clock.kept():
        ledger = KafkaLedger(tmp_path_factory.mktemp("kafka"), authority)
    yield ledger
    ledger.cluster.stop()


@pytest.fixture
def pair(gateways, kafka_in_time, clock, tmp_path, request):
    """Two replicas that share the partitions."""
    settings = {**kafka_in_time.settings(partitions=PARTITIONS), "calendar": {"file": str(published_calendar(tmp_path))}}
    replicas = [gateways.make(settings, name=f"{request.node.name[:40]}-{n}") for n in (1, 2)]
    for each in replicas:
        each.start(prefix=clock.prefix())
    eventually(lambda: owned(replicas) == [PARTITIONS // 2] * 2, 40, "each has half of the partitions")
    return replicas


def owned(replicas):
    return [each.metric("tongban_partitions_owned") for each in replicas]


def received_cases(pair, number):
    """Filed and received at both in turn, in every partition: some are each replica's to watch."""
    cases = []
    while len(cases) < 12 or {partition_of(each, PARTITIONS) for each in cases} != set(range(PARTITIONS)):
        assert len(cases) < 100, "no case in some partition"
        cases.append(file_case(pair[len(cases) % 2], f"{number}-{len(cases)}", promise=60))
        tell(pair[(len(cases) + 1) % 2], cases[-1], "dest_received")
    return cases


def told(gateway, case_id):
    """What the gateways said of themselves."""
    return collections.Counter(each["event"] for each in timeline(gateway, case_id)
                               if each["event"] in ("DEEMED_ACCEPTED", "SUPERVISION_WARNING"))


def recorded(gateway, case_id):
    """The same among the case's records in Kafka, as `tongban ledger dump` reads them: refused ones too."""
    done = run("ledger", "dump", "--config", gateway.config, "--case", case_id)
    assert done.returncode == 0, done.stderr
    events = [json.loads(line).get("event") for line in done.stdout.splitlines()]
    return collections.Counter(each for each in events if each in ("DEEMED_ACCEPTED", "SUPERVISION_WARNING"))


def all_are_accepted(gateway, cases):
    eventually(lambda: all(told(gateway, each)["DEEMED_ACCEPTED"] for each in cases), 60,
               "every case is accepted, as nobody told in time")


ONCE = {"SUPERVISION_WARNING": 1, "DEEMED_ACCEPTED": 1}  # the day before, or with it, and then


def check_once(pair, cases):
    for case_id in cases:
        for gateway in pair:
            assert told(gateway, case_id) == ONCE, (gateway.folder, case_id)
    for gateway in pair:
        gateway.stop()
        checked = run("ledger", "check", "--config", gateway.config)
        assert checked.returncode == 0, checked.stdout + checked.stderr


def test_what_comes_due_at_both_is_said_once(pair, clock, number):
    cases = received_cases(pair, number)
    clock.pass_days(pair, number)
    all_are_accepted(pair[0], cases)
    assert owned(pair) == [PARTITIONS // 2] * 2, "each spoke for its own partitions"
    for case_id in cases:
        assert recorded(pair[0], case_id) == ONCE, "nor is anything proposed twice"
    check_once(pair, cases)


def test_the_one_that_is_left_says_it_once_when_the_owner_was_killed(pair, clock, number):
    killed, left = pair
    cases = received_cases(pair, number)
    killed.kill()
    clock.pass_days([left], number)
    all_are_accepted(left, cases)
    assert left.metric("tongban_partitions_owned") == PARTITIONS
    killed.start(prefix=clock.prefix())
    eventually(lambda: sum(owned(pair)) == PARTITIONS and min(owned(pair)) > 0, 60, "both have their part again")
    clock.tell(pair, number + "-again")
    check_once(pair, cases)


def test_an_owner_that_slept_over_the_day_does_not_say_it_again(pair, clock, number):
    asleep, awake = pair
    cases = received_cases(pair, number)
    asleep.process.send_signal(signal.SIGSTOP)
    try:
        clock.pass_days([awake], number)
        all_are_accepted(awake, cases)
    finally:
        asleep.process.send_signal(signal.SIGCONT)
    eventually(lambda: sum(owned(pair)) == PARTITIONS and min(owned(pair)) > 0, 60, "both have their part again")
    clock.tell(pair, number + "-again")
    check_once(pair, cases)
