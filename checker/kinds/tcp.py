"""The kind `tcp`: a connection, and what the other side says on it."""

import asyncio
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from pydantic import BaseModel, Field, GetJsonSchemaHandler, model_validator

from checker.core.duration import format_size
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts
from checker.core.reason import Phase, Reason
from checker.core.scope import Scope
from checker.core.template import Reference, Template, as_text
from checker.core.trace import Trace
from checker.kinds.aging import expired
from checker.kinds.contract import Kind, Mutation, Observation, Observe, SpecProblem, StepContext, Tools
from checker.kinds.credentials import Tls
from checker.kinds.fields import Host, IpVersion, Plain, Port, Strict, Text
from checker.net.dial import reach
from checker.net.failures import exchange_trouble
from checker.net.guard import Guard, admits, refusal
from checker.net.peer import (
    ADDRESS,
    CERTIFICATE,
    TLS,
    certificate_fact,
    latency_fact,
    latency_of,
    timings_fact,
    timings_of,
    tls_fact,
)
from checker.net.rendering import CONTROL, once, render_text, secret_names, unusable
from checker.net.resolve import Resolver
from checker.net.wire import Wire

MOST = 64 << 10
"""Bytes that are taken of what the other side says."""

QUIET = 0.25
"""Seconds without a further byte after which the other side has said what it had to say."""

_TIMINGS = {
    Phase.DNS: "Looking the name up.",
    Phase.CONNECT: "Connecting.",
    Phase.TLS: "The TLS handshake.",
    Phase.SEND: "Sending what is to be sent.",
    Phase.WAIT: "Waiting for the first byte.",
    Phase.RECEIVE: "Receiving the rest.",
}


class TcpTls(Tls):
    """How the connection is encrypted; `true` is all by default."""

    @model_validator(mode="before")
    @classmethod
    def _switched_on(cls, value: Any) -> Any:
        return {} if value is True else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"const": True}, handler(schema)]}


class TcpSpec(Strict):
    """A port to connect to, and what to say."""

    host: Host = Field(description="The server's name or address.")
    port: Port = Field(description="The port.")
    tls: TcpTls | None = Field(None, description="true, or whom to trust and who to be: encrypt at once.")
    send: Text | None = Field(None, description="A text to send, such as `PING` and a line's end.")
    until: Plain | None = Field(
        None, description="A text that ends what is received; by default a pause does."
    )
    ip_version: IpVersion = Field("any", description="The version of IP to use: any, 4 or 6.")


