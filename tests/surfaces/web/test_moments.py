import pytest

from checker.surfaces.web.moments import Moment, age, moment


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (0.9, "0 s"),
        (59.99, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86399, "23 h"),
        (86400 * 400, "400 d"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert text == age(seconds)


def test_moment() -> None:
    assert Moment("3 min", "2030-03-17 17:46:40 UTC", "2030-03-17T17:46:40Z") == moment(
        1_900_000_000.5, 1_900_000_200
    )
