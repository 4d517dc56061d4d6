"""A configuration becomes running parts: secrets, kinds, a plan, and the runner that both `serve` and `run` use."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from checker import __version__
from checker.config.load import Config
from checker.config.models import SecretConfig
from checker.core.clock import Clock
from checker.engine.plan import Plan, plan
from checker.kinds import build
from checker.kinds.contract import Kind, Tools
from checker.secrets.sources import EnvSource, FileSource, Source
from checker.secrets.store import SecretStore


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a configuration came to. `secrets` and `kinds` live on across reloads, `plan` does not."""

    config: Config
    secrets: SecretStore
    kinds: Mapping[str, Kind[Any]]
    plan: Plan

    async def aclose(self) -> None:
        """Let go of idle connections and the like."""
        for kind in self.kinds.values():
            await kind.aclose()


def wire(config: Config, environment: Mapping[str, str], *, role: str, clock: Clock) -> Wiring:
    """Prepare all that the probes of `role` need. Nothing is sent, and no secret is read."""
    secrets = SecretStore(secret_sources(config, environment), clock)
    kinds = build(Tools(secrets=secrets, clock=clock, version=__version__))
    return Wiring(config, secrets, kinds, plan(config, kinds, role))


def secret_sources(config: Config, environment: Mapping[str, str]) -> Mapping[str, Source]:
    """Return where each secret of the configuration is read from."""
    return {name: _source(secret, config.directory, environment) for name, secret in config.secrets.items()}


def _source(secret: SecretConfig, directory: Path, environment: Mapping[str, str]) -> Source:
    hosts = None if secret.hosts is None else frozenset(secret.hosts)
    if secret.file is not None:
        return FileSource(directory / secret.file, hosts)
    return EnvSource(secret.env or "", hosts, environment)
