"""Name servers that misbehave, and several of them."""

import asyncio
from contextlib import suppress
from pathlib import Path

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
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.kinds.contract import StepContext, Tools
from checker.kinds.dns import DnsKind
from checker.net import nameserver
from checker.secrets.store import SecretStore
from tests.kinds.stepping import attempt, fails
from tests.net.loopback import LOOPS, closed_port, run_on
from tests.net.nameserver import name_server
from tests.net.scopes import scope_with
from tests.net.zone import Mangle, answered, datagram, naming, stream


def kind() -> DnsKind:
    return DnsKind(Tools(SecretStore({})))


# Servers that misbehave


def raised_by(make: Mangle, over_tcp: Mangle | None = stream, name: str = "www") -> Trouble:
    async def main() -> Trouble:
        async with naming(make, over_tcp) as (_, server):
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


def test_a_network_that_lets_nothing_out() -> None:
    with pytest.raises(Trouble) as caught:
        asyncio.run(attempt(kind(), {"name": "a.example.org", "server": "255.255.255.255"}))
    assert Reason.UNREACHABLE is caught.value.reason


def test_tcp_is_blocked() -> None:
    assert Reason.REFUSED is raised_by(datagram, None, name="many").reason


@pytest.mark.parametrize("reply", [b"", b"\x01", b"\x01\x00abc", b"reset"])
def test_tcp_ends_early(reply: bytes) -> None:
    assert Reason.RESET is raised_by(datagram, lambda _: reply, name="many").reason


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ["www", "many"])
def test_it_works_on_every_event_loop(loop: str, name: str) -> None:
    async def main() -> object:
        async with naming() as (_, server):
            return (await attempt(kind(), {"name": f"{name}.example.org", "server": server})).get("rcode")

    async def refused() -> Reason:
        spec = {"name": "www.example.org", "server": f"127.0.0.1:{closed_port()}"}
        with pytest.raises(Trouble) as caught:
            await attempt(kind(), spec)
        return caught.value.reason

    assert "NOERROR" == run_on(loop, main())
    assert Reason.REFUSED is run_on(loop, refused())


def test_nobody_there() -> None:
    async def main() -> Trouble:
        with pytest.raises(Trouble) as caught:
            await attempt(kind(), {"name": "a.example.org", "server": f"127.0.0.1:{closed_port()}"})
        return caught.value

    assert Reason.REFUSED is asyncio.run(main()).reason


async def test_silence_and_the_deadline(tmp_path: Path) -> None:
    async with naming(lambda _: None) as (served, server):
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
    async with naming(lambda _: None) as (silent, first), naming() as (_, second):
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
    async with naming(lambda query: None if next(lost) else datagram(query)) as (served, server):
        await attempt(kind(), {"name": "www.example.org", "server": server})
    assert ["udp", "udp"] == served.asked


async def test_silence_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nameserver, "PATIENCE", (0.01, 0.01))
    async with naming(lambda _: None) as (served, server):
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
    async with naming() as (_, server):
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
