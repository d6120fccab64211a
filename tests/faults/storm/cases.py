"""The cases of a run: what is filed and what becomes of it, each a pure function of the seed and its number."""

import dataclasses
import hashlib
import json
import random

REGIONS = {"jining": "370800", "qingdao": "370200", "changzhi": "140400", "hexi": "120103", "xuzhou": "320300"}
CITIES = tuple(REGIONS)

# The events a window says after its claim, by the script's name.
SCRIPTS = {
    "filed": (),
    "left": (),  # to the destination's own platform
    "abandoned": ("dest_received",),  # a window claims and is not heard of again; when its lease is over, the other works
    "received": ("dest_received",),
    "returned": (("returned", {"reason_class": "材料不清"}),),
    "refused": ("dest_received", "acceptance_refused"),
    "closed": ("dest_received", "case_accepted", "review_started", ("decided", {"decision": "DECISION_APPROVED"}),
               ("case_closed", {"outcome": "OUTCOME_COMPLETED"})),
}
WEIGHTS = {"filed": 15, "left": 25, "abandoned": 2, "received": 18, "returned": 15, "refused": 10, "closed": 15}
# How the numbers of cases begin that the load generator leaves to the destination's platform.
LEFT = "C"
REASONED = {"returned", "acceptance_refused"}


@dataclasses.dataclass(frozen=True)
class Plan:
    """One case. rivals: both windows of the destination claim at once. twice: the filing is sent to both gateways at
    once. conflict: other content is sent under its number afterwards."""

    number: str
    origin: str
    dest: str
    script: str
    rivals: bool
    twice: bool
    conflict: bool

    @property
    def events(self):
        return [event if isinstance(event, tuple) else (event, {}) for event in SCRIPTS[self.script]]


def plan(seed, index, prefix="S"):
    chance = random.Random(f"{seed}/{prefix}/{index}")
    origin, dest = chance.sample(CITIES, 2)
    script = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
    return Plan(f"{LEFT if script == 'left' else prefix}{seed}N{index}", origin, dest, script, chance.random() < 0.1, chance.random() < 0.05,
                chance.random() < 0.02)


def filing(of, name="测试甲"):
    """CASE_SUBMITTED in canonical JSON: the same bytes however often it is made."""
    return encoded({
        "case": {"origin_region": REGIONS[of.origin], "dest_region": REGIONS[of.dest], "source_case_no": of.number},
        "occurred_at": "2024-10-18T09:12:33+08:00",
        "dossier": {"applicant": {"type": "APPLICANT_TYPE_NATURAL", "name": name, "id_type": "111",
                                  "id_no": "370899198506150010", "phone": "14000000101"}},
        "case_submitted": {"item": {"impl_code": "11140400TT000031433002017003000", "name": "住房公积金异地购房提取"},
                           "business_mode": "BUSINESS_MODE_COLLECT_FOR_OTHER", "case_type": "CASE_TYPE_COMMITMENT"},
    })


def event_body(name, members, token, occurred_at):
    body = {"occurred_at": occurred_at, "fencing_token": str(token), name: members}
    if name in REASONED:
        body["dossier"] = {"reason": "申请书影像不清晰"}
    return encoded(body)


def encoded(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def digest(body):
    return hashlib.sha256(body).hexdigest()
