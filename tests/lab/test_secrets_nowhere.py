"""The incident whose checks sign in with a secret, re-enacted: nothing that the checker told of it holds the secret."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from checker.lab import drill as drill_module
from checker.lab.drill import drill
from checker.lab.incidents import INCIDENTS
from checker.lab.observed import Observed, observing
from tests.integration.spellings import found


@pytest.mark.timeout(200)
async def test_nothing_that_is_told_of_an_incident_holds_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    told, secrets = dict[str, bytes](), list[str]()

    @contextlib.asynccontextmanager
    async def searched(*arguments: Any) -> AsyncIterator[Observed]:
        secrets.append(arguments[1]["UPLOAD_CLIENT_SECRET"])
        async with observing(*arguments) as observed:
            yield observed
            paths = ["/", "/metrics", "/api/v1/probes"]
            for probe in await observed.probes():
                paths += [f"/probes/{probe['probe']}", f"/api/v1/probes/{probe['probe']}"]
            for path in paths:
                told[path] = (await observed.client.get(observed.url + path)).content
        told["log"] = bytes(observed.problems)

    monkeypatch.setattr(drill_module, "observing", searched)
    (incident,) = (one for one in INCIDENTS if one.name == "stale-config")
    assert (await drill(incident)).fault_at is not None
    assert len(told) > 5
    assert b'"event": "failure"' in told["log"]
    assert {} == {where: found(secrets, data) for where, data in told.items() if found(secrets, data)}
