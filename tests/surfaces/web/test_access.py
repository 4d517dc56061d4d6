"""Who gets in, and who does not: requests through the door, as a server passes them on."""

from base64 import b64encode
from dataclasses import replace

import bcrypt
import httpx
import pytest

from checker.config.web import WebConfig
from checker.surfaces.own import Own
from checker.surfaces.web import access as access_module
from checker.surfaces.web.access import Access, Door
from checker.surfaces.web.app import Sources, web_app
from checker.surfaces.web.headers import SECURITY_HEADERS
from checker.surfaces.web.passwords import TooManyChecks
from tests.surfaces.samples import trouble

HASH = bcrypt.hashpw(b"sesame:street", bcrypt.gensalt(4)).decode()
CLOSED = WebConfig(users={"ann": HASH})
PATHS = ("/", "/metrics", "/events", "/api/v1/probes", "/static/page.css", "/-/ready", "/-/healthy", "/none")


def client(door: Door) -> httpx.AsyncClient:
    app = Access(web_app(Sources(trouble, Own())), door)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://checker")


async def got(door: Door, path: str, *authorization: str, method: str = "GET") -> httpx.Response:
    async with client(door) as asking:
        headers = [("Authorization", value) for value in authorization]
        return await asking.request(method, path, headers=headers)


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


ANN = basic("ann:sesame:street")


async def test_without_a_web_configuration_all_is_open() -> None:
    assert 200 == (await got(Door(), "/metrics")).status_code


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
async def test_nothing_is_told_without_a_password(path: str, method: str) -> None:
    answer = await got(Door(CLOSED), path, method=method)
    assert 401 == answer.status_code
    assert answer.text in ("", "a name and a password are needed\n")
    assert 'Basic realm="checker", charset="UTF-8"' == answer.headers["WWW-Authenticate"]
    assert SECURITY_HEADERS == {name: answer.headers[name] for name in SECURITY_HEADERS}


@pytest.mark.parametrize("path", ["/", "/metrics", "/api/v1/probes", "/-/ready"])
async def test_who_has_one_gets_in(path: str) -> None:
    assert 200 == (await got(Door(CLOSED), path, ANN)).status_code


@pytest.mark.parametrize(
    "authorization",
    [
        ("Basic",),
        ("Basic ",),
        ("Basic !",),
        (f"Bearer {ANN[6:]}",),
        (ANN + "=",),
        (ANN[:-1],),
        (basic("ann"),),
        (basic("ann:"),),
        (basic(":sesame:street"),),
        (basic("ann:sesame"),),
        (basic("Ann:sesame:street"),),
        (basic("ann\0:sesame:street"),),
        ("Basic " + b64encode(b"\xff:sesame:street").decode(),),
        (ANN, ANN),
        (ANN, basic("eve:x")),
        (basic("ann:" + "x" * 60_000),),
    ],
)
async def test_who_has_another_does_not(authorization: tuple[str, ...]) -> None:
    assert 401 == (await got(Door(CLOSED), "/metrics", *authorization)).status_code


@pytest.mark.parametrize("authorization", ["basic ", "BASIC ", "Basic   "])
async def test_the_scheme_may_be_written_in_any_way(authorization: str) -> None:
    assert 200 == (await got(Door(CLOSED), "/metrics", authorization + ANN[6:])).status_code


@pytest.mark.parametrize("path", ["/callbacks/guess", "/heartbeats/a/guess"])
async def test_what_has_a_token_of_its_own_needs_no_password(path: str) -> None:
    assert 404 == (await got(Door(CLOSED), path)).status_code


@pytest.mark.parametrize(
    "path",
    [
        "/-/healthy/",
        "/-/HEALTHY",
        "//-/healthy",
        "/-/healthy/../../metrics",
        "/-/healthy%2f..%2f..%2fmetrics",
        "/callbacks",
        "/heartbeats",
        "/x/callbacks/a",
        "/metrics?/-/healthy",
        "/metrics;/-/healthy",
    ],
)
async def test_open_paths_are_taken_literally(path: str) -> None:
    door = Door(replace(CLOSED, open_paths=frozenset({"/-/healthy"})))
    assert 200 == (await got(door, "/-/healthy")).status_code
    assert 401 == (await got(door, path)).status_code


@pytest.mark.parametrize(
    "path", ["/callbacks/../metrics", "/callbacks/%2e%2e/metrics", "/heartbeats//../metrics"]
)
async def test_what_begins_like_a_callback_leads_nowhere_else(path: str) -> None:
    async with client(Door(CLOSED)) as asking:
        url = httpx.URL("http://checker").copy_with(raw_path=path.encode())
        answer = await asking.get(url)
    assert answer.status_code in (401, 404)
    assert "checker_" not in answer.text


async def test_where_the_file_cannot_be_used_nobody_gets_in() -> None:
    door = Door()
    door.config = None
    for path in ("/", "/metrics", "/callbacks/a", "/-/ready"):
        assert 503 == (await got(door, path, ANN)).status_code
    assert 200 == (await got(door, "/-/healthy")).status_code


async def test_a_change_holds_from_the_next_request_on() -> None:
    door = Door()
    assert 200 == (await got(door, "/metrics")).status_code
    door.config = CLOSED
    assert 401 == (await got(door, "/metrics")).status_code
    assert 200 == (await got(door, "/metrics", ANN)).status_code
    door.config = WebConfig(users={"bob": HASH})
    assert 401 == (await got(door, "/metrics", ANN)).status_code


async def test_headers_of_the_file_take_the_place_of_our_own() -> None:
    door = Door(
        replace(CLOSED, headers={"X-Frame-Options": "sameorigin", "Strict-Transport-Security": "max-age=9"})
    )
    for answer in (await got(door, "/metrics", ANN), await got(door, "/metrics")):
        assert ["sameorigin"] == answer.headers.get_list("X-Frame-Options")
        assert "max-age=9" == answer.headers["Strict-Transport-Security"]
        assert "nosniff" == answer.headers["X-Content-Type-Options"]


async def test_requests_are_rationed(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(access_module, "monotonic", lambda: now)
    door = Door(WebConfig(rate=(2.0, 3), open_paths=frozenset({"/-/healthy"})))

    async def statuses(count: int) -> list[int]:
        return [(await got(door, "/metrics")).status_code for _ in range(count)]

    assert [200, 200, 200, 429] == await statuses(4)
    assert "3" == (await got(door, "/metrics")).headers["Retry-After"]
    assert 200 == (await got(door, "/-/healthy")).status_code
    now += 2.0
    assert [200, 429] == await statuses(2)
    now += 60.0
    assert [200, 200, 200, 429] == await statuses(4)


async def test_guessing_is_turned_away_where_too_many_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> bool:
        raise TooManyChecks

    door = Door(CLOSED)
    monkeypatch.setattr(door._passwords, "admits", full)
    answer = await got(door, "/metrics", ANN)
    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])
