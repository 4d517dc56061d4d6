"""Content codings (gzip, deflate, br, zstd) undone within a bound, so that a small bomb stays small.

A body is decoded in one go when it is complete. That its size is bounded before and after makes this both simple
and safe; httpx would inflate 64 MiB out of its first chunk.
"""

import io
import zlib
from collections.abc import Callable

from checker.core.duration import format_size
from checker.core.errors import Trouble
from checker.core.reason import Reason

_MOST_CODINGS = 3
_MOST_PARTS = 64  # gzip members, zstd frames: each costs, and a mebibyte holds 50,000 empty ones
_BROTLI_STEP = 1 << 16  # bytes; it yields up to twice as much as it is asked for
_ZSTD_WINDOW = 1 << 23  # bytes; RFC 9659: the largest that a content coding may ask for


def decode(body: bytes, codings: str, limit: int) -> bytes:
    """Return the body as it was before `codings`, the values of Content-Encoding, were applied.

    Raises Trouble(too_large) beyond `limit` bytes, Trouble(undecodable) for what is cut off or corrupt.
    """
    names = [name.strip() for name in codings.split(",") if name.strip()]
    if len(names) > _MOST_CODINGS:
        raise Trouble(Reason.UNDECODABLE, f"the body is encoded {len(names)} times over")
    for name in reversed(names):
        body = _undo(name, body, limit) if body else body
    return body


def _undo(name: str, body: bytes, limit: int) -> bytes:
    undo = _CODINGS.get(name.lower())
    if undo is None:
        raise Trouble(
            Reason.UNDECODABLE, f"the body is encoded as {name!r}; known are gzip, deflate, br and zstd"
        )
    decoded = undo(body, limit + 1)
    if decoded is None:
        raise Trouble(Reason.UNDECODABLE, f"the body is not the {name} that its Content-Encoding claims")
    if len(decoded) > limit:
        raise Trouble(
            Reason.TOO_LARGE, f"the {name} body is larger when decoded; max_body is {format_size(limit)}"
        )
    return decoded


# Each returns at most `limit` bytes, or None for what is corrupt or cut off.


def _identity(body: bytes, limit: int) -> bytes | None:
    return body[:limit]


def _gzip(body: bytes, limit: int) -> bytes | None:
    decoded = b""
    for _ in range(_MOST_PARTS):  # RFC 1952: there may be several members
        stream = zlib.decompressobj(wbits=31)
        part = _inflate(stream, body, limit - len(decoded))
        if part is None:
            return None
        decoded += part
        body = stream.unused_data
        if not body or len(decoded) >= limit:
            return decoded
    return None


def _deflate(body: bytes, limit: int) -> bytes | None:
    """As RFC 9110 has it, in zlib's format; or raw, as some servers have it."""
    decoded = _inflate(zlib.decompressobj(), body, limit)
    return _inflate(zlib.decompressobj(wbits=-15), body, limit) if decoded is None else decoded


def _inflate(stream: "zlib._Decompress", body: bytes, limit: int) -> bytes | None:
    try:
        decoded = stream.decompress(body, limit)
    except zlib.error:
        return None
    return decoded if stream.eof or len(decoded) >= limit else None


def _brotli(body: bytes, limit: int) -> bytes | None:
    import brotli  # noqa: PLC0415 - needed by few targets, if any

    stream = brotli.Decompressor()
    decoded, data = bytearray(), body
    try:
        while len(decoded) < limit and not stream.is_finished():
            part = stream.process(data, output_buffer_limit=_BROTLI_STEP)
            if not part and not data:
                return None
            decoded += part
            data = b""
    except brotli.error:
        return None
    return bytes(decoded)


def _zstd(body: bytes, limit: int) -> bytes | None:
    import zstandard  # noqa: PLC0415 - needed by few targets, if any

    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    try:
        decoded = decompressor.stream_reader(io.BytesIO(body), read_across_frames=True).read(limit)
        for _ in range(_MOST_PARTS if len(decoded) < limit else 0):
            frame = decompressor.decompressobj()  # only this one tells a frame that was cut off
            frame.decompress(body)
            body = frame.unused_data
            if not frame.eof:
                return None
            if not body:
                return decoded
    except zstandard.ZstdError:
        return None
    return decoded if len(decoded) >= limit else None


_CODINGS: dict[str, Callable[[bytes, int], bytes | None]] = {
    "identity": _identity,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _brotli,
    "zstd": _zstd,
}
