"""What the failing run shows of itself, and what changed right before: a secret, a definition, a certificate."""

from collections.abc import Iterator

from checker.core.outcome import Outcome, StepOutcome, Truth
from checker.core.reason import Reason, Result
from checker.surfaces.causes.evidence import NEAR, Case, Cause, Evidence, Happened, Strength
from checker.surfaces.causes.wording import clock, gap, listed
from checker.surfaces.printable import line


def evidence(case: Case, happened: Happened) -> Iterator[Evidence]:
    """Yield all of it."""
    for strength, cause in (*_claim(case), *_addresses(case)):
        yield Evidence(cause, case.fit, strength)
    for strength, cause in (*_secrets(case, happened), *_certificates(case), *_definitions(case, happened)):
        order = () if cause.since is None else (abs(case.began.at - cause.since),)
        yield Evidence(cause, case.fit, strength, order)


Found = Iterator[tuple[Strength, Cause]]


def _claim(case: Case) -> Found:
    shallow = case.outcome.shallow
    if shallow is None or shallow.healthy is None:
        return
    at = clock(case.outcome.started_at, case.snapshot.taken_at)
    if shallow.healthy:
        if case.outcome.result is Result.FAIL:
            yield (
                Strength.MASKED,
                Cause(f"The platform’s own check passed meanwhile ({at}): it does not see this"),
            )
        return
    said = f": {line(shallow.message)}" if shallow.message else ""
    yield Strength.UNHEALTHY, Cause(f"The platform’s own check failed as well ({at}){said}")


def _addresses(case: Case) -> Found:
    """Which of several addresses are bad, where others are not."""
    for step in _decided(case.outcome):
        held: dict[str, bool] = {}
        for verdict in step.assertions:
            name, bracket, _ = verdict.subject.partition("] ")
            if bracket and name.startswith("["):
                held[name[1:]] = held.get(name[1:], True) and verdict.verdict is Truth.HOLDS
        bad = [name for name, good in held.items() if not good]
        good = [name for name, good in held.items() if good]
        if bad and good:
            text = f"{len(bad)} of {len(held)} addresses: {listed(bad)}; nothing is wrong at {listed(good)}"
            yield Strength.ADDRESSES, Cause(text)


def _secrets(case: Case, happened: Happened) -> Found:
    if case.outcome.reason is Reason.SECRET_UNAVAILABLE:
        return
    used = sorted({name for step in case.view.probe.steps for name in step.secrets})
    for name in used:
        status = happened.secrets.get(name)
        if status and not status.readable:
            text = f"Secret {name}, which it uses, cannot be read or fetched now; what it was before may be in use"
            yield Strength.CHANGED, Cause(text)
        elif status and status.changed_at is not None and _is_right_before(case, status.changed_at):
            yield (
                Strength.CHANGED,
                _changed(case, f"Secret {name}, which it uses, changed", status.changed_at),
            )


def _certificates(case: Case) -> Found:
    for step in _decided(case.outcome):
        certificate = step.facts.get("certificate")
        first, last = (getattr(certificate, name, None) for name in ("not_before", "not_after"))
        if isinstance(first, float) and _is_right_before(case, first):
            yield Strength.CHANGED, _changed(case, "The certificate that it was shown is valid only", first)
        expired = isinstance(last, float) and last < case.outcome.started_at
        if isinstance(last, float) and expired and case.outcome.reason is not Reason.TLS_EXPIRED:
            at = clock(last, case.snapshot.taken_at)
            yield Strength.CHANGED, Cause(f"The certificate that it was shown ended at {at}", None, last)


def _definitions(case: Case, happened: Happened) -> Found:
    """A change after which the probe has passed once is not what broke it."""
    for strength, at, what in (
        (Strength.CHANGED, case.view.redefined_at, "Its own definition was changed by a reload"),
        (
            Strength.RELOADED,
            happened.reloaded_at,
            "The configuration was reloaded, without a change to this probe",
        ),
    ):
        if at is not None and _is_right_before(case, at) and not _passed_since(case, at):
            yield strength, _changed(case, what, at)
            return


def _passed_since(case: Case, at: float) -> bool:
    return any(
        at <= run.started_at < case.began.at and run.result is Result.PASS for run in case.view.history
    )


def _is_right_before(case: Case, at: float) -> bool:
    """Whether something happened shortly before the first run that went wrong, or during it."""
    earliest = case.began.at - NEAR - case.view.probe.interval
    return case.began.seen and earliest <= at <= case.began.at + case.view.probe.timeout


def _changed(case: Case, what: str, at: float) -> Cause:
    when = f"{clock(at, case.snapshot.taken_at)} ({gap(at, case.began.at)})"
    preposition = "since" if what.endswith("only") else "at"
    return Cause(f"{what} {preposition} {when}", None, at)


def _decided(outcome: Outcome) -> Iterator[StepOutcome]:
    return (step for step in outcome.steps if step.step == outcome.step)
