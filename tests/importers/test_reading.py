"""Documents of anybody's making: what is read, and what is refused with a place and without a quote."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checker.importers import reading
from checker.importers.notes import Unusable
from checker.importers.reading import document, json_document, text_of, yaml_document


def refused(text: str) -> str:
    with pytest.raises(Unusable) as caught:
        document(text, "in")
    return str(caught.value)


def test_bytes_are_utf8_with_or_without_a_mark() -> None:
    assert "é" == text_of("é".encode(), "in")
    assert "é" == text_of(b"\xef\xbb\xbf" + "é".encode(), "in")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a\nb\xff", "in:2:2: not UTF-8"),
        (b"a\nbc\0", "in:2:3: a NUL; this is no text"),
        (b"x" * (reading.MOST_BYTES + 1), "in: larger than 32 MiB; import it in parts"),
    ],
)
def test_bytes_that_are_no_text_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(Unusable) as caught:
        text_of(data, "in")
    assert why == str(caught.value)


def test_json_and_yaml_are_told_apart() -> None:
    assert {"a": [1, None, True]} == document(' {"a": [1, null, true]}', "in")
    assert {"a": [1, None, True]} == document("a: [1, null, true]", "in")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"a": secret', "in:1:7: not JSON: Expecting value"),
        ('{"a": 1, "a": 2}', "in: the same key is given twice in one object"),
        ('{"a": NaN}', "in: not JSON: NaN"),
        ("[" + "9" * 5000 + "]", "in: Exceeds the limit"),
        ("[\n" * 101, "in:101:1: nested deeper than 100 levels"),
        ("a: [b: c: d", "in:1:9: not valid YAML: did not find expected ',' or ']'"),
        ("a: 1\n\x07", "in: not valid YAML: a control character"),
        ("a: 1\na: 2\n", "in:3:1: the same key is given twice in the mapping that ends here"),
        ("a: *b", "in:1:4: there is no anchor for this alias before it"),
        ("a: &a [*a]", "in:1:8: there is no anchor for this alias before it"),
        ("a: 1\n---\nb: 1", "in:2:1: a second document starts here; import one at a time"),
        ("? [a]\n: 1", "in:3:1: a key of this mapping is no text"),
        ("<<: 1", "in:2:1: << wants a mapping, or a list of mappings"),
        ("a: !!binary '*'", "in:1:4: this is no base64, as its tag !!binary says"),
        ("a: " + "[" * 101, "in:1:103: nested deeper than 100 levels"),
        ("a: \ufdd0", "in: this is no text: it holds a noncharacter, U+FDD0 or U+FDD1"),
        ('{"a": ["\\uFDD0"]}', "in: this is no text: it holds a noncharacter, U+FDD0 or U+FDD1"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, why: str) -> None:
    assert refused(text).startswith(why)


def test_values_are_counted_with_aliases_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = "a: &a [x, x, x, x]\nb: &b [*a, *a, *a, *a]\nc: [*b, *b, *b, *b]\n"
    monkeypatch.setattr(reading, "MOST_VALUES", 80)
    assert "values; import it in parts" in refused(bomb)
    monkeypatch.setattr(reading, "MOST_VALUES", 10)
    assert "values; import it in parts" in refused('["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"]')


def test_levels_are_counted_with_aliases_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_LEVELS", 3)
    assert {"a": [[1]], "b": 2} == yaml_document("a: &a [[1]]\nb: 2", "in")
    assert "nested deeper" in refused("a: &a [[1]]\nb: [*a]")


def test_keys_that_are_numbers_become_texts() -> None:
    assert {"200": "a", "true": "b", "1.5": "c"} == yaml_document("200: a\ntrue: b\n1.5: c", "in")


def test_merge_keys_give_what_is_not_given() -> None:
    text = "x: &x {a: 1, b: 2}\ny: &y {c: 3}\nz: {<<: [*x, *y], a: 0}\nw: {<<: *x}"
    assert {"a": 0, "b": 2, "c": 3} == yaml_document(text, "in")["z"]
    assert {"a": 1, "b": 2} == yaml_document(text, "in")["w"]


def test_scalars_are_those_of_yaml_12_and_binary() -> None:
    text = "a: on\nb: '1'\nc: !!binary aGk=\nd: !!str 5\ne: 22:22\nf: " + "9" * 500
    made = yaml_document(text, "in")
    assert {"a": "on", "b": "1", "c": b"hi", "d": "5", "e": "22:22", "f": "9" * 500} == made


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(JSON)
def test_json_is_read_as_everybody_reads_it(value: object) -> None:
    try:
        assert value == json_document(json.dumps(value), "in")
    except Unusable as error:
        assert "noncharacter" in str(error)  # noqa: PT017 - the other way out


@given(st.text() | st.binary().map(lambda data: data.decode("latin-1")))
def test_nothing_but_a_refusal_is_raised(text: str) -> None:
    try:
        document(text, "in")
    except Unusable as error:
        assert str(error).startswith("in")  # noqa: PT017 - likewise


def test_what_yaml_writes_is_read() -> None:
    value: object = {"a": ["x", 1, 2.5, None, True, {"b": "c: d"}], "e": "multi\nline"}
    assert value == yaml_document(yaml.safe_dump(value), "in")
