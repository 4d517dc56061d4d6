"""The applications over HTTP: what is answered, with which headers, and what of a target's answers gets through."""

import asyncio
import gzip
import json
import re
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from html.parser import HTMLParser

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from checker.board.snapshot import Snapshot
from checker.core.liveness import ALIVE
from checker.core.outcome import ShallowOutcome, StepOutcome, Truth, Verdict
from checker.core.reason import Reason, Result, State
from checker.surfaces.exposition import OPENMETRICS, TEXT
from checker.surfaces.own import Own
from checker.surfaces.web import app as app_module
from checker.surfaces.web.app import Sources, metrics_app, web_app
from checker.surfaces.web.headers import SECURITY_HEADERS
from checker.surfaces.web.live import Live
from checker.surfaces.web.views import Page, page
from tests.surfaces.causes.boards import board, passing, troubled
from tests.surfaces.samples import (
    NOW,
    exchange,
    failed,
    masked_view,
    past,
    probe,
    snapshot,
    step,
    trouble,
    view,
)

Get = Callable[..., Awaitable[httpx.Response]]


def sources(board: Snapshot | None = None, **changes: object) -> Sources:
    return Sources(lambda: board or trouble(), Own(), now=lambda: NOW, **changes)  # type: ignore[arg-type]


async def ask(app: Starlette, path: str, method: str = "GET", **options: object) -> httpx.Response:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://checker.test") as client:
        return await client.request(method, path, **options)  # type: ignore[arg-type]


PATHS = (
    "/",
    "/?part",
    "/?mark=masked",
    "/probes/works-search",
    "/probes/reference-lookup/profile",
    "/probes/nobody",
    "/probes/works-search/failures/2030-03-17T17:46:28.000Z.har",
    "/probes/works-search/failures/nothing.har",
    "/metrics",
    "/api/v1/probes",
    "/api/v1/probes/works-search",
    "/api/v1/probes/nobody",
    "/static/style.css",
    "/static/nothing",
    "/-/healthy",
    "/-/ready",
    "/-/reload",
    "/nowhere",
)


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_has_the_security_headers(path: str) -> None:
    answer = await ask(web_app(sources()), path)
    expected = SECURITY_HEADERS | (
        {"Cache-Control": "public, max-age=31536000, immutable"} if "style" in path else {}
    )
    assert expected == {name: answer.headers.get(name) for name in SECURITY_HEADERS}


def test_the_policy_runs_nothing_inline_and_loads_nothing_from_elsewhere() -> None:
    policy = dict(part.split(" ", 1) for part in SECURITY_HEADERS["Content-Security-Policy"].split("; "))
    assert "'none'" == policy.pop("default-src")
    assert {"'self'", "'none'"} == set(policy.values())
    assert "'none'" == policy["frame-ancestors"]


class Markup(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "action")}


def markup(text: str) -> Markup:
    parser = Markup()
    parser.feed(text)
    return parser


