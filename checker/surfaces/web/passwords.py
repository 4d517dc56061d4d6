"""Passwords against bcrypt hashes, without holding the loop up, and without telling which names there are.

A check takes tens of milliseconds of a processor by design. So it is made in a thread, one at a time, and what was
right once is remembered as long as the hash is the same: a Prometheus shows its password at each scrape. What is
remembered is an HMAC under a key of this process, and no password.
"""

import asyncio
import hmac
from collections.abc import Mapping
from functools import partial
from secrets import token_bytes

WAITING = 64
"""Checks that may wait for their turn; further ones are turned away, so that guessing cannot fill the memory."""

LONGEST = 72
"""Bytes of a password that bcrypt looks at, whatever has made the hash."""

_NOBODYS = "$2b${:02d}$C6UzMDM.H6dfI/f/IKcEeO7ZUCpFZ9MmFrmQyGDMbmvSc1qMfOJQ6"
"""A hash for names that there are not: their check takes as long as that of others."""


class TooManyChecks(Exception):
    """As many passwords as may be are waiting to be checked."""


class Passwords:
    """Checks passwords; `waiting` may wait at once."""

    def __init__(self, waiting: int = WAITING) -> None:
        self._key = token_bytes(32)
        self._known: dict[str, bytes] = {}
        self._most = waiting
        self._waiting = 0
        self._turn = asyncio.Lock()

    async def admits(self, users: Mapping[str, str], name: str, password: bytes) -> bool:
        """Return whether the password is that of a user; `users` have a bcrypt hash by name. Raises TooManyChecks."""
        hashed = users.get(name) or _NOBODYS.format(_cost(users))
        proof = hmac.digest(self._key, hashed.encode() + b"\0" + password, "sha256")
        if self._is_known(name, proof):
            return True
        if self._waiting >= self._most:
            raise TooManyChecks
        self._waiting += 1
        try:
            async with self._turn:
                # the same may have been found right while this one waited
                return self._is_known(name, proof) or await self._checked(
                    users, name, hashed, password, proof
                )
        finally:
            self._waiting -= 1

    def _is_known(self, name: str, proof: bytes) -> bool:
        return hmac.compare_digest(self._known.get(name, b""), proof)

    async def _checked(
        self, users: Mapping[str, str], name: str, hashed: str, password: bytes, proof: bytes
    ) -> bool:
        right = await asyncio.to_thread(partial(_matches, hashed, password))
        if not right or name not in users:
            return False
        self._known = {known: kept for known, kept in self._known.items() if known in users} | {name: proof}
        return True


def _cost(users: Mapping[str, str]) -> int:
    """Return the cost that most checks have."""
    costs = [int(hashed[4:6]) for hashed in users.values()]
    return max(costs, key=costs.count, default=4)


def _matches(hashed: str, password: bytes) -> bool:
    import bcrypt  # noqa: PLC0415 - half a megabyte that only those who ask for passwords need

    return bcrypt.checkpw(password[:LONGEST], hashed.encode())
