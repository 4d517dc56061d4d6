"""The commands are run: what arrives at a server has to be what the exchange says was sent."""

import shlex
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from checker.core.outcome import Exchange, Origin
from checker.surfaces.report.curl import curl
from tests.surfaces.samples import exchange

Request = tuple[str, str, dict[str, str], bytes]


class Recorder(HTTPServer):
    seen: list[Request]


class Handler(BaseHTTPRequestHandler):
    server: Recorder

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.server.seen.append((self.command, self.path, dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def __getattr__(self, name: str) -> object:
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name that it overrides
        return


@pytest.fixture
def server() -> Iterator[Recorder]:
    recorder = Recorder(("127.0.0.1", 0), Handler)
    recorder.seen = []
    thread = Thread(target=recorder.serve_forever, args=(0.01,))
    thread.start()
    yield recorder
    recorder.shutdown()
    thread.join()
    recorder.server_close()


def sent(server: Recorder, path: str = "/", **changes: object) -> Request:
    """Run the command for an exchange in a real shell, and return what the server got."""
    url = f"http://127.0.0.1:{server.server_port}{path}"
    changes = {"request_headers": (), **changes}
    command = curl(exchange(url=url, **changes))
    subprocess.run(["/bin/sh", "-c", command], check=True, capture_output=True, timeout=20)
    (request,) = server.seen
    return request


needs_curl = pytest.mark.needs("curl")


@needs_curl
@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("HEAD", b""),  # curl sends no body with it
        *(
            (method, body)
            for method in ("GET", "POST", "PUT", "DELETE", "PATCH")
            for body in (b"", b'{"a": 1}')
        ),
    ],
)
def test_the_method_and_the_body_arrive(server: Recorder, method: str, body: bytes) -> None:
    got = sent(server, method=method, request_body=body)
    assert (method, body) == (got[0], got[3])


@needs_curl
@pytest.mark.parametrize(
    "path",
    [
        "/works?query=botany&pageSize=10",
        "/works?a[]=1&b={x,y}&c='quoted'&d=$HOME&e=`id`",
        "/a/../b/./c",
        "/%20%27%22?q=%24%28id%29",
    ],
)
def test_the_path_arrives_as_it_was(server: Recorder, path: str) -> None:
    assert path == sent(server, path)[1]


@needs_curl
def test_the_headers_arrive_and_no_others(server: Recorder) -> None:
    headers = (
        ("X-Plain", "a b"),
        ("X-Quote", 'it\'s "$HOME" `id`; rm'),
        ("X-Empty", ""),
        ("Host", "other.example"),
    )
    got = sent(server, request_headers=headers)[2]
    assert dict(headers) == got


@needs_curl
def test_a_body_has_no_content_type_unless_the_request_had_one(server: Recorder) -> None:
    got = sent(server, method="POST", request_body=b"a=b", request_headers=(("User-Agent", "checker"),))[2]
    assert {"User-Agent": "checker", "Content-Length": "3"} == {key: got[key] for key in got if key != "Host"}


@needs_curl
@pytest.mark.parametrize(
    "body",
    [
        b"@/etc/hostname",
        b'it\'s "$HOME" `id` \\n %s',
        "é 漢 🙂".encode(),
        b"two\nlines\n",
        b"carriage\r\nreturns",
        b"\x00\x01\xff\x80 binary \\ 100% 'x'",
        b"\x1b[2Jescape",
        "bidi \u202e".encode(),
    ],
)
def test_any_body_arrives(server: Recorder, body: bytes) -> None:
    assert body == sent(server, method="POST", request_body=body)[3]


def test_compression_is_asked_for_where_it_was() -> None:
    assert "--compressed" in curl(exchange(request_headers=(("Accept-Encoding", "gzip, br"),)))
    assert "--compressed" not in curl(exchange(request_headers=()))


def test_what_the_connection_needs_is_left_to_curl() -> None:
    headers = (("Host", "127.0.0.1:8001"), ("Content-Length", "3"), ("Connection", "close"))
    command = curl(exchange(request_headers=headers, request_body=b"abc", method="POST"))
    assert [] == [name for name in ("Host", "Content-Length", "Connection") if name in command]


