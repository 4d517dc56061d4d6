"""An answer as httpx has it, made of what is here already: few look at all of its headers, and most at none."""

from collections.abc import Iterable, Sequence
from functools import cached_property

import httpx

Pairs = Sequence[tuple[bytes, bytes]]
"""Headers as they came."""

_NO_HEADERS = httpx.Headers()
_NOTHING = httpx.ByteStream(b"")


class MeasuredResponse(httpx.Response):
    """A response whose body is here and decoded, though its headers say `Content-Encoding` as they came.

    `names` are those of the headers, in lower case, if they are known already.
    """

    __slots__ = (
        "content",
        "http_version",
        "names",
        "pairs",
    )  # the first two before httpx's properties, as in url.py

    content: bytes
    http_version: str

    def __init__(
        self,
        status: int,
        headers: Iterable[tuple[bytes, bytes]],
        body: bytes,
        extensions: dict[str, object],
        names: Sequence[bytes] = (),
    ) -> None:
        super().__init__(status, headers=_NO_HEADERS, stream=_NOTHING, extensions=extensions)
        del self.headers  # made of `pairs` when somebody asks
        self.pairs: Pairs = tuple(headers)
        whole = len(names) == len(self.pairs)  # else the head was given up in the middle
        self.names = names if whole else [name.lower() for name, _ in self.pairs]
        self.content = body
        version = extensions.get("http_version")
        self.http_version = version.decode("ascii", "ignore") if isinstance(version, bytes) else "HTTP/1.1"
        self.is_closed = self.is_stream_consumed = True

    @cached_property
    def headers(self) -> httpx.Headers:  # type: ignore[override]  # it may be assigned, which mypy does not know
        """The headers, by name in any case."""
        return httpx.Headers(self.pairs)

    def read(self) -> bytes:
        """Return the body."""
        return self.content

    async def aread(self) -> bytes:
        """Return the body."""
        return self.content


def pairs_of(response: httpx.Response) -> Pairs:
    """Return the headers of any answer as they came."""
    return response.pairs if isinstance(response, MeasuredResponse) else response.headers.raw


def names_of(response: httpx.Response) -> Sequence[bytes]:
    """Return the names of the headers of any answer, in lower case."""
    if isinstance(response, MeasuredResponse):
        return response.names
    return [name.lower() for name, _ in response.headers.raw]
