"""The faults: what each does, what it must lead to, and how soon. A fault is a generator: it does, and yields what it
expects to be seen; `watch` (outcomes.py) waits for that, measures, and goes on."""

import dataclasses
import typing

from platforms import TRANSPORTS
from processes import until

BEGAN, ENDED = "began", "ended"


@dataclasses.dataclass
class Expected:
    """`seen(seconds)` waits for the outcome; it must be there within `bound` seconds of the fault's begin or end."""

    text: str
    bound: float
    seen: typing.Callable
    since: str = ENDED


@dataclasses.dataclass
class Ended:
    """The fault itself is over now."""


@dataclasses.dataclass
class Lasts:
    """The fault goes on for so long, counted from its begin."""

    seconds: float


def once(probe):
    """A probe that is asked until it says yes."""
    return lambda seconds: until(probe, seconds)


def serves(stage, gateway, bound, since=ENDED, text="a new case is taken"):
    return Expected(f"gateway {gateway}: {text}", bound, once(lambda: stage.probes.serves(gateway)), since)


def acts(stage, gateway, bound, since=ENDED, text="every partition's deliveries are made"):
    return Expected(text, bound, lambda seconds: stage.probes.acts(gateway, seconds), since)


def in_sync(stage, bound=60):
    return Expected("every replica is in sync", bound, once(stage.in_sync))


def both_serve(stage, bound, since=ENDED):
    for gateway in range(len(stage.gateways)):
        yield serves(stage, gateway, bound, since)


def gateway_killed(stage, strike):
    victim, other = strike.target, 1 - strike.target
    stage.gateways[victim].kill()
    yield serves(stage, other, 3, BEGAN, "serves on")
    yield acts(stage, other, 10, BEGAN, "the partitions of the dead act again at the other")
    yield Lasts(strike.seconds)
    stage.gateways[victim].start(ready=False)
    yield Ended()
    yield serves(stage, victim, 15, text="serves after its start")
    yield acts(stage, victim, 20)


def gateway_stopped(stage, strike):
    victim, other = strike.target, 1 - strike.target
    stage.gateways[victim].pause()
    try:
        yield serves(stage, other, 3, BEGAN, "serves on")
        if strike.seconds >= 10:
            yield acts(stage, other, 10, BEGAN, "the partitions of the frozen act again at the other")
        yield Lasts(strike.seconds)
    finally:
        stage.gateways[victim].resume()
    yield Ended()
    yield serves(stage, victim, 10, text="serves again")
    yield acts(stage, victim, 15)


def broker_killed(stage, strike):
    stage.brokers.kill(strike.target)
    yield from both_serve(stage, 10, BEGAN)
    yield Lasts(strike.seconds)
    stage.brokers.start_node(strike.target, wait=False)
    yield Ended()
    yield acts(stage, 0, 20)
    yield in_sync(stage)


def broker_stopped(stage, strike):
    stage.brokers.pause(strike.target)
    try:
        if strike.seconds >= 20:
            # A request that hangs at the frozen broker is given up after socket.timeout.ms, 6 s.
            yield from both_serve(stage, 20, BEGAN)
        yield Lasts(strike.seconds)
    finally:
        stage.brokers.resume(strike.target)
    yield Ended()
    yield acts(stage, 0, 30)
    yield in_sync(stage)


def two_brokers_gone(stage, strike):
    gone = [node for node in range(3) if node != strike.target]
    killed = strike.way == "killed"
    for node in gone:
        stage.brokers.kill(node) if killed else stage.brokers.pause(node)
    try:
        yield Expected("nothing is taken, and clients are told so in time", strike.seconds + 5,
                       once(lambda: stage.probes.refuses_in_time(0)), BEGAN)
        yield Lasts(strike.seconds)
    finally:
        for node in gone:
            stage.brokers.start_node(node, wait=False) if killed else stage.brokers.resume(node)
    yield Ended()
    yield from both_serve(stage, 45)
    yield acts(stage, 0, 60)
    yield in_sync(stage, 90)


def cut(stage, strike, names, victim, while_cut):
    other = 1 - victim
    for name in names:
        stage.paths.set(name, strike.way)
    try:
        yield serves(stage, other, 3 if while_cut else 5, BEGAN, "serves on")
        if while_cut:
            yield while_cut
        yield Lasts(strike.seconds)
    finally:
        for name in names:
            stage.paths.set(name, "pass")
    yield Ended()


def brokers_cut(stage, strike):
    victim = strike.target
    yield from cut(stage, strike, [f"g{victim}-b{node}" for node in range(3)], victim,
                   Expected("clients of the one without brokers are told so in time", 8,
                            once(lambda: stage.probes.refuses_in_time(victim)), BEGAN))
    yield serves(stage, victim, 20, text="serves again")
    yield acts(stage, victim, 30)


