"""One run: start, faults under load, quiet, judgement."""

import shutil
import subprocess
import time

from outcomes import run_fault
from processes import environment
from report import by_fault, check
from schedule import KINDS
from stage import QUIET_SECONDS, Stage, end_on_signal, undo_signals

CASE_SECONDS, SETTLE_SECONDS = 300, 300
FAILED = "FAILED: "
DEFECTS = ("lost", "done_twice", "out_of_order", "unexplained", "fault_outcome")


class Campaign:
    def __init__(self, folder, programs, given, strikes):
        self.folder, self.programs, self.given, self.strikes = folder, programs, given, strikes
        self.began = time.monotonic()
        self.recoveries, self.problems = [], []

    def say(self, text):
        print(f"{time.monotonic() - self.began:7.1f} s  {text}", flush=True)

    def run(self):
        """True when nothing was found."""
        given = self.given
        kinds = {strike.kind for strike in self.strikes}
        self.say(f"seed {given.seed}, {given.cases} cases, {len(self.strikes)} faults of {len(kinds)} of {len(KINDS)} kinds")
        end_on_signal()
        with Stage(self.folder, self.programs, given.seed, given.cases, given.rate, given.workers, kinds) as stage:
            try:
                stage.start()
                self.say("three brokers, two gateways, five cities; load begins")
                self.strike_all(stage)
                done = self.come_to_rest(stage)
            finally:
                undo_signals()
            self.stop_and_dump(stage)
        return self.judge(done)

    def strike_all(self, stage):
        stage.load.wait_for(20, 60)
        for strike in self.strikes:
            stage.load.wait_for(stage.load.counts["done"] + strike.gap, CASE_SECONDS)
            self.say(f"{strike.kind} {strike.way} target {strike.target}, {strike.seconds:g} s "
                     f"(case {stage.load.counts['done']})")
            self.recoveries += run_fault(stage, strike, self.say)
            for name in stage.cities.check():
                raise RuntimeError(f"the city {name} ended by itself")
        left = self.given.cases - stage.load.counts["done"]
        stage.load.wait_for(self.given.cases, CASE_SECONDS + max(0, left) / 20)

    def come_to_rest(self, stage):
        """Everything gets its answer, every delivery arrives; then nothing may be pending any more."""
        done = stage.load.finish(120)
        self.say(f"{done} cases done; waiting for answers and deliveries")
        if not stage.probes.settle(60):
            self.problems.append(f"{len(stage.probes.pending)} probes got no answer")
        if not stage.settled(SETTLE_SECONDS):
            self.problems.append(f"not quiet: {[each.deliveries() for each in stage.gateways]}")
        stage.cities.end()
        self.compare(stage)
        stage.journal.say("end", quiet_ms=int(QUIET_SECONDS * 1000))
        return done

    def compare(self, stage):
        """Both replicas show the same sums."""
        cases = [gateway.status()["cases"] for gateway in stage.gateways]
        if cases[0] != cases[1] or cases[0]["unexplained"] != 0:
            self.problems.append(f"the gateways' accounts: {cases}")

    def stop_and_dump(self, stage):
        """Each view equals what the ledger gives anew; the ledger and all answers go into one file each."""
        for gateway in stage.gateways:
            gateway.stop()
            done = self.tongban("ledger", "check", "--config", gateway.config)
            if done.returncode != 0:
                self.problems.append(f"{gateway.folder.name}: {done.stdout[-500:]}{done.stderr[-500:]}")
        with open(self.folder / "ledger.jsonl", "wb") as ledger:
            dump = subprocess.run([self.programs["tongban"], "ledger", "dump", "--config", stage.gateways[0].config],
                                  stdout=ledger, stderr=subprocess.PIPE, check=False, env=environment())
        if dump.returncode != 0:
            raise RuntimeError(f"ledger dump: {dump.stderr.decode(errors='replace')}")
        stage.journal.flush()
        stage.probe_journal.flush()
        with open(self.folder / "answers.jsonl", "wb") as all_answers:
            for part in sorted(self.folder.glob("answers-*.jsonl")):
                with open(part, "rb") as answers:
                    shutil.copyfileobj(answers, all_answers)

    def tongban(self, *arguments):
        return subprocess.run([str(each) for each in (self.programs["tongban"], *arguments)], capture_output=True,
                              text=True, check=False, env=environment())

    def judge(self, done):
        clean, verdict = check(self.programs["history_check"], self.folder / "ledger.jsonl", self.folder / "answers.jsonl")
        self.say(f"{done} cases by the load, {verdict['cases']} in the ledger, {verdict['records']} records")
        for line in by_fault(self.recoveries):
            print(line)
        print("checker: " + ", ".join(f"{name} {verdict[name]}" for name in DEFECTS))
        for finding in verdict["findings"][:40]:
            print(FAILED + str(finding))
        for problem in self.problems:
            print(FAILED + problem)
        good = clean and not self.problems and all(each.as_stated for each in self.recoveries)
        print("as stated" if good else FAILED + f"repeat with --seed {self.given.seed} --cases {self.given.cases}")
        return good
