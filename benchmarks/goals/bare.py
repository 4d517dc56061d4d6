"""What is left to whoever asks from Python: CPU of the connection alone, beside a whole probe of blackbox_exporter's.

A fresh connection, the handshake with verification, a request, the answer's bytes: Python's own blocking sockets and
OpenSSL, in two threads, so that the server has something to do meanwhile, as with the others: two cores that share
caches take longer for the same. Nothing is timed, parsed, asserted or kept.

    python -m benchmarks.goals.bare URL COUNT CA     # prints the CPU seconds of one
"""

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from benchmarks.goals.figures import Effort, Spread
from benchmarks.goals.peers import Site, blackbox

_WARM_UP = 20
_AT_A_TIME = 2


@dataclass(frozen=True)
class Bare:
    """The connection alone, beside a whole probe of the other one: seconds of CPU, and their ratio."""

    own: Spread
    others: Spread
    ratio: Spread

    @property
    def told(self) -> str:
        own, others = (Spread.of(seconds * 1e6 for seconds in one.values) for one in (self.own, self.others))
        return f"{self.ratio.told(2)} ×: {own.told()} µs against {others.told()} µs"


def measured(effort: Effort, target: Site) -> Mapping[str, Bare]:
    """Measure both schemes, in turn with the other one, which is as busy as it can be."""
    return {"plain HTTP": _beside(effort, target, "plain"), "TLS": _beside(effort, target, "tls")}


def _beside(effort: Effort, target: Site, scheme: str) -> Bare:
    url = target.url(scheme)
    with blackbox(target.ca) as other:
        other.check(scheme, url)
        both = [
            (_alone(effort, url, target), other.load(scheme, url, effort.seconds(3.0))[1])
            for _ in range(effort.pairs)
        ]
    own, others = (Spread.of(pair[place] for pair in both) for place in (0, 1))
    return Bare(own, others, Spread.of(mine / theirs for mine, theirs in both))


def _alone(effort: Effort, url: str, target: Site) -> float:
    command = [sys.executable, "-m", "benchmarks.goals.bare", url, str(effort.count(3000)), str(target.ca)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _main(url: str, count: int, ca: str) -> None:
    asked = urlsplit(url)
    host, context = asked.hostname or "", ssl.create_default_context(cafile=ca)
    request = f"GET {asked.path} HTTP/1.1\r\nHost: {asked.netloc}\r\nConnection: close\r\n\r\n".encode()

    def once() -> None:
        with socket.create_connection((host, asked.port)) as plain:
            sock = context.wrap_socket(plain, server_hostname=host) if asked.scheme == "https" else plain
            with sock:
                sock.sendall(request)
                while sock.recv(64 << 10):
                    pass

    def some(times: int) -> None:
        for _ in range(times):
            once()

    with ThreadPoolExecutor(_AT_A_TIME) as threads:
        list(threads.map(some, [_WARM_UP] * _AT_A_TIME))
        begun = time.process_time()
        list(threads.map(some, [count // _AT_A_TIME] * _AT_A_TIME))
        print((time.process_time() - begun) / (count // _AT_A_TIME * _AT_A_TIME))


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
