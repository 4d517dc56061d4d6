import asyncio
import base64
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from checker.assertions.capture import compile_capture
from checker.core.clock import run_virtual
from checker.core.errors import Trouble
from checker.core.facts import Fact, Shape
from checker.core.outcome import Exchange, Origin, Outcome, StepOutcome, Truth, Verdict
from checker.core.reason import Reason, Result
from checker.engine.redaction import Evidence, RunRedaction, withheld
from checker.kinds.contract import Observation, StepContext
from checker.net.evidence import told
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore
from tests.engine.scripts import Behaviour, Play, exchange, poll, probe, run, secrets, seen, step, virtually

KEY = "kY-8f3/a+Q=zzz"
TOKEN = "eyJhbGciOi.J9x4Wq-77Vw_2k"
SPELLINGS = (
    KEY,
    TOKEN,
    quote(TOKEN, safe=""),
    base64.b64encode(f"user:{TOKEN}".encode()).decode().rstrip("="),
)


def texts(value: object) -> Iterator[str]:
    """Yield every text anywhere in an outcome."""
    if isinstance(value, bytes):
        yield value.decode("latin-1")
    elif isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from texts(key)
            yield from texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name))


def leaks(outcome: Outcome) -> list[str]:
    return [text for text in texts(outcome) if any(spelling in text for spelling in SPELLINGS)]


def answers(observation: Observation, *exchanges: Exchange) -> Behaviour:
    async def observe(context: StepContext) -> Observation:
        context.exchanges.extend(exchanges)
        return observation

    return observe


LEAKY = exchange(
    f"http://127.0.0.1/?token={quote(TOKEN, safe='')}&key={quote(KEY)}",
    request_headers=(
        ("Authorization", f"Basic {base64.b64encode(f'user:{TOKEN}'.encode()).decode()}"),
        ("X-Key", KEY),
        ("X-Basic", base64.b64encode(f"user:{TOKEN}".encode()).decode()),
    ),
    request_body=f"key={KEY}".encode(),
    status=500,
    response_headers=(("X-Echo", TOKEN),),
    response_body=b"x" * 100 + TOKEN.encode() + b"y" * 100_000,
)


class TestOutcome:
    def test_nothing_in_it_holds_a_secret_of_the_store_or_of_the_run(self) -> None:
        """The first step quotes the token before anybody knows that it is one, and again where it is captured."""
        early = step(
            answers(seen(json={"leak": TOKEN}), LEAKY),
            name="early",
            expect={"json": {"$.leak": {"contains": "eyJ"}}},
            warn={"json": {"$.leak": {"ne": TOKEN}}},
        )
        token = step(
            answers(seen(json={"access_token": TOKEN}), LEAKY),
            name="token",
            expect={"json": {"$.access_token": {"type": "string"}}},
            capture={"token": {"json": "$.access_token", "secret": True}},
        )
        late = step(
            Trouble(Reason.PROTOCOL, f"cannot make sense of {KEY} and {TOKEN}"),
            name="late",
        )
        shallow = step(Trouble(Reason.PROTOCOL, f"no {TOKEN}, no {KEY}"), name="shallow")
        outcome = virtually(probe(early, token, late, shallow=shallow), secrets=secrets(KEY=KEY))
        assert [] == leaks(outcome)
        assert "cannot make sense of *** and ***" == outcome.message
        assert outcome.shallow
        assert "no ***, no ***" == outcome.shallow.message
        assert '"***"' == outcome.steps[0].assertions[0].seen

    def test_a_failed_expectation_beside_a_secret_capture_does_not_quote_it(self) -> None:
        """The capture is never made: what it would have taken is a secret all the same."""
        token = step(
            answers(seen(500, {"access_token": TOKEN, "expires_in": None})),
            expect={"json": {"$": {"includes": {"expires_in": 300}}}},
            capture={"token": {"json": "$.access_token", "secret": True}},
        )
        outcome = virtually(probe(token))
        assert Result.FAIL is outcome.result
        assert [] == leaks(outcome)

    def test_a_secret_capture_that_cannot_be_made_is_told(self) -> None:
        capture = {"token": {"json": "$.access_token", "secret": True}}
        outcome = virtually(probe(step(seen(json={}), capture=capture)))
        assert Reason.CAPTURE_MISSING is outcome.reason

    def test_a_secret_that_is_first_read_on_the_way_is_struck_out_of_earlier_steps(self) -> None:
        store = SecretStore({"KEY": EnvSource("KEY", environment={"KEY": KEY})})

        async def reads(context: StepContext) -> Observation:
            store.read("KEY")
            return seen(500)

        early = step(answers(seen(json={"leak": KEY})), expect={"json": {"$.leak": {"length": len(KEY)}}})
        outcome = virtually(probe(early, step(reads)), secrets=store)
        assert [] == leaks(outcome)

    def test_verdicts_of_the_kind_itself_are_redacted(self) -> None:
        verdict = Verdict(
            "json.$.key", "same", "one value", f"{KEY} at a", Truth.MISSES, message=f"saw {KEY}"
        )
        outcome = virtually(
            probe(step(Observation(seen().facts, verdicts=(verdict,)))), secrets=secrets(KEY=KEY)
        )
        assert [] == leaks(outcome)
        assert "saw ***" == outcome.message

    def test_stop_if_and_deadlines_quote_no_secret(self) -> None:
        leaky = seen(json={"state": f"failed with {KEY}"})
        stop = poll(stop_if={"json": {"$.state": {"starts_with": "failed"}}})
        expect = {"json": {"$.state": "done"}}
        for keys in ({"poll": stop}, {"poll": poll(1.0, 99.0), "timeout": 2.5}):
            outcome = virtually(probe(step(leaky, expect=expect, **keys)), secrets=secrets(KEY=KEY))
            assert outcome.message
            assert "failed with ***" in outcome.message
            assert [] == leaks(outcome)

    def test_a_traceback_in_the_log_quotes_no_secret(self, caplog: pytest.LogCaptureFixture) -> None:
        capture = {"token": {"json": "$.token", "secret": True}}
        steps = step(seen(json={"token": TOKEN}), capture=capture), step(ValueError(f"{KEY} {TOKEN}"))
        outcome = virtually(probe(*steps), secrets=secrets(KEY=KEY))
        assert Reason.INTERNAL is outcome.reason
        assert [] == leaks(outcome)
        (record,) = caplog.records
        assert "ValueError: *** ***" in record.checker_fields["traceback"]  # type: ignore[attr-defined]


