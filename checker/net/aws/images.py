"""The images of a service's containers, held against what is left in their repositories."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checker.core.facts import Absent
from checker.net.aws.asking import written
from checker.net.aws.ecr import Reference, Stock, Stocks, Use, parse_reference
from checker.net.aws.ecs import Said, is_running
from checker.net.aws.lifecycle import Expiry, Image

_UNTAGGED = Absent("the image is named by its digest alone", known=True)
_GONE = Absent("the image is gone", known=True)
_STAYS = Absent(
    "no lifecycle policy expires it by count; where that is all right, write any_of: [{exists: false}, …]",
    known=True,
)
_AGELESS = Absent(
    "no lifecycle policy expires it by age; where that is all right, write any_of: [{exists: false}, …]",
    known=True,
)


def uses_of(definition: Said, tasks: Iterable[Said], only: Container[str] | None = None) -> tuple[Use, ...]:
    """Return the images that a service uses: those that run, by digest, and those that its definition names.

    `only`: the containers to look at.
    """
    running = {
        (str(container.get("name")), str(container.get("image")), container.get("imageDigest"))
        for task in tasks
        if is_running(task)
        for container in task.get("containers", ())
        if container.get("imageDigest") and container.get("image")
        if only is None or container.get("name") in only
    }
    seen = {(name, image) for name, image, _ in running}
    named = {(str(one["name"]), str(one["image"])) for one in definition.get("containerDefinitions", ())}
    found = [*running, *((name, image, None) for name, image in named - seen)]
    return tuple(Use(name, parse_reference(image), digest) for name, image, digest in sorted(found, key=str))


@dataclass(frozen=True, slots=True)
class Held:
    """One image in use, and what is left of it. What is an Absent is not known, or not there to be known."""

    use: Use
    present: bool | Absent
    tag_present: bool | Absent
    pushed_at: float | Absent
    pushes_until_expiry: int | Absent
    expires_at: float | Absent
    missing: str | None = None  # what is missing, as a text

    @property
    def document(self) -> dict[str, Any]:
        """The image as one item of the fact `images`."""
        reference = self.use.reference
        return {
            "container": self.use.container,
            "image": reference.text,
            "registry": reference.registry,
            "tag": reference.tag,
            "digest": self.use.digest or reference.digest,
            "present": self.present,
            "tag_present": _plain(self.tag_present),
            "pushed_at": _written(self.pushed_at),
            "pushes_until_expiry": _plain(self.pushes_until_expiry),
            "expires_at": _written(self.expires_at),
        }


def _plain(value: object) -> object:
    """Return a value as a document has it: what is known not to be there is null, what is not known stays so."""
    return None if isinstance(value, Absent) and value.known else value


def _written(moment: float | Absent) -> object:
    return _plain(moment) if isinstance(moment, Absent) else written(moment)


def compared(uses: Iterable[Use], stocks: Stocks) -> Iterator[Held]:
    """Yield each image that is in use with what is known of it."""
    for use in uses:
        home = use.reference.home
        stock = stocks[home] if home else _elsewhere(use.reference)
        yield _unknown(use, stock) if isinstance(stock, Absent) else _within(use, stock)


def _unknown(use: Use, why: Absent) -> Held:
    return Held(use, why, why, why, why, why)


def _elsewhere(reference: Reference) -> Absent:
    why = (
        f"whether {reference.text} is still there is not known: its registry, {reference.registry}, is not ECR;"
        " say under containers at whose images to look"
    )
    return Absent(why, own=True)


def _within(use: Use, stock: Stock) -> Held:
    reference = use.reference
    tagged = stock.tags.get(reference.tag) if reference.tag else None
    digest = use.digest or reference.digest or tagged
    image = stock.images.get(digest) if digest else None
    tag_present: bool | Absent = tagged is not None if reference.tag else _UNTAGGED
    present = image is not None and not image.archived
    when = stock.expiry(image, reference.tag) if image and present else Expiry(pushes=0)
    return Held(
        use,
        present=present,
        tag_present=tag_present,
        pushed_at=image.pushed_at if image else _GONE,
        pushes_until_expiry=_STAYS if when.pushes is None else when.pushes,
        expires_at=(_AGELESS if image else _GONE) if when.at is None else when.at,
        missing=_missing(use, image, stock),
    )


def _missing(use: Use, image: Image | None, stock: Stock) -> str | None:
    """Return what a restart or a new deployment would not find."""
    reference = use.reference
    digest = use.digest or reference.digest
    if image and image.archived:
        return f"{use.container}: {reference.text} is archived, and cannot be pulled"
    if digest and not image:
        now = stock.tags.get(reference.tag or "")
        moved = f"; its tag now names {_short(now)}" if now else ""
        return f"{use.container}: {reference.text} ({_short(digest)}) is gone from ECR{moved}"
    if reference.tag and not reference.digest and reference.tag not in stock.tags:
        still = f", though {_short(digest)} is still there without it" if digest else ""
        return f"{use.container}: the tag of {reference.text} is gone from ECR{still}"
    return None


def _short(digest: str) -> str:
    return digest[:19]


def missing_of(images: Iterable[Held]) -> list[str] | Absent:
    """Return what is missing; an Absent where nothing is known to be, but not everything is known."""
    images = tuple(images)
    missing = [one.missing for one in images if one.missing]
    unknown = (one.present for one in images if isinstance(one.present, Absent))
    return missing or next(unknown, missing)


def fewest(values: Iterable[float | Absent]) -> float | Absent:
    """Return the least of some numbers; one that is not known makes it unknown, one that is not there does not."""
    values = tuple(values)
    numbers = [value for value in values if not isinstance(value, Absent)]
    absent = [value for value in values if isinstance(value, Absent)]
    unknown = next((value for value in absent if not value.known), None)
    return unknown or min(
        numbers, default=next(iter(absent), Absent("no container was looked at", known=True))
    )
