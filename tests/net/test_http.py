import asyncio
import contextlib
import gzip
import os
import subprocess
import sys
from typing import Any

import httpx
import pytest

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.dial import Dial
from checker.net.failures import BodyTrouble
from checker.net.http import MeasuredTransport, begun
from checker.net.resolve import Resolver
from tests.net.loopback import (
    LOOPS,
    alerting,
    answering,
    ask,
    begun_after,
    cancelled_in,
    closed_port,
    descriptors,
    fails,
    reset,
    run_on,
    server_tls,
    serving,
    settled,
    trouble_of,
)
from tests.net.nameserver import name_server
from tests.net.test_tls import trusting

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_is_an_httpx_response(loop: str) -> None:
    trace = Trace()

    async def main() -> None:
        async with answering(HELLO) as server:
            response = await ask(server.url + "p?q=1", trace=trace, headers={"X-A": "b"})
        assert (200, b"hello", "hello") == (response.status_code, response.content, response.text)
        assert ("OK", "HTTP/1.1") == (response.reason_phrase, response.http_version)
        assert "text/plain" == response.headers["content-type"]
        assert b"hello" == await response.aread()
        assert {
            "checker.address": "127.0.0.1",
            "size": 5,
            "received": 5,
        }.items() <= response.extensions.items()
        assert "certificate" not in response.extensions
        (head,) = server.requests
        assert head.startswith(b"GET /p?q=1 HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % server.port)
        assert b"X-A: b\r\n" in head
        assert head.endswith(b"\r\nConnection: close\r\n\r\n")

    run_on(loop, main())

    assert [Phase.CONNECT, Phase.SEND, Phase.WAIT, Phase.RECEIVE] == list(trace.timings)
    assert all(seconds >= 0 for seconds in trace.timings.values())
    assert ({"address": "127.0.0.1"}, None) == (trace.facts, trace.current)


async def test_it_serves_httpxs_client() -> None:
    async with (
        answering(HELLO) as server,
        httpx.AsyncClient(transport=MeasuredTransport(), trust_env=False) as client,
    ):
        response = await client.get(server.url)

    assert "hello" == response.text


async def test_a_name_is_looked_up_and_timed() -> None:
    trace = Trace()
    async with name_server({"works.example": ["127.0.0.1"]}) as names, answering(HELLO) as server:
        transport = MeasuredTransport(Resolver([names.address]))
        response = await ask(f"http://works.example:{server.port}/", trace=trace, transport=transport)
        await transport.aclose()

    assert 200 == response.status_code
    assert Phase.DNS in trace.timings
    assert b"Host: works.example:%d" % server.port in server.requests[0]


async def test_a_name_that_does_not_resolve_is_told() -> None:
    trace = Trace()
    async with name_server({}) as names:
        transport = MeasuredTransport(Resolver([names.address]))
        found = await fails(trace, "http://missing.example/", transport=transport)
        await transport.aclose()

    assert (Reason.DNS, Phase.DNS) == (found.reason, trace.current)


async def test_a_deadline_in_a_lookup_strikes_in_its_phase() -> None:
    trace = Trace()
    async with name_server({"silent.example": "silence"}) as names:
        transport = MeasuredTransport(Resolver([names.address]))
        await cancelled_in(Phase.DNS, trace, ask("http://silent.example/", trace=trace, transport=transport))
        await transport.aclose()

    assert Phase.DNS is trace.current


async def test_what_is_dialled_can_be_told() -> None:
    async with answering(HELLO) as server:
        url = f"http://nowhere.example:{server.port}/"
        for settings in ({"resolve": {"nowhere.example": "127.0.0.1"}}, {"address": "127.0.0.1"}):
            trace = Trace()
            response = await ask(url, trace=trace, **settings)
            assert "127.0.0.1" == response.extensions["checker.address"]
            assert Phase.DNS not in trace.timings
    assert all(b"Host: nowhere.example" in head for head in server.requests)


async def test_an_address_where_nobody_listens_is_refused() -> None:
    port, trace = closed_port(), Trace()

    found = await fails(trace, f"http://127.0.0.1:{port}/")

    assert (Reason.REFUSED, f"connection to 127.0.0.1:{port} was refused") == (found.reason, found.message)
    assert {"address": "127.0.0.1"} == trace.facts


async def test_ipv6_where_nobody_listens_falls_back_to_ipv4() -> None:
    async with name_server({"both.example": ["::1", "127.0.0.1"]}) as names, answering(HELLO) as server:
        transport = MeasuredTransport(Resolver([names.address]))
        response = await ask(f"http://both.example:{server.port}/", transport=transport)
        await transport.aclose()

    assert "127.0.0.1" == response.extensions["checker.address"]


async def test_ipv6_is_spoken() -> None:
    async with answering(HELLO, host="::1") as server:
        response = await ask(f"http://[::1]:{server.port}/")

    assert "::1" == response.extensions["checker.address"]
    assert b"Host: [::1]:%d" % server.port in server.requests[0]


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "file:///etc/passwd"])
async def test_only_http_is_spoken(url: str) -> None:
    transport = MeasuredTransport()

    with pytest.raises(Trouble, match="only http and https"):
        await transport.handle_async_request(httpx.Request("GET", url))


