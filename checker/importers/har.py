"""A HAR file, as browsers record one → one probe whose steps are the requests that matter.

The format: http://www.softwareishard.com/blog/har-12-spec/. Kept are pages and what scripts asked for; files that
any cache serves are only counted. What was answered is what is expected: the status, and whether it was JSON.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from checker.importers.bodies import with_body
from checker.importers.har_entries import Entry, entries
from checker.importers.har_values import Seen
from checker.importers.notes import Draft, Names, Noted, Notes, Probe, Unusable
from checker.importers.parts import Part
from checker.importers.reading import json_document
from checker.importers.requests import headers, host_of, request_url
from checker.importers.secrets import Secrets
from checker.importers.times import written

_MOST_STEPS = 200
_INTERVALS = (60.0, 300.0, 900.0)
_SHORTEST_TIMEOUT, _LONGEST_TIMEOUT = 10.0, 600.0
_BROWSERS = re.compile(
    r":.*|sec-.*|accept-encoding|cache-control|pragma|connection|content-length|dnt|host|if-modified-since|if-none-match|"
    r"keep-alive|priority|proxy-connection|te|transfer-encoding|upgrade-insecure-requests|user-agent"
)


def har(text: str, name: str, secrets: Secrets) -> Draft:
    """Return the probe for a recording; raises Unusable."""
    notes = Notes()
    kept = list(entries(Part(json_document(text, name), name).need("log"), notes))
    if not kept:
        why = "".join(f"\n  {note.text}" for note in notes.all)
        raise Unusable(f"{name}: there is no request in it that a probe could repeat{why}")
    if len(kept) > _MOST_STEPS:
        notes.lost(
            f"{len(kept) - _MOST_STEPS} requests after the first {_MOST_STEPS}: record a shorter journey"
        )
        kept = kept[:_MOST_STEPS]
    timeout = min(_LONGEST_TIMEOUT, max(_SHORTEST_TIMEOUT, 3 * sum(entry.seconds for entry in kept)))
    interval = next(each for each in _INTERVALS if each > timeout)
    body = {
        "interval": written(interval),
        "timeout": written(round(timeout)),
        "steps": _Journey(secrets, notes).steps(kept),
    }
    return Draft((Probe(Names().of(host_of(kept[0].url) or "recording"), body, notes.all),))


class _Journey:
    """Makes the steps of one recording."""

    def __init__(self, secrets: Secrets, notes: Notes) -> None:
        self._secrets = secrets
        self._notes = notes
        self._names = Names()
        self._seen = Seen()
        self._cookies: set[str] = set()  # that answers have set; the run keeps them
        self._dropped: dict[str, None] = {}

    def steps(self, kept: list[Entry]) -> list[Noted]:
        drafts = [self._draft(entry) for entry in kept]
        dropped = ", ".join(self._dropped)
        if dropped:
            self._notes.remark(f"headers left out, as the browser's own: {dropped}")
        return [self._step(name, step, notes) for name, step, notes in drafts]

    def _draft(self, entry: Entry) -> tuple[str, dict[str, Any], Notes]:
        notes = Notes()
        spec = self._request(entry, notes)
        path = spec["url"].partition("://")[2].partition("?")[0].partition("/")[2]
        name = self._names.of(f"{entry.method.lower()}-{path}", "step")
        step = {"step": name, "http": spec, "expect": _expected(entry, notes)}
        self._seen.answered(name, entry.body)
        self._cookies |= {value.partition("=")[0].strip() for value in _values(entry.response, "set-cookie")}
        return name, step, notes

    def _step(self, name: str, step: dict[str, Any], notes: Notes) -> Noted:
        captures = self._seen.captures(name)
        return Noted({**step, **({"capture": captures} if captures else {})}, notes.all)

    def _request(self, entry: Entry, notes: Notes) -> dict[str, Any]:
        url, auth = request_url(self._seen.in_url(entry.url, notes), self._secrets, notes)
        host = host_of(url)
        spec: dict[str, Any] = {"url": url}
        if entry.method != "GET":
            spec["method"] = entry.method
        pairs = [(name, self._seen.in_text(value, notes)) for name, value in self._headers(entry)]
        kind = next((value for name, value in pairs if name.lower() == "content-type"), "")
        others = [(name, value) for name, value in pairs if name.lower() != "content-type"]
        spec.update(headers(others, self._secrets, host, notes))
        if auth and "auth" not in spec:
            spec["auth"] = auth
        text, mime = _posted(entry.request.get("postData"), notes)
        with_body(spec, self._seen.in_text(text, notes), kind or mime, self._secrets, host, notes)
        return spec

    def _headers(self, entry: Entry) -> Iterator[tuple[str, str]]:
        for name, value in _pairs(entry.request, "headers"):
            if _BROWSERS.fullmatch(name.lower()):
                self._dropped[name.lower()] = None
            elif name.lower() == "cookie":
                pieces = [piece.strip() for piece in value.split(";")]
                own = [piece for piece in pieces if piece.partition("=")[0] not in self._cookies]
                if len(own) < len(pieces):
                    self._notes.remark(
                        "cookies that an answer sets are kept from step to step, and not repeated here"
                    )
                if own:
                    yield name, "; ".join(own)
            else:
                yield name, value


def _pairs(part: Part, key: str) -> Iterator[tuple[str, str]]:
    listed = part.get(key)
    for item in listed.items() if listed is not None else ():
        yield item.text_at("name"), item.text_at("value")


def _values(part: Part, header: str) -> list[str]:
    found = (value for name, value in _pairs(part, "headers") if name.lower() == header)
    return [line for value in found for line in value.split("\n")]


def _posted(post: Part | None, notes: Notes) -> tuple[str, str]:
    """Return the text and the type of a body; browsers may list the fields of a form instead."""
    if post is None:
        return "", ""
    text, mime = post.text_at("text"), post.text_at("mimeType")
    if mime.startswith("multipart/"):
        notes.lost("a form with files, which has to be written as multipart")
    elif not text and post.get("params") is not None:
        text = urlencode(list(_pairs(post, "params")))
    return text, mime if text else ""


def _expected(entry: Entry, notes: Notes) -> dict[str, Any]:
    if entry.status == 304:
        notes.remark("304, out of the browser's cache: a fresh answer is expected instead")
    expect: dict[str, Any] = {"status": 200 if entry.status == 304 else entry.status}
    essence = entry.mime.partition(";")[0].strip()
    if essence.endswith(("/json", "+json")):
        expect["headers"] = {"content-type": {"contains": "json"}}
        kind = {"{": "object", "[": "array"}.get(entry.body.lstrip()[:1])
        if kind:
            expect["json"] = {"$": {"type": kind}}
    elif essence == "text/html" and entry.status < 300:
        expect["headers"] = {"content-type": {"contains": "html"}}
    return expect
