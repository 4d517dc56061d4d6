"""An estate in trouble, as values: what the surfaces are shown in tests, and in the preview of the pages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace

from checker.board.snapshot import ProbeView, RunSummary, Snapshot
from checker.core.outcome import Exchange, Outcome, ShallowOutcome, StepOutcome, Truth, Verdict
from checker.core.reason import Phase, Reason, Result, Severity, State
from checker.engine.plan import PlannedProbe, PlannedStep
from checker.kinds.contract import Observation, StepContext

NOW = 1_900_000_000.0  # 2030-03-17 17:46:40 UTC
PHASES: Mapping[Phase, float] = {
    Phase.DNS: 0.001,
    Phase.CONNECT: 0.002,
    Phase.TLS: 0.004,
    Phase.SEND: 0.0005,
    Phase.WAIT: 0.03,
    Phase.RECEIVE: 0.0025,
}


async def never(context: StepContext) -> Observation:
    raise NotImplementedError


def planned_step(name: str = "http", kind: str = "http") -> PlannedStep:
    return PlannedStep(name, kind, never)


def probe(name: str = "works-search", steps: Sequence[str] = ("http",), **changes: object) -> PlannedProbe:
    plain = PlannedProbe(name, tuple(planned_step(step) for step in steps), fingerprint=name)
    return replace(plain, **changes)  # type: ignore[arg-type]


def holds(
    subject: str = "status", operator: str = "equals", expected: str = "2xx", seen: str = "200"
) -> Verdict:
    return Verdict(subject, operator, expected, seen, Truth.HOLDS)


def misses(
    subject: str = "status", operator: str = "eq", expected: str = "2xx", seen: str = "401"
) -> Verdict:
    message = f"{subject}: expected {expected}, saw {seen}"
    return Verdict(subject, operator, expected, seen, Truth.MISSES, message=message)


def untellable() -> Verdict:
    message = "json.$.totalResults: expected >= 1, but there is no $.totalResults"
    return Verdict(
        "json.$.totalResults",
        "gte",
        ">= 1",
        "nothing (there is no $.totalResults)",
        Truth.UNTELLABLE,
        message=message,
    )


def exchange(**changes: object) -> Exchange:
    plain = Exchange(
        method="GET",
        url="http://127.0.0.1:8001/works?query=botany&pageSize=10",
        request_headers=(
            ("Host", "127.0.0.1:8001"),
            ("User-Agent", "checker/0.1 (probe works-search)"),
            ("Accept", "*/*"),
            ("Authorization", "Bearer ***"),
        ),
        request_body=b"",
        status=401,
        http_version="HTTP/1.1",
        response_headers=(("Content-Type", "application/json"), ("Content-Length", "98")),
        response_body=b'{"type":"Error","httpStatus":401,"label":"Unauthorized","description":"the key was revoked"}',
        address="127.0.0.1",
        started_at=NOW - 12,
        timings=PHASES,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def step(name: str = "http", result: Result = Result.PASS, **changes: object) -> StepOutcome:
    plain = StepOutcome(name, "http", result, None, None, sum(PHASES.values()), PHASES, (holds(),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def outcome(name: str = "works-search", result: Result = Result.PASS, **changes: object) -> Outcome:
    plain = Outcome(name, NOW - 12, 0.04, result, steps=(step(result=result),))
    return replace(plain, **changes)  # type: ignore[arg-type]


def failed(name: str = "works-search", **changes: object) -> Outcome:
    message = "status: expected 2xx, saw 401"
    bad = step(
        "search",
        Result.FAIL,
        reason=Reason.AUTH_REJECTED,
        message=message,
        assertions=(misses(), untellable()),
        exchanges=(exchange(),),
    )
    plain = Outcome(
        name, NOW - 12, 0.041, Result.FAIL, "search", Reason.AUTH_REJECTED, message, (bad,), shallow=healthy()
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def healthy() -> ShallowOutcome:
    return ShallowOutcome(True, None, 0.003)


def unhealthy() -> ShallowOutcome:
    return ShallowOutcome(False, "status: expected 2xx, saw 503", 0.004)


def past(results: str, interval: float = 15.0, **values: float) -> tuple[RunSummary, ...]:
    """One letter a run, oldest first: p(ass), d(egraded), f(ail), m(asked fail), e(rror)."""
    known = {"p": Result.PASS, "d": Result.DEGRADED, "f": Result.FAIL, "m": Result.FAIL, "e": Result.ERROR}
    bad = {"f": Reason.TIMEOUT, "m": Reason.AUTH_REJECTED, "e": Reason.SECRET_UNAVAILABLE, "d": Reason.SLOW}
    return tuple(
        RunSummary(
            started_at=NOW - 12 - (len(results) - 1 - place) * interval,
            duration=0.04 + 0.01 * ((place * 7) % 5) + (0.9 if letter in "df" else 0.0),
            result=known[letter],
            reason=bad.get(letter),
            masked=letter == "m",
            values={name: value + (place * 13) % 7 for name, value in values.items()},
        )
        for place, letter in enumerate(results)
    )


def view(planned: PlannedProbe | None = None, last: Outcome | None = None, **changes: object) -> ProbeView:
    planned = planned or probe()
    bad = last if last and last.result in (Result.FAIL, Result.ERROR) else None
    plain = ProbeView(
        probe=planned,
        state=State.UP if last else State.PENDING,
        since=NOW - 200,
        last=last,
        failure=bad,
        failures=(bad,) if bad else (),
        history=past("p" * 12) if last else (),
        runs=dict.fromkeys(Result, 0) | ({last.result: 12} if last else {}),
        failure_counts={bad.reason: 3} if bad and bad.reason else {},
        skipped=0,
        duration_sum=0.5 if last else 0.0,
        duration_buckets=(),
        last_success=NOW - 12 if last and not bad else None,
        blocked_by=(),
    )
    return plain._replace(**changes)  # type: ignore[arg-type]


def counted(shown: ProbeView) -> ProbeView:
    """The same probe with counters that fit its history."""
    runs = {result: sum(run.result is result for run in shown.history) for result in Result}
    return shown._replace(runs=runs, duration_sum=sum(run.duration for run in shown.history))


def snapshot(*views: ProbeView, label_keys: tuple[str, ...] = ()) -> Snapshot:
    return Snapshot(NOW, {one.probe.name: one for one in views}, label_keys)


def masked_view(name: str = "works-search", **changes: object) -> ProbeView:
    planned = probe(
        name,
        ("search", "open"),
        labels={"env": "prod", "team": "catalogue"},
        owner="catalogue",
        runbook="https://example.org/runbooks/works-search",
        description="A real search returns real works, and its first hit can be opened.",
        severity=Severity.PAGE,
        interval=15.0,
        slo=0.995,
    )
    changes = {
        "state": State.DOWN,
        "history": past("p" * 31 + "m" * 9),
        "since": NOW - 130,
        "masked_since": NOW - 130,
        "last_success": NOW - 147,
        **changes,
    }
    return view(planned, failed(name), **changes)


def trouble() -> Snapshot:
    """One masked, one down, one degraded, one that the checker cannot tell, two blocked, several up, one pending."""
    certificate = SimpleNamespace(not_after=NOW + 86400 * 20)
    labels = {"env": "prod", "team": "reference"}
    upload_steps = (
        step("token", duration=0.062),
        step("upload", duration=0.181, timings={**PHASES, Phase.SEND: 0.06, Phase.WAIT: 0.1}),
        step(
            "processed",
            Result.FAIL,
            reason=Reason.POLL_EXPIRED,
            message='json.$.jobs[0].status: expected "COMPLETED", saw "IN_PROGRESS", for 20s',
            duration=1.2,
            attempts=9,
            assertions=(misses("json.$.jobs[0].status", "eq", '"COMPLETED"', '"IN_PROGRESS"'), holds()),
            exchanges=(
                exchange(
                    method="POST",
                    url="http://127.0.0.1:8003/generic-upload/api/status",
                    request_headers=(("Content-Type", "application/json"), ("User-Agent", "checker/0.1")),
                    request_body=b'{"file": "probe.csv"}',
                    status=200,
                    response_body=b'{"jobs":[{"status":"IN_PROGRESS","rows":3}]}',
                ),
            ),
        ),
        step("clean-up", duration=0.03, always=True),
    )
    upload = Outcome(
        "bulk-upload",
        NOW - 40,
        1.45,
        Result.FAIL,
        "processed",
        Reason.POLL_EXPIRED,
        'json.$.jobs[0].status: expected "COMPLETED", saw "IN_PROGRESS", for 20s',
        upload_steps,
        shallow=unhealthy(),
    )
    slow = outcome(
        "images-list",
        Result.DEGRADED,
        step="http",
        reason=Reason.SLOW,
        message="latency: expected < 800ms, saw 1.12s",
        duration=1.12,
        shallow=healthy(),
        values={"hits": 4711.0},
        steps=(
            step(
                duration=1.12,
                timings={**PHASES, Phase.WAIT: 1.08},
                warnings=(misses("latency", "lt", "< 800ms", "1.12s"),),
                facts={"certificate": certificate},
                result=Result.DEGRADED,
            ),
        ),
    )
    unreadable = outcome(
        "trusts-sync",
        Result.ERROR,
        step="http",
        reason=Reason.SECRET_UNAVAILABLE,
        message="secret ref_key: /run/secrets/ref-key cannot be read: permission denied",
        steps=(),
    )
    lookups = [
        view(
            probe(f"reference-lookup/{name}", labels=labels | {"consumer": name}, owner="reference"),
            outcome(name),
        )
        for name in ("esr-notification", "concerns", "generic-upload", "profile")
    ]
    views = (
        *lookups,
        view(
            probe("reference-direct", labels=labels, owner="reference"),
            outcome("reference-direct", shallow=healthy()),
        ),
        view(probe("works-cdn", labels={"env": "prod", "team": "catalogue"}), outcome("works-cdn")),
        view(
            probe("trusts-sync", labels=labels, owner="reference"),
            unreadable,
            state=State.UNKNOWN,
            history=past("p" * 35 + "eeee"),
        ),
        view(
            probe("images-list", labels={"env": "prod", "team": "catalogue"}, owner="catalogue"),
            slow,
            state=State.DEGRADED,
            history=past("p" * 20 + "dpppdpdpppddpddddddd", hits=4700.0),
            last_success=NOW - 12,
        ),
        view(
            probe(
                "bulk-upload",
                ("token", "upload", "processed", "clean-up"),
                labels={"env": "prod", "team": "upload"},
                owner="upload",
                interval=300.0,
                severity=Severity.PAGE,
                writes=True,
                runbook="https://example.org/runbooks/bulk-upload",
                description="A file is uploaded, processed within 20 s, and taken away again.",
            ),
            upload,
            state=State.DOWN,
            since=NOW - 4000,
            history=past("pppppppppppppppppppppppppppffff", 300.0),
            last_success=NOW - 4300,
        ),
        masked_view(),
        view(
            probe("upload-report", labels={"env": "prod", "team": "upload"}, depends_on=("bulk-upload",)),
            failed("upload-report", shallow=healthy()),
            state=State.DOWN,
            blocked_by=("bulk-upload",),
            history=past("p" * 30 + "mmm"),
        ),
        view(probe("heartbeat", labels={"env": "stage"})),
    )
    return snapshot(*map(counted, views), label_keys=("env", "team", "consumer"))
