"""Random documents, matchers and facts."""

from typing import Any

from hypothesis import strategies as st

from checker.assertions.bounds import contradiction
from checker.assertions.jsonpath import Nothing
from checker.assertions.operators import OPERATORS
from checker.core.facts import Absent, Unit

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats(-3, 3)
    | st.sampled_from(["", "a", "ab", "error", "2023-11-14T22:00:00Z"])
)
documents: st.SearchStrategy[Any] = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "id"]), inner, max_size=3)
    ),
    max_leaves=6,
)
broken: st.SearchStrategy[Any] = st.sampled_from(
    [
        float("nan"),
        float("inf"),
        Absent("no answer"),
        Absent("not there", known=True),
        Nothing("selects nothing", known=True),
        b"bytes",
        "\ud800",
        [float("nan")],
        {"a": float("nan")},
        ["\ud800"],
    ]
)
values = documents | broken

_texts = st.sampled_from(["a", "ab", "error", "x"])
_durations = st.sampled_from(["1s", "1h", "7d"])
_numbers = st.integers(-3, 3) | st.floats(-3, 3)
_patterns = st.sampled_from(["^a", "b$", "", "[0-9]+", "(error|x)"])
_kinds = st.sampled_from(["string", "number", "integer", "boolean", "array", "object", "null"])
_schemas = st.sampled_from(
    [{"type": "string"}, {"type": ["object", "null"], "required": ["a"]}, {"const": 1}]
)
_parts = st.lists(documents, min_size=1, max_size=2) | st.dictionaries(
    st.sampled_from(["a", "b"]), documents, min_size=1, max_size=2
)

simple_operators: st.SearchStrategy[dict[str, Any]] = st.one_of(
    *[st.fixed_dictionaries({name: documents}) for name in ("eq", "ne")],
    *[st.fixed_dictionaries({name: _numbers}) for name in ("lt", "lte", "gt", "gte")],
    st.fixed_dictionaries({"gt": st.just("2023-11-14T22:00:00Z")}),
    st.fixed_dictionaries({"between": st.tuples(_numbers, _numbers).map(sorted)}),
    *[
        st.fixed_dictionaries({name: st.lists(documents, min_size=1, max_size=3)})
        for name in ("in", "not_in")
    ],
    *[
        st.fixed_dictionaries({name: documents.filter(lambda operand: operand != "")})
        for name in ("contains", "not_contains")
    ],
    *[st.fixed_dictionaries({name: _texts}) for name in ("starts_with", "ends_with")],
    *[st.fixed_dictionaries({name: _patterns}) for name in ("matches", "not_matches")],
    *[st.fixed_dictionaries({name: st.booleans()}) for name in ("exists", "empty")],
    st.fixed_dictionaries({"type": _kinds | st.lists(_kinds, min_size=1, max_size=2)}),
    *[st.fixed_dictionaries({name: _durations}) for name in ("newer_than", "older_than")],
    st.fixed_dictionaries({"includes": _parts}),
    st.fixed_dictionaries({"schema": _schemas}),
)


def _combined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        *[st.fixed_dictionaries({name: inner}) for name in ("not", "length", "every", "any", "none")],
        *[
            st.fixed_dictionaries({name: st.lists(inner, min_size=1, max_size=3)})
            for name in ("any_of", "all_of")
        ],
        st.tuples(inner, inner).map(_merged),
    )


def _merged(pair: tuple[Any, Any]) -> Any:
    one, other = pair
    if not isinstance(one, dict) or not isinstance(other, dict):
        return one
    both = {**one, **other}
    return one if contradiction(both, Unit.PLAIN) else both


matchers: st.SearchStrategy[Any] = st.recursive(
    simple_operators | scalars | st.lists(documents, min_size=1, max_size=3), _combined, max_leaves=5
)
"""Matchers that compile."""

_WORDS = [
    *OPERATORS,
    *("status", "headers", "json", "latency", "size", "body", "timings", "dns", "cache", "hit"),
    *("certificate", "not_after", "$", "$.a", "$[", "foo"),
]

junk: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=6)
    | st.sampled_from(
        ["2xx", "1h", "64KiB", "$", "$.a", "$..a[?@.b]", "(", "2023-11-14T22:00:00Z", "string"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(_WORDS) | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
"""What stands in a YAML file in the place of expectations, by a person who has not read the documentation."""
