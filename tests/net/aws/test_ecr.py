import json
from datetime import UTC, datetime
from typing import Any

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.net.aws.ecr import Reference, Repository, Stock, Use, look_up, parse_reference
from checker.net.aws.lifecycle import NEVER, Expiry
from tests.net.aws.answers import Answer, Answers

HOST = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
HOME = Repository("123456789012", "eu-west-1", "team/app")
SHA = "sha256:" + "ab" * 32
PUSHED = datetime(2024, 12, 1, tzinfo=UTC)
MISSING = Trouble(Reason.RESOURCE_MISSING, "AWS knows of no such thing")
DENIED = Trouble(Reason.AWS_DENIED, "AWS denies ecr:DescribeImages", own=True)


@pytest.mark.parametrize(
    ("text", "registry", "name", "tag", "digest", "home"),
    [
        (f"{HOST}/team/app:v1", HOST, "team/app", "v1", None, HOME),
        (f"{HOST}/team/app", HOST, "team/app", "latest", None, HOME),
        (f"{HOST}/team/app@{SHA}", HOST, "team/app", None, SHA, HOME),
        (f"{HOST}/team/app:v1@{SHA}", HOST, "team/app", "v1", SHA, HOME),
        ("nginx", "docker.io", "nginx", "latest", None, None),
        ("library/nginx:1.27", "docker.io", "library/nginx", "1.27", None, None),
        ("ghcr.io/org/app:1", "ghcr.io", "org/app", "1", None, None),
        ("localhost/app", "localhost", "app", "latest", None, None),
        ("registry:5000/app:2", "registry:5000", "app", "2", None, None),
        ("public.ecr.aws/nginx/nginx:1", "public.ecr.aws", "nginx/nginx", "1", None, None),
        (f"{HOST}.example.org/app:1", f"{HOST}.example.org", "app", "1", None, None),
    ],
)
def test_what_a_reference_says(
    text: str, registry: str, name: str, tag: str, digest: str, home: object
) -> None:
    assert Reference(text, registry, name, tag, digest, home) == parse_reference(text)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
        ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        ("123456789012.dkr-ecr.eu-central-1.on.aws", "eu-central-1"),
    ],
)
def test_ecr_has_several_kinds_of_names(host: str, region: str) -> None:
    home = parse_reference(f"{host}/app:1").home
    assert home
    assert region == home.region


def detail(number: int, *tags: str, **more: Any) -> dict[str, Any]:
    return {"imageDigest": f"sha256:{number:064x}", "imageTags": list(tags), "imagePushedAt": PUSHED, **more}


def use(tag: str, number: int | None = None) -> Use:
    return Use("app", parse_reference(f"{HOST}/team/app:{tag}"), f"sha256:{number:064x}" if number else None)


async def stock(ask: Answers, *uses: Use, expiring: bool = False) -> Stock:
    found = (await look_up(ask, uses, expiring=expiring))[HOME]
    assert isinstance(found, Stock)
    return found


async def test_images_are_looked_for_where_their_name_says() -> None:
    ask = Answers({"DescribeImages": {"imageDetails": [detail(1, "v1")]}})
    found = await stock(ask, use("v1", 1))
    assert {"v1": detail(1)["imageDigest"]} == found.tags
    ids = [{"imageDigest": detail(1)["imageDigest"]}, {"imageTag": "v1"}]
    expected = {"registryId": "123456789012", "repositoryName": "team/app", "imageIds": ids}
    assert [("ecr:DescribeImages", expected)] == ask.asked
    assert ["eu-west-1"] == ask.regions


async def test_one_that_is_gone_does_not_hide_the_others() -> None:
    def describe(asked: dict[str, Any]) -> dict[str, Any]:
        if asked["imageIds"] != [{"imageTag": "v1"}]:
            raise MISSING
        return {"imageDetails": [detail(2, "v1")]}

    found = await stock(Answers({"DescribeImages": describe}), use("v1", 1))
    assert {"v1": detail(2)["imageDigest"]} == found.tags
    assert [detail(2)["imageDigest"]] == list(found.images)


async def test_a_repository_that_is_gone_has_nothing() -> None:
    answers = {"DescribeImages": MISSING, "GetLifecyclePolicy": MISSING}
    found = await stock(Answers(answers), use("v1", 1), expiring=True)
    assert ({}, {}) == (found.images, found.tags)


async def test_what_may_not_be_looked_at_is_not_known() -> None:
    found = (await look_up(Answers({"DescribeImages": DENIED}), [use("v1")], expiring=False))[HOME]
    assert isinstance(found, Absent)
    assert (Reason.AWS_DENIED, True, False) == (found.reason, found.own, found.known)
    assert "team/app of 123456789012 in eu-west-1 is not known: AWS denies" in found.why


async def test_another_registry_is_not_asked() -> None:
    ask = Answers({})
    assert {} == await look_up(ask, [Use("app", parse_reference("nginx"))], expiring=True)
    assert [] == ask.asked


_ANY = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 2}
POLICY = json.dumps({"rules": [{"rulePriority": 1, "selection": _ANY}]})


async def test_the_whole_repository_is_listed_where_a_policy_may_take_images_away() -> None:
    answers: dict[str, Answer] = {
        "GetLifecyclePolicy": {"lifecyclePolicyText": POLICY},
        "DescribeImages": {
            "imageDetails": [detail(1, "v1"), detail(2, "v2", imagePushedAt=PUSHED.replace(day=2))]
        },
    }
    ask = Answers(answers)
    found = await stock(ask, use("v1", 1), expiring=True)
    assert Expiry(1, rule=1) == found.expiry(found.images[detail(1)["imageDigest"]], "v1")
    assert "imageIds" not in ask.asked[-1][1]


async def test_without_a_policy_nothing_expires() -> None:
    answers: dict[str, Answer] = {
        "GetLifecyclePolicy": MISSING,
        "DescribeImages": {"imageDetails": [detail(1, "v1")]},
    }
    found = await stock(Answers(answers), use("v1", 1), expiring=True)
    assert NEVER == found.expiry(found.images[detail(1)["imageDigest"]], "v1")


async def test_a_policy_that_cannot_be_read_is_the_checker_s_trouble() -> None:
    ask = Answers({"GetLifecyclePolicy": {"lifecyclePolicyText": "{}"}})
    found = (await look_up(ask, [use("v1")], expiring=True))[HOME]
    assert isinstance(found, Absent)
    assert (Reason.UNDECODABLE, True) == (found.reason, found.own)


async def test_one_platform_s_image_goes_when_the_whole_does() -> None:
    index = detail(9, "v1", imageManifestMediaType="application/vnd.oci.image.index.v1+json")
    details = [
        detail(1, imagePushedAt=PUSHED.replace(day=2)),
        index,
        detail(3, "v3", imagePushedAt=PUSHED.replace(day=3)),
    ]
    ask = Answers(
        {"GetLifecyclePolicy": {"lifecyclePolicyText": POLICY}, "DescribeImages": {"imageDetails": details}}
    )
    found = await stock(ask, use("v1", 1), expiring=True)
    part = found.images[detail(1)["imageDigest"]]
    assert (0, 1) == (found.expiry(part, "v1").pushes, found.expiry(part, "v3").pushes)


def test_what_is_archived_is_known_as_such() -> None:
    found = Stock()
    found.add([detail(1, "v1", imageStatus="ARCHIVED", lastRecordedPullTime=PUSHED)])
    (image,) = found.images.values()
    assert (True, PUSHED.timestamp()) == (image.archived, image.pulled_at)
