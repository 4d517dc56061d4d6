"""The target of a soak: a process that fails in random but seeded ways, and counts every request by what it did.

`python -m tests.soak.target SEED CERTIFICATE KEY` writes its two ports (plain and TLS) as JSON on one line, and
the counts for each line that it reads: `{probe: {leg: {fault: requests}}}`. It ends with its standard input.
"""

import asyncio
import json
import random
import socket
import ssl
import struct
import sys
from collections import Counter, defaultdict
from typing import cast

import uvloop

from tests.soak.faults import FAULTS, faults, next_fault, reply

HEALTHY = reply(b"ok")
DRIP = 0.05
"""Seconds between two bytes of what never ends."""


class Target:
    """Decides how to answer, and keeps count. Only the leg `first` fails; `health` is what platforms believe."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._sources: dict[str, random.Random] = {}
        self.counts: defaultdict[str, defaultdict[str, Counter[str]]] = defaultdict(
            lambda: defaultdict(Counter)
        )

    def decide(self, path: str) -> str:
        """Return the fault for a request of `/PROBE/LEG…`, and count it."""
        _, probe, leg, *_ = path.partition("?")[0].split("/")
        if probe not in self._sources:
            self._sources[probe] = faults(self._seed, probe)
        fault = next_fault(self._sources[probe]) if leg == "first" else "well"
        self.counts[probe][leg][fault] += 1
        return fault


class Conversation(asyncio.Protocol):
    """One connection."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._buffer = b""
        self._dripping: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own are not derived from it

    def connection_lost(self, error: Exception | None) -> None:
        if self._dripping:
            self._dripping.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n\r\n" in self._buffer:
            head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            name = self._target.decide(path)
            self._answer(name, HEALTHY if path.endswith("/health") else FAULTS[name].data)

    def _answer(self, name: str, data: bytes) -> None:
        if data:
            self._transport.write(data)
        manner = FAULTS[name].manner
        if manner == "close":
            self._transport.close()
        elif manner == "reset":
            sock = self._transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif manner == "drip":
            self._drip()

    def _drip(self) -> None:
        self._transport.write(b" ")
        self._dripping = asyncio.get_running_loop().call_later(DRIP, self._drip)


async def serve(seed: int, certificate: str, key: str) -> None:
    target = Target(seed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    loop = asyncio.get_running_loop()
    servers = [
        await loop.create_server(lambda: Conversation(target), "127.0.0.1", 0, ssl=tls, backlog=1024)
        for tls in (None, context)
    ]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(target.counts), flush=True)
    for server in servers:
        server.close()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), *sys.argv[2:4]))
