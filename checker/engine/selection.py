"""Which probes a command is about: by name, by the name they were expanded from, by a glob, and by label."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from checker.core.errors import ConfigurationError


class Labelled(Protocol):
    """A probe, as configured or as planned."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The user's labels."""


P = TypeVar("P", bound=Labelled)


def select(probes: Mapping[str, P], names: Sequence[str], labels: Sequence[str] = ()) -> tuple[P, ...]:
    """Return the probes that `names` speak of (none: all) and that have all `labels` (`key=value`), in their order.

    Raises ConfigurationError for a name that speaks of no probe, a label that is not `key=value`, or where
    nothing is left: a command that did nothing must not look like one that found nothing wrong.
    """
    wanted = [_label(text) for text in labels]
    matched = {name for text in names for name in _matches(text, probes)} if names else set(probes)
    chosen = tuple(probe for name, probe in probes.items() if name in matched and _has(probe, wanted))
    if not chosen:
        what = f"no probe has the labels {', '.join(labels)}" if labels else "there are no probes"
        raise ConfigurationError(f"{what}; `checker list` shows what there is")
    return chosen


def _matches(text: str, probes: Iterable[str]) -> tuple[str, ...]:
    found = tuple(name for name in probes if _matches_name(text, name))
    if not found:
        near = get_close_matches(text, list(probes), n=1)
        hint = f"did you mean {near[0]}?" if near else "`checker list` shows what there is"
        if text.endswith((".yaml", ".yml")):
            hint = f"a configuration is named by -c {text}"
        raise ConfigurationError(f"there is no probe {text!r}; {hint}")
    return found


def _matches_name(text: str, name: str) -> bool:
    return name == text or name.startswith(f"{text}/") or fnmatchcase(name, text)


def _label(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigurationError(f"{text!r} is not a label; write key=value")
    return key, value


def _has(probe: Labelled, labels: Iterable[tuple[str, str]]) -> bool:
    return all(probe.labels.get(key) == value for key, value in labels)
