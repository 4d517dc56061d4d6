"""Ids by which something can be found again: unlikely to come twice anywhere, and no secret.

The system gives what they begin with, once: to ask it for each of them is a system call more, and takes more than twice
as long. Whoever has seen enough of them knows the next ones, so what nobody may guess comes from `secrets`.
"""

import os
from random import Random

_RANDOM = Random()  # seeded by the system  # noqa: S311 - nothing secret is made of it
os.register_at_fork(after_in_child=_RANDOM.seed)  # else two processes would go on alike

_FREE = ~(0xF << 76 | 0x3 << 62)
_VERSION_4 = 0x4 << 76 | 0x2 << 62  # RFC 9562, section 5.4: the version and the variant


def run_id() -> str:
    """Return a random UUID."""
    digits = f"{_RANDOM.getrandbits(128) & _FREE | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def trace_id() -> str:
    """Return 32 hexadecimal digits."""
    return f"{_RANDOM.getrandbits(128):032x}"


def span_id() -> str:
    """Return 16 hexadecimal digits."""
    return f"{_RANDOM.getrandbits(64):016x}"
