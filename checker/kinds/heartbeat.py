"""The kind `heartbeat`: passes while something outside calls the probe's address in time."""

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, Field

from checker.core.duration import format_duration
from checker.core.errors import Trouble
from checker.core.facts import Fact, Facts, Unit
from checker.core.reason import Reason
from checker.core.template import Reference, Template
from checker.kinds.contract import Kind, Mutation, Observation, Observe, SpecProblem, StepContext
from checker.kinds.fields import Duration, Strict, Text, some_time
from checker.net.heartbeats import Key


class HeartbeatSpec(Strict):
    """How often something calls, and what it has to know."""

    every: Annotated[Duration, AfterValidator(some_time)] = Field(
        description="From one heartbeat to the next."
    )
    grace: Duration = Field(0.0, description="How much later one may come.")
    token: Text = Field(description="The secret that the address ends with, as ${secret.NAME}.")

    @property
    def secret(self) -> str | None:
        """The name of the secret; None where the token is not one."""
        match self.token:
            case Template(parts=(Reference(namespace="secret", name=name),)):
                return name
        return None


class HeartbeatKind(Kind[HeartbeatSpec]):
    """Looks at when the last heartbeat came; it waits for none."""

    name: ClassVar[str] = "heartbeat"
    Spec: ClassVar[type[BaseModel]] = HeartbeatSpec
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact(
            "age",
            "How long ago the last heartbeat came.",
            unit=Unit.DURATION,
            reason=Reason.HEARTBEAT_MISSING,
        ),
        Fact("at", "When it came.", unit=Unit.TIMESTAMP),
    )
    runs_on: ClassVar[str] = "sentinel"  # a heartbeat reaches one checker; in all others it would be missing

    @classmethod
    def mutations(cls, spec: HeartbeatSpec, seen: Observation) -> Iterator[Mutation]:
        def see() -> Observation:
            raise Trouble(Reason.HEARTBEAT_MISSING, "no heartbeat came")

        yield Mutation("no_heartbeat", "a heartbeat that never comes", see)

    def problems(
        self, spec: HeartbeatSpec, restricted: Mapping[str, frozenset[str]]
    ) -> Iterator[SpecProblem]:
        if spec.secret is None:
            yield (
                ("token",),
                "whoever knows the token can keep the probe green: it is a secret, such as ${secret.beat}",
            )

    def prepare(self, spec: HeartbeatSpec) -> Observe:
        allowed = spec.every + spec.grace
        token, secret = spec.token, spec.secret or ""

        async def observe(context: StepContext) -> Observation:
            context.scope.render(token)  # without it nobody can call
            key = (context.probe, secret)
            beat = self.tools.heartbeats.last(key)
            if beat is None:
                raise self._never(key, allowed)
            age = self.tools.clock.monotonic() - beat.at
            if age > allowed:
                raise Trouble(
                    Reason.HEARTBEAT_MISSING,
                    f"the last heartbeat came {format_duration(age)} ago, more than {format_duration(allowed)}",
                )
            return Observation(Facts({"age": age, "at": beat.wall}))

        return observe

    def _never(self, key: Key, allowed: float) -> Trouble:
        """Return the Trouble where none came: before one had to, it is the checker that cannot tell."""
        waited = self.tools.clock.monotonic() - self.tools.heartbeats.since(key)
        message = (
            f"no heartbeat came in the {format_duration(waited)} since the checker began to listen for it"
        )
        if waited > allowed:
            return Trouble(Reason.HEARTBEAT_MISSING, message)
        rest = f"; that says nothing before {format_duration(allowed)} have passed"
        return Trouble(Reason.HEARTBEAT_MISSING, message + rest, own=True)
