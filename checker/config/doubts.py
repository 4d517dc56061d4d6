"""What a probe may say, but hardly means: it is warned of, and nothing more."""

import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Map
from pathlib import Path as FilePath
from typing import NamedTuple

from checker.assertions.evaluate import Assertion
from checker.config.configuration import ProbeConfig, StepConfig
from checker.config.definitions import Definition
from checker.config.models import SecretConfig
from checker.config.nodes import Mapping, Path, at, place_of
from checker.config.problems import Place, Problems
from checker.config.rules import Timing
from checker.core.duration import format_duration
from checker.core.facts import Unit
from checker.core.outcome import Truth
from checker.core.reason import Reason
from checker.net.aws.accounts import Account

_FINE = 200
_LIMITS = frozenset({"lt", "lte"})
_NEARLY = 0.999
"""Of a time limit: what takes longer is cut off, so no more is ever seen."""


class Here(NamedTuple):
    """Where a configuration is read: that need not be where it will be run."""

    environment: Map[str, str]
    directory: FilePath


def check_doubts(steps: Sequence[StepConfig], times: Timing, warnings: Problems) -> None:
    """Warn of what leaves a probe without a meaning that it seems to have."""
    _check_expectations([step for step in steps if not step.always], warnings)
    for step in steps:
        _check_limits(step, times, warnings)
        for path, message in step.doubts:
            parent = at(step.node, path[:-1])
            place = parent.key_place(str(path[-1])) if isinstance(parent, Mapping) else parent.place
            warnings.add(place, message)


def check_secrets(
    definitions: Map[str, Definition],
    secrets: Map[str, SecretConfig],
    probes: Iterable[ProbeConfig],
    here: Here,
    warnings: Problems,
) -> None:
    """Warn of secrets that nothing uses, and of those that cannot be read here: in a pipeline that may well be."""
    used = {
        name for probe in probes for step in (*probe.steps, probe.shallow) if step for name in step.secrets
    }
    for name, secret in secrets.items():
        definition = definitions[name]
        if name not in used:
            warnings.add(definition.key.place, f"no probe uses the secret {name!r}")
        elif secret.env is not None and secret.env not in here.environment:
            place = place_of(definition.node, ("env",))
            warnings.add(place, f"the variable {secret.env} is not set here")
        elif secret.file is not None and not os.path.exists(here.directory / secret.file):  # noqa: PTH110 - any name
            place = place_of(definition.node, ("file",))
            warnings.add(place, f"there is no such file here: {here.directory / secret.file}")


def check_regions(asked: Iterable[tuple[Account, Place]], here: Here, warnings: Problems) -> None:
    """Warn where AWS is first asked in a region that nobody has named: it would refuse each run."""
    if _region_named(here.environment):
        return
    warned: set[str] = set()
    for account, place in asked:
        if account.region is None and account.name not in warned:
            warned.add(account.name)
            whom = f"the account {account.name!r}" if account.account else "AWS"
            warnings.add(place, f"no region is known here to ask {whom} in", _REGION)


_REGION = "set region beside the account under aws, or AWS_REGION where the checker runs"


def _region_named(environment: Map[str, str]) -> bool:
    """Whether the SDKs would find a region: in their variables, or perhaps in their file."""
    if environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION"):
        return True
    file = environment.get("AWS_CONFIG_FILE") or os.path.join(environment.get("HOME", ""), ".aws", "config")  # noqa: PTH118 - any name
    return os.path.exists(file)  # noqa: PTH110


def _check_expectations(steps: Sequence[StepConfig], warnings: Problems) -> None:
    """A page that says `error`, with a status that says otherwise, is what such a probe takes for an answer."""
    if not steps or any(step.captures or step.poll or not _all_fine(step) for step in steps):
        return
    place = steps[0].node.key_place(steps[0].kind)
    hint = "say what a user would see, such as expect: {body: {contains: …}}"
    warnings.add(place, "only a 2xx status is expected: a page that says 'error' with 200 would pass", hint)


def _is_status(assertion: Assertion) -> bool:
    return assertion.subject.unit is Unit.STATUS


def _all_fine(step: StepConfig) -> bool:
    """Whether a step expects a status of success, and nothing else. A kind without a status judges by itself."""
    fine = all(_is_status(one) and one.check.judge(_FINE, 0.0) is Truth.HOLDS for one in step.expect)
    return fine and bool(step.expect) and not step.repeats


def _check_limits(step: StepConfig, times: Timing, warnings: Problems) -> None:
    limit = step.timeout or (times.cleanup_timeout if step.always else times.timeout)
    whose = "the step's timeout" if step.timeout else f"the probe's {'cleanup_' * step.always}timeout"
    for path in _never_missed(step, limit):
        message = f"{whose} {format_duration(limit)} comes first: what takes so long is never seen here"
        warnings.add(place_of(step.node, path), message)


def _never_missed(step: StepConfig, limit: float) -> Iterator[Path]:
    """Yield where a step sets a limit to a time that its timeout keeps it from ever reaching."""
    for key, assertions in (("expect", step.expect), ("warn", step.warn)):
        for one in assertions:
            slow = one.subject.reason is Reason.SLOW and one.operator in _LIMITS and not one.check.bind
            if slow and one.check.judge(limit * _NEARLY, 0.0) is Truth.HOLDS:
                yield (key, *one.path.split("."), one.operator)
