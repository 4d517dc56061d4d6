import pytest
from pydantic import TypeAdapter, ValidationError

from checker.kinds.windows import Window, unasked


@pytest.mark.parametrize(("text", "seconds"), [("1m", 60.0), ("15m", 900.0), ("63d", 63 * 86400.0)])
def test_a_window_is_one_that_cloudwatch_has_data_of(text: str, seconds: float) -> None:
    assert seconds == TypeAdapter(Window).validate_python(text)


@pytest.mark.parametrize("text", ["59s", "0s", "64d"])
def test_a_window_that_it_has_not_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="expected a window from 1m to 63d"):
        TypeAdapter(Window).validate_python(text)


def test_what_was_not_asked_is_not_known() -> None:
    assert unasked("sent").own
