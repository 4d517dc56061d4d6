"""What checkers would export over time, in promtool's notation: the material of the rules' own tests.

Time is counted in samples, one a minute.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from checker.core.reason import Result, Severity, State

Stretch = tuple[str, int]
"""Something that holds for a number of samples: a state, a value, or GONE."""

GONE = "gone"
JOB = "checker"
OWNER = "web"


def named(metric: str, **labels: str) -> str:
    """Return a series with its labels."""
    inside = ",".join(f"{key}={json.dumps(value)}" for key, value in sorted(labels.items()) if value)
    return f"{metric}{{{inside}}}"


def timeline(stretches: Sequence[Stretch]) -> str:
    """Return the samples of a series that keeps a value for a while, then another."""
    parts = [
        f"{value}+0x{count - 1}" if value != GONE else _absent(count, first=place == 0)
        for place, (value, count) in enumerate(stretches)
    ]
    return " ".join(parts)


def _absent(count: int, *, first: bool) -> str:
    return f"_x{count}" if first else " ".join(["stale", *([f"_x{count - 1}"] if count > 1 else [])])


@dataclass(frozen=True, slots=True)
class Copy:
    """One probe on one copy of a checker, that runs it twice a minute.

    `states` decide what is exported of it. `rates` are results a minute; `failed`, where it is given, the
    number of failed runs so far.
    """

    states: Sequence[Stretch]
    probe: str = "search"
    instance: str = "a:10460"
    severity: Severity = Severity.PAGE
    interval: float = 30.0
    objective: float | None = None
    shallow: bool | None = None  # what the platform's own check says
    blocked: Sequence[Stretch] = ()
    rates: Mapping[Result, float] = field(default_factory=lambda: {Result.PASS: 2.0})
    failed: Sequence[Stretch] = ()
    stuck: bool = False  # it never runs again

    def at(self, instance: str) -> "Copy":
        """Return the same on another copy."""
        return replace(self, instance=instance)

    def counted(self) -> dict[str, str]:
        """Return no more than what counting copies needs, for fleets of hundreds."""
        info = {"severity": self.severity.value, "owner": OWNER, "kind": "http"}
        return {
            self._name("checker_probe_info", **info): self._throughout("1"),
            **{self._state(state): self._while_in(state) for state in (State.UP, State.DOWN)},
        }

    def series(self) -> dict[str, str]:
        """Return all that rules read of it."""
        settings = {
            "interval_seconds": self.interval,
            "timeout_seconds": 10.0,
            "slo_objective_ratio": self.objective,
        }
        gauges = {
            name: self._throughout(f"{value:g}") for name, value in settings.items() if value is not None
        }
        if self.shallow is not None:
            gauges["shallow_success"] = self._throughout(str(int(self.shallow)))
        if self.blocked:
            gauges["blocked"] = timeline(self.blocked)
        gauges["last_run_timestamp_seconds"] = self._growing(0 if self.stuck else 60, clock=True)
        return {
            self._name("checker_build_info", probe="", version="1"): self._throughout("1"),
            **self.counted(),
            **{self._state(state): self._while_in(state) for state in State},
            **{self._name(f"checker_probe_{name}"): values for name, values in gauges.items()},
            **{self._runs(result): self._growing(self.rates.get(result, 0)) for result in Result},
            **({self._runs(Result.FAIL): timeline(self.failed)} if self.failed else {}),
        }

    def _while_in(self, state: State) -> str:
        return timeline(
            [(now if now == GONE else str(int(now == state)), count) for now, count in self.states]
        )

    def _throughout(self, value: str) -> str:
        return timeline([(now if now == GONE else value, count) for now, count in self._presence()])

    def _growing(self, step: float, *, clock: bool = False) -> str:
        """Return a counter, which starts at 0 wherever the copy appears; or a clock, which goes on."""
        parts, minute = [], 0
        for now, count in self._presence():
            start = minute * step if clock else 0
            growing = f"{start:g}+{step:g}x{count - 1}"
            parts.append(growing if now != GONE else _absent(count, first=minute == 0))
            minute += count
        return " ".join(parts)

    def _presence(self) -> Sequence[Stretch]:
        """Return for how long the copy was there or gone, whatever its state."""
        merged: list[Stretch] = []
        for now, count in self.states:
            value = GONE if now == GONE else "there"
            if merged and merged[-1][0] == value:
                merged[-1] = (value, merged[-1][1] + count)
            else:
                merged.append((value, count))
        return merged

    def _state(self, state: State) -> str:
        return self._name("checker_probe_state", state=state.value)

    def _runs(self, result: Result) -> str:
        return self._name("checker_probe_runs_total", result=result.value)

    def _name(self, metric: str, **labels: str) -> str:
        return named(metric, **{"job": JOB, "instance": self.instance, "probe": self.probe, **labels})
