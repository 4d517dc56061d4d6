"""One step as written → one step as configured: its kind's spec, its expectations and captures, compiled once.

A template or matrix makes many steps out of one text. What it leaves untouched is the same node in all of them,
and is validated and compiled for the first one only.
"""

import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path as Directory
from typing import Any, TypeVar

from pydantic import BaseModel

from checker.assertions.capture import Capture, compile_capture
from checker.assertions.evaluate import Assertion, compile_expectations
from checker.config.compiling import Compiled
from checker.config.configuration import Poll, Retry, StepConfig
from checker.config.definitions import check_name
from checker.config.extras import Digests, schema_files
from checker.config.flows import Written
from checker.config.hints import (
    EMPTY,
    as_expectation,
    as_mapping,
    beside,
    elsewhere,
    hides_a_kind,
    of_kinds,
)
from checker.config.models import CAPTURE_NAME, NAME, PollKeys, RetryKeys, StepKeys
from checker.config.nodes import (
    Entry,
    Mapping,
    Node,
    at,
    references,
    unresolved,
    with_entries,
    without,
)
from checker.config.problems import Problem, Problems
from checker.config.validation import unknown_key, validated
from checker.core.reason import CONNECTION_REASONS, Reason
from checker.kinds.contract import Kind
from checker.kinds.literals import literal_credentials

Kinds = Map[str, Kind[Any]]
T = TypeVar("T")

STEP_KEYS = frozenset(StepKeys.model_fields) | {"expect", "warn", "capture"}
NETWORK_REASONS = CONNECTION_REASONS | {Reason.RESET, Reason.TIMEOUT, Reason.PROTOCOL}
"""What a retry is for where it does not say: failures of the network, which the next attempt may not meet."""

_COMPILED = ("expect", "warn", "capture")


