import asyncio
import contextlib
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.resolve import IpVersion, Resolver, is_metadata
from tests.net.loopback import LOOPS, run_on
from tests.net.nameserver import NameServer, name_server


@contextlib.asynccontextmanager
async def resolving(
    names: Mapping[str, list[str] | str], timeout: float = 5, tries: int = 1
) -> AsyncIterator[tuple[Resolver, NameServer]]:
    async with name_server(names) as server:
        resolver = Resolver([server.address], timeout=timeout, tries=tries)
        try:
            yield resolver, server
        finally:
            await resolver.aclose()


async def trouble(resolver: Resolver, host: str, ip_version: IpVersion = "any") -> Trouble:
    with pytest.raises(Trouble) as caught:
        await resolver.resolve(host, ip_version)
    return caught.value


@pytest.mark.parametrize("loop", LOOPS)
def test_a_name_is_looked_up(loop: str) -> None:
    async def main() -> tuple[str, ...]:
        async with resolving({"a.example": ["127.0.0.9"]}) as (resolver, _):
            return await resolver.resolve("a.example")

    assert ("127.0.0.9",) == run_on(loop, main())


async def test_the_versions_take_turns() -> None:
    async with resolving({"a.example": ["127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"]}) as (resolver, _):
        found = await resolver.resolve("a.example")

    assert {"127.0.0.1", "127.0.0.2", "127.0.0.3", "::1"} == set(found)
    assert {"::1"} < set(found[:2])


@pytest.mark.parametrize(("ip_version", "expected"), [("4", ("127.0.0.9",)), ("6", ("::1",))])
async def test_one_version_can_be_asked_for(ip_version: IpVersion, expected: tuple[str, ...]) -> None:
    async with resolving({"a.example": ["127.0.0.9", "::1"]}) as (resolver, _):
        assert expected == await resolver.resolve("a.example", ip_version)


@pytest.mark.parametrize(
    ("host", "ip_version", "expected"),
    [
        ("127.0.0.1", "any", ("127.0.0.1",)),
        ("::1", "6", ("::1",)),
        ("localhost", "any", ("127.0.0.1", "::1")),
        ("localhost", "6", ("::1",)),
        ("works.localhost", "4", ("127.0.0.1",)),
    ],
)
async def test_addresses_and_localhost_need_no_lookup(
    host: str, ip_version: IpVersion, expected: tuple[str, ...]
) -> None:
    async with resolving({}) as (resolver, server):
        assert expected == await resolver.resolve(host, ip_version)
        assert [] == server.asked


async def test_an_address_of_the_other_version_is_no_address() -> None:
    found = await trouble(Resolver(), "::1", "4")

    assert (Reason.DNS, "::1 is not an IPv4 address") == (found.reason, found.message)


async def test_the_machines_own_names_are_honoured() -> None:
    """Whatever /etc/hosts has for this machine is found without a name server."""
    address, host = _from_the_hosts_file()
    if not host:
        pytest.skip("/etc/hosts names nothing but localhost")
    async with resolving({}) as (resolver, server):
        assert address in await resolver.resolve(host, "4")
        assert [] == server.asked


def _from_the_hosts_file() -> tuple[str, str]:
    lines = [line.split("#")[0].split() for line in Path("/etc/hosts").read_text("utf-8").splitlines()]
    known = [(words[0], words[1]) for words in lines if len(words) > 1 and "." in words[0]]
    return next((pair for pair in known if "localhost" not in pair[1]), ("", ""))


@pytest.mark.parametrize(
    ("host", "ip_version", "why"),
    [
        ("missing.example", "any", "there is no such name"),
        ("v4.example", "6", "the name has no IPv6 address"),
        ("failing.example", "any", "the name server failed"),
        ("refused.example", "any", "the name server refused"),
        ("a..example", "any", "it is not a name"),
        ("a b.example", "any", "it is not a name"),
    ],
)
async def test_a_name_without_an_address_is_a_dns_trouble(host: str, ip_version: IpVersion, why: str) -> None:
    names: dict[str, list[str] | str] = {
        "v4.example": ["127.0.0.1"],
        "failing.example": "failure",
        "refused.example": "refusal",
    }
    async with resolving(names) as (resolver, _):
        found = await trouble(resolver, host, ip_version)

    assert (Reason.DNS, f"{host} does not resolve: {why}") == (found.reason, found.message)


async def test_a_silent_name_server_is_told() -> None:
    async with resolving({"a.example": "silence"}, timeout=0.05) as (resolver, _):
        found = await trouble(resolver, "a.example")

    assert (Reason.DNS, "a.example does not resolve: no name server answered") == (
        found.reason,
        found.message,
    )


@pytest.mark.parametrize("loop", LOOPS)
def test_a_lookup_can_be_cancelled_and_holds_nobody_up(loop: str) -> None:
    names: dict[str, list[str] | str] = {"b.example": ["127.0.0.9"]}
    names |= {f"silent{number}.example": "silence" for number in range(50)}

    async def main() -> tuple[str, ...]:
        async with resolving(names, timeout=60) as (resolver, _):
            hung = [
                asyncio.ensure_future(resolver.resolve(f"silent{number}.example")) for number in range(50)
            ]
            await asyncio.sleep(0)
            found = await resolver.resolve("b.example")
            for task in hung:
                task.cancel()
            done, _ = await asyncio.wait(hung)
            assert all(task.cancelled() for task in done)
            return found

    assert ("127.0.0.9",) == run_on(loop, main())


async def test_no_descriptor_left_for_a_lookup_is_the_checkers_own_trouble() -> None:
    program = """
import asyncio, resource, socket
from checker.core.errors import Trouble
from checker.net.resolve import Resolver

async def main():
    resolver = Resolver(["127.0.0.1:9"], tries=1)
    try:
        await resolver.resolve("first.example")
    except Trouble as trouble:
        print(trouble.reason)
    kept = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    try:
        while True:
            kept.append(socket.socket())
    except OSError:
        pass
    for asked in (resolver, Resolver(["127.0.0.1:9"], tries=1)):
        try:
            await asked.resolve("second.example")
        except Trouble as trouble:
            print(trouble.reason)
    for sock in kept:
        sock.close()

asyncio.run(main())
"""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert ["dns", "internal", "internal"] == done.stdout.split(), done.stderr


async def test_nothing_is_started_before_the_first_name() -> None:
    program = """
import asyncio, sys, threading
from checker.net.resolve import Resolver

async def main():
    resolver = Resolver()
    await resolver.resolve("127.0.0.1")
    await resolver.aclose()

asyncio.run(main())
print(sorted(name for name in ("aiodns", "pycares") if name in sys.modules), threading.active_count())
"""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert "[] 1\n" == done.stdout


def test_the_names_of_the_statuses_are_c_ares_own() -> None:
    """The words that messages hang on; a renamed status would silently lose its sentence."""
    import pycares

    from checker.net.failures import LOOKUP_STATUSES

    assert set(pycares.errno.errorcode.values()) >= LOOKUP_STATUSES


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("169.254.169.254", True),
        ("169.254.170.2", True),
        ("::ffff:169.254.169.254", True),
        ("[fd00:ec2::254]", True),
        ("fe80::1%eth0", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("fd00:ec2::23", True),
        ("fd00:ec3::254", False),
        ("metadata.example.org", False),
        ("", False),
    ],
)
def test_is_metadata(address: str, *, expected: bool) -> None:
    assert expected == is_metadata(address)