def one_broker_cut(stage, strike):
    victim, node = strike.target % 2, strike.target // 2
    yield from cut(stage, strike, [f"g{victim}-b{node}"], victim, None)
    yield serves(stage, victim, 20, text="serves again")
    yield acts(stage, victim, 30)


def clients_cut(stage, strike):
    victim = strike.target
    yield from cut(stage, strike, [f"clients-g{victim}"], victim, None)
    yield serves(stage, victim, 5, text="serves again")
    yield acts(stage, victim, 15)


def replies_dropped(stage, strike):
    name = f"clients-g{strike.target}"
    before = stage.paths.set(name, "drop_replies", seed=strike.chance, percent=30)["dropped"]
    try:
        yield Lasts(strike.seconds)
    finally:
        lost = stage.paths.set(name, "pass")["dropped"] - before
    yield Ended()
    yield Expected("replies were lost after the append", 0.5, lambda _: lost > 0)
    yield serves(stage, strike.target, 3, text="serves again")
    yield acts(stage, strike.target, 10)


def city_killed(stage, strike):
    """`kill -9` of a city's platform; what is due to it meanwhile waits, and gets there."""
    name = sorted(city for city, transport in TRANSPORTS.items() if transport != "kafka")[strike.target]
    stage.cities.all[name].kill()
    try:
        yield serves(stage, strike.chance % 2, 3, BEGAN, f"takes cases while {name} is away")
        plan = stage.probes.plan(name)
        case_id = stage.probes.file(strike.chance % 2, plan)
        yield Lasts(strike.seconds)
    finally:
        stage.cities.all[name].start()
    yield Ended()
    # The breaker's pause doubles up to a minute while the platform is away.
    yield Expected(f"what was due to {name} is delivered", 75,
                   once(lambda: case_id and stage.probes.arrived(0, case_id, plan)))
    yield acts(stage, 0, 90)


def disk_full(stage, strike):
    from stage import SMALL_DISK_GATEWAY as victim

    def said():
        stage.disk.fill()  # also what tidying up gave back
        try:
            return "space" in (stage.gateways[victim].unready_reason() or "")
        except OSError:
            return False
    stage.disk.fill()
    try:
        yield serves(stage, 1 - victim, 5, BEGAN, "serves on")
        yield Expected("/readyz of the one without space says so", 45, once(said), BEGAN)
        yield Lasts(strike.seconds)
    finally:
        stage.disk.free()
    yield Ended()
    yield serves(stage, victim, 20, text="serves again without a restart")
    yield acts(stage, victim, 30)


def clock_jumped(stage, strike):
    from stage import SHIFTED_GATEWAY as victim
    stage.clock.shift(float(strike.way))
    try:
        yield serves(stage, victim, 5, BEGAN, f"serves with its clock {strike.way} s off")
        yield acts(stage, victim, 15, BEGAN)
        yield Lasts(strike.seconds)
    finally:
        stage.clock.shift(0)
    yield Ended()
    yield serves(stage, victim, 5, text="serves with its clock put right")
    yield acts(stage, victim, 15)


def rolling_restart(stage, strike):
    for number, gateway in enumerate(stage.gateways):
        gateway.stop()
        yield serves(stage, 1 - number, 60, BEGAN, f"serves while gateway {number} is away")
        gateway.start()
    for node in range(3):
        stage.brokers.terminate(node)
        stage.brokers.start_node(node, wait=False)
        yield Expected(f"broker {node} is back and in sync", 60 + 45 * node, once(stage.in_sync), BEGAN)
    yield Ended()
    yield from both_serve(stage, 5)
    yield acts(stage, 0, 15)


def certificate_renewed(stage, strike):
    renewed = stage.issue("server", "gateway", "--dns", "localhost", "--ip", "127.0.0.1", "--replace")
    for gateway in stage.gateways:
        gateway.reload()
    yield Ended()
    for number, gateway in enumerate(stage.gateways):
        yield Expected(f"gateway {number} shows the new certificate", 10,
                       once(lambda port=gateway.port: shown_serial(port) == int(renewed.serial, 16)))
    yield from both_serve(stage, 10)


def shown_serial(port):
    """Of the certificate that a server shows, whether or not it likes us."""
    import ssl
    import subprocess
    text = ssl.get_server_certificate(("127.0.0.1", port), timeout=3)
    done = subprocess.run(["openssl", "x509", "-noout", "-serial"], input=text, capture_output=True, text=True,
                          check=True)
    return int(done.stdout.strip().split("=")[1], 16)


FAULTS = {each.__name__: each for each in (
    gateway_killed, gateway_stopped, broker_killed, broker_stopped, two_brokers_gone, brokers_cut, one_broker_cut,
    clients_cut, replies_dropped, city_killed, disk_full, clock_jumped, rolling_restart, certificate_renewed)}
