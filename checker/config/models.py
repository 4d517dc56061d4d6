"""What may be written in checks.yaml, as the models that validation and the JSON Schema share.

These are the parts with a fixed set of keys. What a step does (`http: {…}`) is the kind's own model, and what is
expected of it the facts' of that kind.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from checker.config.problems import did_you_mean
from checker.core.reason import Reason
from checker.kinds.fields import (
    LIST,
    Duration,
    Plain,
    Ratio,
    Strict,
    Switch,
    described,
    or_reference,
    words,
    wrong,
)

NAME = r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}"
CAPTURE_NAME = r"[a-z_][a-z0-9_]{0,99}"
LABEL_NAME = r"(?!__)[A-Za-z_][A-Za-z0-9_]{0,99}"
RESERVED_LABELS = frozenset(
    {
        *("probe", "step", "phase", "reason", "result", "state", "capture", "secret"),
        *("severity", "kind", "owner", "runbook", "job", "instance", "le", "quantile"),
    }
)


def _positive(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return value
    seen = value if isinstance(value, int | float) and not isinstance(value, bool) else described(value)
    raise wrong(f"expected a whole number, 1 or more, not {seen}")


Positive = Annotated[int, PlainValidator(_positive), or_reference({"type": "integer", "minimum": 1})]


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise wrong(f"expected a text, not {described(value)}")


LabelValue = Annotated[str, PlainValidator(_label), WithJsonSchema({"type": ["string", "number", "boolean"]})]

Severity = Annotated[
    Literal["page", "ticket", "info"],
    PlainValidator(words("page", "ticket", "info")),
    or_reference({"enum": ["page", "ticket", "info"]}),
]
Effects = Annotated[
    Literal["none", "writes"],
    PlainValidator(words("none", "writes")),
    or_reference({"enum": ["none", "writes"]}),
]
RunsOn = Annotated[
    Literal["any", "sidecar", "sentinel"],
    PlainValidator(words("any", "sidecar", "sentinel")),
    or_reference({"enum": ["any", "sidecar", "sentinel"]}),
]
Detail = Annotated[
    Literal["full", "basic"],
    PlainValidator(words("full", "basic")),
    or_reference({"enum": ["full", "basic"]}),
]
Evidence = Annotated[
    Literal["full", "headers", "none"],
    PlainValidator(words("full", "headers", "none")),
    or_reference({"enum": ["full", "headers", "none"]}),
]
_REASONS = tuple(reason.value for reason in Reason)


def _reason(value: Any) -> str:
    if isinstance(value, str) and value in _REASONS:
        return value
    if not isinstance(value, str):
        raise wrong(f"expected a reason such as timeout, not {described(value)}")
    context = {"message": f"there is no reason {value!r}", "hint": did_you_mean(value, _REASONS)}
    raise PydanticCustomError("written", "{message}", context)


ReasonName = Annotated[str, PlainValidator(_reason), or_reference({"enum": list(_REASONS)})]

_ADDRESS = re.compile(r"(?P<host>\[[0-9A-Za-z:.%_-]+\]|[A-Za-z0-9_.-]+):(?P<port>[0-9]{1,5})")
_LAST_PORT = 65535


def _address(value: Any) -> str:
    match = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    if not match or int(match["port"]) > _LAST_PORT:
        port = str(value).removeprefix(":") if isinstance(value, int | str) else ""
        possible = re.fullmatch("[0-9]{1,5}", port) and int(port) <= _LAST_PORT
        meant = f"did you mean 127.0.0.1:{port}?" if possible else ""
        seen = repr(value) if isinstance(value, str) else described(value)
        raise wrong(f"{seen} is not an address to listen on, such as 127.0.0.1:10460 or [::1]:10460", meant)
    return match[0]


Address = Annotated[str, PlainValidator(_address), WithJsonSchema({"type": "string"})]


def _web_address(text: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise wrong(f"{text!r} is not a URL such as https://checks.example.org")
    return text.rstrip("/")


WebAddress = Annotated[Plain, AfterValidator(_web_address)]


class PollKeys(Strict):
    """Repeats the step until its expectations hold."""

    short: ClassVar[str] = "every"

    every: Duration = Field(
        1.0, description="From the start of one attempt to the start of the next; at least 100ms."
    )
    within: Duration | None = Field(
        None, description="How long in all; default: as long as the timeout allows."
    )


class RetryKeys(Strict):
    """Repeats an attempt that failed."""

    short: ClassVar[str] = "attempts"

    attempts: Positive = Field(2, description="How many attempts there may be in all.")
    delay: Duration = Field(0.0, description="Between two attempts.")
    reasons: tuple[ReasonName, ...] | None = Field(
        None,
        strict=False,
        description="Which failures; default: those of the network, and only those before anything was sent where"
        " the step is not idempotent.",
    )


class StepKeys(Strict):
    """What any step may say beside its kind, its expectations and its captures."""

    step: Plain | None = Field(None, description="The step's name; default: its kind.")
    timeout: Duration | None = Field(None, description="For this step alone, polls and retries included.")
    poll: PollKeys | None = Field(None, description="Repeat the step until its expectations hold.")
    retry: RetryKeys | None = Field(None, description="Repeat the step where it failed for certain reasons.")
    always: Switch = Field(
        default=False,
        description="A clean-up: runs at the end, even after a failure, within cleanup_timeout.",
    )


class SloKeys(Strict):
    """What the probe's users were promised."""

    short: ClassVar[str] = "availability"

    availability: Ratio = Field(description="The share of runs that pass, over 30 days; such as 99.5%.")


