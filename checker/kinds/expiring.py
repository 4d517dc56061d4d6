"""What every kind that speaks TLS might have seen instead: the same server, with a certificate that has expired."""

from collections.abc import Iterator, Mapping

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.kinds.contract import Mutation, Observation, Weight

_DAY = 86400.0


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
