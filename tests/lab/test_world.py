import os
from unittest.mock import patch

import httpx
import pytest
from starlette.applications import Starlette

from checker.lab.world import empty_world


async def test_a_checker_knows_of_no_account_but_this_one() -> None:
    with patch.dict(os.environ, {"AWS_PROFILE": "mine", "CHECKER_CONFIG": "mine.yaml", "HOME": "here"}):
        async with empty_world() as world:
            world.variables["PAGE"] = "http://127.0.0.1:1"
            environment = world.environment
    assert ("here", "http://127.0.0.1:1") == (environment["HOME"], environment["PAGE"])
    assert not {"AWS_PROFILE", "CHECKER_CONFIG"} & environment.keys()
    assert environment["AWS_ENDPOINT_URL"] == world.api.endpoint


async def test_everything_is_gone_in_the_end() -> None:
    async with empty_world() as world:
        url = await world.platform.serve(Starlette())
        assert (await world.client.get(url)).status_code == 404
    async with httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)
