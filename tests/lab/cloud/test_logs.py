from typing import Any

from checker.lab.cloud.api import Api
from checker.lab.cloud.logs import Logs


def streams(api: Api) -> list[dict[str, Any]]:
    return list(api.client("logs").describe_log_streams(logGroupName="/ecs/app")["logStreams"])


def test_what_is_logged_is_the_last_event_of_its_stream(api: Api) -> None:
    logs = Logs(api)
    logs.create("/ecs/app")
    logs.write("/ecs/app", "app/1", "GET /")
    (first,) = streams(api)
    logs.write("/ecs/app", "app/1", "GET /")
    (last,) = streams(api)
    assert last["lastEventTimestamp"] >= first["lastEventTimestamp"] > 0


def test_what_is_logged_where_no_group_is_gets_lost(api: Api) -> None:
    logs = Logs(api)
    logs.create("/ecs/app")
    logs.write("/ecs/old", "app/1", "GET /")
    assert [] == streams(api)
