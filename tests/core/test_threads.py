import asyncio
import gc
import threading
import weakref

import pytest

from checker.core.threads import DaemonThreads


async def test_what_a_call_returns_or_raises_reaches_who_waits() -> None:
    threads = DaemonThreads("test")
    assert 42 == await threads.run(lambda: 42)
    with pytest.raises(KeyError):
        await threads.run(lambda: dict[str, int]()["x"])


async def test_what_a_call_raises_leaves_nothing_to_the_garbage_collector() -> None:
    class Fault(Exception):
        """Weakly referable, as built-in exceptions are not."""

    def fail() -> None:
        raise Fault

    threads, faults = DaemonThreads("test"), []
    gc.collect()
    gc.disable()
    try:
        try:
            await threads.run(fail)
        except Fault as fault:
            faults.append(weakref.ref(fault))
        await threads.run(lambda: None)  # the thread has let go of the call before
        assert faults[0]() is None
    finally:
        gc.enable()


async def test_threads_are_daemons_and_used_again() -> None:
    threads = DaemonThreads("test")
    first = await threads.run(threading.current_thread)
    await asyncio.sleep(0)
    assert first.daemon
    for _ in range(5):
        assert await threads.run(threading.current_thread) is first


async def test_no_more_run_at_once_than_there_may_be() -> None:
    threads = DaemonThreads("test", most=2)
    gate = threading.Event()
    inside = threading.Semaphore(0)
    names: set[str] = set()

    def call() -> str:
        names.add(threading.current_thread().name)
        inside.release()
        gate.wait(5)
        return threading.current_thread().name

    calls = [asyncio.create_task(threads.run(call)) for _ in range(5)]
    await asyncio.sleep(0)
    assert inside.acquire(timeout=5)
    assert inside.acquire(timeout=5)
    assert not inside.acquire(blocking=False)
    gate.set()
    assert {"test-1", "test-2"} == set(await asyncio.gather(*calls)) == names


async def test_who_stops_waiting_does_so_at_once() -> None:
    threads = DaemonThreads("test", most=1)
    gate = threading.Event()
    done: list[str] = []
    stuck = asyncio.create_task(threads.run(lambda: gate.wait(5)))
    never = asyncio.create_task(threads.run(lambda: done.append("never")))
    await asyncio.sleep(0)
    for task in (stuck, never):
        task.cancel()
    await asyncio.wait([stuck, never], timeout=5)
    assert stuck.cancelled()
    gate.set()
    assert 1 == await threads.run(lambda: 1)
    assert [] == done, "a call that nobody waits for any more is not begun"


def test_a_loop_that_is_gone_is_told_nothing() -> None:
    threads = DaemonThreads("test")
    gate, ended = threading.Event(), threading.Event()

    def call() -> None:
        gate.wait(5)
        ended.set()

    async def leave() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(threads.run(call), 0.01)

    asyncio.run(leave())
    gate.set()
    assert ended.wait(5)
