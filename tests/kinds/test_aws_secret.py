from collections.abc import Iterator

import pytest

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Reason
from checker.kinds.aws_secret import AwsSecretKind, AwsSecretSpec
from tests.cloud import Cloud
from tests.kinds.asking_aws import NOW, AskingAws, missed
from tests.kinds.aws_state import secret, service, state, task, versions_keep_their_time

HOUR = 3600.0
ROTATED = NOW - HOUR
OF_SERVICE = {"cluster": "prod", "service": "search"}


@pytest.fixture(autouse=True)
def _times() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        versions_keep_their_time(patch)
        yield


@pytest.fixture(scope="module")
def running(api: Cloud) -> tuple[str, str]:
    """A service with a task from before the rotation, one from after it, and one that does not run yet."""
    service(api, "prod", "search")
    task(api, "prod", "search", None, "PENDING")
    return task(api, "prod", "search", ROTATED - HOUR), task(api, "prod", "search", ROTATED + 60)


@pytest.fixture
def asking() -> AskingAws:
    return AskingAws(AwsSecretKind)


async def test_a_secret_tells_when_it_was_rotated(api: Cloud, asking: AskingAws) -> None:
    _, _, current = secret(api, "prod/es", NOW - 9 * HOUR, NOW - 2 * HOUR, ROTATED)
    facts = (await asking.observe({"secret": "prod/es"})).facts
    assert (ROTATED, NOW - 2 * HOUR) == (facts.get("changed_at"), facts.get("previous_changed_at"))
    assert (current, False, False) == (
        facts.get("version"),
        facts.get("deleted"),
        facts.get("rotation_enabled"),
    )
    assert {"secretsmanager:DescribeSecret", "secretsmanager:ListSecretVersionIds"} == asking.actions


