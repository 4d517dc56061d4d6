"""What is to happen, and what is not: in restarts, blips, fleets, outages, and in trouble of the checker's own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from checker.core.reason import Result, Severity
from checker.surfaces.rules.rule import LABELS
from checker.surfaces.rules.samples import GONE, JOB, Copy, named, timeline
from checker.surfaces.rules.scenario import Firing, Scenario, alarm, one, together

HOUR = 60


def scenarios() -> Iterable[Scenario]:
    """Yield all of them."""
    yield from _down()
    yield from _restarts()
    yield from _fleets()
    yield from _dependencies()
    yield from _masked()
    yield from _lingering()
    yield from _certificates()
    yield from _no_data()
    yield from _budgets()
    yield from _checkers()


def _down() -> Iterable[Scenario]:
    for severity, label in LABELS.items():
        yield one(
            f"down, of severity {severity}",
            Copy([("up", 10), ("down", 10), ("up", 10)], severity=severity),
            {9: (), 12: (alarm("CheckerProbeDown", label),), 25: ()},
        )
    blip = Copy([("up", 40)], failed=[("0", 10), ("1", 30)], objective=0.999)
    yield one("a blip: one failed run, which changes no state", blip, dict.fromkeys((11, 12, 15, 30), ()))
    yield one(
        "a state that lasts for no more than a moment",
        Copy([("up", 10), ("down", 1), ("up", 10)]),
        dict.fromkeys((10, 11, 12, 15), ()),
    )


def _restarts() -> Iterable[Scenario]:
    yield one(
        "a restart of the checker while all is well",
        Copy([("up", 10), (GONE, 1), ("pending", 1), ("up", 20)]),
        dict.fromkeys((10, 11, 12, 15, 30), ()),
    )
    down: Firing = (alarm("CheckerProbeDown", "critical"),)
    yield one(
        "a restart of the checker while a probe is down neither resolves nor pages anew",
        Copy([("down", 10), (GONE, 1), ("pending", 1), ("down", 10)]),
        dict.fromkeys((5, 10, 11, 12, 15), down),
    )
    yield together(
        "a task that is replaced while a probe is down neither resolves nor pages anew",
        (
            Copy([("down", 10), (GONE, 12)]),
            Copy([(GONE, 10), ("pending", 1), ("down", 11)], instance="b:10460"),
        ),
        dict.fromkeys((5, 10, 11, 12, 15, 20), down),
    )


def _fleet(size: int, down: int, minutes: int = 12) -> Mapping[str, str]:
    copies = (
        Copy([("down" if place < down else "up", minutes)], instance=f"task-{place}") for place in range(size)
    )
    series = {key: value for copy in copies for key, value in copy.counted().items()}
    checker = named("checker_build_info", job=JOB, instance="task-0")
    return {checker: timeline([("1", minutes)]), **series}


def _fleets() -> Iterable[Scenario]:
    page, ticket = (alarm("CheckerProbeDown", "critical"),), (alarm("CheckerProbePartlyDown", "warning"),)
    expected: Sequence[tuple[str, int, int, Firing]] = (
        ("one bad sidecar of 500", 500, 1, ticket),
        ("not quite a fifth of 500 sidecars", 500, 99, ticket),
        ("a fifth of 500 sidecars", 500, 100, page),
        ("a shared outage: all of 500 sidecars, one page", 500, 500, page),
        ("one of two: a fifth, but only one", 2, 1, ticket),
        ("two of ten", 10, 2, page),
        ("a fleet that is well", 10, 0, ()),
    )
    for name, size, down, firing in expected:
        yield Scenario(name, _fleet(size, down), {1: () if firing == ticket else firing, 8: firing})
    older = Copy([("down", 12)], severity=Severity.TICKET)
    yield together(
        "a new severity is rolled out, and the copies disagree: the graver one counts",
        (older, replace(older, severity=Severity.PAGE).at("b:10460")),
        {1: page, 8: page},
    )


def _dependencies() -> Iterable[Scenario]:
    states = [("up", 5), ("down", 60)]
    depending = Copy(
        states,
        probe="cdn",
        shallow=True,
        objective=0.999,
        rates={Result.FAIL: 2},
        blocked=[("0", 5), ("1", 60)],
    )
    yield together(
        "a shared outage: what depends on it is blocked, and does not page",
        (Copy(states), depending),
        dict.fromkeys((7, 20, 60), (alarm("CheckerProbeDown", "critical"),)),
    )
    recovered = replace(
        depending,
        states=[("down", 60), ("up", 60)],
        blocked=[("1", 60), ("0", 60)],
        rates={Result.PASS: 2},
        failed=[(str(2 * minute), 1) for minute in range(60)] + [("120", 60)],
    )
    yield one(
        "what failed while its dependency was down does not page after it either",
        recovered,
        dict.fromkeys((40, 59, 60, 61, 62, 64, 70, 90), ()),
    )
    yield one(
        "what recovers a moment after its dependency does",
        Copy([("down", 17), ("up", 13)], blocked=[("1", 15), ("0", 15)]),
        dict.fromkeys((14, 15, 16, 17, 18, 20), ()),
    )
    yield one(
        "a probe that was blocked and is still down when its dependency is up again",
        Copy([("down", 30)], blocked=[("1", 15), ("0", 15)]),
        {14: (), 20: (alarm("CheckerProbeDown", "critical"),)},
    )


def _masked() -> Iterable[Scenario]:
    for severity, label in LABELS.items():
        yield one(
            f"masked and down, of severity {severity}",
            Copy([("up", 5), ("down", 15)], severity=severity, shallow=True),
            {4: (), 8: (alarm("CheckerProbeDown", label), alarm("CheckerProbeMasked", label))},
        )
    yield one(
        "down, and the platform says so too",
        Copy([("down", 15)], shallow=False),
        {10: (alarm("CheckerProbeDown", "critical"),)},
    )
    recovering = Copy([("down", 15), ("up", 10)], shallow=True)
    failing = named("checker_probe_masked", job=JOB, instance=recovering.instance, probe=recovering.probe)
    both: Firing = (alarm("CheckerProbeDown", "critical"), alarm("CheckerProbeMasked", "critical"))
    yield Scenario(
        "masked, until the state is up again: it ends together with what it takes the place of",
        {**recovering.series(), failing: timeline([("1", 11), ("0", 14)])},
        {10: both, 14: both, 15: both, 16: both, 18: ()},
    )


def _lingering() -> Iterable[Scenario]:
    for severity, label in (
        (Severity.PAGE, "warning"),
        (Severity.TICKET, "warning"),
        (Severity.INFO, "info"),
    ):
        yield one(
            f"degraded for long, of severity {severity}",
            Copy([("degraded", 90)], severity=severity),
            {50: (), 65: (alarm("CheckerProbeDegraded", label),)},
        )
        yield one(
            f"an error of the checker, of severity {severity}: a page for nobody",
            Copy(
                [("up", 5), ("unknown", 30)],
                severity=severity,
                objective=0.999,
                rates={Result.PASS: 0.2, Result.ERROR: 2},
            ),
            {14: (), 17: (alarm("CheckerProbeUnknown", label),)},
        )


def _certificates() -> Iterable[Scenario]:
    metric = named(
        "checker_certificate_not_after_timestamp_seconds",
        job=JOB,
        instance="a:10460",
        probe="search",
        step="open",
    )
    for severity, days, labels in (
        (Severity.PAGE, 20, ()),
        (Severity.PAGE, 10, ("warning",)),
        (Severity.PAGE, 1, ("critical", "warning")),
        (Severity.PAGE, -1, ("critical", "warning")),
        (Severity.TICKET, 1, ("warning",)),
        (Severity.INFO, 10, ("info",)),
    ):
        copy = Copy([("up", 10)], severity=severity)
        firing = tuple(alarm("CheckerCertificateExpiring", label, step="open") for label in labels)
        name = f"a certificate with {days} days left, of severity {severity}"
        yield Scenario(name, {**copy.series(), metric: f"{days * 86_400}+0x9"}, {5: firing})


def _no_data() -> Iterable[Scenario]:
    for severity, label in ((Severity.PAGE, "warning"), (Severity.INFO, "info")):
        yield one(
            f"a probe that does not run, of severity {severity}",
            Copy([("up", 20)], severity=severity, stuck=True),
            {1: (), 10: (alarm("CheckerProbeOverdue", label),)},
        )
        gone = Copy([("up", 70), (GONE, 100)], severity=severity)
        other = Copy([("up", 170)], probe="other", severity=severity)
        yield together(
            f"a probe that is no more, of severity {severity}",
            (gone, other),
            {69: (), 72: (), 80: (alarm("CheckerProbeGone", label),), 140: ()},
        )
    yield one(
        "no checker at all",
        Copy([("up", 70), (GONE, 30)]),
        {71: (), 80: (alarm("CheckerAbsent", "critical", "", job=""),)},
    )


def _budgets() -> Iterable[Scenario]:
    budget = Copy([("up", 60)], objective=0.99)
    half = {Result.PASS: 1.0, Result.FAIL: 1.0}
    for severity, label in LABELS.items():
        failing = replace(budget, severity=severity, rates=half)
        yield one(
            f"half of all runs fail, of severity {severity}; not said before half an hour has been seen",
            failing,
            {10: (), 25: (), 45: (alarm("CheckerErrorBudgetBurn", label),)},
        )
    over = [("0", 5)] + [(str(2 * minute), 1) for minute in range(20)] + [("38", 35)]
    yield one("failures that are over", replace(budget, failed=over), {45: ()})
    two = replace(budget, objective=0.9999, failed=[("0", 40), ("2", 20)])
    yield one("two failures, whatever the objective", two, dict.fromkeys((41, 42, 44, 50), ()))
    three = replace(two, failed=[("0", 40), ("3", 20)])
    yield one("three, in a budget for less", three, {42: (alarm("CheckerErrorBudgetBurn", "critical"),)})
    errors = replace(budget, objective=0.999, interval=60, rates={Result.PASS: 1.0, Result.ERROR: 1.0})
    yield one("errors of the checker burn nobody's budget", errors, {45: ()})
    yield one("failures without an objective", Copy([("up", 60)], rates=half), {45: ()})
    yield from _slow_budgets()


def _slow_budgets() -> Iterable[Scenario]:
    """Runs are more frequent than the interval asks for, so that half of three days' runs are seen in four hours."""
    shares = {"eight": 0.08, "four": 0.04, "one-and-a-half": 0.015, "half": 0.005}
    seldom = Copy([("up", 4 * HOUR + 1)], objective=0.99, interval=300)
    hours = (alarm("CheckerErrorBudgetBurn", "critical", "eight"),)
    day = tuple(alarm("CheckerErrorBudgetBurn", "warning", probe) for probe in ("eight", "four"))
    days = (alarm("CheckerErrorBudgetBurn", "warning", "one-and-a-half"),)
    yield together(
        "a few per cent of runs fail, of a budget of 1 %: seen in 6 hours, a day, three days",
        (replace(seldom, probe=probe, rates=_failing(share)) for probe, share in shares.items()),
        {HOUR: hours, 3 * HOUR: hours + day, 4 * HOUR: hours + day + days},
    )


