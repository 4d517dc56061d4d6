import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from checker.cli.healthcheck import main


@pytest.fixture
def answers() -> Iterator[tuple[int, list[bytes]]]:
    """A server that gives each connection the next of the answers in the list."""
    pending: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(pending.pop(0))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1], pending
    thread.join(5)


ALIVE = b"HTTP/1.1 200 OK\r\nContent-Length: 21\r\n\r\nthe checker is alive\n"


def test_exits_0_when_the_scheduler_is_alive(
    answers: tuple[int, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    port, pending = answers
    pending.append(ALIVE)
    assert main(["--url", f"http://127.0.0.1:{port}/-/healthy"]) == 0
    assert capsys.readouterr().out == "the checker is alive\n"


@pytest.mark.parametrize("listen", ["127.0.0.1:{}", "0.0.0.0:{}"])
def test_asks_where_serve_was_told_to_listen(
    answers: tuple[int, list[bytes]], monkeypatch: pytest.MonkeyPatch, listen: str
) -> None:
    port, pending = answers
    pending.append(ALIVE)
    monkeypatch.setenv("CHECKER_LISTEN", listen.format(port))
    assert main([]) == 0


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 503 Service Unavailable\r\n\r\nstalled\n",
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 xyz\r\n\r\n",
    ],
)
def test_exits_1_for_anything_but_a_200(answers: tuple[int, list[bytes]], answer: bytes) -> None:
    port, pending = answers
    pending.append(answer)
    assert main([f"--url=http://127.0.0.1:{port}"]) == 1


@pytest.mark.parametrize(
    "body", [b"", b"ok\n", b"<html>the checker is alive</html>", b"the checker is ready\n"]
)
def test_exits_1_for_a_200_of_something_else(
    answers: tuple[int, list[bytes]], body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    port, pending = answers
    pending.append(b"HTTP/1.1 200 OK\r\n\r\n" + body)
    assert main([f"--url=http://127.0.0.1:{port}/status"]) == 1
    told = capsys.readouterr()
    assert ("", f"what answers at 127.0.0.1:{port}/status is not a checker's /-/healthy\n") == (
        told.out,
        told.err,
    )


def test_exits_1_when_nothing_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert main(["--url", f"http://127.0.0.1:{port}/-/healthy"]) == 1
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--url"], ["--url", "ftp://x"], ["--url", "http://nowhere"], ["--what", "http://a:1"], ["a", "b", "c"]],
)
def test_exits_2_for_what_it_cannot_use(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert "Usage: checker healthcheck" in capsys.readouterr().err


def test_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    assert "--url URL" in capsys.readouterr().out


def test_imports_nothing_big() -> None:
    """It runs every 30 s beside the app for as long as the task lives."""
    code = (
        "import sys; sys.argv = ['checker', 'healthcheck', '--help']\n"
        "from checker.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print(sorted({'typer', 'asyncio', 'httpx', 'ssl', 'yaml', 're', 'pydantic'} & set(sys.modules)))"
    )
    unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, env=unmeasured
    )
    assert run.stdout.splitlines()[-1] == "[]"
