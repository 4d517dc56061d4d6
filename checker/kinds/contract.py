"""What a kind is: it turns a spec from the YAML into an observation, a bag of named facts.

A kind is one file in this package. It knows nothing of assertions, captures, polls, retries, metrics or
reports: those are written once, over facts. It is listed in `checker/kinds/__init__.py`, has a test, and a page
in `docs/kinds/`.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.facts import Fact, Facts
from checker.core.outcome import Verdict
from checker.core.record import record
from checker.core.scope import Scope
from checker.core.trace import Trace
from checker.net.aws.accounts import Account
from checker.net.aws.calls import Aws
from checker.net.aws.remembered import Remembered
from checker.net.callbacks import Callbacks
from checker.net.evidence import Kept
from checker.net.heartbeats import Heartbeats
from checker.secrets.store import SecretStore

S = TypeVar("S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, and how facts are made of it: of this one, or of another one to the same request."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes  # decoded
    read: Callable[["Answer"], Facts] = field(repr=False)
    method: str = "GET"  # of the request

    @property
    def facts(self) -> Facts:
        """The facts of this answer, by the code that made them the first time; raises Trouble."""
        return self.read(self)


Replicas = tuple[tuple[str, "Observation"], ...]


@record(frozen=True, slots=True)
class Observation:
    """What one attempt of a step saw.

    `replicas` is for a step that did the same against several addresses: a name and an observation for
    each; assertions are then held against every one of them, and `facts` is not used.

    An attempt that got no answer is not an observation: the kind raises `Trouble` instead. A replica that
    got none has its Trouble in `trouble`. `verdicts` are what the kind itself has judged, and count like those on
    expectations: that a fact is equal in all replicas; `compare` makes these of replicas, where that is not done yet.
    `answered` returns what the facts were made of; few ask for it. `size` says how many bytes the facts may be made of:
    many are judged beside the event loop.
    """

    facts: Facts
    replicas: Replicas = ()
    trouble: Trouble | None = None
    verdicts: tuple[Verdict, ...] = ()
    compare: Callable[[Replicas], tuple[Verdict, ...]] | None = None
    answered: Callable[[], Answer] | None = None
    size: int = 0

    @property
    def answer(self) -> Answer | None:
        """What the facts were made of, where that was an answer over HTTP."""
        return self.answered() if self.answered else None

    @property
    def compared(self) -> tuple[Verdict, ...]:
        """What the kind itself has judged, or makes of the replicas now."""
        return self.verdicts or (self.compare(self.replicas) if self.compare else ())


class Weight(Enum):
    """What it means where nobody notices a mutation."""

    PATH = auto()  # a user's path is down, and the probe passes
    SOME = auto()  # of those with the same subject, one at least has to be noticed
    ANY = auto()  # of all of the step, one at least has to be noticed
    HINT = auto()  # it may be meant so


@dataclass(frozen=True, slots=True)
class Mutation:
    """What a step might have seen in the place of what it saw. `see` makes it; it raises Trouble as the step would.

    `what` completes "… would still pass". `subject` is the value that it is about, as a path; "": all that was seen.
    `delay` is how many seconds it takes to see it.
    """

    name: str
    what: str
    see: Callable[[], Observation] = field(repr=False)
    weight: Weight = Weight.PATH
    subject: str = ""
    delay: float = 0.0


@dataclass(slots=True)
class StepContext:
    """What a kind may use during one attempt. Owned by the run; never kept by the kind."""

    probe: str
    step: str
    scope: Scope
    trace: Trace
    exchanges: list[Kept] = field(default_factory=list)  # evidence, appended as it happens
    run_state: dict[str, Any] = field(default_factory=dict)  # shared by the steps of a run: cookies
    asked: frozenset[str] | None = None  # the facts that the step speaks of; None: it may be any
    asserted: frozenset[str] = frozenset()  # those that it expects something of: not warned of, not captured
    failed: dict[str, Trouble] = field(default_factory=dict)  # of several replicas, those that got no answer

    def wants(self, fact: str) -> bool:
        """Whether a fact may be asked for; what costs time to find out may be left out where not."""
        return self.asked is None or fact in self.asked


Covered = tuple[str | None, str, str]
"""A service of ECS that a step is about: the name of its AWS account (None: the only one), the cluster, the service."""

SpecProblem = tuple[tuple[str | int, ...], str]
"""Where in a spec something is wrong, and a message for the user."""

Observe = Callable[[StepContext], Awaitable[Observation]]
"""A prepared step. Raises Trouble where there is no answer; honours cancellation at once."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What outlives a run and is handed to every kind when the product starts."""

    secrets: SecretStore
    clock: Clock = field(default_factory=Clock)
    version: str = "0"
    base_directory: Path = field(default_factory=Path)  # what file names in checks.yaml are relative to
    origins: frozenset[str] = (
        frozenset()
    )  # `https://host:port` that captured URLs may lead to, beside the steps' own
    accounts: Mapping[str, Account] = field(default_factory=dict)  # what `aws:` declares
    covered: frozenset[Covered] = frozenset()  # by any probe of the configuration
    aws: Aws = field(default_factory=Aws)
    remembered: Remembered = field(default_factory=Remembered)
    callbacks: Callbacks = field(default_factory=Callbacks)
    heartbeats: Heartbeats = field(default_factory=Heartbeats)


