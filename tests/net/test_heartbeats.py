import pytest

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.heartbeats import LONGEST, Beat, Heartbeats

SECRETS = {"backup": "b-7f3a/with slash", "worker": "w-19c2"}


class Time:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(wall=lambda: 1000.0 + self.now, monotonic=lambda: self.now)


def read(name: str) -> str:
    if name not in SECRETS:
        raise Trouble(Reason.SECRET_UNAVAILABLE, f"there is no secret {name}")
    return SECRETS[name]


def heartbeats(time: Time, *keys: tuple[str, str]) -> Heartbeats:
    made = Heartbeats(read, time.clock)
    made.expect(keys)
    return made


def test_notes_when_a_beat_came() -> None:
    time = Time()
    beats = heartbeats(time, ("nightly", "worker"))
    assert beats.last(("nightly", "worker")) is None
    time.now = 5.0
    assert beats.beat("nightly/w-19c2")
    time.now = 7.0
    assert Beat(5.0, 1005.0) == beats.last(("nightly", "worker"))
    assert beats.beat("nightly/w-19c2")
    assert Beat(7.0, 1007.0) == beats.last(("nightly", "worker"))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "nightly",
        "nightly/",
        "nightly/w-19c",
        "nightly/w-19c2/",
        "nightly/W-19C2",
        "nightly/\udce4",
        "nightly/b-7f3a/with slash",
        "nightly/unreadable",
        "other/w-19c2",
        "/nightly/w-19c2",
        "nightly/" + "/" * LONGEST,
    ],
)
def test_nothing_else_is_a_beat(path: str) -> None:
    beats = heartbeats(Time(), ("nightly", "worker"), ("nightly", "unreadable"))
    assert not beats.beat(path)
    assert beats.last(("nightly", "worker")) is None


def test_names_and_tokens_may_have_slashes() -> None:
    keys = [("nightly", "backup"), ("nightly/eu", "backup"), ("nightly/eu/b-7f3a", "worker")]
    beats = heartbeats(Time(), *keys)
    assert beats.beat("nightly/eu/b-7f3a/with slash")
    assert [False, True, False] == [beats.last(key) is not None for key in keys]


def test_each_token_of_a_probe_has_beats_of_its_own() -> None:
    beats = heartbeats(Time(), ("nightly", "backup"), ("nightly", "worker"))
    assert beats.beat("nightly/w-19c2")
    assert beats.last(("nightly", "backup")) is None
    assert beats.last(("nightly", "worker")) is not None


def test_a_configuration_that_still_expects_it_keeps_what_is_known() -> None:
    time = Time()
    beats = heartbeats(time, ("nightly", "worker"), ("gone", "worker"))
    time.now = 5.0
    assert beats.beat("nightly/w-19c2")
    assert beats.beat("gone/w-19c2")
    time.now = 9.0
    beats.expect([("nightly", "worker"), ("new", "worker")])
    assert (Beat(5.0, 1005.0), 0.0) == (beats.last(("nightly", "worker")), beats.since(("nightly", "worker")))
    assert (None, 9.0) == (beats.last(("new", "worker")), beats.since(("new", "worker")))
    assert not beats.beat("gone/w-19c2")
    beats.expect([("gone", "worker")])
    assert beats.last(("gone", "worker")) is None


def test_a_rotated_token_is_the_one_that_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    beats = heartbeats(Time(), ("nightly", "worker"))
    monkeypatch.setitem(SECRETS, "worker", "w-new")
    assert [False, True] == [beats.beat(f"nightly/{token}") for token in ("w-19c2", "w-new")]


def test_without_secrets_nothing_is_a_beat() -> None:
    time = Time()
    time.now = 3.0
    beats = Heartbeats(clock=time.clock)
    beats.expect([("nightly", "worker")])
    assert not beats.beat("nightly/")
    assert 3.0 == beats.since(("never", "expected"))
