"""The kind `alarms`: what is in alarm right now, and what has been for so long that nobody looks at it any more."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from operator import itemgetter
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, Field, model_validator

from checker.core.errors import Trouble
from checker.core.facts import Absent, Fact, Facts, Shape, Unit
from checker.core.outcome import Verdict
from checker.core.reason import Reason
from checker.core.template import Template
from checker.core.trace import Errand
from checker.kinds.alerts import INHIBITED, SILENCED, Alarm, of_alertmanager, of_cloudwatch, sentence
from checker.kinds.amazon import Asker, AwsKind, AwsSpec, held
from checker.kinds.contract import Observation, Observe, SpecProblem, StepContext, Tools
from checker.kinds.credentials import Auth, Tls, Url
from checker.kinds.fields import LIST, Duration, Plain, Text, some_time, wrong
from checker.kinds.http import HttpKind, HttpSpec
from checker.net.aws.accounts import Account
from checker.net.aws.asking import bounded
from checker.net.peer import latency_fact, latency_of

MOST_NAMES = 100
"""Alarms that CloudWatch takes the names of in one call."""

_KINDS_OF_ALARMS = ("Metric", "Composite", "Log")
"""CloudWatch answers with alarms on metrics only, unless it is asked for the others."""

_LARGEST = 16 << 20  # bytes of an answer of Alertmanager
_DAY = 86400.0
_PATH = "/api/v2/alerts"

Found = tuple[tuple[Alarm, ...], Mapping[str, object]]
"""What is in alarm, and the facts that only one of the sources knows."""

Ask = Callable[[StepContext], Awaitable[Found]]
"""Asks a source; raises Trouble."""


class AlarmsSpec(AwsSpec):
    """Which alarms: those of CloudWatch, or with `alertmanager` those of an Alertmanager."""

    prefix: Plain | None = Field(None, description="CloudWatch: only alarms whose names begin like this.")
    names: Annotated[tuple[Plain, ...], LIST] = Field(
        (), description="CloudWatch: only these; each has to exist."
    )
    alertmanager: Url | None = Field(
        None, description="The URL of an Alertmanager, asked instead of CloudWatch."
    )
    filter: Annotated[tuple[Text, ...], LIST] = Field(
        (), description='Alertmanager: only alerts with these labels, such as `severity="page"`.'
    )
    auth: Auth | None = Field(None, description="Alertmanager: how the request proves who sends it.")
    tls: Tls | None = Field(None, description="Alertmanager: whom to trust, and who to be, over TLS.")
    limit: Annotated[Duration, AfterValidator(some_time)] = Field(
        _DAY, description="In alarm for longer than this, an alarm is stale."
    )

    @model_validator(mode="after")
    def _one_source(self) -> "AlarmsSpec":
        cloudwatch = {"prefix": self.prefix, "names": self.names, "account": self.account}
        alertmanager = {"filter": self.filter, "auth": self.auth, "tls": self.tls}
        wrong_ones = alertmanager if self.alertmanager is None else cloudwatch
        if misplaced := [key for key, value in wrong_ones.items() if value]:
            source = "CloudWatch" if self.alertmanager is not None else "Alertmanager"
            raise wrong(f"{misplaced[0]} is for {source}")
        if self.prefix is not None and self.names:
            raise wrong("CloudWatch takes either a prefix or names")
        if len(self.names) > MOST_NAMES:
            raise wrong(f"CloudWatch takes {MOST_NAMES} names at most")
        return self

    @property
    def request(self) -> HttpSpec:
        """What Alertmanager is asked."""
        base = self.alertmanager or ""
        url = Template((*base.parts, _PATH)) if isinstance(base, Template) else base.rstrip("/") + _PATH
        params = {"filter": self.filter} if self.filter else {}
        return HttpSpec(url=url, params=params, auth=self.auth, tls=self.tls, max_body=_LARGEST)

    @property
    def wanted(self) -> dict[str, Any]:
        """What CloudWatch is asked."""
        wanted: dict[str, Any] = {"AlarmTypes": [f"{kind}Alarm" for kind in _KINDS_OF_ALARMS]}
        if self.names:
            return {**wanted, "AlarmNames": list(self.names)}
        return wanted if self.prefix is None else {**wanted, "AlarmNamePrefix": self.prefix}


class AlarmsKind(AwsKind[AlarmsSpec]):
    """Asks for what is in alarm; none of it may be stale."""

    name: ClassVar[str] = "alarms"
    Spec: ClassVar[type[BaseModel]] = AlarmsSpec
    needs: ClassVar[tuple[str, ...]] = ("cloudwatch:DescribeAlarms",)
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("count", "How many are in alarm, silenced and inhibited ones too."),
        Fact("silenced", "How many of these are silenced; CloudWatch: their actions are switched off."),
        Fact("inhibited", "How many are inhibited; CloudWatch: another alarm suppresses their actions."),
        Fact("alarms", "Those in alarm: name, since, age, reason, state and labels of each.", Shape.JSONPATH),
        Fact(
            "oldest",
            "For how long the first of them has been in alarm; 0s where none is.",
            unit=Unit.DURATION,
        ),
        Fact("stale", "The names of those that have been in alarm for longer than the limit."),
        Fact("insufficient_data", "How many alarms of CloudWatch cannot tell."),
        Fact("total", "How many alarms CloudWatch was asked about, in whichever state."),
        latency_fact("From the question to the last answer."),
    )

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools)
        self._http = HttpKind(tools)

    @classmethod
    def of_account(cls, spec: AlarmsSpec, name: str) -> AlarmsSpec:
        return super().of_account(spec, name) if spec.alertmanager is None else spec

    def problems(self, spec: AlarmsSpec, restricted: Any) -> Iterator[SpecProblem]:
        if spec.alertmanager is None:
            yield from super().problems(spec, restricted)
            return
        for path, message in self._http.problems(spec.request, restricted):
            yield _written(path), message

    def asks(self, spec: AlarmsSpec) -> Iterator[Account]:
        return super().asks(spec) if spec.alertmanager is None else iter(())

    def prepare(self, spec: AlarmsSpec) -> Observe:
        ask = self._alertmanager if spec.alertmanager is not None else self._cloudwatch
        found = ask(spec)

        async def observe(context: StepContext) -> Observation:
            alarms, own = await found(context)
            now = self.tools.clock.wall()
            facts = _facts(alarms, spec.limit, now)
            verdicts = () if "stale" in context.asserted else (_none_stale(alarms, facts, spec.limit, now),)
            known = {**facts, **own, "latency": latency_of(context.trace)}
            return Observation(Facts(known), verdicts=verdicts)

        return observe

    def _cloudwatch(self, spec: AlarmsSpec) -> Ask:
        account = self.account(spec)

        async def found(context: StepContext) -> Found:
            asker = Asker(self.tools, account, context.trace)
            answer = await asker.whole("cloudwatch", "DescribeAlarms", **spec.wanted)
            described = [one for kind in _KINDS_OF_ALARMS for one in answer.get(f"{kind}Alarms") or ()]
            _all_there(spec, {str(one.get("AlarmName")) for one in described})
            unsure = sum(one.get("StateValue") == "INSUFFICIENT_DATA" for one in described)
            return tuple(of_cloudwatch(described)), {"insufficient_data": unsure, "total": len(described)}

        return found

    def _alertmanager(self, spec: AlarmsSpec) -> Ask:
        request = self._http.prepare(spec.request)

        async def found(context: StepContext) -> Found:
            context.trace.errand = Errand("asking Alertmanager for its alerts")
            try:
                facts = (await request(context)).facts
                alarms = tuple(of_alertmanager(_answer(facts)))
            except Trouble as trouble:
                # It is asked about others. That it does not answer says nothing of these.
                raise Trouble(trouble.reason, f"Alertmanager: {trouble.message}", own=True) from trouble
            except ValueError as error:
                raise Trouble(Reason.PROTOCOL, f"Alertmanager: {error}", own=True) from None
            context.trace.errand = None
            unknown = Absent("Alertmanager knows only of alerts that fire", known=True)
            return alarms, {"insufficient_data": unknown, "total": unknown}

        return found

    async def aclose(self) -> None:
        await self._http.aclose()


def _written(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return where in the step something stands that is wrong in the request."""
    if path[0] == "url":
        return ("alertmanager", *path[1:])
    return ("filter", *path[2:]) if path[0] == "params" else path


