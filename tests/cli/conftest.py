"""A small server with a working and a broken path, and checks.yaml files about it."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from checker.cli.verbs import app

Invoke = Callable[..., Result]


class Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status = 500 if self.path.startswith("/broken") else 200
        body = json.dumps({"path": self.path, "hits": 3}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        received = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.pushed.append((self.path, received.decode()))  # type: ignore[attr-defined]
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[ThreadingHTTPServer]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as httpd:
        httpd.daemon_threads = True
        httpd.pushed = []  # type: ignore[attr-defined]
        threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield httpd
        httpd.shutdown()


@pytest.fixture
def url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_address[1]}"


@pytest.fixture
def checks(tmp_path: Path, url: str) -> Path:
    path = tmp_path / "checks.yaml"
    path.write_text(
        f"""\
version: 1
defaults: {{labels: {{env: test}}}}
secrets: {{key: {{env: TEST_KEY}}}}
probes:
  good:
    http: {{url: "{url}/good"}}
    expect: {{json: {{$.hits: 3}}}}
    capture: {{hits: {{json: $.hits, metric: true}}}}
  broken:
    labels: {{team: a}}
    shallow: {{http: {{url: "{url}/health"}}}}
    http: {{url: "{url}/broken"}}
  slow:
    http: {{url: "{url}/good"}}
    warn: {{latency: {{lt: 1ms}}, json: {{$.hits: 4}}}}
  untellable:
    http: {{url: "{url}/good", auth: {{bearer: "${{secret.key}}"}}}}
  posts:
    http: {{url: "{url}/good", method: PUT, json: {{a: 1}}}}
"""
    )
    return path


@pytest.fixture
def invoke(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Invoke:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TEST_KEY", raising=False)
    # A terminal wide enough not to fold what the tests look for.
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object, **options: object) -> Result:
        return CliRunner().invoke(app, [str(argument) for argument in arguments], **options)  # type: ignore[arg-type]

    return call
