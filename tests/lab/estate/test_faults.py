"""Each fault breaks what it says, and nothing else; every health check stays green."""

from collections.abc import Mapping

import httpx
import pytest

from checker.lab.estate import FAULTS, Estate, UnknownNameError
from checker.lab.estate.consumers import CONSUMERS
from tests.lab.estate.conftest import Visitor
from tests.lab.estate.test_upload import bearer

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def user_journeys(visit: Visitor) -> Mapping[str, tuple[int, str]]:
    """Do what users do; return the status and the complaint, if any, of each journey that went wrong."""
    answers: dict[str, httpx.Response] = {
        "works": await visit.get("catalogue", "/catalogue/v2/works?query=botany"),
        "work": await visit.get("catalogue", "/catalogue/v2/works/u37cr6c2"),
        "images": await visit.get("catalogue", "/catalogue/v2/images?query=botany"),
        "upload": await visit.get("upload", "/generic-upload/api/status", headers=await bearer(visit)),
        "reference": await visit.get("reference", "/reference/api/trusts/code/RJ1"),
        **{name: await visit.get(name, f"/api/{name}/lookup?trust=RJ1") for name in CONSUMERS},
    }
    broken = {name: answer for name, answer in answers.items() if answer.status_code != 200}
    return {name: (answer.status_code, answer.json()["description"]) for name, answer in broken.items()}


async def unhealthy(visit: Visitor) -> list[str]:
    checks = visit.estate.health_urls
    return [name for name, url in checks.items() if (await visit.client.get(url)).status_code != 200]


async def test_without_a_fault_every_journey_ends_well(visit: Visitor) -> None:
    assert {} == await user_journeys(visit)
    assert [] == await unhealthy(visit)
    assert {fault.name: () for fault in FAULTS} == visit.estate.faults()


async def test_a_revoked_key_breaks_every_search(visit: Visitor) -> None:
    visit.estate.switch("engine-key-revoked", on=True)
    refused = (500, "unable to authenticate with provided credentials")
    assert {"works": refused, "work": refused, "images": refused} == await user_journeys(visit)
    assert [] == await unhealthy(visit)
    assert ("catalogue",) == visit.estate.faults()["engine-key-revoked"]


async def test_a_restart_picks_the_new_key_up(visit: Visitor) -> None:
    visit.estate.switch("engine-key-revoked", on=True)
    visit.estate.restart("catalogue")
    assert {} == await user_journeys(visit)
    assert () == visit.estate.faults()["engine-key-revoked"]


async def test_an_outdated_secret_breaks_the_upload(visit: Visitor) -> None:
    visit.estate.switch("upload-secret-outdated", on=True)
    refused = (401, "the identity provider refused generic-upload: invalid_client")
    assert {"upload": refused} == await user_journeys(visit)
    assert [] == await unhealthy(visit)
    assert ("upload",) == visit.estate.faults()["upload-secret-outdated"]


async def test_a_restart_does_not_mend_a_stale_configuration(visit: Visitor) -> None:
    visit.estate.switch("upload-secret-outdated", on=True)
    visit.estate.restart("upload")
    assert {"upload"} == set(await user_journeys(visit))


@pytest.mark.parametrize(("which", "left"), [(None, "profile"), *((name, name) for name in CONSUMERS)])
async def test_one_consumer_is_left_at_the_old_address(visit: Visitor, which: str | None, left: str) -> None:
    visit.estate.switch("consumer-on-old-address", True, which)
    journeys = await user_journeys(visit)
    assert {left: 502} == {name: status for name, (status, _) in journeys.items()}
    assert journeys[left][1].startswith("unable to reach reference at http://127.0.0.1:")
    assert [] == await unhealthy(visit)
    assert (left,) == visit.estate.faults()["consumer-on-old-address"]


async def test_consumers_are_mended_one_by_one_or_together(visit: Visitor) -> None:
    for name in ("concerns", "profile", "sync"):
        visit.estate.switch("consumer-on-old-address", True, name)
    visit.estate.switch("consumer-on-old-address", False, "profile")
    assert ["concerns", "sync"] == sorted(await user_journeys(visit))
    visit.estate.switch("consumer-on-old-address", False)
    assert {} == await user_journeys(visit)


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
async def test_every_fault_can_be_switched_off(visit: Visitor, fault: str) -> None:
    visit.estate.switch(fault, on=True)
    assert {} != await user_journeys(visit)
    visit.estate.switch(fault, on=False)
    assert {} == await user_journeys(visit)


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS])
async def test_switching_twice_is_as_good_as_once(visit: Visitor, fault: str) -> None:
    for _ in range(2):
        visit.estate.switch(fault, on=True)
    for _ in range(2):
        visit.estate.switch(fault, on=False)
    assert {} == await user_journeys(visit)


@pytest.mark.parametrize(
    ("fault", "which", "message"),
    [
        (
            "no-such",
            None,
            "there is no fault 'no-such'; there are: engine-key-revoked, upload-secret-outdated, ",
        ),
        ("engine-key-revoked", "sync", "there is no choice for engine-key-revoked 'sync'; there are: none"),
        (
            "consumer-on-old-address",
            "x",
            "there is no choice for consumer-on-old-address 'x'; there are: profile, ",
        ),
    ],
)
async def test_a_wrong_name_is_told_the_right_ones(
    estate: Estate, fault: str, which: str | None, message: str
) -> None:
    with pytest.raises(UnknownNameError) as caught:
        estate.switch(fault, True, which)
    assert str(caught.value).startswith(message)
