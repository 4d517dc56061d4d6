"""How the target of a soak fails, and what has to be said of each: one table for both sides of the ledger."""

import gzip
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from checker.core.reason import Reason, Result

Manner = Literal["answer", "close", "reset", "hang", "drip"]
"""What follows the bytes of an answer: the next request, an end, an RST, silence, or a byte now and then."""

MAX_BODY = 16 * 1024
"""Bytes that the fleet's probes take."""

TIME = frozenset({Reason.TIMEOUT, Reason.CONNECT_TIMEOUT, Reason.OVERLOADED, Reason.SLOW})
"""What a slow machine can make of any request. It may take a pass away, but it can never make one."""


@dataclass(frozen=True)
class Fault:
    """One way to answer. `weight` of a thousand requests are answered so."""

    weight: int
    data: bytes = b""
    manner: Manner = "answer"
    result: Result = Result.FAIL
    reason: Reason | None = None


def reply(body: bytes, status: str = "200 OK", *lines: str, length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {size}", *lines, "", ""])
    return head.encode() + body


JSON = "Content-Type: application/json"
FULL = reply(b'{"total": 3, "id": "w1", "items": [{"id": "w1"}, {"id": "w2"}]}', "200 OK", JSON)
PACKED = "Content-Encoding: gzip"

FAULTS: Mapping[str, Fault] = {
    "well": Fault(700, FULL, result=Result.PASS),
    "few": Fault(
        30,
        reply(b'{"total": 1, "id": "w1"}', "200 OK", JSON),
        result=Result.DEGRADED,
        reason=Reason.ASSERTION,
    ),
    "none": Fault(30, reply(b'{"total": 0, "id": "w1"}', "200 OK", JSON), reason=Reason.ASSERTION),
    "null": Fault(20, reply(b'{"total": null}', "200 OK", JSON), reason=Reason.ASSERTION),
    "broken": Fault(20, reply(b"", "500 Internal Server Error"), reason=Reason.SERVER_ERROR),
    "away": Fault(20, reply(b"away", "503 Service Unavailable"), reason=Reason.SERVER_ERROR),
    "limited": Fault(10, reply(b"", "429 Too Many Requests"), reason=Reason.RATE_LIMITED),
    "locked": Fault(10, reply(b"", "401 Unauthorized"), reason=Reason.AUTH_REJECTED),
    "moved": Fault(10, reply(b"", "302 Found", "Location: /elsewhere"), reason=Reason.UNEXPECTED_STATUS),
    "html": Fault(20, reply(b"<html>" * 20, "200 OK", "Content-Type: text/html"), reason=Reason.UNDECODABLE),
    "cut json": Fault(10, reply(b'{"total": 3', "200 OK", JSON), reason=Reason.UNDECODABLE),
    "bad gzip": Fault(10, reply(b"\x1f\x8b no", "200 OK", JSON, PACKED), reason=Reason.UNDECODABLE),
    "bomb": Fault(
        5, reply(gzip.compress(b" " * (8 << 20), 1), "200 OK", JSON, PACKED), reason=Reason.TOO_LARGE
    ),
    "huge": Fault(5, reply(b" " * (MAX_BODY + 1), "200 OK", JSON), reason=Reason.TOO_LARGE),
    "half": Fault(20, reply(b'{"tot', "200 OK", JSON, length=500), "close", reason=Reason.RESET),
    "silent end": Fault(20, b"", "close", reason=Reason.RESET),
    "reset": Fault(20, b"HTTP/1.1 200", "reset", reason=Reason.RESET),
    "noise": Fault(20, b"\x00\xff SSH-2.0 nothing that you know\r\n", "close", reason=Reason.PROTOCOL),
    "hang": Fault(10, b"", "hang", reason=Reason.TIMEOUT),
    "drip": Fault(10, reply(b"", "200 OK", JSON, length=100), "drip", reason=Reason.TIMEOUT),
}

NAMES = tuple(FAULTS)
_WEIGHTS = tuple(fault.weight for fault in FAULTS.values())


def faults(seed: int, probe: str) -> "random.Random":
    """Return what `next_fault` draws from: each probe has a sequence of its own, whatever the order of requests."""
    return random.Random(f"{seed}/{probe}")


def next_fault(source: random.Random) -> str:
    return source.choices(NAMES, _WEIGHTS)[0]
