from checker.config import objective
from checker.core.duration import parse_duration
from checker.surfaces.rules import burning
from checker.surfaces.rules.burning import FAST, LEAST_FAILURES, SLOW, Burn


def test_windows_and_factors_are_those_of_the_book() -> None:
    assert (
        Burn(14.4, "1h", "5m"),
        Burn(6, "6h", "30m"),
        Burn(3, "1d", "2h"),
        Burn(1, "3d", "6h"),
    ) == FAST + SLOW


def test_validate_warns_of_what_these_rules_make_of_an_objective() -> None:
    assert LEAST_FAILURES == objective.LEAST_FAILURES
    assert objective.BURNS == tuple((burn.factor, parse_duration(burn.long)) for burn in FAST + SLOW)
    assert objective._PAGES == parse_duration(FAST[-1].long)


def test_every_window_is_recorded_once() -> None:
    names = [
        each.record
        for each in (*burning.fast_recordings(("instance",)), *burning.slow_recordings(("instance",)))
    ]
    assert len(names) == len(set(names))
    for burn in FAST + SLOW:
        assert f"probe:checker_probe_burn:rate{burn.long}" in names
        assert f"probe:checker_probe_unblocked_burn:rate{burn.short}" in names
