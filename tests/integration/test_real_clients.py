"""What takes a peer that really speaks it: HTTP/2, a proxy, connections that are kept, tokens, rounds of a digest."""

import asyncio
import contextlib
import gzip
import hashlib
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, RequestReceived, StreamEnded

from checker.core.outcome import Outcome
from checker.core.reason import Phase
from checker.lab.estate import Estate
from tests.integration.checks import PASS, Told, document, outcome_of, rig, told
from tests.integration.processes import until
from tests.integration.sites import Request, closed_port, reply, site
from tests.net.loopback import CA_PEM, server_tls, serving


def checks(http: Mapping[str, Any], **keys: object) -> str:
    return json.dumps({"version": 1, "probes": {"probe": {"http": http, **keys}}})


def fails(reason: str, step: str = "http") -> Told:
    return Told("fail", reason, step)


# HTTP/2


class _Stream:
    """One request over HTTP/2, answered with itself as JSON."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""

    def take(self, state: H2Connection, event: Event) -> None:
        if isinstance(event, RequestReceived):
            self.headers = dict(event.headers or ())  # type: ignore[arg-type]
        elif isinstance(event, DataReceived):
            self.body += event.data or b""
            state.acknowledge_received_data(event.flow_controlled_length or 0, 1)
        elif isinstance(event, StreamEnded):
            self._answer(state)

    def _answer(self, state: H2Connection) -> None:
        path = self.headers[":path"]
        status = path.removeprefix("/status/") if path.startswith("/status/") else "200"
        body = gzip.compress(json.dumps({**self.headers, "body": self.body.decode()}).encode())
        headers = [(":status", status), ("content-encoding", "gzip"), ("set-cookie", "seen=1")]
        if path == "/redirect":
            headers = [(":status", "302"), ("location", "/target"), ("set-cookie", "seen=2")]
            body = b""
        state.send_headers(1, headers)
        state.send_data(1, body, end_stream=True)


@contextlib.asynccontextmanager
async def http2(tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state, stream = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8")), _Stream()
        state.initiate_connection()
        writer.write(state.data_to_send())
        while data := await reader.read(65536):
            for event in state.receive_data(data):
                stream.take(state, event)
            writer.write(state.data_to_send())
            await writer.drain()

    async with serving(script, tls=tls) as server:
        yield f"http{'s' if tls else ''}://127.0.0.1:{server.port}"


def alpn(*protocols: str) -> ssl.SSLContext:
    context = server_tls()
    context.set_alpn_protocols(list(protocols))
    return context


H2: Mapping[str, Any] = {"http_version": 2, "tls": {"ca": CA_PEM}}


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "over TLS"])
async def test_http2(secure: bool) -> None:
    async with http2(alpn("h2") if secure else None) as url:
        spec = {
            **H2,
            "url": f"{url}/path",
            "params": {"q": "a b"},
            "method": "POST",
            "form": {"a": "x" * 100_000},
            "auth": {"bearer": "t1"},
            "headers": {"X-One": "1"},
        }
        expect = {
            "status": 200,
            "http_version": 2,
            "headers": {"content-encoding": "gzip"},
            "cookies": {"seen": "1"},
            "json": {
                "$[':method']": "POST",
                "$[':path']": "/path?q=a%20b",
                "$[':scheme']": url.partition(":")[0],
                "$['x-one']": "1",
                "$.authorization": "Bearer t1",
                "$.body": {"length": 100_002},
            },
        }
        outcome = await outcome_of(checks(spec, expect=expect))
    assert PASS == told(outcome), outcome.message
    phases = {Phase.CONNECT, Phase.SEND, Phase.WAIT, Phase.RECEIVE} | ({Phase.TLS} if secure else set())
    assert phases == outcome.steps[0].timings.keys()


async def test_http2_over_redirects_and_steps() -> None:
    async with http2(alpn("h2")) as url:
        steps = [
            {"step": "one", "http": {**H2, "url": f"{url}/redirect", "redirects": 1}},
            {"step": "two", "http": {**H2, "url": f"{url}/two"}, "expect": {"json": {"$.cookie": "seen=1"}}},
            {"step": "three", "http": {**H2, "url": f"{url}/status/503"}},
        ]
        outcome = await outcome_of(json.dumps({"version": 1, "probes": {"probe": {"steps": steps}}}))
    assert fails("server_error", "three") == told(outcome)


async def test_a_server_that_does_not_speak_http2_says_so() -> None:
    async with site(lambda _: reply("{}"), tls=alpn("http/1.1")) as server:
        outcome = await outcome_of(checks({**H2, "url": server.url}))
        assert fails("tls_handshake") == told(outcome)
        assert "HTTP/2 (ALPN)" in (outcome.message or "")
        assert [] == server.requests


async def test_a_server_of_http_1_1_that_is_asked_in_http2() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(reply("", "400 Bad Request"))

    async with serving(script) as server:
        outcome = await outcome_of(checks({"http_version": 2, "url": server.url}))
    assert fails("protocol") == told(outcome)


async def test_http2_holds_max_body() -> None:
    async with http2() as url:
        spec = {"http_version": 2, "url": url, "max_body": 1000, "method": "POST", "body": "x" * 2000}
        outcome = await outcome_of(checks(spec))
    assert fails("too_large") == told(outcome)


# A real proxy


class Proxy:
    """proxy.py, running. `log` is its access log."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self._log = log

    def url(self, login: str = "") -> str:
        return f"http://{login}127.0.0.1:{self.port}"

    async def has_passed(self, text: str) -> bool:
        """Wait for a line in its log."""
        return bool(await until(lambda: text in self._log.read_text()))


