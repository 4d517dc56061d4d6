import re

import pytest

from checker.lab.estate.library import images, works
from tests.lab.estate.conftest import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORKS = "/catalogue/v2/works"


@pytest.mark.parametrize(("collection", "kind", "hits"), [("works", "Work", 20), ("images", "Image", 7)])
async def test_a_search_lists_what_it_finds(visit: Visitor, collection: str, kind: str, hits: int) -> None:
    answer = await visit.get("catalogue", f"/catalogue/v2/{collection}?query=botany&pageSize=5")
    body = answer.json()

    assert answer.status_code == 200
    assert {key: body[key] for key in ("type", "pageSize", "totalPages", "totalResults")} == {
        "type": "ResultList",
        "pageSize": 5,
        "totalPages": -(-hits // 5),
        "totalResults": hits,
    }
    assert len(body["results"]) == 5
    assert all(
        re.fullmatch("[a-z0-9]{8}", found["id"]) and found["type"] == kind for found in body["results"]
    )


async def test_all_words_of_a_query_must_be_found(visit: Visitor) -> None:
    body = (await visit.get("catalogue", f"{WORKS}?query=Botany+TREATISE")).json()
    assert [work["title"] for work in body["results"]] == ["Botany: a treatise on ferns"]


async def test_no_hit_is_an_empty_list(visit: Visitor) -> None:
    body = (await visit.get("catalogue", f"{WORKS}?query=steam-engines")).json()
    assert (body["totalResults"], body["totalPages"], body["results"]) == (0, 0, [])


@pytest.mark.parametrize("collection", ["works", "images"])
async def test_a_hit_can_be_opened(visit: Visitor, collection: str) -> None:
    hit = (await visit.get("catalogue", f"/catalogue/v2/{collection}?pageSize=1")).json()["results"][0]
    opened = await visit.get("catalogue", f"/catalogue/v2/{collection}/{hit['id']}")
    assert hit == opened.json()


async def test_pages_lead_to_the_last_one(visit: Visitor) -> None:
    seen, address = [], visit.url("catalogue", f"{WORKS}?query=botany&pageSize=8")
    for _ in range(3):
        page = (await visit.client.get(address)).json()
        seen += [work["id"] for work in page["results"]]
        address = page.get("nextPage", "")
    assert (20, "") == (len(set(seen)), address)


@pytest.mark.parametrize(
    ("path", "status", "label", "description"),
    [
        (f"{WORKS}/zzzzzzzz", 404, "Not Found", "Work not found for identifier zzzzzzzz"),
        ("/catalogue/v2/images/a%2Fb", 404, "Not Found", "Not Found"),
        (f"{WORKS}/..%3Fx", 404, "Not Found", "Work not found for identifier ..?x"),
        ("/catalogue/v2/maps", 404, "Not Found", "Page not found for URL /catalogue/v2/maps"),
        ("/elsewhere", 404, "Not Found", "Not Found"),
        (f"{WORKS}?pageSize=0", 400, "Bad Request", "pageSize: must be between 1 and 100"),
        (f"{WORKS}?pageSize=101", 400, "Bad Request", "pageSize: must be between 1 and 100"),
        (f"{WORKS}?page=x", 400, "Bad Request", "page: must be between 1 and 10000"),
    ],
)
async def test_an_error_says_what_is_wrong(
    visit: Visitor, path: str, status: int, label: str, description: str
) -> None:
    answer = await visit.get("catalogue", path)
    expected = {"type": "Error", "errorType": "http", "httpStatus": status, "label": label}
    assert (status, {**expected, "description": description}) == (answer.status_code, answer.json())


async def test_the_library_is_the_same_at_every_start() -> None:
    assert (480, 168) == (len(works()), len(images()))
    assert "u37cr6c2" == next(iter(works()))


async def test_every_image_belongs_to_a_work() -> None:
    sources = [image["source"] for image in images().values()]
    assert all(isinstance(source, dict) and source["id"] in works() for source in sources)
