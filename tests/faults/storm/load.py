"""The load generator: platforms that file and windows that work, at both gateways at once, and remember every answer.

    load.py SETTINGS.json        prints {"begun": N, "done": N} lines; a line on standard input ends it: what is under
                                 way is brought to a clear answer first

What gets no clear answer is sent again, unchanged, to the other gateway, until it has one, as docs/api.md asks.
"""

import asyncio
import json
import sys
import time

import cases
from journal import Journal, unix_ms
from wire import Client, NoAnswer, context_of

CASES_PER_LINE_SECONDS = 0.25
RETRY_FIRST, RETRY_MOST = 0.05, 1.0
LEASE_SECONDS, TAKE_OVER_TRIES = 2, 60
DECIDED = {200: "accepted", 202: "accepted", 409: "conflict"}
LATER = (429, 503)


class Exchange:
    """Both gateways as all parties see them, and the journal of what they say."""

    def __init__(self, ports, ca, parties, windows, journal):
        self.ports, self.windows, self.journal = ports, windows, journal
        contexts = {name: context_of(ca, *files) for name, files in parties.items()}
        self.clients = {(name, gateway): Client(port, context)
                        for name, context in contexts.items() for gateway, port in enumerate(ports)}

    async def until_told(self, party, gateway, path, body, kind, by, content_type="application/json", **fields):
        """The first clear answer: (outcome, receipt). Each answer is written down, also that there was none."""
        pause = RETRY_FIRST
        while True:
            sent = unix_ms()
            outcome, http, receipt = await self._ask(party, gateway, path, body, content_type)
            self.journal.say(kind, by=by, sent_ms=sent, outcome=outcome, http=http, **fields, **facts(kind, receipt))
            if outcome not in ("unavailable", "unknown"):
                return outcome, receipt
            gateway = (gateway + 1) % len(self.ports)
            await asyncio.sleep(pause)  # back-off: what the answer asks for
            pause = min(pause * 2, RETRY_MOST)

    async def _ask(self, party, gateway, path, body, content_type):
        try:
            answer = await self.clients[party, gateway].request("POST", path, body, content_type)
        except NoAnswer:
            return "unknown", None, {}
        receipt = answer.json() if answer.body[:1] == b"{" else {}
        if answer.status in LATER:
            return "unavailable", answer.status, {}
        if answer.status == 200 and receipt.get("outcome", "").endswith("DUPLICATE"):
            return "duplicate", 200, receipt
        return DECIDED.get(answer.status, "refused"), answer.status, receipt if answer.status < 300 else {}

    def close(self):
        for client in self.clients.values():
            client.close()


def facts(kind, receipt):
    """What a line of the journal takes from a receipt."""
    if not receipt:
        return {}
    wanted = {"event_id": receipt.get("event_id")}
    if kind == "submitted":
        wanted["case_id"] = receipt.get("case_id")
    if kind == "claimed":
        wanted["fencing_token"] = int(receipt.get("fencing_token", 0))
    return wanted


