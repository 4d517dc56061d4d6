"""Gatus' endpoints → probes."""

import re
from collections.abc import Mapping
from typing import Any

from checker.config.models import LABEL_NAME, RESERVED_LABELS
from checker.importers.gatus_kinds import KINDS, Endpoint
from checker.importers.notes import Draft, Names, Notes, Probe
from checker.importers.parts import Part
from checker.importers.places import told_by_line
from checker.importers.reading import document
from checker.importers.secrets import Secrets
from checker.importers.times import paced, seconds_of

_VARIABLE = re.compile(r"\$(?:(?P<literal>\$)|\{(?P<braced>[A-Za-z_]\w*)\}|(?P<bare>[A-Za-z_]\w*))", re.ASCII)
_FAILURES, _SUCCESSES = 3, 2  # Gatus' own thresholds of an alert
_TIMEOUT = 10.0
_INTERVAL = 60.0


@told_by_line
def gatus(text: str, name: str, secrets: Secrets) -> Draft:
    """Return a probe for each endpoint; raises Unusable."""
    root = Part(_expanded(document(text, name), secrets), name)
    notes, names = Notes(), Names()
    probes = []
    for endpoint in root.need("endpoints").items():
        title = endpoint.need("name").text()
        if not endpoint.flag_at("enabled", default=True):
            notes.lost(f"the endpoint {title}, which is not enabled")
            endpoint.whole()
            continue
        probe = _probe(endpoint, title, secrets, names, notes)
        probes += [probe] if probe else []
    for key in ("external-endpoints", "suites"):
        listed = root.get(key)
        for each in listed.items() if listed is not None else ():
            notes.lost(f"{each.text_at('name')}, one of the {key}")
            each.whole()
    notes.lost_all(path for path in root.left() if not path.startswith("endpoints["))
    return Draft(tuple(probes), notes.all)


def _expanded(value: Any, secrets: Secrets) -> Any:
    """Put references in the place of variables: `$NAME` and `${NAME}` anywhere, `$$` for a dollar."""
    if isinstance(value, Mapping):
        return {key: _expanded(item, secrets) for key, item in value.items()}
    if isinstance(value, list):
        return [_expanded(item, secrets) for item in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    return _VARIABLE.sub(
        lambda match: "$" if match["literal"] else secrets.from_variable(match["braced"] or match["bare"]),
        value,
    )


def _probe(endpoint: Part, title: str, secrets: Secrets, names: Names, general: Notes) -> Probe | None:
    notes = Notes()
    url, group = endpoint.need("url").text(), endpoint.text_at("group")
    scheme = "dns" if endpoint.get("dns") is not None else url.partition("://")[0]
    kind = KINDS.get(scheme)
    full = f"{group}-{title}" if group else title
    made = kind(Endpoint(endpoint, title, group, url, secrets, notes)) if kind else None
    if made is None:
        why = "; ".join(note.text for note in notes.all) or f"no kind speaks {scheme[:20]}"
        general.lost(f"the endpoint {full}: {why}")
        endpoint.whole()
        return None
    body: dict[str, Any] = {
        **_times(endpoint, notes),
        **_thresholds(endpoint, notes),
        **_labels(endpoint, notes),
    }
    if endpoint.get("maintenance-windows") is not None:
        notes.lost("maintenance-windows: silence the alert in Alertmanager for that time")
    endpoint.ignore("maintenance-windows")
    notes.lost_all(endpoint.left())
    return Probe(names.of(full), {**body, **made}, notes.all)


def _times(endpoint: Part, notes: Notes) -> dict[str, Any]:
    client = endpoint.get("client")
    interval = _seconds(endpoint, "interval", _INTERVAL, notes)
    timeout = _seconds(client, "timeout", _TIMEOUT, notes) if client is not None else _TIMEOUT
    return paced(interval, timeout)


def _seconds(part: Part, key: str, default: float, notes: Notes) -> float:
    text = part.text_at(key)
    seconds = seconds_of(text) if text else default
    if seconds is None:
        notes.lost(f"{key}, which is no duration")
    return seconds or default


def _thresholds(endpoint: Part, notes: Notes) -> dict[str, Any]:
    """Return how many failures it takes to be down: those of the first alert to fire."""
    listed = endpoint.get("alerts")
    alerts = list(listed.items()) if listed is not None else []
    if not alerts:
        return {}
    kinds = dict.fromkeys(alert.text_at("type", "an alert") for alert in alerts)
    notes.lost(f"alerts ({', '.join(kinds)}): Prometheus alerts, with the rules of checker rules")
    fails = [_threshold(alert, "failure-threshold", _FAILURES) for alert in alerts]
    passes = [_threshold(alert, "success-threshold", _SUCCESSES) for alert in alerts]
    for alert in alerts:
        alert.whole()
    return {"fail_after": min(fails), "recover_after": min(passes)}


def _threshold(alert: Part, key: str, default: int) -> int:
    given = alert.get(key)
    return max(1, given.number()) if given is not None else default


def _labels(endpoint: Part, notes: Notes) -> dict[str, Any]:
    labels: dict[str, str] = {}
    if group := endpoint.text_at("group"):
        labels["group"] = group
    extra = endpoint.get("extra-labels")
    for key, value in extra.entries() if extra is not None else ():
        if re.fullmatch(LABEL_NAME, key) and key not in RESERVED_LABELS:
            labels[key] = value.text()
        else:
            value.whole()
            notes.lost(f"the label {key}: the name is reserved")
    return {"labels": labels} if labels else {}
