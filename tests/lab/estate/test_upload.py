from typing import Any

import httpx
import pytest

from checker.lab.estate.fleet import PROBE_CLIENT, PROBE_SECRET
from checker.lab.estate.identity import TOKEN_PATH
from checker.lab.estate.upload import CLIENT_ID
from tests.lab.estate.conftest import HandClock, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE = "/generic-upload/api/file"
STATUS = "/generic-upload/api/status"
HEADER = "record,trust,start_date"
GOOD = f"{HEADER}\nP-1,RJ1,2024-10-01\nP-2,RK5,2024-11-15\n"


async def bearer(visit: Visitor, client: str = PROBE_CLIENT, secret: str = PROBE_SECRET) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    token = (await visit.post("auth", TOKEN_PATH, data=form)).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


async def send(
    visit: Visitor, headers: dict[str, str], content: str | bytes, name: str = "a.csv"
) -> httpx.Response:
    return await visit.post("upload", FILE, headers=headers, files={"file": (name, content, "text/csv")})


async def status(visit: Visitor, headers: dict[str, str], **filters: str) -> list[dict[str, Any]]:
    body = (await visit.get("upload", STATUS, headers=headers, params=filters)).json()
    assert body["totalElements"] >= len(body["content"])
    found: list[dict[str, Any]] = body["content"]
    return found


async def test_a_file_is_processed_in_its_own_time(visit: Visitor, hand_clock: HandClock) -> None:
    headers = await bearer(visit)
    sent = await send(visit, headers, GOOD, "own-time.csv")
    seen = []
    for seconds in (0.0, 0.1, 0.3, 0.1):
        hand_clock.advance(seconds)
        [job] = await status(visit, headers, file="own-time.csv")
        seen.append((job["fileStatus"], job["successfullyImported"]))

    assert (202, "PENDING") == (sent.status_code, sent.json()["fileStatus"])
    assert [("PENDING", 0), ("IN_PROGRESS", 0), ("IN_PROGRESS", 0), ("COMPLETED", 2)] == seen


async def test_bad_rows_are_named_and_good_ones_kept(visit: Visitor, hand_clock: HandClock) -> None:
    headers = await bearer(visit)
    rows = "P-1,RJ1,2024-10-01\n,RJ1,2024-10-01\nP-3,London,2024-10-01\nP-4,RJ1,31/10/2024\nP-5,RJ1\n"
    await send(visit, headers, f"{HEADER}\n{rows}P-6,RJ1,2024-W40-2\n", "rows.csv")
    hand_clock.advance(1)
    [job] = await status(visit, headers, file="rows.csv")

    assert ("COMPLETED", 1, 5) == (job["fileStatus"], job["successfullyImported"], job["errorCount"])
    assert [
        {"row": 3, "column": "record", "message": "a record is required"},
        {"row": 4, "column": "trust", "message": "'London' is not a trust code"},
        {"row": 5, "column": "start_date", "message": "'31/10/2024' is not a date (YYYY-MM-DD)"},
        {"row": 6, "column": "start_date", "message": "'' is not a date (YYYY-MM-DD)"},
        {"row": 7, "column": "start_date", "message": "'2024-W40-2' is not a date (YYYY-MM-DD)"},
    ] == job["errors"]


@pytest.mark.parametrize(
    ("content", "failure"),
    [
        (b"\xff\xfe\x00", "the file is not CSV in UTF-8"),
        (f'{HEADER}\n"P-1"x,RJ1,2024-10-01\n', "the file is not CSV in UTF-8"),
        ("name,age\nx,1\n", "the file needs rows, and the header record,trust,start_date"),
        (f"{HEADER}\n", "the file needs rows, and the header record,trust,start_date"),
        ("", "the file needs rows, and the header record,trust,start_date"),
    ],
)
async def test_a_file_that_cannot_be_read_fails(
    visit: Visitor, hand_clock: HandClock, content: str | bytes, failure: str
) -> None:
    headers = await bearer(visit)
    await send(visit, headers, content, "broken.csv")
    hand_clock.advance(1)
    job = (await status(visit, headers, file="broken.csv"))[0]
    assert ("FAILED", 0) == (job["fileStatus"], job["successfullyImported"])
    assert job["failure"].startswith(failure)


