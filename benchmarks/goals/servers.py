"""Servers for what nginx cannot do: one that answers after 50 ms and says when it did, and one that takes uploads.

    python -m benchmarks.goals.servers delayed|uploads

Prints its port. Answers as cheaply as it can: what is measured is who asks.
"""

import asyncio
import contextlib
import json
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import cast

import uvloop

from benchmarks.goals.processes import running

DELAY = 0.050  # seconds

_TIMESTAMPS = 35  # SO_TIMESTAMPNS of Linux, which Python's socket does not name

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
        self._transport.write(_answer_of(status, document))
        self._transport.close()


def _answer_of(status: bytes, document: object) -> bytes:
    body = b"" if document is None else json.dumps(document).encode()
    return _HEAD % (status, len(body)) + body


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


class Delayed:
    """Answers after 50 ms, with how long it really was, which /told says of every path so far.

    That is from the arrival of the request, of which the kernel knows (SO_TIMESTAMPNS, socket(7)), however busy this
    process was with others then, to the answer's system call.
    """

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._loop = asyncio.get_running_loop()
        self._told: dict[str, float] = {}
        listener.setsockopt(socket.SOL_SOCKET, _TIMESTAMPS, 1)
        self._loop.add_reader(listener.fileno(), self._accept)

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                sock, _ = self._listener.accept()
                sock.setblocking(False)  # noqa: FBT003 - as the socket has it
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._loop.add_reader(sock.fileno(), self._read, sock)

    def _read(self, sock: socket.socket) -> None:
        data, stamps, _, _ = sock.recvmsg(65536, 256)
        self._loop.remove_reader(sock.fileno())
        path = (
            data.split(b" ", 2)[1].decode() if data else ""
        )  # a request that is as small comes in one piece
        if not data:
            sock.close()
        elif path == "/told":
            self._answer(sock, self._told)
        else:
            seconds, nanoseconds = struct.unpack("qq", stamps[0][2])
            arrived = seconds + nanoseconds * 1e-9
            self._loop.call_later(DELAY - (time.time() - arrived), self._late, sock, path, arrived)

    def _late(self, sock: socket.socket, path: str, arrived: float) -> None:
        took = self._told[path] = time.time() - arrived
        self._answer(sock, {"true": took})

    def _answer(self, sock: socket.socket, document: object) -> None:
        sock.setblocking(True)  # noqa: FBT003 - what it says fits into the buffer, but for /told at the end
        with contextlib.suppress(OSError):
            sock.sendall(_answer_of(b"200 OK", document))
        sock.close()


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


@contextlib.contextmanager
def serving(name: str) -> Iterator[str]:
    """Run a server; return its base URL."""
    with running([sys.executable, "-m", "benchmarks.goals.servers", name]) as process:
        yield f"http://127.0.0.1:{int(next(process.out))}"


async def _main(name: str) -> None:
    loop = asyncio.get_running_loop()
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)  # noqa: FBT003 - as the socket has it
    print(listener.getsockname()[1], flush=True)
    if name == "delayed":
        Delayed(listener)
        await asyncio.Event().wait()
    else:
        server = await loop.create_server(Uploads, sock=listener)
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_main(sys.argv[1]))
