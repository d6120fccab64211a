# What operators and cities' engineers look up: every event of the log stands in docs/log-events.md, every problem type in
# docs/problems.md and in the enum of schemas/openapi.yaml, with severity or status; and no table names what the code has not.
import re

import rules
import source

EVENTS = "docs/log-events.md"
PROBLEMS = "docs/problems.md"
CONTRACT = "schemas/openapi.yaml"
VERDICTS = "gateway/cases/terms.cpp"

LITERAL = re.compile(r'"([a-z][a-z0-9_]*)"')
ROW = re.compile(r"^\|\s*`([a-z][a-z0-9_-]*)`\s*\|([^|]*)\|", re.M)
# A status, and the type beside it, first in a call or in an initialiser: make_problem(409, "…"), problem{403, "…"}.
STATUS_AND_TYPE = re.compile(r'(?<!\banswer)[({]\s*(?:[^(){};,]*\?\s*([45]\d\d)\s*:\s*)?([45]\d\d)\s*,\s*"([a-z][a-z-]*)"')
ASSIGNED = re.compile(r"(?:\bstatus\s*=\s*([^;]*);\s*)?\b(?:\w*problem|p)\.type\s*=\s*([^;]*);")
# Receipts carry the same words, and the answer of one event is made from its receipt's.
OF_RECEIPT = re.compile(r'(?:\blater\s*=\s*\{|\breceipt\.set_code\()\s*"([a-z][a-z-]*)"')


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def arguments(text, opened):
    """The texts between the parenthesis at `opened` and its end, split at the outermost commas."""
    parts, depth, at, start = [], 0, opened, opened + 1
    while at < len(text):
        literal = source.LITERALS.match(text, at) if text[at] in "\"'" else None
        if literal:
            at = literal.end()
            continue
        depth += (text[at] in "([{") - (text[at] in ")]}")
        if depth == 0 or (depth == 1 and text[at] == ","):
            parts.append(text[start:at])
            start = at + 1
        if depth == 0:
            break
        at += 1
    return parts


def chosen(text, pattern):
    """What an expression may come to: all matches, those in the condition of `?:` left out."""
    return pattern.findall(text.split("?", 1)[-1])


def logged(path, code):
    """(line, event or None when a variable names it, severities as far as they can be seen) of each line of the log."""
    found = []
    for place, function, which in rules.LOG_CALLS:
        if not path.startswith(place):
            continue
        for call in re.finditer(rf"(?<![\w:]){re.escape(function)}\s*\(|(?<=[.>]){re.escape(function)}\s*\(", code):
            parts = arguments(code, call.end() - 1)
            events = chosen(parts[which], LITERAL) if len(parts) > which else []
            severities = chosen(",".join(parts[:which]), re.compile(r"severity::(\w+)"))
            line = line_of(code, call.start())
            if not events and function == "monitoring::log":
                found.append((line, None, set()))
            for number, event in enumerate(events):
                paired = len(events) == len(severities)
                found.append((line, event, {severities[number]} if paired else set(severities)))
    return found


def refused(path, code):
    """(line, problem type or None when a variable gives it, statuses as far as they can be seen)."""
    found = [(line_of(code, m.start(3)), m.group(3), {s for s in m.group(1, 2) if s}) for m in STATUS_AND_TYPE.finditer(code)]
    for match in ASSIGNED.finditer(code):
        types = chosen(match.group(2), re.compile(r'"([a-z][a-z-]*)"'))
        statuses = chosen(match.group(1) or "", re.compile(r"\b[45]\d\d\b"))
        for number, each in enumerate(types or [None]):
            paired = types and len(types) == len(statuses)
            found.append((line_of(code, match.start(2)), each, {statuses[number]} if paired else set(statuses)))
    found += [(line_of(code, m.start(1)), m.group(1), set()) for m in OF_RECEIPT.finditer(code)]
    if path == VERDICTS:
        table = re.search(r"\bsentences\[\] = \{(.*?)\n\s*\};", code, re.S)
        for match in re.finditer(r'\{"([a-z_]+)",', table.group(1)) if table else []:
            if match.group(1) not in rules.GOOD_VERDICTS:
                found.append((line_of(code, table.start(1) + match.start()), match.group(1).replace("_", "-"), set()))
    return found


def rows(text):
    """name → (line, second cell) of each row that begins with a name in back-ticks; and the lines of those told twice."""
    told, twice = {}, []
    for match in ROW.finditer(text):
        name, line = match.group(1), line_of(text, match.start())
        if name in told:
            twice.append((line, name))
        told.setdefault(name, (line, match.group(2)))
    return told, twice


class Tables:
    """Gathers what each file logs and refuses; `check` holds it against the tables."""

    def __init__(self):
        self.events, self.problems = {}, {}

    def add(self, path, text, findings):
        if not path.startswith(rules.PRODUCT) or path.startswith(rules.NOT_THE_GATEWAY):
            return
        code = source.without_comments(text)
        for line, event, severities in logged(path, code):
            if event:
                self.events.setdefault(event, []).append((path, line, severities))
            elif not any(place and path.startswith(place) for place, _, _ in rules.LOG_CALLS):
                findings.add(path, line, "a variable names the event: write it out, or add the function to LOG_CALLS in tests/tidy/rules.py")
        for line, problem, statuses in refused(path, code):
            if problem:
                self.problems.setdefault(problem, []).append((path, line, statuses))
            elif not findings.excused("PROBLEM_TYPE_EXCEPTIONS", path):
                findings.add(path, line, "a variable gives the problem's type: write it out, that the tables can be held against it")

    def check(self, root, findings):
        hold(root, EVENTS, self.events, "event of the log", findings)
        hold(root, PROBLEMS, self.problems, "problem type", findings)
        path = root / CONTRACT
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        listed = {m.group(1): line_of(text, m.start()) for m in re.finditer(r"^\s*- urn:tongban:problem:([a-z-]+)$", text, re.M)}
        for name in sorted(self.problems.keys() - listed.keys()):
            findings.add(*self.problems[name][0][:2], f"problem type {name} is not in the enum of {CONTRACT}")
        for name in sorted(listed.keys() - self.problems.keys()):
            findings.add(CONTRACT, listed[name], f"problem type {name} is none of the code's")


def hold(root, table, used, kind, findings):
    """`used`: name → [(path, line, words)]; the row's second cell holds those words, and no others where all are known."""
    path = root / table
    told, twice = rows(path.read_text(encoding="utf-8") if path.exists() else "")
    for line, name in twice:
        findings.add(table, line, f"{kind} {name} is told twice")
    for name, places in sorted(used.items()):
        if name not in told:
            findings.add(*places[0][:2], f"{kind} {name} is not in {table}")
            continue
        line, cell = told[name]
        said = set(re.findall(r"\w+", cell))
        for place, at, words in places:
            for word in sorted(words - said):
                findings.add(table, line, f"{kind} {name} lacks {word}, see {place}:{at}")
        if all(words for _, _, words in places):
            for word in sorted(said.difference(*(words for _, _, words in places))):
                findings.add(table, line, f"{kind} {name} is never {word}")
    for name in sorted(told.keys() - used.keys()):
        findings.add(table, told[name][0], f"{kind} {name} is none of the code's")
