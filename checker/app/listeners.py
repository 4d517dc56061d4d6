"""The sockets that `serve` listens on, and a server for each."""

import socket
from ipaddress import ip_address

from checker.config.models import ServerConfig
from checker.core.errors import ConfigurationError

MOVED = (
    "server.listen or server.metrics_listen is another one now. It is read at the start alone: until a restart, "
    "nothing answers there."
)
_LAST_PORT = 65535


def addresses(given: str | None, server: ServerConfig | None) -> tuple[str, str | None]:
    """Return where to listen, and where apart for machines; what is `given` on the command line goes first."""
    server = server or ServerConfig()
    return given or server.listen, server.metrics_listen


def listen(address: str) -> socket.socket:
    """Return a listening socket for `HOST:PORT`; raises ConfigurationError, which says what is in the way."""
    host, colon, port = address.rpartition(":")
    if not (colon and port.isdecimal() and int(port) <= _LAST_PORT):
        raise ConfigurationError(
            f"cannot listen on {address}: write HOST:PORT, such as 127.0.0.1:10460 or [::1]:10460"
        )
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named, because asyncio sets TCP_NODELAY only where the protocol is.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        # A checker that was just replaced leaves connections in TIME_WAIT; they must not keep the next one out.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, int(port)))
        sock.listen(128)
    except (OSError, ValueError) as error:
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
