"""`checker serve` as a process: its sockets, its signals, and an orderly end."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from checker import __version__
from checker.app import heap, memory
from checker.app.listeners import listen, reachable, shown
from checker.app.service import Options, Service
from checker.app.watch import changes, remote_changes
from checker.app.webconfig import WebAccess
from checker.config.sources import Unreadable, is_remote, remote_version
from checker.core.threads import DaemonThreads
from checker.surfaces import logs
from checker.surfaces.web.access import Access
from checker.surfaces.web.app import metrics_app, web_app
from checker.surfaces.web.calls import callback_routes, heartbeat_routes
from checker.surfaces.web.live import Live
from checker.surfaces.web.probing import routes
from checker.surfaces.web.server import Server

Announce = Callable[[str], None]


async def serve(options: Options, announce: Announce | None = None) -> None:
    """Run until SIGTERM or SIGINT. `announce` hears the base URL of the status page as soon as it answers.

    Raises ConfigurationError for what cannot be served at all.
    """
    heap.give_back()
    service = Service(options, tidy=memory.tidy)
    logs.configure(service.redact)
    refused = service.start()
    with memory.settled():
        await _serve(options, service, refused, announce)


async def _serve(
    options: Options, service: Service, refused: Sequence[logs.Event], announce: Announce | None
) -> None:
    access = WebAccess(Path(options.web_config) if options.web_config else None, partial(_named, service))
    if error := access.take():
        if not options.stay_up:
            raise error
        refused = [*refused, access.refused(error)]
    live = Live(service.board.snapshot)
    servers = _servers(service, live, access)
    stopping = asyncio.Event()
    _on_signals(stopping, service)
    watching = (
        _reload_on_change(service),
        _poll(options.source, service),
        _follow(access, service, servers[0]),
    )
    reloading = [asyncio.create_task(watch) for watch in watching]
    try:
        for server in servers:
            await server.open()
        _say_started(options, service, [_url(server, access) for server in servers], announce)
        logs.emit(refused)
        await stopping.wait()
    finally:
        for task in reloading:
            task.cancel()
        await service.stop()
        live.close()
        await asyncio.gather(*(server.aclose() for server in servers))
    logs.emit([logs.stopped()])


def _named(service: Service) -> Path | None:
    """Return the web configuration that checks.yaml names."""
    config = service.config
    name = config.server.web_config if config else None
    return config.base_directory / name if config and name else None


def _url(server: Server, access: WebAccess) -> str:
    return shown(server.socket, "https" if access.tls() else "http")


def _servers(service: Service, live: Live, access: WebAccess) -> Sequence[Server]:
    address, apart = service.bind()
    given = service.sources()
    sources = replace(given, notices=lambda: (*given.notices(), *access.notices()))
    people = listen(address)
    machines = listen(apart) if apart else people
    called = [*callback_routes(service.lasting.callbacks), *heartbeat_routes(service.lasting.heartbeats)]
    driven = routes(service.driving(reachable(machines)))
    if machines is people:
        apps = [(web_app(sources, live, [*called, *driven]), people)]
    else:
        pages = web_app(sources, live, called, operations=False)
        apps = [(pages, people), (metrics_app(sources, driven), machines)]
    made = [Server(Access(app, access.door), sock, access.tls) for app, sock in apps]
    _tell_address(service, access, made[0])
    return made


def _tell_address(service: Service, access: WebAccess, people: Server) -> None:
    service.listens(_url(people, access) if reachable(people.socket) else None)


def _on_signals(stopping: asyncio.Event, service: Service) -> None:
    loop = asyncio.get_running_loop()
    tasks: set[asyncio.Task[str | None]] = set()

    def stop(number: signal.Signals) -> None:
        logs.emit([logs.stopping(number.name)])
        stopping.set()

    def reload() -> None:
        task = loop.create_task(service.reload())
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, partial(stop, number))
    loop.add_signal_handler(signal.SIGHUP, reload)


def _say_started(
    options: Options, service: Service, addresses: Sequence[str], announce: Announce | None
) -> None:
    probes = len(service.board.snapshot().probes)
    logs.emit([logs.started(__version__, options.source, addresses, probes)])
    if announce:
        announce(addresses[0])


async def _reload_on_change(service: Service) -> None:
    async for _ in changes(service.watched, lambda: service.read_at):
        await service.reload()


async def _follow(access: WebAccess, service: Service, people: Server) -> None:
    async for _ in access.follow():
        _tell_address(service, access, people)


async def _poll(source: str, service: Service) -> None:
    if not is_remote(source):
        return
    threads = DaemonThreads("configuration", most=1)

    async def look() -> str | None:
        try:
            return await threads.run(partial(remote_version, source))
        except Unreadable:
            return None  # the next look may tell; what is in use stays in use

    async for _ in remote_changes(look, taken=service.config is not None):
        await service.reload()
