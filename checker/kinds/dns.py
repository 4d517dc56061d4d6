"""The kind `dns`: what a name server says of a name, where other kinds only learn its addresses."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, Field, PlainValidator

from checker.core.facts import Absent, Fact, Facts, Unit
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.kinds.contract import Kind, Mutation, Observation, Observe, SpecProblem, StepContext, Tools
from checker.kinds.fields import Plain, Strict, Switch, described, or_reference, words, wrong
from checker.net.peer import ADDRESS, latency_fact, latency_of, timings_fact, timings_of
from checker.net.records import Said
from checker.net.resolve import Resolver, known_addresses

TYPES = (
    *("A", "AAAA", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR"),
    *("SOA", "SRV", "SSHFP", "SVCB", "TLSA", "TXT"),
)

_PORT = 53
_SERVER = re.compile(
    r"(?:\[(?P<bracketed>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>\d{1,5}))?"
)

_TIMINGS = {
    Phase.DNS: "Looking the server's own name up.",
    Phase.CONNECT: "Connecting over TCP, where the answer did not fit into a datagram.",
    Phase.SEND: "Sending the question.",
    Phase.WAIT: "Waiting for the answer, repetitions included.",
    Phase.RECEIVE: "Receiving the answer.",
}


def _server(value: Any) -> tuple[str, int]:
    if not isinstance(value, str):
        raise wrong(f"expected host:port, not {described(value)}")
    match = _SERVER.fullmatch(value)
    port = int(match["port"] or _PORT) if match else 0
    if match is None or not 0 < port < 65536:
        raise wrong(f"expected a name server such as 192.0.2.1:53 or [2001:db8::1]:53, not {value!r}")
    return match["bracketed"] or match["host"], port


Server = Annotated[tuple[str, int], PlainValidator(_server), or_reference({"type": "string"})]


class DnsSpec(Strict):
    """A question to a name server."""

    name: Plain = Field(description="The name to ask for; with the type PTR, an address will do.")
    type: Annotated[str, PlainValidator(words(*TYPES)), or_reference({"enum": list(TYPES)})] = Field(
        "A", description="The type of the records, such as A, AAAA, CNAME, MX or TXT."
    )
    server: Server | None = Field(
        None, description="The name server to ask, as `host:port`; by default the system's."
    )
    recursion: Switch = Field(
        default=True, description="false: ask only for what the server itself knows, not for what others do."
    )


class DnsKind(Kind[DnsSpec]):
    """Asks once, and again where a datagram may have been lost."""

    name: ClassVar[str] = "dns"
    Spec: ClassVar[type[BaseModel]] = DnsSpec
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "rcode",
            "How the server answered: NOERROR, NXDOMAIN, SERVFAIL or another rcode.",
            reason=Reason.DNS,
        ),
        Fact("answers", "The records of the type asked for, as texts, sorted."),
        Fact("cname", "The name to which aliases lead, the last of them."),
        Fact("authoritative", "Whether the server answered for a zone of its own."),
        Fact("ttl", "How long the answer may be kept.", unit=Unit.DURATION),
        ADDRESS,
        latency_fact("From the question to its answer, repetitions included."),
        timings_fact(_TIMINGS),
    )

    def __init__(
        self,
        tools: Tools,
        resolver: Resolver | None = None,
        system: Callable[[], Sequence[tuple[str, int]]] | None = None,
    ) -> None:
        super().__init__(tools)
        self._resolver = resolver or Resolver()
        self._system = system

    @classmethod
    def implied(cls, spec: DnsSpec, asserted: frozenset[str]) -> Mapping[str, object]:
        if "rcode" in asserted:
            return {}
        # there is a ttl where there is a record; one that is missing has the reason `dns`, as for every other kind
        some = {} if asserted & {"answers", "ttl"} else {"ttl": {"exists": True}}
        return {"rcode": "NOERROR", **some}

    @classmethod
    def mutations(cls, spec: DnsSpec, seen: Observation) -> Iterator[Mutation]:
        server = str(seen.facts.get("address"))
        for name, what, rcode in (
            ("no_such_name", f"NXDOMAIN: there is no {spec.name}", "NXDOMAIN"),
            ("no_record", f"no record of the type {spec.type}", "NOERROR"),
        ):
            facts = _facts(spec, Said(server, rcode, authoritative=False, records=()), Trace())
            if any(facts.get(fact) != seen.facts.get(fact) for fact in ("rcode", "answers")):
                yield Mutation(name, what, partial(Observation, facts))

    def problems(self, spec: DnsSpec, restricted: Mapping[str, frozenset[str]]) -> Iterator[SpecProblem]:
        from checker.net import nameserver  # noqa: PLC0415 - start-up time: dnspython is for those who have such a step

        try:
            nameserver.question(spec.name, spec.type)
        except ValueError as error:
            yield ("name",), str(error)

    def prepare(self, spec: DnsSpec) -> Observe:
        from checker.net import nameserver  # noqa: PLC0415 - as in problems

        asked = nameserver.question(spec.name, spec.type, recursion=spec.recursion)
        system = self._system or nameserver.system_servers

        async def observe(context: StepContext) -> Observation:
            trace = context.trace
            servers = await self._addresses(*spec.server, trace) if spec.server else system()
            said = await nameserver.ask(asked, servers, trace)
            return Observation(_facts(spec, said, trace))

        return observe

    async def _addresses(self, host: str, port: int, trace: Trace) -> tuple[tuple[str, int], ...]:
        addresses = known_addresses(host, "any")
        if not addresses:
            with trace.phase(Phase.DNS):
                addresses = await self._resolver.resolve(host)
        return tuple((address, port) for address in addresses)

    async def aclose(self) -> None:
        await self._resolver.aclose()


def _facts(spec: DnsSpec, said: Said, trace: Trace) -> Facts:
    told = said.records is not None
    no_alias = Absent(f"{spec.name} is no alias" if told else _untold(said), known=told)
    return Facts(
        {
            "rcode": said.rcode,
            "answers": Absent(_untold(said)) if said.records is None else said.records,
            "cname": no_alias if said.cname is None else said.cname,
            "authoritative": said.authoritative,
            "ttl": _no_record(spec, said) if said.ttl is None else said.ttl,
            "address": said.address,
            "latency": latency_of(trace),
            "timings": timings_of(trace),
        }
    )


def _untold(said: Said) -> str:
    if said.rcode == "NOERROR":
        return f"{said.address} only names other servers that would know"
    return f"{said.address} answered {said.rcode}"


def _no_record(spec: DnsSpec, said: Said) -> Absent:
    if said.rcode != "NOERROR":
        return Absent(f"{said.address} answered {said.rcode}")
    why = f"{spec.name} has no record of the type {spec.type}" if said.records == () else _untold(said)
    return Absent(why, reason=Reason.DNS)
