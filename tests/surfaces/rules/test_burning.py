from checker.config.rules import BURN_SECONDS
from checker.surfaces.rules import burning
from checker.surfaces.rules.burning import FAST, LEAST_COVERAGE, SLOW, Burn


def test_windows_and_factors_are_those_of_the_book() -> None:
    assert (
        Burn(14.4, "1h", "5m"),
        Burn(6, "6h", "30m"),
        Burn(3, "1d", "2h"),
        Burn(1, "3d", "6h"),
    ) == FAST + SLOW


def test_validate_warns_from_where_one_failure_among_the_least_runs_burns_as_fast_as_the_fastest_page() -> (
    None
):
    assert BURN_SECONDS == FAST[0].factor * LEAST_COVERAGE * 3600


def test_every_window_is_recorded_once() -> None:
    names = [
        each.record
        for each in (*burning.fast_recordings(("instance",)), *burning.slow_recordings(("instance",)))
    ]
    assert len(names) == len(set(names))
    for burn in FAST + SLOW:
        assert f"probe:checker_probe_burn:rate{burn.long}" in names
        assert f"probe:checker_probe_unblocked_burn:rate{burn.short}" in names
