import pytest

from checker.kinds.alerts import Alarm, of_alertmanager, of_cloudwatch, sentence

DAY = 86400.0
NOW = 1_763_640_000.0
SINCE = "2025-11-18T12:00:00Z"


def alert(state: str, **status: object) -> dict[str, object]:
    return {"labels": {"alertname": "A"}, "status": {"state": state, **status}, "startsAt": SINCE}


def test_only_what_is_in_alarm_is_told() -> None:
    found = [
        {"AlarmName": "a", "StateValue": "OK", "StateTransitionedTimestamp": SINCE},
        {
            "AlarmName": "b",
            "StateValue": "ALARM",
            "StateTransitionedTimestamp": SINCE,
            "StateReason": "too\n old",
        },
        {"AlarmName": "c", "StateValue": "INSUFFICIENT_DATA"},
    ]
    (only,) = of_cloudwatch(found)
    assert Alarm("b", NOW - 2 * DAY, "too old") == only


@pytest.mark.parametrize(
    ("said", "since"),
    [
        (
            {"StateTransitionedTimestamp": SINCE, "StateUpdatedTimestamp": "2025-11-20T11:00:00Z"},
            NOW - 2 * DAY,
        ),
        ({"StateUpdatedTimestamp": "2025-11-20T11:00:00Z"}, NOW - 3600),
        ({}, None),
    ],
)
def test_an_alarm_is_on_since_its_state_changed(said: dict[str, str], since: float | None) -> None:
    (only,) = of_cloudwatch([{"AlarmName": "a", "StateValue": "ALARM", **said}])
    assert (since, None if since is None else NOW - since) == (only.since, only.age(NOW))


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"ActionsEnabled": True}, "active"),
        ({"ActionsEnabled": False}, "silenced"),
        ({"ActionsEnabled": True, "ActionsSuppressedBy": "Alarm"}, "inhibited"),
    ],
)
def test_an_alarm_without_actions_is_on_all_the_same(said: dict[str, object], state: str) -> None:
    (only,) = of_cloudwatch([{"AlarmName": "a", "StateValue": "ALARM", **said}])
    assert (state, True) == (only.state, only.lasts)


@pytest.mark.parametrize(
    ("raw", "state", "lasts"),
    [
        (alert("active", silencedBy=[], inhibitedBy=[]), "active", True),
        (alert("unprocessed"), "active", True),
        (alert("suppressed", silencedBy=["id"], inhibitedBy=[]), "silenced", False),
        (alert("suppressed", silencedBy=["id"], inhibitedBy=["id"]), "silenced", False),
        (alert("suppressed", silencedBy=[], inhibitedBy=["id"]), "inhibited", False),
        (alert("suppressed", silencedBy=[], inhibitedBy=[], mutedBy=["nights"]), "silenced", False),
    ],
)
def test_silenced_and_inhibited_are_told_apart(raw: dict[str, object], state: str, lasts: bool) -> None:
    (only,) = of_alertmanager([raw])
    assert (state, lasts, NOW - 2 * DAY) == (only.state, only.lasts, only.since)


def test_an_alert_tells_why_it_fires() -> None:
    raw = {**alert("active"), "annotations": {"description": "long", "summary": "short"}}
    nameless = {**alert("active"), "labels": {"severity": "page"}}
    assert ["short", ""] == [one.reason for one in of_alertmanager([raw, nameless])]
    assert ["A", "an alert without a name"] == [one.name for one in of_alertmanager([raw, nameless])]


@pytest.mark.parametrize(
    "raw", ["a", {}, {"labels": {}, "status": {}}, {"labels": None, "status": {"state": "a"}}]
)
def test_what_is_no_alert_is_told(raw: object) -> None:
    with pytest.raises(ValueError, match="an alert lacks"):
        list(of_alertmanager([raw]))


def test_what_is_stale_is_named_with_its_labels() -> None:
    alarms = [
        Alarm("QueueAge", NOW - 52.5 * DAY, "", labels={"queue": "forms", "env": "prod"}),
        Alarm("b", NOW - 30 * 3600, ""),
        Alarm("c" * 200, NOW - 90, ""),
        Alarm("d", NOW, ""),
    ]
    assert sentence(alarms, 60.0, NOW) == (
        '4 in alarm for more than 1m: QueueAge{env="prod", queue="forms"} for 52d, b for 30h, '
        f"{'c' * 79}… for 1m30s, and 1 more"
    ).replace("30h", "1d6h")
