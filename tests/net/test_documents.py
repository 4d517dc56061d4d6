"""Strict decoding: what another reader could read differently is no document."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.net.documents import DEEPEST, ROOM, charset_of, decode_json, decode_text

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(document=JSON, compact=st.booleans(), ascii_only=st.booleans())
def test_what_is_json_is_decoded_as_the_standard_library_would(
    document: Any, *, compact: bool, ascii_only: bool
) -> None:
    separators = (",", ":") if compact else None
    data = json.dumps(document, separators=separators, ensure_ascii=ascii_only).encode()
    decoded = decode_json(data)
    assert document == decoded
    assert json.dumps(document) == json.dumps(decoded)


@given(st.binary(max_size=60))
def test_no_bytes_raise(content: bytes) -> None:
    decode_json(content)
    decode_text(content, "text/plain; charset=utf-16")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<!DOCTYPE html>", "the body is an HTML page, not JSON"),
        (
            b"\n <html><TITLE lang='en'>\n Sign in </Title>",
            "the body is an HTML page, not JSON: 'Sign in'",
        ),
        (
            b"<html><title>caf\xc3\xa9 \xff\x1b[31m</title>",
            "the body is an HTML page, not JSON: 'caf\u00e9 \ufffd\\x1b[31m'",
        ),
        (b"<title></title>", "the body is an HTML page, not JSON"),
        (b"<title>never closed", "the body is an HTML page, not JSON"),
        (b"<title" * 10_000, "the body is an HTML page, not JSON"),
        (b"<?xml version='1.0'?><error><title>no</title></error>", "the body is XML, not JSON"),
        (
            b"<?xml version='1.0'?><!DOCTYPE html><html><title>no</title></html>",
            "the body is an HTML page, not JSON: 'no'",
        ),
        (b'{"a": 1,', "not JSON: "),
        (b'{"a": 1,}', "trailing comma is not allowed at line 1, column 8"),
        (b'{"a": 1}\n{"a": 2}', "at line 2, column 1"),
        (b'{"a": NaN}', "at line 1, column 7"),
        (b"[Infinity]", "at line 1, column 2"),
        (b"[1e999]", "number is infinity"),
        (b"[-1e999]", "number is infinity"),
        (b"01", "leading zero"),
        (b'"\\ud800"', "surrogate"),
        (b'{"a": "\xff"}', "it is not UTF-8: invalid start byte at byte 7"),
        (b'"a\nb"', "control character"),
        (b'{"a": 1, "b": {}, "a": 2}', "the document has the key 'a' twice in one object"),
        (b'{"a":1,"a":1}', "the document has the key 'a' twice in one object"),
        (
            b'{"%(long)b":1,"%(long)b":1}' % {b"long": b"k" * 300},
            f"the document has the key '{'k' * 300}' twice in one object",
        ),
        (b'[{"b": {"\\u0061": 1, "a": 2}}]', "the document has the key 'a' twice in one object"),
        (b"9" * 5000, "number is infinity"),
        (b"[" * 2000 + b"]" * 2000, "depth limit exceeded"),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1), "nested more than 500 levels deep"),
        (b'{"a":' * 600 + b'"]]]"' + b"}" * 600, "nested more than 500 levels deep"),
        (b"[" * 40_000, "depth limit exceeded"),
    ],
)
@pytest.mark.parametrize("size", [0, 20_000])
def test_what_is_not_says_what_is_wrong_and_where(content: bytes, why: str, size: int) -> None:
    """A large document is held to be none for the same reasons as a small one."""
    decoded = decode_json(content.ljust(size))
    assert isinstance(decoded, Absent)
    assert why in decoded.why
    assert decoded.reason is Reason.UNDECODABLE
    assert not decoded.known


def test_a_document_of_the_greatest_depth() -> None:
    assert isinstance(decode_json(b"[" * DEEPEST + b"]" * DEEPEST), list)


def test_brackets_in_texts_are_no_depth() -> None:
    document = {"a": "[" * 2000, "b": [[['}\\"']]], "c": [[[]]]}
    assert document == decode_json(json.dumps(document).encode())
    nested = b'["' + b"]" * 400 + b'",' + b"[" * 300 + b"]" * 300 + b"]"
    assert isinstance(decode_json(nested), list)


def test_digits_are_not_lost() -> None:
    assert decode_json(b"[12345678901234567890123]") == [12345678901234567890123]
    assert decode_json(b'{"id": 9007199254740993}') == {"id": 9007199254740993}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_in_any_unicode_encoding_that_it_shows(encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert decode_json(mark + '{"a": "é"}'.encode(encoding)) == {"a": "é"}


def test_json_in_the_charset_that_it_claims() -> None:
    content = '{"a": "é"}'.encode("latin-1")
    assert decode_json(content, "application/json; charset=ISO-8859-1") == {"a": "é"}
    assert isinstance(decode_json(content, "application/json; charset=utf-8"), Absent)
    assert isinstance(decode_json(content, "application/json"), Absent)
    assert isinstance(decode_json(b"{}", "application/json; charset=x-unheard-of"), Absent)


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        (b"hello", "", "hello"),
        ("é".encode(), "text/html", "é"),
        ("é".encode("latin-1"), "text/html; charset=latin1", "é"),
        ("é".encode("latin-1"), 'text/html; charset="ISO-8859-1"; x=y', "é"),
        (b"\xef\xbb\xbfhello", "text/plain; charset=latin-1", "hello"),
        ("é".encode("utf-16"), "text/plain", "é"),
        (b"", "", ""),
    ],
)
def test_text(content: bytes, content_type: str, text: str) -> None:
    assert text == decode_text(content, content_type)


@pytest.mark.parametrize(
    ("content", "content_type", "why"),
    [
        (b"\xff", "", "the body is not UTF-8: invalid start byte at byte 0"),
        (
            b"ab\xff",
            "text/plain; charset=ascii",
            "the body is not ascii: ordinal not in range(128) at byte 2",
        ),
        (b"\xff\xfea", "", "the body is not utf-16: truncated data at byte 2"),
        (b"a", "text/plain; charset=klingon", "the charset 'klingon' is not known"),
        (b"a", "text/plain; charset=hex", "the charset 'hex' is not known"),
        (b"a", "text/plain; charset=idna", "the charset 'idna' is not known"),
        (b"a", "text/plain; charset=unicode_escape", "the charset 'unicode_escape' is not known"),
        (b"ab", "text/plain; charset=rot13", "the charset 'rot13' is not known"),
        (b"ab", f"text/plain; charset={'x' * 300}", f"the charset '{'x' * 300}' is not known"),  # uncut
    ],
)
def test_text_that_is_not_what_it_claims(content: bytes, content_type: str, why: str) -> None:
    assert Absent(why, reason=Reason.UNDECODABLE) == decode_text(content, content_type)


@given(document=JSON, indent=st.integers(0, 3))
def test_blanks_between_what_is_meant_change_nothing(document: Any, indent: int) -> None:
    data = json.dumps(document, indent=indent, separators=(" ,", "\t: "), ensure_ascii=False).encode()
    assert document == decode_json(data)


@pytest.mark.parametrize(
    "content",
    [b'{ "a b": 1, "ab": 2, "a b": 1 }', b'[ {"a" : 1e2, "a" : 100.0} ]', b'{"k": " ", "k": ""}'],
)
def test_blanks_hide_no_key_that_is_there_twice(content: bytes) -> None:
    told = decode_json(content)
    assert isinstance(told, Absent)
    assert "twice in one object" in told.why


def test_blanks_hide_no_digit() -> None:
    assert decode_json(b"[ 12345678901234567890123, 1.0 ]") == [12345678901234567890123, 1.0]


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html; charset=utf-8", "utf-8"),
        ("text/html;CHARSET=UTF-8", "UTF-8"),
        ('text/html; boundary=x; charset = "latin 1"', "latin"),
        ("text/html", None),
        ("text/html; xcharset=utf-8", None),
        ("", None),
    ],
)
def test_charset_of(content_type: str, charset: str | None) -> None:
    assert charset == charset_of(content_type)


def test_a_key_that_is_there_twice_is_found_in_one_pass() -> None:
    """Anything slower than linear would hold the whole checker for minutes here."""
    members = ",".join(f'"k{number}":1' for number in range(95_000))
    told = decode_json(("{" + members + ',"zz":1,"zz":2}').encode(), room=100 * ROOM)
    assert isinstance(told, Absent)
    assert "'zz' twice" in told.why


def test_nothing_at_all_is_no_document() -> None:
    decoded = decode_json(b"")
    assert isinstance(decoded, Absent)
    assert "the body is empty" == decoded.why


MIB = 1 << 20


def repeated(unit: str, size: int = MIB) -> bytes:
    return f"[{','.join([unit] * (size // (len(unit) + 1)))}]".encode()


@pytest.mark.parametrize(
    "unit", ["[]", "{}", "1", '{"a":1}', '{"a": [1, "b"]}', '"a"', '"abcd"', "[" * 400 + "]" * 400]
)
def test_a_document_that_would_take_too_much_memory_is_not_decoded(unit: str) -> None:
    told = decode_json(repeated(unit))
    assert isinstance(told, Absent)
    assert Reason.TOO_LARGE is told.reason
    assert "made of so many values that it would take more than 7MiB of memory" in told.why
    assert "a larger max_body allows for more" in told.why
    assert isinstance(decode_json(repeated(unit), room=100 * ROOM), list)


def test_a_short_document_is_weighed_where_there_is_little_room() -> None:
    assert isinstance(decode_json(b"[[],[]]", room=1000), list)
    told = decode_json(b"[[],[]]", room=100)
    assert isinstance(told, Absent)
    assert Reason.TOO_LARGE is told.reason


def test_an_object_of_names_that_no_other_has_is_not_decoded() -> None:
    """A small object shares its names with those beside it, and has room for some; a large one takes all for itself."""
    told = decode_json(("{" + ",".join(f'"{number:05}":1' for number in range(90_000)) + "}").encode())
    assert isinstance(told, Absent)
    assert Reason.TOO_LARGE is told.reason


@pytest.mark.parametrize(
    "unit",
    [
        '{"id":"a2239muq","title":"A work of botany","physicalDescription":"1 sheet","available":true}',
        '"a, {b}, [c]' + ", {}[" * 10_000 + '"',
        '"' + "\\\\" * 999 + '","' + '\\",{[' * 99_999 + '"',
        "1234567890.12345678901234",
        '{"a:b":"c:d, e:f and more of it, in all as many words as there are in most"}',
    ],
)
def test_what_a_mebibyte_is_made_of_as_a_rule_is_decoded(unit: str) -> None:
    """Brackets and commas within texts do not count."""
    document = repeated(unit)
    assert json.loads(document) == decode_json(document)


def test_a_large_document_is_decoded_as_a_small_one_is() -> None:
    document = {"n": [1, -2.5, 1e300, 12345678901234567890123], "t": ["é"] * 9000, "d": {"a": {"b": None}}}
    data = json.dumps(document).encode()
    assert document == decode_json(data)
    assert document == decode_json(data.replace(b"[1,", b"[1.0,").replace(b"\\u00e9", "é".encode()))
    twice = decode_json(data[:-1] + b', "n": 1}')
    assert isinstance(twice, Absent)
    assert "'n' twice" in twice.why


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<!DOCTYPE html><html><title>Sign in</title>" + b'{"a":1},' * 200_000, "an HTML page, not JSON"),
        (b"id,name\n" + b"1,a\n" * 400_000, "not JSON: unexpected character at line 1, column 1"),
    ],
)
def test_what_is_no_json_at_all_is_not_too_large_for_it(content: bytes, why: str) -> None:
    absent = decode_json(content)
    assert isinstance(absent, Absent)
    assert Reason.UNDECODABLE is absent.reason
    assert why in absent.why