class TestEvidence:
    @pytest.mark.parametrize(
        ("status", "keep", "kept"), [(200, False, 0), (200, True, 2), (500, False, 2), (500, True, 2)]
    )
    def test_it_is_kept_of_runs_that_did_not_pass_or_of_all(self, status: int, keep: bool, kept: int) -> None:
        steps = step(answers(seen(), LEAKY), name="one"), step(answers(seen(status), LEAKY), name="two")
        outcome = virtually(probe(*steps), keep_evidence=keep)
        assert kept == sum(len(one.exchanges) for one in outcome.steps)

    def test_it_is_kept_of_degraded_runs(self) -> None:
        slow = step(answers(seen(latency=2.0), LEAKY), warn={"latency": {"lt": "1s"}})
        assert 1 == len(virtually(probe(slow)).steps[0].exchanges)

    def test_it_is_kept_of_a_step_that_was_cut_off(self) -> None:
        async def observe(context: StepContext) -> Observation:
            context.exchanges.append(LEAKY)
            await asyncio.sleep(1000)
            return seen()

        assert 1 == len(virtually(probe(step(observe))).steps[0].exchanges)

    def test_bodies_are_cut_after_redaction(self) -> None:
        capture = {"token": {"json": "$.token", "secret": True}}
        leaky = step(answers(seen(json={"token": TOKEN}), LEAKY), capture=capture)
        outcome = virtually(probe(leaky, step(seen(500))), secrets=secrets(KEY=KEY))
        (kept,) = outcome.steps[0].exchanges
        assert [] == leaks(outcome)
        assert b"x" * 100 + b"***" + b"y" * (65536 - 103) == kept.response_body
        assert b"key=***" == kept.request_body

    @pytest.mark.parametrize(
        ("evidence", "expected"),
        [
            (Evidence.FULL, [(b"asked", b"answered", (("X", "y"),))]),
            (Evidence.HEADERS, [(b"", b"", (("X", "y"),))]),
            (Evidence.NONE, []),
        ],
    )
    def test_how_much_of_it_is_kept_is_a_setting(self, evidence: Evidence, expected: list[object]) -> None:
        one = exchange(request_body=b"asked", response_body=b"answered", response_headers=(("X", "y"),))
        outcome = virtually(probe(step(answers(seen(500), one))), evidence=evidence)
        kept = outcome.steps[0].exchanges
        assert expected == [(it.request_body, it.response_body, it.response_headers) for it in kept]


