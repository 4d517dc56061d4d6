"""Where the CPU of one run goes: what is at work each time that a timer of the process's CPU time strikes.

The runs are those of `one_run`, one after the other; schedule and surfaces are not among them.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from benchmarks.goals.figures import Effort
from benchmarks.goals.ours import search
from benchmarks.goals.peers import Site

Shares = Mapping[str, float]

KERNEL = "system calls: connect, send, receive, close"
_PARTS = {
    ("net/race.py", "_begin"): KERNEL,
    ("net/race.py", "_is_connected"): KERNEL,
    ("net/wire.py", "send"): KERNEL,
    ("net/arrivals.py", ""): KERNEL,
    ("net/readiness.py", "expect"): KERNEL,
    ("socket.py", ""): KERNEL,
    ("app/loop.py", ""): "the event loop: polling, tasks",
    ("net/readiness.py", ""): "the event loop: polling, tasks",
    ("net/wire.py", "shake"): "the TLS handshake",
    ("net/tls.py", ""): "the TLS handshake",
    ("ssl.py", ""): "the TLS handshake",
    ("net/documents.py", ""): "decoding the document",
    ("net/weighing.py", ""): "decoding the document",
    ("httpx/", ""): "request and answer",
    ("checker/net/", ""): "request and answer",
    ("checker/kinds/", ""): "request and answer",
    ("checker/assertions/", ""): "expectations and captures",
    ("checker/engine/judge.py", ""): "expectations and captures",
    ("checker/", ""): "run, outcome, board",
}
OTHER = "other"


def note(frame: FrameType | None, seen: Counter[str]) -> None:
    """Count what is at work in a frame, or in one that called it."""
    while frame is not None:
        path, name = frame.f_code.co_filename, frame.f_code.co_name
        for (where, function), part in _PARTS.items():
            if where in path and function in ("", name):
                seen[part] += 1
                return
        frame = frame.f_back
    seen[OTHER] += 1


def shares(effort: Effort, target: Site) -> dict[str, Shares]:
    """Return the part of each, over plain HTTP and over TLS."""
    return {
        "plain HTTP": _shares(effort, search(target.plain, "30s", 1)),
        "TLS": _shares(effort, search(target.tls, "30s", 1, target.ca)),
    }


def _shares(effort: Effort, document: Mapping[str, object]) -> Shares:
    with tempfile.TemporaryDirectory() as name:
        config = Path(name, "checks.yaml")
        config.write_text(json.dumps(document))
        command = [sys.executable, "-m", "benchmarks.goals.one_run", str(config), str(effort.count(20_000))]
        ended = subprocess.run([*command, "--profile"], check=True, capture_output=True, env=dict(os.environ))
    seen = Counter(json.loads(ended.stdout))
    return {part: count / seen.total() for part, count in seen.most_common()}
