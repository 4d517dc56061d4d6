"""Only a regular file is opened; whatever else there is cannot keep its reader waiting."""

import os
import socket
from pathlib import Path

import pytest

from checker.core import regular
from checker.core.regular import IRREGULAR, open_regular, regular_status


def test_a_file_is_read_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link") as file:
        assert b"text" == file.read()
    assert 4 == regular_status(str(tmp_path / "link")).st_size


def test_what_is_no_regular_file_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", Path(os.devnull)):
            for ask in (open_regular, regular_status):
                with pytest.raises(OSError, match=IRREGULAR):
                    ask(path)


def test_other_reasons_are_the_usual_ones(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        open_regular(tmp_path)
    with pytest.raises(FileNotFoundError):
        open_regular(tmp_path / "none")
    with pytest.raises(ValueError, match="null byte"):
        open_regular("a\0b")


def test_a_pipe_that_takes_the_place_of_a_file_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(regular, "regular_status", lambda path: None)
    with open_regular(tmp_path / "pipe") as file:
        assert b"" == file.read()
