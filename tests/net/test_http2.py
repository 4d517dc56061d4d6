import asyncio
import contextlib
import gzip
import random
import ssl
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import DataReceived, Event, RequestReceived, StreamEnded, WindowUpdated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.failures import BodyTrouble
from checker.net.tls import tls_context
from tests.net.loopback import (
    CA_PEM,
    LOOPS,
    Server,
    ask,
    begun_after,
    cancelled_in,
    descriptors,
    run_on,
    server_tls,
    serving,
    settled,
    trouble_of,
)

Header = tuple[str, str]
Reply = Callable[[H2Connection, Event], None]

CONTEXT = tls_context(ca=CA_PEM, http_version="2")
OK: list[Header] = [(":status", "200"), ("content-type", "text/plain")]


def hello(state: H2Connection, event: Event) -> None:
    """Answer a whole request with what it was, in a header, and a body."""
    if isinstance(event, StreamEnded):
        state.send_headers(1, OK)
        state.send_data(1, b"hello", end_stream=True)


@contextlib.asynccontextmanager
async def speaking(
    reply: Reply = hello, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Server, list[Event]]]:
    """A server of HTTP/2 that does what `reply` does with each event."""
    events: list[Event] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        state.initiate_connection()
        writer.write(state.data_to_send())
        while data := await reader.read(65536):
            for event in state.receive_data(data):
                events.append(event)
                if isinstance(event, DataReceived):
                    state.acknowledge_received_data(event.flow_controlled_length or 0, 1)
                reply(state, event)
            writer.write(state.data_to_send())
            await writer.drain()

    async with serving(script, tls=tls) as server:
        yield server, events


def h2_tls() -> ssl.SSLContext:
    context = server_tls()
    context.set_alpn_protocols(["h2"])
    return context


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("secure", [False, True])
def test_an_answer_is_an_httpx_response(loop: str, secure: bool) -> None:
    trace = Trace()

    async def main() -> None:
        async with speaking(tls=h2_tls() if secure else None) as (server, events):
            url = (server.secure if secure else server.url) + "p?q=1"
            response = await ask(url, http_version="2", ssl=CONTEXT, trace=trace, headers={"X-A": "b"})
        assert (200, "hello", "HTTP/2") == (response.status_code, response.text, response.http_version)
        assert "text/plain" == response.headers["content-type"]
        assert secure == ("certificate" in response.extensions)
        (request,) = [event for event in events if isinstance(event, RequestReceived)]
        sent = dict(request.headers or ())
        expected = {
            ":method": "GET",
            ":scheme": "https" if secure else "http",
            ":authority": f"127.0.0.1:{server.port}",
            ":path": "/p?q=1",
            "x-a": "b",
        }
        assert expected.items() <= sent.items()
        assert not {"host", "connection"} & sent.keys()

    run_on(loop, main())

    assert [Phase.SEND, Phase.WAIT, Phase.RECEIVE] == list(trace.timings)[-3:]
    assert None is trace.current


@pytest.mark.parametrize("size", [1, 5_000, 200_000])
async def test_a_body_is_sent_as_the_server_lets_it(size: int) -> None:
    body = random.Random(1).randbytes(size)
    async with speaking() as (server, events):
        response = await ask(server.url, method="POST", content=body, http_version="2")

    assert 200 == response.status_code
    assert body == b"".join(event.data or b"" for event in events if isinstance(event, DataReceived))
    assert any(isinstance(event, StreamEnded) for event in events)


async def test_a_large_body_is_received() -> None:
    body = b"a" * 500_000

    left, asked = [len(body)], list[Event]()

    def reply(state: H2Connection, event: Event) -> None:
        if isinstance(event, StreamEnded):
            asked.append(event)
            state.send_headers(1, OK)
        if asked and isinstance(event, StreamEnded | WindowUpdated):
            send_some(state)

    def send_some(state: H2Connection) -> None:
        while left[0] and (
            size := min(left[0], state.local_flow_control_window(1), state.max_outbound_frame_size)
        ):
            left[0] -= size
            state.send_data(1, b"a" * size, end_stream=not left[0])

    async with speaking(reply) as (server, _):
        response = await ask(server.url, http_version="2")

    assert body == response.content


