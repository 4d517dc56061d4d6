import httpx
import pytest

from checker.lab.estate import FAULTS
from tests.lab.estate.conftest import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROFILE = "/api/profile/lookup?trust=RJ1"


async def ask(visit: Visitor, method: str, path: str) -> httpx.Response:
    return await visit.client.request(method, visit.estate.control_url + path)


async def test_the_desk_shows_services_and_faults(visit: Visitor) -> None:
    body = (await ask(visit, "GET", "/")).json()
    assert visit.estate.urls["CATALOGUE_CDN_URL"] == body["services"]["catalogue-cdn"]
    assert len(visit.estate.urls) == len(body["services"])
    assert body["faults"] == (await ask(visit, "GET", "/faults")).json()


async def test_every_fault_is_listed_with_what_it_does(visit: Visitor) -> None:
    listed = (await ask(visit, "GET", "/faults")).json()
    assert [(fault.name, fault.description, False) for fault in FAULTS] == [
        (fault["name"], fault["description"], fault["on"]) for fault in listed
    ]


async def test_a_fault_is_switched_on_and_off(visit: Visitor) -> None:
    on = await ask(visit, "POST", "/faults/consumer-on-old-address")
    broken = await visit.get("profile", PROFILE)
    off = await ask(visit, "DELETE", "/faults/consumer-on-old-address")
    mended = await visit.get("profile", PROFILE)

    assert (True, ["profile"]) == (on.json()["on"], on.json()["affected"])
    assert (False, []) == (off.json()["on"], off.json()["affected"])
    assert (502, 200) == (broken.status_code, mended.status_code)


async def test_a_fault_is_aimed(visit: Visitor) -> None:
    answer = await ask(visit, "POST", "/faults/consumer-on-old-address?which=sync")
    assert ["sync"] == answer.json()["affected"]


async def test_a_service_is_restarted(visit: Visitor) -> None:
    await ask(visit, "POST", "/faults/engine-key-revoked")
    answer = await ask(visit, "POST", "/restart/catalogue")
    [fault, *_] = (await ask(visit, "GET", "/faults")).json()
    assert {"restarted": "catalogue"} == answer.json()
    assert ("engine-key-revoked", False) == (fault["name"], fault["on"])


@pytest.mark.parametrize(
    ("method", "path", "complaint"),
    [
        ("POST", "/faults/nothing", "there is no fault 'nothing'"),
        ("DELETE", "/faults/nothing", "there is no fault 'nothing'"),
        (
            "POST",
            "/faults/consumer-on-old-address?which=x",
            "there is no choice for consumer-on-old-address 'x'",
        ),
        ("POST", "/restart/nothing", "there is no service 'nothing'"),
    ],
)
async def test_a_wrong_name_is_told_the_right_ones(
    visit: Visitor, method: str, path: str, complaint: str
) -> None:
    answer = await ask(visit, method, path)
    assert 404 == answer.status_code
    assert answer.json()["description"].startswith(complaint)


async def test_the_desk_is_itself_healthy(visit: Visitor) -> None:
    assert {"status": "UP"} == (await ask(visit, "GET", "/health")).json()
