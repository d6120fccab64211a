"""Which fault strikes what, when and for how long: a pure function of the seed, the length and the kinds allowed."""

import dataclasses
import random

GATEWAYS, BROKERS = 2, 3
# Cases between one fault's recovery and the next fault, at most; and for how many cases of a run there is one fault.
GAP_CASES, CASES_PER_FAULT = 400, 1500


@dataclasses.dataclass(frozen=True)
class Kind:
    """What of a fault is drawn: its target among `targets`, its length, one of its `ways`."""

    targets: int
    seconds: tuple = (0.0, 0.0)
    ways: tuple = ("",)


KINDS = {
    "gateway_killed": Kind(GATEWAYS, (8, 14)),
    "gateway_stopped": Kind(GATEWAYS, (3, 60)),
    "broker_killed": Kind(BROKERS, (4, 20)),
    "broker_stopped": Kind(BROKERS, (3, 60)),
    "two_brokers_gone": Kind(BROKERS, (10, 45), ("killed", "stopped")),
    "brokers_cut": Kind(GATEWAYS, (3, 40), ("hang", "refuse")),
    "one_broker_cut": Kind(GATEWAYS * BROKERS, (3, 40), ("hang", "refuse")),
    "clients_cut": Kind(GATEWAYS, (3, 30), ("hang", "refuse")),
    "replies_dropped": Kind(GATEWAYS, (4, 10)),
    "city_killed": Kind(4, (2, 20)),
    "disk_full": Kind(1, (5, 25)),
    "clock_jumped": Kind(1, (5, 30), ("3600", "-3600")),
    "rolling_restart": Kind(1),
    "certificate_renewed": Kind(1),
}


@dataclasses.dataclass(frozen=True)
class Strike:
    """One fault of a run. `gap`: cases begun after the one before was over. `chance` seeds what it draws itself."""

    number: int
    kind: str
    target: int
    seconds: float
    way: str
    gap: int
    chance: int


def schedule(seed, cases, only=None, longest=60.0):
    """Every kind in turn, in an order drawn anew each round, until there is a fault for each CASES_PER_FAULT."""
    kinds = sorted(only or KINDS)
    unknown = set(kinds) - set(KINDS)
    if unknown:
        raise ValueError(f"no fault is called {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    chance = random.Random(f"{seed}/{cases}/{longest}/{','.join(kinds)}")
    strikes, wanted, round_kinds = [], max(len(kinds), cases // CASES_PER_FAULT), []
    gap_most = max(20, min(GAP_CASES, cases // (2 * wanted)))
    while len(strikes) < wanted:
        if not round_kinds:
            round_kinds = list(kinds)
            chance.shuffle(round_kinds)
        strikes.append(draw(chance, len(strikes), round_kinds.pop(), gap_most, longest))
    return strikes


def draw(chance, number, name, gap_most, longest):
    kind = KINDS[name]
    low, high = kind.seconds
    # Most are short, some are as long as they may be.
    seconds = min(low + (high - low) * chance.random() ** 2, longest)
    return Strike(number, name, chance.randrange(kind.targets), round(seconds, 2), chance.choice(kind.ways),
                  chance.randint(gap_most // 4, gap_most), chance.getrandbits(32))
