"""One probe as drafted → one probe as configured: its steps in place, every setting typed, every rule checked."""

import json
from collections.abc import Collection, Iterable
from collections.abc import Mapping as Map
from collections.abc import Sequence as Seq
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import inf
from typing import Any

from checker.config.configuration import ProbeConfig, StepConfig
from checker.config.doubts import check_doubts
from checker.config.expand import UNFOLDED, Draft, label_node
from checker.config.flows import Flow, Written, unfold
from checker.config.hints import EMPTY, elsewhere, hides_a_kind
from checker.config.literals import check_literals
from checker.config.models import ProbeKeys
from checker.config.nodes import (
    MOST_NODES,
    TOO_LARGE,
    Mapping,
    Node,
    Sequence,
    mapping,
    sequence,
    with_entries,
)
from checker.config.objective import check_objective
from checker.config.origins import origins_in
from checker.config.problems import Problems
from checker.config.rules import (
    Timing,
    check_labels,
    check_names,
    check_replicas,
    check_retries,
    check_runbook,
    check_settings,
    check_times,
    check_waits,
    timing,
)
from checker.config.steps import Steps
from checker.config.usage import check_shallow, check_usage
from checker.config.validation import unknown_key, validated
from checker.core.reason import CONNECTION_REASONS, Severity

SHORT_KEYS = ("expect", "warn", "capture", "poll", "retry")
"""What a probe with a single step may say of it without a list."""

_STEP_LIST = "steps"
_ABOUT_IT = frozenset({"description", "labels", "metrics", "owner", "runbook", "severity", "slo"})
_ACCOUNT = "aws"
_SHALLOW_KEYS = frozenset({"expect", "timeout"})


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a probe may refer to, and what makes its steps."""

    steps: Steps
    flows: Map[str, Flow]
    secrets: Collection[str]


def probe(draft: Draft, around: Surroundings, problems: Problems, warnings: Problems) -> ProbeConfig | None:
    """Return the probe, its dependencies still as written, with everything that is wrong noted.

    What is wrong with one step hides nothing else: a probe may lack it then. None: there is nothing to be said of it.
    """
    if draft.node.extent.excessive:
        problems.add(draft.node.place, TOO_LARGE)
        return None
    check_keys(draft.node, around.steps, UNFOLDED, problems)
    torn = Problems()
    written = _written_steps(draft, around, torn)
    for problem in torn:
        problems.note(problem)
    if sum(step.node.extent.nodes for step in written) > MOST_NODES:
        problems.add(draft.node.place, TOO_LARGE)
        return None
    check_usage(written, around.secrets, problems, torn=bool(torn))
    account = _account(draft.node)
    made = [(each, around.steps.step(each, problems, account)) for each in written]
    steps = [(each, step) for each, step in made if step]
    shallow = shallow_step(draft.node, around, problems)
    keys = settings(draft.node, problems)
    check_names(steps, problems)
    if keys is None or not written:
        return None
    done = _settled(keys, [step for _, step in steps])
    node = _whole(draft, written)
    check_times(keys, done, node, problems)
    check_retries(done, problems, writes=_effects(keys, done) == "writes")
    check_replicas(done, problems)
    check_objective(keys, node, warnings)
    check_runbook(keys, node, warnings)
    check_doubts(done, timing(keys), warnings)
    check_literals([*done, shallow] if shallow else done, warnings)
    check_waits(done, timing(keys), warnings)
    return _probe(draft, keys, done, node, shallow)


def check_keys(node: Mapping, steps: Steps, unfolded: Collection[str], problems: Problems) -> None:
    """Note keys that a probe does not have; `unfolded` are those that it had, to be named in hints."""
    known = probe_keys(steps)
    for key, entry in node.entries.items():
        if key not in known:
            hint = elsewhere(key, node, steps.kinds)
            unknown_key(entry.key.place, key, known.union(unfolded), problems, node, hint)
        elif entry.value.data is None:
            problems.add(entry.value.place, f"{key!r} has no value here", EMPTY)


def probe_keys(steps: Steps) -> frozenset[str]:
    """Return the keys that a probe has when everything is unfolded."""
    return frozenset({*ProbeKeys.model_fields, _STEP_LIST, "shallow", *SHORT_KEYS, *steps.kinds})


def settings(node: Mapping, problems: Problems) -> ProbeKeys | None:
    """Return what a probe sets beside its steps."""
    own = [
        entry
        for key, entry in node.entries.items()
        if key in ProbeKeys.model_fields and entry.value.data is not None and not _is_step(key, entry.value)
    ]
    bare = mapping(node.place, own, node.end)
    check_labels(bare, problems)
    keys = validated(ProbeKeys, bare, problems)
    if keys:
        check_settings(keys, bare, problems)
    return keys


def _is_step(key: str, value: Node) -> bool:
    """Whether `aws` is the kind of that name, and not the account that a probe names."""
    return key == _ACCOUNT and isinstance(value, Mapping)


def _account(node: Mapping) -> str | None:
    named = node.get(_ACCOUNT)
    return named.data if named and isinstance(named.data, str) else None


def _written_steps(draft: Draft, around: Surroundings, problems: Problems) -> tuple[Written, ...]:
    node = draft.node
    steps = node.get(_STEP_LIST)
    short = short_step(node, around.steps)
    if steps is None:
        if hides_a_kind(node, probe_keys(around.steps), around.steps.kinds):
            return ()
        if short is None and not draft.torn:
            hint = "name a kind, such as http: {url: …}, or write steps"
            problems.add(node.place, f"the probe {draft.name!r} has no steps", hint)
        return (short,) if short else ()
    if steps.data is None:
        return ()  # which was noted
    if short and isinstance(steps, Sequence) and steps.items:
        key = next(iter(short.node.entries))
        problems.add(
            node.key_place(key), f"{key!r} belongs into one of the steps where a probe has a list of them"
        )
    if steps.data == []:
        problems.add(steps.place, f"the probe {draft.name!r} has no steps")
    return unfold(steps, around.flows, draft.lookup, problems)


def short_step(node: Mapping, steps: Steps) -> Written | None:
    """Return the single step of a probe without a list; None where no key of it is there."""
    own = [
        entry
        for key, entry in node.entries.items()
        if key in SHORT_KEYS or (key in steps.kinds and (key != _ACCOUNT or _is_step(key, entry.value)))
    ]
    return Written(mapping(node.place, own, node.end)) if own else None


def shallow_step(node: Mapping, around: Surroundings, problems: Problems) -> StepConfig | None:
    """Return the shallow check of a probe: one kind, with expectations and a timeout if need be."""
    shallow = node.get("shallow")
    if not isinstance(shallow, Mapping):
        if shallow is not None and shallow.data is not None and not shallow.dynamic:
            problems.add(shallow.place, "shallow wants a mapping with one kind, such as {http: {url: …}}")
        return None
    for key, entry in shallow.entries.items():
        if key not in _SHALLOW_KEYS and key not in around.steps.kinds:
            unknown_key(entry.key.place, key, {*_SHALLOW_KEYS, *around.steps.kinds}, problems, shallow)
            return None
    check_shallow(shallow, around.secrets, problems)
    step = around.steps.step(Written(shallow), problems, _account(node))
    return replace(step, name="shallow") if step else None


def _whole(draft: Draft, written: Seq[Written]) -> Mapping:
    """Return the probe's tree with the unfolded steps in it, and the labels of its matrix."""
    node = draft.node
    steps = node.get(_STEP_LIST)
    own: dict[str, Node] = {
        _STEP_LIST: sequence(steps.place if steps else node.place, [each.node for each in written])
    }
    labels = node.get("labels")
    if draft.labels:
        below = labels if isinstance(labels, Mapping) else mapping(node.place, ())
        own["labels"] = label_node(below, draft.labels)
    short = () if steps else tuple(written[0].node.entries)
    kept = [entry for key, entry in node.entries.items() if key not in short]
    return with_entries(mapping(node.place, kept, node.end), own)


