from datetime import UTC, datetime

import pytest

from checker.net.aws.asking import bounded, seconds, written


@pytest.mark.parametrize(
    ("text", "seen"),
    [(None, None), ("", None), ("a\n  b", "a b"), ("a" * 300, "a" * 300), ("a" * 301, "a" * 299 + "…")],
)
def test_texts_are_one_line_of_some_length(text: str | None, seen: str | None) -> None:
    assert seen == bounded(text)


@pytest.mark.parametrize(
    ("moment", "seen"), [(datetime(2024, 12, 24, 3, tzinfo=UTC), 1735009200.0), (None, None)]
)
def test_times_are_seconds(moment: datetime | None, seen: float | None) -> None:
    assert seen == seconds(moment)


@pytest.mark.parametrize(("moment", "seen"), [(1735009200.9, "2024-12-24T03:00:00Z"), (None, None)])
def test_times_are_written_in_utc(moment: float | None, seen: str | None) -> None:
    assert seen == written(moment)
