"""`checker serve` as it is measured: its configuration, its process, and what it says of itself."""

import contextlib
import json
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.goals.processes import Measured, answers, free_port, get, running, wait_until

WHILES = 5
"""How often a while is measured again in which the machine was too busy for all runs to pass."""

SERVE = (sys.executable, "-m", "checker", "serve")

_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


def search(
    url: str, interval: str, count: int, ca: Path | None = None, name: str = "works"
) -> dict[str, Any]:
    """Return checks.yaml with `count` probes that ask for the same search, and expect and capture as others would."""
    http: dict[str, Any] = {"url": url} | ({"tls": {"ca": str(ca)}} if ca else {})
    probe = {
        "matrix": {"n": list(range(count))},
        "interval": interval,
        "http": http,
        "expect": {"json": {"$.totalResults": {"gte": 1}}},
        "capture": {"work_id": {"json": "$.results[0].id"}},
    }
    return {"version": 1, "server": {"max_in_flight": 1000}, "probes": {name: probe}}


@dataclass(frozen=True)
class Told:
    """What the metrics say at a moment."""

    runs: Mapping[str, float]  # by result
    skipped: float
    lags: Mapping[float, float]  # how many runs began at most so many seconds late
    stalled: float = 0.0
    values: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def since(self, before: "Told") -> "Told":
        return Told(
            {result: count - before.runs.get(result, 0) for result, count in self.runs.items()},
            self.skipped - before.skipped,
            {bound: count - before.lags.get(bound, 0) for bound, count in self.lags.items()},
            self.stalled - before.stalled,
        )

    @property
    def all_runs(self) -> float:
        return sum(self.runs.values())

    @property
    def failed(self) -> float:
        """The share of the runs that did not pass."""
        return 1 - self.runs.get("pass", 0.0) / max(1.0, self.all_runs)

    @property
    def clean(self) -> bool:
        """Whether there were runs, all of them passed, and none was left out."""
        return self.all_runs > 0 and not self.failed and not self.skipped

    def lag(self, share: float) -> float:
        """Return an upper bound for the lag of `share` of the runs: the finest that the histogram tells."""
        total = self.lags[float("inf")]
        return min(bound for bound, count in self.lags.items() if count >= share * total)


@dataclass(frozen=True)
class Checker:
    """A checker that serves."""

    process: Measured
    base: str

    def told(self) -> Told:
        runs: dict[str, float] = {}
        lags: dict[float, float] = {}
        skipped = stalled = 0.0
        for name, labels, value in _SAMPLE.findall(get(f"{self.base}/metrics")):
            about = dict(_LABEL.findall(labels))
            if name == "checker_probe_runs_total":
                runs[about["result"]] = runs.get(about["result"], 0.0) + float(value)
            elif name == "checker_probe_runs_skipped_total":
                skipped += float(value)
            elif name == "checker_schedule_lag_seconds_bucket":
                lags[float(about["le"])] = float(value)
            elif name == "checker_event_loop_stalled_seconds_total":
                stalled = float(value)
        return Told(runs, skipped, lags, stalled)

    def watch(self, seconds: float) -> tuple[Told, float]:
        """Return what happened in a while, and the seconds of CPU that one run took."""
        begun, before = self.told(), self.process.cpu()
        time.sleep(seconds)
        spent = self.process.cpu() - before
        told = self.told().since(begun)
        return told, spent / max(1.0, told.all_runs)

    def cost(self, seconds: float) -> float:
        """Return the seconds of CPU that one run takes; in the while that counts, all of them have passed."""
        for _ in range(WHILES):
            told, spent = self.watch(seconds)
            if told.clean:
                return spent
        sys.exit("The runs of the checker do not all pass.")

    def api(self, path: str) -> Any:
        return json.loads(get(f"{self.base}/api/v1/{path}"))


@contextlib.contextmanager
def checker(
    document: Mapping[str, Any], *, core: int | None = None, command: tuple[str, ...] = SERVE
) -> Iterator[Checker]:
    """Run a checker over a configuration; it is there when every probe has run once."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        json.dump(document, config)
        config.flush()
        address = f"127.0.0.1:{free_port()}"
        with running([*command, config.name, "--listen", address], core=core) as process:
            wait_until(lambda: answers(f"http://{address}/-/ready"), every=0.1)
            yield Checker(process, f"http://{address}")