@pytest.mark.parametrize("path", ["/", "/probes/works-search", "/probes/bulk-upload", "/probes/heartbeat"])
async def test_pages_are_whole_and_have_nothing_inline(path: str) -> None:
    answer = await ask(web_app(sources()), path)
    assert (200, "text/html; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert answer.text.startswith("<!doctype html>")
    assert answer.text.endswith("</html>")
    found = markup(answer.text)
    assert set() == {name for name in found.attributes if name.startswith("on") or name == "style"}
    assert re.findall(r"<script(?![^>]* src=)", answer.text) == []
    assert "style" not in found.tags
    assert set() == {
        link for link in found.links if "//" in link and not link.startswith("https://example.org/runbooks/")
    }


async def test_the_status_page_says_it_all() -> None:
    text = (await ask(web_app(sources()), "/")).text
    assert "<h1>2 user paths are broken</h1>" in text
    assert "The platform says that 1 of them is healthy." in text
    for words in (
        ">Masked<",
        "Down <",
        "Degraded <",
        "Up <",
        "Depends on",
        "auth_rejected in step search",
        "Runbook<",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("state", "words"),
    [(State.DOWN, "</time></span>"), (State.UP, "</time>, not yet counted as down</span>")],
)
async def test_a_masked_probe_says_for_how_long_and_whether_it_counts_as_down(
    state: State, words: str
) -> None:
    text = (await ask(web_app(sources(snapshot(masked_view(state=state)))), "/")).text
    assert '<span class="for">for <time datetime="2030-03-17T17:44:30Z" title="since' in text
    assert words in text


async def test_a_part_is_the_page_without_its_frame() -> None:
    text = (await ask(web_app(sources()), "/?part")).text
    assert text.lstrip().startswith('<div class="part"')
    assert "<html" not in text
    assert "works-search" in text


async def test_the_filter_is_in_the_url() -> None:
    text = (await ask(web_app(sources()), "/?mark=masked&label=env=prod&q=search&theme=dark")).text
    assert 'data-theme="dark"' in text
    assert "Showing 1 of 12" in text
    assert "probes/works-search?theme=dark" in text
    assert "images-list" not in text
    assert '<input type="hidden" name="label" value="env=prod">' in text


async def test_a_filter_that_finds_nothing_offers_the_way_back() -> None:
    assert "No probe matches" in (await ask(web_app(sources()), "/?q=nothing+like+this")).text


async def test_a_board_without_probes() -> None:
    text = (await ask(web_app(sources(snapshot())), "/")).text
    assert "Nothing is being checked" in text
    assert "Add a probe to the configuration" in text


async def test_a_probes_page_shows_claim_truth_and_evidence() -> None:
    text = (await ask(web_app(sources()), "/probes/works-search")).text
    for words in (
        "The platform says",
        "Healthy",
        "A user gets",
        "auth_rejected in step search",
        "untellable",
        "curl -sS",
    ):
        assert words in text


async def test_who_is_to_hear_of_it_and_how_urgently_is_captioned() -> None:
    app = web_app(sources())
    assert 'title="Owner"><span class="sr">Owner: </span>upload<' in (await ask(app, "/")).text
    text = (await ask(app, "/probes/bulk-upload")).text
    assert 'title="Owner"><span>Owner: </span>upload<' in text
    assert ">Severity: page<" in text


async def test_those_that_suffer_alike_are_not_called_a_cause() -> None:
    both = board(*(troubled(name, 2, labels={"service": "a"}) for name in ("one", "two")), passing("other"))
    text = (await ask(web_app(sources(both)), "/probes/one")).text
    assert "<h2>Others like it</h2>" in text
    assert "Likely causes" not in text
    assert '<li class="peers">Also failing with server_error, since 12:00:02: <a ' in text


async def test_a_run_that_ended_before_its_first_step() -> None:
    assert "It ended before its first step" in (await ask(web_app(sources()), "/probes/trusts-sync")).text


@pytest.mark.parametrize(
    ("path", "base"),
    [("/", "./"), ("/probes/works-search", "../"), ("/probes/reference-lookup/profile", "../../")],
)
@pytest.mark.parametrize("prefix", ["", "/checks"])
async def test_links_hold_wherever_the_pages_are_mounted(path: str, base: str, prefix: str) -> None:
    app = Starlette(routes=[Mount(prefix, web_app(sources()))]) if prefix else web_app(sources())
    answer = await ask(app, prefix + path)
    assert f'data-events="{base}events"' in answer.text
    found = {link for link in markup(answer.text).links if "static/style" in link}
    assert {answer.url.join(link).path for link in found} == {f"{prefix}/static/style.css"}


async def test_an_unknown_probe_is_404() -> None:
    for path in ("/probes/nobody", "/api/v1/probes/nobody", "/static/../app.py", "/static/nothing.css"):
        assert 404 == (await ask(web_app(sources()), path)).status_code


async def test_ages_are_as_of_now_however_long_nothing_has_changed() -> None:
    later = replace(sources(), now=lambda: NOW + 3600)
    assert "Last success <time" in (text := (await ask(web_app(later), "/")).text)
    assert ">1 h ago</time>" in text
    assert "2030-03-17 18:46:40 UTC" in text
    assert "2030-03-17T18:46:40.000Z" == (await ask(web_app(later), "/api/v1/probes")).json()["taken_at"]


async def test_notices_of_the_checker_are_on_every_page() -> None:
    own = sources(
        notices=lambda: ("The configuration <b> was refused.",), healthy=lambda: "The scheduler stands still."
    )
    for path in ("/", "/probes/works-search"):
        text = (await ask(web_app(own), path)).text
        assert "The configuration &lt;b&gt; was refused." in text
        assert "The scheduler stands still." in text


ATTACKS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "</pre></title><script>alert(1)</script>",
    "javascript:alert(1)",
)