class TcpKind(Kind[TcpSpec]):
    """Connects; listens only where that is asked for, as most servers do not speak first."""

    name: ClassVar[str] = "tcp"
    Spec: ClassVar[type[BaseModel]] = TcpSpec
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("received", "What the server said, as UTF-8."),
        ADDRESS,
        latency_fact("The whole of the last attempt, measured at the socket."),
        timings_fact(_TIMINGS),
        CERTIFICATE,
        TLS,
    )

    def __init__(self, tools: Tools, resolver: Resolver | None = None) -> None:
        super().__init__(tools)
        self._resolver = resolver or Resolver()
        self._guard = Guard(tools.secrets)

    @classmethod
    def implied(cls, spec: TcpSpec, asserted: frozenset[str]) -> Mapping[str, object]:
        if "received" in asserted or (spec.send is None and spec.until is None):
            return {}
        return {"received": {"contains": spec.until} if spec.until else {"empty": False}}

    @classmethod
    def mutations(cls, spec: TcpSpec, seen: Observation) -> Iterator[Mutation]:
        return expired(seen, verified=spec.tls is None or spec.tls.verify)

    def doubts(self, spec: TcpSpec) -> Iterator[SpecProblem]:
        for path, message in spec.tls.absent(self.tools.base_directory) if spec.tls else ():
            yield ("tls", *path), message

    def problems(self, spec: TcpSpec, restricted: Mapping[str, frozenset[str]]) -> Iterator[SpecProblem]:
        for name in secret_names(spec.send):
            if name in restricted and not admits(restricted[name], _plain(spec.host)):
                yield ("send",), refusal(name, restricted[name], spec.host)
        if spec.tls and (why := spec.tls.unusable(self.tools.base_directory, None)):
            yield ("tls",), why

    def prepare(self, spec: TcpSpec) -> Observe:
        words = once(partial(_words, spec), spec.send)
        trust = spec.tls.trust(self.tools.base_directory, None) if spec.tls else None

        async def observe(context: StepContext) -> Observation:
            said = words(context.scope)
            self._guard.check(_plain(spec.host), (said,))
            listens = spec.send is not None or spec.until is not None or context.wants("received")
            received: str | Absent = Absent("nobody asked for it, so it was not waited for")
            wire = await reach(spec.host, spec.port, context.trace, self._resolver, spec.ip_version)
            wire.describe(context.trace)
            try:
                if spec.tls and trust:
                    ssl = trust(context.scope)
                    name = spec.tls.server_name or spec.host.rstrip(".")
                    await wire.start_tls(ssl, name, context.trace)
                if listens:
                    received = (await _conversed(wire, said, spec.until, context.trace)).decode(
                        "utf-8", "replace"
                    )
            finally:
                wire.close()
            return Observation(self._facts(wire, context, received))

        return observe

    def _facts(self, wire: Wire, context: StepContext, received: str | Absent) -> Facts:
        return Facts(
            {
                "received": received,
                "address": wire.address,
                "latency": latency_of(context.trace),
                "timings": timings_of(context.trace),
                "certificate": certificate_fact(wire.certificate, self.tools.clock.wall()),
                "tls": tls_fact(wire.tls),
            }
        )

    async def aclose(self) -> None:
        await self._resolver.aclose()


def _plain(host: str) -> str:
    return host.lower().rstrip(".")


def _words(spec: TcpSpec, scope: Scope) -> bytes:
    if not isinstance(spec.send, Template):
        return (spec.send or "").encode()
    return render_text(spec.send, scope, _within_a_line).encode()


def _within_a_line(reference: Reference, value: object) -> str:
    """Return a value that cannot end the line that it stands in: it would be another command."""
    text = as_text(reference, value)
    if CONTROL.search(text):
        raise unusable(reference, "holds a line break or another control character, which would end the line")
    return text


async def _conversed(wire: Wire, said: bytes, until: str | None, trace: Trace) -> bytes:
    """Say what is to be said and return the answer: up to `until`, a pause or the end of the connection."""
    heard = bytearray()
    try:
        if said:
            with trace.phase(Phase.SEND):
                await wire.write(said)
        with trace.progressing(partial(_progress, heard)):
            await _listen(wire, heard, until, trace)
    except OSError as error:
        raise exchange_trouble(error, wire.peer, _progress(heard) or "before it had said anything") from error
    trace.stop()
    return bytes(heard)


async def _listen(wire: Wire, heard: bytearray, until: str | None, trace: Trace) -> None:
    trace.start(Phase.WAIT)
    while data := await _next(wire, trace, pausing=bool(heard) and until is None):
        heard += data
        trace.stop(wire.ago)
        if len(heard) > MOST:
            raise Trouble(Reason.TOO_LARGE, f"{wire.peer} sent more than {format_size(MOST)}")
        if until is not None and until.encode() in heard:
            break
        trace.start(Phase.RECEIVE)


def _progress(heard: bytearray) -> str:
    """How much the server has said. It is not quoted: half a secret is not found in it, and bodies may not be kept."""
    return f"after {len(heard)} bytes" if heard else ""


async def _next(wire: Wire, trace: Trace, *, pausing: bool) -> bytes:
    """Return what comes next; nothing at the end, or where a pause is the end."""
    pause = asyncio.timeout(QUIET if pausing else None)
    try:
        async with pause:
            return await wire.read(MOST)
    except TimeoutError:
        if not pause.expired():
            raise  # the socket's own
        trace.current = None  # the pause is nobody's time
        return b""
