"""An exchange as a `curl` command to paste into a shell.

The exchange was redacted before it was stored. A secret that was sent as it is stands there as `"$VARIABLE"` or
`"$(cat FILE)"`, as it is configured; any other shows as `***` and has to be filled in by hand, as the command says.
"""

import re
import shlex
from collections.abc import Callable, Iterator

from checker.core.outcome import Exchange, Origin
from checker.secrets.redaction import MASK
from checker.surfaces.printable import line

_OF_THE_CONNECTION = frozenset(
    {"host", "content-length", "connection", "transfer-encoding", "accept-encoding"}
)
_TO_FILL_IN = f"  # {MASK} stands for a secret"
_UNPRINTABLE = re.compile(rb"[^\x09\x0a\x20-\x7e]")


def curl(exchange: Exchange) -> str:
    """Return a POSIX shell command that sends the same request; one line, but for line breaks of the body itself."""
    command = _command(exchange)
    return command + _TO_FILL_IN if MASK in command else command


def _command(exchange: Exchange) -> str:
    body = exchange.request_body
    words = " ".join(_quoted(word, exchange, line) for word in _words(exchange))
    if not body:
        return words
    if _is_plain(body):
        return f"{words} --data-raw {_quoted(body.decode(), exchange, str)}"
    return f"printf %b {shlex.quote(_octal(body))} | {words} --data-binary @-"


def _quoted(word: str, exchange: Exchange, shown: Callable[[str], str]) -> str:
    parts = exchange.spelled.get(word, (word,))
    return "".join(_read(part) if isinstance(part, Origin) else shlex.quote(shown(part)) for part in parts)


def _read(origin: Origin) -> str:
    """Return the shell's words for a secret; quoted, as it may hold anything."""
    return f'"${origin.name}"' if origin.kind == "env" else f'"$(cat {shlex.quote(origin.name)})"'


def _words(exchange: Exchange) -> Iterator[str]:
    yield from ("curl", "-sS", "-i")
    if set("[]{}") & set(exchange.url):
        yield "--globoff"
    if "/." in exchange.url:
        yield "--path-as-is"
    yield from _method(exchange)
    yield from _headers(exchange)
    yield exchange.url


def _method(exchange: Exchange) -> Iterator[str]:
    if exchange.method == "HEAD" and not exchange.request_body:
        yield "--head"
    elif exchange.method != ("POST" if exchange.request_body else "GET"):
        yield from ("-X", exchange.method)


def _headers(exchange: Exchange) -> Iterator[str]:
    """What curl would add by itself, and the request did not have, is taken out by a header without a value."""
    sent = {name.lower() for name, _ in exchange.request_headers}
    if "accept-encoding" in sent:
        yield "--compressed"
    for name, value in exchange.request_headers:
        if name.lower() not in _OF_THE_CONNECTION or _is_another_host(name, value, exchange.url):
            word = f"{name}: {value}" if value else f"{name};"
            yield from ("-u" if _is_login(word, name, exchange) else "-H", word)
    for name in ("User-Agent", "Accept", *(["Content-Type"] if exchange.request_body else [])):
        if name.lower() not in sent:
            yield from ("-H", f"{name}:")


def _is_login(word: str, name: str, exchange: Exchange) -> bool:
    """Whether a header's secrets are spelled as the login that curl makes the header of."""
    first = exchange.spelled.get(word, (word,))[0]
    return first is not word and (isinstance(first, Origin) or not first.startswith(f"{name}: "))


def _is_another_host(name: str, value: str, url: str) -> bool:
    return name.lower() == "host" and value.lower() not in url.lower().split("/")[2:3]


def _is_plain(body: bytes) -> bool:
    """Whether a body survives being copied from a page and pasted into a terminal."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return all(character in "\n\t" or character.isprintable() for character in text)


def _octal(body: bytes) -> str:
    """Return a body in the escapes of POSIX printf's %b."""
    escaped = body.replace(b"\\", b"\\\\")
    return _UNPRINTABLE.sub(lambda match: b"\\0%03o" % match[0][0], escaped).decode("ascii")
