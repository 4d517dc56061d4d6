"""Whether the run-time references of a probe's steps stand for anything by the time that they are used."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from checker.config.flows import Written
from checker.config.nodes import LOAD_TIME, Mapping, Scalar, references
from checker.config.problems import Problems, nearest
from checker.core.template import Reference

_RUN = frozenset({"id", "started_at"})
_ADDRESSED = "callback"  # the kind that waits at ${callback.url}


@dataclass(frozen=True, slots=True)
class _Made:
    """A capture, and the step that makes it."""

    name: str
    step: int
    clean_up: bool


def check_usage(steps: Sequence[Written], secrets: Collection[str], problems: Problems) -> None:
    """Note what refers to nothing, or to a capture that is made later.

    Clean-ups run after everything else: what they capture is there for later clean-ups only.
    """
    made = [made for index, step in enumerate(steps) for made in _captures(index, step)]
    called_back = any(_ADDRESSED in step.node.entries for step in steps)
    for index, step in enumerate(steps):
        for scalar, reference in references(step.node):
            if reference.namespace == "":
                _check_capture(index, step, scalar, reference, made, problems)
            else:
                _check_name(scalar, reference, secrets, problems, called_back=called_back)


def check_shallow(node: Mapping, secrets: Collection[str], problems: Problems) -> None:
    """Note what a shallow check refers to in vain; it runs beside the steps and sees none of their captures."""
    for scalar, reference in references(node):
        if reference.namespace == "":
            problems.add(
                scalar.place, f"the shallow check runs beside the steps and has no capture for {reference}"
            )
        else:
            _check_name(scalar, reference, secrets, problems, called_back=False)


def _captures(index: int, step: Written) -> Iterator[_Made]:
    capture = step.node.get("capture")
    if isinstance(capture, Mapping):
        for name in capture.entries:
            yield _Made(name, index, is_clean_up(step))


def is_clean_up(step: Written) -> bool:
    """Whether a step is marked `always`, itself or where its flow is called."""
    always = step.node.get("always")
    return step.always or (always is not None and always.data is True)


def _check_capture(
    index: int, step: Written, scalar: Scalar, reference: Reference, made: list[_Made], problems: Problems
) -> None:
    makers = [each for each in made if each.name == reference.name]
    clean_up = is_clean_up(step)
    if any(each.step < index and (clean_up or not each.clean_up) for each in makers):
        return
    shown = "${" + reference.name.rpartition(".")[2] + "}"  # without what its flow put before it
    if not makers:
        names = {each.name for each in made if "." not in each.name}
        kept = any(each.name.endswith(f".{reference.name}") for each in made)
        hint = "its flow keeps it; name it under returns" if kept else nearest(reference.name, names)
        problems.add(scalar.place, f"no step captures {shown}", hint)
    elif all(each.clean_up for each in makers) and not clean_up:
        problems.add(scalar.place, f"{shown} is captured by a clean-up, which runs after this step")
    else:
        problems.add(scalar.place, f"{shown} is used before the step that captures it has run")


def _check_name(
    scalar: Scalar, reference: Reference, secrets: Collection[str], problems: Problems, *, called_back: bool
) -> None:
    name = reference.name
    if reference.namespace in LOAD_TIME:
        return
    if reference.namespace == "secret" and name not in secrets:
        problems.add(scalar.place, f"there is no secret {name!r}", nearest(name, secrets))
    elif reference.namespace == "run" and name not in _RUN:
        problems.add(scalar.place, f"there is no {reference}", "there are ${run.id} and ${run.started_at}")
    elif reference.namespace == "callback" and (name != "url" or not called_back):
        message = (
            f"there is no {reference}" if name != "url" else f"{reference} needs a step that waits for it"
        )
        problems.add(scalar.place, message)
