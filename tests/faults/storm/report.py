"""What a run came to, for people: figures by fault, and what the checker found."""

import collections
import json
import re
import subprocess


def check(history_check, ledger, answers):
    """The checker's verdict; raises when it cannot read the history."""
    done = subprocess.run([str(history_check), str(ledger), str(answers), "--json"], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"history_check: {done.stderr.strip()}")
    return done.returncode == 0, json.loads(done.stdout)


def by_fault(recoveries):
    """One line an outcome: how often, median, worst, and the bound."""
    groups = collections.defaultdict(list)
    for each in recoveries:
        groups[each.fault, re.sub(r"(gateway|broker) \d", r"a \1", each.text)].append(each)
    lines = [f"{'fault':20} {'outcome':58} {'n':>3} {'median s':>9} {'worst s':>8} {'stated s':>9}"]
    for (fault, text), seen in sorted(groups.items()):
        took = sorted(each.took for each in seen if each.took is not None)
        median, worst = (f"{took[len(took) // 2]:.2f}", f"{took[-1]:.2f}") if took else ("-", "-")
        missed = sum(not each.as_stated for each in seen)
        bound = max(each.bound for each in seen)
        lines.append(f"{fault:20} {text:58} {len(seen):3} {median:>9} {worst:>8} {bound:9g}"
                     + (f"  {missed} NOT AS STATED" if missed else ""))
    return lines
