"""The Grafana dashboards that ship, as files that Grafana reads."""

import json
from collections.abc import Iterable
from importlib.resources import files

from checker.surfaces.dashboards.fitting import Fitting, fitted

FILES = {"overview": "checker-overview.json", "probe": "checker-probe.json"}
"""The dashboards by their short names. `make dashboards` writes them."""


def dashboard(name: str, fitting: Fitting) -> str:
    """Return a dashboard of `FILES`, fitted to an estate."""
    shipped = (files("checker.surfaces.dashboards") / FILES[name]).read_text(encoding="utf-8")
    return json.dumps(fitted(json.loads(shipped), fitting), indent=2, ensure_ascii=False) + "\n"


def label_keys(labels: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return the keys of all probes' labels, each once, in the order in which they are met."""
    return tuple(dict.fromkeys(key for one in labels for key in one))
