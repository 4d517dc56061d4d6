import json
from typing import Any

import pytest

from checker.net.aws.lifecycle import DAY, NEVER, Expiry, Image, expiry, parse_policy

NOW = 1_700_000_000.0


def image(name: str, *tags: str, days: float, **more: Any) -> Image:
    return Image(name, frozenset(tags), NOW - days * DAY, **more)


def rule(
    priority: int, status: str, number: int, counts: str = "imageCountMoreThan", **selection: Any
) -> dict[str, Any]:
    wanted = {"tagStatus": status, "countType": counts, "countNumber": number, **selection}
    if counts != "imageCountMoreThan":
        wanted["countUnit"] = "days"
    return {"rulePriority": priority, "selection": wanted, "action": {"type": "expire"}}


def policy(*rules: dict[str, Any]) -> str:
    return json.dumps({"rules": rules})


def expiries(images: list[Image], *rules: dict[str, Any]) -> dict[str, Expiry]:
    parsed = parse_policy(policy(*rules))
    return {one.digest: expiry(one, images, parsed) for one in images}


def pushes(images: list[Image], *rules: dict[str, Any]) -> dict[str, int | None]:
    return {name: found.pushes for name, found in expiries(images, *rules).items()}


A, B, C = (image(name, f"v{days}", days=days) for name, days in (("a", 3), ("b", 2), ("c", 1)))


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        (1, {"a": 0, "b": 0, "c": 1}),
        (2, {"a": 0, "b": 1, "c": 2}),
        (3, {"a": 1, "b": 2, "c": 3}),
        (30, {"a": 28, "b": 29, "c": 30}),
    ],
)
@pytest.mark.parametrize("status", ["any", "tagged"])
def test_the_oldest_goes_first(keep: int, left: dict[str, int], status: str) -> None:
    patterns: dict[str, Any] = {"tagPatternList": ["*"]} if status == "tagged" else {}
    assert left == pushes([B, A, C], rule(1, status, keep, **patterns))


def test_the_last_that_is_kept_goes_with_the_next_push() -> None:
    """Keep 30: the thirtieth image from the newest is one push away, as in the incident."""
    images = [image(f"i{days}", f"r{days}", days=days) for days in range(30)]
    assert (1, 30) == tuple(pushes(images, rule(1, "any", 30))[name] for name in ("i29", "i0"))


def test_of_images_pushed_in_one_second_each_is_taken_for_the_oldest() -> None:
    twins = [image("a", "1", days=1), image("b", "2", days=1)]
    assert {"a": 1, "b": 1} == pushes(twins, rule(1, "any", 2))


# The examples of the Amazon ECR User Guide, "Examples of lifecycle policies"

MIXED = [
    image("a", "beta-1", "prod-1", days=10),
    image("b", "beta-2", "prod-2", days=9),
    image("c", "beta-3", days=8),
]


def test_a_higher_rule_keeps_what_has_its_tags_from_the_lower_ones() -> None:
    prod, beta = (rule(n, "tagged", 1, tagPatternList=[f"{name}*"]) for n, name in ((1, "prod"), (2, "beta")))
    assert {"a": 0, "b": 1, "c": 1} == pushes(MIXED, prod, beta)


def test_a_lower_rule_counts_what_a_higher_one_governs() -> None:
    """Beta is first: it marks a and b. Prod identifies both as well, and may mark neither."""
    prod, beta = (rule(n, "tagged", 1, tagPatternList=[f"{name}*"]) for n, name in ((2, "prod"), (1, "beta")))
    found = expiries(MIXED, prod, beta)
    assert {"a": Expiry(0, rule=1), "b": Expiry(0, rule=1), "c": Expiry(1, rule=1)} == found


def test_several_tags_in_a_rule_have_to_be_there_all() -> None:
    images = [
        image("a", "alpha-1", days=12),
        image("b", "beta-1", days=11),
        image("c", "alpha-2", "beta-2", days=10),
        image("d", "alpha-3", days=4),
        image("e", "beta-3", days=3),
        image("f", "alpha-4", "beta-4", days=2),
    ]
    found = expiries(images, rule(1, "tagged", 5, "sinceImagePushed", tagPrefixList=["alpha", "beta"]))
    assert {"c": NOW - 5 * DAY, "f": NOW + 3 * DAY} == {name: one.at for name, one in found.items() if one.at}
    assert NEVER == found["a"] == found["d"]


def test_any_is_for_what_no_other_rule_is_about() -> None:
    images = [
        image("a", "alpha-1", days=12),
        image("b", "beta-1", days=11),
        image("c", days=10),
        image("d", "alpha-2", days=4),
    ]
    found = expiries(
        images,
        rule(3, "any", 5, "sinceImagePushed"),
        rule(1, "tagged", 1, tagPrefixList=["alpha"]),
        rule(2, "untagged", 2),
    )
    assert Expiry(0, rule=1) == found["a"]
    assert Expiry(at=NOW - 6 * DAY, rule=3) == found["b"]
    assert Expiry(2, rule=2) == found["c"]
    assert Expiry(1, rule=1) == found["d"]


# Patterns


@pytest.mark.parametrize(
    ("selection", "tag", "selected"),
    [
        ({"tagPatternList": ["prod*"]}, "prod", True),
        ({"tagPatternList": ["prod*"]}, "prod-1", True),
        ({"tagPatternList": ["prod*"]}, "preprod-1", False),
        ({"tagPatternList": ["*web*"]}, "my-web-1", True),
        ({"tagPatternList": ["prod"]}, "prod-1", False),
        ({"tagPatternList": ["v1.2"]}, "v1x2", False),
        ({"tagPrefixList": ["v1.2"]}, "v1.2.3", True),
        ({"tagPrefixList": ["prod"]}, "preprod", False),
    ],
)
def test_patterns_fit_the_whole_tag(selection: dict[str, Any], tag: str, selected: bool) -> None:
    (found,) = expiries([image("a", tag, days=1)], rule(1, "tagged", 5, **selection)).values()
    assert selected == (found != NEVER)


def test_untagged_is_what_has_no_tag() -> None:
    assert {"a": None, "b": 7} == pushes([A, image("b", days=1)], rule(1, "untagged", 7))


# Archives


def test_what_is_archived_counts_for_nothing() -> None:
    images = [A, image("z", "v0", days=0.5, archived=True)]
    rules = [rule(1, "any", 1), rule(2, "any", 90, "sinceImageTransitioned", storageClass="archive")]
    assert {"a": 1, "z": None} == pushes(images, *rules)


def test_what_nobody_pulls_goes_by_its_last_pull() -> None:
    pulled = image("a", days=9, pulled_at=NOW - DAY)
    found = expiries([pulled, image("b", days=9)], rule(1, "any", 10, "sinceImagePulled"))
    assert {"a": NOW + 9 * DAY, "b": NOW + DAY} == {name: one.at for name, one in found.items()}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"rules": [{}]}',
        '{"rules": 1}',
        policy(rule(1, "tagged", 5)),
        policy(rule(1, "some", 5, tagPrefixList=["a"])),
        policy(rule(1, "any", 5, "sinceTheFlood")),
        '{"rules": ["x"]}',
    ],
)
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a lifecycle policy"):
        parse_policy(text)
