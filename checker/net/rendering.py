"""From texts with references to URLs, headers and bodies, so that no value can break out of its place.

A value within a URL is one percent-encoded segment, never a path, a query or a host. Where a capture decides
which host is asked, the origin must be one that the configuration names itself. Line breaks and NUL are refused in
URLs and headers. Whatever holds no reference is rendered once, when the step is prepared.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote, quote_plus

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.scope import Scope
from checker.core.template import Escape, Reference, Template, TemplateError, as_text
from checker.net.url import Url

T = TypeVar("T")
Render = Callable[[Scope], T]
Headers = tuple[tuple[bytes, bytes], ...]
Scalar = str | int | float | bool | Template

CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""What may not stand in a URL or a header: control characters, tab aside."""

TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The name of a header or a cookie (RFC 9110, 5.6.2)."""

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_IMPLIED_PORTS = {"http": ":80", "https": ":443"}
_HOST = re.compile(rb"[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?")
_END_OF_AUTHORITY = re.compile(r"[/?#]")
_LITERAL = Reference("", "value")


def has_references(value: object) -> bool:
    """Return whether there is a Template in `value`, at any depth."""
    if isinstance(value, Mapping):
        return any(has_references(key) or has_references(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(map(has_references, value))
    return isinstance(value, Template)


def references(value: object) -> Iterator[Reference]:
    """Yield every reference in `value`, at any depth."""
    if isinstance(value, Template):
        yield from value.references
    elif isinstance(value, Mapping):
        for item in (*value.keys(), *value.values()):
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)


def secret_names(value: object) -> Iterator[str]:
    """Yield the names of the secrets that a value refers to, at any depth."""
    return (reference.name for reference in references(value) if reference.namespace == "secret")


def once(make: Render[T], *sources: object) -> Render[T]:
    """Return `make`, called only this once where no reference is in any of its `sources`."""
    if has_references(sources):
        return make
    made = make(NO_SCOPE)
    return lambda _: made


def _no_secret(name: str) -> NoReturn:
    raise Trouble(Reason.INTERNAL, f"secret {name} was asked for where there is no run")


NO_SCOPE = Scope(_no_secret, {})
"""For what holds no reference."""


def render_text(value: Scalar, scope: Scope, escape: Escape = as_text) -> str:
    """Return a scalar as text, with what `escape` makes of each reference's value; raises Trouble."""
    try:
        if isinstance(value, Template):
            return "".join(_part(part, scope, escape) for part in value.parts)
        return escape(_LITERAL, value)
    except TemplateError as error:
        raise Trouble(Reason.CAPTURE_MISSING, str(error)) from error


def _part(part: str | Reference, scope: Scope, escape: Escape) -> str:
    return part if isinstance(part, str) else escape(part, scope.lookup(part))


def unusable(reference: Reference, why: str) -> Trouble:
    """Return the Trouble for a value that cannot stand where it is referred to: a secret's is the checker's own."""
    reason = Reason.SECRET_UNAVAILABLE if reference.namespace == "secret" else Reason.CAPTURE_MISSING
    return Trouble(reason, f"{reference} {why}")


def one_line(reference: Reference, value: object) -> str:
    """Return a value for a header or a URL; raises Trouble where it holds a line break or NUL."""
    text = as_text(reference, value)
    if CONTROL.search(text):
        raise unusable(
            reference, "holds a line break or another control character, which no URL or header may hold"
        )
    return text


def _component(reference: Reference, value: object) -> str:
    return quote(one_line(reference, value), safe="")


def _segment(reference: Reference, value: object) -> str:
    text = one_line(reference, value)
    if text in ("", ".", ".."):
        raise unusable(reference, f"is {text!r}, which would make another path of the URL")
    return quote(text, safe="")


# URLs


def parse_url(text: str) -> httpx.URL:
    """Return an absolute http or https URL; raises ValueError with a message for the user."""
    if CONTROL.search(text):
        raise ValueError("a URL cannot hold a line break or another control character")
    try:
        url = Url(text)
    except httpx.InvalidURL as error:
        authority = text.partition("://")[2].partition("/")[0]
        open_ended = authority.count("[") != authority.count("]")
        why = "an IPv6 address stands in brackets, such as [::1]" if open_ended else str(error)
        raise ValueError(f"not a URL: {why}") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("a URL starts with http:// or https:// and a host")
    if not _HOST.fullmatch(url.raw_host):
        raise ValueError("the host of the URL is neither a name nor an address")
    if url.port is not None and not 0 < url.port < 1 << 16:
        raise ValueError(f"there is no port {url.port}: they end at 65535")
    return url


def origin(url: httpx.URL) -> str:
    """Return `scheme://host:port`, without the port that the scheme implies."""
    # httpx drops that port too, but not where the scheme is in capitals
    return f"{url.scheme}://{url.netloc.decode('ascii').removesuffix(_IMPLIED_PORTS.get(url.scheme, '/'))}"


