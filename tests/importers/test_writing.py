"""What is written is YAML that reads back as it was meant, in checks.yaml and in every other reader."""

from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from checker.config.document import read_document
from checker.config.problems import Problems, Source
from checker.core.template import Reference, Template
from checker.importers.notes import Note, Noted, reference
from checker.importers.writing import block, comments, scalar

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufdd0\ufdd1"), max_size=40)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


def read(text: str) -> Any:
    problems = Problems()
    document = read_document(Source.of("out", text), problems)
    assert [] == list(problems)
    assert document is not None
    return document.data


def write(value: dict[str, Any]) -> str:
    return "\n".join(block(value)) + "\n"


@given(st.dictionaries(TEXTS, VALUES, min_size=1, max_size=4))
def test_values_read_back(value: dict[str, Any]) -> None:
    assert value == read(write(value))


@given(TEXTS)
def test_other_readers_see_the_same_text(text: str) -> None:
    assert text.replace("${", "$${") == yaml.safe_load(scalar(text))


def test_references_stand_in_literal_text() -> None:
    text = f"${{not}} {reference('secret.token')}"
    assert '"$${not} ${secret.token}"' == scalar(text)
    assert Template(("${not} ", Reference("secret", "token"))) == read(write({"a": text}))["a"]


def test_what_older_readers_take_for_something_else_is_quoted() -> None:
    assert ['"on"', '"1"', '"null"', '"1e3"', '"12:30"', '""', '"- a"', '"a: b"', '"a #b"'] == [
        scalar(text) for text in ("on", "1", "null", "1e3", "12:30", "", "- a", "a: b", "a #b")
    ]
    assert ["30s", "GET", "$.a.b", "https://example.org/a/b", "text/html"] == [
        scalar(text) for text in ("30s", "GET", "$.a.b", "https://example.org/a/b", "text/html")
    ]


def test_notes_stand_above_what_they_are_about() -> None:
    value = {
        "a": Noted({"b": 1}, (Note("is lost"),)),
        "c": [Noted({"d": Noted(1, (Note("inner", lost=False),))}, (Note("item", lost=False),)), [1, 2], "x"],
    }
    assert [
        "# not carried over: is lost",
        "a: {b: 1}",
        "c:",
        "  # item",
        "  -",
        "    # inner",
        "    d: 1",
        "  - [1, 2]",
        "  - x",
    ] == list(block(value))
    assert {"a": {"b": 1}, "c": [{"d": 1}, [1, 2], "x"]} == read(write(value))


def test_long_notes_go_on_in_further_lines() -> None:
    lines = list(comments([Note("word " * 40)], 2))
    assert len(lines) > 1
    assert all(line.startswith("  # ") and len(line) < 110 for line in lines)
    assert lines[1].startswith("  #   ")


def test_what_is_long_is_written_in_lines() -> None:
    value = {"a": {f"key{index}": "value" * 3 for index in range(8)}, "b": [{"x" * 20: "y" * 60}, ["z" * 90]]}
    assert max(map(len, block(value))) < 110
    assert value == read(write(value))