async def test_a_body_is_decoded() -> None:
    def reply(state: H2Connection, event: Event) -> None:
        if isinstance(event, StreamEnded):
            state.send_headers(1, [*OK, ("content-encoding", "gzip")])
            state.send_data(1, gzip.compress(b"hello", mtime=0), end_stream=True)

    async with speaking(reply) as (server, _):
        assert "hello" == (await ask(server.url, http_version="2")).text


async def test_an_answer_before_the_body_was_sent_is_heard() -> None:
    def reply(state: H2Connection, event: Event) -> None:
        if isinstance(event, RequestReceived):
            state.send_headers(1, [(":status", "413")], end_stream=True)

    async with speaking(reply) as (server, _):
        response = await ask(server.url, method="POST", content=bytes(200_000), http_version="2")

    assert 413 == response.status_code


async def test_interim_answers_are_passed_over_up_to_a_bound() -> None:
    def reply(times: int) -> Reply:
        def send(state: H2Connection, event: Event) -> None:
            if isinstance(event, StreamEnded):
                for _ in range(times):
                    state.send_headers(1, [(":status", "103"), ("link", "</a.css>")])
                hello(state, event)

        return send

    async with speaking(reply(3)) as (server, _):
        assert 200 == (await ask(server.url, http_version="2")).status_code
    async with speaking(reply(50)) as (server, _):
        found = await trouble_of(server.url, http_version="2")
    assert (Reason.PROTOCOL, True) == (found.reason, "more than 16 interim answers" in found.message)


