from collections.abc import Iterable
from pathlib import Path

import pytest

from checker.config import globs
from checker.config.globs import TooMuch, matching


def lay(directory: Path, names: Iterable[str]) -> None:
    for name in names:
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.yaml", ["a.yaml"]),
        ("./a.yaml", ["a.yaml"]),
        ("none.yaml", []),
        ("a.yaml/b", []),
        ("*.yaml", ["a.yaml"]),
        (".*.yaml", [".hidden.yaml"]),
        ("t*/*.yaml", ["teams/b.yaml"]),
        ("teams/[ab].yaml", ["teams/b.yaml"]),
        ("teams/[z-a].yaml", []),
        ("teams/\0*.yaml", []),
        ("te\0ams/*.yaml", []),
        ("none/*.yaml", []),
        ("none/**/*.yaml", []),
        ("**/*.yaml", ["a.yaml", "teams/b.yaml", "teams/deep/c.yaml"]),
        ("teams/**/*.yaml", ["teams/b.yaml", "teams/deep/c.yaml"]),
        ("teams/**", ["teams/b.yaml", "teams/deep/c.yaml"]),
        ("**/**/c.yaml", ["teams/deep/c.yaml"]),
        ("teams/../a.yaml", ["teams/../a.yaml"]),
    ],
)
def test_what_a_pattern_matches(tmp_path: Path, pattern: str, found: list[str]) -> None:
    lay(tmp_path, ["a.yaml", ".hidden.yaml", "teams/b.yaml", "teams/deep/c.yaml", ".git/d.yaml"])
    (tmp_path / "folder.yaml").mkdir()
    assert found == matching(pattern, tmp_path)


def test_an_absolute_pattern_yields_absolute_names(tmp_path: Path) -> None:
    lay(tmp_path, ["a.yaml"])
    assert [str(tmp_path / "a.yaml")] == matching(f"{tmp_path}/*.yaml", Path("/"))


def test_a_link_is_followed_once(tmp_path: Path) -> None:
    lay(tmp_path, ["shared/a.yaml"])
    (tmp_path / "shared" / "again").symlink_to("..")
    (tmp_path / "teams").mkdir()
    (tmp_path / "teams" / "ours").symlink_to("../shared")
    assert ["teams/ours/a.yaml"] == matching("teams/**/a.yaml", tmp_path)
    assert 1 == len(matching("**/a.yaml", tmp_path))


def test_a_search_ends_after_so_many_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globs, "MOST_LOOKED_AT", 5)
    lay(tmp_path, [f"d/{number}.txt" for number in range(4)])
    assert [] == matching("**/*.yaml", tmp_path / "d" / "none")
    assert [] == matching("d/*.yaml", tmp_path)
    with pytest.raises(TooMuch, match=r"^to search for this means to look at more than 5 files and folders$"):
        matching("**/*.yaml", tmp_path)


def test_so_many_files_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(globs, "MOST_FOUND", 2)
    lay(tmp_path, ["a.yaml", "b.yaml", "c.yml"])
    assert ["a.yaml", "b.yaml"] == matching("*.yaml", tmp_path)
    with pytest.raises(TooMuch, match=r"^'\*\.y\*ml' matches more than 2 files$"):
        matching("*.y*ml", tmp_path)
