"""How the outcome of a fault is seen: by filing cases, one at a time, and looking whether they get where they must."""

import itertools

import requests

import cases
from platforms import MISBEHAVING, TRANSPORTS
from journal import unix_ms
from partition_of import partition_of
from processes import until

# Deliveries to these cities are made by the owner of the partition; by pull any replica answers.
OWNED = [city for city in cases.CITIES if TRANSPORTS[city] != "pull" and city not in MISBEHAVING]
ANSWER_SECONDS = 4.0
TOLD = {200: "accepted", 202: "accepted", 409: "conflict", 429: "unavailable", 503: "unavailable"}


class Probes:
    """`gateways`: replicas, asked by the way that clients take; `partitions` of the ledger."""

    def __init__(self, gateways, authority, partitions, journal, seed):
        self.gateways, self.authority, self.partitions, self.journal = gateways, authority, partitions, journal
        self.seed, self.numbers = seed, itertools.count()
        self.pending = {}  # filings without a clear answer: number → (plan, body)

    def ask(self, gateway, party, method, path, **options):
        """None when there was no answer; a connection of its own each time: nothing is left over from before a fault."""
        who = self.authority.parties[party]
        try:
            with requests.Session() as session:
                session.trust_env = False
                return session.request(method, f"https://localhost:{self.gateways[gateway].cut_port}{path}",
                                       cert=(who.certificate, who.key), verify=str(self.authority.ca),
                                       timeout=ANSWER_SECONDS, **options)
        except requests.RequestException:
            return None

    def plan(self, dest):
        index = next(self.numbers)
        origin = next(city for city in cases.CITIES if city != dest)
        return cases.Plan(f"P{self.seed}N{index}", origin, dest, "filed", False, False, False)

    def file(self, gateway, plan):
        """The case id, or None. What was not answered is told again at the end of the run."""
        body, sent = cases.filing(plan), unix_ms()
        answer = self.ask(gateway, f"{plan.origin}-platform", "POST", "/v1/messages", data=body,
                          headers={"Content-Type": "application/vnd.tongban.v1+json"})
        status = answer.status_code if answer is not None else None
        receipt = answer.json() if status in (200, 202) else {}
        outcome = TOLD.get(status, "refused") if status else "unknown"
        if receipt.get("outcome", "").endswith("DUPLICATE"):
            outcome = "duplicate"
        self.journal.say("submitted", sent_ms=sent, origin=cases.REGIONS[plan.origin], source_number=plan.number,
                         content=cases.digest(body), outcome=outcome, http=status, case_id=receipt.get("case_id"),
                         event_id=receipt.get("event_id"))
        if outcome in ("unavailable", "unknown"):
            self.pending[plan.number] = plan
        else:
            self.pending.pop(plan.number, None)
        return receipt.get("case_id")

    def serves(self, gateway):
        """A new case is taken."""
        return self.file(gateway, self.plan(OWNED[0])) is not None

    def answers(self, gateway):
        """Something is answered in time, be it 503."""
        return self.ask(gateway, "jining-platform", "GET", "/v1/whoami") is not None

    def refuses_in_time(self, gateway):
        """Nothing is taken, and it is said so: 503, within the deadline."""
        plan = self.plan(OWNED[0])
        taken = self.file(gateway, plan)
        return taken is None and self.pending.get(plan.number) is not None and self.answers(gateway)

    def acts(self, gateway, seconds):
        """A case in each partition of the ledger reaches its destination: somebody owns each partition and acts."""
        waiting, cities = {}, itertools.cycle(OWNED)

        def file_another():
            plan = self.plan(next(cities))
            case_id = self.file(gateway, plan)
            if case_id:
                waiting.setdefault(partition_of(case_id, self.partitions), (case_id, plan))
            return len(waiting) == self.partitions

        def all_arrived():
            for partition, (case_id, plan) in list(waiting.items()):
                if self.arrived(gateway, case_id, plan):
                    del waiting[partition]
            return not waiting

        return until(file_another, seconds) and until(all_arrived, seconds)

    def arrived(self, gateway, case_id, plan):
        answer = self.ask(gateway, f"{plan.origin}-platform", "GET", f"/v1/cases/{case_id}/timeline")
        if answer is None or answer.status_code != 200:
            return False
        return any(each["status"] == "acknowledged" for each in answer.json()["deliveries"])

    def settle(self, seconds):
        """What was not answered gets its answer; False when that cannot be had."""
        def all_told():
            for plan in list(self.pending.values()):
                self.file(0, plan)
            return not self.pending
        return until(all_told, seconds, every=0.2)
