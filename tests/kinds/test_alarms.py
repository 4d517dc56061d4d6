"""What is in alarm, by CloudWatch as moto has it and by a real Alertmanager."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from checker.core.errors import Trouble
from checker.core.facts import Absent
from checker.core.outcome import Truth
from checker.core.reason import Reason
from checker.kinds.alarms import MOST_NAMES, AlarmsKind, AlarmsSpec
from checker.kinds.contract import Tools
from checker.net.aws.accounts import Account
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore
from tests.cloud import Cloud
from tests.e2e.processes import Alertmanager, until
from tests.kinds.asking_aws import NOW, AskingAws, missed
from tests.kinds.aws_state import alarm
from tests.net.loopback import serving
from tests.net.scopes import templated

HOUR, DAY = 3600.0, 86400.0
CONFIG = """
route: {receiver: nobody}
receivers: [{name: nobody}]
inhibit_rules:
  - {source_matchers: [alertname="Outage"], target_matchers: [alertname="Symptom"]}
"""


@pytest.fixture
def asking() -> AskingAws:
    return AskingAws(AlarmsKind)


@pytest.fixture(scope="module")
def _alarms(api: Cloud) -> None:
    alarm(api, "prod-forms-age", NOW - 52 * DAY, "7770 messages")
    alarm(api, "prod-cpu", NOW - HOUR, "too warm")
    alarm(api, "prod-quiet", NOW - HOUR, value="OK")
    alarm(api, "prod-blind", NOW - HOUR, value="INSUFFICIENT_DATA")
    muted = alarm(api, "stage-muted", NOW - 2 * DAY)
    muted.actions_enabled = False
    alarm(api, "both").rule = 'ALARM("prod-cpu")'  # what makes it a composite one


# CloudWatch


@pytest.mark.usefixtures("_alarms")
async def test_what_is_in_alarm_is_counted_and_told(asking: AskingAws) -> None:
    facts = (await asking.observe({"prefix": "prod-"})).facts
    assert [2, 0, 0, 1, 4] == [
        facts.get(name) for name in ("count", "silenced", "inhibited", "insufficient_data", "total")
    ]
    assert (52 * DAY, ["prod-forms-age"]) == (facts.get("oldest"), facts.get("stale"))
    alarms: Any = facts.get("alarms")
    assert {
        "name": "prod-forms-age",
        "since": "2025-09-29T12:00:00Z",
        "age": 52 * 86400,
        "reason": "7770 messages",
        "state": "active",
        "labels": {},
    } == next(one for one in alarms if one["name"] == "prod-forms-age")
    assert set(AlarmsKind.needs) == asking.actions


@pytest.mark.usefixtures("_alarms")
async def test_what_is_stale_is_named(asking: AskingAws) -> None:
    (verdict,) = missed(await asking.observe({"prefix": "prod-"}))
    assert (Truth.MISSES, "stale", "stale: 1 in alarm for more than 1d: prod-forms-age for 52d") == (
        *(verdict.verdict, verdict.subject),
        verdict.message,
    )
    assert () == (await asking.observe({"prefix": "prod-"}, asserted=["stale"])).verdicts
    assert [] == missed(await asking.observe({"prefix": "prod-", "limit": "60d"}))


@pytest.mark.usefixtures("_alarms")
async def test_composite_and_muted_ones_count_too(asking: AskingAws) -> None:
    facts = (await asking.observe({})).facts
    assert (4, 1, 6) == (facts.get("count"), facts.get("silenced"), facts.get("total"))
    assert ["prod-forms-age", "stage-muted"] == facts.get("stale")


@pytest.mark.usefixtures("_alarms")
@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"names": ["prod-cpu", "prod-cpo"]}, "CloudWatch has no alarm prod-cpo"),
        ({"prefix": "prdo-"}, "CloudWatch has no alarm whose name begins with prdo-"),
    ],
)
async def test_what_is_not_there_is_not_quiet(asking: AskingAws, spec: dict[str, Any], why: str) -> None:
    with pytest.raises(Trouble, match=why) as caught:
        await asking.observe(spec)
    assert (Reason.RESOURCE_MISSING, False) == (caught.value.reason, caught.value.own)


@pytest.mark.usefixtures("_alarms")
async def test_where_nothing_is_in_alarm_nothing_is_old(asking: AskingAws) -> None:
    seen = await asking.observe({"names": ["prod-quiet"]})
    assert (0, [], 0.0, []) == tuple(seen.facts.get(name) for name in ("count", "alarms", "oldest", "stale"))
    assert [] == missed(seen)


async def test_an_alarm_without_a_time_cannot_be_judged(api: Cloud, asking: AskingAws) -> None:
    made = alarm(api, "timeless", NOW)
    made.state_transitioned_timestamp = made.state_updated_timestamp = None
    seen = await asking.observe({"names": ["timeless"]})
    (verdict,) = missed(seen)
    assert (Truth.UNTELLABLE, True, 1) == (verdict.verdict, verdict.own, seen.facts.get("count"))
    made.state_value = "OK"


# Alertmanager


def fire(manager: Alertmanager, name: str, ago: float, **labels: str) -> None:
    """Send an alert that fires since so many seconds."""
    now = datetime.now(UTC)
    one = {
        "labels": {"alertname": name, **labels},
        "annotations": {"summary": f"{name} is so"},
        "startsAt": (now - timedelta(seconds=ago)).isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
    }
    httpx.post(f"{manager.url}/api/v2/alerts", json=[one]).raise_for_status()


def silence(manager: Alertmanager, name: str) -> None:
    now = datetime.now(UTC)
    matcher = {"name": "alertname", "value": name, "isRegex": False}
    one = {
        "matchers": [matcher],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(hours=1)).isoformat(),
        "createdBy": "test",
        "comment": "known",
    }
    httpx.post(f"{manager.url}/api/v2/silences", json=one).raise_for_status()


@pytest.fixture(scope="module")
def manager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    with Alertmanager.serving(CONFIG, tmp_path_factory.mktemp("alertmanager") / "it") as running:
        silence(running, "Silenced")
        fire(running, "Outage", HOUR, severity="page", team="search")
        fire(running, "Old", 30 * DAY, severity="ticket", queue="forms")
        fire(running, "Silenced", 40 * DAY, severity="page")
        fire(running, "Symptom", 50 * DAY, severity="page")

        def settled() -> bool:
            return ["active", "active", "suppressed", "suppressed"] == sorted(
                one["status"]["state"] for one in running.alerts()
            )

        until(settled)
        yield running


def now() -> AskingAws:
    return AskingAws(AlarmsKind, datetime.now(UTC).timestamp())


real_alertmanager = pytest.mark.needs("prometheus-alertmanager")


@real_alertmanager
async def test_alerts_are_told_apart(manager: Alertmanager) -> None:
    asking = now()
    seen = await asking.observe({"alertmanager": manager.url + "/"})
    facts = seen.facts
    assert (4, 1, 1, ["Old"]) == tuple(
        facts.get(name) for name in ("count", "silenced", "inhibited", "stale")
    )
    assert 30 * DAY - HOUR < float(str(facts.get("oldest"))) < 30 * DAY + HOUR
    for name in ("insufficient_data", "total"):
        unknown = facts.get(name)
        assert isinstance(unknown, Absent)
        assert unknown.known
    alarms: Any = facts.get("alarms")
    states = {one["name"]: (one["state"], one["reason"], one["labels"].get("severity")) for one in alarms}
    assert {
        "Outage": ("active", "Outage is so", "page"),
        "Old": ("active", "Old is so", "ticket"),
        "Silenced": ("silenced", "Silenced is so", "page"),
        "Symptom": ("inhibited", "Symptom is so", "page"),
    } == states
    (verdict,) = missed(seen)
    assert (
        'stale: 1 in alarm for more than 1d: Old{queue="forms", severity="ticket"} for 30d' == verdict.message
    )
    assert set() == asking.actions, "no AWS is asked"
    await asking.kind.aclose()


@real_alertmanager
async def test_alerts_are_filtered_by_their_labels(manager: Alertmanager) -> None:
    spec = {"alertmanager": manager.url, "filter": ['severity="page"', 'team="${team}"']}
    seen = await now().observe(spec, captures={"team": "search"})
    assert (1, []) == (seen.facts.get("count"), missed(seen))


@real_alertmanager
async def test_a_filter_that_it_does_not_take_is_no_verdict(manager: Alertmanager) -> None:
    with pytest.raises(Trouble, match="Alertmanager: it answers 400") as caught:
        await now().observe({"alertmanager": manager.url, "filter": ["nonsense"]})
    assert (Reason.UNEXPECTED_STATUS, True) == (caught.value.reason, caught.value.own)


def answer(status: int, body: str) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


@pytest.mark.parametrize(
    ("sent", "reason", "why"),
    [
        (answer(401, "{}"), Reason.AUTH_REJECTED, "it answers 401"),
        (answer(503, "{}"), Reason.UNEXPECTED_STATUS, "it answers 503"),
        (answer(200, "<html>"), Reason.UNDECODABLE, "not JSON"),
        (answer(200, "{}"), Reason.PROTOCOL, "no list of alerts"),
        (answer(200, "[1]"), Reason.PROTOCOL, "an alert lacks labels"),
    ],
)
async def test_what_is_no_answer_is_no_verdict(sent: bytes, reason: Reason, why: str) -> None:
    async def reply(reader: Any, writer: Any) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    async with serving(reply) as server:
        with pytest.raises(Trouble, match=why) as caught:
            await now().observe({"alertmanager": f"http://127.0.0.1:{server.port}"})
    assert (reason, True) == (caught.value.reason, caught.value.own)


async def test_nobody_there_is_no_verdict() -> None:
    with pytest.raises(Trouble, match="Alertmanager: ") as caught:
        await now().observe({"alertmanager": "http://127.0.0.1:1"})
    assert (Reason.REFUSED, True) == (caught.value.reason, caught.value.own)


# As written


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"prefix": "a", "names": ["b"]}, "either a prefix or names"),
        ({"filter": ['a="b"']}, "filter is for Alertmanager"),
        ({"auth": {"bearer": "a"}}, "auth is for Alertmanager"),
        ({"alertmanager": "http://a.example.org", "names": ["a"]}, "names is for CloudWatch"),
        ({"alertmanager": "http://a.example.org", "account": "prod"}, "account is for CloudWatch"),
        ({"names": ["a"] * (MOST_NAMES + 1)}, "100 names at most"),
        ({"limit": "0s"}, "longer than 0s"),
        ({"alertmanager": "ftp://a.example.org"}, "a URL starts with"),
    ],
)
def test_one_source_is_asked(spec: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        AlarmsSpec.model_validate(spec)


def test_problems_are_told_where_they_are_written(tmp_path: Path) -> None:
    store = SecretStore({"key": EnvSource("KEY", frozenset({"b.example.org"}), {})})
    kind = AlarmsKind(Tools(store, base_directory=tmp_path, accounts={}))
    written = {
        "alertmanager": "http://${secret.key}@a.example.org",
        "filter": ["a=${secret.key}"],
        "auth": {"bearer": "${secret.key}"},
    }
    spec = AlarmsSpec.model_validate(templated(written))
    places = {path for path, _ in kind.problems(spec, {"key": frozenset({"b.example.org"})})}
    assert {("alertmanager",), ("filter", 0), ("auth", "bearer")} == places


def test_an_account_is_for_cloudwatch_only() -> None:
    kind = AlarmsKind(Tools(SecretStore({}), accounts={"prod": Account("prod"), "stage": Account("stage")}))
    spec = AlarmsSpec.model_validate({"alertmanager": "http://a.example.org"})
    assert [] == list(kind.problems(AlarmsKind.of_account(spec, "nowhere"), {}))
    named = AlarmsKind.of_account(AlarmsSpec.model_validate({}), "stage")
    assert ("stage", []) == (named.account, list(kind.problems(named, {})))
    assert [()] == [path for path, _ in kind.problems(AlarmsSpec.model_validate({}), {})]
