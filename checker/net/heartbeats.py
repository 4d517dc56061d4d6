"""Signs of life that come from outside: when each was last there. Lives as long as the process, across reloads.

A heartbeat belongs to a probe and to a secret, which is its token. A restart forgets all of them: until one more could
have come, nobody can tell whether one is missing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.reason import Reason

LONGEST = 2048
"""Characters of a probe's name and a token together."""

Key = tuple[str, str]
"""A probe's name, and that of the secret."""


@dataclass(frozen=True, slots=True)
class Beat:
    """When a heartbeat came: by the monotonic clock, and in seconds since the epoch."""

    at: float
    wall: float


def _no_secret(name: str) -> str:
    raise Trouble(Reason.SECRET_UNAVAILABLE, f"there is no secret {name}")


class Heartbeats:
    """All heartbeats of the process. `read_secret` returns a secret's value as it is now, or raises Trouble."""

    def __init__(self, read_secret: Callable[[str], str] = _no_secret, clock: Clock | None = None) -> None:
        self._read_secret = read_secret
        self._clock = clock or Clock()
        self._began = self._clock.monotonic()
        self._since: dict[Key, float] = {}
        self._last: dict[Key, Beat] = {}
        self._secrets: dict[str, list[str]] = {}  # by probe

    def expect(self, keys: Iterable[Key]) -> None:
        """Take what a configuration expects. What was expected before keeps its last beat; the rest is forgotten."""
        now = self._clock.monotonic()
        self._since = {key: self._since.get(key, now) for key in sorted(keys)}
        self._last = {key: beat for key, beat in self._last.items() if key in self._since}
        self._secrets = {}
        for probe, secret in self._since:
            self._secrets.setdefault(probe, []).append(secret)

    def beat(self, path: str) -> bool:
        """Note a heartbeat at `PROBE/TOKEN`; return whether there is such a one.

        Names of probes have slashes, and tokens may.
        """
        found = [
            (probe, secret)
            for probe, token in _splits(path)
            for secret in self._secrets.get(probe, ())
            if self._is(secret, token)
        ]
        now = Beat(self._clock.monotonic(), self._clock.wall())
        self._last |= dict.fromkeys(found, now)
        return bool(found)

    def last(self, key: Key) -> Beat | None:
        """Return the last beat; None: none came since `since`."""
        return self._last.get(key)

    def since(self, key: Key) -> float:
        """Return from when on a beat would have been noted, by the monotonic clock."""
        return self._since.get(key, self._began)

    def _is(self, name: str, token: str) -> bool:
        try:
            secret = self._read_secret(name)
        except Trouble:
            return False  # the probe's own runs say so
        return compare_digest(_digest(secret), _digest(token))


def _splits(path: str) -> Iterator[tuple[str, str]]:
    if len(path) <= LONGEST:
        slashes = [index for index, character in enumerate(path) if character == "/"]
        yield from ((path[:slash], path[slash + 1 :]) for slash in slashes)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
