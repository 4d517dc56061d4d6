"""No document takes more than was told before it was decoded, and what is told is not far from it."""

import tracemalloc

import pytest

from checker.core.facts import Absent
from checker.net.documents import decode_json
from checker.net.weighing import fits, members, memory

SIZE = 300_000
PLENTY = 1 << 40
FEW = 1000
"""Bytes that no document can do without."""


def repeated(unit: str) -> bytes:
    return f"[{','.join([unit] * (SIZE // (len(unit) + 1)))}]".encode()


def own_names(whole: str, each: str) -> bytes:
    return (whole % ",".join(each % number for number in range(SIZE // len(each)))).encode()


DOCUMENTS = {
    "works": repeated('{"id":"a2239muq","title":"A work of botany","physicalDescription":"1 sheet"}'),
    "objects": repeated("{}"),
    "small objects": repeated('{"a":1}'),
    "objects in objects": repeated('{"a":{"b":{"c":{}}}}'),
    "small and large objects": repeated('{"a":"b"},{"a":"b","c":"d","e":"f","g":"h","i":"j","k":"l"}'),
    "objects with names of their own": own_names("[%s]", '{"%06d":1}'),
    "one object": own_names("{%s}", '"%06d":1'),
    "lists": repeated("[]"),
    "deep lists": repeated("[" * 150 + "]" * 150),
    "numbers": repeated("1.5"),
    "numbers that are written in another way": repeated("1.50"),
    "texts": repeated('"abcdefghijklm"'),
    "brackets within texts": repeated('"[{,:[{,:\\"[{,:"'),
    "wide texts": repeated('"日本"'),
    "wider texts": repeated('"😀"'),
    "escaped texts": repeated('"\\u65e5\\u672c"'),
    "one text": b'["' + b"a" * SIZE + '😀"]'.encode(),
    "one escaped text": b'["' + b"a" * SIZE + b'\\ud83d\\ude00"]',
    "backslashes": b'["' + b"\\\\" * SIZE + b'"]',
}
"""Bytes by what they are made of."""


def taken(data: bytes) -> int:
    """Return how many bytes a document takes once it is decoded."""
    decode_json(data, room=PLENTY)  # what the first one takes
    tracemalloc.start(1)
    try:
        document = decode_json(data, room=PLENTY)
        assert not isinstance(document, Absent)
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("data", DOCUMENTS.values(), ids=DOCUMENTS)
def test_it_takes_no_more_than_is_told(data: bytes) -> None:
    roughly = memory(data, PLENTY)
    closely = memory(data, roughly - 1)
    assert 2 * len(data) + taken(data) <= closely + FEW
    assert closely <= roughly + FEW


@pytest.mark.parametrize("end", ["", "é", "\\u00e9"], ids=["plain", "wide", "escaped"])
def test_what_fits_takes_no_more_whatever_is_in_it(end: str) -> None:
    for byte in range(256):
        data = bytes([byte]) * FEW + end.encode()
        assert not fits(len(data), memory(data, PLENTY) - 1)


def test_the_worst_is_not_far_from_what_there_may_be() -> None:
    data = b"{" * FEW + "é".encode()
    assert fits(len(data), int(1.01 * memory(data, PLENTY)))


def test_what_is_told_is_not_far_from_it() -> None:
    data = DOCUMENTS["works"]
    assert memory(data, memory(data, PLENTY) - 1) <= 1.25 * (2 * len(data) + taken(data))


def test_it_is_looked_at_no_longer_than_until_it_is_too_much() -> None:
    data = DOCUMENTS["works"]
    assert 3 * len(data) < memory(data, 3 * len(data)) < memory(data, 9 * len(data))


def test_members_are_counted_wherever_the_pieces_end() -> None:
    text = '"' + "\\\\" * 7 + '\\":{,' + '"'
    for size in range(65_500, 65_560):
        data = f'["{"a" * size}", {{"b": {text}, {text}: {{"c:": 1}}}}]'.encode()
        assert 3 == members(data)
        assert not isinstance(decode_json(data), Absent)
