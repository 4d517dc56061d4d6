"""Metric families as text: the two formats, which of them a client gets, and slices that leave the loop free.

The stock renderer takes two seconds for a large estate and holds the event loop while it does. Here the labels of a
probe are escaped once and kept, lines are put together without any intermediate objects, and rendering
pauses every few milliseconds.

The formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and
https://prometheus.io/docs/specs/om/open_metrics_spec/.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from prometheus_client import exposition
from prometheus_client.openmetrics import exposition as openmetrics_exposition
from prometheus_client.registry import Collector

from checker.board.snapshot import ProbeView, Snapshot
from checker.engine.plan import PlannedProbe
from checker.surfaces.pacing import paced

T = TypeVar("T")

TEXT = exposition.CONTENT_TYPE_PLAIN_0_0_4
OPENMETRICS = openmetrics_exposition.CONTENT_TYPE_LATEST

_CHUNK = 50  # probes between two looks at the clock
_TOGETHER = 4  # families that are made of a probe while it is at hand; held until all probes had their turn
_SUFFIXES = {"counter": "_total", "info": "_info"}


@dataclass(frozen=True, slots=True)
class Family:
    """One metric. `samples(view, labels)` returns all of a probe's lines, or "" where it has none.

    `name` is without the suffix that OpenMetrics gives to the samples of a counter or an info.
    """

    name: str
    type: str
    help: str
    samples: Callable[[ProbeView, str], str]


def negotiate(accept: str) -> tuple[bool, str]:
    """Return whether to answer in OpenMetrics, and the content type, for an Accept header.

    The rules are prometheus_client's; the versions are those that are written here.
    """
    try:
        _, wanted = exposition.choose_encoder(accept)
    except TypeError:  # it cannot compare a version that is no number
        return False, TEXT
    openmetrics = wanted.startswith("application/openmetrics-text")
    return openmetrics, OPENMETRICS if openmetrics else TEXT


def escape(value: str) -> str:
    """Return a label's value as it stands between its quotes, in both formats."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


class Exposition:
    """Renders snapshots; keeps the escaped labels of each probe from one scrape to the next."""

    def __init__(self) -> None:
        self._keys: tuple[str, ...] = ()
        self._labels: dict[str, tuple[PlannedProbe, str]] = {}

    def render(
        self, snapshot: Snapshot, families: Sequence[Family], own: Collector | None, *, openmetrics: bool
    ) -> AsyncIterator[bytes]:
        """Yield the whole answer in slices, letting everything else in the loop run between them.

        `own` are the checker's metrics about itself; None leaves them out, as for a single run.
        """
        return paced(self.pieces(snapshot, families, own, openmetrics=openmetrics))

    def pieces(
        self, snapshot: Snapshot, families: Sequence[Family], own: Collector | None, *, openmetrics: bool
    ) -> Iterator[str]:
        """Yield the same text, not encoded, in pieces that each take well under a millisecond."""
        rows: list[tuple[ProbeView, str]] = []
        for chunk in _chunks(snapshot.probes.values()):
            rows += [(view, self._labelled(view.probe, snapshot.label_keys)) for view in chunk]
            yield ""
        for group in _chunks(families, _TOGETHER):
            texts = [[header(family, openmetrics=openmetrics)] for family in group]
            for labelled in _chunks(rows):
                for family, text in zip(group, texts, strict=True):
                    text.append("".join([family.samples(view, labels) for view, labels in labelled]))
                yield ""
            while texts:
                yield from texts.pop(0)
        self._forget(snapshot)
        yield own_text(own, openmetrics=openmetrics)

    def _labelled(self, probe: PlannedProbe, keys: tuple[str, ...]) -> str:
        if keys != self._keys:
            self._keys, self._labels = keys, {}
        known = self._labels.get(probe.name)
        if known is None or known[0] is not probe:
            known = self._labels[probe.name] = (probe, _labels(probe, keys))
        return known[1]

    def _forget(self, snapshot: Snapshot) -> None:
        if len(self._labels) > len(snapshot.probes):
            self._labels = {name: kept for name, kept in self._labels.items() if name in snapshot.probes}


def _labels(probe: PlannedProbe, keys: tuple[str, ...]) -> str:
    named = [("probe", probe.name), *((key, probe.labels.get(key, "")) for key in keys)]
    return ",".join(f'{key}="{escape(value)}"' for key, value in named)


def _chunks(items: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    remaining = iter(items)
    while chunk := list(islice(remaining, size)):
        yield chunk


def header(family: Family, *, openmetrics: bool) -> str:
    """Return the HELP and TYPE lines; the text format names them after the sample, and has no type info."""
    if openmetrics:
        return f"# HELP {family.name} {escape(family.help)}\n# TYPE {family.name} {family.type}\n"
    name = family.name + _SUFFIXES.get(family.type, "")
    told = family.help.replace("\\", r"\\").replace("\n", r"\n")
    return f"# HELP {name} {told}\n# TYPE {name} {'gauge' if family.type == 'info' else family.type}\n"


def own_text(own: Collector | None, *, openmetrics: bool) -> str:
    """Return the metrics about the checker itself and, in OpenMetrics, the end mark."""
    if own is None:
        return "# EOF\n" if openmetrics else ""
    if not openmetrics:
        return exposition.generate_latest(own).decode()
    text: bytes = openmetrics_exposition.generate_latest(own)  # type: ignore[no-untyped-call]  # untyped there
    return text.decode()
