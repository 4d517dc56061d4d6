"""What might have been seen of a server whose certificate has expired, or through a cache that kept an old copy."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.kinds.contract import Mutation, Observation, Weight
from checker.net.caching import TELLING

_DAY = 86400.0
_COPY = ((b"Age", b"86400"), (b"X-Cache", b"Hit from a cache"))
_CACHED = frozenset({"GET", "HEAD"})


def expired(seen: Observation, *, verified: bool) -> Iterator[Mutation]:
    """Yield it where there was a certificate at all; where none is verified, only an expectation could notice."""
    shown = seen.facts.get("certificate")
    if not isinstance(shown, Mapping):
        return
    old = {
        **shown,
        "expires_in": -_DAY,
        "not_after": shown["not_after"] - shown["expires_in"] - _DAY,
        **({"chain_expires_in": -_DAY} if "chain_expires_in" in shown else {}),
    }

    def see() -> Observation:
        if verified:
            raise Trouble(Reason.TLS_EXPIRED, "the server's certificate expired a day ago")
        return Observation(seen.facts.having({"certificate": old}))

    weight = Weight.PATH if verified else Weight.HINT
    yield Mutation("expired_certificate", "an expired certificate", see, weight)


def copied(seen: Observation) -> Iterator[Mutation]:
    """Yield the same answer out of a cache. It may be meant so: users get copies too."""
    answer = seen.answer
    if not answer or answer.method not in _CACHED:
        return
    own = tuple(pair for pair in answer.headers if pair[0].lower() not in TELLING)
    copy = replace(answer, headers=(*own, *_COPY))
    yield Mutation(
        "cache_hit",
        "a copy out of a cache, a day old",
        lambda: Observation(copy.facts, answered=lambda: copy),
        Weight.HINT,
    )
