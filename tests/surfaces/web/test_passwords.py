import asyncio
import threading

import bcrypt
import pytest

from checker.surfaces.web import passwords as passwords_module
from checker.surfaces.web.passwords import Passwords, TooManyChecks


def hashed(password: bytes, cost: int = 4) -> str:
    return bcrypt.hashpw(password, bcrypt.gensalt(cost)).decode()


USERS = {
    "ann": "$2b$04$hLUnYcYCE5.2JXDxSzHx2Opk106Lm0c/iNM1HgNeN6iQdch2hVD8O",
    "böb": "$2b$04$eKJ74aOXqoQC1L41XjlGeOiB3AgvUmaVNpsZ6G3AD9Ouf5B0uoBEi",
}
"""Their passwords: sesame, and pässwörd."""


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """All checks that were really made."""
    made: list[tuple[str, bytes]] = []
    really = passwords_module._matches

    def noting(stored: str, password: bytes) -> bool:
        made.append((stored, password))
        return really(stored, password)

    monkeypatch.setattr(passwords_module, "_matches", noting)
    return made


@pytest.mark.parametrize(
    ("name", "password", "admitted"),
    [
        ("ann", b"sesame", True),
        ("böb", "pässwörd".encode(), True),
        ("ann", b"Sesame", False),
        ("ann", b"", False),
        ("ann", b"sesame\0", False),
        ("ann", USERS["ann"].encode(), False),
        ("böb", b"sesame", False),
        ("eve", b"sesame", False),
        ("", b"", False),
    ],
)
async def test_a_name_and_its_own_password_are_admitted(name: str, password: bytes, admitted: bool) -> None:
    assert admitted == await Passwords().admits(USERS, name, password)


@pytest.mark.parametrize("prefix", ["$2a", "$2b", "$2y"])
async def test_hashes_of_all_tools_are_understood(prefix: str) -> None:
    assert await Passwords().admits({"ann": prefix + USERS["ann"][3:]}, "ann", b"sesame")


async def test_of_a_long_password_as_much_counts_as_bcrypt_looks_at() -> None:
    long = b"a" * 72
    users = {"ann": hashed(long)}
    assert await Passwords().admits(users, "ann", long + b"more")
    assert not await Passwords().admits(users, "ann", long[:-1])


async def test_nobody_gets_in_by_the_hash_for_names_that_there_are_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords_module, "_matches", lambda stored, password: True)
    passwords = Passwords()
    assert not await passwords.admits(USERS, "eve", b"x")
    assert not await passwords.admits(USERS, "eve", b"x")
    assert not await passwords.admits({}, "eve", b"x")


async def test_what_was_right_is_remembered(checks: list[tuple[str, bytes]]) -> None:
    passwords = Passwords()
    assert [True] * 3 == [await passwords.admits(USERS, "ann", b"sesame") for _ in range(3)]
    assert 1 == len(checks)
    assert not await passwords.admits(USERS, "ann", b"other")
    assert await passwords.admits(USERS, "ann", b"sesame")
    assert 2 == len(checks)


async def test_what_was_wrong_is_not_remembered(checks: list[tuple[str, bytes]]) -> None:
    passwords = Passwords()
    assert [False] * 2 == [await passwords.admits(USERS, "ann", b"other") for _ in range(2)]
    assert 2 == len(checks)


async def test_a_password_is_forgotten_with_its_hash() -> None:
    passwords = Passwords()
    assert await passwords.admits(USERS, "ann", b"sesame")
    assert not await passwords.admits({"ann": hashed(b"another")}, "ann", b"sesame")
    assert not await passwords.admits({"böb": USERS["böb"]}, "ann", b"sesame")
    assert await passwords.admits({"böb": USERS["böb"]}, "böb", "pässwörd".encode())
    assert ["böb"] == list(passwords._known)


async def test_names_that_there_are_not_take_as_long_as_others(checks: list[tuple[str, bytes]]) -> None:
    users = {"ann": hashed(b"a", 5), "bob": hashed(b"b", 5), "old": hashed(b"c", 4)}
    assert not await Passwords().admits(users, "eve", b"x")
    assert ["$2b$05$"] == [stored[:7] for stored, _ in checks]


async def test_many_that_show_the_same_at_once_cost_one_check(checks: list[tuple[str, bytes]]) -> None:
    passwords = Passwords()
    assert [True] * 20 == await asyncio.gather(
        *(passwords.admits(USERS, "ann", b"sesame") for _ in range(20))
    )
    assert 1 == len(checks)


async def test_checks_are_made_one_at_a_time_and_few_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    going, most, release = 0, 0, threading.Event()

    def slow(stored: str, password: bytes) -> bool:
        nonlocal going, most
        going += 1
        most = max(most, going)
        release.wait(20)
        going -= 1
        return False

    monkeypatch.setattr(passwords_module, "_matches", slow)
    passwords = Passwords(waiting=3)
    waiting = [asyncio.create_task(passwords.admits(USERS, "ann", bytes([n]))) for n in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooManyChecks):
        await passwords.admits(USERS, "ann", b"one more")
    release.set()
    assert [False] * 3 == await asyncio.gather(*waiting)
    assert 1 == most
    assert not await passwords.admits(USERS, "ann", b"one more")


async def test_a_client_that_goes_away_frees_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(passwords_module, "_matches", lambda stored, password: release.wait(20))
    passwords = Passwords(waiting=1)
    gone = asyncio.create_task(passwords.admits(USERS, "ann", b"x"))
    await asyncio.sleep(0)
    gone.cancel()
    release.set()
    await asyncio.wait({gone})
    assert await passwords.admits(USERS, "ann", b"y")


async def test_no_password_is_kept() -> None:
    passwords = Passwords()
    await passwords.admits(USERS, "ann", b"sesame")
    assert b"sesame" not in repr(vars(passwords)).encode()
