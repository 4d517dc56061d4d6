import asyncio
import json
from collections.abc import Callable

import pytest

from checker.board.snapshot import Snapshot
from checker.core.clock import FakeClock, run_virtual
from checker.core.reason import State
from checker.surfaces.web import live as live_module
from checker.surfaces.web.live import Live, fingerprint
from tests.surfaces.samples import failed, masked_view, outcome, probe, snapshot, trouble, view


def event(text: bytes) -> tuple[str, int]:
    fields = dict(line.split(": ", 1) for line in text.decode().strip().splitlines() if line)
    return fields["event"], json.loads(fields["data"])["revision"]


class Board:
    """A board that a test changes, and that counts how often it is looked at."""

    def __init__(self) -> None:
        self.shown = snapshot(view(last=outcome()))
        self.looks = 0

    def snapshot(self) -> Snapshot:
        self.looks += 1
        return self.shown

    def change(self) -> None:
        self.shown = snapshot(view(last=failed(), state=State.DOWN))


def test_a_page_hears_at_once_then_of_each_change_and_else_that_all_is_well() -> None:
    async def main(clock: FakeClock) -> None:
        board = Board()
        live = Live(board.snapshot, every=1.0, alive=5.0)
        stream = live.stream()
        assert ("alive", 0) == event(await anext(stream))
        assert 0.0 == clock.loop.time()
        assert ("alive", 0) == event(await anext(stream))
        assert 5.0 == clock.loop.time()
        await asyncio.sleep(0.5)
        board.change()
        assert ("board", 1) == event(await anext(stream))
        assert 6.0 == clock.loop.time()
        assert ("alive", 1) == event(await anext(stream))
        assert 11.0 == clock.loop.time()
        live.close()

    run_virtual(main)


def test_a_page_connects_anew_now_and_then_so_that_who_never_reads_keeps_no_place() -> None:
    async def main(clock: FakeClock) -> None:
        live = Live(Board().snapshot, every=1.0, alive=600.0)
        heard = [clock.loop.time() async for _ in live.stream()]
        assert [0.0, 600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0] == heard
        assert not live._readers

    run_virtual(main)


def test_a_change_while_a_page_is_slow_is_not_lost() -> None:
    async def main(clock: FakeClock) -> None:
        board = Board()
        live = Live(board.snapshot, every=1.0, alive=5.0)
        stream = live.stream()
        await anext(stream)
        board.change()
        await asyncio.sleep(3)
        assert ("board", 1) == event(await anext(stream))
        assert 3.0 == clock.loop.time()
        live.close()

    run_virtual(main)


def test_one_watcher_serves_all_pages_and_only_while_there_are_some() -> None:
    async def main(_: FakeClock) -> None:
        board = Board()
        live = Live(board.snapshot, every=1.0, alive=100.0)
        await asyncio.sleep(10)
        assert 0 == board.looks
        streams = [live.stream() for _ in range(5)]
        for stream in streams:
            await anext(stream)
        await asyncio.sleep(10.5)
        assert 11 == board.looks
        for stream in streams:
            await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(10)
        assert 11 == board.looks

    run_virtual(main)


def test_closing_ends_every_stream_at_once() -> None:
    async def main(clock: FakeClock) -> None:
        live = Live(Board().snapshot, alive=100.0)

        async def read() -> list[bytes]:
            return [text async for text in live.stream()]

        readers = [asyncio.create_task(read()) for _ in range(3)]
        await asyncio.sleep(1)
        live.close()
        assert [2, 2, 2] == [len(texts) for texts in await asyncio.gather(*readers)]
        assert 1.0 == clock.loop.time()
        assert live.full

    run_virtual(main)


def test_closing_before_anybody_came() -> None:
    live = Live(Board().snapshot)
    live.close()
    assert live.full


def test_readers_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "READERS", 2)

    async def main(_: FakeClock) -> None:
        live = Live(Board().snapshot)
        streams, full = [live.stream(), live.stream()], []
        for stream in streams:
            await anext(stream)
            full.append(live.full)
        await streams[0].aclose()  # type: ignore[attr-defined]
        assert [False, True, False] == [*full, live.full]
        live.close()

    run_virtual(main)


@pytest.mark.parametrize(
    "change",
    [
        snapshot,
        lambda: snapshot(view(probe("other"), last=outcome())),
        lambda: snapshot(view(last=outcome(started_at=1.0))),
        lambda: snapshot(view(last=outcome(), state=State.DOWN)),
        lambda: snapshot(view(last=outcome(), skipped=1)),
        lambda: snapshot(view(last=outcome(), blocked_by=("a",))),
        lambda: snapshot(view(last=outcome()), masked_view("more")),
    ],
    ids=["removed", "renamed", "ran", "state", "skipped", "blocked", "added"],
)
def test_whatever_a_page_shows_changes_the_fingerprint(change: Callable[[], Snapshot]) -> None:
    assert fingerprint(snapshot(view(last=outcome()))) != fingerprint(change())


def test_the_fingerprint_of_the_same_board_is_the_same() -> None:
    assert fingerprint(trouble()) == fingerprint(trouble())