def _failing(share: float) -> Mapping[Result, float]:
    return {Result.PASS: 2 * (1 - share), Result.FAIL: 2 * share}


def _checkers() -> Iterable[Scenario]:
    calm = Copy([("up", 40)])
    trouble: Sequence[tuple[str, str, str, str]] = (
        (
            "CheckerSecretUnreadable",
            named("checker_secret_readable", job=JOB, instance="a:10460", secret="key"),  # noqa: S106 - its name
            "1+0x39",
            "0+0x39",
        ),
        (
            "CheckerReloadFailed",
            named("checker_config_last_reload_successful", job=JOB, instance="a:10460"),
            "1+0x39",
            "0+0x39",
        ),
        (
            "CheckerOverloaded",
            named("checker_event_loop_stalled_seconds_total", job=JOB, instance="a:10460"),
            "0+1x39",
            "0+6x39",
        ),
        (
            "CheckerRunsSkipped",
            named("checker_probe_runs_skipped_total", job=JOB, instance="a:10460", probe="search"),
            "0+0.1x39",
            "0+1x39",
        ),
    )
    for name, metric, good, bad in trouble:
        labels = {"CheckerSecretUnreadable": {"secret": "key"}, "CheckerRunsSkipped": {"probe": "search"}}
        firing = alarm(name, "warning", **{"probe": "", "owner": "", **labels.get(name, {})})
        yield Scenario(f"{name}, when it should", {**calm.series(), metric: bad}, {0: (), 30: (firing,)})
        yield Scenario(f"{name}, when it should not", {**calm.series(), metric: good}, {0: (), 30: ()})
