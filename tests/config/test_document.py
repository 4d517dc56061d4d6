"""A text becomes a tree; what cannot be read is told with its place."""

# ruff: noqa: E501, W291 - what is shown to people is as long as it is

import gc
from collections.abc import Iterator
from typing import Any

import pytest

from checker.config.document import read_document, read_text
from checker.config.nodes import Mapping, Scalar, Sequence, at
from checker.config.problems import Problems
from checker.core.template import Reference, Template
from tests.config.loading import complaints, told

UNREADABLE = [
    pytest.param(
        """

        """,
        """
        1:1: expected a mapping with version and probes
          1 | 
            | ^
        """,
        id="empty",
    ),
    pytest.param(
        """
        # nothing
        """,
        """
        1:1: expected a mapping with version and probes
          1 | # nothing
            | ^
        """,
        id="only a comment",
    ),
    pytest.param(
        """
        - a
        """,
        """
        1:1: expected a mapping with version and probes
          1 | - a
            | ^
        """,
        id="list",
    ),
    pytest.param(
        """
        a
        """,
        """
        1:1: expected a mapping with version and probes
          1 | a
            | ^
        """,
        id="text",
    ),
    pytest.param(
        """
        version: 1
        ---
        version: 1
        """,
        """
        2:1: a second document starts here; a file holds one
          2 | ---
            | ^
        """,
        id="two documents",
    ),
    pytest.param(
        """
        version: 1
        probes: {}
        version: 1
        """,
        """
        3:1: the key 'version' is given twice; it is first given at 1:1
          3 | version: 1
            | ^
        """,
        id="duplicate key",
    ),
    pytest.param(
        """
        version: 1
        probes: {&a b: {}, *a : {}}
        """,
        """
        2:10: the key 'b' is given twice; it is first given at 2:10
          2 | probes: {&a b: {}, *a : {}}
            |          ^

        2:16: the probe 'b' has no steps
          2 | probes: {&a b: {}, *a : {}}
            |                ^ name a kind, such as http: {url: …}, or write steps
        """,
        id="duplicate alias as key",
    ),
    pytest.param(
        """
        1: a
        """,
        """
        1:1: a key has to be a text
          1 | 1: a
            | ^ quote it

        1:1: 'version' is missing here
          1 | 1: a
            | ^ write version: 1
        """,
        id="number as key",
    ),
    pytest.param(
        """
        true: a
        """,
        """
        1:1: a key has to be a text
          1 | true: a
            | ^ quote it

        1:1: 'version' is missing here
          1 | true: a
            | ^ write version: 1
        """,
        id="boolean as key",
    ),
    pytest.param(
        """
        ? {a: b}
        : c
        """,
        """
        1:1: 'version' is missing here
          1 | ? {a: b}
            | ^ write version: 1

        1:3: a key has to be a text
          1 | ? {a: b}
            |   ^ quote the text if it holds {} or []
        """,
        id="mapping as key",
    ),
    pytest.param(
        """
        version: 1
        <<: a
        """,
        """
        2:5: << wants a mapping, or a list of mappings
          2 | <<: a
            |     ^
        """,
        id="merge of a text",
    ),
    pytest.param(
        """
        version: 1
        x-a: &a {b: c}
        <<: [*a, d]
        """,
        """
        2:10: unknown key 'b'
          2 | x-a: &a {b: c}
            |          ^ known here: aws, defaults, flows, include, probes, secrets, server, templates, version, x-…

        3:10: << wants a mapping, or a list of mappings
          3 | <<: [*a, d]
            |          ^
        """,
        id="merge of a list of texts",
    ),
    pytest.param(
        """
        version: !foo 1
        """,
        """
        1:10: there is no tag '!foo' here; known are !!str, !!int, !!float, !!bool and !!null
          1 | version: !foo 1
            |          ^

        1:10: the only version is 1
          1 | version: !foo 1
            |          ^ write version: 1
        """,
        id="unknown tag",
    ),
    pytest.param(
        """
        version: 1
        probes: !foo []
        """,
        """
        2:9: there is no tag '!foo' here
          2 | probes: !foo []
            |         ^

        2:9: probes wants a mapping from names to probes
          2 | probes: !foo []
            |         ^ write each name as a key, and what belongs to it below
        """,
        id="unknown tag of a list",
    ),
    pytest.param(
        """
        version: !!int x
        """,
        """
        1:10: 'x' is not what its tag !!int says
          1 | version: !!int x
            |          ^

        1:10: the only version is 1
          1 | version: !!int x
            |          ^ write version: 1
        """,
        id="wrong tag",
    ),
    pytest.param(
        """
        version: 11111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111
        """,
        """
        1:10: a number of 401 characters is too long; quote it if it is a text
          1 | version: 1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111…
            |          ^

        1:10: the only version is 1
          1 | version: 1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111…
            |          ^ write version: 1
        """,
        id="long number",
    ),
    pytest.param(
        """
        version: 1
        probes: &a {a: *a}
        """,
        """
        2:16: the anchor &a contains itself here
          2 | probes: &a {a: *a}
            |                ^
        """,
        id="anchor in itself",
    ),
    pytest.param(
        """
        version: 1
        probes: 
        """,
        """
        2:9: the character U+0007 is not allowed here
          2 | probes: ·
            |         ^
        """,
        id="control character",
    ),
    pytest.param(
        r"""
        version: 1
        probes: "\ud800"
        """,
        r"""
        2:12: this is not valid YAML: found invalid Unicode character escape code
          2 | probes: "\ud800"
            |            ^
        """,
        id="surrogate",
    ),
    pytest.param(
        """
        version: 1
        probes: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
        """,
        """
        2:71: this is nested deeper than 64 levels
          2 | probes: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[
            |                                                                       ^
        """,
        id="deep",
    ),
    pytest.param(
        """
        version: 1
        x-a: &a [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]
        probes: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a
        """,
        """
        3:49: this is nested deeper than 64 levels
          3 | probes: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[*a
            |                                                 ^
        """,
        id="deep by alias",
    ),
]