class Kind(ABC, Generic[S]):
    """One kind of step. An object of it lives as long as the process, across reloads."""

    name: ClassVar[str]
    Spec: ClassVar[type[BaseModel]]  # frozen, extra=forbid, every field described
    facts: ClassVar[tuple[Fact, ...]]
    runs_on: ClassVar[str] = "any"  # or sentinel: AWS control-plane kinds
    inspects: ClassVar[bool] = False  # asks what a target runs on, and is no user's path itself

    def __init__(self, tools: Tools) -> None:
        self.tools = tools

    @classmethod
    def writes(cls, spec: S) -> bool:
        """Whether the step may change something at its target."""
        return False

    @classmethod
    def idempotent(cls, spec: S) -> bool:
        """Whether a retry may follow an attempt that reached the target."""
        return not cls.writes(spec)

    @classmethod
    def repeats(cls, spec: S) -> bool:
        """Whether one attempt yields replicas: then no capture, poll or retry may go with it."""
        return False

    @classmethod
    def waits(cls, spec: S) -> float:
        """Return for how many seconds one attempt may wait for others, by its own limit; 0: it has none."""
        return 0.0

    @classmethod
    def covers(cls, spec: S) -> Iterable[Covered]:
        """Return the services of ECS that the step looks at or asks."""
        return ()

    @classmethod
    def runs(cls, spec: S) -> str:
        """Return which role runs the step by default: any, or sentinel where it asks the control plane of AWS."""
        return cls.runs_on

    @classmethod
    def implied(cls, spec: S, asserted: frozenset[str]) -> Mapping[str, object]:
        """Return the expectations that hold unless `asserted` (names of facts) speaks of them, such as a 2xx status."""
        return {}

    @classmethod
    def files(cls, spec: S) -> Iterable[str]:
        """Yield the names of the files that are read when the step is prepared: what is in them is a part of it."""
        return ()

    def doubts(self, spec: S) -> Iterable[SpecProblem]:
        """Yield what a spec may say, but hardly means."""
        return ()

    @classmethod
    def of_account(cls, spec: S, name: str) -> S:
        """Return the spec with the AWS account that its probe names, where it names none itself."""
        return spec

    def asks(self, spec: S) -> Iterable[Account]:
        """Yield the AWS accounts that are asked in the region which is theirs, or the environment's."""
        return ()

    @classmethod
    def mutations(cls, spec: S, seen: Observation) -> Iterable[Mutation]:
        """Yield what the step might have seen instead, beside what can be told from facts and answers alone."""
        return ()

    def problems(self, spec: S, restricted: Mapping[str, frozenset[str]]) -> Iterable[SpecProblem]:
        """Yield what is wrong with a spec that its types do not tell; only a spec without problems can be prepared.

        `restricted` has the hosts of every secret that may only be sent to some.
        """
        return ()

    @abstractmethod
    def prepare(self, spec: S) -> Observe:
        """Return the step as a function, with all that can be computed beforehand computed."""

    async def aclose(self) -> None:
        """Let go of what the kind holds open."""
        return
