"""The parts of the random fault run by themselves: its schedule, its cases, its network and its clock."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent
# `load` is also a module of the other fault tests, so the storm's own are asked for by name.
sys.path.append(str(HERE / "storm"))

from cases import CITIES, SCRIPTS, filing, plan  # noqa: E402
from journal import Journal  # noqa: E402
from partition_of import partition_of  # noqa: E402
from paths import Paths  # noqa: E402
from schedule import CASES_PER_FAULT, KINDS, schedule  # noqa: E402


def test_the_same_seed_and_length_give_the_same_faults():
    assert schedule(7, 100_000) == schedule(7, 100_000)
    assert schedule(7, 100_000) != schedule(8, 100_000)
    other_process = subprocess.run(
        [sys.executable, str(HERE / "run"), "--list", "--seed", "7", "--cases", "100000"], capture_output=True, text=True,
        check=True, env=dict(os.environ, PYTHONHASHSEED="99"))
    assert other_process.stdout.splitlines() == [str(strike) for strike in schedule(7, 100_000)]


@pytest.mark.parametrize("cases", [1, 3000, 1_000_000])
def test_every_kind_comes_once_a_round_and_within_its_bounds(cases):
    strikes = schedule(3, cases, longest=30)
    assert len(strikes) == max(len(KINDS), cases // CASES_PER_FAULT)
    assert {strike.kind for strike in strikes[:len(KINDS)]} == set(KINDS)
    for strike in strikes:
        kind = KINDS[strike.kind]
        low, high = kind.seconds
        assert 0 <= strike.target < kind.targets and strike.way in kind.ways
        assert min(low, 30) <= strike.seconds <= min(high, 30)


def test_only_some_kinds_and_none_that_is_unknown():
    assert {strike.kind for strike in schedule(1, 50_000, ["broker_killed"])} == {"broker_killed"}
    with pytest.raises(ValueError, match="no fault is called flood"):
        schedule(1, 50_000, ["flood"])


def test_a_case_is_the_same_whenever_it_is_made():
    plans = [plan(5, index) for index in range(2000)]
    assert plans == [plan(5, index) for index in range(2000)]
    assert [filing(each) for each in plans[:50]] == [filing(each) for each in plans[:50]]
    assert len({each.number for each in plans}) == 2000
    assert {each.origin for each in plans} == {each.dest for each in plans} == set(CITIES)
    assert all(each.origin != each.dest and each.script in SCRIPTS for each in plans)
    assert any(each.rivals for each in plans) and any(each.twice for each in plans)


@pytest.mark.parametrize("text, value", [("21", -973932308), ("foobar", -790332482), ("a-little-bit-long-string", -985981536),
                                         ("a-little-bit-longer-string", -1486304829), ("abc", 479470107)])
def test_partitions_are_those_of_kafkas_own_clients(text, value):
    assert partition_of(text, 97) == (value & 0x7FFFFFFF) % 97


def test_whole_lines_from_many_threads(tmp_path):
    journal = Journal(tmp_path / "answers.jsonl", "test")
    threads = [threading.Thread(target=lambda i=i: [journal.say("event", by=f"t{i}", outcome="accepted", http=None)
                                                    for _ in range(500)]) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.close()
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert len(lines) == 2000 and all("http" not in line and line["kind"] == "event" for line in lines)


class Echo:
    """Answers each line with the same line."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.heard = self.listener.getsockname()[1], []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection, connection.makefile("rwb") as file:
            try:
                for line in file:
                    self.heard.append(line)
                    file.write(line)
                    file.flush()
            except OSError:
                pass


