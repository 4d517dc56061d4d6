"""What `checker run` leaves for Prometheus, which only scrapes what lasts: a text for node_exporter or a Pushgateway.

It has what is known after one run, and no more: counters would begin anew with every run, and an interval says when a
schedule is late, which is not kept here.
"""

import re

from checker.board.snapshot import Snapshot
from checker.core.errors import ConfigurationError

_DEFAULT_GROUP = "/metrics/job/checker"
_OF_A_SCHEDULE = "checker_probe_interval_seconds"
_TIMEOUT = 10.0  # seconds
_LONGEST_ANSWER = 300  # characters of it that are shown


def metrics(snapshot: Snapshot) -> str:
    """Return what is known of each probe, in Prometheus' text format."""
    from checker.surfaces.exposition import Exposition
    from checker.surfaces.metrics import families

    kept = tuple(
        family
        for family in families(snapshot)
        if family.type in ("gauge", "info") and family.name != _OF_A_SCHEDULE
    )
    return "".join(Exposition().pieces(snapshot, kept, None, openmetrics=False))


def check_gateway(url: str) -> None:
    """Raise ConfigurationError for what cannot be the address of a Pushgateway."""
    import httpx

    try:
        parsed = httpx.URL(url)
        good = parsed.scheme in ("http", "https") and parsed.host and not (parsed.query or parsed.fragment)
    except httpx.InvalidURL:
        good = False
    if not good:
        raise ConfigurationError(
            "--push wants the URL of a Pushgateway, http://HOST:PORT or, with a group of your own, "
            f"http://HOST:PORT/metrics/job/NAME, not {_without_login(url)!r}"
        )


def push(url: str, text: str) -> None:
    """Replace what a group of a Pushgateway holds; raises ConfigurationError.

    The group is the URL's own (`…/metrics/job/NAME/LABEL/VALUE`), else the job `checker`. A user and a password in
    the URL are sent as basic authentication, and shown nowhere.
    """
    import httpx

    address = url.rstrip("/")
    group = address if "/metrics/job" in httpx.URL(address).path else f"{address}{_DEFAULT_GROUP}"
    try:
        answer = httpx.put(group, content=text, timeout=_TIMEOUT, trust_env=False)
    except httpx.HTTPError as error:
        raise ConfigurationError(f"cannot push to {_without_login(group)}: {_why(error)}") from error
    if not answer.is_success:
        raise ConfigurationError(
            f"cannot push to {_without_login(group)}: it answers {answer.status_code}{_said(answer.text)}"
        )


def _why(error: Exception) -> str:
    """Return httpx's words without what the machine, or the parser of HTTP, calls it."""
    if str(error).startswith("illegal "):
        return "what answers does not speak HTTP"
    return re.sub(r"^\[Errno -?\d+\] ", "", str(error)) or type(error).__name__


def _said(text: str) -> str:
    from checker.surfaces.printable import line

    told = line(" ".join(text.split()))
    return f", {told[:_LONGEST_ANSWER]}" if told else ""


def _without_login(url: str) -> str:
    """Return a URL, or what was meant to be one, without all that may be a user and a password."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}" if separator else url.rpartition("@")[2]
