"""What of a request or an answer is a credential, wherever it was written: it is redacted as secrets are.

Not every file keeps its credentials among its secrets, and a server may put one into a redirect of its own.
"""

import re
from base64 import b64decode
from collections.abc import Iterator
from urllib.parse import unquote

SHORTEST_COOKIE = 8
"""Characters; a shorter value (`consent=none`) is no session, and would strike out half of a page."""

_NAMES = re.compile(
    r"(?:proxy-)?authorization|cookie|(?:.*[-_])?(?:api[-_]?key|access[-_]key|subscription[-_]key|token|secret|password)",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"([A-Za-z0-9._~+/-]+) +(?=\S)")
_LOGIN = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*:)?//([^/?#]*)@")


def is_credential(name: str) -> bool:
    """Whether a request header of this name holds what proves who sends it."""
    return _NAMES.fullmatch(name) is not None


def credentials_in(name: str, value: str) -> Iterator[str]:
    """Yield what is secret in the value of such a header: all of it but the scheme, and the password in Basic."""
    if name.lower() == "cookie":
        yield from cookie_values(pair.partition("=")[2] for pair in value.split(";"))
        return
    scheme = _SCHEME.match(value) if name.lower().endswith("authorization") else None
    credential = value[scheme.end() :].strip() if scheme else value.strip()
    if credential:
        yield credential
    if scheme and scheme[1].lower() == "basic":
        yield from filter(None, [_basic_password(credential)])


def cookie_values(values: Iterator[str]) -> Iterator[str]:
    """Yield the values of cookies that may be a session's."""
    return (value.strip() for value in values if len(value.strip()) >= SHORTEST_COOKIE)


def login_in(url: str) -> Iterator[str]:
    """Yield the password in a URL that came from outside, or the user name alone; as it stands and decoded."""
    if found := _LOGIN.match(url):
        user, _, password = found[1].partition(":")
        yield from {part for text in (password or user,) for part in (text, unquote(text)) if part}


def _basic_password(credential: str) -> str:
    try:
        return b64decode(credential, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
