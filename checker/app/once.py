"""`checker run`: the chosen probes once, or again and again until they pass; the same runner as the schedule's."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from checker.app.listeners import listen, listen_near, reachable, shown
from checker.app.secrets import secret_sources
from checker.app.wiring import Lasting, Wiring, heartbeats_of, wire
from checker.board.board import Board
from checker.board.snapshot import Snapshot
from checker.config.load import load
from checker.config.models import ServerConfig
from checker.core.clock import Clock
from checker.core.duration import parse_duration
from checker.core.errors import ConfigurationError
from checker.core.outcome import Outcome
from checker.core.reason import Result
from checker.engine.plan import Plan, PlannedProbe
from checker.engine.redaction import Evidence
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.engine.selection import select
from checker.engine.stall import LoopLag
from checker.kinds.callback import CallbackKind
from checker.secrets.store import SecretStore
from checker.surfaces.causes.evidence import Happened
from checker.surfaces.causes.likely import causes, explaining
from checker.surfaces.report.finished import Finished

PAUSE = 1.0
"""Seconds between two rounds of `until_pass`."""

Show = Callable[[Finished], None]


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user asked for. `until_pass` is a duration; `strict`: degraded is not good enough."""

    names: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    until_pass: str | None = None
    repeat_writes: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be run. `patience`: seconds for which what does not pass is repeated.

    `listening` is where callbacks are delivered meanwhile; None: no probe waits for any.
    """

    probes: tuple[PlannedProbe, ...]
    wiring: Wiring
    secrets: SecretStore
    clock: Clock
    patience: float
    strict: bool
    lasting: Lasting = field(default_factory=Lasting)
    listening: socket.socket | None = None

    def redact(self, text: str) -> str:
        """Strike all secrets that are known at this moment out of a text."""
        return self.secrets.redactor()(text)


def prepare(source: str, environment: Mapping[str, str], choice: Choice) -> Job:
    """Read the configuration and choose; raises ConfigurationError, also where side effects would be repeated."""
    clock = Clock()
    config = load(source, environment)
    secrets = SecretStore({}, clock)
    lasting = Lasting.of(secrets, clock)
    secrets.replace(secret_sources(config, environment, lasting.aws, clock))
    wiring = wire(config, secrets, role="sentinel", clock=clock, lasting=lasting)
    probes = select(wiring.plan.probes, choice.names, choice.labels)
    patience = _patience(choice, probes)
    lasting.heartbeats.expect(heartbeats_of(wiring))
    listening = None
    if any(step.kind == CallbackKind.name for probe in probes for step in probe.steps):
        listening = _listening(config.server, environment)
        heard_at = shown(listening) if reachable(listening) else None
        lasting.callbacks.base_url = config.server.external_url or heard_at
    return Job(probes, wiring, secrets, clock, patience, choice.strict, lasting, listening)


def _listening(server: ServerConfig, environment: Mapping[str, str]) -> socket.socket:
    """Return where `serve` would listen; beside one that runs there already, another port does where it can be told."""
    address = environment.get("CHECKER_LISTEN") or server.listen
    return listen(address) if server.external_url else listen_near(address)


def _patience(choice: Choice, probes: Sequence[PlannedProbe]) -> float:
    if choice.until_pass is None:
        return 0.0
    writing = [probe.name for probe in probes if probe.writes]
    if writing and not choice.repeat_writes:
        raise ConfigurationError(
            f"--until-pass would repeat what {', '.join(writing)} writes; "
            "name the probes that may be repeated, or agree to it by --repeat-writes"
        )
    try:
        return parse_duration(choice.until_pass)
    except ValueError as error:
        raise ConfigurationError(f"--until-pass: {error}") from None


@dataclass(frozen=True, slots=True)
class Ran:
    """The last run of each probe, with its evidence, and the board that they led to.

    `interrupted`: there was no time for all; `runs` lacks the probes without a finished run.
    """

    runs: tuple[Finished, ...]
    snapshot: Snapshot
    interrupted: bool = False

    def verdict(self, *, strict: bool) -> Result:
        """Return PASS, FAIL if any probe failed (or, if strict, was degraded), ERROR if the checker could not tell."""
        results = {run.outcome.result for run in self.runs}
        if Result.FAIL in results or (strict and Result.DEGRADED in results):
            return Result.FAIL
        return Result.ERROR if Result.ERROR in results else Result.PASS


async def run_once(job: Job, show: Show) -> Ran:
    """Run what is wanted; `show` hears of each run as it ends. A cancellation ends it early, with what is finished."""
    board = Board(Plan({probe.name: probe for probe in job.probes}, job.wiring.plan.label_keys), job.clock)
    lag = LoopLag(job.clock)
    lag.start()
    latest: dict[str, Finished] = {}
    interrupted = False
    try:
        room = Room(
            job.secrets,
            job.clock,
            lag.lost,
            Evidence(job.wiring.config.server.evidence or Evidence.FULL),
            keep_evidence=True,
            callbacks=job.lasting.callbacks,
        )
        async with _called_back(job):
            interrupted = await _interrupted(_rounds(job, Runner(room), board, show, latest))
    finally:
        lag.stop()
        await job.wiring.aclose()
    snapshot = board.snapshot()
    finished = (latest[probe.name] for probe in job.probes if probe.name in latest)
    return Ran(tuple(_explained(run, snapshot, job) for run in finished), snapshot, interrupted)


async def _interrupted(rounds: Coroutine[None, None, None]) -> bool:
    """Return whether the rounds were cancelled; then what they had begun has been cleaned up."""
    try:
        await rounds
    except asyncio.CancelledError:
        return True
    return False


def _explained(run: Finished, snapshot: Snapshot, job: Job) -> Finished:
    happened = Happened(job.secrets.status())
    return replace(run, causes=explaining(causes(snapshot.probes[run.probe.name], snapshot, happened)))


@asynccontextmanager
async def _called_back(job: Job) -> AsyncIterator[None]:
    """Take callbacks for as long as the context goes on, where any are waited for."""
    if job.listening is None:
        yield
        return
    # Few calls need a server, and it takes a tenth of a second to import.
    from checker.surfaces.web.app import called_app  # noqa: PLC0415
    from checker.surfaces.web.calls import callback_routes  # noqa: PLC0415
    from checker.surfaces.web.server import Server  # noqa: PLC0415

    server = Server(called_app(callback_routes(job.lasting.callbacks)), job.listening)
    await server.open()
    try:
        yield
    finally:
        await server.aclose()


async def _rounds(job: Job, runner: Runner, board: Board, show: Show, latest: dict[str, Finished]) -> None:
    """Run what does not pass again and again; `latest` takes each probe's last run."""
    places = asyncio.Semaphore(job.wiring.plan.max_in_flight)

    async def run(probe: PlannedProbe) -> None:
        async with places:
            outcome = await runner.run(probe)
        board.record(probe, outcome)
        latest[probe.name] = Finished(probe, outcome, board.snapshot().probes[probe.name].state)
        show(latest[probe.name])

    now = asyncio.get_running_loop().time
    end = now() + job.patience
    left = job.probes
    while True:
        await asyncio.gather(*map(run, left))
        left = tuple(probe for probe in left if not is_good(latest[probe.name].outcome, strict=job.strict))
        if not left or now() + PAUSE >= end:
            return
        await asyncio.sleep(PAUSE)


def is_good(outcome: Outcome, *, strict: bool) -> bool:
    """Whether an outcome is what was hoped for; `strict`: degraded is not."""
    return outcome.result is Result.PASS or (outcome.result is Result.DEGRADED and not strict)
