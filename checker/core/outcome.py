"""What one run of one probe came to. Frozen: made once by the runner, read by everybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from checker.core.reason import Phase, Reason, Result
from checker.core.record import record

WITHHELD = "(withheld)"
"""Stands in the evidence for what may hold a secret that nobody knows."""


class Truth(StrEnum):
    """What an operator says of a value. Only HOLDS passes; UNTELLABLE never does, negated or not."""

    HOLDS = "holds"
    MISSES = "misses"
    UNTELLABLE = "untellable"


@record(frozen=True, slots=True)
class Verdict:
    """One assertion held against what was seen; all texts are short and redacted."""

    subject: str  # as a path: status, headers.content-type, json.$.results[0].id
    operator: str
    expected: str
    seen: str
    verdict: Truth
    reason: Reason = Reason.ASSERTION  # that a miss gives to the run
    message: str = ""  # a sentence, where expected and seen alone do not say it
    own: bool = False  # untellable by the checker's own trouble: no verdict on the target


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a secret is read from: `env`, the name of a variable, or `file`, a path."""

    kind: str
    name: str


Spelled = tuple[str | Origin, ...]
"""A redacted text, with the origin of what was struck out in its place."""


@record(frozen=True, slots=True)
class Exchange:
    """One request and its answer as they went over the wire, kept as evidence (redacted) and for reports.

    Bodies are cut to the first 64 KiB. `status` is None where no answer came. `spelled` has, for the URL, a header as
    `name: value` or the body of the request, what the redaction left of it with the origins of secrets; for a header
    with a Basic login whose password has an origin, the login, as `name:password`.
    """

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    status: int | None = None
    http_version: str = ""
    response_headers: tuple[tuple[str, str], ...] = ()
    response_body: bytes = b""
    address: str = ""
    started_at: float = 0.0  # seconds since the epoch
    timings: Mapping[Phase, float] = field(default_factory=dict)
    spelled: Mapping[str, Spelled] = field(default_factory=dict)


@record(frozen=True, slots=True)
class StepOutcome:
    """One step of a run. A step that was not reached is not in the outcome."""

    step: str
    kind: str
    result: Result
    reason: Reason | None
    message: str | None
    duration: float  # seconds, attempts and waits included
    timings: Mapping[Phase, float]  # of the last attempt
    assertions: tuple[Verdict, ...] = ()
    warnings: tuple[Verdict, ...] = ()
    attempts: int = 1
    always: bool = False
    skipped: str | None = None  # why a clean-up step did not run
    facts: Mapping[str, object] = field(default_factory=dict)  # that outlive it: certificate, address, status
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class ShallowOutcome:
    """What the platform's own health check claimed while the deep run went on. `healthy` None: it could not tell."""

    healthy: bool | None
    message: str | None
    duration: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one run. `step`, `reason`, `message` are of the first failure, or of the first missed warn."""

    probe: str
    started_at: float  # seconds since the epoch
    duration: float  # seconds, clean-up excluded
    result: Result
    step: str | None = None
    reason: Reason | None = None
    message: str | None = None
    steps: tuple[StepOutcome, ...] = ()
    values: Mapping[str, float] = field(default_factory=dict)  # captures with `metric: true`
    shallow: ShallowOutcome | None = None

    @property
    def masked(self) -> bool | None:
        """True where the platform says healthy while the user's path is broken; None without a shallow verdict."""
        if self.shallow is None or self.shallow.healthy is None:
            return None
        return self.result is Result.FAIL and self.shallow.healthy