@pytest.mark.parametrize(("text", "expected"), UNREADABLE)
def test_unreadable(text: str, expected: str) -> None:
    assert told(expected) == complaints(text)


def document(text: str) -> Mapping:
    problems = Problems()
    source = read_text("checks.yaml", text.encode(), problems)
    assert source
    found = read_document(source, problems)
    assert [] == list(problems)
    assert found
    return found


SCALARS: list[tuple[str, Any]] = [
    ("on", "on"),
    ("no", "no"),
    ("off", "off"),
    ("y", "y"),
    ("true", True),
    ("FALSE", False),
    ("'true'", "true"),
    ("~", None),
    ("", None),
    ("012", 12),
    ("0o17", 15),
    ("0x1F", 31),
    ("1e3", 1000.0),
    ("1.50", 1.5),
    ("2024-05-31", "2024-05-31"),
    ("12:30:00", "12:30:00"),
    ("1_000", "1_000"),
    ("!!str 12", "12"),
    ("!!float 1", 1.0),
    ("! 12", "12"),
    ("|\n  a\n  b\n", "a\nb\n"),
    ("$${x}", "${x}"),
    ("${x}", Template((Reference("", "x"),))),
]


@pytest.mark.parametrize(("text", "expected"), SCALARS)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, expected: Any) -> None:
    found = document(f"a: {text}").data["a"]
    assert (type(expected), expected) == (type(found), found)


def test_every_node_knows_its_place() -> None:
    found = document("a:\n  - b: 1\n  - {c: 2}\n")
    assert [(2, 3), (2, 8), (3, 9)] == [
        (place.line, place.column)
        for place in (at(found, path).place for path in (("a",), ("a", 0, "b"), ("a", 1, "c")))
    ]
    assert (1, 1) == found.key_place("a")[1:]
    assert (1, 1) == found.key_place("z")[1:]


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("a:\n  b: 1\n  c:\n    d: 1\ne: 1", 4),
        ("a:\n  b: 1\n", 2),
        ("a:\n  b: 1", 2),
        ("a: {b: 1,\n  c: 2}\nd: 1", 2),
        ("a:\n  - 1\n  - b: 1\n    c: 2", 4),
        ("a: {}\nb: 1", 1),
    ],
)
def test_a_collection_knows_its_last_line(text: str, last: int) -> None:
    found = document(text).get("a")
    assert isinstance(found, Mapping | Sequence)
    assert last == found.end


