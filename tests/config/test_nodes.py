"""The tree that expansion works on."""

from checker.config.nodes import (
    FAULTY,
    Entry,
    Extent,
    Mapping,
    Scalar,
    at,
    mapping,
    place_of,
    references,
    sequence,
    text_scalar,
    unresolved,
    with_alternative,
    with_entries,
    without,
)
from checker.config.problems import Place, Source
from checker.core.template import Reference, Template, parse_template

HERE = Place(Source("f"), 1, 1)


def place(line: int) -> Place:
    return Place(Source("f"), line, 1)


def node(**values: Scalar) -> Mapping:
    return mapping(HERE, [Entry(text_scalar(HERE, key), value) for key, value in values.items()])


def test_data_and_extent_of_a_tree() -> None:
    tree = node(a=text_scalar(HERE, "xyz"), b=Scalar(HERE, 1))
    whole = sequence(HERE, [tree, tree])
    assert [{"a": "xyz", "b": 1}, {"a": "xyz", "b": 1}] == whole.data
    assert Extent(nodes=11, text=10, levels=3) == whole.extent
    assert not whole.dynamic
    assert not whole.extent.excessive


def test_what_is_excessive() -> None:
    assert [True, True, True, False] == [
        extent.excessive
        for extent in (
            Extent(100_001, 0, 1),
            Extent(1, (1 << 20) + 1, 1),
            Extent(1, 0, 65),
            Extent(100_000, 1 << 20, 64),
        )
    ]


def test_a_tree_with_a_reference_is_dynamic() -> None:
    template = parse_template("${a}/${env.B}")
    tree = sequence(HERE, [node(a=Scalar(HERE, template)), node(b=Scalar(HERE, 1))])
    assert (True, True, False) == (tree.dynamic, tree.items[0].dynamic, tree.items[1].dynamic)
    assert [Reference("", "a"), Reference("env", "B")] == [reference for _, reference in references(tree)]


def test_a_path_leads_as_far_as_it_can() -> None:
    inner = Scalar(place(3), 1)
    tree = mapping(HERE, [Entry(text_scalar(place(2), "a"), sequence(place(2), [inner]))])
    assert inner is at(tree, ("a", 0))
    assert inner is at(tree, ("a", 0, "b"))
    assert tree is at(tree, ("b", 0))
    assert [2, 2, 3] == [place_of(tree, path).line for path in (("a",), ("a", 7), ("a", 0))]


def test_entries_are_replaced_added_and_left_out() -> None:
    tree = node(a=Scalar(HERE, 1), b=Scalar(HERE, 2))
    assert {"a": 3, "b": 2, "c": 4} == with_entries(tree, {"a": Scalar(HERE, 3), "c": Scalar(HERE, 4)}).data
    assert {"b": 2} == without(tree, ["a", "z"]).data
    assert tree is without(tree, ["z"])
    assert {"a": 1, "b": 2} == tree.data


def test_another_reading_at_a_path() -> None:
    tree = mapping(
        HERE,
        [Entry(text_scalar(HERE, "a"), sequence(HERE, [Scalar(HERE, 1, alternative="1"), Scalar(HERE, 2)]))],
    )
    changed = with_alternative(tree, ("a", 0))
    assert changed
    assert ({"a": ["1", 2]}, {"a": [1, 2]}) == (changed.data, tree.data)
    assert [None, None, None, None] == [
        with_alternative(tree, path) for path in ((), ("a", 1), ("b",), ("a",))
    ]


def test_what_should_have_been_resolved() -> None:
    assert [True, False, True, False] == [
        unresolved(each)
        for each in (
            Scalar(HERE, Template((Reference("env", "A"),))),
            Scalar(HERE, Template((Reference("secret", "a"),))),
            Scalar(HERE, FAULTY),
            node(a=Scalar(HERE, FAULTY)),
        )
    ]
