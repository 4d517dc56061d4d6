import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest

from checker.core.clock import FakeClock, run_virtual
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net import callbacks as net
from checker.net.callbacks import Address, Callbacks, Delivery, Reception

T = TypeVar("T")
JSON = (("content-type", "application/json"),)


def virtual(main: Callable[[Callbacks, FakeClock], Awaitable[T]]) -> T:
    """Run with callbacks that can be reached, in virtual time."""

    async def begin(fake: FakeClock) -> T:
        callbacks = Callbacks(fake.clock)
        callbacks.base_url = "https://checks.example.org/sub"
        return await main(callbacks, fake)

    return run_virtual(begin)


async def chunks(*parts: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(pause)
        yield part


def token(address: Address) -> str:
    return address.url.rpartition("/")[2]


async def deliver(callbacks: Callbacks, address: Address, *parts: bytes, pause: float = 0.0) -> Reception:
    return await callbacks.deliver(token(address), "POST", JSON, chunks(*parts, pause=pause))


def test_an_address_is_below_the_base_and_cannot_be_guessed() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> set[str]:
        return {callbacks.open().url for _ in range(100)}

    urls = virtual(main)
    assert 100 == len(urls)
    for url in urls:
        base, secret = url.rsplit("/", 1)
        assert "https://checks.example.org/sub/callbacks" == base
        assert 16 <= len(base64.urlsafe_b64decode(secret + "=="))


def test_without_a_base_it_is_the_checker_that_cannot_tell() -> None:
    with pytest.raises(Trouble, match=r"set server\.external_url") as caught:
        Callbacks().open()
    assert (Reason.CALLBACK_MISSING, True) == (caught.value.reason, caught.value.own)


def test_takes_what_comes_while_somebody_waits() -> None:
    async def main(callbacks: Callbacks, fake: FakeClock) -> tuple[Delivery, float]:
        address = callbacks.open()
        waiting = asyncio.create_task(callbacks.next(address))
        await asyncio.sleep(3)
        assert not waiting.done()
        assert Reception.TAKEN is await deliver(callbacks, address, b"{", b"}")
        return await waiting, fake.loop.time()

    assert (Delivery("POST", JSON, b"{}", 3.0), 3.0) == virtual(main)


def test_keeps_what_comes_earlier_in_its_order() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> list[bytes | None]:
        address = callbacks.open()
        for body in (b"1", b"2"):
            assert Reception.TAKEN is await deliver(callbacks, address, body)
        assert 2 == address.count
        return [(await callbacks.next(address)).body for _ in range(2)]

    assert [b"1", b"2"] == virtual(main)


def test_runs_have_addresses_of_their_own() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        one, other = callbacks.open(), callbacks.open()
        await deliver(callbacks, one, b"1")
        await deliver(callbacks, other, b"2")
        assert one is callbacks.find(one.url)
        assert (b"2", b"1") == ((await callbacks.next(other)).body, (await callbacks.next(one)).body)

    virtual(main)


def test_what_was_never_an_address_is_unknown_and_not_read() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        read: list[bytes] = []

        async def body() -> AsyncIterator[bytes]:
            read.append(b"")
            yield b""

        for guess in ("", "x", "\udce4", "../x", token(callbacks.open())[:-1]):
            assert Reception.UNKNOWN is await callbacks.deliver(guess, "POST", (), body())
        assert ([], 0) == (read, callbacks.late)

    virtual(main)


def test_what_comes_after_the_end_is_late_and_counted() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        address = callbacks.open()
        await deliver(callbacks, address, b"unread")
        callbacks.close(address)
        callbacks.close(address)
        assert callbacks.find(address.url) is None
        assert [Reception.LATE] * 2 == [await deliver(callbacks, address, b"x") for _ in range(2)]
        assert (2, 0) == (callbacks.late, callbacks._held)

    virtual(main)


@pytest.mark.parametrize("sizes", [(5, 7), (net.BODY, 1)])
def test_a_delivery_that_is_not_complete_at_the_end_is_late(sizes: tuple[int, ...]) -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        address = callbacks.open()
        slow = asyncio.create_task(deliver(callbacks, address, *map(bytes, sizes), pause=2.0))
        await asyncio.sleep(3)
        callbacks.close(address)
        assert Reception.LATE is await slow
        assert (0, 0, 1) == (address.count, callbacks._held, callbacks.late)

    virtual(main)


def test_only_the_latest_ends_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "REMEMBERED", 2)

    async def main(callbacks: Callbacks, _: FakeClock) -> list[Reception]:
        addresses = [callbacks.open() for _ in range(3)]
        for address in addresses:
            callbacks.close(address)
        return [await deliver(callbacks, address) for address in addresses]

    assert [Reception.UNKNOWN, Reception.LATE, Reception.LATE] == virtual(main)


