"""Files that go away, come back, are half written or cannot be written: told as the checker's own, and got over."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.app.service import Options, Service
from tests.integration.checks import PASS, Told, told
from tests.integration.processes import UNMEASURED, checker
from tests.integration.sites import Request, reply, site

CONFIG = """\
version: 1
probes:
  kept: {interval: 1h, http: {url: "http://127.0.0.1:9/kept"}, expect: {json: {$.a: 1}}}
  more: {interval: 1h, http: {url: "http://127.0.0.1:9/more"}, expect: {json: {$.a: 1}}}
"""


def as_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def as_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def as_pipe(path: Path) -> None:
    """Nobody writes to it: to open it would take for ever."""
    path.unlink()
    os.mkfifo(path)


def back(path: Path, text: str) -> None:
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_text(text)


# The configuration

DAMAGES: dict[str, Callable[[Path], object]] = {
    **{
        f"cut after {size} bytes": lambda path, size=size: path.write_text(CONFIG[:size])  # type: ignore[misc]
        for size in (0, 5, 11, 19, 30, 60, len(CONFIG) - 5)
    },
    "cut within a character": lambda path: path.write_bytes(b"version: 1\nprobes: {\xc3"),
    "zeros that a crash left": lambda path: path.write_bytes(bytes(4096)),
    "a directory": as_directory,
    "removed": Path.unlink,
    "a link to itself": as_loop,
    "a pipe": as_pipe,
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_configuration_that_is(damage: str, tmp_path: Path) -> None:
    """The one before stays in use; a metric and the page say so; a good one is taken as ever."""
    path = tmp_path / "checks.yaml"
    path.write_text(CONFIG)
    service = Service(Options(str(path), environment={}))
    service.start()
    try:
        DAMAGES[damage](path)
        assert str(path) in (await service.reload() or "")
        assert ["kept", "more"] == list(service.board.snapshot().probes)
        assert service.healthy() is None
        assert 0.0 == _own(service, "checker_config_last_reload_successful")
        assert "the one before stays in use" in service.sources().notices()[0]
        assert path in service.watched()
        back(path, CONFIG.replace("more", "another"))
        assert await service.reload() is None
        assert ["kept", "another"] == list(service.board.snapshot().probes)
        assert 1.0 == _own(service, "checker_config_last_reload_successful")
    finally:
        await service.stop()


def _own(service: Service, name: str) -> float:
    return {one.name: one.value for family in service.own.collect() for one in family.samples}[name]


# Secrets

LOSSES: dict[str, Callable[[Path], object]] = {
    "removed": Path.unlink,
    "a directory": as_directory,
    "a link to itself": as_loop,
    "a pipe": as_pipe,
    "empty": lambda path: path.write_text(""),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("loss", LOSSES)
async def test_a_secret_file_that_is(loss: str, tmp_path: Path) -> None:
    """Without it nothing is sent; when it is back, the next run reads it."""
    path = tmp_path / "key"
    path.write_text("first-value")

    def answer(request: Request) -> bytes:
        return reply('{"v": 5}', "200 OK" if "last-value" in request.headers["x-key"] else "401 No")

    async with site(answer) as server:
        (tmp_path / "checks.yaml").write_text(
            "version: 1\nserver: {schedule: false}\nsecrets: {key: {file: key}}\nprobes:\n"
            f'  a: {{http: {{url: "{server.url}", headers: {{X-Key: "${{secret.key}}"}}}}}}\n'
        )
        service = Service(Options(str(tmp_path / "checks.yaml"), environment={}))
        service.start()
        try:
            assert Told("fail", "auth_rejected", "http") == told(await service.scheduler.run_now("a"))
            assert 1.0 == _own(service, "checker_secret_readable")
            LOSSES[loss](path)
            assert Told("error", "secret_unavailable", "http") == told(await service.scheduler.run_now("a"))
            assert 0.0 == _own(service, "checker_secret_readable")
            assert len(server.requests) == 1
            back(path, "last-value")
            assert PASS == told(await service.scheduler.run_now("a"))
            assert 1.0 == _own(service, "checker_secret_readable")
        finally:
            await service.stop()


# The disk

FULL = (
    "-c",
    (
        "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16)); "
        "runpy.run_module('checker', run_name='__main__')"
    ),
)
"""The checker on a disk that takes 16 bytes of a file."""

ALONE = {"PYTHONDONTWRITEBYTECODE": "1"}


@pytest.mark.parametrize("option", ["--output", "--textfile"])
async def test_a_disk_that_is_full(option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The old file stays as it is, nothing else stays behind, and the exit code is that of no verdict."""
    for name in UNMEASURED:
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "checks.yaml").write_text(CONFIG)
    path = tmp_path / "report.prom"
    path.write_text("the old one")
    ended = await checker(
        "run",
        "-c",
        str(tmp_path / "checks.yaml"),
        "--format",
        "json",
        option,
        str(path),
        environment=ALONE,
        program=FULL,
    )
    assert (2, f"cannot write {path}: File too large\n") == (ended.code, ended.err.decode())
    assert path.read_text() == "the old one"
    assert {"checks.yaml", "report.prom"} == {one.name for one in tmp_path.iterdir()}