class Worker:
    """One client after the other's case: files it, claims it, says what its plan says."""

    def __init__(self, exchange, by, gateway):
        self.exchange, self.by, self.gateway = exchange, by, gateway

    async def run(self, plan):
        case_id = await self.file(plan)
        if not case_id or plan.script in ("filed", "left"):
            return case_id
        window, token = await (self.take_over if plan.script == "abandoned" else self.claim)(plan, case_id)
        for name, members in plan.events if window else ():
            outcome, _ = await self.say(plan, case_id, window, name, members, token)
            if outcome not in ("accepted", "duplicate"):
                break
        return case_id

    async def file(self, plan):
        body = cases.filing(plan)
        asked = [self._file(plan, body, self.gateway, self.by)]
        if plan.twice:
            asked.append(self._file(plan, body, 1 - self.gateway, self.by + "-again"))
        answers = await asyncio.gather(*asked)
        if plan.conflict:
            await self._file(plan, cases.filing(plan, name="测试乙"), self.gateway, self.by)
        return answers[0][1].get("case_id")

    def _file(self, plan, body, gateway, by):
        return self.exchange.until_told(
            f"{plan.origin}-platform", gateway, "/v1/messages", body, "submitted", by, "application/vnd.tongban.v1+json",
            origin=cases.REGIONS[plan.origin], source_number=plan.number, content=cases.digest(body))

    async def claim(self, plan, case_id):
        """The window that has the case, and its token."""
        asked = [self._claim(plan, case_id, 1, self.gateway, self.by)]
        if plan.rivals:
            asked.append(self._claim(plan, case_id, 2, 1 - self.gateway, self.by + "-rival"))
        for window, (outcome, receipt) in enumerate(await asyncio.gather(*asked), 1):
            if outcome in ("accepted", "duplicate"):
                return window, int(receipt["fencing_token"])
        return None, 0

    async def take_over(self, plan, case_id):
        """The second window, after the first claimed and fell silent. A lease that does not end would be a stuck case."""
        await self._claim(plan, case_id, 1, self.gateway, self.by, lease_seconds=LEASE_SECONDS)
        for _ in range(TAKE_OVER_TRIES):
            outcome, receipt = await self._claim(plan, case_id, 2, 1 - self.gateway, self.by + "-rival")
            if outcome in ("accepted", "duplicate"):
                return 2, int(receipt["fencing_token"])
            await asyncio.sleep(LEASE_SECONDS / 2)  # what a window does that finds the case taken
        raise RuntimeError(f"the lease of {case_id} did not end")

    def _claim(self, plan, case_id, window, gateway, by, **terms):
        return self.exchange.until_told(
            f"{plan.dest}-window-{window}", gateway, f"/v1/cases/{case_id}/claim",
            cases.encoded({"operator_id": "017", **terms}),
            "claimed", by, case_id=case_id, region=cases.REGIONS[plan.dest], window=self.exchange.windows[f"{plan.dest}-window-{window}"])

    def say(self, plan, case_id, window, name, members, token):
        at = time.time()
        occurred = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03}Z"
        return self.exchange.until_told(
            f"{plan.dest}-window-{window}", self.gateway, f"/v1/cases/{case_id}/events",
            cases.event_body(name, members, token, occurred), "event", self.by, case_id=case_id, event=name.upper(),
            fencing_token=token)


class Load:
    """`workers` at once, at most `rate` cases a second, until it is told to end."""

    def __init__(self, settings):
        self.settings = settings
        self.exchange = Exchange(settings["ports"], settings["ca"], settings["parties"], settings["windows"],
                                 Journal(settings["journal"], "load"))
        self.begun = self.done = 0
        self.ending = asyncio.Event()

    async def run(self):
        loop = asyncio.get_running_loop()
        self.free_at = loop.time()
        listening = loop.run_in_executor(None, sys.stdin.readline)
        listening.add_done_callback(lambda _: self.ending.set())
        telling = asyncio.create_task(self.tell())
        await asyncio.gather(*(self.work(i) for i in range(self.settings["workers"])))
        telling.cancel()
        self.print_counts()
        self.exchange.close()
        self.exchange.journal.close()

    async def work(self, index):
        worker = Worker(self.exchange, f"load-{index}", index % len(self.settings["ports"]))
        while not self.ending.is_set():
            number, self.begun = self.begun, self.begun + 1
            await self.turn()
            await worker.run(cases.plan(self.settings["seed"], number))
            self.done += 1

    async def turn(self):
        """Cases begin no faster than the rate."""
        now = asyncio.get_running_loop().time()
        self.free_at = max(self.free_at + 1 / self.settings["rate"], now - 0.1)
        await asyncio.sleep(max(0.0, self.free_at - now))

    async def tell(self):
        while True:
            self.print_counts()
            await asyncio.sleep(CASES_PER_LINE_SECONDS)

    def print_counts(self):
        print(json.dumps({"begun": self.begun, "done": self.done}), flush=True)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        asyncio.run(Load(json.load(file)).run())