def attacked(text: str) -> Snapshot:
    """A board that has the text everywhere that a target or a configuration could put one."""
    verdict = Verdict(text, text, text, text, Truth.MISSES, message=text)
    evil = exchange(
        url=f"http://127.0.0.1/{text}",
        method=text,
        request_headers=((text, text),),
        request_body=text.encode(),
        response_headers=((text, text),),
        response_body=text.encode(),
        http_version=text,
        address=text,
    )
    bad = StepOutcome(
        text,
        "http",
        Result.FAIL,
        Reason.ASSERTION,
        text,
        0.1,
        {},
        assertions=(verdict,),
        warnings=(verdict,),
        exchanges=(evil,),
    )
    last = failed(
        text,
        step=text,
        message=text,
        steps=(bad, step(skipped=text)),
        shallow=ShallowOutcome(True, text, 0.1),
    )
    planned = probe(
        "attacked", labels={"team": text}, owner=text, runbook=text, description=text, depends_on=(text,)
    )
    history = past("pmf", **{text: 1.0})
    earlier = failed(text, step=text, message=text, steps=(bad,), started_at=1.0)
    shown = view(planned, last, state=State.DOWN, history=history, failures=(earlier, last))
    suffers = probe("blocked", depends_on=("attacked",))
    blocked = view(suffers, last, state=State.DOWN, blocked_by=(text,))
    return snapshot(shown, blocked, label_keys=("team",))


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("path", ["/", "/?part", "/probes/attacked", "/probes/blocked"])
async def test_nothing_that_a_target_or_a_configuration_says_is_markup(text: str, path: str) -> None:
    benign = markup((await ask(web_app(sources(attacked("harmless"))), path)).text)
    answer = await ask(web_app(sources(attacked(text))), path)
    hostile = markup(answer.text)
    assert (benign.tags, benign.attributes) == (hostile.tags, hostile.attributes)
    assert set() == {link for link in hostile.links if link.lower().startswith(("javascript", "data"))}
    assert "49" not in re.findall(r"\b49\b", answer.text)


@pytest.mark.parametrize("text", ATTACKS)
async def test_nothing_in_the_url_is_markup(text: str) -> None:
    query = httpx.QueryParams(
        [("q", text), ("mark", text), ("state", text), ("label", f"{text}={text}"), ("theme", text)]
    )
    benign = markup((await ask(web_app(sources()), "/?q=a&mark=a&state=a&label=a=a")).text)
    hostile = markup((await ask(web_app(sources()), f"/?{query}")).text)
    assert (benign.tags, benign.attributes) == (hostile.tags, hostile.attributes)


@pytest.mark.parametrize("text", ATTACKS)
async def test_the_api_says_it_as_it_is_and_as_json(text: str) -> None:
    answer = await ask(web_app(sources(attacked(text))), "/api/v1/probes/attacked")
    assert "application/json" == answer.headers["content-type"]
    assert text == answer.json()["failures"][0]["message"]


