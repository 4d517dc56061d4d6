"""How fast probes use up their error budgets: multi-window, multi-burn-rate alerts (SRE Workbook, chapter 5).

A burn rate of 1 uses the budget up in exactly its 30 days. A long window says that it matters, a short one that it
still goes on. Two things are asked for beyond the book, because probes run seldom compared to a service's
requests: three failures in the long window, and half of the runs that it should have seen. Without them one
failed run right after a start would page.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.core.reason import Severity
from checker.surfaces.rules.links import REASONS
from checker.surfaces.rules.matter import Matter, Pick, Severities
from checker.surfaces.rules.recorded import PER_COPY, without
from checker.surfaces.rules.rule import Recording

OBJECTIVE = "probe:checker_probe_slo_objective_ratio:max"
EXPECTED = "probe:checker_probe_expected_runs:rate"

LEAST_FAILURES = 3
LEAST_COVERAGE = 0.5
"""Of the runs that the long window should have seen."""

_SECONDS = {"5m": 300, "30m": 1800, "1h": 3600, "2h": 7200, "6h": 21_600, "1d": 86_400, "3d": 259_200}


@dataclass(frozen=True, slots=True)
class Burn:
    """So many times faster than the budget allows, in both windows."""

    factor: float
    long: str
    short: str


FAST = (Burn(14.4, "1h", "5m"), Burn(6, "6h", "30m"))
SLOW = (Burn(3, "1d", "2h"), Burn(1, "3d", "6h"))


def fast_recordings(copies: Sequence[str]) -> tuple[Recording, ...]:
    """Return what all burn rates are made of, and those of the windows that need to be looked at often."""
    objective = Recording(OBJECTIVE, f"max {without(copies)} (checker_probe_slo_objective_ratio)")
    expected = Recording(EXPECTED, f"sum {without(copies)} (1 / checker_probe_interval_seconds)")
    return (objective, expected, *_long(copies, "1h"), _short(copies, "5m"), _short(copies, "30m"))


def slow_recordings(copies: Sequence[str]) -> tuple[Recording, ...]:
    """Return the burn rates of long windows: they cost the most, and change the least."""
    long = [recording for window in ("6h", "1d", "3d") for recording in _long(copies, window)]
    return (*long, _short(copies, "2h"), _short(copies, "6h"))


def matters(pick: Pick) -> tuple[Matter, ...]:
    """Return the alerts about error budgets."""
    fast, slow = _any_of(pick, FAST), _any_of(pick, SLOW)
    both = f"{fast}\nor\n{slow}"
    cases: Mapping[str, Mapping[Severities, str]] = {
        "critical": {(Severity.PAGE,): fast},
        "warning": {(Severity.PAGE,): slow, (Severity.TICKET,): both},
        "info": {(Severity.INFO,): both},
    }
    return tuple(
        Matter(
            "CheckerErrorBudgetBurn",
            label,
            case,
            "{{ $labels.probe }} fails too often for its objective",
            f'Its error budget goes {{{{ $value | printf "%.1f" }}}} times faster than 30 days allow. {REASONS}',
            needs="objective",
        )
        for label, case in cases.items()
    )


def _long(copies: Sequence[str], window: str) -> tuple[Recording, ...]:
    """Runs whose result says something about the target, failed ones, and how fast the latter burn the budget."""
    told, failed = _told(window), _failed(window)
    return (
        Recording(told, _runs(copies, 'result!="error"', window)),
        Recording(failed, _runs(copies, 'result="fail"', window)),
        Recording(_burn(window), f"{failed} / {told} / (1 - {OBJECTIVE})"),
    )


def _short(copies: Sequence[str], window: str) -> Recording:
    """What failed while a dependency was down does not go on: it is the dependency's."""
    failed = f"""\
sum {without(copies, "result")} (
  increase(checker_probe_runs_total{{result="fail"}}[{window}])
    unless {PER_COPY} (max_over_time(checker_probe_blocked[{window}]) == 1)
)
/
{_sum(copies, 'result!="error"', window)}"""
    return Recording(_going_on(window), f"{failed}\n/ (1 - {OBJECTIVE})")


def _runs(copies: Sequence[str], matcher: str, window: str) -> str:
    """Only of probes that have an objective; asked after adding up, so that replaced copies count as well."""
    return f"{_sum(copies, matcher, window)}\nand {OBJECTIVE}"


def _sum(copies: Sequence[str], matcher: str, window: str) -> str:
    return f"sum {without(copies, 'result')} (increase(checker_probe_runs_total{{{matcher}}}[{window}]))"


def _any_of(pick: Pick, burns: Sequence[Burn]) -> str:
    return "\nor\n".join(_burning(pick, burn) for burn in burns)


def _burning(pick: Pick, burn: Burn) -> str:
    least_runs = f"{LEAST_COVERAGE * _SECONDS[burn.long]:g} * avg_over_time({pick(EXPECTED)}[{burn.long}])"
    return f"""\
(
  {pick(_burn(burn.long))} > {burn.factor:g}
  and {pick(_going_on(burn.short))} > {burn.factor:g}
  and {pick(_failed(burn.long))} >= {LEAST_FAILURES}
  and {pick(_told(burn.long))} >= {least_runs}
)"""


def _told(window: str) -> str:
    return f"probe:checker_probe_told_runs:increase{window}"


def _failed(window: str) -> str:
    return f"probe:checker_probe_failed_runs:increase{window}"


def _burn(window: str) -> str:
    return f"probe:checker_probe_burn:rate{window}"


def _going_on(window: str) -> str:
    return f"probe:checker_probe_unblocked_burn:rate{window}"
