"""A whole configuration, expanded, typed and checked: what the plan is made of. Nothing in it ever changes."""

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel

from checker.assertions.capture import Capture
from checker.assertions.evaluate import Assertion
from checker.config.models import SecretConfig, ServerConfig
from checker.config.nodes import Mapping, Path, place_of
from checker.config.problems import Place, Problem
from checker.core.reason import Reason, Severity
from checker.kinds.fields import written
from checker.net.aws.accounts import Account


@dataclass(frozen=True, slots=True)
class Poll:
    """Repeat a step until its expectations hold: every `every` seconds, for at most `within` seconds."""

    every: float
    within: float
    stop_if: tuple[Assertion, ...] = ()  # fails the step at once when all of them hold


@dataclass(frozen=True, slots=True)
class Retry:
    """Repeat a failed attempt: at most `attempts` in all, `delay` seconds apart, for these reasons only."""

    attempts: int = 1
    delay: float = 0.0
    reasons: frozenset[Reason] = frozenset()


@dataclass(frozen=True, slots=True)
class StepConfig:
    """One step. Its expectations are compiled, with those that its kind implies.

    `needs` are the captures that its spec refers to; `node` is what it was read from; `files` are those that it is made
    of, such as schemas and uploads, with a digest of what is in them. `credentials` are where it holds some in so many
    words, `doubts` where it says what it hardly means.
    """

    name: str
    kind: str
    spec: BaseModel
    node: Mapping = field(repr=False, compare=False)
    expect: tuple[Assertion, ...] = ()
    warn: tuple[Assertion, ...] = ()
    captures: tuple[Capture, ...] = ()
    timeout: float | None = None
    poll: Poll | None = None
    retry: Retry = Retry()
    always: bool = False
    needs: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()  # that it refers to anywhere, by name
    writes: bool = False  # at the target; what a flow marked `effects: none` does counts for nothing
    idempotent: bool = True
    repeats: bool = False  # once for each address
    runs_on: str = "any"  # of its kind
    files: tuple[tuple[str, str], ...] = ()
    credentials: tuple[Path, ...] = ()
    doubts: tuple[tuple[Path, str], ...] = ()
    asks: tuple[Account, ...] = ()  # of AWS, in their own region
    waits: float = 0.0  # seconds for which one attempt may wait by its own limit


@dataclass(frozen=True, slots=True)
class ProbeConfig:
    """One probe with all defaults in place; times in seconds.

    `depends_on` has the full names of probes. `fingerprint` is equal for two readings of a file exactly where
    nothing that decides the probe's behaviour has changed. `origins` are those that its steps name literally.
    """

    name: str
    steps: tuple[StepConfig, ...]
    fingerprint: str
    node: Mapping = field(repr=False, compare=False)
    interval: float = 30.0
    timeout: float = 10.0
    cleanup_timeout: float = 5.0
    interval_on_failure: float | None = None
    fail_after: int = 2
    recover_after: int = 2
    description: str = ""
    labels: Map[str, str] = field(default_factory=dict)
    severity: Severity = Severity.TICKET
    owner: str = ""
    runbook: str = ""
    slo: float | None = None  # the objective as a ratio
    depends_on: tuple[str, ...] = ()
    shallow: StepConfig | None = None
    effects: str = "none"  # or writes
    runs_on: str = "any"  # or sidecar, sentinel
    metrics: str = "full"  # or basic
    buckets: tuple[float, ...] = ()
    origins: frozenset[str] = frozenset()

    def place(self, path: Path = ()) -> Place:
        """Return where the value at a path is written: `("steps", 0, "http", "url")`, `("shallow", "http")`.

        `steps` are those after expansion, also where a probe has a single one and no list.
        """
        return place_of(self.node, path)

    @property
    def document(self) -> dict[str, Any]:
        """The expanded probe as it could have been written, run-time references as text; for people."""
        document: dict[str, Any] = written(self.node.data)
        return document


@dataclass(frozen=True, slots=True)
class Config:
    """What the YAML says; `warnings` do not forbid its use.

    `files` are all that were read, schemas and uploads too, and `folders` those in which an include may find more:
    to be watched.
    """

    probes: tuple[ProbeConfig, ...]
    server: ServerConfig = field(default_factory=ServerConfig)
    secrets: Map[str, SecretConfig] = field(default_factory=dict)
    accounts: Map[str, Account] = field(default_factory=dict)
    files: tuple[FilePath, ...] = ()
    folders: tuple[FilePath, ...] = ()
    base_directory: FilePath = field(default_factory=FilePath)  # what names of files are relative to
    warnings: tuple[Problem, ...] = ()
    version: int = 1
