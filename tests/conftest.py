"""What holds for every test: a known environment, reproducible property tests, and loud gaps."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import hypothesis.configuration
import pytest
from _pytest.terminal import TerminalReporter

from tests.machine import NOT_TESTED, cannot_run, missing_parts

hypothesis.configuration.set_hypothesis_home_dir(Path(__file__).parents[1] / ".cache" / "hypothesis")
# Shared machines are slow at times, and a test that fails must fail again.
hypothesis.settings.register_profile("checker", deadline=None, derandomize=True)
hypothesis.settings.register_profile(
    "fuzz", deadline=None, derandomize=False, max_examples=int(os.environ.get("FUZZ_EXAMPLES", "5000"))
)
hypothesis.settings.load_profile("checker")


def pytest_configure() -> None:
    """Keep clients of loopback servers away from a proxy that the machine may have."""
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,::1,localhost"
    for name in ("CHECKER_CONFIG", "CHECKER_LISTEN", "CHECKER_PUSH", "GITHUB_ACTIONS"):
        os.environ.pop(name, None)


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Give the process's log back: a command within a test takes it over, and what it tells would be kept."""
    root, own = logging.getLogger(), logging.getLogger("checker")
    handlers, levels = root.handlers[:], (root.level, own.level)
    yield
    root.handlers[:] = handlers
    root.setLevel(levels[0])
    own.setLevel(levels[1])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start what takes longest first, so that the other workers have something to do beside it."""
    items.sort(key=lambda item: item.get_closest_marker("image") is None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("needs"):
        if missing := missing_parts(marker.args, root=marker.kwargs.get("root", False)):
            cannot_run(f"it lacks {', '.join(missing)}")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    skipped = [
        (report.nodeid, report.longrepr[2].partition(NOT_TESTED)[2])
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and NOT_TESTED in report.longrepr[2]
    ]
    if skipped:
        terminalreporter.section("NOT TESTED ON THIS MACHINE", sep="!", red=True, bold=True)
    for name, reason in skipped:
        terminalreporter.line(f"{name}: {reason}", red=True)
