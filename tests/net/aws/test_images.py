from typing import Any

import pytest

from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.net.aws.ecr import Repository, Stock, Use, parse_reference
from checker.net.aws.images import Held, compared, fewest, missing_of, uses_of
from checker.net.aws.lifecycle import Image, parse_policy

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
HOME = Repository("123456789012", "eu-west-1", "app")
V1, V2 = f"{HOST}/app:v1", f"{HOST}/app:v2"
ONE, TWO = "sha256:" + "1" * 64, "sha256:" + "2" * 64
PUSHED = 1_700_000_000.0


def task(*containers: dict[str, Any], status: str = "RUNNING") -> dict[str, Any]:
    return {"lastStatus": status, "containers": list(containers)}


def runs(name: str, image: str, digest: str | None) -> dict[str, Any]:
    return {"name": name, "image": image, "imageDigest": digest}


def definition(**images: str) -> dict[str, Any]:
    return {"containerDefinitions": [{"name": name, "image": image} for name, image in images.items()]}


def told(uses: tuple[Use, ...]) -> list[tuple[str, str, str | None]]:
    return [(use.container, use.reference.text, use.digest) for use in uses]


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        ([], [("app", V1, None)]),
        ([task(runs("app", V1, ONE)), task(runs("app", V1, ONE))], [("app", V1, ONE)]),
        ([task(runs("app", V1, ONE)), task(runs("app", V1, TWO))], [("app", V1, ONE), ("app", V1, TWO)]),
        ([task(runs("app", V2, TWO))], [("app", V1, None), ("app", V2, TWO)]),
        ([task(runs("app", V1, ONE), status="PENDING")], [("app", V1, None)]),
        ([task(runs("app", V1, None))], [("app", V1, None)]),
    ],
)
def test_what_is_in_use_is_what_runs_and_what_would_be_pulled(
    tasks: list[dict[str, Any]], expected: list[tuple[str, str, str | None]]
) -> None:
    assert expected == told(uses_of(definition(app=V1), tasks))


def test_only_some_containers_may_be_looked_at() -> None:
    tasks = [task(runs("app", V1, ONE), runs("proxy", "nginx", TWO))]
    assert [("app", V1, ONE)] == told(uses_of(definition(app=V1), tasks, ("app",)))


def test_ten_containers_are_ten_uses() -> None:
    names = {f"c{n}": V1 for n in range(10)}
    assert sorted(names) == [use.container for use in uses_of(definition(**names), [])]


def stock(*images: Image, policy: str | None = None) -> Stock:
    found = Stock({image.digest: image for image in images}, rules=parse_policy(policy) if policy else None)
    found.tags = {tag: image.digest for image in images for tag in image.tags}
    return found


def image(digest: str, *tags: str, **more: Any) -> Image:
    return Image(digest, frozenset(tags), PUSHED, **more)


def seen(text: str, digest: str | None, found: Stock | Absent) -> Held:
    (one,) = compared([Use("app", parse_reference(text), digest)], {HOME: found})
    return one


def test_an_image_that_is_there() -> None:
    document = {
        "container": "app",
        "image": V1,
        "registry": HOST,
        "tag": "v1",
        "digest": ONE,
        "present": True,
        "tag_present": True,
        "pushed_at": "2023-11-14T22:13:20Z",
        "pushes_until_expiry": None,
        "expires_at": None,
    }
    assert document == seen(V1, ONE, stock(image(ONE, "v1"))).document