async def test_it_is_not_moved_by_what_does_not_change_the_value(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/edited", ROTATED)
    api.client("secretsmanager").update_secret(SecretId="prod/edited", Description="edited just now")
    facts = (await asking.observe({"secret": "prod/edited"})).facts
    assert facts.get("changed_at") == ROTATED


async def test_a_secret_that_was_never_rotated_has_no_previous_version(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/first", ROTATED)
    facts = (await asking.observe({"secret": "prod/first"})).facts
    previous = facts.get("previous_changed_at")
    assert isinstance(previous, Absent)
    assert (True, False) == (previous.known, previous.own)


async def test_stages_are_found_on_every_page(api: Cloud, asking: AskingAws) -> None:
    oldest, older, _, _ = secret(api, "prod/paged", *(NOW - hours * HOUR for hours in (9, 8, 7, 1)))
    client = api.client("secretsmanager")
    for version, stage in ((oldest, "FIRST"), (older, "SECOND")):
        client.update_secret_version_stage(SecretId="prod/paged", VersionStage=stage, MoveToVersionId=version)
    assert (await asking.observe({"secret": "prod/paged"})).facts.get("changed_at") == ROTATED


async def test_tasks_from_before_the_rotation_are_stale(
    api: Cloud, asking: AskingAws, running: tuple[str, str]
) -> None:
    secret(api, "prod/used", NOW - 9 * HOUR, ROTATED)
    seen = await asking.observe({"secret": "prod/used", "service": OF_SERVICE})
    assert [running[0]] == seen.facts.get("stale_tasks")
    (verdict,) = missed(seen)
    assert ("stale_tasks", Truth.MISSES, Reason.ASSERTION) == (
        verdict.subject,
        verdict.verdict,
        verdict.reason,
    )
    assert verdict.message == (
        "stale_tasks: the secret was changed at 2025-11-20T11:00:00Z, and 1 running since before have its old value:"
        f" {running[0]} since 2025-11-20T10:00:00Z"
    )
    assert set(AwsSecretKind.needs) == asking.actions


@pytest.mark.usefixtures("running")
async def test_what_is_expected_of_stale_tasks_is_not_judged_twice(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/own", NOW - 9 * HOUR, ROTATED)
    spec = {"secret": "prod/own", "service": OF_SERVICE}
    assert () == (await asking.observe(spec, asserted=["stale_tasks"])).verdicts


@pytest.mark.usefixtures("running")
async def test_a_rotation_before_all_of_them_is_nobodys_trouble(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/old", NOW - 9 * HOUR)
    seen = await asking.observe({"secret": "prod/old", "service": OF_SERVICE})
    assert ([], []) == (seen.facts.get("stale_tasks"), missed(seen))


async def test_many_stale_tasks_are_counted(api: Cloud, asking: AskingAws) -> None:
    service(api, "many", "search")
    for number in range(1, 6):
        task(api, "many", "search", ROTATED - number)
    secret(api, "prod/many", ROTATED)
    (verdict,) = missed(
        await asking.observe({"secret": "prod/many", "service": {"cluster": "many", "service": "search"}})
    )
    assert verdict.message.endswith(", and 2 more")


async def test_a_running_task_without_a_start_cannot_be_judged(api: Cloud, asking: AskingAws) -> None:
    service(api, "odd", "search")
    task(api, "odd", "search", None)
    secret(api, "prod/odd", ROTATED)
    (verdict,) = missed(
        await asking.observe({"secret": "prod/odd", "service": {"cluster": "odd", "service": "search"}})
    )
    assert (Truth.UNTELLABLE, True) == (verdict.verdict, verdict.own)


@pytest.mark.usefixtures("running")
async def test_without_a_current_version_there_is_nothing_to_go_by(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/none", ROTATED)
    (version,) = state("secretsmanager").secrets["prod/none"].versions.values()
    version["version_stages"] = ["AWSPENDING"]
    seen = await asking.observe({"secret": "prod/none", "service": OF_SERVICE})
    for fact in ("changed_at", "version", "stale_tasks"):
        value = seen.facts.get(fact)
        assert isinstance(value, Absent)
        assert (Reason.RESOURCE_MISSING, False) == (value.reason, value.own)
    assert [Truth.UNTELLABLE] == [verdict.verdict for verdict in missed(seen)]


async def test_a_version_without_a_time_is_unknown(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/timeless", ROTATED)
    (version,) = state("secretsmanager").secrets["prod/timeless"].versions.values()
    version["createdate"] = None
    changed_at = (await asking.observe({"secret": "prod/timeless"})).facts.get("changed_at")
    assert isinstance(changed_at, Absent)
    assert changed_at.own


async def test_what_is_scheduled_for_deletion_says_so(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/leaving", ROTATED)
    api.client("secretsmanager").delete_secret(SecretId="prod/leaving", RecoveryWindowInDays=7)
    assert (await asking.observe({"secret": "prod/leaving"})).facts.get("deleted") is True


async def test_a_secret_that_is_not_there_is_missing(asking: AskingAws) -> None:
    with pytest.raises(Trouble, match="secretsmanager:DescribeSecret: AWS knows of no such thing") as caught:
        await asking.observe({"secret": "prod/nothing"})
    assert (Reason.RESOURCE_MISSING, False) == (caught.value.reason, caught.value.own)


async def test_a_service_that_is_not_there_is_missing(api: Cloud, asking: AskingAws) -> None:
    secret(api, "prod/unused", ROTATED)
    with pytest.raises(Trouble, match="ecs:ListTasks") as caught:
        await asking.observe({"secret": "prod/unused", "service": {"cluster": "none", "service": "none"}})
    assert (Reason.RESOURCE_MISSING, False) == (caught.value.reason, caught.value.own)


def test_that_it_can_be_read_is_implied() -> None:
    spec = AwsSecretSpec.model_validate({"secret": "a"})
    assert {"version": {"exists": True}, "deleted": False} == AwsSecretKind.implied(spec, frozenset())
    assert {"version": {"exists": True}} == AwsSecretKind.implied(spec, frozenset({"deleted"}))
