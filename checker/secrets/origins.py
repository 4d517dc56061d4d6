"""Where the secrets in a request are from, so that whoever may read them can send it again.

The evidence of a run has `***` in their place. What is worked out here says no more than that, but for a name: it is
only kept where it hides exactly what the redaction hides.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from checker.core.outcome import Exchange, Origin, Spelled
from checker.secrets.redaction import EVIDENCE_LIMIT, MASK
from checker.secrets.sources import EnvSource, FileSource, Source

Known = tuple[tuple[str, Origin], ...]
"""Values as they are now, and where they are read from."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_MASKS = re.compile(r"(?:\*\*\*)+")


def origin_of(source: Source) -> Origin | None:
    """Return where a shell finds what a source holds; None where it does not."""
    if isinstance(source, EnvSource) and _VARIABLE.fullmatch(source.variable):
        return Origin("env", source.variable)
    if isinstance(source, FileSource) and str(source.path).isprintable():
        return Origin("file", str(source.path))
    return None


def with_origins(redacted: Exchange, plain: Exchange, redact: Callable[[str], str], known: Known) -> Exchange:
    """Return a redacted exchange with the origins of what was struck out of its request, which `plain` has."""
    if not known:
        return redacted
    found = {
        **dict(_logins(redacted, plain, redact, dict(known))),
        **dict(_found(redacted, plain, redact, known)),
    }
    return replace(redacted, spelled=found) if found else redacted


def _found(
    redacted: Exchange, plain: Exchange, redact: Callable[[str], str], known: Known
) -> Iterator[tuple[str, Spelled]]:
    texts: dict[str, set[str]] = {}
    for shown, text in _texts(redacted, plain):
        texts.setdefault(shown, set()).add(text)
    for shown, alike in texts.items():
        text = alike.pop()
        spelled = _spelled(text, shown, redact, known) if shown != text and not alike else None
        if spelled:
            yield shown, spelled


def _logins(
    redacted: Exchange, plain: Exchange, redact: Callable[[str], str], known: Mapping[str, Origin]
) -> Iterator[tuple[str, Spelled]]:
    headers = zip(redacted.request_headers, plain.request_headers, strict=True)
    for (name, shown), (_, text) in headers:
        login = _login(text, redact, known) if name.lower() == "authorization" else None
        if login:
            yield f"{name}: {shown}", login


def _login(text: str, redact: Callable[[str], str], known: Mapping[str, Origin]) -> Spelled | None:
    """Return the login of a Basic header whose password, and whose name if it is a secret, has one origin."""
    scheme, _, encoded = text.partition(" ")
    try:
        login = b64decode(encoded, validate=True).decode() if scheme == "Basic" else ""
    except ValueError:
        return None
    name, colon, password = login.partition(":")
    if not colon or password not in known or (name not in known and redact(name) != name):
        return None
    return (known[name], ":", known[password]) if name in known else (f"{name}:", known[password])


def _texts(redacted: Exchange, plain: Exchange) -> Iterator[tuple[str, str]]:
    """Yield each part of the request as it is shown, and as it was."""
    yield redacted.url, plain.url
    headers = zip(redacted.request_headers, plain.request_headers, strict=True)
    yield from (
        (f"{name}: {shown}", f"{name}: {text}") for (name, shown), (other, text) in headers if name == other
    )
    if len(plain.request_body) <= EVIDENCE_LIMIT:
        try:
            yield redacted.request_body.decode(), plain.request_body.decode()
        except UnicodeDecodeError:
            return  # no text: curl gets it byte by byte


def _spelled(text: str, shown: str, redact: Callable[[str], str], known: Known) -> Spelled | None:
    parts: list[str | Origin] = [text]
    for value, origin in known:
        parts = [part for whole in parts for part in _parted(whole, value, origin)]
    hidden = tuple(redact(part) if isinstance(part, str) else part for part in parts)
    flat = "".join(part if isinstance(part, str) else MASK for part in hidden)
    return hidden if len(hidden) > 1 and _merged(flat) == _merged(shown) else None


def _parted(part: str | Origin, value: str, origin: Origin) -> Iterator[str | Origin]:
    if isinstance(part, Origin):
        yield part
        return
    first, *others = part.split(value)
    yield from (first,) if first else ()
    for other in others:
        yield origin
        yield from (other,) if other else ()


def _merged(text: str) -> str:
    """Return a text in which what was struck out side by side is one mask, as the redaction leaves it."""
    return _MASKS.sub(MASK, text)


def known_origins(read: Iterable[tuple[Source, str | None]]) -> Known:
    """Return values and origins of what was read, the longest first: one value may be a part of another."""
    found = ((value, origin_of(source)) for source, value in read if value)
    pairs = [(value, origin) for value, origin in found if origin]
    return tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))
