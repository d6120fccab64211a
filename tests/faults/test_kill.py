"""kill -9 at random moments under load: what was answered is in the ledger once, and the view equals a rebuild.

TONGBAN_KILLS: how often (20; the long form of the test is 200). TONGBAN_SEED: the seed of a run to be repeated.
"""

import os
import random
import subprocess
import time

from gateway import binary, eventually, run
from load import Ledger, Load, check_every_answer, send_unknown_again

KILLS = int(os.environ.get("TONGBAN_KILLS", "20"))


def kill_while_starting(gateway, chance):
    """Dies before it says that it is ready: opening the ledger and folding it must bear that too."""
    with open(gateway.log_file, "ab") as log:
        process = subprocess.Popen([binary(), "serve", "--config", str(gateway.config)], stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log)
    time.sleep(chance.uniform(0, 0.3))  # the fault itself: a random moment
    process.kill()
    process.wait(30)


def kill_under_load(gateway, ledger, chance, round_number):
    """Starts, lets clients work, and kills after a random number of answers and a random moment more."""
    gateway.start()
    if ledger.unknown and chance.random() < 0.7:
        send_unknown_again(gateway, ledger)
    with Load(gateway, ledger, f"K{round_number}") as load:
        enough = chance.randint(1, 120)
        eventually(lambda: load.answers >= enough, 30, f"{enough} answers")
        time.sleep(chance.uniform(0, 0.02))  # the fault itself: a random moment
        gateway.kill()


def test_kill_9_at_any_moment_under_load(gateways):
    seed = int(os.environ.get("TONGBAN_SEED", "20241018"))
    print(f"TONGBAN_SEED={seed} TONGBAN_KILLS={KILLS}")
    chance = random.Random(seed)
    gateway = gateways.make(name="killed", settings={"view": {"flush_interval": "1s"}})
    ledger = Ledger()
    for i in range(KILLS):
        if chance.random() < 0.2:
            kill_while_starting(gateway, chance)
        else:
            kill_under_load(gateway, ledger, chance, i)
    gateway.start()
    send_unknown_again(gateway, ledger)
    assert ledger.refused == [], ledger.refused[:3]
    assert len(ledger.answered) > KILLS * 10
    check_every_answer(gateway, ledger)
    gateway.stop()
    done = run("ledger", "check", "--config", gateway.config)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f" {len(ledger.filed)} accepted" in done.stdout, done.stdout