def test_merge_keys_give_way_to_the_mapping_s_own() -> None:
    text = "x: &x {a: 1, b: 1}\ny: &y {b: 2, c: 2}\nz: {<<: [*x, *y], a: 0}\nw: {<<: *x}\n"
    found = document(text).data
    assert ({"a": 0, "b": 1, "c": 2}, {"a": 1, "b": 1}) == (found["z"], found["w"])


def test_an_alias_is_the_same_node() -> None:
    found = document("a: &a [1]\nb: *a\n")
    assert found.get("a") is found.get("b")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbfa: \xc3\xa9", {"a": "\xe9"}),
        ("\ufeffa: \xe9".encode("utf-16-le"), {"a": "\xe9"}),
        (b"a: 1\r\nb: 2\rc: 3\xc2\x85d: 4", {"a": 1, "b": 2, "c": 3, "d": 4}),
    ],
)
def test_encodings_and_line_breaks(data: bytes, expected: dict[str, Any]) -> None:
    problems = Problems()
    source = read_text("checks.yaml", data, problems)
    assert source
    found = read_document(source, problems)
    assert expected == (found and found.data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: 1\nb: \xff", "checks.yaml:2:4: this is not valid UTF-8\n  2 | b:\n    |    ^"),
        (b"\xff\xfea\x00\x00\xd8", "checks.yaml:1:2: this is not valid UTF-16\n  1 | a\n    |  ^"),
    ],
)
def test_what_is_no_text(data: bytes, expected: str) -> None:
    problems = Problems()
    assert read_text("checks.yaml", data, problems) is None
    assert [expected] == [str(problem) for problem in problems]


def billion(levels: int, width: int, leaf: str) -> str:
    lines = (f"a{level + 1}: &a{level + 1} [{', '.join([f'*a{level}'] * width)}]" for level in range(levels))
    return "\n".join((f"a0: &a0 {leaf}", *lines))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (billion(9, 9, "[1, 1]"), "the document expands to more than 100,000 values here"),
        (billion(3, 9, "x" * 10_000), "the document expands to more than 1 MiB of text here"),
        ("[" + "1, " * 100_001 + "]", "the document expands to more than 100,000 values here"),
    ],
)
def test_what_expands_without_end_is_refused_early(text: str, expected: str) -> None:
    problems = Problems()
    source = read_text("checks.yaml", text.encode(), problems)
    assert source
    assert read_document(source, problems) is None
    assert [expected] == [problem.message for problem in problems]


@pytest.mark.parametrize("character", ["[", "{a: ", "- ", "? "])
def test_depth_is_bounded_before_anything_recurses(character: str) -> None:
    problems = Problems()
    source = read_text("checks.yaml", (character * 200_000).encode(), problems)
    assert source
    assert read_document(source, problems) is None
    assert ["this is nested deeper than 64 levels"] == [problem.message for problem in problems]


def test_a_faulty_text_is_kept_apart_until_it_matters() -> None:
    found = at(document("a: ${b"), ("a",))
    assert isinstance(found, Scalar)
    assert "'${b' is never closed; write ${NAME}, or $${ for a literal ${" == found.fault


@pytest.fixture
def collector() -> Iterator[None]:
    """No collector comes by, so that what is left over was left by a reference cycle."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collector")
def test_a_tree_that_nobody_holds_is_gone_at_once() -> None:
    """A checker that reloads would else hold many configurations, until the collector comes by."""
    problems = Problems()
    source = read_text("checks.yaml", b"probes: {a: [b, c]}", problems)
    assert source
    read_document(source, problems)
    assert [] == [
        node
        for node in gc.get_objects()
        if isinstance(node, Mapping | Sequence) and node.place.source is source
    ]
