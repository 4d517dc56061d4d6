"""One run of one probe, told as blackbox_exporter would tell it, for dashboards and rules that know that.

Beside its names stand those of the checker's own gauges that are about the run. Nothing has the label `probe` or a
label of the user's: the target has these, and a second one would come out as `exported_probe`. Counters are left out,
because the next scrape may be answered by another checker, whose counters differ, and so is `checker_probe_blocked`:
only a checker that runs the dependencies too can tell it.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.outcome import Outcome, StepOutcome
from checker.core.reason import Phase, Reason
from checker.surfaces.exposition import Family, header, own_text
from checker.surfaces.metrics import families, not_after, number, success

HTTP = "http"  # what blackbox_exporter calls a prober is a kind here

_PHASES: Mapping[str, tuple[Phase, ...]] = {
    "resolve": (Phase.DNS,),
    "connect": (Phase.CONNECT,),
    "tls": (Phase.TLS,),
    "processing": (Phase.SEND, Phase.WAIT),
    "transfer": (Phase.RECEIVE,),
}

_NO_ANSWER = frozenset(
    {
        Reason.DNS,
        Reason.REFUSED,
        Reason.UNREACHABLE,
        Reason.RESET,
        Reason.CONNECT_TIMEOUT,
        Reason.TIMEOUT,
        Reason.PROTOCOL,
        Reason.TLS_EXPIRED,
        Reason.TLS_UNTRUSTED,
        Reason.TLS_HOSTNAME,
        Reason.TLS_HANDSHAKE,
    }
)

_ELSEWHERE = "checker_probe_blocked"

_EMPTY = re.compile(r"^(\w+)\{\}", re.MULTILINE)
_FIRST_EMPTY = re.compile(r"^(\w+)\{,", re.MULTILINE)


def exposition(view: ProbeView, *, openmetrics: bool) -> str:
    """Return the whole answer about the last run of a probe; samples that cannot be told are absent."""
    return "".join(_pieces(view, openmetrics=openmetrics))


def _pieces(view: ProbeView, *, openmetrics: bool) -> Iterator[str]:
    for family in (*_FAMILIES, *_gauges(view)):
        if samples := family.samples(view, ""):
            yield header(family, openmetrics=openmetrics) + _bare(samples)
    yield own_text(None, openmetrics=openmetrics)


def _gauges(view: ProbeView) -> Iterator[Family]:
    for family in families(Snapshot(0.0, {view.probe.name: view})):
        if family.type in ("gauge", "info") and family.name != _ELSEWHERE:
            yield family


def _bare(samples: str) -> str:
    """Take away what is left of the labels that every probe has elsewhere: a name stands where a line begins."""
    return _EMPTY.sub(r"\1", _FIRST_EMPTY.sub(r"\1{", samples))


def _gauge(name: str, explanation: str, value: Callable[[Outcome], float | None]) -> Family:
    def samples(view: ProbeView, _: str) -> str:
        found = value(view.last) if view.last else None
        return "" if found is None else f"{name} {number(found)}\n"

    return Family(name, "gauge", explanation, samples)


def _main(run: Outcome) -> tuple[StepOutcome, ...]:
    """The clean-ups are not what the run is about."""
    return tuple(step for step in run.steps if not step.always)


def _asked(run: Outcome) -> tuple[StepOutcome, ...]:
    return tuple(step for step in _main(run) if step.kind == HTTP and step.timings)


def _status(run: Outcome) -> float | None:
    """0 is blackbox_exporter's word for no answer; where the checker never asked, there is no word."""
    for step in reversed(_asked(run)):
        status = step.facts.get("status")
        if isinstance(status, int):
            return status
        return 0 if step.reason in _NO_ANSWER else None
    return None


def _version(run: Outcome) -> float | None:
    found = [step.facts["http_version"] for step in _asked(run) if "http_version" in step.facts]
    match = re.fullmatch(r"HTTP/(\d(?:\.\d)?)", str(found[-1])) if found else None
    return float(match[1]) if match else None


def _encrypted(run: Outcome) -> float | None:
    asked = _asked(run)
    return int("tls" in asked[-1].facts) if asked else None


def _spent(steps: tuple[StepOutcome, ...], phases: tuple[Phase, ...]) -> float:
    return sum(step.timings.get(phase, 0.0) for step in steps for phase in phases)


def _lookups(run: Outcome) -> float | None:
    timed = tuple(step for step in _main(run) if step.timings)
    return _spent(timed, (Phase.DNS,)) if timed else None


def _first_expiry(run: Outcome) -> float | None:
    dates = [not_after(step.facts.get("certificate")) for step in _main(run)]
    return min((date for date in dates if date is not None), default=None)


def _durations(view: ProbeView, _: str) -> str:
    steps = _asked(view.last) if view.last else ()
    if not steps:
        return ""
    return "".join(
        f'probe_http_duration_seconds{{phase="{name}"}} {number(_spent(steps, phases))}\n'
        for name, phases in _PHASES.items()
    )


_FAMILIES = (
    Family(
        "probe_success",
        "gauge",
        "Whether the run passed, degraded or not. Absent after an error: the checker could not tell.",
        lambda view, _: "" if (passed := success(view)) is None else f"probe_success {passed}\n",
    ),
    _gauge("probe_duration_seconds", "Duration of the run.", lambda run: run.duration),
    _gauge("probe_dns_lookup_time_seconds", "Time spent on looking up names, in all steps.", _lookups),
    _gauge("probe_http_status_code", "Status of the last answer over HTTP; 0: there was none.", _status),
    Family(
        "probe_http_duration_seconds",
        "gauge",
        "Time in a phase, in all steps over HTTP.",
        _durations,
    ),
    _gauge("probe_http_ssl", "Whether the last answer over HTTP came over TLS.", _encrypted),
    _gauge("probe_http_version", "Version of HTTP of the last answer.", _version),
    _gauge(
        "probe_ssl_earliest_cert_expiry",
        "When the first of the certificates that were shown expires, in seconds since the epoch.",
        _first_expiry,
    ),
)
