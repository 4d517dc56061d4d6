"""The prober `tcp` of blackbox_exporter → the kind `tcp`, or `tls` where it upgrades a connection."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from checker.importers.blackbox_parts import address, ip_version, tls_keys
from checker.importers.bodies import lines
from checker.importers.expecting import Expectations
from checker.importers.notes import Notes
from checker.importers.parts import Part
from checker.importers.secrets import Secrets

_POSTGRES = bytes.fromhex("0000000804d2162f")  # SSLRequest, of PostgreSQL's message formats
_EXPANDED = re.compile(r"\$\{?\w")
_PROTOCOLS = (
    ("smtp", re.compile(r"EHLO|HELO", re.IGNORECASE)),
    ("imap", re.compile(r"\S+ +STARTTLS", re.IGNORECASE)),
    ("pop3", re.compile(r"STLS", re.IGNORECASE)),
    ("ftp", re.compile(r"AUTH +(?:TLS|SSL)", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class _Turn:
    expect: str
    expected: bytes
    send: bytes
    starttls: bool


def tcp_probe(settings: Part, target: str, secrets: Secrets, notes: Notes) -> dict[str, Any] | None:
    """Return the keys of a probe for a module and a target; None, with a note, where there can be none."""
    where = address(target)
    if where is None or where[1] is None:
        notes.lost(f"{target}, which is not host:port")
        return None
    spec: dict[str, Any] = {"host": where[0], "port": where[1]}
    if version := ip_version(settings):
        spec["ip_version"] = version
    tls = tls_keys(settings.get("tls_config"), secrets, notes)
    turns = _turns(settings, notes)
    if any(turn.starttls for turn in turns):
        return _upgraded(spec, turns, tls, notes)
    if settings.flag_at("tls"):
        spec["tls"] = tls or True
    expect = Expectations()
    _converse(turns, spec, expect, secrets, notes)
    made = expect.written()
    return {"tcp": spec, **({"expect": made} if made else {})}


def _turns(settings: Part, notes: Notes) -> list[_Turn]:
    listed = settings.get("query_response")
    turns = []
    for item in listed.items() if listed is not None else ():
        if item.get("labels") is not None:
            notes.lost("query_response labels: capture with a regex in their place")
            item.ignore("labels")
        turns.append(
            _Turn(
                item.text_at("expect"),
                _bytes(item, "expect_bytes"),
                _bytes(item, "send"),
                item.flag_at("starttls"),
            )
        )
    return turns


def _bytes(item: Part, key: str) -> bytes:
    found = item.get(key)
    if found is None:
        return b""
    return found.value if isinstance(found.value, bytes) else found.text().encode()


def _upgraded(
    spec: dict[str, Any], turns: list[_Turn], tls: dict[str, Any], notes: Notes
) -> dict[str, Any] | None:
    at = next(index for index, turn in enumerate(turns) if turn.starttls)
    protocol = _protocol(turns[: at + 1])
    if not protocol:
        notes.lost("query_response with starttls in a protocol that is not smtp, imap, pop3, ftp or postgres")
        return None
    if any(turn.expect or turn.send for turn in turns[at + 1 :]):
        notes.lost("query_response after starttls: the kind tls ends with the handshake")
    return {"tls": {**spec, "starttls": protocol, **tls}}


def _protocol(turns: Iterable[_Turn]) -> str:
    said = [turn.send for turn in turns]
    if _POSTGRES in said:
        return "postgres"
    for name, pattern in _PROTOCOLS:
        if any(pattern.match(text.decode("utf-8", "replace")) for text in said):
            return name
    return ""


def _converse(
    turns: list[_Turn], spec: dict[str, Any], expect: Expectations, secrets: Secrets, notes: Notes
) -> None:
    """Say everything at once, and look for every answer in all that came back: a line of a matching kind may come."""
    said = b""
    for turn in turns:
        if turn.send and turn.expect and _EXPANDED.search(turn.send.decode("utf-8", "replace")):
            notes.lost("query_response from where a send repeats what was received (${1}) on")
            break
        if turn.expect:
            expect.add({"matches": _by_lines(turn.expect)}, "received")
        if turn.expected:
            _expect_bytes(turn.expected, expect, notes)
        said += turn.send + b"\n" if turn.send else b""
    if any(turn.expect or turn.expected for turn in turns[:1]) and said:
        notes.remark("what is to be sent is sent at once, without waiting for what is expected before it")
    if not said:
        return
    try:
        text = said.decode()
    except UnicodeDecodeError:
        notes.lost("query_response with a send that is no text")
        return
    spec["send"] = lines(text, secrets, spec["host"])


def _by_lines(pattern: str) -> str:
    """Return a pattern that is held against each line, as there, and not against all lines at once."""
    ends = pattern.endswith("$") and not pattern.endswith("\\$")
    return f"(?m){pattern[:-1]}\\r?$" if ends else f"(?m){pattern}"


def _expect_bytes(expected: bytes, expect: Expectations, notes: Notes) -> None:
    try:
        expect.add({"contains": expected.decode()}, "received")
    except UnicodeDecodeError:
        notes.lost("query_response with expect_bytes that are no text")
