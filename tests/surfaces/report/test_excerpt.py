import pytest

from checker.core.outcome import Exchange
from checker.core.reason import Result
from checker.surfaces.report.excerpt import excerpt
from tests.surfaces.samples import exchange, step


def of(answer: bytes, *earlier: Exchange, result: Result = Result.FAIL) -> str:
    return excerpt(step(result=result, exchanges=(*earlier, exchange(response_body=answer))))


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (b"", ""),
        (b"gone", "gone"),
        (b'{\n  "error":\t"gone"\n}\n', '{ "error": "gone" }'),
        ("größer\u202e\x1b[2J".encode(), "größer\\u202e\\x1b[2J"),
        (b"x" * 200, "x" * 200),
        (b"x" * 201, "x" * 200 + "…"),
        (b"a" + b" " * 5000 + b"b", "a … (906 more bytes)"),
        (b"\x00" * 9, "(9 bytes that are no text)"),
    ],
)
def test_the_beginning_of_an_answer_on_one_line(answer: bytes, shown: str) -> None:
    assert shown == of(answer)


def test_only_the_last_answer_of_a_step_that_did_not_pass() -> None:
    assert "last" == of(b"last", exchange(response_body=b"first"))
    assert "last" == of(b"last", result=Result.DEGRADED)
    assert "" == of(b"last", result=Result.PASS)
    assert "" == excerpt(step(result=Result.FAIL))