@contextlib.asynccontextmanager
async def proxy_py(folder: Path, *arguments: str) -> AsyncIterator[Proxy]:
    port_file, log = folder / "port", folder / "log"
    with log.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "proxy", "--hostname", "127.0.0.1", "--port", "0"),
            *("--port-file", str(port_file), "--num-workers", "1", "--num-acceptors", "1", *arguments),
            env={**os.environ, "HOME": str(folder)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
        )
    try:
        port = await until(lambda: port_file.exists() and port_file.read_text().strip())
        yield Proxy(int(port), log)
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def open_proxy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxy]:
    async with proxy_py(tmp_path_factory.mktemp("open")) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded_proxy(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Proxy]:
    async with proxy_py(tmp_path_factory.mktemp("guarded"), "--basic-auth", "ann:pass%word") as running:
        yield running


async def test_http_through_a_proxy(open_proxy: Proxy) -> None:
    async with site(lambda request: reply(json.dumps({"path": request.target}))) as server:
        spec = {"url": f"{server.url}/through?q=1", "proxy": open_proxy.url()}
        outcome = await outcome_of(checks(spec, expect={"json": {"$.path": "/through?q=1"}}))
        assert PASS == told(outcome), outcome.message
        assert "proxy.py" in server.requests[0].headers["via"]
    assert await open_proxy.has_passed(f"127.0.0.1:{server.port}/through")


@pytest.mark.parametrize("version", ["1.1", "2"])
async def test_https_through_a_proxy(version: str, open_proxy: Proxy) -> None:
    """The tunnel counts as connecting, and the certificate is the server's own."""
    context = alpn("h2") if version == "2" else server_tls()
    servers: Any = http2(context) if version == "2" else site(lambda _: reply("{}"), tls=context)
    async with servers as server:
        url = server if isinstance(server, str) else server.url
        spec = {
            "url": f"{url}/through",
            "proxy": open_proxy.url(),
            "tls": {"ca": CA_PEM},
            "http_version": version,
        }
        expect = {"certificate": {"expires_in": {"gt": "1h"}}, "http_version": float(version)}
        outcome = await outcome_of(checks(spec, expect=expect))
        assert PASS == told(outcome), outcome.message
        assert {Phase.CONNECT, Phase.TLS} < outcome.steps[0].timings.keys()
    assert await open_proxy.has_passed(f"CONNECT {url.removeprefix('https://')}")


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(
    ("login", "expected"),
    [
        ("ann:pass%25word@", PASS),
        ("ann:wrong@", fails("auth_rejected")),
        ("", fails("auth_rejected")),
    ],
    ids=["right", "wrong", "none"],
)
async def test_a_proxy_that_wants_to_know_who_asks(
    login: str, expected: Told, secure: bool, guarded_proxy: Proxy
) -> None:
    async with site(lambda _: reply("{}"), tls=server_tls() if secure else None) as server:
        spec = {"url": server.url, "proxy": guarded_proxy.url(login), "tls": {"ca": CA_PEM}}
        outcome = await outcome_of(checks(spec))
        assert expected == told(outcome), outcome.message
        assert (1 if expected is PASS else 0) == len(server.requests)
        assert not any("proxy-authorization" in request.headers for request in server.requests)


async def test_a_proxy_s_password_may_be_a_secret(guarded_proxy: Proxy) -> None:
    text = json.dumps(
        {
            "version": 1,
            "secrets": {"proxy": {"env": "PROXY"}},
            "probes": {"probe": {"http": {"url": "${env.URL}", "proxy": "${secret.proxy}"}}},
        }
    )
    async with site(lambda _: reply("{}")) as server:
        variables = {"URL": server.url, "PROXY": guarded_proxy.url("ann:pass%25word@")}
        outcome = await outcome_of(text, variables)
    assert PASS == told(outcome), outcome.message