def test_a_redacted_secret_shows_as_such_and_is_pointed_at() -> None:
    command = curl(exchange())
    assert "-H 'Authorization: Bearer ***'" in command
    assert command.endswith("  # *** stands for a secret")
    assert "#" not in curl(exchange(request_headers=()))


@needs_curl
def test_the_command_runs_with_the_note_on_what_has_to_be_filled_in(server: Recorder) -> None:
    assert "/?key=***" == sent(server, "/?key=***")[1]
    body = b"\xff***"
    server.seen.clear()
    assert body == sent(server, method="POST", request_body=body)[3]


@needs_curl
@pytest.mark.parametrize("name", ["bob", "Authorization", "it's $HOME", ""])
def test_a_basic_login_is_sent_with_the_password_as_it_is_configured(
    server: Recorder, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("TEST_PASS", 'pässwort:"$1 ')
    header = ("Authorization", "Basic ***")
    spelled = {"Authorization: Basic ***": (f"{name}:", Origin("env", "TEST_PASS"))}
    seen = sent(server, request_headers=(header,), spelled=spelled)[2]
    login = b64encode(f'{name}:pässwort:"$1 '.encode()).decode()
    assert f"Basic {login}" == seen["Authorization"]


@needs_curl
def test_both_parts_of_a_login_may_be_secrets(server: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_USER", "bob")
    monkeypatch.setenv("TEST_PASS", "pa55")
    user, password = Origin("env", "TEST_USER"), Origin("env", "TEST_PASS")
    spelled = {"Authorization: Basic ***": (user, ":", password)}
    seen = sent(server, request_headers=(("Authorization", "Basic ***"),), spelled=spelled)[2]
    assert "Basic Ym9iOnBhNTU=" == seen["Authorization"]


@pytest.mark.parametrize("where", ["url", "header", "body"])
def test_nothing_in_it_reaches_the_terminal_that_it_is_shown_on(where: str) -> None:
    bad = "\x1b[2J\r\x07\u202e\x9b"
    shown: dict[str, Exchange] = {
        "url": exchange(url=f"http://127.0.0.1/{bad}"),
        "header": exchange(request_headers=(("X-A", bad),)),
        "body": exchange(request_body=bad.encode(), method="POST"),
    }
    assert curl(shown[where]).isprintable()


def test_it_is_one_command_to_a_shell() -> None:
    words = shlex.split(curl(exchange(url="http://127.0.0.1/';id;'")), comments=True)
    assert ["curl", "http://127.0.0.1/';id;'"] == [words[0], words[-1]]


def test_secrets_are_read_from_where_they_are_configured(
    server: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, file = Origin("env", "TEST_KEY"), Origin("file", str(tmp_path / "pass 'word'"))
    monkeypatch.setenv("TEST_KEY", 'k$1 "`x`')
    Path(file.name).write_text("pa55*\n")
    headers = (("X-Key", "***"), ("Authorization", "Bearer ***"), ("X-Other", "***"))
    spelled = {
        "X-Key: ***": ("X-Key: ", key, "-", file),
        "Authorization: Bearer ***": ("Authorization: Bearer ", file),
        "it's ***\n": ("it's ", key, "\n"),
    }
    method, _, seen, body = sent(
        server, method="POST", request_headers=headers, request_body=b"it's ***\n", spelled=spelled
    )
    assert ("POST", b"it's k$1 \"`x`\n") == (method, body)
    assert ('k$1 "`x`-pa55*', "Bearer pa55*", "***") == (
        seen["X-Key"],
        seen["Authorization"],
        seen["X-Other"],
    )


def test_a_secret_in_a_url_is_read_too() -> None:
    url = "http://a.example/?key=***&a=1"
    spelled = {url: ("http://a.example/?key=", Origin("env", "KEY"), "&a=1")}
    assert curl(exchange(url=url, request_headers=(), spelled=spelled)).endswith(
        " 'http://a.example/?key='\"$KEY\"'&a=1'"
    )