def test_only_so_many_addresses_are_open_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "OPEN", 1)

    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        address = callbacks.open()
        with pytest.raises(Trouble) as caught:
            callbacks.open()
        assert Reason.OVERLOADED is caught.value.reason
        callbacks.close(address)
        callbacks.open()

    virtual(main)


@pytest.mark.parametrize(
    ("headers", "sizes", "reception"),
    [
        ((), (net.BODY,), Reception.TAKEN),
        ((), (net.BODY, 1), Reception.TOO_LARGE),
        ((("a", "x" * (net.HEADERS - 1)),), (1,), Reception.TAKEN),
        ((("a", "x" * net.HEADERS),), (1,), Reception.TOO_LARGE),
    ],
)
def test_what_is_too_large_is_noted_but_not_kept(
    headers: net.Headers, sizes: tuple[int, ...], reception: Reception
) -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        address = callbacks.open()
        body = chunks(*map(bytes, sizes))
        assert reception is await callbacks.deliver(token(address), "PUT", headers, body)
        assert 1 == address.count
        assert (reception is Reception.TAKEN) == ((await callbacks.next(address)).body is not None)
        assert 0 == callbacks._held

    virtual(main)


def test_says_what_is_too_large() -> None:
    trouble = net.too_large()
    assert Reason.TOO_LARGE is trouble.reason
    assert "its body may have 64KiB, its headers 16KiB" in trouble.message


def test_only_so_many_deliveries_wait_at_one_address() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        address = callbacks.open()
        coming = [
            asyncio.create_task(deliver(callbacks, address, b"x", pause=1.0)) for _ in range(net.UNREAD)
        ]
        await asyncio.sleep(0.5)
        assert Reception.FULL is await deliver(callbacks, address, b"while they come")
        assert [Reception.TAKEN] * net.UNREAD == await asyncio.gather(*coming)
        assert Reception.FULL is await deliver(callbacks, address, b"while they wait")
        assert Reception.FULL is await callbacks.deliver(
            token(address), "POST", (("a", "x" * net.HEADERS),), chunks()
        )
        await callbacks.next(address)
        assert Reception.TAKEN is await deliver(callbacks, address, b"then")

    virtual(main)


def test_only_so_many_bytes_wait_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(net, "HELD", net.BODY + net.HEADERS + 10 + sum(len(text) for text in JSON[0]))

    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        one, other = callbacks.open(), callbacks.open()
        assert Reception.TAKEN is await deliver(callbacks, one, bytes(11))
        assert Reception.FULL is await deliver(callbacks, other, b"")
        callbacks.close(one)
        assert Reception.TAKEN is await deliver(callbacks, other, b"")

    virtual(main)


def test_a_delivery_that_never_ends_is_given_up() -> None:
    async def main(callbacks: Callbacks, fake: FakeClock) -> None:
        address = callbacks.open()
        assert Reception.SLOW is await deliver(callbacks, address, *[b"x"] * 100, pause=1.0)
        assert (net.PATIENCE, 0, 0) == (fake.loop.time(), address.count, callbacks._held)

    virtual(main)


def test_a_delivery_that_breaks_off_is_none() -> None:
    async def main(callbacks: Callbacks, _: FakeClock) -> None:
        async def broken() -> AsyncIterator[bytes]:
            yield b"half"
            raise ConnectionResetError

        address = callbacks.open()
        with pytest.raises(ConnectionResetError):
            await callbacks.deliver(token(address), "POST", (), broken())
        assert (0, 0, 0) == (address.count, address.coming, callbacks._held)

    virtual(main)
