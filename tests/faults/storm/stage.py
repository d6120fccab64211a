"""Everything that takes part, started in order and ended in the reverse order whatever happens."""

import contextlib
import signal
import time

import cases
from brokers import Brokers
from platforms import TRANSPORTS, Cities
from journal import Journal
from load_process import LoadProcess
from paths import Paths
from probes import Probes
from processes import until
from ports import free_ports
from replicas import SETTINGS, Clock, Disk, Replica, binary, windows, write_partners

from gateway import Authority

GATEWAYS, PARTITIONS = 2, 4
SMALL_DISK_GATEWAY = SHIFTED_GATEWAY = 1
TOPIC = "tongban.case-events.v1"
# Longer than a city waits between two steps of a case.
QUIET_SECONDS = 2.0


class Stage(contextlib.ExitStack):
    """`programs`: paths of clock_shift, topic_reader, history_check and emulator. `faults`: the kinds to come."""

    def __init__(self, folder, programs, seed, cases_wanted, rate, workers, faults):
        super().__init__()
        self.folder, self.programs, self.seed, self.cases_wanted = folder, programs, seed, cases_wanted
        self.rate, self.workers, self.faults = rate, workers, set(faults)
        self.disk = self.load = None

    def start(self):
        self.clock = Clock(self.programs["clock_shift"], self.folder / "clock")
        self._certify()
        ports = free_ports(4 * GATEWAYS + len(TRANSPORTS))
        self.cut_ports = ports[:GATEWAYS]
        inner = ports[GATEWAYS:2 * GATEWAYS]
        self.brokers = Brokers(self.folder / "brokers", GATEWAYS)
        self.paths = Paths(self.brokers.paths() + [
            {"name": f"clients-g{gateway}", "port": self.cut_ports[gateway], "backend": inner[gateway]}
            for gateway in range(GATEWAYS)], self.folder / "proxy.log")
        self.callback(self.paths.stop)
        self.callback(self.brokers.stop)
        self.brokers.start()
        self.calls = {city: ports.pop() for city, transport in TRANSPORTS.items() if transport == "push"}
        self.gateways = [self._replica(gateway, (inner[gateway], ports.pop())) for gateway in range(GATEWAYS)]
        for gateway in self.gateways:
            gateway.start()
        self.cities = Cities(self.folder, self.authority, self.listener, self.programs, self.gateways[0].config, self.cut_ports,
                             self.brokers.bootstrap, self.calls, self.seed)
        self.callback(self.cities.kill)
        self.cities.start()
        self.journal = Journal(self.folder / "answers-harness.jsonl", "harness")
        self.callback(self.journal.close)
        self.probe_journal = Journal(self.folder / "answers-probes.jsonl", "probes")
        self.callback(self.probe_journal.close)
        self.probes = Probes(self.gateways, self.authority, PARTITIONS, self.probe_journal, self.seed)
        for name in self.cities.check():
            raise RuntimeError(f"the city {name} ended by itself: see {self.folder / name}.log")
        self._start_load()
        return self

    def _certify(self):
        """An authority, and a certificate for everybody who takes part."""
        with self.clock.backdated():
            self.authority = Authority(self.folder / "pki").issue_story()
        for name, region, uri, _ in windows():
            if name not in self.authority.parties:
                self.issue("window", name, "--unit", region, "--uri", uri)
        self.caller = self.issue("platform", "caller", "--unit", "100000", "--uri", "tongban://100000/gateway")
        self.listener = self.issue("server", "city-listener", "--dns", "localhost", "--ip", "127.0.0.1")

    def issue(self, *what):
        """A certificate that was valid two hours ago as well."""
        with self.clock.backdated():
            return self.authority.issue(*what)

    def _replica(self, number, ports):
        settings = SETTINGS | {
            "ledger": {"kind": "kafka", "kafka": {
                "bootstrap": self.brokers.bootstrap_of(number), "topic": TOPIC, "partitions": PARTITIONS,
                "create_topic": True, "replication_factor": 3, "min_insync_replicas": 2}},
            "deliveries": SETTINGS["deliveries"] | {"tls": {
                "certificate": self.caller.certificate, "key": self.caller.key, "ca": str(self.authority.ca)}}}
        folder = self.folder / f"gateway-{number}"
        prefix = ()
        if number == SMALL_DISK_GATEWAY and "disk_full" in self.faults:
            # Beside what a case needs, room for what RocksDB keeps for a while.
            self.disk = Disk(folder / "view-disk", 512 + self.cases_wanted // 25)
            self.callback(self.disk.unmount)
            settings["view"] = SETTINGS["view"] | {"directory": "view-disk/view", "memtable_bytes": "4MiB"}
        if number == SHIFTED_GATEWAY and "clock_jumped" in self.faults:
            prefix = self.clock.prefix()
        replica = Replica(folder, self.authority, settings, ports, self.cut_ports[number], prefix)
        write_partners(folder, TRANSPORTS, self.calls)
        self.callback(replica.close)
        return replica

    def _start_load(self):
        names = [f"{city}-{what}" for city in cases.CITIES for what in ("platform", "window-1", "window-2")]
        parties = {name: (self.authority.parties[name].certificate, self.authority.parties[name].key)
                   for name in names}
        self.load = LoadProcess(self.folder, {
            "ports": self.cut_ports, "ca": str(self.authority.ca), "parties": parties, "seed": self.seed,
            "windows": {name: number for name, _, _, number in windows()},
            "journal": str(self.folder / "answers-load.jsonl"), "rate": self.rate, "workers": self.workers})
        self.callback(self.load.stop)

    # -- what is asked of it as a whole ----------------------------------------------------------------------------

    def in_sync(self):
        """Every partition of every topic has all of its replicas: the next fault finds three brokers."""
        if not all(self.brokers.running(node) for node in range(self.brokers.nodes)):
            return False
        return not self.brokers.admin("org.apache.kafka.tools.TopicCommand", "--describe",
                                      "--under-replicated-partitions").strip()

    def settled(self, seconds):
        """Nothing is pending at either gateway and nothing new came for a while: the cities have done what they meant to."""
        last = {"sums": None, "since": time.monotonic()}

        def quiet():
            sums = [gateway.deliveries() for gateway in self.gateways]
            if sums != last["sums"]:
                last.update(sums=sums, since=time.monotonic())
            pending = sum(each["pending"] for each in sums)
            return pending == 0 and time.monotonic() - last["since"] > QUIET_SECONDS
        return until(quiet, seconds, every=0.25)


def end_on_signal():
    """SIGTERM ends a run as Ctrl-C does: with everything that was started."""
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)


def undo_signals():
    """A second signal does not interrupt the ending of what was started."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


__all__ = ["Stage", "binary", "end_on_signal", "undo_signals"]
