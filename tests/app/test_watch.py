import asyncio
import os
from contextlib import suppress
from pathlib import Path

import pytest

from checker.app.watch import changes, remote_changes, signature
from checker.core.clock import FakeClock, run_virtual


def rewrite(path: Path, text: str, mtime: int) -> None:
    path.write_text(text)
    os.utime(path, (mtime, mtime))


def watch(paths: list[Path], *, steps: dict[float, object], read_at: float = 10.0) -> list[float]:
    """Run the callables in `steps` at their seconds, and return when changes were seen, up to second 20."""

    async def main(fake: FakeClock) -> list[float]:
        seen: list[float] = []

        async def note() -> None:
            async for _ in changes(lambda: list(paths), lambda: read_at):
                seen.append(fake.loop.time())  # noqa: PERF401 - never ends, and is read while it goes on

        task = asyncio.create_task(note())
        for second, step in steps.items():
            await asyncio.sleep(second - fake.loop.time())
            assert callable(step)
            step()
        await asyncio.sleep(20 - fake.loop.time())
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return seen

    return run_virtual(main)


def test_a_change_is_seen_when_it_has_settled(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    rewrite(path, "a", 1)
    assert [5.0] == watch([path], steps={3.5: lambda: rewrite(path, "b", 2)})


def test_a_file_that_is_still_being_written_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    rewrite(path, "a", 1)
    steps = {3.5 + n: lambda n=n: rewrite(path, "b" * n, 2 + n) for n in range(4)}
    assert [8.0] == watch([path], steps=steps)  # type: ignore[arg-type]  # lambdas with a default


def test_a_file_that_vanishes_and_comes_back_changed_twice(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    rewrite(path, "a", 1)
    steps: dict[float, object] = {3.5: path.unlink, 10.5: lambda: rewrite(path, "b", 2)}
    assert [5.0, 12.0] == watch([path], steps=steps)


def test_a_link_that_is_switched_is_a_change(tmp_path: Path) -> None:
    """The way in which orchestrators replace mounted files."""
    old, new, link = tmp_path / "old", tmp_path / "new", tmp_path / "checks.yaml"
    rewrite(old, "a", 1)
    rewrite(new, "b", 1)
    link.symlink_to(old)

    def switch() -> None:
        (tmp_path / "next").symlink_to(new)
        (tmp_path / "next").replace(link)

    assert [5.0] == watch([link], steps={3.5: switch})


def test_nothing_changed_is_nothing_seen(tmp_path: Path) -> None:
    path = tmp_path / "checks.yaml"
    rewrite(path, "a", 1)
    assert [] == watch([path], steps={})


def test_files_that_a_reload_brought_are_no_change_but_are_watched(tmp_path: Path) -> None:
    first, second = tmp_path / "checks.yaml", tmp_path / "more.yaml"
    rewrite(first, "a", 1)
    rewrite(second, "a", 1)
    paths = [first]
    steps: dict[float, object] = {3.5: lambda: paths.append(second), 7.5: lambda: rewrite(second, "b", 2)}
    assert [9.0] == watch(paths, steps=steps)


def test_a_file_that_is_edited_as_a_reload_brings_others_is_a_change(tmp_path: Path) -> None:
    first, second = tmp_path / "checks.yaml", tmp_path / "more.yaml"
    rewrite(first, "a", 1)
    rewrite(second, "a", 1)
    paths = [first]

    def both() -> None:
        paths.append(second)
        rewrite(first, "b", 2)

    assert [5.0] == watch(paths, steps={3.5: both})


def test_a_file_that_was_written_while_the_configuration_was_read_is_read_once_more(tmp_path: Path) -> None:
    first, second = tmp_path / "checks.yaml", tmp_path / "more.yaml"
    rewrite(first, "a", 11)
    rewrite(second, "a", 12)
    paths = [first]
    assert [1.0, 5.0] == watch(paths, steps={3.5: lambda: paths.append(second)})


@pytest.mark.parametrize("name", ["missing", "folder/below"])
def test_what_cannot_be_looked_at_has_a_signature_too(tmp_path: Path, name: str) -> None:
    assert signature([tmp_path / name]) == signature([tmp_path / name])


def looks(versions: list[str | None], *, taken: bool = True) -> list[float]:
    """Return when a change was told of a remote configuration that has these versions, look by look."""

    async def main(fake: FakeClock) -> list[float]:
        seen: list[float] = []
        left = iter(versions)

        async def look() -> str | None:
            return next(left, versions[-1])

        async def note() -> None:
            async for _ in remote_changes(look, 60.0, taken=taken):
                seen.append(fake.loop.time())  # noqa: PERF401 - never ends, and is read while it goes on

        task = asyncio.create_task(note())
        await asyncio.sleep(60.0 * len(versions) + 1)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        return seen

    return run_virtual(main)


def test_another_version_of_a_remote_configuration_is_a_change() -> None:
    assert [120.0] == looks(["1", "1", "2", "2"])


def test_a_remote_configuration_that_cannot_be_looked_at_is_left_alone() -> None:
    assert [180.0] == looks(["1", None, "1", "2", None, "2"])


def test_one_that_was_not_taken_at_the_start_is_awaited() -> None:
    assert [120.0] == looks([None, "1", "1"], taken=False)
