"""Runs a fault, waits for what it must lead to, measures how long that took, and writes it down."""

import contextlib
import dataclasses
import threading
import time

from faults import BEGAN, FAULTS, Ended, Lasts
from journal import unix_ms

# How much longer than its bound an outcome is waited for, so that a late one is known as late.
PATIENCE = 3.0


@dataclasses.dataclass
class Recovery:
    """One outcome as it was seen; took: seconds, None when it never was."""

    fault: str
    target: int
    text: str
    bound: float
    took: float | None

    @property
    def as_stated(self):
        return self.took is not None and self.took <= self.bound


def run_fault(stage, strike, say):
    """All outcomes of the strike. Whatever goes wrong, the fault itself is taken back by its generator."""
    began, ended, seen = unix_ms(), None, []
    with contextlib.closing(FAULTS[strike.kind](stage, strike)) as steps:
        for step in steps:
            if isinstance(step, Ended):
                ended = unix_ms()
            elif isinstance(step, Lasts):
                # The length of the fault is the fault itself.
                threading.Event().wait(max(0.0, began / 1000 + step.seconds - time.time()))
            else:
                seen.append((step, look(strike, step, began if step.since == BEGAN else ended)))
                say(f"  {seen[-1][1].text}: {told(seen[-1][1])}")
    for expected, recovery in seen:
        counted = began if expected.since == BEGAN else ended
        stage.journal.say(
            "fault", fault=strike.kind, target=str(strike.target), expected=expected.text, began_ms=began,
            ended_ms=ended, bound_ms=int(expected.bound * 1000), counted_from=expected.since,
            recovered_ms=None if recovery.took is None else counted + int(recovery.took * 1000))
    stage.journal.flush()
    return [recovery for _, recovery in seen]


def look(strike, expected, since_ms):
    left = since_ms / 1000 + expected.bound * PATIENCE - time.time()
    is_seen = expected.seen(max(left, 1.0))
    took = time.time() - since_ms / 1000 if is_seen else None
    return Recovery(strike.kind, strike.target, expected.text, expected.bound, took)


def told(recovery):
    if recovery.took is None:
        return f"NEVER (stated: {recovery.bound:g} s)"
    late = "" if recovery.as_stated else f" LATE (stated: {recovery.bound:g} s)"
    return f"{recovery.took:.2f} s{late}"
