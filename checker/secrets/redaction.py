"""What is known to be secret is struck out of every text before anybody keeps or shows it.

A secret rarely appears as it was read. It comes back from a server inside JSON, in a query, in an HTML error
page, in the base64 of a Basic header; and often in several of these at once. So each character of a value is
looked for in all of its spellings, in any mixture, and the base64 of the value at all three alignments.

A value shorter than four characters would strike out half of every text. It is struck out only where it stands
as a whole value: the whole text, or after `=`, `:`, a quote or a blank and before the end, `&`, `;`, `,`, `@`,
a quote or a bracket.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache

from checker.core.outcome import Exchange
from checker.secrets.spellings import SHORTEST, Form, forms, misread, spellings, usual

MASK = "***"
LINE = 16  # characters; of a value with several lines, each as long as this is a secret of its own
EVIDENCE_LIMIT = 64 << 10  # bytes of a body that are kept

LONG = 64  # characters; patterns for longer values are not made before there is something for them to match
LONG_FOR_A_RUN = (
    16  # the same, of what is known to one run: it has few texts, and making patterns is most of the work
)

_Substitute = Callable[[bytes], bytes]

_MOST_ANCHORED = (
    2000  # patterns; to look for each on its own takes longer than for all together from there on
)
_KEPT = 64  # selections of patterns that are kept compiled
_PATTERN = 256 << 10  # bytes; re2 gives up on patterns with a million nodes
_PATTERN_MEMORY = 128 << 20  # bytes; what re2 may use at most, not what it uses

_WHOLE_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})
_SCHEME = re.compile(r"(?:Basic|Bearer|Digest|AWS4-HMAC-SHA256)(?= )")


class Redactor:
    """Replaces every spelling of `values` in texts and bytes by `***`; fast where there is none."""

    __slots__ = ("_after", "_steps")

    def __init__(self, values: Iterable[str] = (), after: "Redactor | None" = None, rare: int = LONG) -> None:
        """`after` is a redactor to apply first, so that what all runs share is compiled once.

        Of a value with more than `rare` characters, patterns are only made where a text holds a part of it.
        """
        ordered = sorted({part for value in values for part in _parts(value)}, key=len, reverse=True)
        long = [value for value in ordered if len(value) > LONG]
        found = {value: tuple(forms(value)) for value in ordered if len(value) >= SHORTEST}
        # What has an anchor is struck out first. So either all of the shorter values go that way, or none does: of two
        # of which one is within a spelling of the other, the longer match has to win.
        apart = all(
            len(value) > LONG or (len(value) > rare and _have_anchors(its)) for value, its in found.items()
        )
        anchored = [form for value, its in found.items() if apart or len(value) > LONG for form in its]
        common = [form for value, its in found.items() if not apart and len(value) <= LONG for form in its]
        if len(anchored) > _MOST_ANCHORED:
            anchored, common = [], anchored + common
        common += [form for form in anchored if not form.anchor]
        steps = [_as_it_is(long)] if long else []
        steps += [_where_anchored([form for form in anchored if form.anchor])] if anchored else []
        steps += [_anywhere(batch) for batch in _batches(dict.fromkeys(form.pattern for form in common))]
        short = [value for value in ordered if len(value) < SHORTEST]
        steps += [_whole(short)] if short else []
        self._steps: tuple[_Substitute, ...] = tuple(steps)
        self._after = after

    def __call__(self, text: str) -> str:
        """Return `text` without any of the values."""
        if not self._steps and self._after is None:
            return text
        data = text.encode("utf-8", "surrogatepass")
        redacted = self.bytes(data)
        return text if redacted is data else redacted.decode("utf-8", "surrogatepass")

    def finds(self, data: bytes) -> bool:
        """Return whether any spelling of any of the values is in `data`."""
        return self.bytes(data) is not data

    def bytes(self, data: bytes) -> bytes:
        """Return `data` without any of the values; the same object where there was none."""
        redacted = self._after.bytes(data) if self._after else data
        for step in self._steps:
            redacted = step(redacted)
        return redacted if redacted is data else _logins()(redacted)

    def exchange(self, exchange: Exchange) -> Exchange:
        """Return the exchange as evidence: credentials masked, values struck out, bodies cut only after that."""
        return replace(
            exchange,
            url=self(exchange.url),
            request_headers=self._headers(exchange.request_headers),
            request_body=self.bytes(exchange.request_body)[:EVIDENCE_LIMIT],
            response_headers=self._headers(exchange.response_headers),
            response_body=self.bytes(exchange.response_body)[:EVIDENCE_LIMIT],
        )

    def _headers(self, headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((self(name), self._header(name, value)) for name, value in headers)

    def _header(self, name: str, value: str) -> str:
        if name.lower() not in _WHOLE_HEADERS:
            return self(value)
        scheme = _SCHEME.match(value)
        return f"{scheme[0]} {MASK}" if scheme else MASK


def _parts(value: str) -> Iterator[str]:
    """Yield a value, and each line of a key or the like: these come back indented, or all in one line."""
    if value:
        yield value
    if "\n" in value:
        lines = (line.strip() for line in value.splitlines())
        yield from (line for line in lines if len(line) >= LINE and not line.startswith("-----"))


def _have_anchors(forms_: Iterable[Form]) -> bool:
    return all(form.anchor for form in forms_)


def _batches(patterns: Iterable[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for pattern in patterns:
        if batch and size + len(pattern) > _PATTERN:
            yield batch
            batch, size = [], 0
        batch.append(pattern)
        size += len(pattern)
    if batch:
        yield batch


def _anywhere(patterns: Iterable[bytes]) -> _Substitute:
    import re2  # noqa: PLC0415 - megabytes, for those who have a secret

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes, not characters
    options.longest_match = True
    options.never_capture = True
    options.log_errors = False  # it would write the pattern, and so the secret, to standard error
    options.max_mem = _PATTERN_MEMORY
    pattern = re2.compile(b"(?:" + b"|".join(patterns) + b")+", options)
    re2.purge()  # its cache would keep the secret, and the hundreds of KiB that looking for it takes, when we do not

    def substitute(data: bytes) -> bytes:
        return pattern.sub(MASK.encode(), data) if pattern.search(data) else data

    return substitute


@cache
def _logins() -> _Substitute:
    """Return what strikes out the rest of a Basic login in base64: the end of the name holds bits of the password."""
    import re2  # noqa: PLC0415 - megabytes, for those who have a secret

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    pattern = re2.compile(rb"((?i:basic)(?:[ +]|%20))[A-Za-z0-9+/_-]*(?:\*{3}[A-Za-z0-9+/=_-]*)+", options)
    hidden = rb"\1" + MASK.encode()
    return lambda data: pattern.sub(hidden, data)


def _as_it_is(values: Sequence[str]) -> _Substitute:
    """Return what strikes out long values that came back whole, in one of the usual spellings: that is cheapest."""
    wholes = [text.encode("utf-8", "surrogatepass") for value in values for text in usual(value)]

    def substitute(data: bytes) -> bytes:
        for whole in wholes:
            if whole in data:
                data = data.replace(whole, MASK.encode())
        return data

    return substitute


def _where_anchored(forms_: Sequence[Form]) -> _Substitute:
    """Return what strikes out values, compiling only those of their patterns of which a part is in a text.

    Few texts hold a long value, and hardly any all of its patterns (base64, UTF-16).
    """
    known: dict[tuple[Form, ...], tuple[_Substitute, ...]] = {}

    def substitute(data: bytes) -> bytes:
        there = tuple([form for form in forms_ if form.anchor in data])
        if there and there not in known:
            if len(known) >= _KEPT:
                known.clear()
            known[there] = tuple(map(_anywhere, _batches(form.pattern for form in there)))
        for step in known[there] if there else ():
            data = step(data)
        return data

    return substitute


def _whole(values: Iterable[str]) -> _Substitute:
    alternatives = b"|".join(spellings(text) for value in values for text in (value, *misread(value)))
    pattern = re.compile(rb"(?:\A|(?<=[=:\s\"'\[(]))(?:" + alternatives + rb")(?=\Z|[&;,@\s\"'\])}])")
    mask = MASK.encode()

    def substitute(data: bytes) -> bytes:
        return pattern.sub(mask, data) if pattern.search(data) else data

    return substitute
