"""A running checker without its sockets and signals: it schedules, records, reloads, and says how it is."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from checker.app.explaining import Explaining
from checker.app.listeners import MOVED, addresses
from checker.app.secrets import secret_sources
from checker.app.wiring import Lasting, Wiring, heartbeats_of, wire
from checker.board.board import Board
from checker.board.snapshot import ProbeView
from checker.config.configuration import Config
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.config.sources import is_remote
from checker.core.clock import Clock
from checker.core.errors import ConfigurationError
from checker.core.outcome import Outcome
from checker.core.reason import State
from checker.engine.plan import Plan, PlannedProbe
from checker.engine.redaction import Evidence
from checker.engine.run import Room
from checker.engine.runner import Runner
from checker.engine.scheduler import Scheduler
from checker.engine.stall import LoopLag
from checker.secrets.store import SecretStore
from checker.surfaces import logs
from checker.surfaces.own import Own
from checker.surfaces.web.app import Sources
from checker.surfaces.web.probing import Driving

LOGGER = logging.getLogger("checker.app")


@dataclass(frozen=True, slots=True)
class Options:
    """How `serve` was called.

    `listen` and `web_config` go before the configuration's. `stay_up`: a bad configuration at the start is awaited to
    get better, instead of being the end. `eager`: probes that write run at the start too, without waiting for their
    slot.
    """

    source: str
    role: str = "sentinel"
    listen: str | None = None
    web_config: str | None = None
    stay_up: bool = False
    log_outcomes: bool = False
    eager: bool = False
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


class Service:
    """Everything between the configuration and the surfaces. Made once; the configuration may change under it."""

    def __init__(
        self, options: Options, clock: Clock | None = None, tidy: Callable[[], None] = lambda: None
    ) -> None:
        """`tidy` is called when an old configuration has been let go of."""
        self._options = options
        self._tidy = tidy
        self._clock = clock or Clock()
        self._reloading = asyncio.Lock()
        self._stopping = False
        self._closing: set[asyncio.Task[None]] = set()
        self._refused: str | None = None
        self.read_at = 0.0
        self._refused_files: tuple[Path, ...] = ()
        self._refused_folders: tuple[Path, ...] = ()
        self._wiring: Wiring | None = None
        self._listening: str | None = None
        self._bound: tuple[str, str | None] | None = None
        self.secrets = SecretStore({}, self._clock)
        self.lasting = Lasting.of(self.secrets, self._clock)
        self.own = Own(
            in_flight=lambda: self.scheduler.in_flight,
            secrets=self.secrets.status,
            late_callbacks=lambda: self.lasting.callbacks.late,
            refresh_failures=self.secrets.refresh_failures,
        )
        self._lag = LoopLag(self._clock, self.own.stalled)
        self._runner = Runner(Room(self.secrets, self._clock, self._lag.lost))
        self.board = Board(Plan({}), self._clock)
        self._explaining = Explaining(self.board, self.own, self._clock)
        self.board.subscribe(self._log)
        self.scheduler = Scheduler(
            Plan({}),
            self._run,
            self.board.record,
            skipped=self.board.skipped,
            lagged=self.own.observe_lag,
            clock=self._clock,
            run_writes_at_start=options.eager,
        )

    @property
    def config(self) -> Config | None:
        """The configuration in use; None while a first one is awaited."""
        return self._wiring.config if self._wiring else None

    def start(self) -> Sequence[logs.Event]:
        """Take the first configuration and begin; raises ConfigurationError unless the service is to stay up.

        Returns what is to be logged of it, once the log has said that the checker has started.
        """
        refused = []
        try:
            self._take(self._wire())
        except ConfigurationError as error:
            if not self._options.stay_up:
                raise
            refused.append(self._refuse(error))
        self._lag.start()
        self.scheduler.start()
        return refused

    async def reload(self) -> str | None:
        """Take the configuration anew, or keep the one in use; return why it was refused, None if it was not.

        It is read and checked in a thread, because thousands of probes take a second of work.
        """
        async with self._reloading:
            before = dict(self.board.snapshot().probes)
            try:
                wiring = await asyncio.to_thread(self._wire)
            except ConfigurationError as error:
                logs.emit([self._refuse(error)])
                return str(error)
            except Exception as error:
                # A fault of ours in reading a file must not be the end of reloading.
                LOGGER.exception("a fault of the checker")
                told = ConfigurationError(
                    f"a fault of the checker ({type(error).__name__}); its log says more"
                )
                logs.emit([self._refuse(told)])
                return self._refused
            old = self._wiring
            self._take(wiring)
            if old:
                closing = asyncio.create_task(self._close(old))
                self._closing.add(closing)
                closing.add_done_callback(self._closing.discard)
            else:
                self._tidy()
            logs.emit([_reloaded(before, wiring.plan), *map(logs.restart_needed, self._moved())])
            return None

    async def stop(self) -> None:
        """Let runs end, then clean up, within ten seconds."""
        self._stopping = True
        await self.scheduler.stop()
        self._lag.stop()
        await asyncio.gather(*self._closing)
        if self._wiring:
            await self._wiring.aclose()

    def redact(self, text: str) -> str:
        """Strike all secrets that are known at this moment out of a text."""
        return self.secrets.redactor()(text)

    def watched(self) -> Iterable[Path]:
        """Return the files, and the folders in which an include may find more, whose change means a reload."""
        used = self.config.files if self.config else ()
        # An include that spoils a new configuration is mended in a file that the old one may not know.
        known = dict.fromkeys([*used, *self._refused_files]) or dict.fromkeys(self._named())
        folders = self.config.folders if self.config else ()
        return (*known, *dict.fromkeys([*folders, *self._refused_folders]))

    def _named(self) -> Iterable[Path]:
        """Return the file that the command line named, if it is one: also while it does not exist."""
        source = self._options.source
        return () if source == "-" or source.startswith("env:") or is_remote(source) else (Path(source),)

    def listens(self, url: str | None) -> None:
        """Take the URL that leads here where the configuration names none; None: nothing tells it."""
        self._listening = url
        self._tell_address()

    def bind(self) -> tuple[str, str | None]:
        """Return where to listen, and where apart for machines; what is configured later needs a restart."""
        self._bound = self._addresses()
        return self._bound

    def _addresses(self) -> tuple[str, str | None]:
        return addresses(self._options.listen, self.config.server if self.config else None)

    def _moved(self) -> Sequence[str]:
        return () if self._bound in (None, self._addresses()) else (MOVED,)

    def sources(self) -> Sources:
        """Return what the surfaces may know."""
        offered = self.config is not None and self.config.server.reload
        return Sources(
            snapshot=self.board.snapshot,
            own=self.own,
            healthy=self.healthy,
            ready=self.ready,
            reload=self.reload if offered else None,
            notices=lambda: (*((self._refused,) if self._refused else ()), *self._moved()),
        )

    def driving(self, listening: str | None) -> Driving:
        """Return what a Prometheus that drives the checker gets; `listening`: the address, where none is advertised."""

        def address() -> str | None:
            return (self.config.server.advertise if self.config else None) or listening

        return Driving(self.board.snapshot, self.scheduler.run_now, address, self._clock.wall)

    def healthy(self) -> str | None:
        """Return None while the scheduler keeps its schedule, else what is wrong; says nothing of the probes."""
        if self._stopping:
            return "the checker is stopping"
        if not self.scheduler.alive:
            return f"the schedule stands still: a slot is {self.scheduler.overdue:.0f} s overdue"
        return None

    def ready(self) -> str | None:
        """Return None once there is a configuration and its frequent probes have run, else what is awaited."""
        if self.config is None:
            return "no configuration could be taken into use yet"
        if self._stopping:
            return "the checker is stopping"
        return None if self.scheduler.ready else "not all probes have run yet"

    async def _close(self, old: Wiring) -> None:
        """Let go of what runs of the old plan may still be using, when they have ended."""
        await self.scheduler.outlast()
        await old.aclose()
        self._tidy()

    def _wire(self) -> Wiring:
        options = self._options
        self.read_at = time.time()  # as file systems have it, whatever clock the runs go by
        config = load(options.source, options.environment)
        return wire(config, self.secrets, role=options.role, clock=self._clock, lasting=self.lasting)

    def _take(self, wiring: Wiring) -> None:
        """Put a new configuration in the place of the old. Nothing here can fail: it was all prepared before."""
        config = wiring.config
        self._wiring = wiring
        environment = self._options.environment
        self.secrets.replace(secret_sources(config, environment, self.lasting.aws, self._clock))
        self.lasting.heartbeats.expect(heartbeats_of(wiring))
        self._tell_address()
        self._runner = Runner(self._room(config))
        self.board.replace(wiring.plan)
        self.scheduler.replace(wiring.plan)
        self._refused = None
        self._refused_files = self._refused_folders = ()
        self.own.reloaded(self._clock.wall())

    def _tell_address(self) -> None:
        configured = self.config.server.external_url if self.config else None
        self.lasting.callbacks.base_url = configured or self._listening

    def _room(self, config: Config) -> Room:
        by_role = Evidence.HEADERS if self._options.role == "sidecar" else Evidence.FULL
        evidence = Evidence(config.server.evidence) if config.server.evidence else by_role
        callbacks = self.lasting.callbacks
        return Room(self.secrets, self._clock, self._lag.lost, evidence, callbacks=callbacks)

    def _refuse(self, error: ConfigurationError) -> logs.Event:
        kept = "the one before stays in use" if self._wiring else "a better one is awaited"
        self._refused = f"The configuration cannot be used, {kept}: {error}"
        invalid = error if isinstance(error, InvalidConfiguration) else InvalidConfiguration(())
        self._refused_files, self._refused_folders = invalid.files, invalid.folders
        self.own.reload_failed()
        return logs.reload_refused(str(error).split("\n\n"))

    def _run(self, probe: PlannedProbe) -> Coroutine[Any, Any, Outcome]:
        return self._runner.run(probe)

    def _log(self, before: State, view: ProbeView) -> None:
        cause = self._explaining.cause(before, view)
        logs.emit(logs.of_run(before, view, log_outcomes=self._options.log_outcomes, cause=cause))


def _told_apart(probe: PlannedProbe) -> tuple[object, ...]:
    """Return what differs where a probe was edited, what is only told about it included."""
    about = (probe.labels, probe.severity, probe.owner, probe.runbook, probe.description)
    return (probe.fingerprint, *about, probe.slo, probe.full_metrics)


def _reloaded(before: Mapping[str, ProbeView], plan: Plan) -> logs.Event:
    old = {name: _told_apart(view.probe) for name, view in before.items()}
    new = {name: _told_apart(probe) for name, probe in plan.probes.items()}
    changed = sum(old[name] != new[name] for name in old.keys() & new.keys())
    return logs.reloaded(
        len(new), added=len(new.keys() - old), removed=len(old.keys() - new), changed=changed
    )
