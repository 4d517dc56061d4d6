"""What is believed of a probe after debouncing its results. Pure: state + result → state."""

from dataclasses import dataclass

from checker.core.reason import Result, State


@dataclass(frozen=True, slots=True)
class Policy:
    """How many results in a row it takes to believe them."""

    fail_after: int = 2
    recover_after: int = 2


@dataclass(frozen=True, slots=True)
class ProbeState:
    """The state, and the latest results as far as they may still decide: how many in a row.

    `good` counts passes and degradeds together: both are recoveries. The other two count the latest result alone.
    """

    state: State = State.PENDING
    latest: Result | None = None
    alike: int = 0
    good: int = 0


_SETTLED = {
    Result.PASS: State.UP,
    Result.DEGRADED: State.DEGRADED,
    Result.FAIL: State.DOWN,
    Result.ERROR: State.UNKNOWN,
}


def advance(before: ProbeState, result: Result, policy: Policy) -> ProbeState:
    """Return what is believed after one more result.

    The first result decides. After that it takes `fail_after` fails in a row to be down and as many errors to be
    unknown, `recover_after` passes to be up and as many degradeds to be degraded. Where these two are mixed, a
    probe that was down or unknown has recovered all the same, but is degraded.
    """
    if result is before.latest and before.state is _SETTLED[result]:
        return before  # nothing is left to decide: what comes next counts anew, or is the same again
    alike = before.alike + 1 if result is before.latest else 1
    good = before.good + 1 if result in (Result.PASS, Result.DEGRADED) else 0
    return ProbeState(_state(before.state, result, alike, good, policy), result, alike, good)


def _state(state: State, result: Result, alike: int, good: int, policy: Policy) -> State:
    needed = policy.recover_after if good else policy.fail_after
    if state is State.PENDING or alike >= needed:
        return _SETTLED[result]
    if good >= needed and state in (State.DOWN, State.UNKNOWN):
        return State.DEGRADED
    return state
