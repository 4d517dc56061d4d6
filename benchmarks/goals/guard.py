"""Counts what one run of a probe takes in units that do not depend on the machine's speed, and compares with the past.

`benchmarks/guard.json` has what it was when somebody last wrote it (`python -m benchmarks --accept`). Instructions are
counted by callgrind, and differ from build to build of Python and OpenSSL by a few percent.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.goals.figures import Effort
from benchmarks.goals.ours import search
from benchmarks.goals.peers import Site

KEPT = Path(__file__).parents[1] / "guard.json"
MARK = "getpriority"
TOLERATED = 0.03
"""The part by which a count may grow without being told of as a regression."""

Counts = Mapping[str, float]


@dataclass(frozen=True)
class Count:
    """One count: what it was, and what it is."""

    what: str
    kept: float | None
    now: float

    @property
    def grown(self) -> float:
        """The part by which it has grown, negative where it has become less."""
        return self.now / self.kept - 1 if self.kept else 0.0

    @property
    def regressed(self) -> bool:
        return self.grown > TOLERATED


def counts(effort: Effort, target: Site) -> dict[str, Counts]:
    """Count both schemes."""
    return {
        "plain": _counts(effort, search(target.plain, "30s", 1)),
        "TLS": _counts(effort, search(target.tls, "30s", 1, target.ca)),
    }


def compared(now: Mapping[str, Counts]) -> list[Count]:
    """Return the counts beside those that are kept."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return [
        Count(f"{what}, {scheme}", kept.get(scheme, {}).get(what), number)
        for scheme, each in now.items()
        for what, number in each.items()
    ]


def accept(now: Mapping[str, Counts]) -> None:
    """Keep the counts, for others to be compared with."""
    KEPT.write_text(json.dumps({"python": platform.python_version(), **now}, indent=2) + "\n")


def _counts(effort: Effort, document: Mapping[str, object]) -> Counts:
    with tempfile.TemporaryDirectory() as name:
        folder, runs = Path(name), effort.count(100)
        config = folder / "checks.yaml"
        config.write_text(json.dumps(document))
        command = [sys.executable, "-m", "benchmarks.goals.one_run", str(config), str(runs)]
        calls, c_calls = map(int, _run([*command, "--calls"]).split())
        counted = {
            "calls of Python functions": calls,
            "calls of C functions": c_calls,
            "system calls": _system_calls(command, folder),
        }
        if effort.pairs > 1:  # starting under callgrind takes half a minute
            counted["instructions"] = _instructions(command, folder)
        return {what: round(number / runs, 1) for what, number in counted.items()}


def _run(command: list[str]) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    ended = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if ended.returncode:
        sys.exit(f"{' '.join(command)}:\n{ended.stderr}")
    return ended.stdout


def _system_calls(command: list[str], folder: Path) -> int:
    log = folder / "strace"
    _run(["strace", "-f", "-o", str(log), *command])
    lines = log.read_text().splitlines()
    first, last = (place for place, line in enumerate(lines) if f" {MARK}(" in line)
    return last - first - 1


def _instructions(command: list[str], folder: Path) -> int:
    out = folder / "callgrind"
    _run(["valgrind", "--tool=callgrind", f"--dump-before={MARK}", f"--callgrind-out-file={out}", *command])
    between = (folder / "callgrind.2").read_text()
    found = re.search(r"^(?:totals|summary): (\d+)", between, re.MULTILINE)
    assert found
    return int(found[1])
