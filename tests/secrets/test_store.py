"""Secrets as they are now, and all that they have been."""

import os
from pathlib import Path

import pytest

from checker.core.clock import Clock
from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.secrets.sources import EnvSource, FileSource, Source
from checker.secrets.store import REMEMBERED, SecretStatus, SecretStore

AUTH = frozenset({"auth.example.org"})


def store(environment: dict[str, str], **hosts: frozenset[str]) -> SecretStore:
    sources: dict[str, Source] = {
        name: EnvSource(name, hosts.get(name), environment) for name in ("key", "other", *environment)
    }
    return SecretStore(sources, Clock(wall=lambda: 1_700_000_000.0))


def test_a_rotated_variable_is_read_anew_and_its_past_stays_known() -> None:
    environment = {"key": "hunter1"}
    secrets = store(environment)
    assert secrets.read("key") == "hunter1"
    environment["key"] = "hunter2"
    assert secrets.read("key") == "hunter2"
    assert secrets.known_values() == {"hunter1", "hunter2"}


def test_a_rotated_file_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("hunter1\n")
    secrets = SecretStore({"key": FileSource(path)})
    assert secrets.read("key") == "hunter1"
    replacement = tmp_path / "new"
    replacement.write_text("hunter2\n")
    replacement.rename(path)
    assert secrets.read("key") == "hunter2"


def test_a_file_that_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    reads: list[str] = []

    class Counting(FileSource):
        def read(self) -> str:
            reads.append(super().read())
            return reads[-1]

    (tmp_path / "key").write_text("hunter2")
    secrets = SecretStore({"key": Counting(tmp_path / "key")})
    assert [secrets.read("key") for _ in range(3)] == ["hunter2"] * 3
    assert reads == ["hunter2"]


def test_a_file_that_vanishes_is_unavailable_though_it_was_read_before(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("hunter2")
    secrets = SecretStore({"key": FileSource(path)})
    secrets.read("key")
    path.unlink()
    with pytest.raises(Trouble) as caught:
        secrets.read("key")
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE
    assert f"secret key: the file {path} cannot be read: No such file or directory" == caught.value.message
    assert secrets.known_values() == {"hunter2"}


@pytest.mark.parametrize(
    ("environment", "name", "message"),
    [
        ({}, "key", "secret key: the environment variable key is not set"),
        ({"key": ""}, "key", "secret key: it is empty"),
        ({}, "unheard_of", "there is no secret unheard_of"),
    ],
)
def test_an_unavailable_secret_is_named(environment: dict[str, str], name: str, message: str) -> None:
    with pytest.raises(Trouble) as caught:
        store(environment).read(name)
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE
    assert message == caught.value.message


def test_status_for_the_metrics(tmp_path: Path) -> None:
    environment = {"key": "hunter1"}
    secrets = store(environment)
    assert secrets.status() == {"key": SecretStatus(readable=True), "other": SecretStatus(readable=False)}
    environment["key"] = "hunter2"
    assert secrets.status()["key"] == SecretStatus(readable=True, changed_at=1_700_000_000.0)
    del environment["key"]
    assert secrets.status()["key"] == SecretStatus(readable=False, changed_at=1_700_000_000.0)


def test_the_time_of_a_files_change_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hunter2")
    secrets = SecretStore({"key": FileSource(tmp_path / "key")})
    assert (tmp_path / "key").stat().st_mtime == secrets.status()["key"].changed_at


def test_hosts() -> None:
    secrets = store({"key": "hunter2"}, key=AUTH)
    assert secrets.hosts("key") == AUTH
    assert secrets.hosts("other") is None
    assert secrets.hosts("unheard_of") is None


def test_restricted_has_all_that_a_restricted_secret_was() -> None:
    environment = {"key": "hunter1", "other": "open"}
    secrets = store(environment, key=AUTH)
    assert secrets.restricted() == ()
    secrets.read("key")
    secrets.read("other")
    assert secrets.restricted() == (("key", "hunter1", AUTH),)
    environment["key"] = "hunter2"
    secrets.read("key")
    assert secrets.restricted() == (("key", "hunter2", AUTH), ("key", "hunter1", AUTH))
    assert secrets.restricted() is secrets.restricted()


def test_a_reload_keeps_what_is_unchanged() -> None:
    secrets = store({"key": "hunter1"}, key=AUTH)
    secrets.read("key")
    secrets.replace({"key": EnvSource("key", AUTH), "new": EnvSource("new", None, {"new": "fresh"})})
    assert secrets.restricted() == (("key", "hunter1", AUTH),)
    assert secrets.read("new") == "fresh"
    assert set(secrets.status()) == {"key", "new"}


def test_a_reload_forgets_what_is_gone_but_for_redaction() -> None:
    secrets = store({"key": "hunter2"}, key=AUTH)
    secrets.read("key")
    secrets.replace({})
    assert secrets.restricted() == ()
    assert secrets.known_values() == {"hunter2"}
    with pytest.raises(Trouble, match="there is no secret key"):
        secrets.read("key")


def test_the_redactor_follows_the_values() -> None:
    environment = {"key": "hunter1"}
    secrets = store(environment)
    assert secrets.redactor()("hunter1") == "hunter1"
    secrets.read("key")
    first = secrets.redactor()
    assert first("hunter1") == "***"
    assert first is secrets.redactor() is secrets.redactor(["hunter1"])
    environment["key"] = "hunter2"
    secrets.read("key")
    assert secrets.redactor()("hunter1 hunter2") == "*** ***"
    assert secrets.redactor({"token-of-a-run"})("hunter2 token-of-a-run") == "*** ***"


def test_what_is_known_is_bounded() -> None:
    environment = {"key": ""}
    secrets = store(environment)
    for number in range(REMEMBERED + 10):
        environment["key"] = f"value-{number}"
        secrets.read("key")
    assert len(secrets.known_values()) == REMEMBERED
    assert environment["key"] in secrets.known_values()
    assert "value-0" not in secrets.known_values()


def test_nothing_prints_a_value() -> None:
    secrets = store({"key": "hunter2"}, key=AUTH)
    secrets.read("key")
    entries = vars(secrets)["_entries"]
    assert "hunter2" not in repr(secrets) + repr(entries) + str(secrets.status())


def test_a_file_that_is_written_again_with_the_same_value_has_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("hunter2")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    secrets = SecretStore({"key": FileSource(path)})
    before = secrets.status(), secrets.redactor()
    os.utime(path, (1_700_000_100, 1_700_000_100))
    assert before == (secrets.status(), secrets.redactor())
