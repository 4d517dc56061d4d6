"""What a name server said, as a value that needs no library."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """An answer. `records` is None where it does not tell whether there are any: an error, a referral.

    `cname` is the last name to which aliases lead, `ttl` the seconds for which the records may be kept.
    """

    address: str
    rcode: str
    authoritative: bool
    records: tuple[str, ...] | None = None
    cname: str | None = None
    ttl: int | None = None
