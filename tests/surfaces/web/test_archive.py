import json

from checker.core.reason import State
from checker.surfaces.web.app import web_app
from checker.surfaces.web.archive import archive, archive_href, file_name
from tests.surfaces.samples import NOW, exchange, failed, probe, snapshot, step, view
from tests.surfaces.web.test_app import ask, attacked, sources

AT = "2030-03-17T17:46:28.000Z"


def test_a_failure_is_archived_with_its_redacted_evidence() -> None:
    earlier, last = failed(started_at=NOW - 60), failed()
    found = archive(view(probe(), last, state=State.DOWN, failures=(earlier, last)), AT)
    log = json.loads(found or "")["log"]
    assert [AT] == [page["startedDateTime"] for page in log["pages"]]
    (entry,) = log["entries"]
    assert ("search", 401) == (entry["_step"], entry["response"]["status"])
    assert {"name": "Authorization", "value": "Bearer ***"} in entry["request"]["headers"]


def test_what_is_not_remembered_has_none() -> None:
    assert archive(view(probe(), failed()), "2030-03-17T17:46:28.001Z") is None
    assert archive(view(probe(), failed()), "../etc") is None


def test_what_was_kept_without_evidence_has_none() -> None:
    bare = failed(steps=(step("search"),))
    assert "" == archive_href("a", bare)
    assert archive(view(probe(), bare), AT) is None
    half = failed(steps=(step("token"), step("search", exchanges=(exchange(),))))
    assert f"probes/a/b/failures/{AT}.har" == archive_href("a/b", half)


def test_its_file_name_is_one_on_any_system() -> None:
    assert "a-b-2030-03-17T17-46-28.000Z.har" == file_name("a/b", AT)
    assert "a--.har" == file_name("a", '"\r\n/')


async def test_a_browser_saves_it_and_keeps_nothing_else() -> None:
    board = snapshot(view(probe("works/prod"), failed(), state=State.DOWN))
    answer = await ask(web_app(sources(board)), f"/probes/works/prod/failures/{AT}.har")
    assert (200, "application/json", "no-store") == (
        answer.status_code,
        answer.headers["content-type"],
        answer.headers["cache-control"],
    )
    assert (
        'attachment; filename="works-prod-2030-03-17T17-46-28.000Z.har"'
        == answer.headers["content-disposition"]
    )
    assert "1.2" == answer.json()["log"]["version"]


async def test_the_page_leads_to_it() -> None:
    board = snapshot(view(probe("works/prod"), failed(), state=State.DOWN))
    page = await ask(web_app(sources(board)), "/probes/works/prod")
    assert f'href="../../probes/works/prod/failures/{AT}.har" download' in page.text


async def test_what_is_not_there_is_said_to_be_gone() -> None:
    board = snapshot(view(probe("works"), failed(), state=State.DOWN))
    for path in ("/probes/works/failures/1.har", f"/probes/nobody/failures/{AT}.har"):
        answer = await ask(web_app(sources(board)), path)
        assert (404, "text/plain; charset=utf-8") == (answer.status_code, answer.headers["content-type"])


async def test_what_a_target_answered_is_data_in_it() -> None:
    text = "<script>alert(1)</script>\r\nSet-Cookie: a=b"
    answer = await ask(web_app(sources(attacked(text))), f"/probes/attacked/failures/{AT}.har")
    (entry,) = answer.json()["log"]["entries"]
    assert text == entry["response"]["content"]["text"]
    assert ("nosniff", "attachment") == (
        answer.headers["x-content-type-options"],
        answer.headers["content-disposition"].split(";")[0],
    )
    assert "set-cookie" not in answer.headers
