"""What the kind `http` costs beside the wire: CPU an attempt over a transport that answers at once.

python benchmarks/http_kind.py [ATTEMPTS]
"""

import asyncio
import sys
import time
from typing import Any

import httpx

from checker.core.scope import Scope
from checker.core.trace import Trace
from checker.kinds.contract import StepContext, Tools
from checker.kinds.http import HttpKind, HttpSpec
from checker.net.response import MeasuredResponse
from checker.secrets.store import SecretStore
from tests.net.scopes import RUN_ID, templated

URL = "http://127.0.0.1:9/works"
BODY = b'{"totalResults":3,"results":[{"id":"a2239muq","title":"A work"}]}'
HEADERS = ((b"Content-Type", b"application/json"), (b"Date", b"Mon, 06 May 2024 07:08:09 GMT"))
EXTENSIONS: dict[str, object] = {"http_version": b"HTTP/1.1", "checker.address": "127.0.0.1"}

SPECS: dict[str, dict[str, Any]] = {
    "a fixed URL": {"url": URL, "params": {"query": "botany", "pageSize": 10}},
    "a capture in the URL": {"url": URL + "/${work_id}"},
    "bypassing caches": {"url": URL, "cache": "bypass"},
    "a JSON body with a capture": {"url": URL, "method": "POST", "json": {"id": "${work_id}", "n": [1, 2]}},
    "a bearer token": {"url": URL, "auth": {"bearer": "${work_id}"}},
    "redirects allowed": {"url": URL, "redirects": 3},
}


class Immediate(httpx.AsyncBaseTransport):
    """Answers without a wire."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return MeasuredResponse(200, HEADERS, BODY, EXTENSIONS)


async def main(attempts: int) -> None:
    """Print microseconds of CPU an attempt, JSON decoded."""
    store = SecretStore({})
    kind = HttpKind(Tools(store, version="0.1.0"), Immediate())
    for name, keys in SPECS.items():
        observe = kind.prepare(HttpSpec.model_validate(templated(keys)))
        began = time.process_time()
        for _ in range(attempts):
            scope = Scope(store.read, {"id": RUN_ID})
            scope.captures["work_id"] = "a2239muq"
            observation = await observe(StepContext("works-search", "http", scope, Trace()))
            assert observation.facts.get("json")
        print(f"{name:30} {(time.process_time() - began) / attempts * 1e6:6.0f} µs")
    await kind.aclose()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if sys.argv[1:] else 5000))
