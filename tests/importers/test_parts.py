"""Values with their places, and what nobody asked for."""

from typing import Any

import pytest

from checker.importers.notes import Unusable
from checker.importers.parts import Part


def part(value: Any) -> Part:
    return Part(value, "in")


def test_a_value_knows_its_place() -> None:
    root = part({"a": {"b": [{"c": 1}]}})
    (item,) = root.need("a").need("b").items()
    assert "a.b[0].c" == item.need("c").path


@pytest.mark.parametrize(
    ("read", "why"),
    [
        (lambda root: root.need("none"), "in: the document: 'none' is missing"),
        (lambda root: root.need("null"), "in: the document: 'null' is missing"),
        (lambda root: root.need("list").text(), "in: list: expected a text, not a list"),
        (lambda root: root.need("text").flag(), "in: text: expected true or false, not a text"),
        (lambda root: root.need("text").number(), "in: text: expected a whole number, 0 or more, not a text"),
        (
            lambda root: root.need("low").number(),
            "in: low: expected a whole number, 0 or more, not a whole number",
        ),
        (lambda root: list(root.need("text").items()), "in: text: expected a list, not a text"),
        (lambda root: list(root.need("text").entries()), "in: text: expected a mapping, not a text"),
        (lambda root: root.need("text").get("x"), "in: text: expected a mapping, not a text"),
        (lambda root: root.need("half").text(), "in: half: this is no text: it holds half a surrogate pair"),
    ],
)
def test_what_is_of_another_type_is_refused_and_not_quoted(read: Any, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        read(part({"list": [1], "text": "hunter2", "null": None, "low": -1, "half": "\ud800"}))
    assert why == str(caught.value)


def test_scalars_are_texts() -> None:
    root = part({"a": True, "b": 1.5, "c": "x", "d": False, "n": 3, "on": True, "l": ["x", 1], "s": "y"})
    assert ["true", "1.5", "x", "false"] == [root.text_at(key) for key in "abcd"]
    assert (3, True, False, "z") == (
        root.need("n").number(),
        root.flag_at("on"),
        root.flag_at("off"),
        root.text_at("off", "z"),
    )
    assert (["x", "1"], ["y"], []) == (root.texts_at("l"), root.texts_at("s"), root.texts_at("off"))


def test_what_nobody_asked_for_is_left() -> None:
    root = part({"a": {"b": 1, "c": {"d": 2}}, "e": [{"f": 1, "g": 2}], "h": 1, "i": {"j": 1}, "k": {"l": 1}})
    root.need("a").need("b").text()
    for item in root.need("e").items():
        item.text_at("f")
    root.need("i").whole()
    root.ignore("k", "nothing")
    assert ["a.c", "e[0].g", "h"] == list(root.left())
    assert ["c"] == list(root.need("a").left())


def test_of_a_list_that_is_taken_as_texts_nothing_is_left() -> None:
    root = part({"a": ["x"], "b": {"c": 1}})
    assert root.texts_at("a")
    assert root.need("b").is_mapping()
    assert ["b.c"] == list(root.left())
