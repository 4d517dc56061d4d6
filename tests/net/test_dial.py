import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.dial import Dial, proxy_url, route
from checker.net.http import MeasuredTransport
from tests.net.loopback import (
    LOOPS,
    Server,
    answering,
    ask,
    cancelled_in,
    closed_port,
    fails,
    run_on,
    server_tls,
    serving,
    trouble_of,
)
from tests.net.test_tls import trusting

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
USER = ("user", "a pass:word")


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.URL]:
    """A real forward proxy, which wants a password."""
    yield from _proxy(tmp_path_factory.mktemp("proxy"), "--basic-auth", ":".join(USER))


@pytest.fixture(scope="module")
def open_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.URL]:
    """A real forward proxy for everybody."""
    yield from _proxy(tmp_path_factory.mktemp("proxy"))


def _proxy(directory: Path, *options: str) -> Iterator[httpx.URL]:
    port = directory / "port"
    command = [
        sys.executable,
        "-m",
        "proxy",
        "--hostname",
        "127.0.0.1",
        "--port",
        "0",
        "--port-file",
        str(port),
    ]
    command += ["--num-workers", "1", "--num-acceptors", "1", "--log-level", "CRITICAL"]
    process = subprocess.Popen(
        [*command, "--data-dir", str(directory), *options],
        env={**os.environ, "HOME": str(directory)},
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            if port.exists() and port.read_text().strip():
                break
            assert process.poll() is None
            time.sleep(0.02)
        yield httpx.URL(f"http://127.0.0.1:{port.read_text().strip()}")
    finally:
        process.terminate()
        process.wait(20)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_plain_request_is_forwarded(loop: str, proxy: httpx.URL) -> None:
    trace = Trace()

    async def main() -> None:
        async with answering(HELLO) as server:
            response = await ask(server.url + "p?q=1", proxy=proxy, proxy_auth=USER, trace=trace)
        assert b"hello" == response.content
        assert server.requests[0].startswith(b"GET /p?q=1 HTTP/1.1\r\n")
        assert b"asic" not in server.requests[0]

    run_on(loop, main())
    assert [Phase.CONNECT, Phase.SEND, Phase.WAIT, Phase.RECEIVE] == list(trace.timings)


@pytest.mark.parametrize("loop", LOOPS)
def test_a_tunnel_is_asked_for_what_goes_over_tls(loop: str, proxy: httpx.URL) -> None:
    trace = Trace()

    async def main() -> None:
        async with answering(HELLO, tls=server_tls()) as server:
            response = await ask(server.secure, proxy=proxy, proxy_auth=USER, trace=trace, ssl=trusting())
        assert b"hello" == response.content
        assert server.requests[0].startswith(b"GET / HTTP/1.1\r\n")
        assert b"asic" not in server.requests[0]

    run_on(loop, main())
    assert [Phase.CONNECT, Phase.TLS, Phase.SEND, Phase.WAIT, Phase.RECEIVE] == list(trace.timings)
    assert {"address", "certificate", "tls"} == trace.facts.keys()


async def test_a_proxy_without_a_password_needs_none(open_proxy: httpx.URL) -> None:
    async with answering(HELLO, tls=server_tls()) as server:
        assert 200 == (await ask(server.secure, proxy=open_proxy, ssl=trusting())).status_code


async def test_a_proxy_that_refuses_is_told(proxy: httpx.URL) -> None:
    async with answering(HELLO) as server:
        forwarded = await ask(server.url, proxy=proxy)
        found = await trouble_of(server.secure, proxy=proxy, proxy_auth=("user", "wrong"))

    assert 407 == forwarded.status_code
    assert Reason.AUTH_REJECTED == found.reason
    expected = f"proxy 127.0.0.1:{proxy.port} refused to connect to 127.0.0.1:{server.port}: 407"
    assert found.message.startswith(expected)
    assert [] == server.requests


ANSWERS = {
    b"HTTP/1.1 502 Bad Gateway\r\n\r\n": (Reason.UNREACHABLE, "could not connect to a.example:443: 502 Bad Gateway"),
    b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n": (Reason.UNREACHABLE, "could not connect to a.example:443: 302"),
    b"HTTP/1.1 403 Forbidden\r\n\r\n": (Reason.AUTH_REJECTED, "refused to connect to a.example:443: 403 Forbidden"),
    b"SSH-2.0-OpenSSH\r\n": (Reason.PROTOCOL, "does not speak HTTP"),
    b"": (Reason.RESET, "closed the connection without an answer"),
}  # fmt: skip


@pytest.mark.parametrize("raw", ANSWERS)
async def test_what_a_proxy_may_say_to_a_tunnel(raw: bytes) -> None:
    reason, words = ANSWERS[raw]
    trace = Trace()

    async with answering(raw) as server:
        found = await fails(trace, "https://a.example/", proxy=httpx.URL(server.url))

    assert (reason, Phase.CONNECT) == (found.reason, trace.current)
    assert f"proxy 127.0.0.1:{server.port} " in found.message
    assert words in found.message
    assert [b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n"] == server.requests


async def test_a_proxy_that_resets_is_told() -> None:
    from tests.net.loopback import reset

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reset(writer)

    async with serving(script) as server:
        found = await trouble_of("https://a.example/", proxy=httpx.URL(server.url))

    assert Reason.RESET == found.reason
    assert f"proxy 127.0.0.1:{server.port} reset the connection without an answer" == found.message


async def test_a_proxy_where_nobody_listens_is_told() -> None:
    port = closed_port()

    found = await trouble_of("https://a.example/", proxy=httpx.URL(f"http://127.0.0.1:{port}"))

    assert f"connection to 127.0.0.1:{port} was refused" == found.message


async def test_an_ipv6_origin_is_asked_for_in_brackets() -> None:
    async with answering(b"HTTP/1.1 502 No\r\n\r\n") as server:
        await trouble_of("https://[::1]:8443/", proxy=httpx.URL(server.url))

    assert server.requests[0].startswith(b"CONNECT [::1]:8443 HTTP/1.1\r\nHost: [::1]:8443\r\n")


async def test_a_kept_connection_to_a_proxy_serves_plain_requests_to_any_origin() -> None:
    transport = MeasuredTransport()
    async with answering(HELLO, keep=True) as server:
        for host in ("a.example", "b.example"):
            await ask(f"http://{host}/", proxy=httpx.URL(server.url), connection="reuse", transport=transport)
        await transport.aclose()

    assert 1 == server.connections
    assert server.requests[1].startswith(b"GET http://b.example/ HTTP/1.1\r\nHost: b.example\r\n")


@asynccontextmanager
async def silent() -> AsyncIterator[Server]:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(script) as server:
        yield server


async def test_a_silent_proxy_can_be_given_up() -> None:
    trace = Trace()
    async with silent() as server:
        request = ask("https://a.example/", proxy=httpx.URL(server.url), trace=trace)
        await cancelled_in(Phase.CONNECT, trace, request)


def test_a_proxys_credentials_are_taken_out_of_its_url() -> None:
    url, auth = proxy_url("http://user:p%40ss@proxy.example:3128")

    assert (httpx.URL("http://proxy.example:3128"), ("user", "p@ss")) == (url, auth)
    assert (httpx.URL("http://proxy.example:3128"), None) == proxy_url("http://proxy.example:3128")


@pytest.mark.parametrize(
    "text",
    ["https://proxy.example:3128", "socks5://proxy.example", "proxy.example:3128", "http://", "http://a:b:c"],
)
def test_other_proxies_are_not_supported(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not supported|not a URL"):
        proxy_url(text)


def test_a_port_is_known_by_the_scheme() -> None:
    assert 80 == route(httpx.URL("http://a.example"), Dial()).port
    assert ("a.example", 443) == route(httpx.URL("https://a.example/x"), Dial()).dialled
    assert ("p.example", 80) == route(
        httpx.URL("https://a.example"), Dial(proxy=httpx.URL("http://p.example"))
    ).dialled
    assert "xn--caf-dma.example" == route(httpx.URL("https://café.example"), Dial()).host


@pytest.mark.parametrize("given", [{"address": "a.example"}, {"resolve": {"x.example": "a.example"}}])
async def test_what_is_given_as_an_address_must_be_one(given: dict[str, object]) -> None:
    found = await trouble_of("http://x.example/", **given)

    assert (Reason.DNS, "'a.example' is not an address") == (found.reason, found.message)


async def test_an_address_of_the_wrong_version_is_told() -> None:
    with pytest.raises(Trouble, match=r"127\.0\.0\.1 is not an IPv6 address"):
        await ask("http://127.0.0.1/", ip_version="6")


async def test_an_address_may_have_a_port_of_its_own() -> None:
    async with answering(HELLO, keep=True) as server:
        for connection in ("fresh", "reuse"):
            dial: dict[str, Any] = {"address": "127.0.0.1", "port": server.port, "connection": connection}
            assert b"hello" == (await ask("http://api.example.org/", **dial)).content
    assert all(b"\r\nHost: api.example.org\r\n" in head for head in server.requests)


def test_connections_to_different_ports_are_not_the_same() -> None:
    url = httpx.URL("http://api.example.org/")
    one, two = (route(url, Dial(address="10.0.0.1", port=port)) for port in (1, 2))
    assert one.key != two.key
