"""Times of contenders, measured in turn: round after round, so that noise hits all alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Call = Callable[[], object]
TURNS = 5
"""Of a contender in each round: a burst of other work on the machine then hits all alike."""
CLOCKS: dict[str, Callable[[], float]] = {"process": time.process_time, "wall": time.perf_counter}


@dataclass(frozen=True)
class Times:
    """Seconds per call of every contender, round by round."""

    seconds: Mapping[str, list[float]]

    def median(self, name: str) -> float:
        """Seconds."""
        return statistics.median(self.seconds[name])

    def ratios(self, name: str, base: str) -> list[float]:
        """Of each round."""
        return [a / b for a, b in zip(self.seconds[name], self.seconds[base], strict=True)]


@dataclass(frozen=True)
class Spread:
    """A median between quartiles."""

    low: float
    middle: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Of at least one value."""
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
        return cls(low, middle, high)

    def __str__(self) -> str:
        return f"{self.middle:.2f} ({self.low:.2f} to {self.high:.2f})"


def repetitions(call: Call, clock: Callable[[], float], seconds: float) -> int:
    """How many calls take about this long."""
    call()
    start, count = clock(), 0
    while (spent := clock() - start) < seconds / 4:
        call()
        count += 1
    return max(1, round(seconds / spent * count))


def measure(
    contenders: Mapping[str, Call], rounds: int, seconds: float = 0.02, clock: str = "process"
) -> Times:
    """Time the contenders in rounds; each round starts with another one.

    Parameters
    ----------
    contenders : mapping
        Calls without arguments.
    rounds : int
        How often each is timed.
    seconds : float
        About how long each is timed in a round; at least one call.
    clock : str
        "process": processor time of all the process's threads; "wall".
    """
    tick, names = CLOCKS[clock], list(contenders)
    counts = {name: repetitions(call, tick, seconds) for name, call in contenders.items()}
    found: dict[str, list[float]] = {name: [] for name in names}
    for i in range(rounds):
        order = names[i % len(names) :] + names[: i % len(names)]
        for name, spent in in_turns({n: contenders[n] for n in order}, counts, tick).items():
            found[name].append(spent / counts[name])
    return Times(found)


def in_turns(
    contenders: Mapping[str, Call], counts: Mapping[str, int], clock: Callable[[], float]
) -> dict[str, float]:
    """Seconds that all calls of a round take, each contender's in several turns."""
    spent = dict.fromkeys(contenders, 0.0)
    for turn in range(TURNS):
        for name, call in contenders.items():
            share = counts[name] * (turn + 1) // TURNS - counts[name] * turn // TURNS
            spent[name] += timed(call, share, clock)
    return spent


def timed(call: Call, count: int, clock: Callable[[], float]) -> float:
    """Seconds of some calls; before several one is not timed, to find what it needs in caches."""
    if count > 1:
        call()
    start = clock()
    for _ in range(count):
        call()
    return clock() - start
