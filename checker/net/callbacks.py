"""One-time addresses that others call back at, and what is delivered there; lives as long as the process.

Whoever knows an address can deliver to it, so its token cannot be guessed, and all that it can make the checker keep
is bounded: addresses, deliveries, bytes, and the time that a delivery may take. An address is gone when its run ends.
What comes after that is late: it is told apart from what was never an address, by the digests of the latest tokens.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import Enum, auto
from hashlib import sha256
from secrets import token_urlsafe

from checker.core.clock import Clock
from checker.core.duration import format_size
from checker.core.errors import Trouble
from checker.core.reason import Reason

BODY = 64 << 10
"""Bytes of a delivery's body."""

HEADERS = 16 << 10
"""Bytes of a delivery's headers, names and values together."""

UNREAD = 16
"""Deliveries that may wait at one address until a step takes them."""

HELD = 64 << 20
"""Bytes of bodies and headers that may wait at all addresses together."""

OPEN = 10_000
"""Addresses that may be open at once: one a run."""

REMEMBERED = 10_000
"""Addresses that are known to have been open; their digests take a megabyte."""

PATIENCE = 10.0
"""Seconds that a delivery may take from its headers to its end."""

PATH = "/callbacks/"

_TOKEN = 32  # bytes: 256 bits

Headers = tuple[tuple[str, str], ...]


class Reception(Enum):
    """What became of a delivery."""

    TAKEN = auto()
    UNKNOWN = auto()  # there was never such an address, or long ago
    LATE = auto()
    TOO_LARGE = auto()
    FULL = auto()
    SLOW = auto()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came to an address. `body` is None where it was too large to be kept; `at` is of the monotonic clock."""

    method: str
    headers: Headers
    body: bytes | None
    at: float

    @property
    def size(self) -> int:
        """Bytes of it that are kept."""
        return len(self.body or b"") + _size(self.headers)


@dataclass(slots=True, eq=False)
class Address:
    """Where one run is called back. `opened_at` is of the monotonic clock; `count` has all that came so far."""

    url: str
    opened_at: float
    count: int = 0
    unread: deque[Delivery] = field(default_factory=deque)
    coming: int = 0  # deliveries of which the body is being read
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_full(self) -> bool:
        """Whether no more can wait here."""
        return len(self.unread) + self.coming >= UNREAD


class Callbacks:
    """All addresses of the process. `base_url` is where it can be reached; None while nothing tells."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._now = (clock or Clock()).monotonic
        self.base_url: str | None = None
        self.late = 0
        self._open: dict[bytes, Address] = {}
        self._ended: dict[bytes, None] = {}
        self._held = 0

    def open(self) -> Address:
        """Return a new address; raises Trouble, the checker's own, where it has none to give."""
        if self.base_url is None:
            raise Trouble(
                Reason.CALLBACK_MISSING,
                "nothing tells at which address this checker can be called back; set server.external_url",
                own=True,
            )
        if len(self._open) >= OPEN:
            raise Trouble(Reason.OVERLOADED, f"{OPEN} runs can be called back already, as many as may be")
        token = token_urlsafe(_TOKEN)
        address = Address(f"{self.base_url}{PATH}{token}", self._now())
        self._open[_digest(token)] = address
        return address

    def find(self, url: str) -> Address | None:
        """Return the open address with this URL."""
        return self._open.get(_digest(url.rpartition("/")[2]))

    def close(self, address: Address) -> None:
        """Forget an address and all that waits there; what comes from now on is late."""
        digest = _digest(address.url.rpartition("/")[2])
        if self._open.pop(digest, None) is None:
            return
        while address.unread:
            self._release(address.unread.popleft())
        self._ended[digest] = None
        if len(self._ended) > REMEMBERED:
            del self._ended[next(iter(self._ended))]

    async def next(self, address: Address) -> Delivery:
        """Return the earliest delivery that was not taken yet; waits until there is one."""
        while not address.unread:
            address.arrived.clear()
            await address.arrived.wait()
        delivery = address.unread.popleft()
        self._release(delivery)
        return delivery

    async def deliver(
        self, token: str, method: str, headers: Headers, body: AsyncIterator[bytes]
    ) -> Reception:
        """Take what comes to an address. The body of what nobody waits for is not read."""
        digest = _digest(token)
        address = self._open.get(digest)
        if address is None:
            return self._refused(digest)
        if address.is_full or self._held + BODY + HEADERS > HELD:
            return Reception.FULL
        if _size(headers) > HEADERS:
            self._arrived(address, Delivery(method, (), None, self._now()))
            return Reception.TOO_LARGE
        content = await self._received(address, body)
        if content is Reception.SLOW:
            return content
        if digest not in self._open:
            return self._refused(digest)
        kept = content if isinstance(content, bytes) else None
        self._arrived(address, Delivery(method, headers, kept, self._now()))
        return Reception.TOO_LARGE if kept is None else Reception.TAKEN

    async def _received(self, address: Address, body: AsyncIterator[bytes]) -> bytes | Reception:
        content = bytearray()
        address.coming += 1
        self._held += BODY + HEADERS
        try:
            async with asyncio.timeout(PATIENCE):
                async for chunk in body:
                    content += chunk
                    if len(content) > BODY:
                        return Reception.TOO_LARGE
        except TimeoutError:
            return Reception.SLOW
        finally:
            address.coming -= 1
            self._held -= BODY + HEADERS
        return bytes(content)

    def _arrived(self, address: Address, delivery: Delivery) -> None:
        self._held += delivery.size
        address.count += 1
        address.unread.append(delivery)
        address.arrived.set()

    def _release(self, delivery: Delivery) -> None:
        self._held -= delivery.size

    def _refused(self, digest: bytes) -> Reception:
        if digest not in self._ended:
            return Reception.UNKNOWN
        self.late += 1
        return Reception.LATE


def too_large() -> Trouble:
    """Return the Trouble for a delivery that was not kept."""
    return Trouble(
        Reason.TOO_LARGE,
        f"a callback came that is too large: its body may have {format_size(BODY)}, its headers {format_size(HEADERS)}",
    )


def _size(headers: Headers) -> int:
    return sum(len(name) + len(value) for name, value in headers)


def _digest(token: str) -> bytes:
    """Tokens are looked up by it, so that the time that this takes says nothing about them."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
