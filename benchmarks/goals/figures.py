"""What was measured, and what was promised: pairs with their ratios, and rows that both are told in."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How much is measured. The short form only shows that everything works: its figures mean nothing."""

    pairs: int = 5
    scale: float = 1.0  # of the seconds, and of how many probes there are

    def seconds(self, usual: float) -> float:
        return max(0.5, usual * self.scale)

    def count(self, usual: int) -> int:
        return max(10, int(usual * self.scale))


FULL, SHORT = Effort(), Effort(pairs=1, scale=0.02)


@dataclass(frozen=True)
class Spread:
    """A figure that was measured several times."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> "Spread":
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def told(self, digits: int = 0) -> str:
        """Return `median (min–max)`."""
        if len(self.values) == 1:
            return f"{self.median:.{digits}f}"
        return f"{self.median:.{digits}f} ({min(self.values):.{digits}f}–{max(self.values):.{digits}f})"


@dataclass(frozen=True)
class Row:
    """A promise and what came of it. `value` is held against `limit`; `at_least`: it is not to be less."""

    what: str
    goal: str
    seen: str
    value: float
    limit: float
    beside: str = ""  # the figures that the ratio is made of
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.limit if self.at_least else self.value <= self.limit


def measured_pairs(
    effort: Effort, ours: Callable[[], float], theirs: Callable[[], float]
) -> tuple[Spread, Spread, Spread]:
    """Return ours, theirs and the ratios of one to the other, measured in turn."""
    both = [(ours(), theirs()) for _ in range(effort.pairs)]
    return (
        Spread.of(mine for mine, _ in both),
        Spread.of(other for _, other in both),
        Spread.of(mine / other for mine, other in both),
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