def reset_stream(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        state.reset_stream(1, ErrorCodes.REFUSED_STREAM)


def go_away(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        state.close_connection(ErrorCodes.ENHANCE_YOUR_CALM)


def reset_in_the_body(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        state.send_headers(1, OK)
        state.send_data(1, b"hel")
        state.reset_stream(1, 77)


def many_headers(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        state.send_headers(1, [*OK, *((f"x-{number}", "a") for number in range(300))], end_stream=True)


def large_headers(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        state.send_headers(1, [*OK, *((f"x-{number}", "a" * 1000) for number in range(100))], end_stream=True)


def bad_status(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        state.send_headers(1, [(":status", "many")], end_stream=True)


def flood(state: H2Connection, event: Event) -> None:
    if isinstance(event, StreamEnded):
        for _ in range(50_000):
            state.ping(b"12345678")


TROUBLES: dict[Reply, tuple[Reason, str]] = {
    reset_stream: (Reason.RESET, "ended the exchange without an answer (REFUSED_STREAM)"),
    reset_in_the_body: (Reason.RESET, "ended the exchange after 3 bytes of the body (error 77)"),
    go_away: (Reason.RESET, "ended the exchange without an answer (ENHANCE_YOUR_CALM)"),
    many_headers: (Reason.PROTOCOL, "sends more than 200 headers"),
    large_headers: (Reason.PROTOCOL, "sends what is not HTTP/2: "),
    bad_status: (Reason.PROTOCOL, "answers with the status b'many'"),
    flood: (Reason.PROTOCOL, "sends more frames than answer"),
}


@pytest.mark.parametrize("reply", TROUBLES, ids=lambda reply: reply.__name__)
async def test_what_a_server_may_do_wrong(reply: Reply) -> None:
    reason, words = TROUBLES[reply]

    async with speaking(reply) as (server, _):
        found = await trouble_of(server.url, http_version="2")

    assert (reason, True) == (found.reason, f"127.0.0.1:{server.port} {words}" in found.message), (
        found.message
    )


async def test_a_body_that_is_too_large_is_told_with_the_head() -> None:
    def reply(state: H2Connection, event: Event) -> None:
        if isinstance(event, StreamEnded):
            state.send_headers(1, [(":status", "503")])
            state.send_data(1, bytes(3000))

    async with speaking(reply) as (server, _):
        found = await trouble_of(server.url, http_version="2", max_body=2048)

    assert isinstance(found, BodyTrouble)
    assert (503, Reason.TOO_LARGE) == (found.response.status_code, found.reason)
    assert "the body is larger; max_body is 2KiB" == found.message


async def test_a_server_that_closes_or_resets_is_told() -> None:
    from tests.net.loopback import reset

    async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)

    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        reset(writer)

    for script in (close, break_off):
        async with serving(script) as server:
            found = await trouble_of(server.url, http_version="2")
        assert Reason.RESET == found.reason
        assert found.message.endswith("without an answer")


async def test_a_server_that_agrees_on_another_version_is_told() -> None:
    async with speaking(tls=server_tls()) as (server, _):
        found = await trouble_of(server.secure, http_version="2", ssl=CONTEXT)

    assert Reason.TLS_HANDSHAKE == found.reason
    assert f"127.0.0.1:{server.port} does not speak HTTP/2 (ALPN)" == found.message


async def test_a_server_of_http_1_is_told() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        await reader.read()

    async with serving(script) as server:
        found = await trouble_of(server.url, http_version="2")

    assert Reason.PROTOCOL == found.reason
    assert "does not speak HTTP/2: what it sends begins with 'HTTP/1.1 400" in found.message


async def test_nothing_breaks_out_of_a_header() -> None:
    async with speaking() as (server, _):
        request = httpx.Request("GET", server.url, headers=[(b"X-A", b"a\r\nb")])
        from checker.net.dial import Dial
        from checker.net.http import MeasuredTransport

        request.extensions["checker"] = Dial(http_version="2")
        with pytest.raises(Trouble, match="line break or NUL in the header b'X-A'"):
            await MeasuredTransport().handle_async_request(request)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_cancelled_request_leaves_nothing_behind(loop: str) -> None:
    async def main() -> None:
        async with speaking(lambda _state, _event: None) as (server, _):
            before = descriptors()
            for _ in range(3):
                trace = Trace()
                await cancelled_in(Phase.WAIT, trace, ask(server.url, http_version="2", trace=trace))
            assert await settled(before) <= before

    run_on(loop, main())


async def _tells_how_far(url: str) -> None:
    trace = Trace()
    asking = asyncio.create_task(ask(url, http_version="2", trace=trace))
    while trace.current is not Phase.RECEIVE or not trace.progress or "3 bytes" not in trace.progress():
        if trace.current is Phase.WAIT and trace.progress:
            assert "" == trace.progress()
        await asyncio.sleep(0)
    assert "after 3 bytes of the body" == trace.progress()
    asking.cancel()
    await asyncio.wait([asking])
    assert trace.progress is None


@pytest.mark.parametrize("cut", ["cancelled", "reset"])
async def test_the_head_of_an_answer_that_never_ended_is_known(cut: str) -> None:
    def begin(state: H2Connection, event: Event) -> None:
        if isinstance(event, StreamEnded):
            state.send_headers(1, OK)
            state.send_data(1, b"abc")
            if cut == "reset":
                state.reset_stream(1)

    async with speaking(begin) as (server, _):
        if cut == "cancelled":
            await _tells_how_far(server.url)
        head = await begun_after(cut, server.url, http_version="2")
    assert head is not None
    assert (200, "text/plain", b"") == (head.status_code, head.headers["content-type"], head.content)


PREFACE = bytes.fromhex("000000040000000000")  # empty settings


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_raise_anything_but_trouble(raw: bytes, polite: bool) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(PREFACE * polite + raw)
        writer.write_eof()
        await reader.read()

    async def main() -> None:
        async with serving(script) as server:
            with pytest.raises(Trouble):
                await asyncio.wait_for(ask(server.url, http_version="2"), 5)

    asyncio.run(main())
