"""Plays the story of the quick start with clients that are not ours, and remembers every answer."""

import json
import threading

from gateway import EXAMPLE, STORY, now


class Player:
    """Runs the steps of story.yaml in order. answers: one (step, [answers]) for each."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.cases, self.tokens, self.answers, self.delivered = {}, {}, [], {}
        self.winner = None
        self.clients = {name: gateway.client(name) for name in STORY["parties"]}

    def close(self):
        for client in self.clients.values():
            client.session.close()

    def play(self):
        for step in STORY["steps"]:
            self.answers.append((step, self.play_step(step)))
        return self

    def play_step(self, step):
        name = self.winner if step["as"] == "winner" else step["as"]
        if "race" in step:
            return self.race(step["as"], step["race"])
        client = self.clients[name]
        if "send" in step:
            answer = client.post("/v1/messages", (EXAMPLE / step["send"]).read_bytes(), step["content_type"])
            if "case" in step:
                self.cases[step["case"]] = self.find(client, step["number"])
            return [answer]
        if "inbox" in step:
            return [client.get("/v1/inbox", params={"limit": 50})]
        if "claim" in step:
            return [self.claim(name, step["claim"])]
        if "pull" in step:
            return self.pull(client, name)
        return [client.post(f"/v1/cases/{self.cases[step['case']]}/events", self.event(step, name))]

    def pull(self, client, name):
        """All that is due, acknowledged; `delivered` remembers it."""
        answers = []
        while True:
            answers.append(client.get("/v1/deliveries", params={"limit": 200}))
            handed = answers[-1].json().get("deliveries", [])
            if not handed:
                return answers
            self.delivered.setdefault(name, []).extend(handed)
            answers.append(client.post("/v1/deliveries/ack", {"acks": [{"id": each["id"]} for each in handed]}))

    def find(self, client, number):
        found = client.find(number)
        assert len(found) == 1, f"{number}: {found}"
        return found[0]["case"]["case_id"]

    def claim(self, name, case):
        answer = self.clients[name].claim(self.cases[case], operator=f"{name}-017")
        if answer.status_code == 200:
            self.tokens[case, name] = answer.json()["fencing_token"]
        return answer

    def race(self, names, case):
        """Both at once; afterwards `winner` is who holds the case."""
        barrier = threading.Barrier(len(names))
        answers = {}

        def run(name):
            barrier.wait()
            answers[name] = self.claim(name, case)

        threads = [threading.Thread(target=run, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.winner = next(name for name in names if answers[name].status_code == 200)
        return [answers[name] for name in names]

    def event(self, step, name):
        body = {"occurred_at": now(), "fencing_token": self.tokens.get((step["case"], name), "0"),
                step["event"].lower(): {}}
        for path, value in step.get("set", {}).items():
            *parents, last = path.split(".")
            place = body
            for parent in parents:
                place = place.setdefault(parent, {})
            looks_like_json = isinstance(value, str) and value[:1] in "[{"
            place[last] = json.loads(value) if looks_like_json else value
        return body


def state_of(gateway, party, case_id):
    with gateway.client(party) as client:
        return client.case(case_id)["state"]

