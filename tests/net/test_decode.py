import contextlib
import gzip
import random
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.decode import decode

TEXT = b'{"totalResults": 3}' * 50


def raw_deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-15)
    return stream.compress(data) + stream.flush()


def streamed_zstd(data: bytes) -> bytes:
    stream = zstandard.ZstdCompressor().compressobj()  # says nothing of the size beforehand
    return stream.compress(data) + stream.flush()


ENCODERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw_deflate),
    "br": ("br", brotli.compress),
    "zstd": ("zstd", zstandard.compress),
    "streamed zstd": ("zstd", streamed_zstd),
}


def trouble(body: bytes, codings: str, limit: int = 10_000) -> Trouble:
    with pytest.raises(Trouble) as caught:
        decode(body, codings, limit)
    return caught.value


@pytest.mark.parametrize("name", ENCODERS)
def test_each_coding_is_undone(name: str) -> None:
    coding, encode = ENCODERS[name]

    assert decode(encode(TEXT), coding, len(TEXT)) == TEXT
    assert decode(encode(b""), coding, 0) == b""


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_that_is_cut_off_is_undecodable_wherever_it_is_cut(name: str) -> None:
    coding, encode = ENCODERS[name]
    whole = encode(TEXT)

    for end in range(1, len(whole)):
        assert Reason.UNDECODABLE == trouble(whole[:end], coding).reason


@pytest.mark.parametrize("name", ENCODERS)
def test_a_corrupt_body_never_yields_more_than_the_limit(name: str) -> None:
    coding, encode = ENCODERS[name]
    chance = random.Random(name)
    for _ in range(300):
        body = bytearray(encode(TEXT))
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
        with contextlib.suppress(Trouble):
            assert len(decode(bytes(body), coding, 1000)) <= 1000


@pytest.mark.parametrize("name", ENCODERS)
def test_a_bomb_is_too_large(name: str) -> None:
    coding, encode = ENCODERS[name]

    found = trouble(encode(bytes(50_000_000)), coding, limit=1 << 20)

    assert Reason.TOO_LARGE == found.reason
    assert f"the {coding} body is larger when decoded; max_body is 1MiB" == found.message


@pytest.mark.parametrize("name", ENCODERS)
def test_a_body_of_just_the_limit_is_not_too_large(name: str) -> None:
    coding, encode = ENCODERS[name]

    assert decode(encode(bytes(70_000)), coding, 70_000) == bytes(70_000)
    assert Reason.TOO_LARGE == trouble(encode(bytes(70_001)), coding, 70_000).reason


def test_what_was_encoded_twice_is_decoded_twice() -> None:
    assert decode(brotli.compress(gzip.compress(TEXT, mtime=0)), "gzip, br", 10_000) == TEXT


def test_identity_is_no_coding() -> None:
    assert decode(TEXT, "identity", 10_000) == TEXT


def test_several_members_of_gzip_and_frames_of_zstd_are_one_body() -> None:
    assert decode(gzip.compress(b"one ", mtime=0) + gzip.compress(b"two", mtime=0), "gzip", 100) == b"one two"
    assert decode(zstandard.compress(b"one ") + streamed_zstd(b"two"), "zstd", 100) == b"one two"


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(TEXT, mtime=0) + b"more", "gzip"),
        (zstandard.compress(TEXT) + b"more", "zstd"),
        (brotli.compress(TEXT) + b"more", "br"),
        (gzip.compress(b"", mtime=0) * 100, "gzip"),
        (zstandard.compress(b"") * 100, "zstd"),
        (b"plain text", "gzip"),
        (b"plain text", "deflate"),
        (b"plain text", "br"),
        (b"plain text", "zstd"),
    ],
)
def test_what_is_not_the_coding_that_it_claims_is_undecodable(body: bytes, coding: str) -> None:
    found = trouble(body, coding)

    assert Reason.UNDECODABLE == found.reason
    assert f"the body is not the {coding} that its Content-Encoding claims" == found.message


def test_a_zstd_window_beyond_the_one_that_is_allowed_is_undecodable() -> None:
    wide = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=25)
    ).compressobj()

    assert (
        Reason.UNDECODABLE
        == trouble(wide.compress(random.Random(1).randbytes(1000)) + wide.flush(), "zstd").reason
    )


def test_an_unknown_coding_is_undecodable() -> None:
    found = trouble(TEXT, "compress")

    assert "the body is encoded as 'compress'; known are gzip, deflate, br and zstd" == found.message
    assert Reason.UNDECODABLE == found.reason


def test_an_unknown_coding_is_told_as_it_came() -> None:
    """Cut or changed, a secret in it would not be found any more."""
    assert f"encoded as '{'Aa' * 100}';" in trouble(TEXT, "Aa" * 100).message


def test_a_coding_is_known_in_capitals_too() -> None:
    assert TEXT == decode(gzip.compress(TEXT, mtime=0), "GZip", 1 << 20)


def test_nothing_is_nothing_in_every_coding() -> None:
    assert decode(b"", "gzip, compress", 0) == b""


def test_codings_are_not_undone_without_end() -> None:
    assert "the body is encoded 4 times over" == trouble(TEXT, "gzip,gzip,gzip,gzip").message


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "br", "zstd", "br, gzip"]))
def test_no_bytes_raise_anything_but_trouble(body: bytes, codings: str) -> None:
    with contextlib.suppress(Trouble):
        assert len(decode(body, codings, 100)) <= 100
