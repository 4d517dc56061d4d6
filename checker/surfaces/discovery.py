"""What a Prometheus that drives the checker is told to scrape: every probe as a target of its own (http_sd).

All that belongs to a probe (its interval, its timeout, its labels) comes from here, so that a Prometheus needs one
scrape configuration for any number of probes, and hands each to whichever checker it reaches.

The format: https://prometheus.io/docs/prometheus/latest/http_sd/.
"""

from collections.abc import Mapping
from math import floor

from checker.engine.plan import PlannedProbe

MARGIN = 0.5
"""Seconds before the end of a scrape in which a run has to be over, so that its answer still arrives."""

_WAY = 0.5  # seconds more, for the way there and back


def target(probe: PlannedProbe, address: str) -> dict[str, object]:
    """Return a probe as a target that is scraped at `address`, of a checker or of a pool of them."""
    return {"targets": [address], "labels": _labels(probe)}


def after_main(probe: PlannedProbe) -> float:
    """Return how many seconds the probe's clean-ups may take after its timeout."""
    return probe.cleanup_timeout if any(step.always for step in probe.steps) else 0.0


def _labels(probe: PlannedProbe) -> Mapping[str, str]:
    """A target whose scrape timeout is above its interval is refused by Prometheus."""
    longest = probe.timeout + after_main(probe) + MARGIN + _WAY
    return {
        **probe.labels,
        "probe": probe.name,
        "__metrics_path__": "/probe",
        "__param_probe": probe.name,
        "__scrape_interval__": _duration(probe.interval),
        "__scrape_timeout__": _duration(min(longest, probe.interval)),
    }


def _duration(seconds: float) -> str:
    """Return a duration as Prometheus reads it, which knows no fractions; rounded down, as the timeout must be."""
    milliseconds = floor(seconds * 1000 + 1e-6)
    return f"{milliseconds // 1000}s" if milliseconds % 1000 == 0 else f"{milliseconds}ms"