ENCODED = gzip.compress(b"hello" * 100, mtime=0)


async def test_a_body_is_decoded_and_its_headers_are_left_alone() -> None:
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ENCODED)
    async with answering(head + ENCODED) as server:
        response = await ask(server.url)

    assert b"hello" * 100 == response.content
    assert "gzip" == response.headers["content-encoding"]
    assert {"size": 500, "received": len(ENCODED)}.items() <= response.extensions.items()


async def test_a_large_body_is_decoded_beside_the_event_loop() -> None:
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ENCODED)
    async with answering(head + ENCODED) as server:
        response = await ask(server.url, max_body=8 << 20)

    assert b"hello" * 100 == response.content


async def test_an_encoded_answer_without_a_body_is_none_to_be_decoded() -> None:
    async with answering(OK + b"Content-Encoding: gzip\r\nContent-Length: 500\r\n\r\n") as server:
        response = await ask(server.url, method="HEAD")

    assert (200, b"") == (response.status_code, response.content)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello", Reason.UNDECODABLE),
        (b"HTTP/1.1 503 Sorry\r\n\r\n" + b"a" * 3000, Reason.TOO_LARGE),
        (b"HTTP/1.1 503 Sorry\r\nContent-Length: 3000\r\n\r\n", Reason.TOO_LARGE),
        (
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(3000), mtime=0),
            Reason.TOO_LARGE,
        ),
    ],
)
async def test_a_trouble_with_the_body_tells_the_head(raw: bytes, reason: Reason) -> None:
    async with answering(raw) as server:
        found = await trouble_of(server.url, max_body=2000)

    assert isinstance(found, BodyTrouble)
    assert reason == found.reason
    assert int(raw[9:12]) == found.response.status_code
    assert b"" == found.response.content
    assert "127.0.0.1" == found.response.extensions["checker.address"]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("secure", [False, True])
