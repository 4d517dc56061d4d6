"""What must hold between the settings of a probe, beyond each being well written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from checker.config.configuration import Poll, StepConfig
from checker.config.flows import Written
from checker.config.matrix import check_label
from checker.config.models import ProbeKeys
from checker.config.nodes import Mapping, place_of
from checker.config.problems import Place, Problems
from checker.core.duration import format_duration
from checker.core.link import leads_to_page
from checker.core.reason import CONNECTION_REASONS

SHORTEST_INTERVAL = 0.1


@dataclass(frozen=True, slots=True)
class Timing:
    """The times of a probe, in seconds, with defaults worked out."""

    interval: float
    timeout: float
    cleanup_timeout: float


def timing(keys: ProbeKeys) -> Timing:
    """Return a probe's times; the timeout is by default 10 s, but at most 0.8 of the interval."""
    timeout = keys.timeout if keys.timeout is not None else min(10.0, 0.8 * keys.interval)
    return Timing(keys.interval, timeout, keys.cleanup_timeout)


def check_labels(node: Mapping, problems: Problems) -> None:
    """Note labels that metrics cannot carry."""
    labels = node.get("labels")
    for entry in labels.entries.values() if isinstance(labels, Mapping) else ():
        check_label(entry.key, "label", problems)


def check_runbook(keys: ProbeKeys, node: Mapping, warnings: Problems) -> None:
    """Warn of one that the pages make no link of."""
    if keys.runbook and not leads_to_page(keys.runbook):
        message = "no link is made of this: it is no URL of a web page"
        warnings.add(_place(node, "runbook"), message, "such as https://wiki.example.org/search")


def check_settings(keys: ProbeKeys, node: Mapping, problems: Problems) -> None:
    """Note settings that contradict each other or are out of range."""
    for key in ("interval", "interval_on_failure"):
        value = getattr(keys, key)
        if value is not None and value < SHORTEST_INTERVAL:
            problems.add(
                _place(node, key), f"{format_duration(value)} is shorter than the shortest interval, 100ms"
            )
    if keys.interval_on_failure is not None and keys.interval_on_failure > keys.interval:
        message = (
            f"interval_on_failure {format_duration(keys.interval_on_failure)} is longer than the interval"
        )
        problems.add(_place(node, "interval_on_failure"), f"{message} {format_duration(keys.interval)}")
    if any(low >= high for low, high in zip(keys.buckets, keys.buckets[1:], strict=False)):
        problems.add(_place(node, "buckets"), "buckets have to ascend")
    if keys.slo and not 0 < keys.slo.availability < 1:
        problems.add(
            place_of(node, ("slo", "availability")), "an objective lies between 0% and 100%", "such as 99.5%"
        )


def check_times(keys: ProbeKeys, steps: Sequence[StepConfig], node: Mapping, problems: Problems) -> None:
    """Note times that do not fit into each other."""
    times = timing(keys)
    timeout, interval = format_duration(times.timeout), format_duration(times.interval)
    if times.timeout <= 0:
        problems.add(_place(node, "timeout"), "a timeout is longer than 0s")
    if times.timeout >= times.interval:
        problems.add(
            _place(node, "timeout"), f"the timeout {timeout} is not shorter than the interval {interval}"
        )
    elif any(step.always for step in steps) and times.timeout + times.cleanup_timeout >= times.interval:
        keys_of_it = ("cleanup_timeout", "timeout", "interval")
        key = next((key for key in keys_of_it if key in node.entries), "interval")
        message = f"timeout {timeout} and cleanup_timeout {format_duration(times.cleanup_timeout)}"
        problems.add(_place(node, key), f"{message} together are not shorter than the interval {interval}")
    for step in steps:
        _check_step_times(step, times, problems)


def _check_step_times(step: StepConfig, times: Timing, problems: Problems) -> None:
    limit = times.cleanup_timeout if step.always else times.timeout
    name = "the probe's cleanup_timeout" if step.always else "the probe's timeout"
    if step.timeout is not None:
        place = _place(step.node, "timeout")
        if step.timeout > limit:
            text = f"{format_duration(step.timeout)} is longer than {name} {format_duration(limit)}"
            problems.add(place, text)
        elif step.timeout <= 0:
            problems.add(place, "a timeout is longer than 0s")
        limit, name = step.timeout, "the step's timeout"
    if step.poll:
        _check_poll(step.poll, step.node, f"{name} {format_duration(limit)}", limit, problems)


def _check_poll(poll: Poll, node: Mapping, name: str, limit: float, problems: Problems) -> None:
    within = format_duration(poll.within)
    if poll.within > limit:
        problems.add(place_of(node, ("poll", "within")), f"polling for {within} is longer than {name}")
    if poll.every < SHORTEST_INTERVAL:
        place = place_of(node, ("poll", "every"))
        problems.add(place, f"{format_duration(poll.every)} is shorter than the shortest interval, 100ms")
    if poll.every > poll.within:
        message = f"polling every {format_duration(poll.every)} for {within} never repeats anything"
        problems.add(place_of(node, ("poll", "every")), message)


def check_waits(steps: Iterable[StepConfig], times: Timing, warnings: Problems) -> None:
    """Warn where a step would wait for longer than it may run."""
    for step in steps:
        limit = step.timeout or (times.cleanup_timeout if step.always else times.timeout)
        if step.waits > limit:
            message = f"waiting for {format_duration(step.waits)} is cut off by the timeout {format_duration(limit)}"
            warnings.add(place_of(step.node, (step.kind,)), message, "set a longer timeout")


def check_retries(steps: Iterable[StepConfig], problems: Problems, *, writes: bool) -> None:
    """Note retries that could do something twice at the target."""
    for step in steps:
        if step.retry.reasons <= CONNECTION_REASONS or (step.idempotent and not writes):
            continue
        what = "a probe that writes" if step.idempotent else "a step that is not idempotent"
        hint = f"reasons may be {', '.join(sorted(CONNECTION_REASONS))}"
        place = place_of(step.node, ("retry", "reasons"))
        problems.add(place, f"{what} is retried only where nothing was sent yet", hint)


def check_replicas(steps: Iterable[StepConfig], problems: Problems) -> None:
    """Note what makes no sense for a step that does the same at several addresses."""
    for step in steps:
        for key in ("capture", "poll", "retry") if step.repeats else ():
            if key in step.node.entries:
                place = step.node.key_place(key)
                problems.add(place, f"no {key} goes with a step that runs once for each address")


def check_names(steps: Iterable[tuple[Written, StepConfig]], problems: Problems) -> None:
    """Note steps that share a name."""
    seen: set[str] = set()
    for each, step in steps:
        if step.name in seen:
            label = step.node.get("step") or step.node
            place = each.call or label.place
            problems.add(place, f"two steps of this probe are named {step.name!r}", "name them with step: …")
        seen.add(step.name)


def _place(node: Mapping, key: str) -> Place:
    return place_of(node, (key,))
