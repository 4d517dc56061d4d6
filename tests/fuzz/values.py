"""What servers, people and strangers could write: values, documents, and bytes that are nearly right."""

import json
from typing import Any

from hypothesis import strategies as st

HOSTILE = (
    *(
        "",
        " ",
        "..",
        ".",
        "/",
        "a/b",
        "../admin",
        "?x=1",
        "#",
        "a b",
        "%2e%2e",
        "%",
        "é",
        "\ud800",
        "\u202e",
    ),
    *("a\r\nX-Injected: 1", "\n", "\0", "\x7f", '"', "'", "\\", "${secret.key}", "${id}", "$${", "}"),
    *(
        "http://elsewhere.example/",
        "//elsewhere.example",
        "user:pass@elsewhere.example",
        "@",
        "[::1]",
        "xn--a",
    ),
    *(
        "2024-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "1e999",
        "NaN",
        "-0",
        "true",
        "<script>",
        "]]>",
        "w1",
    ),
)
"""What would break out of the place that it is put in, if it could."""

TEXTS = st.text(max_size=8) | st.sampled_from(HOSTILE)
NUMBERS = (
    st.integers(-3, 3)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([2**53, 2**63, 2**64, 10**40, -(10**40), 1e308, 5e-324, -0.0])
)
KEYS = st.sampled_from(["total", "items", "id", "when", "a", "", "$", "__proto__"]) | st.text(max_size=3)

DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
"""Whatever JSON can say."""

ODD_JSON = st.sampled_from(
    [
        *(
            b"NaN",
            b"[1e999]",
            b'{"total": 1, "total": 0}',
            b"[" * 3000,
            b'{"a":' * 3000,
            b"1" * 400,
            b"-",
            b"\xef\xbb\xbf{}",
        ),
        *(
            b'"\\ud800"',
            b'{"total": 1}x',
            b"{'total': 1}",
            b"<html><body>no</body></html>",
            b"\x1f\x8b",
            b"nul",
            b'"\xff"',
        ),
        *('{"total": 1}'.encode("utf-16"), '{"total": 1}'.encode("utf-32-le"), b" " * 100, b"[1,]", b"\0"),
    ]
)


def as_json(document: Any) -> bytes:
    return json.dumps(document).encode()


@st.composite
def damaged(draw: st.DrawFn, whole: st.SearchStrategy[bytes], most: int = 3) -> bytes:
    """Return some bytes with a few of them changed, doubled, dropped or put in."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, len(data)))
        until = min(len(data), at + draw(st.integers(0, 8)))
        data[at:until] = draw(st.sampled_from([b"", bytes(data[at:until]) * 2]) | st.binary(max_size=4))
    return bytes(data)


@st.composite
def split(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """Return the same bytes as they might come in: in one piece or several, none of them empty."""
    places = sorted(draw(st.sets(st.integers(0, len(data)), max_size=4)))
    pieces = [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]
    return [piece for piece in pieces if piece]
