"""The five cities of the example: four played by `tongban emulate`, by pull and by push, and one that lives on Kafka."""

import yaml

from cases import LEFT, REGIONS
from processes import Process

TRANSPORTS = {"jining": "pull", "xuzhou": "pull", "changzhi": "push", "qingdao": "push", "hexi": "kafka"}
# A city works the cases that the load generator leaves to it, and most are no models of reliability.
SCRIPT = {
    "speak": "canonical",
    "cases": [{"name": "left to us", "numbers": [LEFT + "*"], "share": "80%",
               "steps": [{step: {"after": "50ms"}} for step in ("receive", "accept", "review", "decide", "close")]},
              {"name": "not taken", "numbers": [LEFT + "*"],
               "steps": [{"receive": {"after": "50ms"}}, {"refuse": {"after": "200ms"}}]}],
}
# Changzhi does not: the probes look for what the gateway owes, and an answer that a city swallows costs its deadline.
MISBEHAVING = ("jining", "xuzhou", "qingdao")
MISBEHAVES = "500=2%,error_inside=1%,lost=1%,reset=2%,garbage=1%,duplicate=5%"


class City:
    """One emulated platform. start(), kill(), start() again; end()."""

    def __init__(self, name, process, journal):
        self.name, self.process, self.journal = name, process, journal

    def start(self):
        self.process.start()

    def kill(self):
        self.process.kill()


class Cities:
    """`programs`: tongban and topic_reader; `gateways`: the ports by which clients reach them; `calls`: where pushes go."""

    def __init__(self, folder, authority, listener, programs, configuration, gateways, bootstrap, calls, seed):
        self.folder, self.authority, self.listener, self.programs = folder, authority, listener, programs
        self.configuration, self.gateways, self.bootstrap, self.calls, self.seed = (
            configuration, gateways, bootstrap, calls, seed)
        self.script = folder / "script.yaml"
        self.script.write_text(yaml.safe_dump(SCRIPT, allow_unicode=True))
        self.all = {name: self._reader(name) if transport == "kafka" else self._emulator(name)
                    for name, transport in TRANSPORTS.items()}

    def _reader(self, name):
        journal = self.folder / f"answers-{name}.jsonl"
        region = REGIONS[name]
        # The lines are its output.
        return City(name, Process([self.programs["topic_reader"], self.bootstrap, f"tongban.deliveries.{region}.v1",
                                   region, f"reader-{region}"], self.folder / f"{name}.log", journal), journal)

    def _emulator(self, name):
        party = self.authority.parties[f"{name}-platform"]
        journal = self.folder / f"answers-{name}.jsonl"
        command = [self.programs["emulator"], "emulate", f"{name}-platform", "--config", self.configuration,
                   "--certificate", party.certificate, "--key", party.key, "--ca", self.authority.ca,
                   "--script", self.script, "--seed", self.seed, "--journal", journal, "--visibility", 10]
        if name in MISBEHAVING:
            command += ["--misbehave", MISBEHAVES]
        for port in self.gateways:
            command += ["--gateway", f"https://localhost:{port}"]
        if name in self.calls:
            command += ["--listen", f"127.0.0.1:{self.calls[name]}", "--listen-certificate", self.listener.certificate,
                        "--listen-key", self.listener.key]
        return City(name, Process(command, self.folder / f"{name}.log"), journal)

    def start(self):
        for city in self.all.values():
            city.start()

    def check(self):
        """Names those that ended by themselves."""
        return [name for name, city in self.all.items() if city.process.ended()]

    def end(self):
        for city in self.all.values():
            city.process.end()

    def kill(self):
        for city in self.all.values():
            city.kill()