def _answer(facts: Facts) -> list[Any]:
    status, alerts = facts.get("status"), facts.get("json")
    if status != 200:
        reason = Reason.AUTH_REJECTED if status in (401, 403) else Reason.UNEXPECTED_STATUS
        raise Trouble(reason, f"it answers {status}: {bounded(facts.get('body'))}")
    if isinstance(alerts, Absent):
        raise Trouble(alerts.reason or Reason.UNDECODABLE, alerts.why)
    if isinstance(alerts, list):
        return alerts
    raise Trouble(Reason.PROTOCOL, "what answers has no list of alerts")


def _all_there(spec: AlarmsSpec, found: set[str]) -> None:
    """Refuse to call quiet what does not exist."""
    if missing := [name for name in spec.names if name not in found]:
        raise Trouble(Reason.RESOURCE_MISSING, f"CloudWatch has no alarm {', '.join(missing[:5])}")
    if spec.prefix and not found:
        raise Trouble(
            Reason.RESOURCE_MISSING, f"CloudWatch has no alarm whose name begins with {spec.prefix}"
        )


def _facts(alarms: tuple[Alarm, ...], limit: float, now: float) -> dict[str, object]:
    states = Counter(alarm.state for alarm in alarms)
    ages = [alarm.age(now) for alarm in alarms if alarm.lasts]
    undated = Absent("an alarm does not say since when it is in alarm", own=True)
    known = [age for age in ages if age is not None]
    return {
        "count": len(alarms),
        "silenced": states[SILENCED],
        "inhibited": states[INHIBITED],
        "alarms": [alarm.document(now) for alarm in alarms],
        "oldest": undated if None in ages else max(known, default=0.0),
        "stale": undated if None in ages else [alarm.name for alarm in _stale(alarms, limit, now)],
    }


def _stale(alarms: tuple[Alarm, ...], limit: float, now: float) -> list[Alarm]:
    """Return those that last too long, the first to go off first."""
    aged = [(alarm.age(now) or 0.0, alarm) for alarm in alarms if alarm.lasts]
    return [alarm for age, alarm in sorted(aged, key=itemgetter(0), reverse=True) if age > limit]


def _none_stale(alarms: tuple[Alarm, ...], facts: Mapping[str, object], limit: float, now: float) -> Verdict:
    stale = _stale(alarms, limit, now)
    message = sentence(stale, limit, now) if stale else ""
    return held("stale", "none", facts["stale"], holds=not stale, message=message)
