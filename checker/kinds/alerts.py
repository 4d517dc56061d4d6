"""Alarms as CloudWatch and Alertmanager tell them, as one thing: pure, out of their documents."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker.assertions.explain import shorten
from checker.assertions.values import parse_timestamp
from checker.core.duration import format_duration
from checker.net.aws.asking import bounded, written

ACTIVE, SILENCED, INHIBITED = "active", "silenced", "inhibited"

TOLD = 3
"""Alarms that a message names."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm that is on. `since` in seconds since the epoch; None: its source does not tell."""

    name: str
    since: float | None
    reason: str
    state: str = ACTIVE
    labels: Mapping[str, str] = field(default_factory=dict)
    lasts: bool = True  # nothing but people ends it, so that it may become stale

    def age(self, now: float) -> float | None:
        """Return for how many seconds it has been on."""
        return None if self.since is None else max(0.0, now - self.since)

    def document(self, now: float) -> dict[str, object]:
        """Return it as JSON has it: its age in whole seconds, the time as RFC 3339 has it."""
        age = self.age(now)
        return {
            "name": self.name,
            "since": written(self.since),
            "age": None if age is None else int(age),
            "reason": self.reason,
            "state": self.state,
            "labels": dict(self.labels),
        }

    @property
    def title(self) -> str:
        """How a message names it: its name, and the labels that tell it from others of that name."""
        if not self.labels:
            return shorten(self.name, 80)
        inner = ", ".join(f'{key}="{value}"' for key, value in sorted(self.labels.items()))
        return shorten(f"{self.name}{{{inner}}}", 80)


def sentence(stale: list[Alarm], limit: float, now: float) -> str:
    """Return what is wrong with alarms that have been on for too long."""
    named = [f"{alarm.title} for {_rounded(alarm.age(now) or 0.0)}" for alarm in stale[:TOLD]]
    if len(stale) > TOLD:
        named.append(f"and {len(stale) - TOLD} more")
    return f"{len(stale)} in alarm for more than {format_duration(limit)}: {', '.join(named)}"


def _rounded(seconds: float) -> str:
    """Return a duration in whole hours, from two days on in whole days: nobody cares for more."""
    unit = 86400 if seconds >= 2 * 86400 else 3600 if seconds >= 2 * 3600 else 1
    return format_duration(seconds // unit * unit)


# CloudWatch


def of_cloudwatch(found: Iterable[Mapping[str, Any]]) -> Iterator[Alarm]:
    """Yield those of CloudWatch's alarms that are in ALARM.

    `StateTransitionedTimestamp` is when that began; `StateUpdatedTimestamp`, which stands for it where it is missing,
    may be later. Actions that are switched off stay so: such an alarm lasts all the same.
    """
    for one in found:
        if one.get("StateValue") == "ALARM":
            began = one.get("StateTransitionedTimestamp") or one.get("StateUpdatedTimestamp")
            yield Alarm(
                str(one.get("AlarmName")),
                _seconds(began),
                bounded(one.get("StateReason")) or "",
                _state_of_actions(one),
            )


def _state_of_actions(one: Mapping[str, Any]) -> str:
    if one.get("ActionsSuppressedBy"):
        return INHIBITED
    return SILENCED if one.get("ActionsEnabled") is False else ACTIVE


# Alertmanager


def of_alertmanager(found: Iterable[Any]) -> Iterator[Alarm]:
    """Yield the alerts of an answer of `/api/v2/alerts`; raises ValueError for what is none.

    What is silenced or inhibited does not last: a silence has an end, and what inhibits is an alert itself.
    """
    for one in found:
        try:
            labels, status = one["labels"], one["status"]
            state = _state(status["state"], status.get("silencedBy"), status.get("inhibitedBy"))
            yield Alarm(
                name=labels.get("alertname", "an alert without a name"),
                since=_seconds(one["startsAt"]),
                reason=bounded(_annotation(one.get("annotations") or {})) or "",
                state=state,
                labels={key: value for key, value in labels.items() if key != "alertname"},
                lasts=state == ACTIVE,
            )
        except (KeyError, TypeError, AttributeError):
            raise ValueError("an alert lacks labels, status or startsAt") from None


def _state(state: object, silenced_by: object, inhibited_by: object) -> str:
    if silenced_by:
        return SILENCED
    if inhibited_by:
        return INHIBITED
    return SILENCED if state == "suppressed" else ACTIVE  # by a time interval, which has an end too


def _annotation(annotations: Mapping[str, Any]) -> object:
    return next(
        (annotations[key] for key in ("summary", "description", "message") if annotations.get(key)), ""
    )


def _seconds(text: object) -> float | None:
    try:
        return parse_timestamp(str(text))
    except ValueError:
        return None
