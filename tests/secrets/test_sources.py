"""Where secrets come from: real variables and real files."""

import os
from pathlib import Path

import pytest

from checker.secrets.sources import LARGEST, EnvSource, FileSource, Unreadable


def test_a_variable() -> None:
    source = EnvSource("KEY", environment={"KEY": "hunter2"})
    assert source.read() == "hunter2"
    assert source.changed_at() is None


def test_the_process_own_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    source = EnvSource("CHECKER_TEST_KEY")
    monkeypatch.setenv("CHECKER_TEST_KEY", "one")
    before = source.version()
    assert source.read() == "one"
    monkeypatch.setenv("CHECKER_TEST_KEY", "two")
    assert source.read() == "two"
    assert before != source.version()


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({}, "the environment variable KEY is not set"),
        ({"KEY": "\udcff"}, "the environment variable KEY is not UTF-8 text"),
    ],
)
def test_a_variable_that_holds_no_secret(environment: dict[str, str], why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        EnvSource("KEY", environment=environment).read()


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"hunter2", "hunter2"),
        (b"hunter2\n", "hunter2"),
        (b"hunter2\r\n", "hunter2"),
        (b"hunter2\n\n", "hunter2\n"),
        (b" hunter2 ", " hunter2 "),
        ("hüntér2".encode(), "hüntér2"),
    ],
)
def test_a_file_without_its_last_line_break(tmp_path: Path, content: bytes, value: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    assert value == FileSource(path).read()


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"\xff\xfe", "is not UTF-8 text"), (b"x" * (LARGEST + 1), "is larger than 64 KiB")],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "key"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=f"the file {path} {why}"):
        FileSource(path).read()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    source = FileSource(tmp_path / "missing")
    why = f"the file {tmp_path / 'missing'} cannot be read: No such file or directory"
    for ask in (source.read, source.version, source.changed_at):
        with pytest.raises(Unreadable, match=why):
            ask()


def test_a_directory_is_no_secret(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="Is a directory"):
        FileSource(tmp_path).read()


def test_a_pipe_that_nobody_writes_to_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key")
    source = FileSource(tmp_path / "key")
    for ask in (source.read, source.version, source.changed_at):
        with pytest.raises(Unreadable, match="it is a pipe, a socket or a device, not a file"):
            ask()


def test_the_time_of_a_change_is_the_files(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("hunter2")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert FileSource(path).changed_at() == 1_700_000_000


def test_a_switched_link_is_another_version(tmp_path: Path) -> None:
    """As Kubernetes rotates what it mounts: same name, same size, same time."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(name)
        os.utime(tmp_path / name, (1_700_000_000, 1_700_000_000))
    link = tmp_path / "key"
    link.symlink_to(tmp_path / "one")
    source = FileSource(link)
    before = source.version()
    link.unlink()
    link.symlink_to(tmp_path / "two")
    assert before != source.version()


def test_equal_sources_are_the_same_place(tmp_path: Path) -> None:
    assert EnvSource("A") == EnvSource("A", environment={"A": "x"})
    assert EnvSource("A") != EnvSource("A", frozenset({"a.example.org"}))
    assert FileSource(tmp_path) == FileSource(tmp_path)


def test_a_source_does_not_print_values() -> None:
    assert "hunter2" not in repr(EnvSource("KEY", environment={"KEY": "hunter2"}))