class ProbeKeys(Strict):
    """What a probe, a template and `defaults` may set beside the steps."""

    description: Plain | None = Field(None, description="What the probe proves, for people.")
    interval: Duration = Field(30.0, description="From start to start.")
    interval_on_failure: Duration | None = Field(
        None, description="Instead of the interval while a run fails."
    )
    timeout: Duration | None = Field(
        None, description="For all but the always-steps; default: 10s, but at most 0.8 of the interval."
    )
    cleanup_timeout: Duration = Field(5.0, description="For all always-steps together.")
    fail_after: Positive = Field(2, description="Consecutive failed runs before the state is down.")
    recover_after: Positive = Field(2, description="Consecutive passes before the state is up again.")
    labels: dict[str, LabelValue] = Field(
        default_factory=dict, description="Labels of the probe's metrics; merged by key."
    )
    severity: Severity = Field("ticket", description="Who should hear of it.")
    owner: Plain | None = Field(None, description="The team that looks after the target.")
    runbook: Plain | None = Field(None, description="Where it is written what to do.")
    slo: SloKeys | None = Field(None, description="The objective that burn-rate alerts go by.")
    depends_on: Annotated[tuple[Plain, ...], LIST] = Field(
        (), description="Probes without which this one cannot pass; while one is down, this one is blocked."
    )
    aws: Plain | None = Field(
        None, description="Which of the accounts under aws its steps ask; default: the only one."
    )
    effects: Effects | None = Field(None, description="Whether a run changes something; default: worked out.")
    runs_on: RunsOn | None = Field(None, description="Which role runs it; default: worked out.")
    metrics: Detail = Field("full", description="basic leaves the phases of each step out.")
    buckets: Annotated[tuple[Duration, ...], LIST] = Field(
        (), description="Makes the duration a histogram with these upper bounds."
    )


def _account(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch("[0-9]{12}", value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong('an account is a text, as it may begin with zeros: quote it, like "123456789012"')
    raise wrong(f"expected the twelve digits of an account, not {described(value)}")


AccountId = Annotated[
    str, PlainValidator(_account), or_reference({"type": "string", "pattern": "^[0-9]{12}$"})
]

_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}")


def _role(text: str) -> str:
    if not _ROLE.fullmatch(text):
        raise wrong(f"{text!r} is not the ARN of a role, such as arn:aws:iam::123456789012:role/checker")
    return text


class AwsConfig(Strict):
    """An AWS account that probes ask, and the guard that keeps them from asking any other."""

    account: AccountId = Field(description="Its twelve digits; credentials of any other are wrong_account.")
    region: Plain | None = Field(
        None, description="The region, such as eu-west-1; default: the environment's."
    )
    role_arn: Annotated[Plain, AfterValidator(_role)] | None = Field(
        None, description="The role to take on first; default: the process's own credentials."
    )


class SecretConfig(Strict):
    """Where a secret is read from, each time that it is needed."""

    env: Plain | None = Field(None, description="The environment variable that holds it.")
    file: Plain | None = Field(None, description="The file that holds it; read again when it changes.")
    aws_secret: Plain | None = Field(None, description="The name or ARN of a secret in AWS Secrets Manager.")
    aws_parameter: Plain | None = Field(
        None, description="The name of a parameter in the AWS Systems Manager parameter store."
    )
    field_: Plain | None = Field(
        None,
        alias="field",
        description="Which key of the JSON object that the AWS secret is; default: all of it.",
    )
    stage: Plain | None = Field(
        None,
        description="Which version of the AWS secret: AWSCURRENT (the default), AWSPREVIOUS or a label of your own.",
    )
    refresh: Duration | None = Field(
        None, description="How old what was fetched from AWS may get before it is fetched anew; default 15m."
    )
    account: Plain | None = Field(
        None, description="Which of the accounts under aws it is in; default: the only one."
    )
    hosts: Annotated[tuple[Plain, ...], LIST] | None = Field(
        None, description="The only hosts that it may be sent to; default: any."
    )

    @model_validator(mode="after")
    def _one_place(self) -> "SecretConfig":
        places = [place for place in SECRET_PLACES if getattr(self, place) is not None]
        if len(places) != 1:
            raise wrong(f"a secret is in one place: {', '.join(SECRET_PLACES[:-1])} or {SECRET_PLACES[-1]}")
        for key, admitted in _SECRET_KEYS.items():
            if places[0] not in admitted and getattr(self, key) is not None:
                raise wrong(f"{key.rstrip('_')} goes with {' or '.join(admitted)}")
        return self


SECRET_PLACES = ("env", "file", "aws_secret", "aws_parameter")
_SECRET_KEYS = {
    "field_": ("aws_secret",),
    "stage": ("aws_secret",),
    "refresh": ("aws_secret", "aws_parameter"),
    "account": ("aws_secret", "aws_parameter"),
}


class ServerConfig(Strict):
    """How `checker serve` serves."""

    listen: Address = Field(
        "127.0.0.1:10460", description="The address of the status page, the API and /metrics."
    )
    metrics_listen: Address | None = Field(
        None, description="A listener of their own for /metrics, /probe, /sd and /-/…"
    )
    web_config: Plain | None = Field(
        None, description="The file with passwords and certificates, as the exporters of Prometheus have it."
    )
    external_url: WebAddress | None = Field(
        None, description="Under which people reach the status page, and targets call back."
    )
    advertise: Address | None = Field(None, description="The address that /sd gives to Prometheus.")
    reload: Switch = Field(default=False, description="Whether POST /-/reload is served.")
    schedule: Switch = Field(default=True, description="false: runs only what is asked for over /probe.")
    evidence: Evidence | None = Field(
        None, description="What is kept of failed exchanges; default: headers as a sidecar, else full."
    )
    max_in_flight: Positive = Field(100, description="How many runs may be under way at once.")