def test_a_large_body_is_sent(loop: str, secure: bool) -> None:
    body, trace = os.urandom(3 << 20), Trace()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        received = await reader.readexactly(len(body))
        writer.write(HELLO if received == body else b"HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n")

    async def main() -> httpx.Response:
        async with serving(script, tls=server_tls() if secure else None) as server:
            url = server.secure if secure else server.url
            return await ask(url, method="POST", content=body, trace=trace, ssl=trusting())

    assert 200 == run_on(loop, main()).status_code
    assert list(trace.timings)[-3:] == [Phase.SEND, Phase.WAIT, Phase.RECEIVE]


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_before_the_body_was_sent_is_heard(loop: str) -> None:
    """A server that refuses an upload need not take it in first."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(5)  # reads nothing, and stays

    async def main() -> httpx.Response:
        async with serving(script) as server:
            return await ask(server.url, method="POST", content=bytes(32 << 20))

    assert 413 == run_on(loop, main()).status_code


@pytest.mark.parametrize("loop", LOOPS)
def test_an_answer_of_a_server_that_went_before_the_body_was_sent_is_heard(loop: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        writer.write_eof()
        await reader.read()

    async def main() -> httpx.Response:
        async with serving(script) as server:
            return await ask(server.url, method="POST", content=bytes(8 << 20))

    assert 413 == run_on(loop, main()).status_code


BROKEN = {
    "silence": (b"", "closed the connection without an answer"),
    "in the head": (b"HTTP/1.1 200 O", "closed the connection in the middle of the headers"),
    "in the body": (
        OK + b"Content-Length: 9\r\n\r\nabc",
        "closed the connection after 3 of 9 bytes of the body",
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", BROKEN)
def test_a_connection_that_is_closed_too_early_is_reset(loop: str, name: str) -> None:
    raw, words = BROKEN[name]

    async def main() -> Trouble:
        async with answering(raw) as server:
            return await trouble_of(server.url)

    found = run_on(loop, main())

    assert Reason.RESET == found.reason
    assert words in found.message


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(
    "raw", [b"", b"HTTP/1.1 200 O", OK + b"Content-Length: 9\r\n\r\nabc", OK + b"\r\nabc"]
)
def test_a_connection_that_is_reset_is_reset(loop: str, raw: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await asyncio.sleep(0.01)
        reset(writer)

    async def main() -> Trouble:
        async with serving(script) as server:
            return await trouble_of(server.url)

    found = run_on(loop, main())

    assert Reason.RESET == found.reason
    assert "reset the connection" in found.message


async def test_a_body_of_unknown_length_is_whole_only_when_tls_says_so() -> None:
    with alerting(server_tls(), OK + b"\r\nhello") as url:  # whose sockets close without a goodbye
        found = await trouble_of(url, ssl=trusting())

    assert Reason.RESET == found.reason
    assert (
        "cut the connection off, without closing TLS, after 5 bytes of the body, before its end"
        in found.message
    )

    async with answering(OK + b"\r\nhello", tls=server_tls()) as server:
        assert b"hello" == (await ask(server.secure, ssl=trusting())).content


async def test_a_body_of_known_length_needs_no_goodbye() -> None:
    with alerting(server_tls(), HELLO) as url:
        assert b"hello" == (await ask(url, ssl=trusting())).content


async def test_a_tls_server_where_plain_http_was_expected_is_told() -> None:
    async with answering(b"\x15\x03\x01\x00\x02\x02\x46") as server:  # the alert of many a server
        found = await trouble_of(server.url)

    assert Reason.PROTOCOL == found.reason
    assert "speaks TLS where plain HTTP was expected" in found.message


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("stage", ["handshake", "wait", "body"])
def test_a_cancelled_request_leaves_nothing_behind(loop: str, stage: str) -> None:
    phase = {"handshake": Phase.TLS, "wait": Phase.WAIT, "body": Phase.RECEIVE}[stage]

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if stage == "body":
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK + b"Content-Length: 9\r\n\r\nabc")
        await reader.read()

    async def main() -> None:
        async with serving(script) as server:
            url = server.secure if stage == "handshake" else server.url
            trace = Trace()
            await cancelled_in(phase, trace, ask(url, trace=trace))
            before = descriptors()
            for _ in range(5):
                trace = Trace()
                await cancelled_in(phase, trace, ask(url, trace=trace))
            assert await settled(before) <= before

    run_on(loop, main())


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (OK, "in the middle of the headers"),
        (OK + b"Content-Length: 9\r\n\r\nabc", "after 3 of 9 bytes of the body"),
        (OK + b"\r\nabc", "after 3 bytes of the body, before its end"),
    ],
)
async def test_how_far_an_answer_has_come_is_told_while_it_comes(pieces: bytes, expected: str) -> None:
    trace = Trace()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        assert trace.progress is not None
        assert "" == trace.progress()
        writer.write(pieces)
        await reader.read()

    async with serving(script) as server:
        asking = asyncio.create_task(ask(server.url, trace=trace))
        while trace.current is not Phase.RECEIVE:
            assert not asking.done()
            await asyncio.sleep(0)
        assert trace.progress is not None
        assert expected == trace.progress()
        asking.cancel()
        await asyncio.wait([asking])
    assert trace.progress is None


@pytest.mark.parametrize("cut", ["cancelled", "closed"])
@pytest.mark.parametrize("connection", ["fresh", "reuse"])
async def test_the_head_of_an_answer_that_never_ended_is_known(cut: str, connection: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Content-Length: 9\r\n\r\nabc")
        if cut == "cancelled":
            await reader.read()

    async with serving(script) as server:
        head = await begun_after(cut, server.url, connection=connection)
    assert head is not None
    assert (200, "9", b"") == (head.status_code, head.headers["content-length"], head.content)
    assert "127.0.0.1" == head.extensions["checker.address"]


async def test_of_half_a_head_nothing_is_told() -> None:
    async with answering(OK + b"Content-Le") as server:
        assert await begun_after("closed", server.url) is None


async def test_an_answer_that_ended_has_not_only_begun() -> None:
    async with answering(HELLO) as server:
        request = httpx.Request("GET", server.url)
        await MeasuredTransport().handle_async_request(request)
        assert begun(request) is None


@pytest.mark.parametrize("loop", LOOPS)
def test_a_hundred_requests_leave_nothing_behind(loop: str) -> None:
    async def main() -> None:
        transport = MeasuredTransport()
        async with answering(HELLO) as server:
            await ask(server.url, transport=transport)
            before = descriptors()
            for _ in range(100):
                await ask(server.url, transport=transport)
            assert await settled(before) <= before

    run_on(loop, main())


async def test_nothing_breaks_out_of_a_header() -> None:
    async with answering(HELLO) as server:
        request = httpx.Request("GET", server.url, headers=[(b"X-A", b"a\r\nX-Evil: 1")])
        with pytest.raises(Trouble, match="line break or NUL in the header b'X-A'"):
            await MeasuredTransport().handle_async_request(request)

    assert 0 == server.connections


def test_no_descriptor_left_is_the_checkers_own_trouble() -> None:
    program = """
