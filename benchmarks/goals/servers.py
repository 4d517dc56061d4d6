"""Servers for what nginx cannot do: one that answers after 50 ms and says when it did, and one that takes uploads.

    python -m benchmarks.goals.servers delayed|uploads

Prints its port. Answers as cheaply as it can: what is measured is who asks.
"""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import cast

import uvloop

from benchmarks.goals.processes import running

DELAY = 0.050  # seconds

_HEAD = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"

Answer = Callable[[bytes, bytes], tuple[bytes, object]]
"""From method and path to a status line and a document."""


class _Asked(asyncio.Protocol):
    """One connection, on which one request comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._data = b""

    def data_received(self, data: bytes) -> None:
        self._data += data
        head, end, body = self._data.partition(b"\r\n\r\n")
        if end and len(body) >= _length(head):
            method, path, _ = self._data.split(b" ", 2)
            self.asked(method, path)

    def asked(self, method: bytes, path: bytes) -> None:
        raise NotImplementedError

    def answer(self, status: bytes, document: object) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self._transport.write(_HEAD % (status, len(body)) + body)
        self._transport.close()


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


class Delayed(_Asked):
    """Answers after 50 ms, with how long it really was, which /told says of every path so far."""

    TOLD: dict[str, float] = {}  # noqa: RUF012 - the server's memory: there is one in the process

    def asked(self, method: bytes, path: bytes) -> None:
        if path == b"/told":
            self.answer(b"200 OK", self.TOLD)
            return
        begun = time.perf_counter()
        asyncio.get_running_loop().call_later(DELAY, self._late, path.decode(), begun)

    def _late(self, path: str, begun: float) -> None:
        took = self.TOLD[path] = time.perf_counter() - begun
        self.answer(b"200 OK", {"true": took})


class Uploads(_Asked):
    """Gives a token, takes a file, is done with it at the second look, and forgets it."""

    LOOKED: dict[str, int] = {}  # noqa: RUF012 - likewise

    def asked(self, method: bytes, path: bytes) -> None:
        name = path.decode().rpartition("/")[2]
        if path == b"/token":
            self.answer(b"200 OK", {"access_token": "x" * 40, "token_type": "Bearer", "expires_in": 300})
        elif method == b"POST":
            name = f"u{time.perf_counter_ns()}"
            self.LOOKED[name] = 0
            self.answer(b"201 Created", {"id": name, "status": "pending"})
        elif method == b"DELETE":
            del self.LOOKED[name]
            self.answer(b"204 No Content", None)
        else:
            self.LOOKED[name] += 1
            self.answer(b"200 OK", {"id": name, "status": "done" if self.LOOKED[name] > 1 else "pending"})


_SERVERS = {"delayed": Delayed, "uploads": Uploads}


@contextlib.contextmanager
def serving(name: str) -> Iterator[str]:
    """Run a server; return its base URL."""
    with running([sys.executable, "-m", "benchmarks.goals.servers", name]) as process:
        yield f"http://127.0.0.1:{int(next(process.out))}"


async def _main(name: str) -> None:
    server = await asyncio.get_running_loop().create_server(_SERVERS[name], "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1]))
