"""`make bench` in its short form: that it works, and what it makes of what it has measured. Never a time."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.goals import guard, page, profile
from benchmarks.goals.bare import Bare
from benchmarks.goals.figures import Row, Spread, percentile
from benchmarks.goals.guard import Count
from benchmarks.goals.ours import Told
from checker.core.reason import Phase
from checker.core.trace import Trace

ROOT = Path(__file__).parents[2]


@pytest.mark.needs("nginx", "prometheus-blackbox-exporter", "strace", "taskset", "wrk")
@pytest.mark.timeout(900)
def test_every_comparison_yields_its_rows_in_the_short_form() -> None:
    page_before = (ROOT / "docs/performance.md").read_bytes()
    command = [sys.executable, "-m", "benchmarks", "--short"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    told = ended.stdout.splitlines()
    assert 16 + 2 * 3 + 2 + 2 == len(told), ended.stdout
    assert (ROOT / "docs/performance.md").read_bytes() == page_before


def test_a_row_is_met_on_the_right_side_of_its_limit() -> None:
    assert Row("a", "≤ 1", "1", 1.0, 1.0).met
    assert not Row("a", "≤ 1", "1.1", 1.1, 1.0).met
    assert Row("a", "≥ 1", "1.1", 1.1, 1.0, at_least=True).met
    assert not Row("a", "≥ 1", "0.9", 0.9, 1.0, at_least=True).met


def test_a_spread_tells_its_median_and_its_ends() -> None:
    assert Spread((3.0, 1.0, 2.0)).told(1) == "2.0 (1.0–3.0)"
    assert Spread((3.0,)).told(1) == "3.0"


def test_a_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0


def test_runs_that_did_not_pass_or_were_left_out_are_not_measured() -> None:
    lags = {0.01: 98.0, 0.05: 99.0, float("inf"): 100.0}
    assert Told({"pass": 100}, 0, lags).clean
    assert not Told({"pass": 99, "fail": 1}, 0, lags).clean
    assert not Told({"pass": 100}, 1, lags).clean
    assert not Told({"pass": 0}, 0, lags).clean
    assert 0.25 == Told({"pass": 75, "fail": 15, "error": 10}, 0, lags).failed
    assert 0 == Told({"pass": 100}, 1, lags).failed  # what did not run cost nothing
    assert Told({"pass": 100}, 0, lags).lag(0.99) == 0.05


def test_a_count_that_grows_by_more_than_noise_is_a_regression() -> None:
    assert Count("calls", 100, 104).regressed
    assert not Count("calls", 100, 102).regressed
    assert not Count("calls", None, 103).regressed


def test_the_kept_counts_name_what_is_counted() -> None:
    assert {
        f"{what}, {scheme}" for scheme in ("plain", "TLS") for what in ("instructions", "system calls")
    } <= {count.what for count in guard.compared({"plain": _COUNTS, "TLS": _COUNTS}) if count.kept}


_COUNTS = {"instructions": 1.0, "system calls": 1.0}


def test_figures_take_the_place_of_the_old_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = tmp_path / "page.md"
    written.write_text((ROOT / "docs/performance.md").read_text())
    monkeypatch.setattr(page, "PAGE", written)
    parts = {"plain HTTP": {"the kernel": 0.25}, "TLS": {"the handshake": 0.6, "the kernel": 0.1}}
    alone = {"TLS": Bare(Spread((0.0006,)), Spread((0.0012,)), Spread((0.5,)))}
    page.write([Row("old", "≤ 1", "2", 2.0, 1.0)], [Count("calls", 100, 104)], parts, alone, 5)
    page.write([Row("what", "≤ 1", "2", 2.0, 1.0, "of this")], [Count("calls", 100, 104)], parts, alone, 5)
    text = written.read_text()
    assert "| what | ≤ 1 | 2 | of this | **missed** |" in text
    assert "| calls | 100 | 104 | +4.0% |" in text
    assert "| the kernel | 25% | 10% |\n| the handshake | 0% | 60% |" in text
    assert "| TLS | 0.50 ×: 600 µs against 1200 µs |" in text
    assert "old" not in text.partition("<!-- begin goals -->")[2].partition("<!-- end goals -->")[0]
    assert text.startswith("# Performance")


def test_what_is_at_work_is_told_by_the_innermost_part() -> None:
    seen: Counter[str] = Counter()

    def look() -> float:
        profile.note(sys._getframe(), seen)
        return 0.0

    look()
    assert {profile.OTHER: 1} == seen
    seen.clear()
    Trace(now=look).start(Phase.WAIT)  # called from within the product
    assert {"run, outcome, board": 1} == seen
