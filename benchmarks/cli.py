"""CPU seconds of a whole `checker` process, interpreter start included: --help, healthcheck, run of one probe.

    python benchmarks/cli.py [--runs N]

Prints median, minimum and maximum of N runs (default 5), after one that is not counted.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CHECKER = Path(sys.executable).with_name("checker")
BUDGETS = {"--help": 0.250, "healthcheck": 0.080, "run, one probe": 0.600}


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"type": "ResultList", "totalResults": 3}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()


def cpu(*arguments: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([str(CHECKER), *arguments], check=True, capture_output=True, env=os.environ)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(name: str, once: Callable[[], float], runs: int) -> None:
    once()
    seconds = [once() for _ in range(runs)]
    print(
        f"{name:15} median {statistics.median(seconds) * 1000:6.0f} ms CPU"
        f"   (min {min(seconds) * 1000:.0f}, max {max(seconds) * 1000:.0f}; budget {BUDGETS[name] * 1000:.0f})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    with server() as url, tempfile.TemporaryDirectory() as directory:
        config = Path(directory, "checks.yaml")
        config.write_text(
            f"version: 1\nprobes:\n  search:\n    http: {{url: '{url}/works'}}\n"
            "    expect: {json: {$.totalResults: {gte: 1}}}\n"
        )
        measure("--help", lambda: cpu("--help"), runs)
        measure("healthcheck", lambda: cpu("healthcheck", "--url", f"{url}/-/healthy"), runs)
        measure("run, one probe", lambda: cpu("run", "-c", str(config)), runs)


if __name__ == "__main__":
    main()