import asyncio, resource, socket, sys
from checker.core.errors import Trouble
from checker.net.http import MeasuredTransport
import httpx

async def main():
    transport = MeasuredTransport()
    kept = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))
    try:
        while True:
            kept.append(socket.socket())
    except OSError:
        pass
    try:
        await transport.handle_async_request(httpx.Request("GET", "http://127.0.0.1:1/"))
    except Trouble as trouble:
        print(trouble.reason, trouble.message)
    for sock in kept:
        sock.close()

asyncio.run(main())
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30
    )

    assert "internal the checker itself is out of resources: Too many open files\n" == done.stdout


async def test_no_memory_left_is_the_checkers_own_trouble() -> None:
    class Poor(Resolver):
        async def resolve(self, host: str, ip_version: str = "any") -> tuple[str, ...]:
            raise MemoryError

    with pytest.raises(Trouble, match="the checker itself is out of memory") as caught:
        await MeasuredTransport(Poor()).handle_async_request(httpx.Request("GET", "http://a.example/"))

    assert Reason.INTERNAL == caught.value.reason


# Connections that are kept


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("secure", [False, True])
def test_a_connection_can_be_kept(loop: str, secure: bool) -> None:
    async def main() -> tuple[int, list[Trace]]:
        transport, traces = MeasuredTransport(), [Trace() for _ in range(3)]
        context = trusting()
        async with answering(HELLO, keep=True, tls=server_tls() if secure else None) as server:
            for trace in traces:
                url = server.secure if secure else server.url
                await ask(url, transport=transport, connection="reuse", trace=trace, ssl=context)
            await transport.aclose()
            assert all(b"Connection: keep-alive\r\n" in head for head in server.requests)
            return server.connections, traces

    connections, (first, *others) = run_on(loop, main())

    assert 1 == connections
    assert Phase.CONNECT in first.timings
    for trace in others:
        assert [Phase.SEND, Phase.WAIT, Phase.RECEIVE] == list(trace.timings)
        assert first.facts == trace.facts


async def test_a_connection_is_kept_only_for_the_same_settings() -> None:
    transport = MeasuredTransport()
    different: list[dict[str, Any]] = [{}, {"address": "127.0.0.1"}, {"ip_version": "4"}, {}]
    async with answering(HELLO, keep=True) as server:
        for settings in different:
            await ask(server.url, transport=transport, connection="reuse", **settings)
        await ask(server.url, transport=transport)
        await transport.aclose()

    assert 4 == server.connections


async def test_a_connection_that_the_server_ends_is_not_kept() -> None:
    transport = MeasuredTransport()
    async with answering(OK + b"Connection: close\r\nContent-Length: 0\r\n\r\n", keep=True) as server:
        for _ in range(2):
            await ask(server.url, transport=transport, connection="reuse")
        await transport.aclose()

    assert 2 == server.connections


