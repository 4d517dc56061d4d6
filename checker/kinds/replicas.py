"""The same step at every address of a service: what a load balancer in front of them would hide.

Whoever is answered by the one broken replica sees it; a check that is sent to any of them sees it now and then.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from operator import attrgetter
from typing import Any

from checker.assertions.explain import Redact, show
from checker.assertions.invalid import Invalid
from checker.assertions.subjects import Selector, compile_selector
from checker.assertions.values import same as equal
from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts
from checker.core.outcome import Truth, Verdict
from checker.core.trace import Trace
from checker.kinds.contract import Observation, Replicas, SpecProblem, StepContext
from checker.net.tls import Certificate

MOST_AT_ONCE = 16

Ask = Callable[[str, Trace], Awaitable[Observation]]
"""Does the step at one address, on a stopwatch of its own; raises Trouble."""


async def at_each(
    addresses: Iterable[str], ask: Ask, context: StepContext, selectors: tuple[Selector, ...], redact: Redact
) -> Observation:
    """Return what was seen at each address, how to hold that against `selectors`, and on the trace the slowest's time.

    Meanwhile `context` knows which addresses have not answered yet, and which have failed.
    """
    room = asyncio.Semaphore(MOST_AT_ONCE)
    traces = [(address, Trace()) for address in addresses]
    context.trace.asides.update(traces)

    async def seen(address: str, own: Trace) -> tuple[str, Observation]:
        async with room:
            try:
                observation = await ask(address, own)
            except Trouble as trouble:
                context.failed[address] = trouble
                observation = Observation(Facts({}), trouble=trouble)
        context.trace.asides.pop(address, None)
        return address, observation

    replicas = tuple(await asyncio.gather(*(seen(address, own) for address, own in traces)))
    _keep_slowest(context.trace, [own for _, own in traces])

    def compare(replicas: Replicas) -> tuple[Verdict, ...]:
        return tuple(_compared(selector, replicas, redact) for selector in selectors)

    size = sum(observation.size for _, observation in replicas)
    return Observation(Facts({}), replicas, compare=compare, size=size)


def selector_problems(raws: Iterable[Mapping[str, Any]], facts: tuple[Fact, ...]) -> Iterator[SpecProblem]:
    """Yield what is wrong with the selectors of `same`."""
    for index, raw in enumerate(raws):
        try:
            compile_selector(raw, facts)
        except Invalid as invalid:
            for problem in invalid.problems:
                hint = f"; {problem.hint}" if problem.hint else ""
                yield ("same", index, *problem.path), problem.message + hint


def _keep_slowest(trace: Trace, traces: list[Trace]) -> None:
    """Keep the time and the facts of the slowest, but the certificate that is the first to end."""
    slowest = max(traces, key=lambda one: sum(one.snapshot().values()))
    for phase, spent in slowest.snapshot().items():
        trace.timings[phase] = trace.timings.get(phase, 0.0) + spent
    trace.facts.update(slowest.facts)
    certificates = [
        one.facts["certificate"] for one in traces if isinstance(one.facts.get("certificate"), Certificate)
    ]
    if certificates:
        trace.facts["certificate"] = min(certificates, key=attrgetter("not_after"))


def _compared(selector: Selector, replicas: Iterable[tuple[str, Observation]], redact: Redact) -> Verdict:
    """Hold the answers against each other; an address without an answer has failed already, and is left out."""
    values = {name: selector.select(seen.facts) for name, seen in replicas if not seen.trouble}
    return Verdict(
        subject=selector.text,
        operator="same",
        expected="the same at all addresses",
        seen=_seen(selector, values, redact),
        verdict=_truth(values),
        reason=selector.subject.reason,
    )


def _truth(values: Mapping[str, object]) -> Truth:
    if not values:
        return Truth.UNTELLABLE
    first, *others = values.values()
    answers = {equal(first, other) for other in (first, *others)}
    if None in answers:
        return Truth.UNTELLABLE
    return Truth.MISSES if False in answers else Truth.HOLDS


def _seen(selector: Selector, values: Mapping[str, object], redact: Redact) -> str:
    groups: dict[str, list[str]] = {}
    for name, value in values.items():
        text = (
            f"nothing ({redact(value.why)})"
            if isinstance(value, Absent)
            else show(value, selector.subject.unit, redact)
        )
        groups.setdefault(text, []).append(name)
    return "; ".join(f"{text} at {', '.join(names)}" for text, names in groups.items()) or "no answer"
