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
Usage: checker healthcheck [--url URL]

Exit 0 when the scheduler is alive, 1 when it is not or nothing answers.

  --url URL   of /-/healthy; default: $CHECKER_LISTEN, else http://127.0.0.1:10460/-/healthy
"""


def main(arguments: list[str]) -> int:
    """Ask /-/healthy and return the exit code: 0 alive, 1 not alive, 2 usage."""
    if arguments in (["--help"], ["-h"]):
        sys.stdout.write(_USAGE)
        return 0
    try:
        host, port, path = _target(arguments)
    except ValueError as error:
        sys.stderr.write(f"{error}\n{_USAGE}")
        return 2
    return _report(host, port, path)


def _target(arguments: list[str]) -> tuple[str, int, str]:
    if not arguments:
        return _split(_reachable(os.environ.get("CHECKER_LISTEN", _DEFAULT)) + "/-/healthy")
    url = arguments[0].removeprefix("--url=") if len(arguments) == 1 else arguments[-1]
    if (
        len(arguments) > 2
        or (len(arguments) == 2 and arguments[0] != "--url")
        or not url.startswith("http://")
    ):
        raise ValueError(
            f"checker healthcheck does not take {' '.join(arguments)}; a URL starts with http://"
        )
    return _split(url.removeprefix("http://"))


def _reachable(listen: str) -> str:
    """Return an address to connect to for one that was listened on: 0.0.0.0 and [::] mean this machine."""
    return listen.replace("0.0.0.0:", "127.0.0.1:", 1).replace("[::]:", "[::1]:", 1)


def _split(address: str) -> tuple[str, int, str]:
    authority, slash, path = address.partition("/")
    host, colon, port = authority.rpartition(":")
    if not colon or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"{authority!r} is not HOST:PORT")
    return host.strip("[]"), int(port), slash + path or "/-/healthy"


def _report(host: str, port: int, path: str) -> int:
    try:
        status, body = _get(host, port, path)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"nothing healthy answers at {host}:{port}: {error}\n")
        return 1
    if status == 200 and body.strip() != ALIVE:
        sys.stderr.write(f"what answers at {host}:{port}{path} is not a checker's /-/healthy\n")
        return 1
    sys.stdout.write(body.strip() + "\n")
    return 0 if status == 200 else 1


def _get(host: str, port: int, path: str) -> tuple[int, str]:
    """Return status and body; raises OSError or ValueError for anything that is not an HTTP answer."""
    with socket.create_connection((host, port), timeout=_TIMEOUT) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = b""
        while len(answer) < 4096 and (part := connection.recv(4096)):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise ValueError("the answer is not HTTP")
    return int(words[1]), body.decode("utf-8", "replace")
