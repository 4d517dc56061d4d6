import pytest

from checker.lab.estate import Estate
from tests.lab.estate.conftest import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEARCH = {"query": "botany", "from": 0, "size": 1}


def key(estate: Estate) -> dict[str, str]:
    return {"Authorization": f"ApiKey {estate._open().engine_key.value}"}


async def test_whoever_has_the_key_is_answered(visit: Visitor) -> None:
    answer = await visit.post("search-engine", "/works/_search", json=SEARCH, headers=key(visit.estate))
    hits = answer.json()["hits"]
    assert (200, 20, 1) == (answer.status_code, hits["total"]["value"], len(hits["hits"]))


@pytest.mark.parametrize("authorization", [None, b"ApiKey wrong", b"ApiKey \xc3\xa9", b"Bearer x"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/works/_search"), ("GET", "/works/_doc/u37cr6c2"), ("POST", "/maps/_search")],
)
async def test_nobody_else_is(visit: Visitor, method: str, path: str, authorization: bytes | None) -> None:
    headers = {b"Authorization": authorization} if authorization else {}
    answer = await visit.client.request(method, visit.url("search-engine", path), headers=headers)
    refused = "unable to authenticate with provided credentials"
    assert (401, refused) == (answer.status_code, answer.json()["description"])


async def test_an_unknown_index_is_not_found(visit: Visitor) -> None:
    answer = await visit.post("search-engine", "/maps/_search", json=SEARCH, headers=key(visit.estate))
    assert (404, "no such index [maps]") == (answer.status_code, answer.json()["description"])


async def test_a_missing_document_is_said_to_be_missing(visit: Visitor) -> None:
    answer = await visit.get("search-engine", "/works/_doc/zzzzzzzz", headers=key(visit.estate))
    assert (404, {"found": False, "_source": None}) == (answer.status_code, answer.json())