@dataclass(frozen=True, slots=True)
class Steps:
    """Makes steps. One object a configuration: it remembers what it has made of which node."""

    kinds: Kinds
    directory: Directory
    restricted: Map[str, frozenset[str]] = field(
        default_factory=dict
    )  # hosts of secrets that go to no others
    _made: dict[tuple[str, int], tuple[Node, Any, tuple[Problem, ...]]] = field(default_factory=dict)
    _compiled: Compiled = field(default_factory=Compiled)
    _digests: Digests = field(default_factory=Digests)

    @property
    def files(self) -> tuple[Directory, ...]:
        """The files, beside the configuration's own, that steps are made of."""
        return tuple(self._digests.paths)

    def step(self, written: Written, problems: Problems, account: str | None = None) -> StepConfig | None:
        """Return the step, or None with what is wrong noted. `account`: which of those under aws its probe names."""
        node = written.node
        kind = self._kind(node, problems)
        self._check_keys(node, problems)
        keys = self._once("keys", node, lambda own: _keys(node, own), problems)
        if kind is None:
            return None
        spec = self._spec(kind, node, account, problems)
        expect = self._expectations(kind, node.get("expect"), problems)
        warn = self._expectations(kind, node.get("warn"), problems)
        stop_if = self._expectations(kind, _stop_if(node), problems)
        schemas = self._digests.of(
            self.directory, schema_files(node.get("expect"), node.get("warn"), _stop_if(node))
        )
        captures = self._captures(kind, node.get("capture"), written.prefix, problems)
        if keys is None or spec is None:
            return None
        return StepConfig(
            name=written.prefix + (keys.step or kind.name),
            kind=kind.name,
            spec=spec,
            node=node,
            expect=expect + self._implied(kind, spec, node.get("expect")),
            warn=warn,
            captures=captures,
            timeout=keys.timeout,
            poll=_poll(keys.poll, keys.timeout, stop_if),
            retry=_retry(keys.retry, idempotent=kind.idempotent(spec)),
            always=keys.always or written.always,
            needs=frozenset(_captures_in(node.get(kind.name))),
            secrets=frozenset(_secrets_in(node)),
            writes=kind.writes(spec) and not written.silent,
            idempotent=kind.idempotent(spec),
            repeats=kind.repeats(spec),
            runs_on=kind.runs(spec),
            waits=kind.waits(spec),
            asks=tuple(kind.asks(spec)),
            files=schemas + self._digests.of(self.directory, kind.files(spec)),
            credentials=tuple((kind.name, *path) for path in literal_credentials(spec)),
            doubts=tuple(((kind.name, *path), message) for path, message in kind.doubts(spec)),
        )

    def _kind(self, node: Mapping, problems: Problems) -> Kind[Any] | None:
        named = [key for key in node.entries if key in self.kinds]
        if len(named) == 1:
            return self.kinds[named[0]]
        if named:
            message = f"a step names exactly one kind; this one names {' and '.join(named)}"
            problems.add(node.key_place(named[1]), message)
        elif not hides_a_kind(node, STEP_KEYS | {"call"}, self.kinds):
            problems.add(
                node.place, "a step names exactly one kind, and this one names none", of_kinds(self.kinds)
            )
        return None

    def _check_keys(self, node: Mapping, problems: Problems) -> None:
        known = STEP_KEYS | self.kinds.keys()
        for key, entry in node.entries.items():
            if key not in known:
                hint = elsewhere(key, node, self.kinds)
                unknown_key(entry.key.place, key, known | {"call"}, problems, node, hint)
            elif entry.value.data is None:
                problems.add(entry.value.place, f"{key!r} has no value here", EMPTY)

    def _spec(
        self, kind: Kind[Any], node: Mapping, account: str | None, problems: Problems
    ) -> BaseModel | None:
        spec = node.entries[kind.name].value
        if isinstance(spec, Mapping):
            return self._once(
                f"spec {kind.name} {account}",
                spec,
                lambda own: self._fit_spec(kind, spec, account, own),
                problems,
            )
        if spec.data is not None and not unresolved(spec):
            problems.add(spec.place, f"{kind.name} wants a mapping", as_mapping(kind))
        return None

    def _fit_spec(
        self, kind: Kind[Any], node: Mapping, account: str | None, problems: Problems
    ) -> BaseModel | None:
        spec = validated(kind.Spec, node, problems, partial(beside, name=kind.name))
        if spec and account is not None:
            spec = kind.of_account(spec, account)
        for path, message in kind.problems(spec, self.restricted) if spec else ():
            if not unresolved(at(node, path)):
                problems.add(at(node, path).place, message)
        return spec

    def _expectations(self, kind: Kind[Any], node: Node | None, problems: Problems) -> tuple[Assertion, ...]:
        if node is None or node.data is None:
            return ()
        if not isinstance(node, Mapping):
            if not unresolved(node):
                problems.add(
                    node.place, "expected a mapping from facts to matchers", as_expectation(kind, node)
                )
            return ()

        if not node.entries:
            problems.add(node.place, "this expects nothing", "leave it out, or say what")

        def compiled(raw: Any) -> tuple[Assertion, ...]:
            return compile_expectations(raw, kind.facts, self.directory)

        what = "expect " + kind.name
        made = self._once(what, node, lambda own: self._compiled.of(what, compiled, node, own), problems)
        return made or ()

    def _implied(self, kind: Kind[Any], spec: BaseModel, expect: Node | None) -> tuple[Assertion, ...]:
        asserted = frozenset(expect.entries) if isinstance(expect, Mapping) else frozenset[str]()
        implied = kind.implied(spec, asserted)
        return compile_expectations(implied, kind.facts, self.directory) if implied else ()

    def _captures(
        self, kind: Kind[Any], node: Node | None, prefix: str, problems: Problems
    ) -> tuple[Capture, ...]:
        if node is None or node.data is None:
            return ()
        if not isinstance(node, Mapping):
            if not unresolved(node):
                problems.add(node.place, "capture wants a mapping from names to what they hold")
            return ()
        made = [self._capture(kind, entry, prefix, problems) for entry in node.entries.values()]
        return tuple(capture for capture in made if capture)

    def _capture(self, kind: Kind[Any], entry: Entry, prefix: str, problems: Problems) -> Capture | None:
        name, node = str(entry.key.data), entry.value
        if not re.fullmatch(CAPTURE_NAME, name.rpartition(".")[2] if prefix else name):
            problems.add(entry.key.place, f"{name!r} is no name for a capture", "write it like work_id")
        if not isinstance(node, Mapping):
            if not unresolved(node):
                problems.add(node.place, "a capture wants a mapping, such as {json: $.id}")
            return None

        def compiled(raw: Any) -> Capture:
            return compile_capture(name, raw, kind.facts, self.directory)

        what = f"capture {kind.name} {name}"
        return self._once(what, node, lambda own: self._compiled.of(what, compiled, node, own), problems)

    def _once(self, what: str, node: Node, make: Callable[[Problems], T], problems: Problems) -> T:
        """Return what is made of a node, made once; its problems are noted each time."""
        known = self._made.get((what, id(node)))
        if known is None:
            own = Problems()
            made = make(own)
            known = self._made[what, id(node)] = (node, made, tuple(own))
        for problem in known[2]:
            problems.note(problem)
        result: T = known[1]
        return result


def _keys(node: Mapping, problems: Problems) -> StepKeys | None:
    own = [
        key
        for key, entry in node.entries.items()
        if key in StepKeys.model_fields and entry.value.data is not None
    ]
    bare = without(node, node.entries.keys() - own)
    poll = bare.get("poll")
    if isinstance(poll, Mapping):
        bare = with_entries(bare, {"poll": without(poll, ("stop_if",))})
    keys = validated(StepKeys, bare, problems)
    if keys and keys.step is not None:
        check_name(bare.entries["step"].value, "step", NAME, problems)
    return keys


def _stop_if(node: Mapping) -> Node | None:
    poll = node.get("poll")
    return poll.get("stop_if") if isinstance(poll, Mapping) else None


def _poll(keys: PollKeys | None, timeout: float | None, stop_if: tuple[Assertion, ...]) -> Poll | None:
    if keys is None:
        return None
    within = keys.within if keys.within is not None else timeout
    return Poll(keys.every, within if within is not None else float("inf"), stop_if)


def _retry(keys: RetryKeys | None, *, idempotent: bool) -> Retry:
    if keys is None:
        return Retry()
    default = NETWORK_REASONS if idempotent else CONNECTION_REASONS
    reasons = default if keys.reasons is None else frozenset(map(Reason, keys.reasons))
    return Retry(keys.attempts, keys.delay, reasons)


def _captures_in(node: Node | None) -> set[str]:
    return {reference.name for _, reference in references(node) if not reference.namespace} if node else set()


def _secrets_in(node: Node) -> set[str]:
    return {reference.name for _, reference in references(node) if reference.namespace == "secret"}
