"""Whether the run-time references of a probe's steps stand for anything by the time that they are used."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from checker.config.configuration import ProbeConfig
from checker.config.flows import Written
from checker.config.models import ServerConfig
from checker.config.nodes import LOAD_TIME, Mapping, Node, Scalar, references
from checker.config.problems import Problems, nearest
from checker.core.template import Reference

_RUN = frozenset({"id", "started_at"})
_ADDRESSED = "callback"  # the kind that waits at ${callback.url}
_CALLED = Reference(_ADDRESSED, "url")
_BESIDE = "has no place in the shallow check, which runs beside the steps"
_LOCAL = "listens on {}, where only this machine can call back"


@dataclass(frozen=True, slots=True)
class _Made:
    """A capture, and the step that makes it."""

    name: str
    step: int
    clean_up: bool


def check_usage(
    steps: Sequence[Written],
    secrets: Collection[str],
    problems: Problems,
    *,
    whole: bool = True,
    torn: bool = False,
) -> None:
    """Note what refers to nothing, or to a capture that is made later.

    Clean-ups run after everything else: what they capture is there for later clean-ups only. `whole`: these are all
    steps of a probe, and not those of a flow, which may leave it to its caller to wait for a callback. `torn`: others
    cannot be read, so that nobody can tell what they capture or wait for.
    """
    torn = torn or any(_unreadable(step.node.get("capture")) for step in steps)
    made = [made for index, step in enumerate(steps) for made in _captures(index, step)]
    for index, step in enumerate(steps):
        for scalar, reference in references(step.node):
            if reference.namespace == "":
                if not torn or any(each.name == reference.name for each in made):
                    _check_capture(index, step, scalar, reference, made, problems)
            else:
                _check_name(scalar, reference, secrets, problems)
    if whole and not torn:
        _check_callbacks(steps, problems)


def check_shallow(node: Mapping, secrets: Collection[str], problems: Problems) -> None:
    """Note what a shallow check refers to in vain; it runs beside the steps and sees none of their captures."""
    for scalar, reference in references(node):
        if reference.namespace == "":
            problems.add(
                scalar.place, f"the shallow check runs beside the steps and has no capture for {reference}"
            )
        else:
            _check_name(scalar, reference, secrets, problems)
            if reference == _CALLED:
                problems.add(scalar.place, f"{reference} {_BESIDE}")
    if _ADDRESSED in node.entries:
        problems.add(node.key_place(_ADDRESSED), f"a callback {_BESIDE}")


def _captures(index: int, step: Written) -> Iterator[_Made]:
    capture = step.node.get("capture")
    if isinstance(capture, Mapping):
        for name in capture.entries:
            yield _Made(name, index, is_clean_up(step))


def _unreadable(capture: Node | None) -> bool:
    return capture is not None and not isinstance(capture, Mapping)


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
        variable = f"did you mean ${{env.{reference.name}}}?" if reference.name.isupper() else ""
        hint = (
            "its flow keeps it; name it under returns" if kept else variable or nearest(reference.name, names)
        )
        problems.add(scalar.place, f"no step captures {shown}", hint)
    elif all(each.clean_up for each in makers) and not clean_up:
        problems.add(scalar.place, f"{shown} is captured by a clean-up, which runs after this step")
    else:
        problems.add(scalar.place, f"{shown} is used before the step that captures it has run")


def _check_name(scalar: Scalar, reference: Reference, secrets: Collection[str], problems: Problems) -> None:
    name = reference.name
    if reference.namespace in LOAD_TIME:
        return
    if reference.namespace == "secret" and name not in secrets:
        hint = nearest(name, secrets) if secrets else f"declare it: secrets: {{{name}: {{env: …}}}}"
        problems.add(scalar.place, f"there is no secret {name!r}", hint)
    elif reference.namespace == "run" and name not in _RUN:
        problems.add(scalar.place, f"there is no {reference}", "there are ${run.id} and ${run.started_at}")
    elif reference.namespace == _ADDRESSED and reference != _CALLED:
        problems.add(scalar.place, f"there is no {reference}", f"there is {_CALLED}")


def _check_callbacks(steps: Sequence[Written], problems: Problems) -> None:
    """Note where nobody waits for who is told the run's address, and where nobody was told the one that is waited at.

    A step after the last wait may use the address too: to have it forgotten.
    """
    running = sorted(steps, key=is_clean_up)  # clean-ups run last; else the order is kept
    uses = [
        (index, scalar)
        for index, step in enumerate(running)
        for scalar, reference in references(step.node)
        if reference == _CALLED
    ]
    waits = [index for index, step in enumerate(running) if _ADDRESSED in step.node.entries]
    first = min((index for index, _ in uses), default=len(running))
    for index in waits:
        if index <= first:
            message = f"no step before this one uses {_CALLED}, so that nobody knows where to call back"
            problems.add(running[index].node.key_place(_ADDRESSED), message)
    if not any(index > first for index in waits):
        for _, scalar in uses:
            message = f"{_CALLED} needs a step after it that waits for the callback"
            problems.add(scalar.place, message, "such as callback: {within: 30s}")


def check_reachable(probes: Iterable[ProbeConfig], server: ServerConfig, warnings: Problems) -> None:
    """Warn where those who are to call back cannot reach the checker, as far as the configuration tells."""
    if server.external_url:
        return
    for probe in probes:
        step = next((step for step in probe.steps if step.kind == _ADDRESSED), None)
        why = _unreachable(server.listen, beside=_asks_this_machine(probe)) if step else None
        if step and why:
            hint = "set server.external_url to the URL under which it is reached"
            warnings.add(step.node.key_place(_ADDRESSED), f"this checker {why}", hint)
            return


def _asks_this_machine(probe: ProbeConfig) -> bool:
    """Whether all that a probe asks, as far as it is literal, is on loopback: then so is who calls back."""
    hosts = [urlsplit(origin).hostname or "" for origin in probe.origins]
    return bool(hosts) and all(map(_is_loopback, hosts))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _unreachable(listen: str, *, beside: bool) -> str | None:
    """Return why nobody can call back; `beside`: those who are to are on this machine too."""
    host = listen.rpartition(":")[0].strip("[]").partition("%")[0]
    if _is_loopback(host):
        return None if beside else _LOCAL.format(listen)
    try:
        address = ip_address(host)
    except ValueError:
        return None  # a name is one that somebody knows
    return f"listens on {listen}, which tells nobody where to call back" if address.is_unspecified else None
