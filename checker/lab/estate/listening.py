"""Ports: each service listens on a loopback port of its own."""

import socket
from collections.abc import Mapping

from checker.lab.estate.errors import PortBusyError


def bind(
    listeners: tuple[str, ...], silent: tuple[str, ...], host: str, base_port: int | None
) -> dict[str, socket.socket]:
    """Return a socket for each name: ports in a row from `base_port`, or free ones.

    The `listeners` take connections from now on; the `silent` ones refuse them, and nobody else can take
    their port. Raises PortBusyError, leaving nothing bound.
    """
    bound: dict[str, socket.socket] = {}
    try:
        for offset, name in enumerate(listeners + silent):
            port = 0 if base_port is None else base_port + offset
            bound[name] = _bound(name, host, port, listens=name in listeners)
    except PortBusyError:
        close(bound)
        raise
    return bound


def _bound(name: str, host: str, port: int, *, listens: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sets TCP_NODELAY only where the protocol is named; without it, an answer may wait 40 ms for an ACK.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if listens:
            # A demo that was just stopped leaves connections in TIME_WAIT; they must not keep the next one out.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        if listens:
            sock.listen()
    except (OSError, OverflowError) as exc:
        sock.close()
        why = exc.strerror if isinstance(exc, OSError) else None
        raise PortBusyError(name, host, port, why or str(exc)) from exc
    return sock


def close(sockets: Mapping[str, socket.socket]) -> None:
    """Let go of all ports."""
    for sock in sockets.values():
        sock.close()


def address(sock: socket.socket) -> str:
    """Return the base URL of a bound socket."""
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
