"""Documents as users write them: loaded by the real loader, run by the real runner over the real transport."""

import contextlib
import textwrap
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from checker.app.secrets import secret_sources
from checker.app.wiring import Wiring
from checker.board.board import Board
from checker.config.load import load
from checker.config.origins import origins
from checker.core.clock import Clock
from checker.core.outcome import Outcome
from checker.engine.plan import plan
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.kinds.contract import Kind, Tools
from checker.kinds.http import HttpKind
from checker.net.resolve import Resolver
from checker.secrets.store import SecretStore
from checker.surfaces.exposition import Exposition
from checker.surfaces.metrics import families

PROBE = "probe"


def document(probe: str, name: str = PROBE) -> str:
    """Return checks.yaml with one probe."""
    return f"version: 1\nprobes:\n  {name}:\n{textwrap.indent(textwrap.dedent(probe), ' ' * 4)}"


@dataclass(frozen=True)
class Told:
    """What a run says in one line."""

    result: str
    reason: str | None = None
    step: str | None = None
    values: Mapping[str, float] = field(default_factory=dict)


PASS = Told("pass")


def told(outcome: Outcome) -> Told:
    return Told(outcome.result, outcome.reason, outcome.step, outcome.values)


@dataclass(frozen=True)
class Rig:
    """A loaded document, of which probes are run as often as a test likes."""

    wiring: Wiring
    runner: Runner
    board: Board
    secrets: SecretStore

    async def run(self, name: str = PROBE) -> Outcome:
        probe = self.wiring.plan.probes[name]
        outcome = await self.runner.run(probe)
        self.board.record(probe, outcome)
        return outcome

    def metrics(self) -> str:
        snapshot = self.board.snapshot()
        return "".join(Exposition().pieces(snapshot, families(snapshot), None, openmetrics=False))

    def certificates(self) -> set[str]:
        """Return the probes of which the end of a certificate is exported."""
        families = text_string_to_metric_families(self.metrics())
        return {
            sample.labels["probe"]
            for family in families
            for sample in family.samples
            if sample.name == "checker_certificate_not_after_timestamp_seconds"
        }

    def samples(self, name: str) -> dict[tuple[str, ...], float]:
        """Return the values of a metric, by those of its labels but `probe`."""
        families = text_string_to_metric_families(self.metrics())
        found = (sample for family in families for sample in family.samples if sample.name == name)
        return {
            tuple(text for label, text in sample.labels.items() if label != "probe"): sample.value
            for sample in found
        }


@contextlib.asynccontextmanager
async def rig(
    text: str,
    environment: Mapping[str, str] | None = None,
    *,
    resolver: Resolver | None = None,
    directory: Path | None = None,
    lost: Callable[[], float] = lambda: 0.0,
) -> AsyncIterator[Rig]:
    """Wire a document as `serve` and `run` do.

    `resolver` takes the place of the system's; `directory` is where the document is put as a file; `lost` tells what
    the checker itself has lost.
    """
    variables = {"CHECKS": textwrap.dedent(text), **(environment or {})}
    clock = Clock()
    config = load(_source(text, directory), variables)
    secrets = SecretStore(secret_sources(config, variables), clock)
    tools = Tools(secrets, clock, "test", config.base_directory, origins(config))
    kinds: Mapping[str, Kind[Any]] = {"http": HttpKind(tools, resolver=resolver)}
    wiring = Wiring(config, kinds, plan(config, kinds))
    try:
        yield Rig(
            wiring, Runner(Room(secrets, clock, lost, keep_evidence=True)), Board(wiring.plan, clock), secrets
        )
    finally:
        await wiring.aclose()


def _source(text: str, directory: Path | None) -> str:
    if directory is None:
        return "env:CHECKS"
    path = directory / "checks.yaml"
    path.write_text(textwrap.dedent(text), "utf-8")
    return str(path)


async def outcome_of(text: str, environment: Mapping[str, str] | None = None, **settings: Any) -> Outcome:
    """Run a document's probe once."""
    async with rig(text, environment, **settings) as bench:
        return await bench.run()
