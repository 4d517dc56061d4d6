"""Whether an answer came out of a cache, from what caches say of themselves.

Sources: `Age` (RFC 9111, 5.1), `Cache-Status` (RFC 9211), and two headers that no standard describes: `X-Cache`
(CloudFront, Fastly, Varnish, Akamai, Squid) and `CF-Cache-Status` (Cloudflare).
"""

import re

import httpx

from checker.core.facts import Absent

_STORED = frozenset(
    {"HIT", "STALE", "UPDATING"}
)  # what CF-Cache-Status says of an answer that was not fetched anew
_WORDS = re.compile(r"[^A-Za-z]+")
_RENEWED = ("refresh", "revalidat")  # a hit only after the origin had confirmed it
_QUOTED = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+("?)')
"""One that never ends is one too, or each quote in it is tried; to go back is forbidden, or takes 60 bytes for each."""


def cache_facts(headers: httpx.Headers) -> dict[str, object]:
    """Return `hit`, and `age` in seconds. An Age above 0 is a hit, whatever the other headers say."""
    age = _age(headers)
    stored = isinstance(age, float) and age > 0
    return {"hit": stored or bool(hit_header(headers)), "age": age}


def hit_header(headers: httpx.Headers) -> str | None:
    """Return the header that tells of a hit, as `name: value`; None where there is none."""
    for name, tells in _TELLING:
        value = headers.get(name)
        if value and tells(value):
            return f"{name}: {value}"
    return None


def _age(headers: httpx.Headers) -> float | Absent:
    value = headers.get("age")
    if value is None:
        return Absent("the answer has no Age header", known=True)
    seconds = _seconds(value)
    return Absent(f"the Age header {value!r} is not a number of seconds") if seconds is None else seconds


def _seconds(value: str) -> float | None:
    """Return the largest of the numbers: each cache on the way may have left one, and one old copy is enough."""
    numbers = [part.strip() for part in value.split(",")]
    return max(map(float, numbers)) if all(part.isascii() and part.isdigit() for part in numbers) else None


def _is_old(value: str) -> bool:
    return (_seconds(value) or 0) > 0


def _cache_status(value: str) -> bool:
    plain = _QUOTED.sub(lambda quoted: "" if quoted[1] else quoted[0], value)
    members = (member.split(";")[1:] for member in plain.split(","))
    return any(parameter.strip().lower() in ("hit", "hit=?1") for member in members for parameter in member)


def _x_cache(value: str) -> bool:
    return any(_is_hit(part.lower()) for part in value.split(","))


def _is_hit(text: str) -> bool:
    text = text.partition(" from ")[0]  # what follows is the name of a cache
    return "hit" in _WORDS.split(text) and not any(word in text for word in _RENEWED)


def _cloudflare(value: str) -> bool:
    return value.strip().upper() in _STORED


_TELLING = (
    ("cache-status", _cache_status),
    ("cf-cache-status", _cloudflare),
    ("x-cache", _x_cache),
    ("age", _is_old),
)

TELLING = frozenset(name.encode() for name, _ in _TELLING)
"""The headers that tell, in lower case; an answer with none of them has the same facts as one without any header."""
