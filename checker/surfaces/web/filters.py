"""Which probes a reader wants to see, as it stands in the URL: `?state=down&label=env=prod&q=search`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from checker.board.snapshot import ProbeView
from checker.core.reason import State
from checker.surfaces.web.marks import Mark

PARAMETERS = ("label", "mark", "q", "state")
THEMES = ("light", "dark")

Query = Iterable[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked for. A probe has to satisfy all of it; of several marks or states one is enough.

    `marks` is the word that a probe is shown under, `states` its debounced state: a masked probe may be down.
    """

    marks: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    text: str = ""
    page: int = 1
    theme: str = ""

    @classmethod
    def parse(cls, query: Query) -> Self:
        """Read a query string's pairs. A parameter that is unknown is ignored; see `unknown_parameters`."""
        pairs = tuple(query)
        return cls(
            marks=tuple(value for key, value in pairs if key == "mark"),
            states=tuple(value for key, value in pairs if key == "state"),
            labels=tuple(_label(value) for key, value in pairs if key == "label" and "=" in value),
            text=_last(pairs, "q").strip(),
            page=_page(_last(pairs, "page")),
            theme=theme if (theme := _last(pairs, "theme")) in THEMES else "",
        )

    def admits(self, mark: Mark, view: ProbeView) -> bool:
        """Whether a probe is wanted."""
        if (self.marks and mark not in self.marks) or (self.states and view.state not in self.states):
            return False
        labels = view.probe.labels
        if any(labels.get(key) != value for key, value in self.labels):
            return False
        return not self.text or self._reads(view)

    def _reads(self, view: ProbeView) -> bool:
        probe, last = view.probe, view.last
        reason = (last.reason or "") if last else ""
        labels = (f"{key}={value}" for key, value in probe.labels.items())
        told = " ".join((probe.name, probe.description, probe.owner, reason, *labels)).casefold()
        return all(word in told for word in self.text.casefold().split())

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.marks or self.states or self.labels or self.text)

    def query(self) -> str:
        """Return the query string, with its `?`, or "" where nothing is asked for."""
        pairs = [
            *(("mark", mark) for mark in self.marks),
            *(("state", state) for state in self.states),
            *(("label", f"{key}={value}") for key, value in self.labels),
            ("q", self.text),
            ("page", str(self.page) if self.page > 1 else ""),
            ("theme", self.theme),
        ]
        encoded = urlencode([(key, value) for key, value in pairs if value])
        return f"?{encoded}" if encoded else ""

    def toggled(self, mark: Mark) -> Self:
        """Return the filter with one mark more, or less; on its first page."""
        marks = tuple(one for one in self.marks if one != mark)
        return replace(self, marks=marks if mark in self.marks else (*marks, mark.value), page=1)

    def without_label(self, label: tuple[str, str]) -> Self:
        """Return the filter without one of its labels; on its first page."""
        return replace(self, labels=tuple(one for one in self.labels if one != label), page=1)

    def with_label(self, label: tuple[str, str]) -> Self:
        """Return the filter with one label more; on its first page."""
        others = self.without_label(label)
        return replace(others, labels=(*others.labels, label))

    def on_page(self, page: int) -> Self:
        """Return the same filter, on another page."""
        return replace(self, page=page)

    def emptied(self) -> "Filter":
        """Return the filter that leaves nothing out."""
        return Filter(theme=self.theme)


def unknown_parameters(query: Query) -> Iterator[str]:
    """Yield a sentence for each parameter that asks for nothing that there is."""
    for key, _ in query:
        if key not in PARAMETERS:
            yield f"There is no parameter {key[:80]!r}. There are {_listed(PARAMETERS)}."


def unknown_values(query: Query, label_keys: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each value that no probe can ever have: what it finds would look like good news."""
    for key, value in query:
        known = {"mark": tuple(Mark), "state": tuple(State)}.get(key)
        if known and value not in known:
            yield f"There is no {key} {value[:80]!r}. There are {_listed(known)}."
        elif key == "label":
            yield from _unknown_label(value, label_keys)


def _unknown_label(text: str, label_keys: Sequence[str]) -> Iterator[str]:
    name, equals, _ = text.partition("=")
    if not equals:
        yield f"A label is asked for as label=name=value, not as {text[:80]!r}."
    elif name not in label_keys:
        known = f"There are {_listed(label_keys)}." if label_keys else "There are none."
        yield f"There is no label {name[:80]!r}. {known}"


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last


def _label(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def _last(pairs: tuple[tuple[str, str], ...], wanted: str) -> str:
    return next((value for key, value in reversed(pairs) if key == wanted), "")


def _page(text: str) -> int:
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 7 else 1
