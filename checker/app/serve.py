"""`checker serve` as a process: its sockets, its signals, and an orderly end."""

import asyncio
import signal
from collections.abc import Callable, Sequence
from functools import partial

from checker import __version__
from checker.app.listeners import listen, reachable, shown
from checker.app.service import Options, Service
from checker.app.watch import changes, remote_changes
from checker.config.sources import Unreadable, is_remote, remote_version
from checker.net.aws.threads import DaemonThreads
from checker.surfaces import logs
from checker.surfaces.web.app import metrics_app, web_app
from checker.surfaces.web.calls import callback_routes, heartbeat_routes
from checker.surfaces.web.live import Live
from checker.surfaces.web.probing import routes
from checker.surfaces.web.server import Server

DEFAULT_LISTEN = "127.0.0.1:10460"

Announce = Callable[[str], None]


async def serve(options: Options, announce: Announce | None = None) -> None:
    """Run until SIGTERM or SIGINT. `announce` hears the base URL of the status page as soon as it answers.

    Raises ConfigurationError for what cannot be served at all.
    """
    service = Service(options)
    logs.configure(service.redact)
    refused = service.start()
    live = Live(service.board.snapshot)
    servers = _servers(options, service, live)
    stopping = asyncio.Event()
    _on_signals(stopping, service)
    reloading = [
        asyncio.create_task(watch) for watch in (_reload_on_change(service), _poll(options.source, service))
    ]
    try:
        for server in servers:
            await server.open()
        _say_started(options, service, servers, announce)
        logs.emit(refused)
        await stopping.wait()
    finally:
        for task in reloading:
            task.cancel()
        await service.stop()
        live.close()
        await asyncio.gather(*(server.aclose() for server in servers))
    logs.emit([logs.stopped()])


def _servers(options: Options, service: Service, live: Live) -> Sequence[Server]:
    server = service.config.server if service.config else None
    address = options.listen or (server.listen if server else DEFAULT_LISTEN)
    apart = server.metrics_listen if server else None
    sources = service.sources()
    people = listen(address)
    machines = listen(apart) if apart else people
    service.listens(shown(people) if reachable(people) else None)
    called = [*callback_routes(service.lasting.callbacks), *heartbeat_routes(service.lasting.heartbeats)]
    driven = routes(service.driving(reachable(machines)))
    if machines is people:
        return [Server(web_app(sources, live, [*called, *driven]), people)]
    pages = Server(web_app(sources, live, called, operations=False), people)
    return [pages, Server(metrics_app(sources, driven), machines)]


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
    options: Options, service: Service, servers: Sequence[Server], announce: Announce | None
) -> None:
    addresses = [shown(server.socket) for server in servers]
    probes = len(service.board.snapshot().probes)
    logs.emit([logs.started(__version__, options.source, addresses, probes)])
    if announce:
        announce(addresses[0])


async def _reload_on_change(service: Service) -> None:
    async for _ in changes(service.watched):
        await service.reload()


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
