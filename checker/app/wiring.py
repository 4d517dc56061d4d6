"""A configuration becomes running parts: its kinds, and the plan that they have prepared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from checker import __version__
from checker.config.configuration import Config, ProbeConfig, StepConfig
from checker.config.origins import origins
from checker.core.clock import Clock
from checker.engine.plan import Plan, plan
from checker.kinds import KINDS, build
from checker.kinds.contract import Covered, Kind, Tools
from checker.kinds.heartbeat import HeartbeatSpec
from checker.net.aws.calls import Aws
from checker.net.aws.remembered import Remembered
from checker.net.callbacks import Callbacks
from checker.net.heartbeats import Heartbeats, Key
from checker.secrets.store import SecretStore


def _aws() -> Aws:
    return Aws(__version__)


@dataclass(frozen=True, slots=True)
class Lasting:
    """What outlives every configuration: made once a process, and handed to the kinds of each."""

    aws: Aws = field(default_factory=_aws)
    remembered: Remembered = field(default_factory=Remembered)
    callbacks: Callbacks = field(default_factory=Callbacks)
    heartbeats: Heartbeats = field(default_factory=Heartbeats)

    @classmethod
    def of(cls, secrets: SecretStore, clock: Clock) -> "Lasting":
        """Return what goes by `clock`, and by the secrets as they are when they are asked for."""
        return cls(callbacks=Callbacks(clock), heartbeats=Heartbeats(secrets.read, clock))


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a configuration came to."""

    config: Config
    kinds: Mapping[str, Kind[Any]]
    plan: Plan

    async def aclose(self) -> None:
        """Let go of idle connections and the like."""
        for kind in self.kinds.values():
            await kind.aclose()


def wire(
    config: Config, secrets: SecretStore, *, role: str, clock: Clock, lasting: Lasting | None = None
) -> Wiring:
    """Prepare all that the probes of `role` need. Nothing is sent, and no secret is read."""
    lasting = lasting or Lasting()
    tools = Tools(
        secrets=secrets,
        clock=clock,
        version=__version__,
        base_directory=config.base_directory,
        origins=origins(config),
        accounts=config.accounts,
        covered=frozenset(_covered(config)),
        aws=lasting.aws,
        remembered=lasting.remembered,
        callbacks=lasting.callbacks,
        heartbeats=lasting.heartbeats,
    )
    kinds = build(tools)
    return Wiring(config, kinds, plan(config, kinds, role))


def _covered(config: Config) -> Iterator[Covered]:
    kinds = {kind.name: kind for kind in KINDS}
    for probe in config.probes:
        for step in _steps(probe):
            yield from kinds[step.kind].covers(step.spec)


def _steps(probe: ProbeConfig) -> tuple[StepConfig, ...]:
    return (*probe.steps, probe.shallow) if probe.shallow else probe.steps


def heartbeats_of(wiring: Wiring) -> Iterator[Key]:
    """Yield what the probes of a configuration expect to be told, as far as they run here."""
    for probe in wiring.config.probes:
        if probe.name in wiring.plan.probes:
            for step in _steps(probe):
                if isinstance(step.spec, HeartbeatSpec) and step.spec.secret:
                    yield probe.name, step.spec.secret
