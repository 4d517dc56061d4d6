"""Texts that people write: templates, durations, sizes, percentages. Any text is one, or its writer is told why not."""

import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.duration import format_duration, format_size, parse_duration, parse_percent, parse_size
from checker.core.template import Template, TemplateError, as_text, parse_template
from tests.fuzz.values import DOCUMENTS, TEXTS

NUMBERS = st.text(alphabet="0123456789.", max_size=12) | st.text(alphabet="-+eE_ ٣²", max_size=2)
AMOUNTS = st.lists(
    NUMBERS | st.sampled_from(["ms", "s", "m", "h", "d", "B", "KiB", "GiB", "%"]), max_size=6
).map("".join)
WRITTEN = st.lists(
    TEXTS
    | st.sampled_from(
        [
            "${",
            "}",
            "$",
            "$${",
            ":-",
            ".",
            "env",
            "secret",
            "param",
            "a",
            "${a}",
            "${env.A:-b}",
            "${secret.k}",
        ]
    ),
    max_size=8,
).map("".join)


def refused(make: Callable[[], object], kind: type[Exception]) -> str:
    """Return why something cannot be made; nothing where it can."""
    try:
        make()
    except kind as error:
        return str(error)
    return ""


@pytest.mark.parametrize("parse", [parse_duration, parse_size, parse_percent])
@given(text=AMOUNTS | st.text(max_size=10))
def test_an_amount_is_a_number_of_at_least_zero_or_no_amount(
    parse: Callable[[str], float], text: str
) -> None:
    why = refused(lambda: parse(text), ValueError)
    assert repr(text) in why if why else 0 <= parse(text) < 1e30


@given(st.floats(allow_nan=False) | st.integers(0, 10**12).map(float))
def test_every_amount_can_be_told(amount: float) -> None:
    assert format_duration(amount).isprintable()
    if math.isfinite(amount):
        assert format_size(abs(amount)).isprintable()


@given(WRITTEN, DOCUMENTS)
def test_a_template_is_rendered_once_and_its_values_are_never_parsed(text: str, value: object) -> None:
    if why := refused(lambda: parse_template(text), TemplateError):
        assert "${" in why
        return
    template = parse_template(text)
    if isinstance(template, str):
        assert template == text.replace("$${", "${")
        return
    assert parse_template(str(template)) == template
    check_rendered(template, value)


def check_rendered(template: Template, value: object) -> None:
    why = refused(lambda: template.resolve(lambda _: value), TemplateError)
    if why:
        assert isinstance(value, list | dict | None)
        assert str(template.references[0]) in why
        return
    rendered = template.resolve(lambda _: value)
    if len(template.parts) == 1:
        assert rendered is value
    else:
        text = as_text(template.references[0], value)
        assert rendered == "".join(part if isinstance(part, str) else text for part in template.parts)