LOGIN = exchange(response_body=f'{{"acess_token": "{TOKEN}"}}'.encode())
IN_A_HEADER = exchange(response_headers=(("X-Token", TOKEN), ("X-Other", "shown")))
CAPTURE = {"token": {"json": "$.access_token", "secret": True}}
WRONG = seen(json={"acess_token": TOKEN})


class TestASecretThatWasNeverCaptured:
    """Nobody knows its value, so it cannot be struck out; what may hold it is left out."""

    async def broken(self, context: StepContext) -> Observation:
        context.exchanges.append(LOGIN)
        raise ZeroDivisionError

    async def undecodable(self, context: StepContext) -> Observation:
        context.exchanges.append(LOGIN)
        raise Trouble(Reason.UNDECODABLE, "the body is not gzip")

    async def hangs(self, context: StepContext) -> Observation:
        context.exchanges.append(LOGIN)
        await asyncio.sleep(1000)
        return seen()

    def kept(self, *acts: Play, capture: Any = None, **keys: Any) -> list[bytes]:
        """Return the bodies that are kept of a run with one step, in whose evidence the token is not to be."""
        leaky = step(*acts, capture=CAPTURE if capture is None else capture, **keys)
        outcome = virtually(probe(leaky, timeout=60.0), keep_evidence=True)
        assert [] == leaks(outcome)
        return [one.response_body for one in outcome.steps[0].exchanges]

    def test_a_wrong_path(self) -> None:
        assert [b"(withheld)"] == self.kept(answers(WRONG, LOGIN))

    def test_a_body_that_is_no_use(self) -> None:
        assert [b"(withheld)"] == self.kept(self.undecodable)
        assert [b"(withheld)"] == self.kept(answers(seen(), LOGIN))

    def test_a_bug(self) -> None:
        assert [b"(withheld)"] == self.kept(self.broken)

    @pytest.mark.parametrize("keys", [{}, {"timeout": 1.0}])
    def test_a_deadline(self, keys: dict[str, float]) -> None:
        assert [b"(withheld)"] == self.kept(self.hangs, **keys)

    def test_every_attempt_counts(self) -> None:
        token = seen(json={"access_token": TOKEN, "state": "ready"})
        attempts = answers(WRONG, LOGIN), answers(token, LOGIN), answers(WRONG, LOGIN)
        expect = {"json": {"$.state": "done"}}
        bodies = self.kept(*attempts, expect=expect, poll=poll(every=1.0, within=2.0))
        assert [b"(withheld)", b'{"acess_token": "***"}', b"(withheld)"] == bodies

    def test_what_is_too_large_to_be_known(self) -> None:
        large = TOKEN * 1000
        told = seen(json={"access_token": large})
        body = exchange(response_body=large.encode())
        expect = {"json": {"$.access_token": {"length": 3}}}
        assert [b"(withheld)"] == self.kept(answers(told, body))
        assert [b"(withheld)"] == self.kept(answers(told, body), expect=expect)

    def test_the_message_shows_what_was_expected_of_it(self) -> None:
        token = step(
            answers(seen(json={"access_token": {"value": [TOKEN] * 9}})),
            expect={"json": {"$.access_token": {"type": "string"}}},
            capture=CAPTURE,
        )
        assert "json.$.access_token: expected type string, saw (withheld)" == virtually(probe(token)).message

    def test_an_answer_that_is_an_error_is_told(self) -> None:
        refused = exchange(status=401, response_body=b'{"error": "invalid_client"}')
        assert [b'{"error": "invalid_client"}'] == self.kept(answers(seen(401), refused))

    def test_a_step_without_secrets_is_told(self) -> None:
        plain = exchange(response_body=b'{"id": 3}')
        capture = {"id": {"json": "$.no", "secret": False}}
        assert [b'{"id": 3}'] == self.kept(answers(seen(json={"id": 3}), plain), capture=capture)

    @pytest.mark.parametrize(
        ("raw", "shown"),
        [
            ({"headers": "x-token", "secret": True}, {"X-Token": "(withheld)", "X-Other": "shown"}),
            ({"json": "$.a", "secret": True}, {"X-Token": TOKEN, "X-Other": "shown"}),
        ],
    )
    def test_the_header_that_a_capture_names(self, raw: dict[str, Any], shown: dict[str, str]) -> None:
        facts = (Fact("headers", "", Shape.OPEN, ignore_case=True), Fact("json", "", Shape.JSONPATH))
        captures = (compile_capture("token", raw, facts, Path()),)
        for status in (200, 302):
            one = told(withheld(replace(IN_A_HEADER, status=status), captures))
            assert (shown, b"") == (dict(one.response_headers), one.response_body)
        unanswered = replace(LOGIN, status=None)
        assert unanswered is withheld(unanswered, captures)


