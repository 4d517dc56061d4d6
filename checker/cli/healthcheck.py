"""`checker healthcheck`: is the scheduler of a running `checker serve` alive?

A container runtime calls this every few seconds for as long as the task lives: standard library only, and of
that only what is small. It says nothing about what the probes found, because a platform that restarts the
checker whenever a target is down would blind it when it is needed.
"""

import os
import socket
import sys

from checker.core.liveness import ALIVE

_DEFAULT = "127.0.0.1:10460"
_TIMEOUT = 3.0
_USAGE = """\
Usage: checker healthcheck [--url URL] [--cert FILE]

Exit 0 when the scheduler is alive, 1 when it is not or nothing answers.

  --url URL    of /-/healthy; default: $CHECKER_LISTEN, else 127.0.0.1:10460, over TLS where it speaks no plain HTTP
  --cert FILE  certificate and key, one after the other, where the checker wants to see one

On loopback the checker's own certificate is not verified: it is for the name that others know it by.
"""


def main(arguments: list[str]) -> int:
    """Ask /-/healthy and return the exit code: 0 alive, 1 not alive, 2 usage."""
    if arguments in (["--help"], ["-h"]):
        _print(_USAGE)
        return 0
    try:
        options = _options(arguments)
        asked = _Asked(options.get("--url", ""), options.get("--cert"))
    except ValueError as error:
        sys.stderr.write(f"{error}\n{_USAGE}")
        return 2
    return _report(asked)


def _options(arguments: list[str]) -> dict[str, str]:
    words = [part for word in arguments for part in (word.split("=", 1) if word.startswith("--") else [word])]
    names, values = words[::2], words[1::2]
    if len(names) != len(values) or not {"--url", "--cert"}.issuperset(names):
        raise ValueError(f"checker healthcheck does not take {' '.join(arguments)}")
    return dict(zip(names, values, strict=True))


class _Asked:
    """What to ask; an empty scheme: whichever answers. No dataclass, as that takes longer to import than to ask."""

    def __init__(self, url: str, cert: str | None) -> None:
        self.scheme, colon, rest = url.partition("://")
        if url and not (colon and self.scheme in {"http", "https"}):
            raise ValueError(f"{url!r} is not a URL; it starts with http:// or https://")
        address = rest or _reachable(os.environ.get("CHECKER_LISTEN", _DEFAULT))
        self.host, self.port, self.path = _split(address)
        self.cert = cert

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def _reachable(listen: str) -> str:
    """Return an address to connect to for one that was listened on: 0.0.0.0 and [::] mean this machine."""
    return listen.replace("0.0.0.0:", "127.0.0.1:", 1).replace("[::]:", "[::1]:", 1)


def _split(address: str) -> tuple[str, int, str]:
    authority, slash, path = address.partition("/")
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{authority!r} is not HOST:PORT")
    return host.strip("[]"), int(port), slash + path or "/-/healthy"


def _report(asked: _Asked) -> int:
    try:
        status, body = _answer(asked)
    except (OSError, ValueError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        sys.stderr.write(f"nothing healthy answers at {asked}: {why}\n")
        return 1
    if status == 401:
        sys.stderr.write(
            f"{asked} wants a password: add /-/healthy to auth_excluded_paths of the web configuration\n"
        )
        return 1
    if status == 200 and body.strip() != ALIVE:
        sys.stderr.write(f"what answers at {asked}{asked.path} is not a checker's /-/healthy\n")
        return 1
    _print(body.strip() + "\n")
    return 0 if status == 200 else 1


def _print(text: str) -> None:
    """Write to standard output. One that takes nothing is told of, and changes no verdict: a task may hang on it."""
    try:
        if sys.stdout:
            sys.stdout.write(text)
            sys.stdout.flush()
    except OSError as error:
        sys.stderr.write(f"checker: cannot write to standard output: {error.strerror}\n")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else the interpreter tries once more at its end


def _answer(asked: _Asked) -> tuple[int, str]:
    """Return status and body; raises OSError or ValueError for anything that is not an HTTP answer."""
    if asked.scheme:
        return _parsed(_received(asked, secure=asked.scheme == "https"))
    try:
        return _parsed(_received(asked, secure=False))
    except (ConnectionResetError, ValueError):
        return _parsed(_received(asked, secure=True))


def _received(asked: _Asked, *, secure: bool) -> bytes:
    with (
        socket.create_connection((asked.host, asked.port), timeout=_TIMEOUT) as plain,
        _secured(plain, asked) if secure else plain as connection,
    ):
        connection.sendall(f"GET {asked.path} HTTP/1.0\r\nHost: {asked}\r\n\r\n".encode())
        answer = b""
        while len(answer) < 4096 and (part := connection.recv(4096)):
            answer += part
        return answer


def _secured(connection: socket.socket, asked: _Asked) -> socket.socket:
    import ssl  # megabytes that only a checker with certificates makes necessary

    context = ssl.create_default_context()
    if asked.host == "localhost" or asked.host.startswith("127.") or asked.host == "::1":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if asked.cert:
        context.load_cert_chain(asked.cert)
    return context.wrap_socket(connection, server_hostname=asked.host, suppress_ragged_eofs=True)


def _parsed(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError("the answer is not HTTP")
    return int(words[1]), body.decode("utf-8", "replace")
