"""pydantic's errors in this format's words."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator

from checker.config.document import read_document, read_text
from checker.config.problems import Problems
from checker.config.validation import validated


class Inner(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    name: str = ""


class Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    text: str = ""
    count: int = Field(0, ge=0)
    rate: float = 0.0
    flag: bool = False
    names: list[str] = []
    inner: Inner | None = None
    by_name: dict[str, Inner] = {}
    several: list[Inner] = []
    checked: str = ""
    renamed: int = Field(0, alias="other-name")

    @field_validator("checked")
    @classmethod
    def _check(cls, value: str) -> str:
        if value == "assert":
            raise AssertionError("an assertion")
        if value:
            raise ValueError("not this one")
        return value


def problems_of(text: str) -> list[tuple[int, str, str]]:
    problems = Problems()
    source = read_text("f", text.encode(), problems)
    assert source
    root = read_document(source, problems)
    assert root
    assert validated(Model, root, problems) is None
    return [(problem.column, problem.message, problem.hint) for problem in problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("text: 1", [(7, "expected a text, not a whole number", "")]),
        ("count: a", [(8, "expected a whole number, not a text", "")]),
        ("count: -1", [(8, "input should be greater than or equal to 0", "")]),
        ("rate: []", [(7, "expected a number, not a list", "")]),
        ("flag: 1", [(7, "expected true or false, not a whole number", "")]),
        ("names: a", [(8, "expected a list, not a text", "write names: [a]")]),
        ("names: [1]", [(9, "expected a text, not a whole number", "")]),
        ("inner: 1", [(8, "expected a mapping, not a whole number", "its keys are name")]),
        ("inner: {nam: a}", [(9, "unknown key 'nam'", "did you mean 'name'?")]),
        ("by_name: {a: {nam: b}}", [(15, "unknown key 'nam'", "did you mean 'name'?")]),
        ("by_name: 1", [(10, "expected a mapping, not a whole number", "write by_name: {name: value}")]),
        ("several: [{nam: b}]", [(12, "unknown key 'nam'", "did you mean 'name'?")]),
        ("checked: a", [(10, "not this one", "")]),
        ("checked: assert", [(10, "an assertion", "")]),
        ("other-nam: 1", [(1, "unknown key 'other-nam'", "did you mean 'other-name'?")]),
        ("text: ~", [(7, "expected a text, not nothing", "")]),
        ("{text: a, b}", [(11, "unknown key 'b'", "quote the text before it if the comma is part of it")]),
        (
            "{text: a, b: }",
            [
                (
                    11,
                    "unknown key 'b'",
                    "known here: by_name, checked, count, flag, inner, names, other-name, rate, several, text",
                )
            ],
        ),
        ("{text: a, coun}", [(11, "unknown key 'coun'", "did you mean 'count'?")]),
    ],
)
def test_problems(text: str, expected: list[tuple[int, str, str]]) -> None:
    assert expected == problems_of(text)


@pytest.mark.parametrize("text", ["text: '${env.A}'", "count: '${param.a}'", "inner: '${matrix.a}'"])
def test_what_could_not_be_resolved_is_not_told_twice(text: str) -> None:
    assert [] == problems_of(text)


def test_a_model() -> None:
    problems = Problems()
    source = read_text("f", b"{text: a, inner: {name: b}, other-name: 3}", problems)
    assert source
    root = read_document(source, problems)
    assert root
    expected: dict[str, Any] = {"text": "a", "inner": Inner(name="b"), "other-name": 3}
    assert Model(**expected) == validated(Model, root, problems)
