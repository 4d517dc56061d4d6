"""Two kinds of step, small enough to show what configuration makes of any."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from checker.core.facts import Fact, Shape, Unit
from checker.kinds.contract import Kind, Observe
from checker.kinds.fields import Count, Document, Duration, Plain, Scalar, Strict, Switch, Text

_FACTS = (
    Fact("status", "The status", unit=Unit.STATUS),
    Fact("headers", "The headers", shape=Shape.OPEN, ignore_case=True),
    Fact("json", "The document", shape=Shape.JSONPATH),
    Fact("body", "The text"),
    Fact("latency", "How long it took", unit=Unit.DURATION),
    Fact("timings", "The phases", shape=Shape.KEYS, keys=(Fact("dns", "The lookup", unit=Unit.DURATION),)),
)


class Tls(Strict):
    """How to speak TLS."""

    verify: Switch = Field(default=True, description="Whether to check the certificate.")
    ca: Plain | None = Field(None, description="The file with authorities.")


class HttpSpec(Strict):
    """A request."""

    url: Text = Field(description="The address.")
    method: Text = Field("GET", description="The method.")
    params: dict[str, Scalar] = Field(default_factory=dict, description="Of the query.")
    headers: dict[str, Scalar] = Field(default_factory=dict, description="Of the request.")
    form: dict[str, Scalar] = Field(default_factory=dict, description="The body.")
    json_: Document = Field(None, alias="json", description="The body.")
    tls: Tls | None = Field(None, description="How to speak TLS.")
    pause: Duration = Field(0.0, description="Before sending.")
    redirects: Count = Field(0, description="How many to follow.")
    each_address: Switch = Field(default=False, description="Whether to ask every address.")


class Http(Kind[HttpSpec]):
    """Looks like the real one."""

    name: ClassVar[str] = "http"
    Spec = HttpSpec
    facts = _FACTS

    @classmethod
    def writes(cls, spec: HttpSpec) -> bool:
        return spec.method not in ("GET", "HEAD", "OPTIONS")

    @classmethod
    def idempotent(cls, spec: HttpSpec) -> bool:
        return spec.method != "POST"

    @classmethod
    def repeats(cls, spec: HttpSpec) -> bool:
        return spec.each_address

    @classmethod
    def implied(cls, spec: HttpSpec, asserted: frozenset[str]) -> Mapping[str, object]:
        return {} if "status" in asserted else {"status": "2xx"}

    def prepare(self, spec: HttpSpec) -> Observe:
        raise NotImplementedError


class DnsSpec(Strict):
    """A question."""

    name: Text = Field(description="What to look up.")


class Dns(Kind[DnsSpec]):
    """A second kind, so that steps can name two."""

    name: ClassVar[str] = "dns"
    Spec = DnsSpec
    facts = (Fact("answers", "The answers"),)
    runs_on = "sentinel"

    def prepare(self, spec: DnsSpec) -> Observe:
        raise NotImplementedError


KINDS: dict[str, type[Kind[Any]]] = {"http": Http, "dns": Dns}
