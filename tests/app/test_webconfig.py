"""A web configuration across changes: it never gets looser by mistake."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from checker.app.webconfig import WebAccess
from checker.core.clock import FakeClock, run_virtual
from checker.surfaces import logs
from tests.net.loopback import CA

HASH = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
ANN = f"basic_auth_users: {{ann: {HASH}}}"
BOB = f"basic_auth_users: {{bob: {HASH}}}"
TLS = "tls_server_config: {cert_file: server.pem, key_file: server.pem}"


@pytest.fixture
def web(tmp_path: Path) -> Path:
    return tmp_path / "web.yml"


def write(path: Path, text: str, mtime: int = 0) -> None:
    path.write_text(text)
    os.utime(path, (mtime, mtime))


def nowhere() -> Path | None:
    return None


def users(access: WebAccess) -> list[str] | None:
    """Return who gets in with a password; None: nobody gets in at all."""
    return None if access.door.config is None else list(access.door.config.users)


def test_where_no_file_is_named_all_is_open() -> None:
    access = WebAccess(None, nowhere)
    assert access.take() is None
    assert ([], None, ()) == (users(access), access.tls(), access.notices())


def test_the_file_of_the_command_line_goes_before_that_of_the_checks(web: Path, tmp_path: Path) -> None:
    write(web, ANN)
    other = tmp_path / "other.yml"
    write(other, BOB)
    assert WebAccess(web, lambda: other).take() is None
    first, second = WebAccess(web, lambda: other), WebAccess(None, lambda: other)
    assert (None, None) == (first.take(), second.take())
    assert (["ann"], ["bob"]) == (users(first), users(second))


def test_where_the_first_file_cannot_be_used_nobody_gets_in(web: Path) -> None:
    access = WebAccess(web, nowhere)
    error = access.take()
    assert error
    assert "there is no such file" in str(error)
    assert users(access) is None
    told = access.refused(error)
    assert ("web_config_failed", True) == (told.name, told.fields["nobody_gets_in"])


@pytest.mark.parametrize("bad", ["basic_auth_users: {ann: sesame}", "[", "", TLS.replace("server", "none")])
def test_what_cannot_be_used_leaves_the_one_before_in_force(web: Path, bad: str) -> None:
    write(web, ANN)
    access = WebAccess(web, nowhere)
    assert access.take() is None
    write(web, bad)
    error = access.take()
    assert error
    assert "sesame" not in str(error)
    assert ["ann"] == users(access)
    assert access.notices()
    assert not access.refused(error).fields["nobody_gets_in"]
    write(web, BOB)
    assert access.take() is None
    assert (["bob"], ()) == (users(access), access.notices())


def test_a_file_that_nobody_names_any_more_stays_in_force(web: Path) -> None:
    write(web, ANN)
    named: list[Path | None] = [web]
    access = WebAccess(None, lambda: named[0])
    access.take()
    named[0] = None
    assert access.take() is None
    assert ["ann"] == users(access)
    write(web, BOB)
    assert access.take() is None
    assert ["bob"] == users(access)


def following(
    access: WebAccess, steps: dict[float, Callable[[], object]]
) -> list[tuple[float, list[str] | None]]:
    """Run the callables in `steps` at their seconds; return who got in from when on, up to second 20."""

    async def main(fake: FakeClock) -> list[tuple[float, list[str] | None]]:
        seen = []

        async def note() -> None:
            async for _ in access.follow():
                seen.append((fake.loop.time(), users(access)))  # noqa: PERF401 - read while it goes on

        task = asyncio.create_task(note())
        for second, step in steps.items():
            await asyncio.sleep(second - fake.loop.time())
            step()
        await asyncio.sleep(20 - fake.loop.time())
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return seen

    return run_virtual(main)


def test_changes_are_followed(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(logs, "emit", lambda events: told.extend(event.name for event in events))
    write(web, ANN)
    access = WebAccess(web, nowhere)
    access.take()
    steps: dict[float, Callable[[], object]] = {
        2.5: lambda: write(web, BOB, 1),
        6.5: lambda: write(web, "[", 2),
        10.5: lambda: write(web, ANN, 3),
    }
    assert [(4.0, ["bob"]), (8.0, ["bob"]), (12.0, ["ann"])] == following(access, steps)
    assert ["web_config", "web_config_failed", "web_config"] == told


def test_certificates_are_followed_also_those_that_come_late(web: Path, tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"

    def renew(mtime: int) -> None:
        CA.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
        os.utime(pem, (mtime, mtime))

    write(web, ANN)
    access, contexts = WebAccess(web, nowhere), []
    access.take()
    steps: dict[float, Callable[[], object]] = {
        2.5: lambda: write(web, TLS, 1),  # there is no such certificate yet
        6.5: lambda: renew(2),
        10.5: lambda: contexts.append(access.tls()),
        11.5: lambda: renew(3),
        15.5: lambda: contexts.append(access.tls()),
    }
    assert [4.0, 8.0, 13.0] == [second for second, _ in following(access, steps)]
    assert None not in contexts
    assert contexts[0] is not contexts[1]


def test_a_file_that_the_checks_name_later_is_taken(web: Path) -> None:
    write(web, ANN)
    named: list[Path | None] = [None]
    access = WebAccess(None, lambda: named[0])
    access.take()
    assert [] == users(access)

    def name() -> None:
        named[0] = web

    assert [(4.0, ["ann"])] == following(access, {2.5: name})
