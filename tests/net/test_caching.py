"""What caches say of themselves."""

import httpx
import pytest

from checker.core.facts import Absent
from checker.net.caching import cache_facts, hit_header


@pytest.mark.parametrize(
    ("name", "value", "hit"),
    [
        ("X-Cache", "Hit from cloudfront", True),
        ("X-Cache", "Miss from cloudfront", False),
        ("X-Cache", "RefreshHit from cloudfront", False),
        ("X-Cache", "Error from cloudfront", False),
        ("X-Cache", "HIT", True),
        ("X-Cache", "MISS, HIT", True),
        ("X-Cache", "HIT, MISS", True),
        ("X-Cache", "TCP_HIT from a23-45", True),
        ("X-Cache", "TCP_MEM_HIT from a23-45", True),
        ("X-Cache", "TCP_REFRESH_HIT from a23-45", False),
        ("X-Cache", "white", False),
        ("CF-Cache-Status", "HIT", True),
        ("CF-Cache-Status", "STALE", True),
        ("CF-Cache-Status", "UPDATING", True),
        ("CF-Cache-Status", "REVALIDATED", False),
        ("CF-Cache-Status", "DYNAMIC", False),
        ("Cache-Status", "ExampleCache; hit; ttl=376", True),
        ("Cache-Status", "ExampleCache;hit=?1", True),
        ("Cache-Status", "ExampleCache; hit=?0", False),
        ("Cache-Status", "ExampleCache; fwd=uri-miss; stored", False),
        ("Cache-Status", 'Origin; fwd=miss; detail="hit; or not", Edge; fwd=uri-miss', False),
        ("Cache-Status", "Origin; hit; ttl=1100, Edge; fwd=uri-miss; collapsed", True),
        ("Age", "1", True),
        ("Age", "0", False),
        ("Age", "-1", False),
        ("Age", "soon", False),
        ("Age", "²", False),
        ("X-Cached-By", "HIT", False),
    ],
)
def test_a_hit(name: str, value: str, *, hit: bool) -> None:
    headers = httpx.Headers([(name.encode(), value.encode())])
    assert hit == cache_facts(headers)["hit"]
    assert (f"{name.lower()}: {value}" if hit else None) == hit_header(headers)


def test_an_age_is_a_hit_whatever_the_edge_says() -> None:
    headers = httpx.Headers({"X-Cache": "Error from cloudfront", "Age": "7"})
    assert cache_facts(headers) == {"hit": True, "age": 7.0}
    assert hit_header(headers) == "age: 7"


def test_the_age_of_several_caches() -> None:
    assert cache_facts(httpx.Headers([("Age", "30"), ("Age", "4")]))["age"] == 30.0


def test_without_an_age() -> None:
    assert Absent("the answer has no Age header", known=True) == cache_facts(httpx.Headers())["age"]
    soon = "soon" * 50  # uncut, as what is shown of it is cut after redaction
    assert (
        Absent(f"the Age header {soon!r} is not a number of seconds")
        == cache_facts(httpx.Headers({"Age": soon}))["age"]
    )
    assert (
        Absent("the Age header 'soon' is not a number of seconds")
        == cache_facts(httpx.Headers({"Age": "soon"}))["age"]
    )


@pytest.mark.parametrize(
    ("headers", "hit"),
    [
        ([("X-Cache", "HIT from refresh.example.net")], True),
        ([("X-Cache", "MISS from hit.example.net")], False),
        ([("Age", "0"), ("Age", "500")], True),
        ([("Age", "0"), ("Age", "0")], False),
    ],
)
def test_names_of_caches_say_nothing_and_one_old_copy_is_enough(
    headers: list[tuple[str, str]], hit: bool
) -> None:
    assert hit == cache_facts(httpx.Headers(headers))["hit"]


@pytest.mark.parametrize(
    ("value", "hit"),
    [
        ('"a cache"; hit', True),
        ('"a; hit", b; fwd=miss', False),
        (r'"a\"; hit"; fwd=miss', False),
        ('"a cache; hit', True),  # a quote that never ends quotes nothing
        ('a, "b", "c; hit', True),
    ],
)
def test_what_is_quoted_says_nothing(value: str, hit: bool) -> None:
    assert hit == cache_facts(httpx.Headers({"Cache-Status": value}))["hit"]


def test_quotes_are_looked_through_in_one_pass() -> None:
    """Anything slower than linear would hold the whole checker for half a minute here."""
    assert not cache_facts(httpx.Headers({"Cache-Status": '"\\' * 30_000}))["hit"]
