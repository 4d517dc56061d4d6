"""The entries of a HAR file, and which of them a probe should repeat."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from checker.importers.notes import Notes
from checker.importers.parts import Part

_KEPT_TYPES = frozenset({"document", "subdocument", "xhr", "fetch", "eventsource"})
_STATIC_TYPES = frozenset(
    {"script", "stylesheet", "image", "imageset", "font", "media", "manifest", "texttrack", "ping"}
)
_STATIC_PATH = re.compile(
    r"\.(?:css|m?js|map|png|jpe?g|gif|svg|ico|webp|avif|woff2?|ttf|otf|eot|mp[34]|webm|wasm)$", re.IGNORECASE
)
_STATIC_MIME = re.compile(r"(?:image|font|audio|video)/|text/css|(?:text|application)/(?:x-)?javascript")
_LONGEST = 120.0  # seconds that one request may have taken to be believed


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its answer, as far as they are needed. `status` 0: there was no answer."""

    request: Part
    response: Part
    method: str
    url: str
    status: int
    mime: str
    body: str
    seconds: float

    @property
    def path(self) -> str:
        """The path of the URL, without slashes around it; empty where it has none."""
        try:
            return urlsplit(self.url).path.strip("/")
        except ValueError:
            return ""


def entries(log: Part, notes: Notes) -> Iterator[Entry]:
    """Yield what a probe should repeat, in order; the rest is counted in the notes."""
    left: Counter[str] = Counter()
    for part in log.need("entries").items():
        entry = _entry(part)
        why = _reason_to_leave(part.text_at("_resourceType").lower(), entry)
        if why:
            left[why] += 1
        else:
            yield entry
    for why, count in left.items():
        notes.remark(f"left out: {count} × {why}")


def _entry(part: Part) -> Entry:
    request, response = part.need("request"), part.need("response")
    content, time, status = response.get("content"), part.get("time"), response.need("status")
    seconds = time.value / 1000 if time is not None and isinstance(time.value, int | float) else 0.0
    return Entry(
        request,
        response,
        request.need("method").text(),
        request.need("url").text(),
        status.value if isinstance(status.value, int) and 100 <= status.value <= 599 else 0,
        content.text_at("mimeType").lower() if content else "",
        _content(content),
        min(max(seconds, 0.0), _LONGEST),
    )


def _content(content: Part | None) -> str:
    text = content.get("text") if content else None
    if content is None or text is None or content.text_at("encoding") == "base64":
        return ""
    return text.value if isinstance(text.value, str) else ""


def _reason_to_leave(kind: str, entry: Entry) -> str:
    """Return why a request is none for a probe; "" for one that is."""
    scheme = entry.url.partition(":")[0].lower()
    static = _STATIC_PATH.search(entry.path) or _STATIC_MIME.match(entry.mime)
    reasons = {
        "a WebSocket, which no probe speaks": kind == "websocket" or scheme in ("ws", "wss"),
        "a URL of the browser's own, such as data: or blob:": scheme not in ("http", "https"),
        "OPTIONS, with which a browser asks whether it may ask": entry.method in ("OPTIONS", "CONNECT"),
        "a request that got no answer": not entry.status,
        "a static file": kind in _STATIC_TYPES or (kind not in _KEPT_TYPES and static),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")