@pytest.mark.parametrize(("scheme", "reason"), [("http", "server_error"), ("https", "unreachable")])
async def test_a_proxy_that_finds_nobody(scheme: str, reason: str, open_proxy: Proxy) -> None:
    url = f"{scheme}://127.0.0.1:{closed_port()}/"
    outcome = await outcome_of(checks({"url": url, "proxy": open_proxy.url()}))
    assert fails(reason) == told(outcome), outcome.message


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_proxy_that_is_not_there(scheme: str) -> None:
    spec = {"url": f"{scheme}://127.0.0.1:1/", "proxy": f"http://127.0.0.1:{closed_port()}"}
    assert fails("refused") == told(await outcome_of(checks(spec)))


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = f"http://127.0.0.1:{closed_port()}"
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, gone)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with site(lambda _: reply("{}")) as server:
        assert PASS == told(await outcome_of(checks({"url": server.url, "redirects": 1})))


# Connections that are kept


async def runs_over(
    connection: str, times: int, answer: Callable[[Request], bytes]
) -> tuple[list[Outcome], int]:
    async with site(answer, tls=server_tls()) as server:
        spec = {"url": server.url, "connection": connection, "tls": {"ca": CA_PEM}}
        async with rig(checks(spec)) as bench:
            outcomes = [await bench.run() for _ in range(times)]
        return outcomes, server.connections


@pytest.mark.parametrize(("connection", "connections"), [("fresh", 3), ("reuse", 1)])
async def test_a_connection_is_kept_from_run_to_run_only_where_that_is_wanted(
    connection: str, connections: int
) -> None:
    outcomes, made = await runs_over(connection, 3, lambda _: reply("{}"))
    assert ([PASS] * 3, connections) == ([told(outcome) for outcome in outcomes], made)
    dialled = {Phase.CONNECT, Phase.TLS}
    later = [dialled & outcome.steps[0].timings.keys() for outcome in outcomes[1:]]
    assert [set() if connection == "reuse" else dialled] * 2 == later
    assert all("certificate" in outcome.steps[0].facts for outcome in outcomes)


async def test_a_connection_that_the_server_closes_is_not_kept() -> None:
    outcomes, made = await runs_over("reuse", 3, lambda _: reply("{}", Connection="close"))
    assert ([PASS] * 3, 3) == ([told(outcome) for outcome in outcomes], made)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_kept_connection_that_died_is_replaced(method: str) -> None:
    """The server hangs up in silence after each answer; what it was sent, it was sent once."""
    received: list[bytes] = []
    gone = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(reply("{}"))
        writer.close()
        await writer.wait_closed()
        gone.set()

    async with serving(script) as server:
        spec = {"url": server.url, "connection": "reuse", "method": method}
        async with rig(checks(spec)) as bench:
            assert PASS == told(await bench.run())
            await gone.wait()
            assert PASS == told(await bench.run())
    assert 2 == len(received)


async def test_a_kept_connection_goes_to_nobody_else() -> None:
    """Two names of one address, and another trust, have connections of their own."""
    async with site(lambda _: reply("{}"), tls=server_tls("one.test", "two.test")) as server:
        kept = {"connection": "reuse", "tls": {"ca": CA_PEM}}
        resolve = {"one.test": "127.0.0.1", "two.test": "127.0.0.1"}
        probes = {
            name: {"http": {"url": f"https://{name}.test:{server.port}/", "resolve": resolve, **kept}}
            for name in ("one", "two")
        }
        probes["strict"] = {
            "http": {**probes["one"]["http"], "tls": {"min_version": "1.2"}},  # the system's trust
        }
        async with rig(json.dumps({"version": 1, "probes": probes})) as bench:
            said = [told(await bench.run(name)) for name in ("one", "two", "one", "two", "strict")]
    assert [PASS] * 4 + [fails("tls_untrusted")] == said
    assert [1, 2, 1, 2] == [request.connection for request in server.requests]


async def test_steps_of_a_run_share_a_kept_connection() -> None:
    async with site(lambda _: reply("{}")) as server:
        steps = [
            {"step": name, "http": {"url": f"{server.url}/{name}", "connection": "reuse"}}
            for name in ("one", "two", "three")
        ]
        text = json.dumps({"version": 1, "probes": {"probe": {"steps": steps}}})
        assert PASS == told(await outcome_of(text))
        assert [1, 1, 1] == [request.connection for request in server.requests]


# Tokens of the estate's identity provider

