"""One connection to the checker's own server, which bounds what it may cost: bytes, and the time until it goes on.

Whoever is slow, in the head, in the body or in taking the answer, or sends too much, is cut off; uvicorn alone would
wait for ever, and keep all that comes.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from checker.net.serving import ServerTls
from checker.surfaces.web.headers import SECURITY_HEADERS


@dataclass(frozen=True, slots=True)
class Limits:
    """What one connection may cost, and how many there may be; times in seconds, sizes in bytes.

    `head` is for a handshake, and from a request's first byte to the end of its headers; `body` from there to the end
    of its body, of which never more than 64 KiB are held; `unread` for a client to take what is there for it.
    """

    connections: int = 512
    head: float = 10.0
    body: float = 30.0
    unread: float = 30.0
    head_size: int = 64 << 10
    headers: int = 100


class Connection(HttpToolsProtocol):
    """A connection within limits. `gone` is called when it has ended, if it ever began: `begun` tells."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        limits: Limits,
        gone: Callable[[], None],
        tls: ServerTls | None = None,
    ) -> None:
        super().__init__(config, server_state, {})
        self._limits = limits
        self._gone = gone
        self._tls = tls
        self._waiting: asyncio.TimerHandle | None = None  # for the rest of a request
        self._stuck: asyncio.TimerHandle | None = None  # for the client to read on
        self._in_body = False
        self._head = 0  # bytes that have come of a head
        self.begun = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request, unless the client's certificate is not one of those that may ask."""
        self.begun = True
        super().connection_made(transport)
        # Whatever the system does not take at once is waited for, so that who takes nothing is noticed.
        transport.set_write_buffer_limits(high=1, low=0)
        if self._tls and not self._tls.admits(transport.get_extra_info("peercert")):
            transport.abort()
            return
        self._await(self._limits.head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of all that waits for it."""
        self._stop_waiting()
        self.resume_writing()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)
        self._gone()

    def data_received(self, data: bytes) -> None:
        """Take what has come, as far as it is not too much."""
        if not self._in_body:
            self._head += len(data)
            if self._waiting is None:
                self._await(self._limits.head)
        super().data_received(data)
        if not self._in_body and self._head > self._limits.head_size:
            self._refuse(431, "the head of the request is too large")

    def on_headers_complete(self) -> None:
        """Answer, unless there is too much in the head, or what is behind it was refused already."""
        if self.transport.is_closing():
            return
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > self._limits.head_size or len(self.headers) > self._limits.headers:
            self._refuse(431, "the head of the request is too large")
            return
        self._in_body, self._head = True, 0
        self._await(self._limits.body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass the body on, unless its head was refused."""
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for nothing further; the idle time between two requests is uvicorn's."""
        self._in_body, self._head = False, 0
        self._stop_waiting()
        if not self.transport.is_closing():
            super().on_message_complete()

    def pause_writing(self) -> None:
        """Wait for the client to take what is there."""
        super().pause_writing()
        if self._stuck is None:
            self._stuck = self.loop.call_later(self._limits.unread, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        if self._stuck is not None:
            self._stuck.cancel()
            self._stuck = None

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(400, msg)

    def _await(self, seconds: float) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        self._refuse(408, "the request took too long")

    def _refuse(self, status: int, text: str) -> None:
        """Answer, where none has begun to the same request, and end the connection."""
        if self.transport.is_closing():
            return
        self._stop_waiting()
        if self._in_body or not getattr(
            self.cycle, "response_complete", True
        ):  # None before the first request
            self.transport.abort()
            return
        body = f"{text}\n".encode()
        headers: dict[str, Any] = {
            **SECURITY_HEADERS,
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Length": len(body),
            "Connection": "close",
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(STATUS_LINE[status] + f"{lines}\r\n".encode() + body)
        self.transport.close()
