import pytest

from checker.core.clock import Clock
from checker.lab.estate.fleet import PROBE_CLIENT, PROBE_SECRET
from checker.lab.estate.identity import _MOST_TOKENS, INTROSPECTION_PATH, TOKEN_PATH, Tokens
from tests.lab.estate.conftest import HandClock, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREDENTIALS = {"client_id": PROBE_CLIENT, "client_secret": PROBE_SECRET}
GRANT = {"grant_type": "client_credentials"}


async def test_the_right_secret_gets_a_token(visit: Visitor) -> None:
    answer = await visit.post("auth", TOKEN_PATH, data={**GRANT, **CREDENTIALS})
    body = answer.json()
    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert ("Bearer", 300) == (body["token_type"], body["expires_in"])
    assert len(body["access_token"]) >= 32


async def test_the_secret_may_come_in_the_header(visit: Visitor) -> None:
    answer = await visit.post("auth", TOKEN_PATH, data=GRANT, auth=(PROBE_CLIENT, PROBE_SECRET))
    assert 200 == answer.status_code


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": PROBE_CLIENT, "client_secret": "wrong"},
        {"client_id": PROBE_CLIENT, "client_secret": ""},
        {"client_id": "nobody", "client_secret": PROBE_SECRET},
        {"client_id": "", "client_secret": ""},
        {},
    ],
)
async def test_a_wrong_secret_gets_none(visit: Visitor, wrong: dict[str, str]) -> None:
    answer = await visit.post("auth", TOKEN_PATH, data={**GRANT, **wrong})
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("header", ["Basic !!!", "Basic /w==", "Basic bm9ib2R5Og=="])
async def test_a_broken_header_gets_none(visit: Visitor, header: str) -> None:
    headers = {"Authorization": header}
    answer = await visit.post("auth", TOKEN_PATH, data={**GRANT, **CREDENTIALS}, headers=headers)
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


async def test_only_client_credentials_are_granted(visit: Visitor) -> None:
    answer = await visit.post("auth", TOKEN_PATH, data={"grant_type": "password", **CREDENTIALS})
    assert (400, "unsupported_grant_type") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("path", [TOKEN_PATH, INTROSPECTION_PATH])
async def test_another_realm_is_not_found(visit: Visitor, path: str) -> None:
    answer = await visit.post("auth", path.replace("/lab/", "/other/"), data={**GRANT, **CREDENTIALS})
    assert (404, "Realm does not exist") == (answer.status_code, answer.json()["description"])


async def test_a_token_is_known_until_it_expires(visit: Visitor, hand_clock: HandClock) -> None:
    token = (await visit.post("auth", TOKEN_PATH, data={**GRANT, **CREDENTIALS})).json()["access_token"]
    form = {**CREDENTIALS, "token": token}
    hand_clock.advance(299)
    before = await visit.post("auth", INTROSPECTION_PATH, data=form)
    hand_clock.advance(1)
    after = await visit.post("auth", INTROSPECTION_PATH, data=form)
    assert {"active": True, "client_id": PROBE_CLIENT} == before.json()
    assert {"active": False} == after.json()


async def test_a_token_is_shown_to_clients_alone(visit: Visitor) -> None:
    answer = await visit.post("auth", INTROSPECTION_PATH, data={"token": "any"})
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


async def test_the_oldest_tokens_make_room() -> None:
    tokens = Tokens(Clock(monotonic=lambda: 0.0), 300)
    issued = [tokens.issue(f"client {number}") for number in range(_MOST_TOKENS + 1)]
    assert (None, "client 1") == (tokens.holder(issued[0]), tokens.holder(issued[1]))
