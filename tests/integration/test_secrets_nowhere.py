"""The whole product over failing probes that send secrets, to a server that hands them all back: no secret anywhere.

Everything that `serve`, `run`, `show` and the others write is searched for every secret in every spelling, and
for the beginning and the end of each: half a secret is one too.
"""

import asyncio
import contextlib
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
import yaml

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net import attempt
from checker.net.answers import facts_of
from checker.surfaces import logs
from tests.integration import gossip
from tests.integration.checks import Rig, Told, rig, told
from tests.integration.processes import Serving, checker, checker_serve, until
from tests.integration.sites import Site, reply, site
from tests.integration.spellings import found

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOGIN = "pw-Kd83mZ-in-a-url"
SECRETS = (*gossip.SECRETS, LOGIN)
PASSING = frozenset({"passing", "captured-openly"})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[Site]:
    async with site(gossip.gossip) as running:
        yield running


def laid_out(folder: Path, server: Site) -> Path:
    """Write the configuration and the files of its secrets."""
    for name, text in gossip.FILES.items():
        (folder / f"secret-{name}").write_text(text, "utf-8")
    (folder / "secret-url").write_text(server.url.replace("://", f"://ann:{LOGIN}@") + "/as-json")
    (folder / "checks.yaml").write_text(gossip.checks(server.url, gossip.PATIENT), "utf-8")
    (folder / "brisk.yaml").write_text(gossip.checks(server.url, gossip.BRISK), "utf-8")
    return folder / "checks.yaml"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def config(server: Site, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return laid_out(tmp_path_factory.mktemp("secrets"), server)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def environment(config: Path) -> Mapping[str, str]:
    return {**gossip.ENVIRONMENT, "CHECKER_CONFIG": str(config)}


def assert_clean(name: str, data: bytes) -> None:
    assert data, f"{name} is empty"
    assert [] == found(SECRETS, data), f"in {name}"


# checker run


@pytest.mark.parametrize(
    ("form", "more"),
    [
        ("console", ()),
        ("console", ("--output", "report.txt")),
        ("json", ("--textfile", "checker.prom")),
        ("junit", ("--output", "report.xml", "--push")),
        ("har", ()),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value) or "stdout",
)
async def test_run(
    form: str, more: tuple[str, ...], server: Site, environment: Mapping[str, str], tmp_path: Path
) -> None:
    options = [str(tmp_path / option) if "." in option else option for option in more]
    async with site(lambda _: reply()) as gateway:
        options += [gateway.url] if "--push" in options else []
        ended = await checker("run", "--format", form, *options, environment=environment)
        pushed = gateway.received
    assert 1 == ended.code, ended.err.decode()
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert sum("." in option for option in more) == len(written)
    for name, data in {"stdout": ended.out, "stderr": ended.err, "pushed": pushed, **written}.items():
        assert [] == found(SECRETS, data), f"in {name}"
    assert b"***" in ended.out + b"".join(written.values())


async def test_the_server_was_sent_them_all(server: Site, environment: Mapping[str, str]) -> None:
    """Or else the others would prove nothing; and nothing but what was to pass has passed."""
    ended = await checker("run", "--format", "json", environment=environment)
    results = {probe["probe"]: probe["result"] for probe in json.loads(ended.out)["probes"]}
    assert PASSING == {name for name, result in results.items() if result == "pass"}
    for secret in gossip.SECRETS:
        assert found([secret], server.received), f"{secret} was never sent"


async def test_run_of_a_configuration_that_cannot_be_used(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "checks.yaml"
    path.write_text(misused())
    for verb in ("run", "validate", "list", "show"):
        names = ("a",) if verb == "show" else ()
        ended = await checker(verb, *names, environment={**environment, "CHECKER_CONFIG": str(path)})
        assert 2 == ended.code
        assert_clean(verb, ended.out + ended.err)


def misused() -> str:
    """Return a configuration that is wrong wherever the value of a secret's variable stands."""
    probe = {
        "interval": "${env.PLAIN}",
        "severity": "${env.CLIENT_SECRET}",
        "depends_on": ["${env.PLAIN}"],
        "http": {"url": "${env.PLAIN}", "method": "${env.CLIENT_SECRET}", "max_body": "${env.PLAIN}"},
        "expect": {"json": {"${env.PLAIN}": 1, "$.a": {"matches": "(${env.CLIENT_SECRET}"}}},
    }
    secrets = {"plain": {"env": "PLAIN"}, "client": {"env": "CLIENT_SECRET"}}
    return json.dumps({"version": 1, "secrets": secrets, "probes": {"a": probe}}, indent=1)


@pytest.mark.parametrize(
    "call", [("validate",), ("list",), ("show", "*"), ("schema",)], ids=lambda call: call[0]
)
async def test_verbs_that_send_nothing(call: tuple[str, ...], environment: Mapping[str, str]) -> None:
    ended = await checker(*call, environment=environment)
    assert 0 == ended.code, ended.err.decode()
    assert_clean(call[0], ended.out)
    assert [] == found(SECRETS, ended.err)


# checker serve


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serving(config: Path, environment: Mapping[str, str]) -> AsyncIterator[Serving]:
    """A server of which every probe has run."""
    brisk = str(config.with_name("brisk.yaml"))
    async with checker_serve(brisk, "--log-outcomes", environment=environment) as running:
        async with httpx.AsyncClient(trust_env=False, base_url=running.url) as client:

            async def all_have_run() -> bool:
                probes = (await client.get("/api/v1/probes")).json()["probes"]
                return all(probe["result"] for probe in probes)

            await until(all_have_run)
        yield running
    assert 0 == running.code
    assert_clean("the log", bytes(running.err))
    assert [] == found(SECRETS, bytes(running.out))
    assert {"start", "failure", "run", "state", "reload_failed", "stop"} <= {
        event["event"] for event in running.events
    }


@pytest_asyncio.fixture(loop_scope="module")
async def client(serving: Serving) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, base_url=serving.url, timeout=30) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/", "/?part", "/?state=down", "/api/v1/probes", "/metrics", "/-/healthy", "/-/ready"]
)
async def test_pages(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(path)
    assert 200 == answer.status_code
    assert_clean(path, answer.content + str(answer.headers).encode())


@pytest.mark.parametrize("path", ["/probes/{}", "/api/v1/probes/{}"])
async def test_pages_of_every_probe(path: str, client: httpx.AsyncClient) -> None:
    names = [probe["probe"] for probe in (await client.get("/api/v1/probes")).json()["probes"]]
    struck_out = 0
    for name in names:
        answer = await client.get(path.format(quote(name)))
        assert 200 == answer.status_code
        assert_clean(path.format(name), answer.content)
        struck_out += b"***" in answer.content
    assert struck_out > len(names) / 2


async def test_metrics_for_machines(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert "openmetrics" in answer.headers["content-type"]
    assert_clean("/metrics", answer.content)
    assert b'checker_secret_readable{secret="plain"} 1' in answer.content
    assert b'checker_secret_readable{secret="unset"} 0' in answer.content


async def test_events(client: httpx.AsyncClient) -> None:
    received = b""
    async with client.stream("GET", "/events") as answer:
        async for piece in answer.aiter_bytes():
            received += piece
            if received.count(b"event: ") > 1:
                break
    assert_clean("/events", received)


async def test_a_configuration_that_is_refused(
    config: Path, client: httpx.AsyncClient, serving: Serving
) -> None:
    """It is said in the answer, in the log and on every page."""
    served = config.with_name("brisk.yaml")
    good = served.read_text("utf-8")
    try:
        served.write_text(misused())
        answer = await client.post("/-/reload")
        assert 500 == answer.status_code
        assert_clean("/-/reload", answer.content)
        page = await client.get("/")
        assert "The configuration cannot be used" in page.text
        assert_clean("/", page.content)
        await until(lambda: serving.event("reload_failed"))
    finally:
        served.write_text(good, "utf-8")
    assert 200 == (await client.post("/-/reload")).status_code


# Whatever any library says when it is asked to say all

LOUD = """
import logging
from checker.cli.main import main
from checker.surfaces import logs

configure = logs.configure

def loud(*args, **more):
    handler = configure(*args, **{**more, "level": logging.DEBUG})
    logging.getLogger().setLevel(logging.DEBUG)
    return handler

logs.configure = loud
main()
"""


@pytest.mark.parametrize("verb", ["serve", "run"])
async def test_at_debug_level(verb: str, config: Path, environment: Mapping[str, str]) -> None:
    program, brisk = ("-c", LOUD), str(config.with_name("brisk.yaml"))
    if verb == "run":
        ended = await checker("run", "--format", "json", environment=environment, program=program)
        said, told = ended.err, ended.out
    else:
        async with checker_serve(
            brisk, "--log-outcomes", environment=environment, program=program
        ) as running:
            await until(
                lambda: running.err.count(b'"event": "run"') + running.err.count(b'"event": "failure"') > 100
            )
        assert 0 == running.code
        said, told = bytes(running.err), bytes(running.out)
    assert b'"event": "log"' in said  # of a library, which says nothing else
    assert [] == found(SECRETS, said)
    assert [] == found(SECRETS, told)


# A bug of the checker's own

BUGGY = """
import sys
from checker.cli.main import main
from checker.net import attempt
from checker.net.answers import facts_of

def facts_of(response, *rest):
    sent = response.request.headers, response.request.url, response.request.content
    try:
        raise KeyError(*sent)
    except KeyError as error:
        error.add_note(repr(response.content))
        raise RuntimeError(f"cannot happen with {sent!r}") from error

attempt.facts_of = facts_of
main()
"""


async def test_a_bug_in_the_whole_product(config: Path, environment: Mapping[str, str]) -> None:
    program = ("-c", BUGGY)
    ended = await checker("run", "--format", "json", environment=environment, program=program)
    assert 1 == ended.code  # for those that had no whole answer; the others are errors
    reasons = {probe["reason"] for probe in json.loads(ended.out)["probes"]}
    assert "internal" in reasons
    configured = [secret for secret in SECRETS if secret != gossip.TOKEN]  # nothing is captured any more
    assert [] == found(configured, ended.out)
    assert [] == found(configured, ended.err)
    assert b"RuntimeError: cannot happen with" in ended.err
    assert b"***" in ended.err

    brisk = str(config.with_name("brisk.yaml"))
    async with checker_serve(brisk, "--log-outcomes", environment=environment, program=program) as running:
        await until(lambda: len([1 for event in running.events if event["event"] == "internal"]) > 50)
    assert 0 == running.code
    assert [] == found(configured, bytes(running.err))
    assert b"RuntimeError: cannot happen with" in running.err


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the process logs, as lines for people: tracebacks keep their form there."""
    stream = io.StringIO()
    handler = logs.configure(stream=stream, machine=False)
    yield stream
    logging.getLogger().removeHandler(handler)


SECRET = gossip.ODD
KIND = """
    version: 1
    secrets: {key: {env: KEY}}
    probes:
      probe:
        timeout: 5s
        steps:
          - step: login
            http: {url: "${env.URL}", params: {q: "${secret.key}"}}
            capture: {token: {json: $.token, secret: true}}
          - step: use
            http: {url: "${env.URL}/${token}"}
            expect: {json: {$.token: {eq: x}}}
"""


@contextlib.asynccontextmanager
async def gossiping(timeout: str = "timeout: 5s") -> AsyncIterator[Rig]:
    """A rig over KIND, and the server that it asks."""
    async with site(lambda _: reply(json.dumps({"token": gossip.TOKEN}))) as running:
        text = KIND.replace("timeout: 5s", timeout)
        async with rig(text, {"URL": running.url, "KEY": SECRET}) as bench:
            yield bench


def chained(*texts: str) -> Exception:
    error = LookupError(*texts)
    error.__cause__ = ValueError(texts[0])
    return error


def grouped(*texts: str) -> Exception:
    inner = OSError(13, *texts)
    inner.add_note(" and ".join(texts))
    return ExceptionGroup(texts[-1], [inner, UnicodeEncodeError("ascii", texts[0], 0, 1, texts[1])])


def in_bytes(*texts: str) -> Exception:
    return TypeError(*(text.encode() for text in texts), dict.fromkeys(texts, texts))


@pytest.mark.parametrize("make", [chained, grouped, in_bytes])
@pytest.mark.parametrize("step", ["login", "use"])
async def test_a_bug_in_a_kind(
    make: Any, step: str, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both secrets are in local variables, in the exception's text and in what led to it."""

    def broken(response: httpx.Response, *rest: Any) -> object:
        local_secret, local_token = SECRET, gossip.TOKEN
        if step == "login" or gossip.TOKEN in response.url.path:
            raise make(local_secret, local_token if step == "use" else local_secret)
        return facts_of(response, *rest)

    monkeypatch.setattr("checker.net.attempt.facts_of", broken)
    async with gossiping() as bench:
        outcome = await bench.run()
    assert Told("error", "internal", step) == told(outcome)
    assert "Traceback (most recent call last)" in log.getvalue()
    assert type(make("a", "b")).__name__ in log.getvalue()
    assert [] == found([SECRET, gossip.TOKEN], log.getvalue().encode())
    known = [SECRET, gossip.TOKEN] if step == "use" else [SECRET]  # what was never captured, nobody knows
    assert [] == found(known, repr(outcome).encode())


async def test_a_kind_that_ends_long_after_its_time(
    log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is over, and with it what the run knew; its error is logged all the same."""
    let_go = asyncio.Event()

    async def stubborn(recipe: Any, session: Any, asker: attempt.Asker) -> object:
        if gossip.TOKEN not in asker.url.path:
            return await attempt.attempt(recipe, session, asker)
        while not let_go.is_set():
            with contextlib.suppress(asyncio.CancelledError):
                await let_go.wait()
        raise ValueError(f"{SECRET} {gossip.TOKEN}")

    monkeypatch.setattr("checker.kinds.http.attempt", stubborn)
    async with gossiping("timeout: 200ms") as bench:
        outcome = await bench.run()
        let_go.set()
        await until(lambda: "ValueError" in log.getvalue())
    assert ("fail", "use") == (outcome.result, outcome.step)
    assert [] == found([SECRET, gossip.TOKEN], log.getvalue().encode())


async def test_trouble_that_quotes_what_was_sent(log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(response: httpx.Response, *_: Any) -> object:
        raise Trouble(Reason.PROTOCOL, f"{response.url} {SECRET}")

    monkeypatch.setattr("checker.net.attempt.facts_of", broken)
    async with gossiping() as bench:
        outcome = await bench.run()
    assert Told("fail", "protocol", "login") == told(outcome)
    assert "***" in (outcome.message or "")
    assert [] == found([SECRET], repr(outcome).encode() + log.getvalue().encode())


async def test_show_leaves_references_as_they_are(environment: Mapping[str, str]) -> None:
    ended = await checker("show", "headers.as-json", environment=environment)
    shown = yaml.safe_load(ended.out)["headers.as-json"]
    assert "${secret.odd}" == shown["steps"][0]["http"]["headers"]["X-odd"]
