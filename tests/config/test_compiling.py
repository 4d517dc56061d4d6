from typing import Any

import pytest

from checker.config.compiling import Compiled
from checker.config.document import read_document
from checker.config.nodes import Mapping
from checker.config.problems import Problems, Source
from tests.config.loading import complaints, loaded


def node(text: str) -> Mapping:
    read = read_document(Source.of("checks.yaml", text), Problems())
    assert read
    return read


def test_what_is_written_in_the_same_words_is_compiled_once() -> None:
    compiled, calls = Compiled(), []

    def compile_(data: Any) -> object:
        calls.append(data)
        return object()

    first, again = (compiled.of("expect", compile_, node("{status: 200}"), Problems()) for _ in range(2))
    assert (True, 1) == (first is again, len(calls))


@pytest.mark.parametrize(
    "other", ["{status: '200'}", "{status: 200.0}", "{status: '${x}'}", "{status: true}"]
)
def test_what_is_meant_otherwise_is_compiled_for_itself(other: str) -> None:
    compiled = Compiled()
    made = [compiled.of("expect", repr, node(text), Problems()) for text in ("{status: 200}", other)]
    assert 2 == len(set(made))


def test_what_is_compiled_otherwise_is_told_apart() -> None:
    compiled, one = Compiled(), node("{json: $.id}")
    assert [repr(one.data), str(len(one.data))] == [
        compiled.of("a", repr, one, Problems()),
        compiled.of("b", lambda data: str(len(data)), one, Problems()),
    ]


LIKE = """
    version: 1
    probes:
      a: {http: {url: "http://a.example/"}, expect: {json: {$.n: {gte: "${env.LEAST}"}}}}
      b: {http: {url: "http://a.example/"}, expect: {json: {$.n: {gte: "5"}}}}
"""


def test_another_reading_of_a_reference_is_not_that_of_the_same_text() -> None:
    """What came out of a variable may be read as a number; what is written in quotes is a text."""
    assert 2 == len(loaded(LIKE.replace('"5"', "5"), LEAST="5").probes)
    shown = complaints(LIKE, LEAST="5")
    assert (True, 1) == (shown.startswith("4:68: "), shown.count("expected"))


def test_what_is_wrong_is_told_at_each_place() -> None:
    shown = complaints(LIKE.replace('"5"', "[1]").replace('"${env.LEAST}"', "[1]"))
    assert ["3:68:", "4:68:"] == [line.split()[0] for line in shown.splitlines() if "expected" in line]
