"""Probes over a small real server, recorded and proven."""

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from checker.app import once, prove
from checker.proving.proof import Fate, Proof, Tried

WORK = {"id": "a2239muq", "type": "Work", "title": "Botany"}
WORKS = {"type": "ResultList", "totalResults": 2, "results": [WORK, {**WORK, "id": "b3342nvr"}]}
ROUTES: dict[str, Any] = {
    "/works": WORKS,
    "/works/a2239muq": WORK,
    "/page": b"<h1>Welcome</h1>",
    "/gone": None,
    "/quiet": b"",
}


class Answers(BaseHTTPRequestHandler):
    """Answers with a document, a text, or nothing (204); what it is asked for is kept."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))  # type: ignore[attr-defined]
        answer = self.server.routes[self.path.partition("?")[0]]  # type: ignore[attr-defined]
        body = answer if isinstance(answer, bytes) else b"" if answer is None else json.dumps(answer).encode()
        self.send_response(204 if answer is None else 200)
        self.send_header("Content-Type", "text/html" if isinstance(answer, bytes) else "application/json")
        if answer is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_DELETE(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(routes: Mapping[str, Any] = ROUTES) -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.daemon_threads = True
        server.routes, server.asked = routes, []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield server
        server.shutdown()


def proven(path: Path, text: str, environment: Mapping[str, str] | None = None) -> tuple[Proof, ...]:
    """Run the probes of a file once and prove them; `text` follows `version: 1`."""
    path.write_text(f"version: 1\n{text}")
    begun = prove.begin(str(path), environment or {}, once.Choice())
    ran = asyncio.run(prove.record(begun, lambda _: None))
    return prove.prove(begun, ran)


def proof_of(directory: Path, text: str, routes: Mapping[str, Any] = ROUTES, **environment: str) -> Proof:
    """Prove one probe, of which `${env.URL}` is the server."""
    with serving(routes) as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        (proof,) = proven(directory / "checks.yaml", text, {"URL": url, **environment})
        asked = len(server.asked)  # type: ignore[attr-defined]
    assert asked <= text.count("http:"), "nothing is sent but the recorded run"
    return proof


def holes(proof: Proof) -> list[tuple[str, str]]:
    """Return what takes a user's path down and would still pass, with where it could have been noticed."""
    return [(one.mutation.what, str(one.place).rpartition("checks.yaml:")[2]) for one in proof.holes]


def fate(proof: Proof, name: str, subject: str = "", step: str = "") -> Fate:
    return found(proof, name, subject, step).fate


def found(proof: Proof, name: str, subject: str = "", step: str = "") -> Tried:
    (one,) = [
        one
        for one in proof.tried
        if name == one.mutation.name and subject in ("", one.mutation.subject) and step in ("", one.step)
    ]
    return one