@pytest.mark.parametrize("app", [web_app, metrics_app])
@pytest.mark.parametrize(
    ("accept", "content_type", "parse"),
    [("", TEXT, parse_text), ("application/openmetrics-text; version=1.0.0", OPENMETRICS, parse_openmetrics)],
)
async def test_metrics(
    app: Callable[[Sources], Starlette], accept: str, content_type: str, parse: Callable[[str], object]
) -> None:
    answer = await ask(app(sources()), "/metrics", headers={"Accept": accept, "Accept-Encoding": "identity"})
    assert (200, content_type) == (answer.status_code, answer.headers["content-type"])
    assert "content-encoding" not in answer.headers
    names = {family.name for family in parse(answer.text)}  # type: ignore[attr-defined]
    assert {
        "checker_probe_masked",
        "checker_build_info" if content_type == TEXT else "checker_build",
    } <= names


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0", True),
        ("br", False),
        ("", False),
    ],
)
async def test_metrics_are_compressed_where_that_is_taken(encoding: str, packed: bool) -> None:
    transport = httpx.ASGITransport(web_app(sources()))
    async with httpx.AsyncClient(transport=transport, base_url="http://checker.test") as client:
        request = client.build_request("GET", "/metrics", headers={"Accept-Encoding": encoding})
        answer = await client.send(request, stream=True)
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert packed == ("content-encoding" in answer.headers)
    assert b"checker_probe_masked" in (gzip.decompress(raw) if packed else raw)


@pytest.mark.parametrize(
    ("path", "well"), [("/-/healthy", f"{ALIVE}\n"), ("/-/ready", "the checker is ready\n")]
)
async def test_health_and_readiness(path: str, well: str) -> None:
    name = path.rsplit("/", 1)[1]
    assert (200, well) == told(await ask(web_app(sources()), path))
    wrong = replace(sources(), **{name: lambda: "the scheduler has not run for 12s"})  # type: ignore[arg-type]
    assert (503, "the scheduler has not run for 12s\n") == told(await ask(metrics_app(wrong), path))


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


async def reloads() -> str | None:
    return None


async def refuses() -> str | None:
    return "checks.yaml:3:1: there is no such key"


class TestReload:
    async def test_is_off_unless_offered(self) -> None:
        status, text = told(await ask(web_app(sources()), "/-/reload", "POST"))
        assert (403, True) == (status, "server.reload" in text)

    async def test_happens(self) -> None:
        assert (200, "reloaded\n") == told(await ask(web_app(sources(reload=reloads)), "/-/reload", "POST"))

    async def test_says_why_it_was_refused(self) -> None:
        answer = await ask(web_app(sources(reload=refuses)), "/-/reload", "POST")
        assert (500, "checks.yaml:3:1: there is no such key\n") == told(answer)

    async def test_is_not_a_link(self) -> None:
        assert 405 == (await ask(web_app(sources(reload=reloads)), "/-/reload")).status_code

    @pytest.mark.parametrize(
        ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
    )
    async def test_cannot_be_asked_for_by_another_sites_page(self, site: str, status: int) -> None:
        answer = await ask(
            web_app(sources(reload=reloads)), "/-/reload", "POST", headers={"Sec-Fetch-Site": site}
        )
        assert status == answer.status_code


async def test_operations_can_have_a_listener_of_their_own() -> None:
    for path in ("/metrics", "/-/healthy", "/-/ready"):
        assert 404 == (await ask(web_app(sources(), operations=False), path)).status_code
        assert 200 == (await ask(metrics_app(sources()), path)).status_code
    for path in ("/", "/api/v1/probes", "/events"):
        assert 404 == (await ask(metrics_app(sources()), path)).status_code


async def test_further_routes() -> None:
    async def callback(request: Request) -> Response:
        return PlainTextResponse("taken")

    routes = [Route("/callbacks/{token}", callback)]
    assert (200, "taken") == told(await ask(web_app(sources(), routes=routes), "/callbacks/x"))
    assert (200, "taken") == told(await ask(metrics_app(sources(), routes), "/callbacks/x"))


async def test_the_api_lists_and_filters() -> None:
    answer = await ask(web_app(sources()), "/api/v1/probes?mark=masked")
    assert "application/json" == answer.headers["content-type"]
    assert ["works-search"] == [each["probe"] for each in answer.json()["probes"]]


