"""HTTP Archive 1.2 of a run: one page a probe, one entry an exchange, for any tool that reads HAR.

The format: http://www.softwareishard.com/blog/har-12-spec/. Times are in milliseconds; -1 stands for "does not apply".
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from checker import __version__
from checker.core.outcome import Exchange, StepOutcome
from checker.core.reason import Phase
from checker.surfaces.report.finished import Finished, rfc3339

Headers = tuple[tuple[str, str], ...]

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def har(runs: Iterable[Finished]) -> dict[str, Any]:
    """Return the archive of all exchanges that the runs have kept."""
    runs = tuple(runs)
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "checker", "version": __version__},
            "pages": [_page(run) for run in runs],
            "entries": [
                _entry(run, step, exchange)
                for run in runs
                for step in run.outcome.steps
                for exchange in step.exchanges
            ],
        }
    }


def _page(run: Finished) -> dict[str, Any]:
    return {
        "startedDateTime": rfc3339(run.outcome.started_at),
        "id": run.outcome.probe,
        "title": f"{run.outcome.probe}: {run.outcome.result.value}",
        "pageTimings": {"onContentLoad": -1, "onLoad": _milliseconds(run.outcome.duration)},
    }


def _entry(run: Finished, step: StepOutcome, exchange: Exchange) -> dict[str, Any]:
    return {
        "pageref": run.outcome.probe,
        "startedDateTime": rfc3339(exchange.started_at),
        "time": _milliseconds(sum(exchange.timings.values())),
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": _timings(exchange.timings),
        **({"serverIPAddress": exchange.address} if exchange.address else {}),
        "_step": step.step,
        "_reason": step.reason,
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    request = {
        "method": exchange.method,
        "url": exchange.url,
        "httpVersion": _version(exchange),
        "cookies": _cookies(exchange.request_headers, "cookie"),
        "headers": _pairs(exchange.request_headers),
        "queryString": _pairs(parse_qsl(urlsplit(exchange.url).query, keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": len(exchange.request_body),
    }
    if exchange.request_body:
        request["postData"] = {
            "mimeType": _header(exchange.request_headers, "content-type"),
            "params": [],
            "text": exchange.request_body.decode("utf-8", "replace"),
        }
    return request


def _response(exchange: Exchange) -> dict[str, Any]:
    """Status 0 stands for an answer that never came, as browsers write it."""
    return {
        "status": exchange.status or 0,
        "statusText": _phrase(exchange.status),
        "httpVersion": _version(exchange),
        "cookies": _cookies(exchange.response_headers, "set-cookie"),
        "headers": _pairs(exchange.response_headers),
        "content": {
            "size": len(exchange.response_body),
            "mimeType": _header(exchange.response_headers, "content-type"),
            "text": exchange.response_body.decode("utf-8", "replace"),
        },
        "redirectURL": _header(exchange.response_headers, "location"),
        "headersSize": -1,
        "bodySize": -1,
    }


def _timings(spent: Mapping[Phase, float]) -> dict[str, float]:
    """HAR counts the TLS handshake twice: as `ssl`, and within `connect`."""
    connect, tls = spent.get(Phase.CONNECT), spent.get(Phase.TLS)
    return {
        "blocked": -1,
        "dns": _milliseconds(spent.get(Phase.DNS)),
        "connect": _milliseconds(None if connect is None else connect + (tls or 0.0)),
        "ssl": _milliseconds(tls),
        "send": _milliseconds(spent.get(Phase.SEND, 0.0)),
        "wait": _milliseconds(spent.get(Phase.WAIT, 0.0)),
        "receive": _milliseconds(spent.get(Phase.RECEIVE, 0.0)),
    }


def _milliseconds(seconds: float | None) -> float:
    return -1 if seconds is None else round(seconds * 1000, 3)


def _version(exchange: Exchange) -> str:
    return exchange.http_version or "unknown"


def _phrase(status: int | None) -> str:
    return _PHRASES.get(status or 0, "")


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _header(headers: Headers, wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")


def _cookies(headers: Headers, wanted: str) -> list[dict[str, str]]:
    cookies: SimpleCookie = SimpleCookie()
    for name, value in headers:
        # A cookie that breaks the rules is left out of the list; its header is still in the archive.
        if name.lower() == wanted:
            with suppress(CookieError):
                cookies.load(value)
    return _pairs((name, morsel.value) for name, morsel in cookies.items())
