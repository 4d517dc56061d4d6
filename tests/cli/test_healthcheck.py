import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from checker.cli.healthcheck import main
from tests.net.loopback import CA, server_tls


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


def test_says_what_to_do_where_a_password_is_wanted(
    answers: tuple[int, list[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    port, pending = answers
    pending.append(b"HTTP/1.1 401 Unauthorized\r\n\r\n")
    assert main([f"--url=http://127.0.0.1:{port}"]) == 1
    assert "add /-/healthy to auth_excluded_paths of the web configuration" in capsys.readouterr().err


@pytest.fixture
def secure() -> Iterator[tuple[int, ssl.SSLContext]]:
    """A server that answers over TLS alone, and leaves without a word whoever speaks anything else."""
    context = server_tls()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def serve() -> None:
            with suppress(OSError):  # the test has closed the listener
                while True:
                    sock, _ = listener.accept()
                    with suppress(OSError), context.wrap_socket(sock, server_side=True) as connection:
                        connection.recv(4096)
                        connection.sendall(ALIVE)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], context
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(20)


def test_asks_over_tls_where_told_to(secure: tuple[int, ssl.SSLContext]) -> None:
    assert main([f"--url=https://127.0.0.1:{secure[0]}/-/healthy"]) == 0


def test_asks_over_tls_where_plain_http_is_not_answered(
    secure: tuple[int, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHECKER_LISTEN", f"0.0.0.0:{secure[0]}")
    assert main([]) == 0


def test_plain_http_is_not_taken_where_tls_was_asked_for(answers: tuple[int, list[bytes]]) -> None:
    port, pending = answers
    pending.append(ALIVE)
    assert main([f"--url=https://127.0.0.1:{port}"]) == 1


def test_verifies_the_certificate_of_another_host(
    secure: tuple[int, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    connect = socket.create_connection
    monkeypatch.setattr(
        socket, "create_connection", lambda address, timeout: connect(("127.0.0.1", address[1]), timeout)
    )
    assert main([f"--url=https://checker.example:{secure[0]}"]) == 1
    assert "CERTIFICATE_VERIFY_FAILED" in capsys.readouterr().err


def test_shows_a_certificate_where_one_is_wanted(secure: tuple[int, ssl.SSLContext], tmp_path: Path) -> None:
    port, context = secure
    CA.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    url = f"--url=https://127.0.0.1:{port}"
    assert main([url]) == 1
    CA.issue_cert("checker.example").private_key_and_cert_chain_pem.write_to_path(tmp_path / "client.pem")
    assert main([url, "--cert", str(tmp_path / "client.pem")]) == 0
    assert main([url, "--cert", str(tmp_path / "none.pem")]) == 1


def test_exits_1_when_nothing_listens(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert main(["--url", f"http://127.0.0.1:{port}/-/healthy"]) == 1
    assert f"nothing healthy answers at 127.0.0.1:{port}: Connection refused\n" == capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--url"],
        ["--url", "ftp://x"],
        ["--url", "http://nowhere"],
        ["--what", "http://a:1"],
        ["a", "b", "c"],
        ["--cert"],
    ],
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


@pytest.mark.parametrize(
    ("stdout", "said"),
    [
        ("/dev/full", "checker: cannot write to standard output: No space left on device\n"),
        ("&-", ""),
    ],
)
def test_an_output_that_takes_nothing_changes_no_verdict(
    answers: tuple[int, list[bytes]], stdout: str, said: str
) -> None:
    port, pending = answers
    pending.append(ALIVE)
    command = [sys.executable, "-m", "checker", "healthcheck", f"--url=http://127.0.0.1:{port}"]
    done = subprocess.run(
        ["sh", "-c", f'exec "$@" >{stdout}', "sh", *command], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (0, said) == (done.returncode, done.stderr)
