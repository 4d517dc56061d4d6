"""URLs, headers and credentials of any input, as the kind `http` writes them, with references for secrets."""

import re
from base64 import b64decode
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

from checker.importers.notes import REFERENCE, Notes, reference
from checker.importers.secrets import Secrets, is_sensitive, looks_secret
from checker.net.rendering import TOKEN

_OURS = frozenset({"connection", "content-length", "transfer-encoding"})
_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9-]*)[ ]+(?P<rest>.+)", re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def host_of(url: str) -> str:
    """Return the host of a URL, in small letters; empty where a reference stands in it, or none."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if REFERENCE.search(host) or not host.isascii() else host


def request_url(text: str, secrets: Secrets, notes: Notes) -> tuple[str, dict[str, Any]]:
    """Return a URL without what is secret in it, and the `auth` that stood in it (none: empty)."""
    try:
        parts = urlsplit(text)
        host = host_of(text)
    except ValueError:
        return text, {}
    if parts.fragment:
        notes.remark("what follows # in the URL is never sent")
    userinfo, at, address = parts.netloc.rpartition("@")
    user, _, password = userinfo.partition(":")
    path = "/".join(_segment(segment, secrets, host) for segment in parts.path.split("/"))
    query = "&".join(_parameter(piece, secrets, host) for piece in parts.query.split("&"))
    auth = basic(_unquoted(user), _unquoted(password), secrets, host) if at else {}
    return urlunsplit((parts.scheme, address, path, query, "")), auth


def _unquoted(text: str) -> str:
    return "".join(
        reference(piece) if index % 2 else unquote(piece) for index, piece in enumerate(REFERENCE.split(text))
    )


def _segment(segment: str, secrets: Secrets, host: str) -> str:
    plain = unquote(segment)
    return secrets.hide(plain, "path", host) if looks_secret(plain) else segment


def _parameter(piece: str, secrets: Secrets, host: str) -> str:
    name, equals, value = piece.partition("=")
    plain = parse_qsl(f"x={value}", keep_blank_values=True)[0][1] if equals else ""
    return f"{name}={secrets.hide(plain, unquote(name), host)}" if _is_secret(name, plain) else piece


def _is_secret(name: str, value: str) -> bool:
    return bool(value) and (is_sensitive(unquote(name)) or looks_secret(value))


def _encoded(text: str) -> str:
    pieces = REFERENCE.split(text)
    return "".join(
        reference(piece) if index % 2 else quote(piece, safe="") for index, piece in enumerate(pieces)
    )


def basic(user: str, password: str, secrets: Secrets, host: str, form: str = "basic") -> dict[str, Any]:
    """Return `auth` for a user's name and password; a password that is not there has to be supplied."""
    hidden = secrets.hide(password, "password", host) if password else secrets.missing("password", host)
    return {form: {"username": user, "password": hidden}}


def authorization(value: str, secrets: Secrets, host: str) -> tuple[dict[str, Any], str]:
    """Return `auth` for the value of an Authorization header, or the header to send where there is no form for it."""
    match = _SCHEME.fullmatch(value.strip())
    if not match:
        return {}, secrets.hide(value, "authorization", host)
    scheme, rest = match["scheme"], match["rest"].strip()
    if scheme.lower() == "bearer":
        return {"bearer": secrets.hide(rest, "token", host)}, ""
    if scheme.lower() == "basic" and (login := _decoded(rest)):
        user, _, password = login.partition(":")
        return basic(user, password, secrets, host), ""
    return {}, f"{scheme} {secrets.hide(rest, 'authorization', host)}"


def _decoded(text: str) -> str:
    """Return a user's name and password out of a Basic header; empty where it holds none."""
    try:
        login = b64decode(text, validate=True).decode()
    except ValueError:
        return ""
    return login if ":" in login and login.isprintable() else ""


def headers(pairs: Iterable[tuple[str, str]], secrets: Secrets, host: str, notes: Notes) -> dict[str, Any]:
    """Return the keys of the kind `http` for headers: `headers`, `auth` and `cookies`."""
    made: dict[str, Any] = {}
    sent: dict[str, str] = {}
    names: dict[str, str] = {}
    for name, value in pairs:
        if not TOKEN.fullmatch(name) or _CONTROL.search(value):
            notes.lost(f"the header {name}: it has characters that no header may have")
        elif name.lower() in _OURS:
            notes.lost(f"the header {name}: the checker sets it itself")
        elif name.lower() == "authorization" and "auth" not in made:
            auth, header = authorization(value, secrets, host)
            made.update({"auth": auth} if auth else {})
            sent.update({name: header} if header else {})
        elif name.lower() == "cookie":
            made.setdefault("cookies", {}).update(cookies(value, secrets, host, notes))
        else:
            safe = secrets.unless_plain(value, name, host)
            first = names.setdefault(name.lower(), name)
            sent[first] = f"{sent[first]}, {safe}" if first in sent else safe
    return {**({"headers": sent} if sent else {}), **{key: value for key, value in made.items() if value}}


def cookies(text: str, secrets: Secrets, host: str, notes: Notes) -> dict[str, str]:
    """Return the cookies of a header; their values are secrets, whatever they are called."""
    made = {}
    for piece in text.split(";"):
        name, equals, value = piece.strip().partition("=")
        if equals and TOKEN.fullmatch(name):
            made[name] = secrets.hide(value, f"cookie {name}", host)
        elif name:
            notes.lost("a cookie without a name, or with one that no cookie may have")
    return made


def proxy(text: str, login: str, secrets: Secrets, notes: Notes) -> str:
    """Return the URL of a proxy with a reference for its password; empty where there is no way to go through it."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
    except ValueError:
        notes.lost("the proxy: its URL is none")
        return ""
    if parts.scheme != "http":
        notes.lost(f"the proxy: {parts.scheme} is not supported, only http")
        return ""
    inside, at, address = parts.netloc.rpartition("@")
    user, _, password = (login or (inside if at else "")).partition(":")
    if not user:
        return f"http://{address}"
    hidden = secrets.hide(_unquoted(password), "proxy password", host_of(url))
    return f"http://{_encoded(_unquoted(user))}:{hidden}@{address}"
