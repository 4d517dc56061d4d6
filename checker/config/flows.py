"""Flows: steps that several probes share, put in place of the step that calls them.

A flow sees its parameters and its own captures, nothing else; the probe sees only the captures that the flow
returns. As a run has one space of names, the captures that a flow keeps to itself carry the call's name.
"""

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from itertools import count, islice

from checker.config.definitions import Definition, check_name
from checker.config.models import NAME
from checker.config.nodes import Entry, Mapping, Node, Scalar, Sequence, mapping, sequence, with_entries
from checker.config.parameters import bind, declared
from checker.config.problems import Place, Problems, did_you_mean, nearest
from checker.config.references import (
    Lookup,
    NotFound,
    chain,
    left_alone,
    open_lookup,
    substitute,
    values_lookup,
)
from checker.config.validation import unknown_key
from checker.core.template import Reference, Template

MOST_STEPS = 1000
_MOST_LEVELS = 16
_KEYS = frozenset({"params", "steps", "returns", "effects", "description"})
_CALL_KEYS = frozenset({"call", "with", "step", "always"})


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. `captures` are all that its steps make, those returned by flows that it calls included.

    `torn`: some of its steps cannot be read, so that nobody can tell what else it captures.
    """

    name: str
    params: Map[str, Node | None]
    steps: Sequence
    captures: frozenset[str]
    returns: frozenset[str]
    silent: bool  # marked `effects: none`
    torn: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A step in its place. `prefix` goes before its name, and before the captures that its flow keeps to itself."""

    node: Mapping
    prefix: str = ""
    silent: bool = False  # what it does counts for no effect
    always: bool = False  # called as a clean-up
    call: Place | None = None  # where the probe calls the flow that it belongs to


def read_flows(definitions: Map[str, Definition], problems: Problems) -> dict[str, Flow]:
    """Return all flows, with the problems that they have by themselves noted."""
    returned = {
        name: frozenset(_returns(definition.node, Problems())) for name, definition in definitions.items()
    }
    return {name: _flow(definition, returned, problems) for name, definition in definitions.items()}


def _flow(definition: Definition, returned: Map[str, frozenset[str]], problems: Problems) -> Flow:
    node = definition.node
    for key, entry in node.entries.items():
        if key not in _KEYS:
            unknown_key(entry.key.place, key, _KEYS, problems, node)
    captures = frozenset(_captures(node, returned))
    returns = _returns(node, problems)
    torn = _torn(node, returned)
    for name, item in returns.items():
        if name not in captures and not torn:
            hint = did_you_mean(name, captures)
            problems.add(item.place, f"the flow {definition.name!r} never captures {name!r}", hint)
    return Flow(
        name=definition.name,
        params=declared(node.get("params"), problems),
        steps=_steps(definition, problems),
        captures=captures,
        returns=frozenset(returns) & captures,
        silent=_silent(node, problems),
        torn=torn,
    )


def _steps(definition: Definition, problems: Problems) -> Sequence:
    steps = definition.node.get("steps")
    if isinstance(steps, Sequence) and steps.items:
        return steps
    if steps is None or not steps.dynamic:
        place = steps.place if steps else definition.node.place
        problems.add(place, f"the flow {definition.name!r} wants a list of steps")
    return sequence(definition.node.place, ())


def _silent(node: Mapping, problems: Problems) -> bool:
    effects = node.get("effects")
    if effects is not None and effects.data not in ("none", "writes") and not effects.dynamic:
        problems.add(effects.place, "expected none or writes")
    return effects is not None and effects.data == "none"


def _returns(node: Mapping, problems: Problems) -> dict[str, Node]:
    returns = node.get("returns")
    if returns is None:
        return {}
    if not isinstance(returns, Sequence):
        problems.add(returns.place, "returns wants a list of captures")
        return {}
    for item in returns.items:
        if not isinstance(item.data, str) and not item.dynamic:
            problems.add(item.place, "returns wants names of captures")
    return {item.data: item for item in returns.items if isinstance(item.data, str)}


def _captures(node: Mapping, returned: Map[str, frozenset[str]]) -> Iterator[str]:
    steps = node.get("steps")
    for step in steps.items if isinstance(steps, Sequence) else ():
        if isinstance(step, Mapping):
            capture, call = step.get("capture"), step.get("call")
            if isinstance(capture, Mapping):
                yield from capture.entries
            if call is not None and isinstance(call.data, str):
                yield from returned.get(call.data, ())


def _torn(node: Mapping, returned: Map[str, frozenset[str]]) -> bool:
    steps = node.get("steps")
    return any(_is_torn(step, returned) for step in (steps.items if isinstance(steps, Sequence) else ()))


def _is_torn(step: Node, returned: Map[str, frozenset[str]]) -> bool:
    """Whether nobody can tell what a step captures: it is none, says so in no readable way, or calls no flow."""
    if not isinstance(step, Mapping):
        return True
    call = step.get("call")
    known = call is None or (isinstance(call.data, str) and call.data in returned)
    return not known or not isinstance(step.get("capture"), Mapping | None)


Rename = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where calls are being unfolded: what names become there, and the flows on the way."""

    rename: Rename
    prefix: str = ""
    silent: bool = False
    always: bool = False
    above: tuple[str, ...] = ()
    call: Place | None = None


def unfold(steps: Node, flows: Map[str, Flow], lookup: Lookup, problems: Problems) -> tuple[Written, ...]:
    """Return a probe's steps with those of the flows in place of calls. `lookup` resolves what flows leave open."""
    if not isinstance(steps, Sequence):
        if not steps.dynamic:
            hint = "write - step: … for each" if isinstance(steps, Mapping) else ""
            problems.add(steps.place, "steps wants a list of steps", hint)
        return ()
    unfolding = _Unfolding(flows, lookup, problems, count(1))
    return _bounded(unfolding.steps(steps, _Scope(rename=str)), steps, problems)


