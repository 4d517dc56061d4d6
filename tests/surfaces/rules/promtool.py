"""The real promtool over rules and their tests."""

import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path

from checker.surfaces.rules import document, unit_tests
from checker.surfaces.rules.document import Options
from checker.surfaces.rules.rule import Document
from checker.surfaces.rules.scenario import Scenario
from checker.surfaces.rules.writing import written

RULES = "checker.rules.yaml"


def check(path: Path, rules: Document) -> str:
    """Return what promtool has against a rules file; nothing, if all is well."""
    (path / RULES).write_text(written(rules, "Rules"))
    return _ran("check", "rules", "--lint-fatal", path / RULES)


def tell(path: Path, scenarios: Iterable[Scenario], change: Callable[[str], str] = str) -> str:
    """Return where the static rules, changed or not, do not do what the scenarios tell."""
    return unit_test(path, unit_tests.document(RULES, scenarios), change)


def unit_test(path: Path, tests: Document, change: Callable[[str], str] = str) -> str:
    """Return what promtool's unit tests of the static rules say that is wrong."""
    (path / RULES).write_text(change(written(document.document(Options()), "Rules")))
    (path / "tests.yaml").write_text(written(tests, "Tests"))
    return _ran("test", "rules", path / "tests.yaml")


def _ran(*arguments: object) -> str:
    done = subprocess.run(
        ["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=280, check=False
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
