import pytest

from checker.lab.estate.consumers import CONSUMERS
from tests.lab.estate.conftest import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

RJ1 = {"id": 5, "code": "RJ1", "label": "Trust RJ1", "status": "CURRENT"}


@pytest.mark.parametrize(
    ("values", "code", "label"), [("genders", "NON-BINARY", "Non-binary"), ("titles", "DR", "Dr")]
)
async def test_plain_values_are_listed(visit: Visitor, values: str, code: str, label: str) -> None:
    body = (await visit.get("reference", f"/reference/api/{values}")).json()
    assert (code, label, "CURRENT") in [(value["code"], value["label"], value["status"]) for value in body]


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("trustCode=RJ1", ["RJ101", "RJ102", "RJ103", "RJ104"]),
        ("trustCode=RJ1&searchQuery=SITE+2", ["RJ102"]),
        ("searchQuery=site+3+of+trust+RK5", ["RK503"]),
        ("trustCode=ZZZ", []),
    ],
)
async def test_sites_are_found_by_trust_and_name(visit: Visitor, query: str, codes: list[str]) -> None:
    body = (await visit.get("reference", f"/reference/api/sites?{query}")).json()
    assert codes == [site["siteCode"] for site in body]


async def test_a_trust_is_found_by_its_code(visit: Visitor) -> None:
    answer = await visit.get("reference", "/reference/api/trusts/code/RJ1")
    assert (200, RJ1) == (answer.status_code, answer.json())


async def test_an_unknown_trust_is_not(visit: Visitor) -> None:
    answer = await visit.get("reference", "/reference/api/trusts/code/ZZZ")
    assert (404, "there is no trust ZZZ") == (answer.status_code, answer.json()["description"])


@pytest.mark.parametrize("name", CONSUMERS)
async def test_every_consumer_looks_a_trust_up(visit: Visitor, name: str) -> None:
    answer = await visit.get(name, f"/api/{name}/lookup?trust=RJ1")
    assert (200, {"consumer": name, "trust": RJ1}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(("query", "status"), [("trust=ZZZ", 404), ("trust=a/b", 404), ("", 400)])
async def test_a_consumer_hands_a_miss_on(visit: Visitor, query: str, status: int) -> None:
    answer = await visit.get("sync", f"/api/sync/lookup?{query}")
    assert status == answer.status_code


async def test_a_consumer_hands_no_broken_answer_on(visit: Visitor) -> None:
    """An address at which something else answers is no reference service either."""
    fleet = visit.estate._open()
    fleet.deployment.reference_urls["sync"] = fleet.urls["upload"] + "/generic-upload/api/status?"
    fleet.restart("sync")
    answer = await visit.get("sync", "/api/sync/lookup?trust=RJ1")
    fleet.deployment.reference_urls["sync"] = fleet.urls["reference"]
    assert (502, "the reference service answered 401") == (answer.status_code, answer.json()["description"])