def _bounded(steps: Iterator[Written], node: Node, problems: Problems) -> tuple[Written, ...]:
    unfolded = tuple(islice(steps, MOST_STEPS + 1))
    if len(unfolded) > MOST_STEPS:
        problems.add(node.place, f"this comes to more than {MOST_STEPS:,} steps")
        return ()
    return unfolded


@dataclass(frozen=True, slots=True)
class _Unfolding:
    flows: Map[str, Flow]
    lookup: Lookup
    problems: Problems
    calls: "count[int]"

    def steps(self, steps: Node, scope: _Scope) -> Iterator[Written]:
        for step in steps.items if isinstance(steps, Sequence) else ():
            if not isinstance(step, Mapping):
                if not step.dynamic:
                    self.problems.add(step.place, "a step wants a mapping")
            elif "call" in step.entries:
                yield from self._call(step, scope)
            else:
                yield Written(step, scope.prefix, scope.silent, scope.always, scope.call)

    def _call(self, step: Mapping, scope: _Scope) -> Iterator[Written]:
        flow = self._called(step, scope)
        if flow is None:
            return
        label = step.get("step")
        name = flow.name
        if isinstance(label, Scalar) and isinstance(label.data, str):
            check_name(label, "step", NAME, self.problems)
            name = label.data
        prefix = f"{scope.prefix}{name}."
        inner = _Scope(
            rename=lambda capture: scope.rename(capture) if capture in flow.returns else prefix + capture,
            prefix=prefix,
            silent=scope.silent or flow.silent,
            always=scope.always or self._always(step),
            above=(*scope.above, flow.name),
            call=scope.call or step.entries["call"].value.place,
        )
        yield from self.steps(self._body(flow, step, inner.rename), inner)

    def _called(self, step: Mapping, scope: _Scope) -> Flow | None:
        call = step.entries["call"].value
        for key, entry in step.entries.items():
            if key not in _CALL_KEYS:
                message = f"a call takes no {key!r}; the steps of its flow have their own"
                self.problems.add(entry.key.place, message)
        if not isinstance(call.data, str):
            if not call.dynamic:
                self.problems.add(call.place, "call wants the name of a flow")
            return None
        calls = next(self.calls)
        if calls > MOST_STEPS:
            if calls == MOST_STEPS + 1:
                place = scope.call or call.place
                self.problems.add(place, f"this comes to more than {MOST_STEPS:,} calls")
            return None
        return self._known(call.data, call, scope)

    def _known(self, name: str, call: Node, scope: _Scope) -> Flow | None:
        flow = self.flows.get(name)
        if flow is None:
            self.problems.add(call.place, f"there is no flow {name!r}", nearest(name, self.flows))
        elif flow.name in scope.above:
            circle = [*scope.above[scope.above.index(flow.name) :], flow.name]
            self.problems.add(call.place, f"these flows call each other: {' → '.join(circle)}")
            return None
        elif len(scope.above) >= _MOST_LEVELS:
            self.problems.add(call.place, f"flows call each other more than {_MOST_LEVELS} levels deep here")
            return None
        return flow

    def _always(self, step: Mapping) -> bool:
        always = step.get("always")
        if always is not None and not isinstance(always.data, bool) and not always.dynamic:
            self.problems.add(always.place, "expected true or false")
        return always is not None and always.data is True

    def _body(self, flow: Flow, step: Mapping, rename: Rename) -> Sequence:
        owner = f"the flow {flow.name!r}"
        call = step.entries["call"].value
        values = bind(owner, flow.params, step.get("with"), call.place, self.problems)
        lookup = chain(values_lookup("param", values, owner), _own_captures(flow, rename), self.lookup)
        body = substitute(flow.steps, lookup, self.problems)
        steps = body.items if isinstance(body, Sequence) else ()
        return sequence(body.place, [_renamed(step, rename) for step in steps])


def _own_captures(flow: Flow, rename: Rename) -> Lookup:
    def lookup(reference: Reference, node: Scalar) -> Node | None:
        if reference.namespace:
            return None
        if reference.name not in flow.captures and not flow.torn:
            hint = did_you_mean(reference.name, flow.captures) or "hand it over as a parameter"
            raise NotFound(f"the flow {flow.name!r} captures no {reference.name!r}", hint)
        name = rename(reference.name)
        return (
            None if name == reference.name else Scalar(node.place, Template((replace(reference, name=name),)))
        )

    return lookup


def _renamed(step: Node, rename: Rename) -> Node:
    capture = step.get("capture") if isinstance(step, Mapping) else None
    if not isinstance(step, Mapping) or not isinstance(capture, Mapping):
        return step
    entries = [
        Entry(replace(entry.key, data=rename(name)), entry.value) for name, entry in capture.entries.items()
    ]
    return with_entries(step, {"capture": mapping(capture.place, entries, capture.end)})


def own_steps(flow: Flow, flows: Map[str, Flow], problems: Problems) -> tuple[Written, ...]:
    """Return a flow's own steps with its parameters left open, to be checked by themselves."""
    lookup = chain(open_lookup(flow.params, f"the flow {flow.name!r}"), _own_captures(flow, str))
    body = substitute(flow.steps, lookup, problems)
    scope = _Scope(rename=str, above=(flow.name,))
    return _bounded(
        _Unfolding(flows, left_alone, problems, count(1)).steps(body, scope),
        flow.steps,
        problems,
    )
