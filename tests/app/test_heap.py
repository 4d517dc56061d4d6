"""What was large is given back when it is freed, however often."""

import ctypes
import subprocess
import sys

import pytest

from checker.app.heap import give_back

ROUNDS = """
import sys
from pathlib import Path
from checker.app.heap import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

if sys.argv[1] == "set":
    give_back()
for _ in range(3):
    bytearray(b"x" * (24 << 20))
before = resident()
held = [bytearray(b"x" * (2 << 20)) for _ in range(8)]
last = bytearray(b"x" * 1000)
del held
print(resident() - before)
"""


def left(how: str) -> int:
    """Return how many bytes of 16 MiB stay with a process, below something small that it still needs."""
    return int(subprocess.check_output([sys.executable, "-c", ROUNDS, how]))


def test_what_was_large_is_given_back() -> None:
    assert left("set") < 1 << 20


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _name: object())
    give_back()
