"""Where a configuration can be read from."""

import io
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from checker.config import sources
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.config.sources import Raw, Unreadable, read_file, read_source
from tests.config.doubles import KINDS

TEXT = b"version: 1\nprobes: {a: {http: {url: x}}}\n"


def test_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names of other files are relative to the file, and it is watched where it really is."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "checks.yaml").write_bytes(TEXT)
    (tmp_path / "link.yaml").symlink_to("real/checks.yaml")
    monkeypatch.chdir(tmp_path)
    real = tmp_path / "real"
    assert Raw("link.yaml", TEXT, real, real / "checks.yaml") == read_source("link.yaml", {})


def test_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sources, "sys", SimpleNamespace(stdin=SimpleNamespace(buffer=io.BytesIO(TEXT))))
    assert Raw("<stdin>", TEXT, tmp_path) == read_source("-", {})


def test_a_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Raw("env:CHECKS", TEXT, tmp_path) == read_source("env:CHECKS", {"CHECKS": TEXT.decode()})
    assert b"\xff" == read_source("env:CHECKS", {"CHECKS": "\udcff"}).data


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("env:NOPE", "the environment variable NOPE is not set"),
        ("nope.yaml", "there is no such file"),
        ("folder", "this is a directory; name a file"),
        ("large.yaml", "larger than 1 MiB; split it with include"),
        ("loop.yaml", "cannot be read: Too many levels of symbolic links"),
        ("a\0b", "cannot be read: embedded null byte"),
        (
            "pipe.yaml",
            "cannot be read: it is a pipe, a socket or a device, not a file; pipe it in, and name -",
        ),
        ("large.yaml/x", "cannot be read: Not a directory"),
    ],
)
def test_what_cannot_be_read(
    source: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "large.yaml").write_bytes(b"#" * (1 << 20) + b"#")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    with pytest.raises(Unreadable) as caught:
        read_source(source, {})
    assert expected == str(caught.value)
    with pytest.raises(InvalidConfiguration) as shown:
        load(source, {}, KINDS.values())
    assert f"{source}: {expected}".replace("\0", "·") == str(shown.value)


def test_the_largest_file(tmp_path: Path) -> None:
    (tmp_path / "large.yaml").write_bytes(b"#" * (1 << 20))
    assert 1 << 20 == len(read_file("large.yaml", tmp_path / "large.yaml").data)
