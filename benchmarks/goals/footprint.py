"""What the process itself takes: memory with a hundred probes, CPU to its first completed probe and to check a file."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import SERVE, checker, search
from benchmarks.goals.peers import Site, blackbox
from benchmarks.goals.processes import free_port
from benchmarks.validate import written_out

PROBES = 100


def rows(effort: Effort, target: Site) -> list[Row]:
    """Measure all three."""
    return [_memory(effort, target), _start(effort, target), _validate(effort)]


def _memory(effort: Effort, target: Site) -> Row:
    with checker(search(target.plain, "200ms", PROBES)) as one:
        time.sleep(effort.seconds(14.0))  # until the history of each probe is full
        one.told()
        mine = one.process.resident()
    with blackbox(target.ca) as other:
        other.load("plain", target.plain, effort.seconds(3.0))
        theirs = other.process.resident()
    return Row(
        f"RSS of `serve` with {PROBES} HTTP probes",
        "≤ 56 MiB",
        f"{mine:.1f} MiB",
        mine,
        56,
        f"blackbox_exporter {theirs:.1f} MiB",
    )


def _start(effort: Effort, target: Site) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "checks.yaml")
        config.write_text(json.dumps(search(target.plain, "100ms", 1)))
        spent = Spread.of(_first(config) * 1e3 for _ in range(effort.pairs))
    return Row("Start to first completed probe, CPU", "≤ 600 ms", f"{spent.told()} ms", spent.median, 600)


def _first(config: Path) -> float:
    """Return the seconds of CPU from the start of the process until the log tells of the first run."""
    command = [*SERVE, str(config), "--log-outcomes", "--listen", f"127.0.0.1:{free_port()}"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    assert process.stderr
    for line in process.stderr:
        if json.loads(line)["event"] == "run":
            break
    else:
        sys.exit("The checker ended without a run.")
    stat = Path("/proc", str(process.pid), "schedstat").read_text()
    process.kill()
    process.wait()
    process.stderr.close()
    return int(stat.split()[0]) / 1e9


def _validate(effort: Effort) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "checks.yaml")
        config.write_text(written_out())
        command = [sys.executable, "-m", "checker", "validate", str(config)]
        spent = Spread.of(_cpu(command) * 1e3 for _ in range(effort.pairs))
    return Row("`validate` of 1,000 probes, CPU", "≤ 1,500 ms", f"{spent.told()} ms", spent.median, 1500)


def _cpu(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
