"""Connections to real servers: what they say, how it ends, and what may be said to them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.reason import Phase, Reason, Result
from checker.core.trace import Trace
from checker.kinds.contract import StepContext, Tools
from checker.kinds.tcp import MOST, TcpKind
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore
from tests.kinds.stepping import attempt, certificate_of, fails, passes, problems, run, step_of
from tests.net.loopback import (
    CA_PEM,
    DAY,
    LOOPS,
    NOW,
    Server,
    closed_port,
    deaf,
    reset,
    run_on,
    server_tls,
    serving,
)
from tests.net.scopes import scope_with


def aimed(server: Server, **keys: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": server.port, **keys}


async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 mail.example.org ready\r\n")
    await reader.read()


async def pong(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while line := await reader.readline():
        writer.write(b"+PONG\r\n" if line == b"PING\r\n" else b"-ERR " + line)


async def test_a_connection_is_enough_where_nothing_else_is_said(tmp_path: Path) -> None:
    async with serving(be_silent) as server:
        step = await passes(tmp_path, {"tcp": aimed(server)})
    assert {Phase.CONNECT} == step.timings.keys()
    assert "127.0.0.1" == step.facts["address"]


async def test_a_banner(tmp_path: Path) -> None:
    async with serving(greet) as server:
        probe: dict[str, Any] = {"tcp": aimed(server)}
        step = await passes(tmp_path, {**probe, "expect": {"received": {"starts_with": "220 "}}})
        assert {Phase.CONNECT, Phase.WAIT, Phase.RECEIVE} >= step.timings.keys() > {Phase.CONNECT}
        reason, message = await fails(tmp_path, {**probe, "expect": {"received": {"starts_with": "221"}}})
        assert Reason.ASSERTION is reason
        assert '"220 mail.example.org ready' in message
        warned = await step_of(tmp_path, {**probe, "warn": {"received": {"contains": "ESMTP"}}})
        assert Result.DEGRADED is warned.result
        captured = {"capture": {"host": {"received": True, "regex": "220 (\\S+)"}}}
        await passes(tmp_path, {**probe, **captured})


async def test_a_server_that_does_not_greet(tmp_path: Path) -> None:
    async with serving(be_silent) as server:
        probe = {"tcp": aimed(server), "expect": {"received": {"not_contains": "error"}}, "timeout": "100ms"}
        assert Reason.TIMEOUT is (await fails(tmp_path, probe))[0]


async def test_a_question_and_its_answer(tmp_path: Path) -> None:
    async with serving(pong) as server:
        await passes(tmp_path, {"tcp": aimed(server, send="PING\r\n", until="\r\n")})
        probe = {"tcp": aimed(server, send="PING\r\n"), "expect": {"received": {"eq": "+PONG\r\n"}}}
        await passes(tmp_path, probe)


async def test_what_goes_without_saying_of_an_answer(tmp_path: Path) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()

    async with serving(say_nothing) as server:
        reason, message = await fails(tmp_path, {"tcp": aimed(server, send="PING\r\n")})
        assert Reason.ASSERTION is reason
        assert message.startswith("received: expected")
        reason, message = await fails(tmp_path, {"tcp": aimed(server, send="PING\r\n", until="+PONG")})
        assert Reason.ASSERTION is reason
        probe = {"tcp": aimed(server, send="QUIT\r\n"), "expect": {"received": {"empty": True}}}
        await passes(tmp_path, probe)


async def test_a_pause_ends_what_is_received_and_is_in_no_timing(tmp_path: Path) -> None:
    """Without `until`, what comes after the pause is not waited for; with it, it is."""
    asked = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"one\r\n")
        await asked.wait()
        writer.write(b"two\r\n")
        await reader.read()

    async with serving(talk) as server:
        trace = Trace(now=iter(range(100)).__next__)
        context = StepContext("p", "s", scope_with(), trace)
        facts = await attempt(TcpKind(Tools(SecretStore({}))), aimed(server), context)
        assert "one\r\n" == facts.get("received")
        # less what passed between its coming and its reading, which this clock cannot tell
        assert {Phase.CONNECT: 1, Phase.WAIT: pytest.approx(1, abs=1)} == trace.timings
        asked.set()
        await passes(tmp_path, {"tcp": aimed(server, until="two")})


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("until", [{}, {"until": "\n"}])
def test_it_works_on_every_event_loop(loop: str, until: dict[str, str], tmp_path: Path) -> None:
    async def main() -> None:
        async with serving(pong, server_tls()) as server:
            await passes(tmp_path, {"tcp": aimed(server, tls={"ca": CA_PEM}, send="PING\r\n", **until)})

    run_on(loop, main())


async def test_what_is_split_is_put_together(tmp_path: Path) -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in "grüß dich: end\n".encode():
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0)
        await reader.read()

    async with serving(dribble) as server:
        probe = {"tcp": aimed(server, until="end\n"), "expect": {"received": "grüß dich: end\n"}}
        step = await passes(tmp_path, probe)
    assert Phase.RECEIVE in step.timings


async def test_what_is_no_text_stays_visible(tmp_path: Path) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x0a8.4.0\xff")

    async with serving(talk) as server:
        probe = {"tcp": aimed(server), "expect": {"received": {"eq": "\n8.4.0�"}}}
        await passes(tmp_path, probe)


async def test_a_flood_is_bounded(tmp_path: Path) -> None:
    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 10_000)
            await writer.drain()

    async with serving(flood) as server:
        probe = {"tcp": aimed(server, until="y"), "expect": {"received": {"not_contains": "error"}}}
        reason, message = await fails(tmp_path, probe)
    assert (Reason.TOO_LARGE, MOST) == (reason, 64 << 10)
    assert message.endswith("sent more than 64KiB")


async def test_a_reset(tmp_path: Path) -> None:
    async def give_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        reset(writer)

    async with serving(give_up) as server:
        reason, message = await fails(tmp_path, {"tcp": aimed(server, send="PING\r\n")})
    assert Reason.RESET is reason
    assert message.endswith("before it had said anything")


async def test_how_much_was_said_by_the_time_limit_is_told(tmp_path: Path) -> None:
    async with serving(greet) as server:
        probe = {"tcp": aimed(server, until="bye"), "timeout": "300ms"}
        reason, message = await fails(tmp_path, probe)
    assert Reason.TIMEOUT is reason
    assert "the run's 300ms passed while receiving the answer, after 28 bytes" == message
    async with serving(be_silent) as server:
        reason, message = await fails(tmp_path, {"tcp": aimed(server, until="bye"), "timeout": "100ms"})
    assert "the run's 100ms passed while waiting for the answer" == message


async def test_nobody_there(tmp_path: Path) -> None:
    assert Reason.REFUSED is (await fails(tmp_path, {"tcp": {"host": "127.0.0.1", "port": closed_port()}}))[0]
    with deaf("127.0.0.1") as port:
        probe = {"tcp": {"host": "127.0.0.1", "port": port}, "timeout": "100ms"}
        assert Reason.CONNECT_TIMEOUT is (await fails(tmp_path, probe))[0]
    probe = {"tcp": {"host": "127.0.0.1", "port": 9, "ip_version": 6}}
    assert Reason.DNS is (await fails(tmp_path, probe))[0]


async def test_tls(tmp_path: Path) -> None:
    async with serving(pong, server_tls()) as server:
        tls = {"ca": CA_PEM}
        probe = {
            "tcp": aimed(server, tls=tls, send="PING\r\n", until="PONG"),
            "expect": {"certificate": {"expires_in": {"gt": "1d"}}, "tls": {"version": {"gte": 1.2}}},
        }
        step = await passes(tmp_path, probe)
        assert certificate_of(step).names == ("127.0.0.1",)
        assert Reason.TLS_UNTRUSTED is (await fails(tmp_path, {"tcp": aimed(server, tls=True)}))[0]
        wrong = aimed(server, tls={**tls, "server_name": "other.example.org"})
        assert Reason.TLS_HOSTNAME is (await fails(tmp_path, {"tcp": wrong}))[0]


async def test_an_expired_certificate_stays_known(tmp_path: Path) -> None:
    async with serving(pong, server_tls(not_before=NOW - 9 * DAY, not_after=NOW - DAY)) as server:
        step = await step_of(tmp_path, {"tcp": aimed(server, tls={"ca": CA_PEM})})
    assert Reason.TLS_EXPIRED is step.reason
    assert certificate_of(step).not_after < NOW.timestamp()


async def test_what_is_not_asked_for_is_missing(tmp_path: Path) -> None:
    context = StepContext("p", "s", scope_with(), Trace(), asked=frozenset({"latency"}))
    async with serving(be_silent) as server:
        facts = await attempt(TcpKind(Tools(SecretStore({}))), aimed(server), context)
    assert {"received", "certificate", "tls"} == {
        name for name in facts.names() if isinstance(facts.get(name), Absent)
    }


async def test_none_of_it_writes(tmp_path: Path) -> None:
    spec = TcpKind.Spec.model_validate({"host": "a", "port": 1, "send": "x"})
    assert (False, True) == (TcpKind.writes(spec), TcpKind.idempotent(spec))  # type: ignore[arg-type]


# References and secrets


async def test_a_secret_is_sent_and_never_shown(tmp_path: Path) -> None:
    async with serving(pong) as server:
        probe = {"tcp": aimed(server, send="AUTH ${secret.key}\r\n"), "expect": {"received": {"eq": "+OK"}}}
        environment, secrets = {"KEY": "hunter2-hunter2"}, {"key": {"env": "KEY"}}
        outcome = await run(tmp_path, probe, environment, secrets=secrets)
    assert Reason.ASSERTION is outcome.reason
    assert "-ERR AUTH ***" in (outcome.message or "")
    assert "hunter2" not in repr(outcome)


async def test_a_value_cannot_become_a_command(tmp_path: Path) -> None:
    context = StepContext("p", "s", scope_with({"id": "1\r\nFLUSHALL"}), Trace())
    async with serving(pong) as server:
        with pytest.raises(Trouble, match="would end the line") as caught:
            await attempt(TcpKind(Tools(SecretStore({}))), aimed(server, send="GET ${id}\r\n"), context)
    assert (Reason.CAPTURE_MISSING, 0) == (caught.value.reason, server.connections)


async def test_a_restricted_secret_stays_at_home(tmp_path: Path) -> None:
    secrets = {"key": {"env": "KEY", "hosts": ["cache.example.org"]}}
    probe = {"tcp": {"host": "127.0.0.1", "port": 9, "send": "AUTH ${secret.key}\r\n"}}
    assert ["secret key may only be sent to cache.example.org, not 127.0.0.1"] == problems(
        tmp_path, probe, secrets=secrets
    )


async def test_nor_does_one_leave_in_a_capture() -> None:
    hosts = frozenset({"cache.example.org"})
    store = SecretStore({"key": EnvSource("KEY", hosts, {"KEY": "hunter2-hunter2"})})
    context = StepContext("p", "s", scope_with({"echo": store.read("key")}), Trace())
    async with serving(pong) as server:
        with pytest.raises(Trouble, match="may only be sent to") as caught:
            await attempt(TcpKind(Tools(store)), aimed(server, send="GET ${echo}\r\n"), context)
    assert (Reason.SECRET_UNAVAILABLE, 0) == (caught.value.reason, server.connections)


@pytest.mark.parametrize(
    ("keys", "messages"),
    [
        ({"host": "a"}, ["'port' is missing here"]),
        ({"host": "a", "port": 1, "tls": False}, ["expected a mapping, not true or false"]),
        ({"host": "a", "port": 1, "tls": {"ca": "-----BEGIN CERTIFICATE-----\nno\n"}}, ["TLS settings"]),
        ({"host": "a", "port": True}, ["expected a port, from 1 to 65535, not true or false"]),
        ({"host": 1, "port": 1}, ["expected a host's name or address, not a whole number"]),
    ],
)
def test_what_may_not_be_written(tmp_path: Path, keys: dict[str, Any], messages: list[str]) -> None:
    found = problems(tmp_path, {"tcp": keys})
    assert len(messages) == len(found)
    for message, seen in zip(messages, found, strict=True):
        assert message in seen
