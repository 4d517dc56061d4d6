"""Whether the images that tasks run, and would pull after a restart, are still in their ECR repositories."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.reason import Reason
from checker.net.aws.asking import Ask, seconds
from checker.net.aws.lifecycle import NEVER, Expiry, Image, Rule, expiry, parse_policy

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\.(?:amazonaws\.com(?:\.[a-z]+)?|on\.aws|on\.amazonwebservices\.com\.cn)"
)
_DIGEST = re.compile(r"[a-z0-9+._-]+:[0-9a-fA-F]{32,}")
_INDEXES = ("application/vnd.oci.image.index", "application/vnd.docker.distribution.manifest.list")

DOCKER_HUB = "docker.io"


class Repository(NamedTuple):
    """A repository of ECR."""

    account: str
    region: str
    name: str


@dataclass(frozen=True, slots=True)
class Reference:
    """An image as a task definition names it. `home` is None where its registry is not ECR."""

    text: str
    registry: str
    name: str
    tag: str | None
    digest: str | None = None
    home: Repository | None = None


def parse_reference(text: str) -> Reference:
    """Return what a reference to an image says; `latest` is the tag of one with neither tag nor digest."""
    rest, _, digest = text.partition("@")
    first, slash, below = rest.partition("/")
    hosted = bool(slash) and ("." in first or ":" in first or first == "localhost")
    registry, path = (first, below) if hosted else (DOCKER_HUB, rest)
    name, colon, tag = path.partition(":")
    pinned = digest if _DIGEST.fullmatch(digest) else None
    known = _ECR.fullmatch(registry)
    home = Repository(known["account"], known["region"], name) if known else None
    return Reference(text, registry, name, tag if colon else None if pinned else "latest", pinned, home)


@dataclass(frozen=True, slots=True)
class Use:
    """An image that a container of a service uses: `digest` is what runs, None where nothing of it does."""

    container: str
    reference: Reference
    digest: str | None = None


@dataclass(slots=True)
class Stock:
    """What was found in a repository: all its images, or those that were looked for."""

    images: dict[str, Image] = field(default_factory=dict)  # by digest
    tags: dict[str, str] = field(default_factory=dict)  # to digests
    indexes: set[str] = field(default_factory=set)  # digests of images for several platforms
    rules: tuple[Rule, ...] | None = (
        None  # of its lifecycle policy; None: it has none, or was not asked for it
    )

    def add(self, details: Iterable[Mapping[str, Any]]) -> None:
        """Take what DescribeImages says of images."""
        for one in details:
            digest, tags = str(one.get("imageDigest")), frozenset(one.get("imageTags", ()))
            self.images[digest] = Image(
                digest,
                tags,
                seconds(one.get("imagePushedAt")) or 0.0,
                seconds(one.get("lastRecordedPullTime")),
                archived=one.get("imageStatus", "ACTIVE") != "ACTIVE",
            )
            self.tags.update(dict.fromkeys(tags, digest))
            if str(one.get("imageManifestMediaType")).startswith(_INDEXES):
                self.indexes.add(digest)

    def expiry(self, image: Image, tag: str | None) -> Expiry:
        """Return when an image goes. One platform's part of an image for several goes when the whole of it does."""
        whole = self.tags.get(tag or "")
        if not image.tags and whole in self.indexes:
            image = self.images[str(whole)]
        return expiry(image, self.images.values(), self.rules) if self.rules else NEVER


Stocks = Mapping[Repository, "Stock | Absent"]


async def look_up(ask: Ask, uses: Iterable[Use], *, expiring: bool) -> Stocks:
    """Return what is in the repositories of images; one that could not be looked into is an Absent that says why.

    `expiring`: whether it is to be told when they expire, which takes the list of all images.
    """
    wanted: dict[Repository, dict[str, str]] = {}
    for use in uses:
        if use.reference.home:
            ids = wanted.setdefault(use.reference.home, {})
            ids.update({digest: "imageDigest" for digest in (use.digest, use.reference.digest) if digest})
            ids.update({tag: "imageTag" for tag in (use.reference.tag,) if tag})
    return {home: await _stock(ask, home, ids, expiring=expiring) for home, ids in wanted.items()}


async def _stock(ask: Ask, home: Repository, ids: Mapping[str, str], *, expiring: bool) -> Stock | Absent:
    ask, stock = ask.at(home.region), Stock()
    own: dict[str, Any] = {"registryId": home.account, "repositoryName": home.name}
    try:
        if expiring:
            stock.rules = await _rules(ask, own)
        if stock.rules:
            stock.add(await ask.listed("ecr", "DescribeImages", "imageDetails", **own, maxResults=1000))
        else:
            await _pick(ask, own, [{kind: value} for value, kind in ids.items()], stock)
    except Trouble as trouble:
        why = f"what is in {home.name} of {home.account} in {home.region} is not known: {trouble.message}"
        return Absent(why, reason=trouble.reason, own=True)
    return stock


async def _rules(ask: Ask, own: Mapping[str, Any]) -> tuple[Rule, ...] | None:
    answer = await _unless_missing(ask.call("ecr", "GetLifecyclePolicy", **own))
    try:
        return parse_policy(str(answer["lifecyclePolicyText"])) if answer else None
    except ValueError as error:
        raise Trouble(Reason.UNDECODABLE, f"{own['repositoryName']}: {error}", own=True) from None


async def _pick(ask: Ask, own: Mapping[str, Any], ids: list[dict[str, str]], stock: Stock) -> None:
    """Look for some images. One that is not there makes ECR deny knowledge of all: they are then asked for singly."""
    answer = await _unless_missing(ask.call("ecr", "DescribeImages", **own, imageIds=ids))
    if answer is not None:
        stock.add(answer.get("imageDetails", ()))
    elif len(ids) > 1:
        for one in ids:
            await _pick(ask, own, [one], stock)


async def _unless_missing(asked: Any) -> dict[str, Any] | None:
    try:
        answer: dict[str, Any] = await asked
    except Trouble as trouble:
        if trouble.reason is Reason.RESOURCE_MISSING:
            return None
        raise
    return answer
