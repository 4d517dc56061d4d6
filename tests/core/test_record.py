import subprocess
import sys
from pathlib import Path

import pytest

from checker.core.record import record

SPOILING = """
from checker.core.outcome import Verdict

def spoil(one: Verdict) -> None:
    one.seen = ''
"""


@record(frozen=True, slots=True)
class Point:
    x: int
    y: int = 2


def test_records_are_equal_and_hashed_by_their_fields() -> None:
    assert Point(1) == Point(1, 2)
    assert {Point(1)} == {Point(1, 2)}
    assert Point(1) != Point(2)
    with pytest.raises(AttributeError):
        Point(1).z = 3  # type: ignore[attr-defined]


def test_mypy_finds_whoever_changes_one(tmp_path: Path) -> None:
    changing = tmp_path / "changing.py"
    changing.write_text(
        "from checker.core.outcome import Verdict\n\ndef spoil(one: Verdict) -> None:\n    one.seen = ''\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path), str(changing)]
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert 'Property "seen" defined in "Verdict" is read-only' in said
