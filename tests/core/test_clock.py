"""The virtual loop: an hour passes in no time, in the right order, and real sockets still work."""

import asyncio
import time

import pytest

from checker.core.clock import Clock, FakeClock, VirtualTimeLoop, run_virtual


def test_the_real_clocks_are_the_default() -> None:
    assert (time.time, time.perf_counter) == (Clock().wall, Clock().monotonic)


def test_an_hour_of_sleep_is_an_hour_of_virtual_time() -> None:
    async def main(fake: FakeClock) -> tuple[float, float]:
        await asyncio.sleep(3600)
        return fake.clock.monotonic(), fake.clock.wall()

    assert (3600, 1_700_003_600) == run_virtual(main)


def test_weeks_pass_too() -> None:
    """asyncio waits for a day at most at a time."""

    async def main(fake: FakeClock) -> float:
        await asyncio.sleep(30 * 86400)
        return fake.clock.monotonic()

    assert 30 * 86400 == run_virtual(main)


def test_time_stands_still_while_there_is_something_to_do() -> None:
    async def main(fake: FakeClock) -> float:
        sleeper = asyncio.create_task(asyncio.sleep(1))
        for _ in range(1000):
            await asyncio.sleep(0)
        before = fake.clock.monotonic()
        await sleeper
        return before

    assert run_virtual(main) == 0


def test_sleepers_wake_in_the_order_of_their_times() -> None:
    async def main(fake: FakeClock) -> list[tuple[float, str]]:
        woken: list[tuple[float, str]] = []

        async def sleep(seconds: float, name: str) -> None:
            await asyncio.sleep(seconds)
            woken.append((fake.clock.monotonic(), name))

        await asyncio.gather(sleep(30, "c"), sleep(0.1, "a"), sleep(29.9, "b"))
        return woken

    assert [(0.1, "a"), (29.9, "b"), (30, "c")] == run_virtual(main)


def test_a_deadline_strikes_at_its_time() -> None:
    async def main(fake: FakeClock) -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await asyncio.get_running_loop().create_future()
        return fake.clock.monotonic()

    assert run_virtual(main) == 10


def test_timers_far_into_the_run_do_not_stall_for_a_rounding_error() -> None:
    async def main(fake: FakeClock) -> int:
        fake.loop.jump(1e9 + 0.1)
        ticks = 0
        while ticks < 100:
            await asyncio.sleep(0.1)
            ticks += 1
        return ticks

    assert run_virtual(main) == 100


def test_a_jump_moves_both_clocks_and_what_is_due_is_late() -> None:
    async def main(fake: FakeClock) -> tuple[float, float]:
        fake.loop.call_later(1, lambda: None)
        fake.loop.jump(50)
        await asyncio.sleep(0)
        return fake.clock.monotonic(), fake.clock.wall() - fake.epoch

    assert run_virtual(main) == (50, 50)


def test_real_sockets_work() -> None:
    async def main(fake: FakeClock) -> tuple[bytes, float]:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write((await reader.readline()).upper())
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
            writer.write(b"hello\n")
            answered = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return answered, fake.clock.monotonic()

    assert run_virtual(main) == (b"HELLO\n", 0)


def test_worker_threads_work() -> None:
    async def main(fake: FakeClock) -> int:
        return await asyncio.to_thread(lambda: 42)

    assert run_virtual(main) == 42


def test_a_loop_may_start_at_any_time() -> None:
    loop = VirtualTimeLoop(start=500)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(asyncio.sleep(1))
    assert (501, 42 + 501) == (loop.time(), FakeClock(loop, epoch=42).clock.wall())


def test_what_the_main_function_raises_is_raised() -> None:
    async def main(fake: FakeClock) -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        run_virtual(main)
