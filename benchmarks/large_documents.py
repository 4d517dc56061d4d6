"""For how long a hostile document of a mebibyte holds the event loop, judged on it and judged beside it.

python benchmarks/large_documents.py [TIMES]
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import uvloop

from checker.assertions.evaluate import compile_expectations
from checker.core.facts import Facts, Lazy
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Observation, StepContext
from checker.net.answers import FACTS
from checker.net.documents import decode_json, decode_text
from checker.secrets.store import SecretStore

MIB = 1 << 20
BEAT = 0.001  # seconds

STRINGS_ONLY = {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}
CASES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    #       what the document is a list of        what is expected of it
    "a page of works": ('{"id": "a2239muq", "title": "A work", "n": 1}', {"$[*].n": {"every": 1}}),
    "lists": ("[]", {"$[0]": {"length": 0}}),
    "deep lists": ("[" * 400 + "]" * 400, {"$[0][0]": {"type": "array"}}),
    "objects": ('{"a": 1}', {"$[0].a": 1}),
    "half of that": ('{"a": 1}' + " " * 22, {"$[0].a": 1}),
    "large numbers": ("1e300", {"$[0]": {"gt": 1}}),
    "texts": ('"abcdefghijkl"', {"$": {"contains": "x"}}),
    "a filter": ('{"a": 1, "b": "some text of botany"}', {"$[?search(@.b, 'x')]": {"length": 0}}),
    "a subset": ('{"a": 1, "b": "some text of botany"}', {"$": {"includes": [{"a": 2}, {"a": 3}]}}),
    "a schema": ('{"a": 1, "b": "some text of botany"}', {"$": {"schema": STRINGS_ONLY}}),
}


def document(unit: str) -> bytes:
    """Return a mebibyte of JSON."""
    return f"[{', '.join([unit] * (MIB // (len(unit) + 2)))}]".encode()


def probe(body: bytes, expected: Mapping[str, Any], size: int) -> PlannedProbe:
    """Return a probe that is answered with `body` at once."""

    async def observe(context: StepContext) -> Observation:  # noqa: ARG001 - the signature of a prepared step
        facts = {
            "json": Lazy(lambda: decode_json(body)),
            "body": Lazy(lambda: decode_text(body, "")),
        }
        return Observation(Facts(facts), size=size)

    step = PlannedStep("get", "large", observe, compile_expectations({"json": dict(expected)}, FACTS, Path()))
    return PlannedProbe("large", (step,), fingerprint="1", timeout=60.0)


async def longest_hold(one: PlannedProbe) -> tuple[float, str]:
    """Return the longest time between two beats of the loop, in seconds, while the probe runs; and how it ended."""
    running = asyncio.ensure_future(Runner(Room(SecretStore({}))).run(one))
    longest, last = 0.0, time.perf_counter()
    while not running.done():
        await asyncio.sleep(BEAT)
        now = time.perf_counter()
        longest, last = max(longest, now - last - BEAT), now
    outcome = running.result()
    return longest, str(outcome.reason or outcome.result)


async def best(one: PlannedProbe, times: int) -> tuple[float, str]:
    """Return the shortest of several longest holds: what the machine adds is not ours."""
    return min([await longest_hold(one) for _ in range(times)])


async def main(times: int) -> None:
    """Print milliseconds."""
    print(f"{'1 MiB of':20} {'on the loop':>12} {'beside it':>12}")
    for name, (unit, expected) in CASES.items():
        body = document(unit)
        on, _ = await best(probe(body, expected, size=0), times)
        beside, said = await best(probe(body, expected, size=len(body)), times)
        print(f"{name:20} {on * 1e3:9.1f} ms {beside * 1e3:9.1f} ms  {said}")


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if sys.argv[1:] else 5))
