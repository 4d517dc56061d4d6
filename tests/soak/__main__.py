"""`make soak`: half an hour, a million runs; a report as text and as JSON. Exits with 1 where anything did not hold."""

import argparse
import asyncio
import json
import sys
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path

from tests.soak.report import LONG, text
from tests.soak.soak import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--runs", type=int, default=LONG.runs)
    parser.add_argument("--size", type=int, default=LONG.size, help="probes; fewer where the machine is slow")
    parser.add_argument("--interval", type=int, default=LONG.interval, help="milliseconds")
    parser.add_argument("--seed", type=int, default=LONG.seed, help="of what the target does")
    parser.add_argument("--report", type=Path, default=Path(".cache/soak.json"))
    asked = parser.parse_args()
    settings = replace(LONG, runs=asked.runs, size=asked.size, interval=asked.interval, seed=asked.seed)
    with tempfile.TemporaryDirectory() as directory:
        findings = asyncio.run(soak(settings, Path(directory), partial(print, file=sys.stderr, flush=True)))
    asked.report.parent.mkdir(parents=True, exist_ok=True)
    asked.report.write_text(json.dumps(findings.report, indent=2) + "\n")
    print(text(findings), f"The report: {asked.report}", sep="\n\n")
    return 1 if findings.problems else 0


if __name__ == "__main__":
    sys.exit(main())
