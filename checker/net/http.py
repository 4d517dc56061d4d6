"""The measured transport: httpx's API above, our own connections below.

One request, one connection, every phase timed at the socket; what came of it is an `httpx.Response` that is read
and decoded, or a `Trouble`. Nothing is followed and nothing is asked twice, but on a connection that was kept and
turned out dead. httpx's timeouts are not looked at: a step is cancelled when its time is over.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.decode import decode
from checker.net.dial import Dial, Route, open_wire, route
from checker.net.failures import BodyTrouble
from checker.net.parser import Answer
from checker.net.pool import Pool
from checker.net.request import Request, request_body, request_bytes
from checker.net.resolve import Resolver
from checker.net.response import MeasuredResponse
from checker.net.wire import Wire

_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})  # RFC 9110, section 9.2.2
_INLINE = 1 << 20  # bytes; what may come out of decoding more than this is decoded in a thread


class Received(Protocol):
    """A whole answer, over whichever version of HTTP it came."""

    @property
    def status(self) -> int: ...
    @property
    def headers(self) -> list[tuple[bytes, bytes]]: ...
    @property
    def names(self) -> Sequence[bytes]: ...
    @property
    def body(self) -> bytes | bytearray: ...
    @property
    def codings(self) -> list[str]: ...
    @property
    def reason_phrase(self) -> bytes: ...
    @property
    def http_version(self) -> bytes: ...
    @property
    def silent(self) -> bool: ...
    @property
    def progress(self) -> str: ...


_BEGUN = "checker.begun"


def begun(request: httpx.Request) -> httpx.Response | None:
    """Return the head of an answer that never came to its end; None where not even that had come."""
    response: httpx.Response | None = request.extensions.get(_BEGUN)
    return response


class MeasuredTransport(httpx.AsyncBaseTransport):
    """Belongs to the event loop in which it is first used.

    `request.extensions["checker"]` is a `Dial`. The response's extensions: `checker.address`, `http_version`,
    `reason_phrase`, `size` (bytes of the body, decoded), `received` (as it came), and over TLS `certificate` and
    `tls`. Raises Trouble; as BodyTrouble, with the answer's head, where only the body is no use.
    """

    def __init__(self, resolver: Resolver | None = None) -> None:
        self.resolver = resolver or Resolver()
        self._pool = Pool()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        dial = request.extensions.get("checker") or Dial()
        way = route(request.url, dial)
        body = request.content if isinstance(request, Request) else await request_body(request)
        try:
            if dial.http_version == "2":
                return await self._over_http2(request, body, way)
            if dial.connection == "reuse":
                return await self._kept(request, body, way)
            return await self._fresh(request, body, way)
        except MemoryError:
            raise Trouble(Reason.INTERNAL, "the checker itself is out of memory") from None

    async def aclose(self) -> None:
        self._pool.close()
        await self.resolver.aclose()

    async def _fresh(self, request: httpx.Request, body: bytes, way: Route) -> httpx.Response:
        message = _message(request, body, way, b"close")
        wire = await open_wire(way, self.resolver)
        try:
            answer = Answer(request.method, wire.peer, way.dial.max_body)
            await _converse(request, wire, message, answer, way.dial)
        finally:
            wire.close()
        return await _response(answer, wire, way.dial)

    async def _kept(self, request: httpx.Request, body: bytes, way: Route) -> httpx.Response:
        message, key = _message(request, body, way, b"keep-alive"), way.key
        wire = self._pool.take(key)
        answer = await self._ask_again(request, message, wire, way.dial) if wire else None
        if wire is None or answer is None:
            wire = await open_wire(way, self.resolver)
            answer = Answer(request.method, wire.peer, way.dial.max_body)
            await _converse_or_close(request, wire, message, answer, way.dial)
        if answer.keep_alive:
            self._pool.put(key, wire)
        else:
            wire.close()
        return await _response(answer, wire, way.dial)

    async def _ask_again(
        self, request: httpx.Request, message: bytes, wire: Wire, dial: Dial
    ) -> Answer | None:
        """Return the answer over a kept connection; None where it was gone, and the request may be sent again."""
        answer = Answer(request.method, wire.peer, dial.max_body)
        wire.describe(dial.trace)
        try:
            await _converse_or_close(request, wire, message, answer, dial)
        except Trouble as trouble:
            if answer.silent and trouble.reason is Reason.RESET and request.method in _IDEMPOTENT:
                return None
            raise
        return answer

    async def _over_http2(self, request: httpx.Request, body: bytes, way: Route) -> httpx.Response:
        from checker.net.http2 import Http2Answer, converse  # noqa: PLC0415 - megabytes that few steps ask for

        _message(request, b"", way, b"close")  # refuses what would break out of its line
        wire = await open_wire(way, self.resolver)
        answer = Http2Answer(wire.peer, way.dial.max_body)
        try:
            with way.dial.trace.progressing(partial(_so_far, answer)):
                await converse(wire, request, body, answer, way.dial.trace)
        except BaseException as error:
            _keep_head(request, answer, wire)
            if isinstance(error, Trouble):
                raise _with_head(error, answer, wire) from error.__cause__
            raise
        finally:
            wire.close()
        return await _response(answer, wire, way.dial)


def _message(request: httpx.Request, body: bytes, way: Route, connection: bytes) -> bytes:
    if way.forwarded:
        target = b"%b://%b%b" % (request.url.raw_scheme, request.url.netloc, request.url.raw_path)
        return request_bytes(request, body, target, connection, *way.proxy_headers)
    return request_bytes(request, body, request.url.raw_path, connection)


async def _converse_or_close(
    request: httpx.Request, wire: Wire, message: bytes, answer: Answer, dial: Dial
) -> None:
    try:
        await _converse(request, wire, message, answer, dial)
    except BaseException:
        wire.close()
        raise


async def _converse(request: httpx.Request, wire: Wire, message: bytes, answer: Answer, dial: Dial) -> None:
    dial.trace.progress = partial(_so_far, answer)
    try:
        if not await wire.exchange(message, answer.feed, dial.trace):
            answer.keep_alive = False
    except BaseException as error:  # be it a cancellation
        _keep_head(request, answer, wire)
        if isinstance(error, OSError):
            raise answer.broken(error) from error
        if isinstance(error, Trouble):
            raise _with_head(error, answer, wire) from error.__cause__
        raise
    finally:
        dial.trace.progress = None  # it holds the answer
        answer.let_go()


def _so_far(answer: Received) -> str:
    return "" if answer.silent else answer.progress


def _keep_head(request: httpx.Request, answer: Received, wire: Wire) -> None:
    if answer.status:
        request.extensions[_BEGUN] = _with_body(answer, wire, b"")


async def _response(answer: Received, wire: Wire, dial: Dial) -> httpx.Response:
    if not answer.codings or not answer.body:
        return _with_body(answer, wire, bytes(answer.body))
    try:
        body = await _decoded(answer, dial.max_body)
    except Trouble as trouble:
        raise _with_head(trouble, answer, wire) from None
    return _with_body(answer, wire, body)


async def _decoded(answer: Received, limit: int) -> bytes:
    codings = ",".join(answer.codings)
    if limit > _INLINE:
        return await asyncio.to_thread(decode, bytes(answer.body), codings, limit)
    return decode(bytes(answer.body), codings, limit)


def _with_head(trouble: Trouble, answer: Received, wire: Wire) -> Trouble:
    """Return a trouble about the body alone with the answer's head: its status may say more."""
    if trouble.reason not in {Reason.TOO_LARGE, Reason.UNDECODABLE}:
        return trouble
    return BodyTrouble(trouble.reason, trouble.message, _with_body(answer, wire, b""))


def _with_body(answer: Received, wire: Wire, body: bytes) -> httpx.Response:
    extensions: dict[str, object] = {
        "checker.address": wire.address,
        "http_version": answer.http_version,
        "reason_phrase": answer.reason_phrase,
        "size": len(body),
        "received": len(answer.body),
    }
    if wire.tls:
        extensions |= {"certificate": wire.certificate, "tls": wire.tls}
    return MeasuredResponse(answer.status, answer.headers, body, extensions, answer.names)
