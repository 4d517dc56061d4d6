"""When a repository's lifecycle policy will take an image away: pure, out of the images and the policy.

The rules are those of the Amazon ECR User Guide ("Automate the cleanup of images by using lifecycle policies" and
"Lifecycle policy properties"): an image can only be expired by the first rule, by priority, whose tags it has; a rule
counts all images that have its tags, also those that another rule governs; it expires the oldest ones.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DAY = 86400.0

UNCOUNTED = frozenset({"sinceImagePushed", "sinceImagePulled"})


@dataclass(frozen=True, slots=True)
class Image:
    """One image of a repository. `pushed_at` and `pulled_at` in seconds since the epoch."""

    digest: str
    tags: frozenset[str]
    pushed_at: float
    pulled_at: float | None = None  # never, as far as is recorded
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that takes images of the standard storage class away: deletes them, or archives them.

    `patterns` is None where the rule does not look at tags (`any`), and empty for `untagged`.
    """

    priority: int
    patterns: tuple[re.Pattern[str], ...] | None
    counts: str  # imageCountMoreThan, sinceImagePushed, sinceImagePulled
    number: int

    def selects(self, image: Image) -> bool:
        """Whether an image has what the rule wants of tags: every pattern fits one of them."""
        if image.archived:
            return False
        if self.patterns is None:
            return True
        if not self.patterns:
            return not image.tags
        return all(any(pattern.fullmatch(tag) for tag in image.tags) for pattern in self.patterns)


@dataclass(frozen=True, slots=True)
class Expiry:
    """When an image goes. All None: never.

    `pushes`: after so many further pushes of images that its rule selects; 0: it goes with the next evaluation, within
    a day. `at`: seconds since the epoch.
    """

    pushes: int | None = None
    at: float | None = None
    rule: int | None = None  # its priority


NEVER = Expiry()


def parse_policy(text: str) -> tuple[Rule, ...]:
    """Return the rules of a policy, the first to apply first; raises ValueError for what is no policy."""
    try:
        rules = [_rule(raw) for raw in json.loads(text)["rules"]]
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a lifecycle policy: {error!r}") from None
    return tuple(sorted((rule for rule in rules if rule), key=lambda rule: rule.priority))


def expiry(image: Image, images: Iterable[Image], rules: Iterable[Rule]) -> Expiry:
    """Return when an image goes; `images` are all of its repository."""
    rule = next((rule for rule in rules if rule.selects(image)), None)
    if rule is None:
        return NEVER
    if rule.counts == "sinceImagePushed":
        return Expiry(at=image.pushed_at + rule.number * DAY, rule=rule.priority)
    if rule.counts == "sinceImagePulled":
        return Expiry(at=(image.pulled_at or image.pushed_at) + rule.number * DAY, rule=rule.priority)
    # Pushed in the same second: which of them goes first is not known, so this one.
    newer = sum(
        other.digest != image.digest and other.pushed_at >= image.pushed_at and rule.selects(other)
        for other in images
    )
    return Expiry(pushes=max(0, rule.number - newer), rule=rule.priority)


def _rule(raw: Mapping[str, Any]) -> Rule | None:
    """Return a rule; None for one that is about archived images, which cannot be pulled anyway."""
    selection = raw["selection"]
    if selection.get("storageClass", "standard") != "standard":
        return None
    counts = str(selection["countType"])
    if counts != "imageCountMoreThan" and counts not in UNCOUNTED:
        raise ValueError(f"not a lifecycle policy: the countType {counts[:40]!r} is not known")
    return Rule(int(raw["rulePriority"]), _patterns(selection), counts, int(selection["countNumber"]))


def _patterns(selection: Mapping[str, Any]) -> tuple[re.Pattern[str], ...] | None:
    status = selection["tagStatus"]
    if status == "any":
        return None
    if status == "untagged":
        return ()
    wanted = [
        *selection.get("tagPatternList", ()),
        *(f"{text}*" for text in selection.get("tagPrefixList", ())),
    ]
    if status != "tagged" or not wanted:
        raise ValueError("not a lifecycle policy: a rule does not say which images it is about")
    return tuple(re.compile(".*".join(map(re.escape, text.split("*")))) for text in wanted)