@dataclass(frozen=True, slots=True)
class UrlTemplate:
    """A URL as the configuration has it.

    `literal_origin` is what the text itself names, None where references decide; `captured` is whether one of
    those is a capture, so that the origin has to be looked up in what the configuration names.
    """

    text: str | Template
    literal_origin: str | None
    captured: bool

    @classmethod
    def of(cls, text: str | Template) -> "UrlTemplate":
        """Raises ValueError, with a message for the user, where the text can never be a URL."""
        if isinstance(text, str):
            return cls(text, origin(parse_url(text)), captured=False)
        deciding = _deciding(text)
        if not deciding:
            filled = "".join(part if isinstance(part, str) else "x" for part in text.parts)
            return cls(text, origin(parse_url(filled)), captured=False)
        if isinstance(text.parts[0], str) and not _SCHEME.match(text.parts[0]):
            raise ValueError("a URL starts with http:// or https://, or with a reference")
        return cls(text, None, captured=any(not reference.namespace for reference in deciding))

    def render(self, scope: Scope, named: frozenset[str], *queries: str) -> httpx.URL:
        """Return the URL with `queries` appended; `named` are the origins that a capture may choose from."""
        try:
            url = parse_url(_with_query(self._rendered(scope), "&".join(filter(None, queries))))
        except ValueError as error:
            own = all(reference.namespace == "secret" for reference in references(self.text))
            reason = Reason.SECRET_UNAVAILABLE if own else Reason.CAPTURE_MISSING
            raise Trouble(reason, f"{self.text}: {error}") from None
        if self.captured and origin(url) not in named:
            raise Trouble(
                Reason.CAPTURE_MISSING,
                f"{self.text} leads to {origin(url)}, which the configuration does not name",
            )
        return url

    def _rendered(self, scope: Scope) -> str:
        if isinstance(self.text, str):
            return self.text
        first, *rest = self.text.parts
        rendered = [render_text(first if isinstance(first, str) else Template((first,)), scope, one_line)]
        for part in rest:
            in_path = not any(mark in piece for piece in rendered for mark in "?#")
            rendered.append(_part(part, scope, _segment if in_path else _component))
        return "".join(rendered)


def _deciding(template: Template) -> list[Reference]:
    """Return the references that have a say in the origin: those before the path, but not within user and password."""
    deciding: list[Reference] = []
    for index, part in enumerate(template.parts):
        if isinstance(part, Reference):
            deciding.append(part)
            continue
        literal = part if index else _SCHEME.sub("", part, count=1)
        authority = _END_OF_AUTHORITY.split(literal, maxsplit=1)[0]
        if "@" in authority and isinstance(template.parts[0], str):
            deciding = []  # what stands before it is percent-encoded, and cannot end it
        if authority != literal:
            break
    return deciding


def _with_query(text: str, query: str) -> str:
    if not query:
        return text
    text, mark, fragment = text.partition("#")
    glue = "" if text.endswith(("?", "&")) else "&" if "?" in text else "?"
    return f"{text}{glue}{query}{mark}{fragment}"


# Queries, headers, bodies


def pairs(fields: Mapping[str, Any]) -> tuple[tuple[str, Scalar], ...]:
    """Return name and value for each field; a list is the same field several times."""
    return tuple(
        (name, item)
        for name, value in fields.items()
        for item in (value if isinstance(value, list | tuple) else (value,))
    )


def render_query(fields: Iterable[tuple[str, Scalar]], scope: Scope) -> str:
    """Return a query string; blanks are %20."""
    return "&".join(
        f"{quote(name, safe='')}={quote(render_text(value, scope), safe='')}" for name, value in fields
    )


def render_form(fields: Iterable[tuple[str, Scalar]], scope: Scope) -> bytes:
    """Return an application/x-www-form-urlencoded body; blanks are +."""
    return "&".join(
        f"{quote_plus(name)}={quote_plus(render_text(value, scope))}" for name, value in fields
    ).encode()


def render_headers(fields: Mapping[str, Scalar], scope: Scope) -> Headers:
    """Return headers as bytes, UTF-8 where ASCII does not do."""
    return tuple(
        (name.encode(), render_text(value, scope, one_line).encode()) for name, value in fields.items()
    )


def render_json(document: object, scope: Scope) -> bytes:
    """Return a document, with its references filled in, as JSON."""
    rendered = scope.render(document)
    return json.dumps(rendered, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


Part = tuple[str, Scalar | bytes, str | Template | None, str | None]
"""A field of a multipart body: name, content, file name, content type."""


def render_multipart(parts: Iterable[Part], scope: Scope) -> tuple[bytes, str]:
    """Return a multipart/form-data body and its content type; the boundary is random."""
    files = [(name, _file(content, filename, kind, scope)) for name, content, filename, kind in parts]
    request = httpx.Request("POST", "http://body.invalid/", files=files)
    return request.read(), request.headers["content-type"]


def _file(
    content: Scalar | bytes, filename: str | Template | None, content_type: str | None, scope: Scope
) -> tuple[str | None, bytes] | tuple[str | None, bytes, str]:
    data = content if isinstance(content, bytes) else render_text(content, scope).encode()
    name = None if filename is None else render_text(filename, scope, one_line)
    return (name, data, content_type) if content_type else (name, data)
