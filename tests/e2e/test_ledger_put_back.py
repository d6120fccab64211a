"""An older copy of the ledger is put back beside the newer view: it is said what is wrong and what helps, and nothing else."""

import json
import shutil
import uuid

from gateway import run, submission


def test_a_view_ahead_of_its_ledger_is_told_and_nothing_is_counted(gateways):
    gateway = gateways.make(name="put-back")
    gateway.settings["ledger"] = {"kind": "embedded", "embedded": {"directory": "data/ledger", "partitions": 1}}
    gateway.write_config()
    ledger, copy, view = (gateway.folder / name for name in ("data/ledger", "copy", "data/view"))
    for cases in (2, 3):
        gateway.start()
        with gateway.client("jining-platform") as client:
            for _ in range(cases):
                assert client.message(submission(f"P{uuid.uuid4().hex[:16].upper()}")).status_code == 202
        gateway.stop()
        if not copy.exists():
            shutil.copytree(ledger, copy)
    shutil.rmtree(ledger)
    shutil.copytree(copy, ledger)
    told = run("ledger", "reconcile", "--config", gateway.config)
    assert told.returncode == 1 and told.stderr == ""
    assert "请删除视图目录" in told.stdout and "delete the view directory" in told.stdout and len(told.stdout.splitlines()) == 1
    assert "相符" not in told.stdout and "explained" not in told.stdout
    told = run("ledger", "reconcile", "--config", gateway.config, "--json")
    assert told.returncode == 1 and set(json.loads(told.stdout)) == {"ok", "view_problem"}
    alone = run("ledger", "reconcile", "--config", gateway.config, "--no-view", "--json")
    assert alone.returncode == 0 and json.loads(alone.stdout)["accepted"] == 2, alone.stdout + alone.stderr
    shutil.rmtree(view)
    again = run("ledger", "reconcile", "--config", gateway.config, "--json")
    assert again.returncode == 0 and json.loads(again.stdout)["accepted"] == 2
