"""Every promise in SECURITY.md names the tests that hold it, and those are there."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text()
TEST = re.compile(r"`(tests/[a-z0-9_/]+\.py)::(test_[a-z0-9_]+)`")


def promises(text: str) -> list[tuple[str, str]]:
    """Return the rows of the tables of promises: what is promised, and by which tests."""
    tables = re.findall(r"^\| promise \| test \|\n\|---\|---\|\n((?:\|.*\|\n)+)", text, re.MULTILINE)
    rows = [line.strip("| ").split(" | ") for table in tables for line in table.splitlines()]
    return [(row[0], row[-1]) for row in rows]


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file, those in classes too."""
    tree = ast.parse((ROOT / path).read_text())
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def missing(named: str) -> list[str]:
    """Return those of the named tests that there are not; a promise without any is one as well."""
    tests = TEST.findall(named)
    if not tests or ", ".join(f"`{path}::{name}`" for path, name in tests) != named:
        return [named]
    return [name for path, name in tests if not (ROOT / path).exists() or name not in names_in(path)]


@pytest.mark.parametrize(("promise", "named"), promises(TEXT), ids=lambda value: value[:60])
def test_a_promise_is_held_by_tests_that_there_are(promise: str, named: str) -> None:
    assert promise
    assert [] == missing(named)


def test_every_section_of_the_threat_model_has_promises() -> None:
    sections = {part.partition("\n")[0]: promises(part) for part in TEXT.split("\n## ")[1:]}
    without = [name for name, rows in sections.items() if not rows]
    assert ["Who is trusted with what", "What is not promised"] == without
    assert len(TEST.findall(TEXT)) == sum(len(TEST.findall(named)) for _, named in promises(TEXT))


@pytest.mark.parametrize(
    "named",
    [
        "",
        "see the code",
        "`tests/docs/test_security.py::test_that_there_is_not`",
        "`tests/none.py::test_a`",
        "`tests/docs/test_security.py::test_it_would_be_noticed` and more",
    ],
)
def test_it_would_be_noticed(named: str) -> None:
    assert missing(named)
