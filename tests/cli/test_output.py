"""Standard output that cannot take what is printed, as real processes meet it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKS = """\
version: 1
probes:
  refused: {http: {url: "http://127.0.0.1:1/"}, expect: {body: x}}
"""

VERBS = [
    ["run"],
    ["run", "--format", "json"],
    ["run", "--format", "junit"],
    ["list"],
    ["show", "refused"],
    ["schema"],
    ["rules"],
    ["validate"],
    ["--help"],
    ["--version"],
]

every_verb = pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
some_verbs = pytest.mark.parametrize("arguments", VERBS[:4], ids=" ".join)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "checks.yaml").write_text(CHECKS)
    return tmp_path


def checker(folder: Path, *arguments: str, stdout: int, shut: bool = False) -> tuple[int, str]:
    """Return the exit code, and what the command says on standard error; `shut`: without a standard output."""
    command = [sys.executable, "-m", "checker", *arguments]
    if shut:
        command = ["sh", "-c", 'exec "$@" >&-', "sh", *command]
    environment = {**os.environ, "TERM": "dumb", "COLUMNS": "200"}
    done = subprocess.run(
        command, cwd=folder, stdout=stdout, stderr=subprocess.PIPE, text=True, env=environment, check=False
    )
    return done.returncode, done.stderr


@every_verb
def test_a_full_disk_is_told_in_one_line(folder: Path, arguments: list[str]) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        expected = (2, "checker: cannot write to standard output: No space left on device\n")
        assert expected == checker(folder, *arguments, stdout=full)
    finally:
        os.close(full)


@some_verbs
def test_a_reader_that_has_gone_is_not_talked_about(folder: Path, arguments: list[str]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        assert (2, "") == checker(folder, *arguments, stdout=write)
    finally:
        os.close(write)


@some_verbs
def test_an_output_that_is_closed_from_the_start_is_told(folder: Path, arguments: list[str]) -> None:
    expected = (2, "checker: cannot write to standard output: it is closed\n")
    assert expected == checker(folder, *arguments, stdout=subprocess.DEVNULL, shut=True)


def test_what_can_be_written_ends_as_ever(folder: Path) -> None:
    assert (0, "") == checker(folder, "list", stdout=subprocess.DEVNULL)
    code, _ = checker(folder, "run", stdout=subprocess.DEVNULL)
    assert 1 == code