def _effects(keys: ProbeKeys, steps: Iterable[StepConfig]) -> str:
    if keys.effects:
        return keys.effects
    return "writes" if any(step.writes for step in steps) else "none"


def _settled(keys: ProbeKeys, steps: Iterable[StepConfig]) -> tuple[StepConfig, ...]:
    """Return the steps with what they leave to the probe: how long to poll, and what to retry."""
    steps = tuple(steps)
    writes = _effects(keys, steps) == "writes"
    return tuple(_retrying(_polling(step, timing(keys)), writes=writes) for step in steps)


def _polling(step: StepConfig, times: Timing) -> StepConfig:
    if step.poll is None or step.poll.within != inf:
        return step
    return replace(
        step, poll=replace(step.poll, within=times.cleanup_timeout if step.always else times.timeout)
    )


def _retrying(step: StepConfig, *, writes: bool) -> StepConfig:
    retry = step.node.get("retry")
    if not writes or not isinstance(retry, Mapping) or "reasons" in retry.entries:
        return step
    return replace(step, retry=replace(step.retry, reasons=step.retry.reasons & CONNECTION_REASONS))


def _runs_on(keys: ProbeKeys, steps: Iterable[StepConfig], effects: str) -> str:
    """Return the role: hundreds of sidecars must neither repeat a write nor ask the control plane."""
    if keys.runs_on:
        return keys.runs_on
    return "sentinel" if effects == "writes" or any(step.runs_on == "sentinel" for step in steps) else "any"


def _probe(
    draft: Draft,
    keys: ProbeKeys,
    steps: tuple[StepConfig, ...],
    node: Mapping,
    shallow: StepConfig | None,
) -> ProbeConfig:
    effects = _effects(keys, steps)
    times = timing(keys)
    return ProbeConfig(
        name=draft.name,
        steps=steps,
        fingerprint=_fingerprint(draft.name, [*steps, shallow] if shallow else steps, node),
        node=node,
        interval=times.interval,
        timeout=times.timeout,
        cleanup_timeout=times.cleanup_timeout,
        interval_on_failure=keys.interval_on_failure,
        fail_after=keys.fail_after,
        recover_after=keys.recover_after,
        description=keys.description or "",
        labels={**keys.labels, **draft.labels},
        severity=Severity(keys.severity),
        owner=keys.owner or "",
        runbook=keys.runbook or "",
        slo=keys.slo.availability if keys.slo else None,
        depends_on=keys.depends_on,
        shallow=shallow,
        effects=effects,
        runs_on=_runs_on(keys, steps, effects),
        metrics=keys.metrics,
        buckets=keys.buckets,
        origins=_origins([*steps, shallow] if shallow else steps),
    )


def _origins(steps: Iterable[StepConfig]) -> frozenset[str]:
    return frozenset(found for step in steps for found in origins_in(step.node.entries[step.kind].value))


def _fingerprint(name: str, steps: Seq[StepConfig], node: Mapping) -> str:
    """Return a digest of an expanded probe, whatever the order of its keys, less what only people and rules read."""
    behaviour = {key: value for key, value in node.data.items() if key not in _ABOUT_IT}
    said = [name, [[step.name, step.always, step.files] for step in steps], behaviour]
    text = json.dumps(said, sort_keys=True, default=_template)
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _template(value: Any) -> list[str]:
    return ["template", str(value)]
