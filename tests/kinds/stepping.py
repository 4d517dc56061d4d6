"""Probes of any kind, written as in checks.yaml and run by the engine; and single attempts of a kind."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from checker.app.secrets import secret_store
from checker.app.wiring import Lasting, wire
from checker.board.board import Board
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.core.clock import Clock
from checker.core.facts import Facts
from checker.core.outcome import Outcome, StepOutcome
from checker.core.reason import Reason, Result
from checker.core.trace import Trace
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Kind, StepContext
from checker.net.tls import Certificate
from checker.surfaces.exposition import Exposition
from checker.surfaces.metrics import families
from checker.surfaces.own import Own
from tests.net.scopes import scope_with, templated


def written(directory: Path, probe: Mapping[str, Any], top: Mapping[str, Any]) -> str:
    path = directory / "checks.yaml"
    path.write_text(yaml.safe_dump({"version": 1, **top, "probes": {"p": dict(probe)}}))
    return str(path)


async def run(
    directory: Path,
    probe: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    **top: Any,
) -> Outcome:
    """Run one probe once; `top` are further keys of the file, such as `secrets`."""
    outcome, _ = await run_and_export(directory, probe, environment, **top)
    return outcome


async def run_and_export(
    directory: Path,
    probe: Mapping[str, Any],
    environment: Mapping[str, str] | None = None,
    lasting: Lasting | None = None,
    **top: Any,
) -> tuple[Outcome, str]:
    """Run one probe once, and return what /metrics says after it too."""
    config = load(written(directory, probe, top), environment or {})
    secrets, clock = secret_store(config, environment or {}), Clock()
    wiring = wire(config, secrets, role="sentinel", clock=clock, lasting=lasting)
    board, planned = Board(wiring.plan, clock), wiring.plan.probes["p"]
    try:
        outcome = await Runner(Room(secrets, clock)).run(planned)
    finally:
        await wiring.aclose()
    board.record(planned, outcome)
    seen = board.snapshot()
    return outcome, "".join(Exposition().pieces(seen, families(seen), Own(), openmetrics=False))


async def step_of(directory: Path, probe: Mapping[str, Any], **top: Any) -> StepOutcome:
    """Run a probe with one step, and return what became of that."""
    (step,) = (await run(directory, probe, **top)).steps
    return step


async def passes(directory: Path, probe: Mapping[str, Any], **top: Any) -> StepOutcome:
    step = await step_of(directory, probe, **top)
    assert (Result.PASS, None) == (step.result, step.message)
    return step


async def fails(directory: Path, probe: Mapping[str, Any], **top: Any) -> tuple[Reason, str]:
    """Run a probe that does not pass, and return why."""
    step = await step_of(directory, probe, **top)
    assert step.reason
    assert step.result is step.reason.result
    return step.reason, step.message or ""


def certificate_of(step: StepOutcome) -> Certificate:
    """Return the certificate that stays with a step, passed or not: what its metric is made of."""
    certificate = step.facts["certificate"]
    assert isinstance(certificate, Certificate)
    return certificate


async def attempt(kind: Kind[Any], spec: Mapping[str, Any], context: StepContext | None = None) -> Facts:
    """Do one step without an engine."""
    context = context or StepContext("p", "s", scope_with(), Trace())
    observe = kind.prepare(kind.Spec.model_validate(templated(dict(spec))))
    return (await observe(context)).facts


def problems(directory: Path, probe: Mapping[str, Any], **top: Any) -> list[str]:
    """Return what is wrong with a probe."""
    with pytest.raises(InvalidConfiguration) as caught:
        load(written(directory, probe, top), {})
    return [problem.message for problem in caught.value.problems]
