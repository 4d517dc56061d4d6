"""What a step was about when its time was up: the phase on its stopwatch, or on those of what it waited for."""

from dataclasses import dataclass

from checker.core.reason import Phase, Reason, deadline_reason
from checker.core.trace import Trace

_DOING = {
    Phase.DNS: "looking up the name",
    Phase.CONNECT: "connecting",
    Phase.TLS: "in the TLS handshake",
    Phase.SEND: "sending the request",
    Phase.WAIT: "waiting for the answer",
    Phase.RECEIVE: "receiving the answer",
    None: "between two exchanges",
}

_LISTENING = frozenset({Phase.WAIT, Phase.RECEIVE})


@dataclass(frozen=True, slots=True)
class Standstill:
    """`doing` completes "the run's 5s passed while …"; `own`: the checker was about something of its own."""

    reason: Reason
    doing: str
    own: bool = False
    phase: Phase | None = None


def standstill(trace: Trace) -> Standstill:
    """Return where a stopwatch stands; of several exchanges aside, the first that tells something gives the reason."""
    if trace.errand:
        return Standstill(trace.errand.reason, trace.errand.what, trace.errand.own)
    if trace.current is None and trace.asides:
        return _aside({name: standstill(aside) for name, aside in trace.asides.items()})
    doing = _DOING[trace.current]
    if trace.progress and trace.current in _LISTENING and (progress := trace.progress()):
        doing = f"{doing}, {progress}"
    return Standstill(deadline_reason(trace.current), doing, phase=trace.current)


def _aside(stood: dict[str, Standstill]) -> Standstill:
    """Return what several exchanges were about, each with what it was for."""
    # before the checker's own errands what it asked of the target; last what waits for its turn, and tells nothing
    first = min(stood.values(), key=lambda one: (not one.own and one.phase is None, one.own))
    names: dict[str, list[str]] = {}
    for name, one in stood.items():
        names.setdefault(one.doing, []).append(name)
    doing = ", ".join(f"{what} ({', '.join(these)})" for what, these in names.items())
    return Standstill(first.reason, doing, first.own, first.phase)