class Line:
    """A client that says lines and hears them back."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.file = self.socket.makefile("rwb")

    def say(self, text):
        self.file.write(text)
        self.file.flush()

    def hear(self):
        return self.file.readline()

    def exchange(self, text):
        self.say(text)
        return self.hear()


@pytest.fixture
def path(tmp_path):
    echo = Echo()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    paths = Paths([{"name": "way", "port": port, "backend": echo.port}], tmp_path / "proxy.log")
    paths.port, paths.echo = port, echo
    yield paths
    paths.stop()
    echo.listener.close()


def test_path_that_hangs_loses_nothing(path):
    line = Line(path.port)
    assert line.exchange(b"one\n") == b"one\n"
    path.set("way", "hang")
    line.say(b"two\n")
    line.socket.settimeout(0.3)
    with pytest.raises(TimeoutError):
        line.socket.recv(1)
    assert path.echo.heard == [b"one\n"]
    late = Line(path.port)
    late.say(b"late\n")
    path.set("way", "pass")
    line.socket.settimeout(5)
    assert line.socket.recv(10) == b"two\n" and late.hear() == b"late\n"


def test_path_that_refuses_resets_and_comes_back(path):
    line = Line(path.port)
    assert line.exchange(b"one\n") == b"one\n"
    path.set("way", "refuse")
    with pytest.raises(ConnectionError):
        line.exchange(b"two\n")
        line.exchange(b"three\n")
    with pytest.raises(ConnectionError):
        Line(path.port)
    path.set("way", "pass")
    assert Line(path.port).exchange(b"four\n") == b"four\n"


def test_reply_is_lost_after_the_request_arrived(path):
    line = Line(path.port)
    for text in (b"1\n", b"2\n", b"3\n"):  # as a handshake and a first exchange
        assert line.exchange(text) == text
    path.set("way", "drop_replies")
    with pytest.raises(ConnectionError):
        if line.exchange(b"lost\n") == b"":
            raise ConnectionError
    assert b"lost\n" in path.echo.heard
    assert path.set("way", "pass")["dropped"] == 1
    assert Line(path.port).exchange(b"more\n") == b"more\n"


def test_clock_of_a_running_process_is_shifted(tmp_path):
    from replicas import Clock
    clock = Clock(os.environ["TONGBAN_CLOCK_SHIFT_LIBRARY"], tmp_path / "clock")
    watch = "import sys, time\nfor _ in sys.stdin: print(time.time(), time.monotonic(), flush=True)"
    with subprocess.Popen([*clock.prefix(), sys.executable, "-c", watch], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        def read():
            process.stdin.write("\n")
            process.stdin.flush()
            wall, monotonic = map(float, process.stdout.readline().split())
            return wall - time.time(), monotonic - time.monotonic()
        for shift in (0, 3600, -3600, 0):
            clock.shift(shift)
            wall, monotonic = read()
            assert abs(wall - shift) < 1 and abs(monotonic) < 1
        process.stdin.close()


class Told:
    """A stage of which only the journal is asked."""

    def __init__(self, file):
        self.journal = Journal(file, "harness")


def test_outcomes_are_measured_and_what_is_late_or_never_seen_is_said(tmp_path):
    import faults
    import outcomes
    undone = []

    def pretended(stage, strike):
        try:
            yield faults.Expected("at once", 5, lambda seconds: True, faults.BEGAN)
            yield faults.Lasts(strike.seconds)
        finally:
            undone.append(True)
        yield faults.Ended()
        yield faults.Expected("too late", -1.0, lambda seconds: True)
        yield faults.Expected("never", 0.1, lambda seconds: None)

    strike = schedule(1, 1, ["gateway_killed"], longest=0.2)[0]
    outcomes.FAULTS["gateway_killed"], real = pretended, outcomes.FAULTS["gateway_killed"]
    try:
        seen = outcomes.run_fault(Told(tmp_path / "answers.jsonl"), strike, lambda text: None)
    finally:
        outcomes.FAULTS["gateway_killed"] = real
    assert undone and [each.as_stated for each in seen] == [True, False, False]
    lines = [json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines()]
    assert [line["counted_from"] for line in lines] == ["began", "ended", "ended"]
    assert "recovered_ms" in lines[1] and "recovered_ms" not in lines[2]
    assert all(line["ended_ms"] - line["began_ms"] >= 1000 * strike.seconds - 1 for line in lines)


def test_fault_is_taken_back_when_the_run_is_interrupted(tmp_path):
    import faults
    import outcomes
    undone = []

    def pretended(stage, strike):
        try:
            yield faults.Expected("interrupted", 5, lambda seconds: [][0], faults.BEGAN)
        finally:
            undone.append(True)

    outcomes.FAULTS["gateway_killed"], real = pretended, outcomes.FAULTS["gateway_killed"]
    try:
        with pytest.raises(IndexError):
            outcomes.run_fault(Told(tmp_path / "answers.jsonl"), schedule(1, 1, ["gateway_killed"])[0], print)
    finally:
        outcomes.FAULTS["gateway_killed"] = real
    assert undone
