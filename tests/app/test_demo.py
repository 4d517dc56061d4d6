import asyncio
import os
import re
import signal

import httpx
import pytest

from checker.app.demo import demo
from checker.core.errors import ConfigurationError
from tests.app.test_serve import PATIENCE, free_port


async def test_shows_where_to_look_and_watches_the_estate_that_it_started() -> None:
    told: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(demo(f"127.0.0.1:{free_port()}", {}, told.set_result, base_port=None))
    urls = re.findall(r"http://[^\s]+", await asyncio.wait_for(told, PATIENCE))
    assert urls[0].endswith("/")
    assert f"{urls[0]}metrics" == urls[1]
    assert [True] * 3 == ["/faults/" in url for url in urls[2:5]]
    async with httpx.AsyncClient(trust_env=False) as client:
        probes = (await client.get(f"{urls[0]}api/v1/probes")).json()["probes"]
        assert 11 == len(probes)
        assert 200 == (await client.get(f"{urls[0]}-/healthy")).status_code
        control = urls[2].partition("/faults/")[0]
        assert 3 == len((await client.get(f"{control}/faults")).json())
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(running, PATIENCE)


async def test_says_which_port_is_taken() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConfigurationError, match=str(port)):
            await demo("127.0.0.1:0", {}, print, base_port=port)
