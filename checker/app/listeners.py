"""The sockets that `serve` listens on, and a server for each."""

import socket
from ipaddress import ip_address

from checker.core.errors import ConfigurationError


def listen(address: str) -> socket.socket:
    """Return a listening socket for `HOST:PORT`; raises ConfigurationError, which says what is in the way."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio sets TCP_NODELAY only where the protocol is.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A checker that was just replaced leaves connections in TIME_WAIT; they must not keep the next one out.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, int(port)))
        sock.listen(128)
    except (OSError, ValueError, OverflowError) as error:
        sock.close()
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigurationError(
            f"cannot listen on {address}: {why}; choose another address by --listen or server.listen"
        ) from error
    return sock


def listen_near(address: str) -> socket.socket:
    """Return a socket that listens there, or where that is taken, on any free port of the same host."""
    try:
        return listen(address)
    except ConfigurationError:
        return listen(f"{address.rpartition(':')[0]}:0")


def reachable(sock: socket.socket) -> str | None:
    """Return the `HOST:PORT` under which others reach a socket; None: it listens everywhere, so nothing tells."""
    host, port = sock.getsockname()[:2]
    if ip_address(host.partition("%")[0]).is_unspecified:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def shown(sock: socket.socket, scheme: str = "http") -> str:
    """Return the base URL under which a socket answers."""
    host, port = sock.getsockname()[:2]
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"