class TestRunRedaction:
    def test_what_is_learned_later_counts_from_then_on(self) -> None:
        captures: set[str] = set()
        redact = RunRedaction(secrets(KEY=KEY), captures)
        first = redact(f"{KEY} {TOKEN}")
        captures.add(TOKEN)
        second = redact(f"{KEY} {TOKEN}")
        captures.add("another-one")
        third = redact(f"{KEY} {TOKEN} another-one")
        assert (f"*** {TOKEN}", "*** ***", "*** *** ***") == (first, second, third)

    def test_a_shorter_capture_that_is_learned_later_is_looked_for_in_shorter_texts(self) -> None:
        captures = {TOKEN}
        redact = RunRedaction(secrets(), captures)
        first = redact("s-1234")
        captures.add("s-1234")
        assert ("s-1234", "***") == (first, redact("s-1234"))

    @pytest.mark.parametrize("place", ["expected", "seen", "message"])
    @pytest.mark.parametrize("among", ["assertions", "warnings"])
    def test_each_text_of_a_step_is_looked_at(self, among: str, place: str) -> None:
        told: Any = Verdict("json.$.token", "eq", "1", "2", Truth.MISSES, message="saw 2")
        verdicts = {among: (told, replace(told, **{place: f"a {TOKEN}"}))}
        bare: Any = StepOutcome("a", "http", Result.PASS, None, None, 0.1, {})
        redacted = RunRedaction(secrets(), {TOKEN}).step(replace(bare, **verdicts))
        assert replace(bare, **{among: (told, replace(told, **{place: "a ***"}))}) == redacted

    def test_the_message_of_a_step_is_looked_at(self) -> None:
        step_ = StepOutcome("a", "http", Result.FAIL, Reason.PROTOCOL, f"a {TOKEN}", 0.1, {})
        assert "a ***" == RunRedaction(secrets(), {TOKEN}).step(step_).message

    def test_a_capture_that_is_not_ascii_is_looked_for_in_every_text(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """An encoding may have lost some of its characters, and what is left is shorter."""
        store = secrets()
        counted = Counted(store)
        monkeypatch.setattr(store, "redactor", counted)
        RunRedaction(store, {"☃☃☃☃pässword"})("200")
        assert [True] == counted.extended

    def test_a_redactor_is_not_made_for_texts_that_are_too_short(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It takes milliseconds for a long token, and the texts of a run that passes are short."""
        store = secrets(KEY=KEY)
        counted = Counted(store)
        monkeypatch.setattr(store, "redactor", counted)
        redact = RunRedaction(store, {TOKEN})
        for text in ("200", "2xx", TOKEN[:-1]):
            assert text == redact(text)
        assert "***" == redact(TOKEN)
        assert [False, False, False, True] == counted.extended


class Counted:
    """The store's way to make redactors, with a note of each that was asked for."""

    def __init__(self, store: SecretStore) -> None:
        self.make = store.redactor
        self.extended: list[bool] = []

    def __call__(self, more: frozenset[str] = frozenset()) -> object:
        self.extended.append(bool(more))
        return self.make(more)


def test_a_run_that_passes_keeps_neither_evidence_nor_secret() -> None:
    outcome = run_virtual(
        lambda fake: run(fake, probe(step(answers(seen(), LEAKY))), secrets=secrets(KEY=KEY))
    )
    assert [] == leaks(outcome)
    assert () == outcome.steps[0].exchanges


def test_the_evidence_knows_where_what_was_struck_out_is_from() -> None:
    store = SecretStore({"key": EnvSource("API_KEY", environment={"API_KEY": TOKEN})})
    store.read("key")
    plain = Exchange("GET", "http://127.0.0.1/", (("X-Key", TOKEN),), b"")
    (kept,) = RunRedaction(store, set()).exchanges((plain,), Evidence.FULL)
    assert {"X-Key: ***": ("X-Key: ", Origin("env", "API_KEY"))} == kept.spelled
    (captured,) = RunRedaction(SecretStore({}), {TOKEN}).exchanges((plain,), Evidence.FULL)
    assert {} == captured.spelled