@pytest.mark.parametrize(
    ("text", "digest", "found", "present", "tag_present", "missing"),
    [
        (V1, ONE, stock(), False, False, f"app: {V1} ({ONE[:19]}) is gone from ECR"),
        (
            *(V1, ONE, stock(image(TWO, "v1")), False, True),
            f"app: {V1} ({ONE[:19]}) is gone from ECR; its tag now names {TWO[:19]}",
        ),
        (
            *(V1, ONE, stock(image(ONE)), True, False),
            f"app: the tag of {V1} is gone from ECR, though {ONE[:19]} is still there without it",
        ),
        (V1, ONE, stock(image(ONE), image(TWO, "v1")), True, True, None),
        (V1, None, stock(), False, False, f"app: the tag of {V1} is gone from ECR"),
        (V1, None, stock(image(ONE, "v1")), True, True, None),
        (f"{HOST}/app@{ONE}", None, stock(image(ONE)), True, None, None),
        (f"{V1}@{ONE}", ONE, stock(image(ONE)), True, False, None),
        (
            f"{HOST}/app@{ONE}",
            ONE,
            stock(),
            False,
            None,
            f"app: {HOST}/app@{ONE} ({ONE[:19]}) is gone from ECR",
        ),
        (
            *(V1, ONE, stock(image(ONE, "v1", archived=True)), False, True),
            f"app: {V1} is archived, and cannot be pulled",
        ),
    ],
)
def test_digests_and_tags_are_looked_for(
    text: str, digest: str | None, found: Stock, present: bool, tag_present: bool | None, missing: str | None
) -> None:
    one = seen(text, digest, found)
    assert (present, tag_present, missing) == (one.present, one.document["tag_present"], one.missing)
    assert ([missing] if missing else []) == missing_of([one])


def test_what_is_gone_has_no_push_left() -> None:
    one = seen(V1, ONE, stock())
    assert (0, None, None) == (one.pushes_until_expiry, one.document["pushed_at"], one.document["expires_at"])


COUNT = (
    '{"rules": [{"rulePriority": 1, "selection": {"tagStatus": "any", "countType": "%s", "countNumber": 7}}]}'
)


def test_when_a_policy_takes_it_away() -> None:
    by_count = seen(V1, ONE, stock(image(ONE, "v1"), policy=COUNT % "imageCountMoreThan"))
    assert (7, None) == (by_count.document["pushes_until_expiry"], by_count.document["expires_at"])
    by_age = seen(V1, ONE, stock(image(ONE, "v1"), policy=COUNT % "sinceImagePushed"))
    assert (None, "2023-11-21T22:13:20Z") == (
        by_age.document["pushes_until_expiry"],
        by_age.document["expires_at"],
    )


def test_another_registry_s_image_is_not_known_and_not_missing() -> None:
    (one,) = compared([Use("proxy", parse_reference("nginx:1"))], {})
    document = one.document
    assert isinstance(document["present"], Absent)
    assert document["present"].own
    assert "its registry, docker.io, is not ECR; say under containers" in document["present"].why
    assert ("docker.io", "1", None) == (document["registry"], document["tag"], document["digest"])
    unknown = missing_of([one, seen(V1, ONE, stock(image(ONE, "v1")))])
    assert isinstance(unknown, Absent)
    assert unknown.own


def test_what_is_missing_is_so_whatever_else_is_not_known() -> None:
    (unknown,) = compared([Use("proxy", parse_reference("nginx:1"))], {})
    missing = seen(V1, None, stock())
    assert [missing.missing] == missing_of([unknown, missing])


def test_what_could_not_be_looked_at_says_why() -> None:
    denied = Absent("AWS denies ecr:DescribeImages", reason=Reason.AWS_DENIED, own=True)
    assert denied is missing_of([seen(V1, ONE, denied)])


KNOWN, UNKNOWN = Absent("never", known=True), Absent("who knows", own=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3, 1, 2], 1), ([KNOWN, 2], 2), ([KNOWN], KNOWN), ([1, UNKNOWN, KNOWN], UNKNOWN)],
)
def test_the_fewest_is_known_only_if_all_are(values: list[float | Absent], expected: object) -> None:
    assert expected == fewest(values)


def test_of_nothing_there_is_no_fewest() -> None:
    nothing = fewest([])
    assert isinstance(nothing, Absent)
    assert "no container was looked at" == nothing.why
