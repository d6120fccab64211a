"""An installation grows: its embedded ledger is copied to Kafka and back, and the gateway goes on with the same cases.
On the embedded ledger alone: to another number of partitions."""

import json
import os
import signal
import subprocess
import time
import uuid

import pytest

from gateway import binary, run, submission

KAFKA = os.environ.get("TONGBAN_E2E_LEDGER") == "kafka"


def config(gateway, name, ledger):
    """Another configuration beside the gateway's own: the same but for ledger and view."""
    import yaml
    settings = dict(gateway.settings)
    settings["ledger"] = ledger
    settings["view"] = {**settings.get("view", {}), "directory": f"data/view-{name}"}
    path = gateway.folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(settings, allow_unicode=True))
    return path


def embedded(name, partitions=1):
    return {"kind": "embedded", "embedded": {"directory": f"data/{name}", "partitions": partitions}}


def copy(source, target):
    done = run("ledger", "copy", "--from", source, "--to", target, "--json")
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def counted(path, *options):
    done = run("ledger", "reconcile", "--config", path, "--json", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    return {name: told[name] for name in ("accepted", "closed", "open", "collected_only", "targets")}


@pytest.fixture(scope="module")
def origin_gateway(gateways, request):
    """Always on an embedded ledger, with some cases under way."""
    made = gateways.make(name="grows")
    made.settings["ledger"] = embedded("ledger", 3)
    made.write_config()
    made.start()
    with made.client("jining-platform") as client:
        for _ in range(40):
            assert client.message(submission(f"G{uuid.uuid4().hex[:16].upper()}")).status_code == 202
    made.stop()
    return made


@pytest.fixture
def target(origin_gateway, request):
    name = f"target-{uuid.uuid4().hex[:6]}"
    if not KAFKA:
        return config(origin_gateway, name, embedded(name, 5))
    ledger = request.getfixturevalue("kafka").settings()["ledger"]
    ledger["kafka"]["partitions"] = 3
    return config(origin_gateway, name, ledger)


def test_a_copy_holds_every_case_and_comes_back(origin_gateway, target):
    code, told = copy(origin_gateway.config, target)
    assert code == 0 and told["outcome"] == "done" and told["appended"] == told["source_records"] >= 40, told
    before = counted(origin_gateway.config, "--no-view")
    assert counted(target, "--no-view") == before and before["accepted"] >= 40
    code, told = copy(origin_gateway.config, target)
    assert code == 0 and told["appended"] == 0, "run again there is nothing left to do"
    back = config(origin_gateway, f"back-{uuid.uuid4().hex[:6]}", embedded(f"back-{uuid.uuid4().hex[:6]}", 3))
    code, told = copy(target, back)
    assert code == 0, told
    assert counted(back, "--no-view") == before


def test_a_copy_that_is_killed_goes_on(origin_gateway, target):
    for pause in (0.02, 0.1, 0.3):
        process = subprocess.Popen([binary(), "ledger", "copy", "--from", str(origin_gateway.config), "--to", str(target)],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(pause)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
    deadline = time.monotonic() + 60
    code, told = copy(origin_gateway.config, target)
    while code == 3 and time.monotonic() < deadline:  # the killed one's lock, or the broker's view of it
        code, told = copy(origin_gateway.config, target)
    assert code == 0 and told["found"] + told["appended"] >= 40, told


def test_a_target_that_holds_something_else_is_refused(origin_gateway):
    full = config(origin_gateway, "full", embedded("full", 2))
    code, told = copy(origin_gateway.config, full)
    assert code == 0, told
    empty = config(origin_gateway, "empty", embedded("empty", 2))
    code, told = copy(empty, full)
    assert code == 1 and told["outcome"] == "target_differs" and told["appended"] == 0, told
    assert "未写入" in told["message"] and "nothing was written" in told["message"]
    code, told = copy(origin_gateway.config, full)
    assert code == 0 and told["appended"] == 0, "it is still what it was"
    assert run("ledger", "copy", "--from", full, "--to", full).returncode in (2, 3), "one ledger for both"
