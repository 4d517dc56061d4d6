import httpx
import pytest

from checker.core.clock import Clock
from checker.lab.estate.cdn import _CAPACITY, Cache
from tests.lab.estate.conftest import HandClock, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

SEARCH = "/catalogue/v2/works?query=botany"


def cached(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.headers["x-cache"], answer.headers["age"]


async def test_a_good_answer_is_kept_for_its_max_age(visit: Visitor, hand_clock: HandClock) -> None:
    first = await visit.get("catalogue-cdn", SEARCH)
    hand_clock.advance(59.5)
    second = await visit.get("catalogue-cdn", SEARCH)
    hand_clock.advance(0.5)
    third = await visit.get("catalogue-cdn", SEARCH)

    assert (200, "Miss from lab-cdn", "0") == cached(first)
    assert (200, "Hit from lab-cdn", "59") == cached(second)
    assert (200, "Miss from lab-cdn", "0") == cached(third)
    assert "public, max-age=60" == second.headers["cache-control"]
    assert first.json() == second.json()


async def test_the_request_cannot_ask_for_a_fresh_copy(visit: Visitor) -> None:
    await visit.get("catalogue-cdn", SEARCH)
    answer = await visit.get(
        "catalogue-cdn", SEARCH, headers={"Cache-Control": "no-cache", "Pragma": "no-cache"}
    )
    assert (200, "Hit from lab-cdn", "0") == cached(answer)


async def test_another_query_string_is_another_page(visit: Visitor) -> None:
    await visit.get("catalogue-cdn", SEARCH)
    answer = await visit.get("catalogue-cdn", f"{SEARCH}&unique=1")
    assert (200, "Miss from lab-cdn", "0") == cached(answer)


async def test_a_good_copy_outlives_the_origin_s_trouble(visit: Visitor, hand_clock: HandClock) -> None:
    await visit.get("catalogue-cdn", SEARCH)
    visit.estate.switch("engine-key-revoked", on=True)
    hand_clock.advance(59)
    assert 500 == (await visit.get("catalogue", SEARCH)).status_code
    assert (200, "Hit from lab-cdn", "59") == cached(await visit.get("catalogue-cdn", SEARCH))


async def test_an_error_outlives_the_origin_s_trouble_by_ten_seconds(
    visit: Visitor, hand_clock: HandClock
) -> None:
    visit.estate.switch("engine-key-revoked", on=True)
    first = await visit.get("catalogue-cdn", SEARCH)
    visit.estate.restart("catalogue")
    hand_clock.advance(9.5)
    second = await visit.get("catalogue-cdn", SEARCH)
    hand_clock.advance(0.5)
    third = await visit.get("catalogue-cdn", SEARCH)

    assert (500, "Miss from lab-cdn", "0") == cached(first)
    assert (500, "Hit from lab-cdn", "9") == cached(second)
    assert "cache-control" not in second.headers
    assert (200, "Miss from lab-cdn", "0") == cached(third)


async def test_the_health_check_is_never_kept(visit: Visitor) -> None:
    for _ in range(2):
        answer = await visit.get("catalogue-cdn", "/management/healthcheck")
        assert (200, {"status": "ok"}) == (answer.status_code, answer.json())
        assert "x-cache" not in answer.headers


async def test_links_lead_back_through_the_cdn(visit: Visitor) -> None:
    body = (await visit.get("catalogue-cdn", SEARCH)).json()
    assert body["nextPage"].startswith(visit.url("catalogue-cdn", "/"))


async def test_paths_reach_the_origin_as_they_were_sent(visit: Visitor) -> None:
    answer = await visit.get("catalogue-cdn", "/catalogue/v2/works/a%3Fb")
    assert "Work not found for identifier a?b" == answer.json()["description"]


async def test_a_restart_empties_the_cache(visit: Visitor) -> None:
    await visit.get("catalogue-cdn", SEARCH)
    visit.estate.restart("catalogue-cdn")
    assert (200, "Miss from lab-cdn", "0") == cached(await visit.get("catalogue-cdn", SEARCH))


async def test_redirects_are_not_kept() -> None:
    cache = Cache(Clock(monotonic=lambda: 0.0), 60)
    cache.store("/", 302, "", b"")
    assert cache.fresh("/") is None


async def test_the_oldest_copies_make_room() -> None:
    cache = Cache(Clock(monotonic=lambda: 0.0), 60)
    for number in range(_CAPACITY + 1):
        cache.store(f"/{number}", 200, "", b"")
    assert cache.fresh("/0") is None
    assert cache.fresh("/1") is not None
