import pytest

from checker.surfaces.rules.burning import FAST, LEAST_FAILURES, SLOW, Burn
from tests.config.loading import loaded, told


def warned(interval: str, objective: str, more: str = "") -> list[str]:
    text = f"interval: {interval}, slo: {{availability: {objective}}}, {more}http: {{url: x}}, expect: {{body: x}}"
    return [warning.message for warning in loaded(f"version: 1\nprobes: {{a: {{{text}}}}}").warnings]


def test_three_failures_should_not_be_all_that_it_takes() -> None:
    """Three in an hour burn 14.4 times too fast beyond 17,280 s × (1 less the objective)."""
    assert [] == warned("86s", "99.5%")
    text = "probes: {a: {interval: 2m, slo: {availability: 99.5%}, http: {url: x}, expect: {body: x}}}"
    [warning] = loaded(f"version: 1\n{text}").warnings
    expected = f"""
        env:CHECKS:2:24: with runs 2m apart, any 3 that fail within 1h alert for this objective
          2 | {text}
            |                        ^ shorten the interval to 1m26s
    """
    assert told(expected) == str(warning)


@pytest.mark.parametrize(
    ("interval", "objective", "more", "messages"),
    [
        ("30m", "95%", "", []),
        ("20m", "95%", "", ["with runs 20m apart, any 3 that fail within 1h alert for this objective"]),
        ("40m", "95%", "", ["with runs 40m apart, any 3 that fail within 6h alert for this objective"]),
        ("6h", "90%", "", ["with runs 6h apart, any 3 that fail within 1d alert for this objective"]),
        ("179m", "50%", "severity: page, ", []),
        (
            "3h",
            "50%",
            "severity: page, ",
            ["with runs 3h apart, this objective never pages: it takes 3 failed runs within 6h"],
        ),
        ("3h", "50%", "", []),
        (
            "36h",
            "99%",
            "",
            ["with runs 1d12h apart, no alert for this objective can fire: it takes 3 failed runs within 3d"],
        ),
    ],
)
def test_what_the_alerts_make_of_an_objective(
    interval: str, objective: str, more: str, messages: list[str]
) -> None:
    assert messages == warned(interval, objective, more)


def test_an_objective_beyond_what_can_be_measured_is_warned_of_at_its_place() -> None:
    text = "version: 1\nprobes: {a: {slo: {availability: 99.995%}, http: {url: x}, expect: {body: x}}}"
    [warning] = loaded(text).warnings
    assert (2, 19, "shorten the interval to 864ms") == (warning.line, warning.column, warning.hint)


def seconds(window: str) -> float:
    return float(window[:-1]) * {"m": 60, "h": 3600, "d": 86400}[window[-1]]


@pytest.mark.parametrize("burn", FAST + SLOW, ids=lambda burn: burn.long)
def test_what_is_said_is_true_of_the_rules(burn: Burn) -> None:
    """In a window full of runs of which three failed, the rule's condition holds on one side only."""
    for budget in (0.0005, 0.005, 0.05):
        longest = burn.factor * seconds(burn.long) * budget / LEAST_FAILURES
        for interval, enough in ((longest * 0.99, False), (longest * 1.01, True)):
            runs = seconds(burn.long) / interval
            assert enough == (LEAST_FAILURES / runs / budget > burn.factor)
