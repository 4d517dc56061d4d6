"""CPU time of this process for one request on a fresh connection: the measured transport beside httpx's own.

The server is another process on loopback and answers with 3.4 KB of JSON. Run from the repository's top:
`python -m benchmarks.transport [--pairs 7] [--requests 1600] [--loop asyncio]`
"""

import argparse
import asyncio
import contextlib
import json
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast

import httpx
import trustme
import uvloop

from checker.core.trace import Trace
from checker.net.dial import Dial
from checker.net.http import MeasuredTransport
from checker.net.tls import tls_context

CONCURRENCY = 8
WORK = {"id": "a2239muq", "title": "Botany for all", "type": "Work"}
BODY = json.dumps({"type": "ResultList", "totalResults": 60, "results": [WORK] * 54}).encode()
HEAD = (
    b"HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Tue, 05 Jan 2027 00:00:00 GMT\r\nContent-Type: application/json\r\n"
    b'Content-Length: %d\r\nLast-Modified: Tue, 05 Jan 2027 00:00:00 GMT\r\nETag: "1"\r\nConnection: close\r\n\r\n'
)
HEADERS = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate, br, zstd", "User-Agent": "checker"}

Ask = Callable[[], Awaitable[object]]


class Answering(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if data.endswith(b"\r\n\r\n"):
            self._transport.write(HEAD % len(BODY) + BODY)
            self._transport.close()


async def serve(certificate: str | None) -> None:
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=1024, ssl=context)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextlib.contextmanager
def server(*arguments: str) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.transport", "--serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.terminate()


async def cost(ask: Ask, requests: int) -> float:
    """Return the CPU time of one request, in microseconds."""

    async def worker() -> None:
        for _ in range(requests // CONCURRENCY):
            await ask()

    await ask()
    begun = time.process_time()
    await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
    return (time.process_time() - begun) / requests * 1e6


async def compare(title: str, url: str, trust: str, pairs: int, requests: int) -> None:
    fresh = httpx.Limits(max_keepalive_connections=0)
    stock = httpx.AsyncClient(verify=ssl.create_default_context(cafile=trust), limits=fresh, trust_env=False)
    measured = httpx.AsyncClient(transport=MeasuredTransport(), trust_env=False)
    context = tls_context(ca=trust)

    target = httpx.URL(url)

    async def ask_measured() -> None:
        dial = Dial(trace=Trace(), ssl=context)
        await measured.send(httpx.Request("GET", target, headers=HEADERS, extensions={"checker": dial}))

    async def ask_stock() -> None:
        await stock.send(httpx.Request("GET", target, headers=HEADERS))

    ours, theirs = [], []
    for _ in range(pairs):
        ours.append(await cost(ask_measured, requests))
        theirs.append(await cost(ask_stock, requests // 2))
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    print(
        f"{title:6} measured {statistics.median(ours):6.0f} µs, httpx {statistics.median(theirs):6.0f} µs, "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}) in {pairs} pairs"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--requests", type=int, default=1600)
    parser.add_argument("--loop", choices=["uvloop", "asyncio"], default="uvloop")
    parser.add_argument("--serve", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is not None:
        uvloop.run(serve(*options.serve or [None]))
        return
    run = uvloop.run if options.loop == "uvloop" else asyncio.run
    with tempfile.TemporaryDirectory() as directory:
        ca, trust, certificate = trustme.CA(), Path(directory, "ca.pem"), Path(directory, "server.pem")
        ca.cert_pem.write_to_path(trust)
        leaf = ca.issue_cert("127.0.0.1", key_type=trustme.KeyType.RSA)
        leaf.private_key_and_cert_chain_pem.write_to_path(certificate)
        with server() as port:
            run(compare("plain", f"http://127.0.0.1:{port}/", str(trust), options.pairs, options.requests))
        with server(str(certificate)) as port:
            run(compare("TLS", f"https://127.0.0.1:{port}/", str(trust), options.pairs, options.requests))


if __name__ == "__main__":
    main()
