import asyncio
import gzip
from collections.abc import Iterator

import pytest

from checker.surfaces import pacing
from checker.surfaces.pacing import gzipped, paced


async def test_pieces_arrive_whole_and_in_order() -> None:
    assert "abc é".encode() == b"".join([part async for part in paced(["a", "b", "", "c é"])])


async def test_nothing_is_one_empty_slice() -> None:
    assert [b""] == [part async for part in paced([])]


async def test_what_has_no_encoding_is_replaced() -> None:
    assert [b"?"] == [part async for part in paced(["\ud800"])]


async def test_the_loop_runs_between_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """With slices of no length, everything else gets its turn after each piece."""
    monkeypatch.setattr(pacing, "SLICE", 0.0)
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    def pieces() -> Iterator[str]:
        for _ in range(5):
            yield str(turns)

    other = asyncio.create_task(count())
    seen = b"".join([part async for part in paced(pieces())])
    other.cancel()
    assert b"01234" == seen


async def test_short_work_is_not_cut_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "SLICE", 60.0)
    assert [b"0123456789"] == [part async for part in paced(str(digit) for digit in range(10))]


async def test_much_that_took_no_time_is_cut_up_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """It still has to be compressed and sent, which takes time for each character."""
    monkeypatch.setattr(pacing, "SLICE", 60.0)
    monkeypatch.setattr(pacing, "FULL", 4)
    assert [b"0123", b"4567", b"89"] == [part async for part in paced(str(digit) for digit in range(10))]


async def test_slices_are_one_gzip_stream() -> None:
    packed = b"".join([part async for part in gzipped(paced(["checker_probe_success 1\n"] * 1000))])
    assert b"checker_probe_success 1\n" * 1000 == gzip.decompress(packed)
    assert len(packed) < 1000
