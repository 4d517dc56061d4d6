from typing import Any

import pytest

from checker.assertions.scales import NUMBERS, SCALES, TIMESTAMPS, Unfit, literal, number, parse_ordered
from checker.core.facts import Unit


@pytest.mark.parametrize(
    ("unit", "raw", "expected"),
    [
        (Unit.STATUS, 204, 204),
        (Unit.STATUS, "2xx", range(200, 300)),
        (Unit.STATUS, "5XX", range(500, 600)),
        (Unit.DURATION, "800ms", 0.8),
        (Unit.SIZE, "64KiB", 65536),
        (Unit.SIZE, 512, 512),
        (Unit.TIMESTAMP, "1970-01-01T00:01:00Z", 60.0),
        (Unit.PLAIN, {"a": (1, None)}, {"a": [1, None]}),
    ],
)
def test_an_operand_is_parsed_in_its_unit(unit: Unit, raw: Any, expected: object) -> None:
    assert expected == SCALES[unit].parse(raw)


REFUSED: dict[Unit, list[object]] = {
    Unit.STATUS: [99, 600, 200.0, True, "200", "0xx", "2x", "2xX", None, []],
    Unit.DURATION: [5, 0.5, True, None, [], "5", "-5s"],
    Unit.SIZE: [-1, 0.5, True, None, [], "5KB", "-5B"],
    Unit.TIMESTAMP: [5, True, None, [], "now", "2024-05-31"],
    Unit.PLAIN: [float("nan"), [float("inf")], {"a": b"x"}, {1: 2}],
}


@pytest.mark.parametrize(
    ("unit", "raw"), [(unit, raw) for unit, several in REFUSED.items() for raw in several]
)
def test_an_operand_of_another_form_is_refused(unit: Unit, raw: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the messages are held by test_matchers
        SCALES[unit].parse(raw)


def test_of_plain_values_numbers_and_timestamps_have_an_order() -> None:
    assert (NUMBERS, 5) == parse_ordered(Unit.PLAIN, 5)
    assert (TIMESTAMPS, 60.0) == parse_ordered(Unit.PLAIN, "1970-01-01T00:01:00Z")
    for raw in ("a", True, None, [1], {"a": 1}, float("nan")):
        with pytest.raises(Unfit):
            parse_ordered(Unit.PLAIN, raw)


@pytest.mark.parametrize(
    ("value", "expected"), [(1, 1), (0.5, 0.5), (True, None), ("1", None), (float("nan"), None)]
)
def test_number(value: object, expected: float | None) -> None:
    assert expected == number(value)


def test_a_literal_is_a_copy_that_nobody_else_changes() -> None:
    raw = {"a": [1]}
    copy = literal(raw)
    raw["a"].append(2)
    assert {"a": [1]} == copy