UNCLEAN = {
    "a second answer": ("GET", HELLO + HELLO),
    "more than was announced": ("GET", HELLO + b"more"),
    "a body where there is none": ("HEAD", HELLO),
    "a body with no content": ("GET", b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"),
}


@pytest.mark.parametrize("name", UNCLEAN)
async def test_a_connection_on_which_more_came_is_not_kept(name: str) -> None:
    """It would be taken for the answer to the next request."""
    method, raw = UNCLEAN[name]
    transport = MeasuredTransport()
    async with answering(raw, keep=True) as server:
        for _ in range(2):
            await ask(server.url, method=method, transport=transport, connection="reuse")
        await transport.aclose()

    assert 2 == server.connections


async def test_a_connection_on_which_a_body_was_not_sent_to_its_end_is_not_kept() -> None:
    transport = MeasuredTransport()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with serving(script) as server:
        for _ in range(2):
            body = bytes(32 << 20)
            response = await ask(
                server.url, method="POST", content=body, transport=transport, connection="reuse"
            )
            assert 413 == response.status_code
        await transport.aclose()

    assert 2 == server.connections


async def test_a_kept_connection_that_was_closed_is_noticed_before_it_is_used() -> None:
    transport = MeasuredTransport()
    async with answering(HELLO) as server:
        await ask(server.url, transport=transport, connection="reuse")
        await asyncio.sleep(0.01)
        await ask(server.url, method="POST", content=b"a", transport=transport, connection="reuse")
        await transport.aclose()

    assert 2 == server.connections


def closing_at_the_second(requests: list[bytes]) -> object:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(HELLO)
        requests.append(await reader.readuntil(b"\r\n\r\n"))

    return script


@pytest.mark.parametrize(("method", "again"), [("GET", True), ("PUT", True), ("POST", False)])
async def test_a_kept_connection_that_is_closed_while_it_is_used_is_replaced_once(
    method: str, again: bool
) -> None:
    transport, requests = MeasuredTransport(), list[bytes]()
    async with serving(closing_at_the_second(requests)) as server:  # type: ignore[arg-type]
        await ask(server.url, transport=transport, connection="reuse")
        if again:
            assert (
                200
                == (await ask(server.url, method=method, transport=transport, connection="reuse")).status_code
            )
        else:
            found = await trouble_of(server.url, method=method, transport=transport, connection="reuse")
            assert Reason.RESET == found.reason
        await transport.aclose()

    assert (3, 2) if again else (2, 1) == (len(requests), server.connections)


async def test_a_kept_connection_that_breaks_in_the_answer_is_not_replaced() -> None:
    transport = MeasuredTransport()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO[:-1])

    async with serving(script) as server:
        await ask(server.url, transport=transport, connection="reuse")
        found = await trouble_of(server.url, transport=transport, connection="reuse")
        await transport.aclose()

    assert (Reason.RESET, 1) == (found.reason, server.connections)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_cancelled_request_on_a_kept_connection_closes_it(loop: str) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(HELLO)
        await reader.read()

    async def main() -> None:
        transport, trace = MeasuredTransport(), Trace()
        async with serving(script) as server:
            before = descriptors()
            await ask(server.url, transport=transport, connection="reuse")
            request = ask(server.url, transport=transport, connection="reuse", trace=trace)
            await cancelled_in(Phase.WAIT, trace, request)
            assert Phase.CONNECT not in trace.timings
            assert await settled(before) <= before

    run_on(loop, main())


@pytest.mark.parametrize("loop", LOOPS)
def test_a_flood_of_bytes_is_no_hang_and_no_crash(loop: str) -> None:
    """The parser alone is held against arbitrary bytes elsewhere; here they come over a socket."""
    import random

    chance = random.Random(1)
    answers = [chance.randbytes(chance.randrange(1, 2000)) for _ in range(20)]
    answers += [HELLO[: chance.randrange(len(HELLO))] + chance.randbytes(9) for _ in range(20)]

    async def main() -> None:
        for raw in answers:
            async with answering(raw) as server:
                with contextlib.suppress(Trouble):
                    await asyncio.wait_for(ask(server.url, trace=Trace()), 5)

    run_on(loop, main())


def test_the_defaults_of_a_dial_are_a_plain_request() -> None:
    dial = Dial()

    assert ("fresh", "1.1", "any", 1 << 20) == (
        dial.connection,
        dial.http_version,
        dial.ip_version,
        dial.max_body,
    )
