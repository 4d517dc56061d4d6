"""`/sd` and `/probe`: a Prometheus decides what runs and when, and this checker is one of many that it may ask.

Replicas of a Prometheus ask the same question, and the target must not feel it: scrapes that come at once share a run,
and an outcome is the answer for most of an interval. Only probes of the configuration run: who asks cannot choose a
URL.

Three answers, none of which claims more than is known:

- 200 with a run that is over. One that was cut off, by the probe's timeout or half a second before the scrape's end, is
  a failure like any other that got no answer in the time that it was given; an error of the checker's has no
  `probe_success`.
- 503 where there is no outcome: too many runs are in flight, the checker stops, or the run that the scrape joined is
  not over. For Prometheus the scrape has failed (`up` is 0), and nothing is said of the target.
- 400 and 404 for questions that make no sense.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from checker.board.snapshot import ProbeView, Snapshot
from checker.core.outcome import Outcome
from checker.engine.plan import PlannedProbe
from checker.engine.scheduler import CannotRunError
from checker.surfaces.blackbox import exposition
from checker.surfaces.discovery import MARGIN, after_main, target
from checker.surfaces.exposition import negotiate
from checker.surfaces.pacing import paced
from checker.surfaces.web.streaming import Streamed

SCRAPE_TIMEOUT = "X-Prometheus-Scrape-Timeout-Seconds"

REUSED = 0.9
"""The part of its interval for which an outcome is the answer to every scrape."""

Run = Callable[[str, float | None], Coroutine[Any, Any, Outcome]]
"""Runs a probe of that name, within so many seconds if that is less than its own timeout; joins a run that goes on."""


@dataclass(frozen=True, slots=True)
class Driving:
    """What a Prometheus that drives the checker gets to. `now` is in seconds since the epoch.

    `address` returns what `/sd` gives as the address of every target; None where nothing tells it.
    """

    snapshot: Callable[[], Snapshot]
    run: Run
    address: Callable[[], str | None]
    now: Callable[[], float] = time.time


def routes(driving: Driving) -> list[Route]:
    """Return the two endpoints."""

    async def probe(request: Request) -> Response:
        name = request.query_params.get("probe")
        if not name:
            raise HTTPException(400, "which probe? /probe?probe=NAME; /sd lists them all")
        view = await _latest(driving, name, _scrape_timeout(request))
        openmetrics, content_type = negotiate(request.headers.get("accept", ""))
        headers = {"Content-Type": content_type, "Vary": "Accept"}
        return Response(exposition(view, openmetrics=openmetrics), headers=headers)

    async def discovery(request: Request) -> Response:
        address = driving.address()
        if address is None:
            raise HTTPException(
                503,
                "the checker listens on all addresses, none of which is known to reach it: set server.advertise",
            )
        probes = tuple(view.probe for view in driving.snapshot().probes.values())
        return Streamed(paced(_listed(probes, address)), media_type="application/json")

    return [Route("/probe", probe), Route("/sd", discovery)]


def _listed(probes: tuple[PlannedProbe, ...], address: str) -> Iterator[str]:
    for number, probe in enumerate(probes):
        yield f"{',' if number else '['}{json.dumps(target(probe, address))}"
    yield "]\n" if probes else "[]\n"


def _scrape_timeout(request: Request) -> float | None:
    text = request.headers.get(SCRAPE_TIMEOUT)
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if seconds <= 0 or not isfinite(seconds):
        raise HTTPException(400, f"{SCRAPE_TIMEOUT} is not a number of seconds")
    return seconds


async def _latest(driving: Driving, name: str, scrape_timeout: float | None) -> ProbeView:
    """Return the probe with an outcome that is young enough, for which it may have to be run."""
    view = _found(driving, name)
    if _is_young(view, driving.now()):
        return view
    try:
        async with asyncio.timeout(_patience(scrape_timeout)):
            await driving.run(name, _limit(view.probe, scrape_timeout))
    except CannotRunError as error:
        raise HTTPException(503, str(error)) from error
    except TimeoutError as error:
        raise HTTPException(503, "the run is not over, and the scrape's time is") from error
    view = _found(driving, name)
    if view.last is None:
        raise HTTPException(503, "the configuration has changed during the run")
    return view


def _found(driving: Driving, name: str) -> ProbeView:
    found = driving.snapshot().probes.get(name)
    if found is None:
        raise HTTPException(404, "there is no probe of this name here; /sd lists those that there are")
    return found


def _is_young(view: ProbeView, now: float) -> bool:
    """An outcome from the future is of a clock that was set back, and may be of any age."""
    return view.last is not None and 0 <= now - view.last.started_at < REUSED * view.probe.interval


def _limit(probe: PlannedProbe, scrape_timeout: float | None) -> float | None:
    """Return how long the run may take, so that its clean-ups fit in too; half of the time, where that is little."""
    if scrape_timeout is None:
        return None
    ends = max(scrape_timeout - MARGIN, scrape_timeout / 2)
    return max(ends - after_main(probe), ends / 2)


def _patience(scrape_timeout: float | None) -> float | None:
    """Return for how long to wait for the run: past its limit, so that what it came to can still be told."""
    return None if scrape_timeout is None else max(scrape_timeout - MARGIN / 2, scrape_timeout * 3 / 4)