async def test_jobs_are_found_by_file_and_by_words_newest_first(visit: Visitor) -> None:
    headers = await bearer(visit)
    for name in ("find-1.csv", "find-2.csv"):
        await send(visit, headers, GOOD, name)

    assert ["find-1.csv"] == [job["fileName"] for job in await status(visit, headers, file="find-1.csv")]
    assert ["find-2.csv", "find-1.csv"] == [
        job["fileName"] for job in await status(visit, headers, searchQuery="FIND-")
    ]
    assert [] == await status(visit, headers, file="find-1.csv", searchQuery="find-2")
    assert PROBE_CLIENT == (await status(visit, headers, searchQuery=PROBE_CLIENT))[0]["username"]


async def test_a_long_list_shows_its_newest_part(visit: Visitor) -> None:
    headers = await bearer(visit)
    for _ in range(21):
        await send(visit, headers, GOOD, "many.csv")
    body = (await visit.get("upload", STATUS, headers=headers, params={"file": "many.csv"})).json()
    assert (20, 21) == (len(body["content"]), body["totalElements"])


async def test_rows_are_deleted_with_their_file(visit: Visitor) -> None:
    headers = await bearer(visit)
    job_id = (await send(visit, headers, GOOD, "deleted.csv")).json()["id"]
    first = await visit.delete("upload", f"{FILE}/{job_id}", headers=headers)
    second = await visit.delete("upload", f"{FILE}/{job_id}", headers=headers)

    assert (200, {"id": job_id, "rowsDeleted": 2}) == (first.status_code, first.json())
    assert (404, "there is no such file") == (second.status_code, second.json()["description"])
    assert [] == await status(visit, headers, file="deleted.csv")


async def test_nobody_deletes_the_rows_of_others(visit: Visitor) -> None:
    headers = await bearer(visit)
    job_id = (await send(visit, headers, GOOD, "mine.csv")).json()["id"]
    other = await bearer(visit, CLIENT_ID, visit.estate._open().clients[CLIENT_ID])
    answer = await visit.delete("upload", f"{FILE}/{job_id}", headers=other)
    assert 403 == answer.status_code
    assert 1 == len(await status(visit, headers, file="mine.csv"))


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "a bearer token is required"),
        ({"Authorization": "Basic abc"}, "a bearer token is required"),
        ({"Authorization": "Bearer"}, "a bearer token is required"),
        ({"Authorization": "Bearer made-up"}, "the token is unknown or has expired"),
    ],
)
async def test_nobody_gets_in_without_a_token(visit: Visitor, headers: dict[str, str], why: str) -> None:
    answers = [
        await send(visit, headers, GOOD),
        await visit.get("upload", STATUS, headers=headers),
        await visit.delete("upload", f"{FILE}/1", headers=headers),
    ]
    assert [(401, why, "Bearer")] * 3 == [
        (answer.status_code, answer.json()["description"], answer.headers["www-authenticate"])
        for answer in answers
    ]


async def test_an_expired_token_is_refused(visit: Visitor, hand_clock: HandClock) -> None:
    headers = await bearer(visit)
    hand_clock.advance(300)
    answer = await send(visit, headers, GOOD)
    assert (401, "the token is unknown or has expired") == (answer.status_code, answer.json()["description"])


async def test_a_file_is_required(visit: Visitor) -> None:
    headers = await bearer(visit)
    answers = [
        await visit.post("upload", FILE, headers=headers, data={"file": "text"}),
        await visit.post("upload", FILE, headers=headers, files={"other": ("a.csv", GOOD)}),
    ]
    assert [400, 400] == [answer.status_code for answer in answers]


async def test_a_large_file_is_refused(visit: Visitor) -> None:
    headers = await bearer(visit)
    answer = await send(visit, headers, b"x" * (1024 * 1024 + 1))
    assert 413 == answer.status_code


async def test_uploads_outlive_a_restart(visit: Visitor) -> None:
    headers = await bearer(visit)
    await send(visit, headers, GOOD, "kept.csv")
    visit.estate.restart("upload")
    assert 1 == len(await status(visit, headers, file="kept.csv"))
