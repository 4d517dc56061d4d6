"""What a template or a flow wants to be told, and is."""

import pytest

from checker.config.document import read_document, read_text
from checker.config.nodes import FAULTY, Mapping, Node
from checker.config.parameters import bind, declared
from checker.config.problems import Problems


def node(text: str) -> Node:
    source = read_text("f", f"a: {text}".encode(), Problems())
    assert source
    root = read_document(source, Problems())
    assert isinstance(root, Mapping)
    found = root.get("a")
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a, b]", {"a": None, "b": None}),
        ("{a: required, b: 1, c: null, d: [x]}", {"a": None, "b": 1, "c": "null", "d": ["x"]}),
        ("{}", {}),
        ("[]", {}),
    ],
)
def test_declarations(text: str, expected: dict[str, object]) -> None:
    problems = Problems()
    found = declared(node(text), problems)
    assert expected == {
        name: default and ("null" if default.data is None else default.data)
        for name, default in found.items()
    }
    assert not problems
    assert {} == declared(None, problems)


def test_given_values_go_over_defaults() -> None:
    problems = Problems()
    params = declared(node("{a: required, b: 1, c: 2}"), problems)
    found = bind("the flow 'f'", params, node("{a: x, b: 3}"), node("1").place, problems)
    assert {"a": "x", "b": 3, "c": 2} == {name: value.data for name, value in found.items()}
    assert not problems


def test_what_is_missing_gets_a_stand_in_that_is_complained_of_once() -> None:
    problems = Problems()
    params = declared(node("{a: required, b: 1}"), problems)
    for given in (None, node("[x]")):
        found = bind("the flow 'f'", params, given, node("1").place, problems)
        assert {"a": FAULTY, "b": 1} == {name: value.data for name, value in found.items()}
    assert ["the flow 'f' wants the parameter 'a'", "with wants a mapping from parameters to values"] == [
        problem.message for problem in problems
    ]
