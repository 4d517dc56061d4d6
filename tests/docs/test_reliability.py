"""Every promise in docs/reliability.md names tests that there are, and as many cases as they have."""

import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.docs.test_security import TEST, missing
from tests.faults.test_matrix import GROUPS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/reliability.md").read_text("utf-8")
HEAD = "| promise | tried | cases | test |\n|---|---|---|---|\n"


def rows(head: str) -> list[list[str]]:
    """Return the cells of all tables with a head."""
    tables = re.findall(re.escape(head) + r"((?:\|.*\|\n)+)", TEXT)
    return [line.strip("| ").split(" | ") for table in tables for line in table.splitlines()]


PROMISES = rows(HEAD)


@pytest.fixture(scope="module")
def cases() -> Mapping[str, int]:
    """How many cases each named test has, as pytest itself finds them."""
    files = sorted({path for path, _ in TEST.findall(TEXT)})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0", *files]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)
    found = re.findall(r"^(tests/\S+?\.py)::(?:\w+::)?(test_\w+)", done.stdout, re.MULTILINE)
    return Counter("::".join(one) for one in found)


@pytest.mark.parametrize(("promise", "tried", "number", "named"), PROMISES, ids=[row[0] for row in PROMISES])
def test_a_promise_is_held_in_as_many_cases_as_it_says(
    promise: str, tried: str, number: str, named: str, cases: Mapping[str, int]
) -> None:
    assert tried
    assert missing(named) == []
    assert int(number) == sum(cases["::".join(one)] for one in TEST.findall(named))


def test_the_matrix_has_as_many_rows_as_it_says() -> None:
    told = {name: int(number) for name, number in rows("| faults | rows |\n|---|---|\n")}
    assert told == {name: len(faults) for name, faults in GROUPS.items()}


def test_every_test_that_is_named_stands_in_a_table() -> None:
    assert len(TEST.findall(TEXT)) == sum(len(TEST.findall(row[-1])) for row in PROMISES)
    assert len(PROMISES) == TEXT.count("| `tests/")
