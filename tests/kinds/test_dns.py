"""Questions to a small real name server, over UDP and TCP, and to ones that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.facts import Absent, Facts
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.kinds.contract import StepContext, Tools
from checker.kinds.dns import TYPES, DnsKind
from checker.net import nameserver
from checker.secrets.store import SecretStore
from tests.kinds.stepping import attempt, fails, passes, problems, run
from tests.net.loopback import closed_port, reset
from tests.net.nameserver import name_server
from tests.net.scopes import scope_with

ZONE: Mapping[tuple[str, str], tuple[int, tuple[str, ...]]] = {
    ("www.example.org.", "A"): (60, ("203.0.113.8", "203.0.113.7")),
    ("www.example.org.", "AAAA"): (30, ("2001:db8::7",)),
    ("alias.example.org.", "CNAME"): (20, ("cdn.example.org.",)),
    ("cdn.example.org.", "CNAME"): (300, ("www.example.org.",)),
    ("dangling.example.org.", "CNAME"): (20, ("gone.example.org.",)),
    ("round.example.org.", "CNAME"): (20, ("round.example.org.",)),
    ("example.org.", "MX"): (60, ("20 mx2.example.org.", "10 mx1.example.org.")),
    ("null.example.org.", "MX"): (60, ("0 .",)),
    ("example.org.", "TXT"): (60, ('"v=spf1 include:a. " "-all"', '"gr\\195\\188n"')),
    ("example.org.", "CAA"): (60, ('0 issue "ca.example. org."',)),
    ("example.org.", "SOA"): (60, ("ns1.example.org. host.example.org. 1 2 3 4 5",)),
    ("_sip._tcp.example.org.", "SRV"): (60, ("0 5 5060 sip.example.org.",)),
    ("7.113.0.203.in-addr.arpa.", "PTR"): (60, ("www.example.org.",)),
    ("many.example.org.", "A"): (60, tuple(f"198.51.100.{number}" for number in range(200))),
    ("xn--bcher-kva.example.org.", "A"): (60, ("203.0.113.9",)),
}
RCODES = {"failing": dns.rcode.SERVFAIL, "refusing": dns.rcode.REFUSED}


def answered(query: dns.message.Message) -> dns.message.Message:
    """Answer as an authoritative server for example.org would."""
    response = dns.message.make_response(query, recursion_available=False)
    name, kind = query.question[0].name, query.question[0].rdtype
    if rcode := RCODES.get(name.labels[0].decode()):
        response.set_rcode(rcode)
        return response
    if name.labels[0] == b"elsewhere":
        response.authority.append(
            dns.rrset.from_text("elsewhere.example.org.", 60, "IN", "NS", "ns.example.net.")
        )
        return response
    response.flags |= dns.flags.AA
    for _ in range(9):
        for type_ in (dns.rdatatype.to_text(kind), "CNAME"):
            if found := ZONE.get((name.canonicalize().to_text(), type_)):
                ttl, texts = found
                response.answer.append(dns.rrset.from_text(name, ttl, "IN", type_, *texts))
                break
        else:
            known = {owner for owner, _ in ZONE}
            response.set_rcode(dns.rcode.NOERROR if name.to_text() in known else dns.rcode.NXDOMAIN)
            return response
        if type_ != "CNAME" or kind == dns.rdatatype.CNAME:
            return response
        name = dns.name.from_text(texts[0])
    return response


Mangle = Callable[[dns.message.Message], bytes | None]


@dataclass
class Name(asyncio.DatagramProtocol):
    """A name server. `datagram` makes what is sent over UDP, None for nothing; `stream` what is sent over TCP."""

    datagram: Mangle
    stream: Mangle | None
    asked: list[str] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (reply := self.reply("udp", data, self.datagram)) is not None:
            self._transport.sendto(reply, addr)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            data = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
            reply = self.reply("tcp", data, self.stream or self.datagram) or b""
            for start in range(0, len(reply), 500):
                writer.write(reply[start : start + 500])
                await writer.drain()
        if reply == b"reset":
            reset(writer)
        writer.close()

    def reply(self, how: str, data: bytes, make: Mangle) -> bytes | None:
        query = dns.message.from_wire(data)
        self.asked.append(how)
        self.flags.append(int(query.flags))
        return make(query)


def datagram(query: dns.message.Message) -> bytes:
    return answered(query).to_wire(max_size=query.payload or 512, prefer_truncation=True)


def stream(query: dns.message.Message) -> bytes:
    return answered(query).to_wire(max_size=65535, prepend_length=True)


@asynccontextmanager
async def serving(
    over_udp: Mangle = datagram, over_tcp: Mangle | None = stream
) -> AsyncIterator[tuple[Name, str]]:
    """Yield a name server, and where it is; with `over_tcp` None, nobody listens on TCP."""
    served, loop = Name(over_udp, over_tcp), asyncio.get_running_loop()
    listener = await asyncio.start_server(served.connected, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: served, local_addr=("127.0.0.1", port))
    if over_tcp is None:
        listener.close()
    try:
        yield served, f"127.0.0.1:{port}"
    finally:
        transport.close()
        listener.close()
        await asyncio.sleep(0.001)  # transports close in a later turn of the loop


def kind() -> DnsKind:
    return DnsKind(Tools(SecretStore({})))


async def seen(name: str, type_: str = "A", **keys: Any) -> Facts:
    async with serving() as (_, server):
        return await attempt(kind(), {"name": name, "type": type_, "server": server, **keys})


def told(facts: Facts) -> dict[str, object]:
    """Return the facts about the answer, with None for those that are missing."""
    values = {name: facts.get(name) for name in ("rcode", "answers", "cname", "authoritative", "ttl")}
    return {name: None if isinstance(value, Absent) else value for name, value in values.items()}


def noerror(*answers: str, ttl: int | None = 60, cname: str | None = None) -> dict[str, object]:
    return {"rcode": "NOERROR", "answers": answers, "cname": cname, "authoritative": True, "ttl": ttl}


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("www.example.org", "A", noerror("203.0.113.7", "203.0.113.8")),
        ("WWW.example.org.", "A", noerror("203.0.113.7", "203.0.113.8")),
        ("www.example.org", "AAAA", noerror("2001:db8::7", ttl=30)),
        ("www.example.org", "MX", noerror(ttl=None)),
        (
            "alias.example.org",
            "A",
            noerror("203.0.113.7", "203.0.113.8", ttl=20, cname="www.example.org"),
        ),
        ("alias.example.org", "CNAME", noerror("cdn.example.org", ttl=20, cname="cdn.example.org")),
        ("example.org", "MX", noerror("10 mx1.example.org", "20 mx2.example.org")),
        ("null.example.org", "MX", noerror("0 .")),
        ("example.org", "TXT", noerror("grün", "v=spf1 include:a. -all")),
        ("example.org", "CAA", noerror('0 issue "ca.example. org."')),
        ("example.org", "SOA", noerror("ns1.example.org host.example.org 1 2 3 4 5")),
        ("_sip._tcp.example.org", "SRV", noerror("0 5 5060 sip.example.org")),
        ("203.0.113.7", "PTR", noerror("www.example.org")),
        ("bücher.example.org", "A", noerror("203.0.113.9")),
        (
            "no.example.org",
            "A",
            {"rcode": "NXDOMAIN", "answers": (), "cname": None, "authoritative": True, "ttl": None},
        ),
        (
            "dangling.example.org",
            "A",
            {
                "rcode": "NXDOMAIN",
                "answers": (),
                "cname": "gone.example.org",
                "authoritative": True,
                "ttl": None,
            },
        ),
        (
            "failing.example.org",
            "A",
            {"rcode": "SERVFAIL", "answers": None, "cname": None, "authoritative": False, "ttl": None},
        ),
        (
            "elsewhere.example.org",
            "A",
            {"rcode": "NOERROR", "answers": None, "cname": None, "authoritative": False, "ttl": None},
        ),
    ],
)
async def test_what_a_server_says(name: str, type_: str, expected: dict[str, object]) -> None:
    assert expected == told(await seen(name, type_))


async def test_what_is_known_of_the_exchange() -> None:
    facts = await seen("www.example.org")
    timings = facts.get("timings")
    assert isinstance(timings, dict)
    assert {"send", "wait", "receive"} == {
        name for name, spent in timings.items() if isinstance(spent, float)
    }
    assert "127.0.0.1" == facts.get("address")
    assert sum(spent for spent in timings.values() if isinstance(spent, float)) == facts.get("latency")


async def test_an_answer_that_does_not_fit_comes_over_tcp() -> None:
    async with serving() as (served, server):
        trace = Trace()
        context = StepContext("p", "s", scope_with(), trace)
        facts = await attempt(kind(), {"name": "many.example.org", "server": server}, context)
    answers = facts.get("answers")
    assert isinstance(answers, tuple)
    assert (200, ["udp", "tcp"]) == (len(answers), served.asked)
    assert Phase.CONNECT in trace.timings


async def test_a_datagram_that_was_cut_in_the_middle_of_a_record() -> None:
    def cut(query: dns.message.Message) -> bytes:
        response = answered(query)
        response.flags |= dns.flags.TC
        return response.to_wire()[:-7]

    async with serving(cut) as (served, server):
        facts = await attempt(kind(), {"name": "www.example.org", "server": server})
    assert (noerror("203.0.113.7", "203.0.113.8"), ["udp", "tcp"]) == (told(facts), served.asked)


@pytest.mark.parametrize(("recursion", "expected"), [(True, dns.flags.RD), (False, 0)])
async def test_recursion(recursion: bool, expected: int) -> None:
    async with serving() as (served, server):
        spec = {"name": "www.example.org", "server": server, "recursion": recursion}
        await attempt(kind(), spec)
    assert [expected] == [flags & dns.flags.RD for flags in served.flags]


# What becomes of it


EXPECTED: dict[str, dict[str, Any]] = {
    "www": {},
    "alias": {"cname": "www.example.org", "ttl": {"lte": "20s"}, "authoritative": True},
    "no": {"rcode": "NXDOMAIN", "answers": {"empty": True}},
    "failing": {"rcode": ["SERVFAIL", "REFUSED"]},
    "null": {"answers": {"empty": True}},
}


@pytest.mark.parametrize("name", EXPECTED)
async def test_what_passes(tmp_path: Path, name: str) -> None:
    async with serving() as (_, server):
        probe = {"dns": {"name": f"{name}.example.org", "server": server}, "expect": EXPECTED[name]}
        await passes(tmp_path, probe if EXPECTED[name] else {"dns": probe["dns"]})


FAILING: dict[str, tuple[str, dict[str, Any], Reason, str]] = {
    "no such name": ("no", {}, Reason.DNS, 'rcode: expected "NOERROR", saw "NXDOMAIN"'),
    "no such name, whatever else": ("no", {"cname": {"exists": False}}, Reason.DNS, "NXDOMAIN"),
    "a dangling alias": ("dangling", {"cname": "gone.example.org"}, Reason.DNS, "NXDOMAIN"),
    "a failure": ("failing", {}, Reason.DNS, 'rcode: expected "NOERROR", saw "SERVFAIL"'),
    "a refusal": ("refusing", {}, Reason.DNS, 'rcode: expected "NOERROR", saw "REFUSED"'),
    "no record": ("null", {}, Reason.DNS, "null.example.org has no record of the type A"),
    "no record, nor its ttl": ("null", {"ttl": {"lt": "1m"}}, Reason.DNS, "has no record of the type A"),
    "a referral": ("elsewhere", {}, Reason.DNS, "only names other servers that would know"),
    "a referral is no empty answer": (
        "elsewhere",
        {"answers": {"empty": True}},
        Reason.ASSERTION,
        "answers: ",
    ),
    "nor is a failure": (
        "failing",
        {"rcode": "SERVFAIL", "answers": {"none": "203.0.113.66"}},
        Reason.ASSERTION,
        "answered SERVFAIL",
    ),
    "another address": ("www", {"answers": {"contains": "203.0.113.66"}}, Reason.ASSERTION, "answers: "),
    "no alias": ("www", {"cname": {"ends_with": "example.net"}}, Reason.ASSERTION, "is no alias"),
    "too slow": ("www", {"latency": {"lt": "1ms"}, "timings": {"connect": {"lt": "1s"}}}, Reason.SLOW, ""),
    "aliases in a circle": ("round", {}, Reason.PROTOCOL, "sent what is no DNS message"),
}


@pytest.mark.parametrize("name", FAILING)
async def test_what_fails(tmp_path: Path, name: str) -> None:
    asked, expect, reason, message = FAILING[name]
    async with serving() as (_, server):
        probe = {"dns": {"name": f"{asked}.example.org", "server": server}}
        found = await fails(tmp_path, {**probe, "expect": expect} if expect else probe)
    assert reason is found[0]
    assert message in found[1]


async def test_as_a_shallow_check(tmp_path: Path) -> None:
    async with serving() as (_, server):
        shallow = {"dns": {"name": "www.example.org", "server": server}}
        deep = {"tcp": {"host": "127.0.0.1", "port": closed_port()}}
        outcome = await run(tmp_path, {**deep, "shallow": shallow})
    assert (Reason.REFUSED, True) == (outcome.reason, outcome.masked)


# Servers that misbehave


def raised_by(make: Mangle, over_tcp: Mangle | None = stream, name: str = "www") -> Trouble:
    async def main() -> Trouble:
        async with serving(make, over_tcp) as (_, server):
            with pytest.raises(Trouble) as caught:
                await attempt(kind(), {"name": f"{name}.example.org", "server": server})
            return caught.value

    return asyncio.run(main())


def another_question(query: dns.message.Message) -> bytes:
    return datagram(dns.message.make_query("no.example.org", "A", id=query.id))


def another_id(query: dns.message.Message) -> bytes:
    return bytes([query.id >> 8 ^ 1]) + datagram(query)[1:]


def contradictory(query: dns.message.Message) -> bytes:
    response = answered(query)
    response.set_rcode(dns.rcode.NXDOMAIN)
    return response.to_wire()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda query: b"\0", "sent what is no DNS message"),
        (lambda query: b"\x00\xff" * 40, "sent what is no DNS message"),
        (lambda query: datagram(query)[:-3], "sent what is no DNS message"),
        (lambda query: query.to_wire(), "answered something else than it was asked"),
        (another_id, "answered something else than it was asked"),
        (another_question, "answered something else than it was asked"),
        (contradictory, "sent what is no DNS message"),
    ],
    ids=["next to nothing", "noise", "half", "echo", "another id", "another question", "contradiction"],
)
def test_what_is_no_answer(make: Mangle, message: str) -> None:
    trouble = raised_by(make)
    assert Reason.PROTOCOL is trouble.reason
    assert message in trouble.message


def test_tcp_is_blocked() -> None:
    assert Reason.REFUSED is raised_by(datagram, None, name="many").reason


@pytest.mark.parametrize(
    ("reply", "reason"), [(b"", Reason.RESET), (b"\x01", Reason.RESET), (b"\x01\x00abc", Reason.RESET)]
)
def test_tcp_ends_early(reply: bytes, reason: Reason) -> None:
    assert reason is raised_by(datagram, lambda _: reply, name="many").reason


def test_nobody_there() -> None:
    async def main() -> Trouble:
        with pytest.raises(Trouble) as caught:
            await attempt(kind(), {"name": "a.example.org", "server": f"127.0.0.1:{closed_port()}"})
        return caught.value

    assert Reason.REFUSED is asyncio.run(main()).reason


async def test_silence_and_the_deadline(tmp_path: Path) -> None:
    async with serving(lambda _: None) as (served, server):
        probe = {"dns": {"name": "www.example.org", "server": server}, "timeout": "100ms"}
        reason, message = await fails(tmp_path, probe)
    assert (Reason.TIMEOUT, ["udp"]) == (reason, served.asked)
    assert "while waiting for the answer" in message


@given(st.binary(max_size=120))
def test_no_noise_escapes_as_a_foreign_exception(noise: bytes) -> None:
    query = nameserver.question("www.example.org", "A").message()
    head = query.id.to_bytes(2) + b"\x81\x80" + b"\0\1\0\1\0\0\0\0"
    for data in (noise, head + noise, datagram(query)[:40] + noise):
        with suppress(Trouble):
            nameserver._said(nameserver._read(data, query, "ns"), ("ns", 53))


# Several servers


def asking(servers: list[tuple[str, int]]) -> DnsKind:
    return DnsKind(Tools(SecretStore({}), Clock()), system=lambda: servers)


async def test_the_systems_servers_are_asked_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "PATIENCE", (0.05, 5.0))
    async with serving(lambda _: None) as (silent, first), serving() as (_, second):
        servers = [(host, int(port)) for host, port in (where.split(":") for where in (first, second))]
        dead = ("127.0.0.1", closed_port())
        facts = await attempt(asking([dead, *servers]), {"name": "www.example.org"})
        assert "NOERROR" == facts.get("rcode")
        assert ["udp"] == silent.asked
        with pytest.raises(Trouble) as caught:
            await attempt(asking([dead]), {"name": "www.example.org"})
        assert Reason.REFUSED is caught.value.reason


async def test_a_lost_datagram_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "PATIENCE", (0.05, 5.0))
    lost = iter([True, False])
    async with serving(lambda query: None if next(lost) else datagram(query)) as (served, server):
        await attempt(kind(), {"name": "www.example.org", "server": server})
    assert ["udp", "udp"] == served.asked


async def test_silence_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "PATIENCE", (0.01, 0.01))
    async with serving(lambda _: None) as (served, server):
        with pytest.raises(Trouble, match="did not answer, although asked 2 times") as caught:
            await attempt(kind(), {"name": "www.example.org", "server": server})
    assert (Reason.TIMEOUT, ["udp", "udp"]) == (caught.value.reason, served.asked)


def test_the_systems_servers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text("nameserver 192.0.2.1\nnameserver 2001:db8::1\n")
    system = dns.resolver.Resolver(str(path))
    monkeypatch.setattr(dns.resolver, "Resolver", lambda: system)
    assert (("192.0.2.1", 53), ("2001:db8::1", 53)) == nameserver.system_servers()

    def none() -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", none)
    with pytest.raises(Trouble) as caught:
        nameserver.system_servers()
    assert Reason.INTERNAL is caught.value.reason


async def test_a_server_may_have_a_name() -> None:
    async with serving() as (_, server):
        port = server.rpartition(":")[2]
        facts = await attempt(kind(), {"name": "www.example.org", "server": f"localhost:{port}"})
        assert "127.0.0.1" == facts.get("address")
        async with name_server({"ns.example.net": ["127.0.0.1"]}) as names:
            from checker.net.resolve import Resolver

            named = DnsKind(Tools(SecretStore({})), Resolver((names.address,)))
            trace = Trace()
            context = StepContext("p", "s", scope_with(), trace)
            spec = {"name": "www.example.org", "server": f"ns.example.net:{port}"}
            assert "NOERROR" == (await attempt(named, spec, context)).get("rcode")
            assert Phase.DNS in trace.timings
            with pytest.raises(Trouble) as caught:
                await attempt(named, {**spec, "server": "no.example.net"})
            assert Reason.DNS is caught.value.reason
            await named.aclose()


# How it is written


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("ns1.example.org:53", ("ns1.example.org", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
    ],
)
def test_servers(written: str, expected: tuple[str, int]) -> None:
    spec = DnsKind.Spec.model_validate({"name": "a", "server": written})
    assert expected == spec.server  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({}, "'name' is missing here"),
        ({"name": "a..b"}, "'a..b' is no name in the DNS"),
        ({"name": 64 * "a" + ".org"}, "is no name in the DNS"),
        ({"name": "a", "type": "ANY"}, "expected A, AAAA, CAA"),
        (
            {"name": "a", "server": "2001:db8::1"},
            "expected a name server such as 192.0.2.1:53 or [2001:db8::1]:53",
        ),
        ({"name": "a", "server": "a:0"}, "expected a name server such as"),
        ({"name": "a", "server": "a:66000"}, "expected a name server such as"),
        ({"name": "a", "server": 53}, "expected host:port, not a whole number"),
        ({"name": "a", "server": "https://dns.example.org"}, "expected a name server such as"),
        ({"name": "a", "recursion": "no"}, "expected true or false"),
    ],
)
def test_what_may_not_be_written(tmp_path: Path, keys: dict[str, Any], message: str) -> None:
    (found,) = problems(tmp_path, {"dns": keys})
    assert message in found


def test_every_type_is_one() -> None:
    assert [] == [name for name in TYPES if dns.rdatatype.from_text(name).name != name]
    spec = DnsKind.Spec.model_validate({"name": "a"})
    assert not DnsKind.writes(spec)  # type: ignore[arg-type]
