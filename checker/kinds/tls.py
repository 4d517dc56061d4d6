"""The kind `tls`: the handshake alone, with any server that speaks TLS at once or after a word in plain text."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field, PlainValidator

from checker.core.facts import Absent, Fact, Facts, Unit
from checker.core.reason import Phase
from checker.core.trace import Trace
from checker.kinds.aging import expired
from checker.kinds.contract import Kind, Mutation, Observation, Observe, SpecProblem, StepContext, Tools
from checker.kinds.credentials import Tls
from checker.kinds.fields import Host, IpVersion, Port, or_reference, words
from checker.net.dial import reach
from checker.net.peer import (
    ADDRESS,
    CERTIFICATE,
    TLS,
    certificate_keys,
    latency_fact,
    latency_of,
    timings_fact,
    timings_of,
    tls_fact,
)
from checker.net.resolve import Resolver
from checker.net.starttls import PROTOCOLS, agree_on_tls
from checker.net.tls import Certificate
from checker.net.wire import Wire

_PORTS = {"smtp": 25, "imap": 143, "pop3": 110, "ftp": 21, "ldap": 389, "postgres": 5432, "mysql": 3306}
_HTTPS = 443

_TIMINGS = {
    Phase.DNS: "Looking the name up.",
    Phase.CONNECT: "Connecting.",
    Phase.WAIT: "What is said in plain text before TLS, with starttls.",
    Phase.TLS: "The TLS handshake.",
}

_OWN_KEYS = (
    Fact("names", "The host names and addresses that it is for."),
    Fact("not_before", "When it begins.", unit=Unit.TIMESTAMP),
    Fact("chain_expires_in", "How long all that the server sent is still good for.", unit=Unit.DURATION),
)


class TlsSpec(Tls):
    """A server to shake hands with."""

    host: Host = Field(description="The server's name or address.")
    port: Port | None = Field(None, description="The port; by default that of starttls, else 443.")
    starttls: (
        Annotated[str, PlainValidator(words(*PROTOCOLS)), or_reference({"enum": list(PROTOCOLS)})] | None
    ) = Field(None, description="The protocol in which to ask for TLS first, such as `smtp`.")
    ip_version: IpVersion = Field("any", description="The version of IP to use: any, 4 or 6.")

    @property
    def where(self) -> tuple[str, int]:
        """The host and the port to connect to."""
        return self.host, self.port or _PORTS.get(self.starttls or "", _HTTPS)


class TlsKind(Kind[TlsSpec]):
    """Shakes hands, looks at what was shown, and closes the connection."""

    name: ClassVar[str] = "tls"
    Spec: ClassVar[type[BaseModel]] = TlsSpec
    facts: ClassVar[tuple[Fact, ...]] = (
        replace(CERTIFICATE, keys=(*CERTIFICATE.keys, *_OWN_KEYS)),
        Fact("chain", "Whom the certificates that the server sent were issued to, its own first."),
        TLS,
        ADDRESS,
        latency_fact("From looking the name up to the end of the handshake, measured at the socket."),
        timings_fact(_TIMINGS),
    )

    def __init__(self, tools: Tools, resolver: Resolver | None = None) -> None:
        super().__init__(tools)
        self._resolver = resolver or Resolver()

    @classmethod
    def mutations(cls, spec: TlsSpec, seen: Observation) -> Iterator[Mutation]:
        return expired(seen, verified=spec.verify)

    def doubts(self, spec: TlsSpec) -> Iterator[SpecProblem]:
        return spec.absent(self.tools.base_directory)

    def problems(self, spec: TlsSpec, restricted: Mapping[str, frozenset[str]]) -> Iterator[SpecProblem]:
        if why := spec.unusable(self.tools.base_directory, None):
            yield (), why

    def prepare(self, spec: TlsSpec) -> Observe:
        name = spec.server_name or spec.host.rstrip(".")
        trust = spec.trust(self.tools.base_directory, None)

        async def observe(context: StepContext) -> Observation:
            ssl = trust(context.scope)
            wire = await reach(*spec.where, context.trace, self._resolver, spec.ip_version)
            try:
                if spec.starttls:
                    await agree_on_tls(spec.starttls, wire, context.trace)
                await wire.start_tls(ssl, name, context.trace)
            finally:
                wire.close()
            return Observation(self._facts(wire, context.trace))

        return observe

    def _facts(self, wire: Wire, trace: Trace) -> Facts:
        shown, now = wire.certificate, self.tools.clock.wall()
        return Facts(
            {
                "certificate": _certificate(shown, now) if shown else _NOT_SHOWN,
                "chain": shown.chain if shown else _NOT_SHOWN,
                "tls": tls_fact(wire.tls),
                "address": wire.address,
                "latency": latency_of(trace),
                "timings": timings_of(trace),
            }
        )

    async def aclose(self) -> None:
        await self._resolver.aclose()


_NOT_SHOWN = Absent("the server showed no certificate")


def _certificate(shown: Certificate, now: float) -> dict[str, object]:
    return {
        **certificate_keys(shown, now),
        "names": shown.names,
        "not_before": shown.not_before,
        "chain_expires_in": shown.chain_not_after - now,
    }