UPLOADS = """
    version: 1
    secrets: {upload: {env: UPLOAD_CLIENT_SECRET}}
    defaults: {interval: 1h}
    probes:
      one: &probe
        http:
          url: ${env.UPLOAD_URL}/generic-upload/api/status
          params: {searchQuery: nobody}
          auth:
            oauth2: &login
              token_url: ${env.TOKEN_URL}
              client_id: checker-probe
              client_secret: ${secret.upload}
        expect: {json: {$.content: {empty: true}}}
      two: *probe
      wrong:
        http:
          url: ${env.UPLOAD_URL}/generic-upload/api/status
          auth: {oauth2: {<<: *login, client_secret: wrong}}
      unknown:
        http:
          url: ${env.UPLOAD_URL}/generic-upload/api/status
          auth: {oauth2: {<<: *login, token_url: "${env.AUTH_URL}/auth/realms/none/protocol/openid-connect/token"}}
      gone:
        http:
          url: ${env.UPLOAD_URL}/generic-upload/api/status
          auth: {oauth2: {<<: *login, token_url: "http://127.0.0.1:9/token"}}
"""


def token_exchanges(outcome: Outcome) -> int:
    return sum(exchange.url.endswith("/token") for exchange in outcome.steps[0].exchanges)


async def test_a_token_is_shared_until_it_is_rejected() -> None:
    async with Estate() as estate:
        token_url = f"{estate.urls['AUTH_URL']}/auth/realms/lab/protocol/openid-connect/token"
        async with rig(UPLOADS, {**estate.environment, "TOKEN_URL": token_url}) as bench:
            first, again, other = (await bench.run("one"), await bench.run("one"), await bench.run("two"))
            estate.restart("auth")  # which forgets all tokens that it gave out
            anew = await bench.run("one")
    assert [PASS] * 4 == [told(outcome) for outcome in (first, again, other, anew)], anew.message
    assert token_exchanges(first) > 0
    assert [0, 0] == [token_exchanges(again), token_exchanges(other)]
    assert token_exchanges(anew) > 0
    assert [401, 200] == [
        exchange.status for exchange in anew.steps[0].exchanges if "status?" in exchange.url
    ]


@pytest.mark.parametrize(
    ("probe", "reason"), [("wrong", "auth_rejected"), ("unknown", "auth_rejected"), ("gone", "refused")]
)
async def test_a_token_that_is_refused_is_the_endpoint_s_failure(probe: str, reason: str) -> None:
    async with Estate() as estate:
        token_url = f"{estate.urls['AUTH_URL']}/auth/realms/lab/protocol/openid-connect/token"
        async with rig(UPLOADS, {**estate.environment, "TOKEN_URL": token_url}) as bench:
            outcome = await bench.run(probe)
    assert fails(reason) == told(outcome), outcome.message
    assert "no token from " in (outcome.message or "")


# Rounds of a digest


def digest_server(request: Request) -> bytes:
    """Wants the digest of POST /d (RFC 7616, SHA-256, qop=auth) and the cookie that came with the challenge."""
    given = request.headers.get("authorization", "")
    fields = dict(
        part.strip().split("=", 1) for part in given.removeprefix("Digest ").split(",") if "=" in part
    )
    fields = {name: value.strip('"') for name, value in fields.items()}

    def hashed(*parts: str) -> str:
        return hashlib.sha256(":".join(parts).encode()).hexdigest()

    expected = hashed(
        hashed("ann", "realm", "right"),
        "n0nce",
        *(fields.get(name, "") for name in ("nc", "cnonce", "qop")),
        hashed(request.method, request.target),
    )
    if fields.get("response") == expected and request.headers.get("cookie") == "round=1":
        return reply(request.body)
    challenge = 'Digest realm="realm", nonce="n0nce", qop="auth", algorithm=SHA-256'
    return reply("", "401 Unauthorized", WWW_Authenticate=challenge, Set_Cookie="round=1")


@pytest.mark.parametrize(("password", "expected"), [("right", PASS), ("wrong", fails("auth_rejected"))])
async def test_a_digest_sends_body_and_cookies_again(password: str, expected: Told) -> None:
    text = document(f"""
        http:
          url: ${{env.URL}}/d?q=1
          method: POST
          json: {{a: 1}}
          auth: {{digest: {{username: ann, password: {password}}}}}
        """)
    async with site(digest_server) as server:
        outcome = await outcome_of(text, {"URL": server.url})
        assert expected == told(outcome), outcome.message
        assert [b'{"a":1}'] * 2 == [request.body for request in server.requests]
    assert 2 == len(outcome.steps[0].exchanges)