async def test_the_api_knows_a_probe_whose_name_has_slashes() -> None:
    answer = await ask(web_app(sources()), "/api/v1/probes/reference-lookup/profile")
    assert (200, "reference-lookup/profile") == (answer.status_code, answer.json()["probe"])


async def test_the_api_says_404_in_json() -> None:
    answer = await ask(web_app(sources()), "/api/v1/probes/nobody")
    assert (404, {"error": "there is no probe of this name"}) == (answer.status_code, answer.json())


async def test_events_are_a_stream_that_ends_when_it_is_closed() -> None:
    connected = asyncio.Event()

    def look() -> Snapshot:
        connected.set()
        return trouble()

    live = Live(look)
    asked = asyncio.create_task(ask(web_app(sources(), live), "/events"))
    await connected.wait()
    live.close()
    answer = await asked
    assert (200, "text/event-stream; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    assert answer.text.startswith('retry: 2000\n\nevent: alive\ndata: {"revision": 0}\n\n')


async def test_one_page_too_many_is_turned_away() -> None:
    live = Live(trouble)
    live.close()
    answer = await ask(web_app(sources(), live), "/events")
    assert (503, "30") == (answer.status_code, answer.headers["retry-after"])


async def test_assets() -> None:
    answer = await ask(web_app(sources()), "/static/live.js")
    assert (200, "text/javascript; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


async def test_a_fault_shows_no_traceback() -> None:
    def broken() -> Snapshot:
        raise RuntimeError("/very/secret/path")

    answer = await ask(web_app(Sources(broken, Own())), "/")
    assert 500 == answer.status_code
    assert "secret" not in answer.text
    assert SECURITY_HEADERS["Content-Security-Policy"] == answer.headers["content-security-policy"]


async def test_other_than_http_is_passed_through() -> None:
    """The lifespan protocol has no answers to put headers on."""
    seen: list[str] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.startup" if not seen else "lifespan.shutdown"}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        seen.append(message["type"])

    await web_app(sources())({"type": "lifespan", "state": {}}, receive, send)
    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == seen


async def test_a_page_is_not_worked_out_in_the_loops_own_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def noted(*arguments: object) -> Page:
        threads.append(threading.get_ident())
        return page(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(app_module, "page", noted)
    assert 200 == (await ask(web_app(sources()), "/")).status_code
    assert 1 == len(threads)
    assert threading.get_ident() not in threads


async def test_a_large_board_is_answered_in_slices() -> None:
    """Nobody waits for the whole of it: other requests are answered while it is being written."""
    board = snapshot(*(view(probe(f"p{number}"), failed(f"p{number}")) for number in range(3000)))
    app = web_app(sources(board))
    parts = 0

    async def count() -> AsyncIterator[None]:
        nonlocal parts
        while True:
            parts += 1
            await asyncio.sleep(0)
            yield

    async def spin() -> None:
        async for _ in count():
            pass

    other = asyncio.create_task(spin())
    answer = await ask(app, "/api/v1/probes")
    other.cancel()
    assert 3000 == len(json.loads(answer.text)["probes"])
    assert parts > 10


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("state=dwon", ["There is no state 'dwon'.", "degraded, down and unknown"]),
        ("stat=down", ["There is no parameter 'stat'.", "label, mark, q and state"]),
        ("state=down&label=evn=prod", ["There is no label 'evn'.", "env, team and consumer"]),
    ],
)
async def test_the_api_refuses_to_look_for_what_there_is_not(query: str, words: list[str]) -> None:
    answer = await ask(web_app(sources()), f"/api/v1/probes?{query}")
    assert (400, "application/json") == (answer.status_code, answer.headers["content-type"])
    assert all(word in answer.json()["error"] for word in words)


async def test_the_page_says_what_there_is_not_to_look_for() -> None:
    answer = await ask(web_app(sources()), "/?state=dwon&utm_source=chat")
    assert 200 == answer.status_code
    assert '<p class="notice" role="alert">There is no state &#39;dwon&#39;.' in answer.text
    assert "No probe matches." in answer.text
