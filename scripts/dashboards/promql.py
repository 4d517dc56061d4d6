"""PromQL that more than one panel is made of. Nothing here needs the recorded series of `checker rules`.

A probe may run on many copies of a checker, and in several estates. So everything is taken together by `KEYS`, and
copies are told apart, where that matters, by `COPY`. Counters and gauges of a probe may come from different jobs, where
a Prometheus drives the checkers (docs/scaling.md): they are joined by `KEYS` alone.
"""

from checker.surfaces.dashboards.fitting import LABELS, keys, matchers

KEYS = keys(LABELS)
MATCHERS = matchers(LABELS)
COPY_KEYS = f"job, instance, {KEYS}"
COPY = "on (job, instance, probe)"

ALL = f'probe=~"$probe",{MATCHERS}'
"""The probes that the overview is narrowed to."""

ONE = f'probe="$probe",instance=~"$instance",{MATCHERS}'
"""The probe that a page is about, on the copies that it is narrowed to."""

_INFO = f'checker_probe_info{{owner=~"$owner",severity=~"$severity",{ALL}}}'

INFO_OF_CHOSEN = f'checker_probe_info{{owner=~"$owner",severity=~"$severity",{MATCHERS}}}'
"""What the choice of probes is made from."""

MASKED, DOWN, UNKNOWN, DEGRADED, BLOCKED, PENDING, UP = range(1, 8)
"""The marks of the status page as numbers, worst first: see checker/surfaces/web/marks.py."""

BUDGET_DAYS = 30


def pick(series: str, where: str, *more: str) -> str:
    """Return a selector."""
    return f"{series}{{{','.join((*more, where))}}}"


def by(*more: str) -> str:
    """Return the clause that takes copies together."""
    return f"by ({', '.join((KEYS, *more))})"


def theirs(expression: str) -> str:
    """Return an expression for the probes of the chosen owners and severities alone."""
    return f"({expression}) and on ({KEYS}) {_INFO}"


def whose(expression: str) -> str:
    """Return the same with owner, severity and runbook as labels; where copies disagree about them, one is taken."""
    one = f"topk {by()} (1, group {by('owner', 'severity', 'runbook')} ({_INFO}))"
    return f"({expression}) * on ({KEYS}) group_left (owner, severity, runbook) {one}"


def state(name: str, where: str) -> str:
    """Return the selector of a debounced state."""
    return pick("checker_probe_state", where, f'state="{name}"')


def mark(where: str) -> str:
    """Return the mark of each probe; of many copies the worst."""
    found = "\n    or ".join(
        (
            f"{MASKED} * ({pick('checker_probe_masked', where)} == 1)",
            *(
                f"{number} * ({state(name, where)} == 1)"
                for name, number in (
                    ("down", DOWN),
                    ("unknown", UNKNOWN),
                    ("degraded", DEGRADED),
                    ("pending", PENDING),
                    ("up", UP),
                )
            ),
        )
    )
    hindered = _hindered(where)
    return f"min {by()} (\n  (\n    {found}\n  ) unless {COPY} {hindered}\n  or {BLOCKED} * {hindered}\n)"


def masked(where: str) -> str:
    """Return the copies on which a probe is masked and not blocked."""
    return f"({pick('checker_probe_masked', where)} == 1 unless {COPY} {_hindered(where)})"


def _hindered(where: str) -> str:
    """A probe that is up is called that, even while something that it depends on is down."""
    return f"({pick('checker_probe_blocked', where)} == 1 unless {COPY} {state('up', where)} == 1)"


def why(where: str, also: str = "") -> str:
    """Return step and reason of each probe's latest failure, on how many copies; where they differ, the most "
    "frequent."""
    failures = pick("checker_probe_failure", where)
    return f"topk {by()} (1, count {by('step', 'reason')} ({failures}{also}))"


def runs(where: str, results: str, window: str) -> str:
    """Return how many runs of these results there were."""
    return f"sum {by()} (increase({pick('checker_probe_runs_total', where, f'result{results}')}[{window}]))"


def failed(where: str, window: str) -> str:
    """Return the share of runs that failed; those in which the checker could not tell count for nothing."""
    told = runs(where, '!="error"', window)
    fails = runs(where, '="fail"', window)
    return f"{fails}\n  / ({told} > 0)"


def burn(where: str, window: str) -> str:
    """Return how many times faster than it may the budget is used up."""
    objective = pick("checker_probe_slo_objective_ratio", where)
    return f"{failed(where, window)}\n  / on ({KEYS}) (1 - max {by()} ({objective}))"


def budget(where: str) -> str:
    """Return the share of the error budget that is left; no less than -1, because worse cannot be drawn."""
    return f"clamp_min(1 - {burn(where, f'{BUDGET_DAYS}d')}, -1)"


def age(series: str, where: str) -> str:
    """Return how many seconds ago the latest copy's moment was."""
    return f"time() - max {by()} ({pick(series, where)})"
