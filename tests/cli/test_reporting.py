import os
from pathlib import Path

import pytest

from checker.cli.reporting import replaced
from checker.core.errors import ConfigurationError


def write(path: Path, text: str) -> None:
    with replaced(path) as file:
        file.write(text)


def test_a_link_keeps_leading_to_what_was_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write(link, "new")
    assert link.is_symlink()
    assert "new" == target.read_text()


def test_a_device_stays_a_device() -> None:
    write(Path(os.devnull), "gone")
    assert Path(os.devnull).is_char_device()


def test_a_device_that_takes_nothing_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="cannot write /dev/full"):
        write(Path("/dev/full"), "too much")
    assert Path("/dev/full").is_char_device()


def test_what_fails_in_the_middle_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report"
    path.write_text("old")
    with pytest.raises(ConfigurationError, match="No space left"):
        fail_after_a_part(path)
    assert ["report"] == [each.name for each in tmp_path.iterdir()]
    assert "old" == path.read_text()


def fail_after_a_part(path: Path) -> None:
    with replaced(path) as file:
        file.write("new")
        raise OSError(28, "No space left on device")
