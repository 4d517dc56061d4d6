"""A run of several steps, beside the same flow as one would write it by hand with stock httpx: CPU a flow.

A token, an upload with it, two looks at what became of it, and its removal: five requests, each on a fresh connection.

    python -m benchmarks.goals.flow URL FLOWS     # the hand-written one; prints the CPU seconds of a flow
"""

import asyncio
import subprocess
import sys
import time

import httpx

from benchmarks.goals.figures import Effort, Row, Spread
from benchmarks.goals.ours import checker
from benchmarks.goals.servers import serving

LIMIT = 0.5
PROBES, INTERVAL = 100, "2s"
EVERY = 0.1  # seconds between two looks
FILE = "id,name\n" + "1,a name\n" * 20


def rows(effort: Effort) -> list[Row]:
    """Compare."""
    with serving("uploads") as url:
        both = [(_ours(effort, url), _theirs(effort, url)) for _ in range(effort.pairs)]
    ours, theirs = (Spread.of(one[place] * 1e3 for one in both) for place in (0, 1))
    ratio = Spread.of(mine / other for mine, other in both)
    return [
        Row(
            "CPU of a run of 5 requests, beside stock httpx",
            f"≤ {LIMIT} ×",
            f"{ratio.told(2)} ×",
            ratio.median,
            LIMIT,
            f"{ours.told(2)} ms against {theirs.told(2)} ms",
        )
    ]


def _ours(effort: Effort, url: str) -> float:
    bearer = {"bearer": "${token}"}
    steps = [
        {
            "step": "token",
            "http": {"url": f"{url}/token", "method": "POST", "form": {"grant_type": "client_credentials"}},
            "expect": {"json": {"$.token_type": "Bearer", "$.expires_in": {"gte": 60}}},
            "capture": {"token": {"json": "$.access_token", "secret": True}},
        },
        {
            "step": "upload",
            "http": {
                "url": f"{url}/uploads",
                "method": "POST",
                "auth": bearer,
                "multipart": {"rows": {"content": FILE, "filename": "rows.csv", "content_type": "text/csv"}},
            },
            "expect": {"status": 201},
            "capture": {"id": {"json": "$.id"}},
        },
        {
            "step": "done",
            "http": {"url": f"{url}/uploads/${{id}}", "auth": bearer},
            "expect": {"json": {"$.status": "done", "$.id": "${id}"}},
            "poll": {"every": f"{EVERY * 1000:.0f}ms", "within": "1s"},
        },
        {
            "step": "remove",
            "always": True,
            "http": {"url": f"{url}/uploads/${{id}}", "method": "DELETE", "auth": bearer},
            "expect": {"status": 204},
        },
    ]
    probe = {
        "matrix": {"n": list(range(effort.count(PROBES)))},
        "interval": INTERVAL,
        "timeout": "1.5s",
        "cleanup_timeout": "400ms",
        "steps": steps,
    }
    with checker({"version": 1, "server": {"max_in_flight": 1000}, "probes": {"upload": probe}}) as one:
        time.sleep(1.0)
        return one.cost(effort.seconds(5.0))


def _theirs(effort: Effort, url: str) -> float:
    count = effort.count(300)
    command = [sys.executable, "-m", "benchmarks.goals.flow", url, str(count)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def by_hand(client: httpx.AsyncClient, url: str) -> None:
    """The flow, with the same expectations."""
    answer = await client.post(f"{url}/token", data={"grant_type": "client_credentials"})
    answer.raise_for_status()
    grant = answer.json()
    assert grant["token_type"] == "Bearer"
    assert grant["expires_in"] >= 60
    headers = {"Authorization": f"Bearer {grant['access_token']}"}
    files = {"rows": ("rows.csv", FILE, "text/csv")}
    answer = await client.post(f"{url}/uploads", files=files, headers=headers)
    assert answer.status_code == 201
    upload = f"{url}/uploads/{answer.json()['id']}"
    try:
        for _ in range(10):
            answer = await client.get(upload, headers=headers)
            answer.raise_for_status()
            if answer.json()["status"] == "done":
                break
            await asyncio.sleep(EVERY)
        assert answer.json()["status"] == "done"
    finally:
        answer = await client.delete(upload, headers=headers)
    assert answer.status_code == 204


async def _main(url: str, count: int) -> None:
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(limits=limits, trust_env=False) as client:

        async def worker() -> None:
            for _ in range(count // 10):
                await by_hand(client, url)

        await by_hand(client, url)
        begun = time.process_time()
        await asyncio.gather(*(worker() for _ in range(10)))
        print((time.process_time() - begun) / (count // 10 * 10))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
