"""What came of proving a probe: for each mutation, who noticed it, or that it would still pass. Values only."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from checker.config.problems import Place
from checker.core.outcome import Outcome
from checker.core.reason import Reason
from checker.kinds.contract import Mutation, Weight
from checker.proving.remedies import Remedy

_ALTERNATIVES = frozenset({Weight.SOME, Weight.ANY})


class Fate(StrEnum):
    """What became of a mutation."""

    CAUGHT = "caught"  # the run did not pass
    WARNED = "warned"  # it passed, degraded
    PASSED = "passed"
    UNTOLD = "untold"  # a later step would have sent something else, which only its server can judge


@dataclass(frozen=True, slots=True)
class Catch:
    """Who noticed: an assertion by its subject and operator, else what the reason says."""

    step: str
    reason: Reason | None
    message: str
    place: Place
    subject: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutation of one step. `place` is where it could have been noticed; `always`: by a clean-up."""

    step: str
    mutation: Mutation
    fate: Fate
    place: Place
    always: bool = False
    catch: Catch | None = None
    remedy: Remedy | None = None

    @property
    def hole(self) -> bool:
        """Whether it passed and must not have; what a clean-up sees takes no user's path down."""
        passed = self.fate in {Fate.PASSED, Fate.WARNED}
        return passed and self.mutation.weight is not Weight.HINT and not self.always


@dataclass(frozen=True, slots=True)
class Proof:
    """A probe, its recorded run, and all that was tried. `trouble` says why nothing could be tried."""

    probe: str
    outcome: Outcome
    tried: tuple[Tried, ...] = ()
    trouble: str = ""

    @property
    def holes(self) -> tuple[Tried, ...]:
        """What takes a user's path down and would still pass."""
        return tuple(one for one in self.tried if one.hole)

    @property
    def caught(self) -> int:
        """How many mutations were noticed."""
        return sum(one.fate is Fate.CAUGHT for one in self.tried)


def settled(tried: Iterable[Tried]) -> tuple[Tried, ...]:
    """Return the mutations of one step with its alternatives settled.

    Those that passed are left out where another one of their subject was caught: a number that must not be too large
    may well be 0. Where one of ANY was caught, the others that passed may be meant so.
    """
    listed = tuple(tried)
    caught = [one.mutation for one in listed if one.fate is Fate.CAUGHT]
    noticed = {mutation.subject for mutation in caught if mutation.weight in _ALTERNATIVES}
    meant = any(mutation.weight is Weight.ANY for mutation in caught)
    return tuple(_settled(one, meant=meant) for one in listed if not _is_idle(one, noticed))


def _is_idle(one: Tried, noticed: Collection[str]) -> bool:
    alternative = one.mutation.weight in _ALTERNATIVES and one.mutation.subject in noticed
    return alternative and one.fate is not Fate.CAUGHT


def _settled(one: Tried, *, meant: bool) -> Tried:
    if one.mutation.weight is not Weight.ANY or not meant:
        return one
    return replace(one, mutation=replace(one.mutation, weight=Weight.HINT))
