"""The kind `callback`: waits for others to call the run's one-time address, which earlier steps have told them."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, Field

from checker.core.duration import format_duration
from checker.core.errors import Trouble
from checker.core.facts import Fact, Facts, Lazy, Shape, Unit
from checker.core.outcome import Exchange
from checker.core.reason import Phase, Reason
from checker.core.template import Reference
from checker.core.trace import Errand, Trace
from checker.kinds.contract import Kind, Mutation, Observation, Observe, StepContext
from checker.kinds.fields import Duration, Strict, some_time
from checker.net.callbacks import BODY, Address, Delivery, Headers, too_large
from checker.net.decode import decode
from checker.net.documents import decode_json, decode_text
from checker.net.peer import latency_fact

_URL = Reference("callback", "url")

_WAITING = Errand("waiting for a callback", Reason.CALLBACK_MISSING, own=False)

_TOLERATED = 0.1
"""The part of `within` by which its end may come late; more, and the checker stood still, with deliveries unread."""


class CallbackSpec(Strict):
    """How long to wait for the next delivery."""

    within: Annotated[Duration, AfterValidator(some_time)] | None = Field(
        None, description="How long to wait; default: as long as the timeout allows."
    )


class CallbackKind(Kind[CallbackSpec]):
    """Takes the deliveries of a run one after the other, in the order in which they come."""

    name: ClassVar[str] = "callback"
    Spec: ClassVar[type[BaseModel]] = CallbackSpec
    facts: ClassVar[tuple[Fact, ...]] = (
        Fact("method", "The method of the delivery."),
        Fact("headers", "The headers of the delivery, by name in any case.", Shape.OPEN, ignore_case=True),
        Fact("body", "The body as text, by the charset that it claims, else as UTF-8."),
        Fact("size", "The size of the body, decompressed.", unit=Unit.SIZE),
        Fact("json", "What a JSONPath (RFC 9535) selects in the body.", Shape.JSONPATH),
        latency_fact("From the moment at which the run first used its address to the end of the delivery."),
        Fact("count", "How many deliveries have come to the run so far, this one included."),
    )

    @classmethod
    def waits(cls, spec: CallbackSpec) -> float:
        return spec.within or 0.0

    @classmethod
    def mutations(cls, spec: CallbackSpec, seen: Observation) -> Iterator[Mutation]:
        def see() -> Observation:
            raise Trouble(Reason.CALLBACK_MISSING, "no callback came")

        yield Mutation("no_callback", "a callback that never comes", see)

    def prepare(self, spec: CallbackSpec) -> Observe:
        async def observe(context: StepContext) -> Observation:
            address = self._address(context)
            delivery = await self._next(address, spec.within, context.trace)
            context.exchanges.append(self._evidence(address, delivery))
            if delivery.body is None:
                raise too_large()
            return Observation(_facts(address, delivery, delivery.body))

        return observe

    def _address(self, context: StepContext) -> Address:
        address = self.tools.callbacks.find(str(context.scope.lookup(_URL)))
        if address is None:
            raise Trouble(Reason.INTERNAL, "the run's address is gone before the run is over")
        return address

    async def _next(self, address: Address, within: float | None, trace: Trace) -> Delivery:
        began = self.tools.clock.monotonic()
        trace.errand = _WAITING
        try:
            with trace.phase(Phase.WAIT):
                async with asyncio.timeout(within):
                    return await self.tools.callbacks.next(address)
        except TimeoutError:
            raise self._missing(within or 0.0, self.tools.clock.monotonic() - began, address) from None
        finally:
            trace.errand = None

    def _missing(self, within: float, waited: float, address: Address) -> Trouble:
        limit = format_duration(within)
        if waited > within * (1 + _TOLERATED):
            message = f"the {limit} to wait for a callback passed {format_duration(waited - within)} late"
            return Trouble(Reason.OVERLOADED, f"{message}: the checker itself stood still")
        before = f", beside the {address.count} that had come before" if address.count else ""
        return Trouble(Reason.CALLBACK_MISSING, f"no callback came within {limit}{before}")

    def _evidence(self, address: Address, delivery: Delivery) -> Exchange:
        """Return the delivery as an exchange, the other way round: others asked, and the checker answered."""
        clock = self.tools.clock
        return Exchange(
            method=delivery.method,
            url=address.url,
            request_headers=delivery.headers,
            request_body=delivery.body or b"",
            status=413 if delivery.body is None else 200,
            started_at=clock.wall() - (clock.monotonic() - delivery.at),
        )


def _facts(address: Address, delivery: Delivery, sent: bytes) -> Facts:
    headers = _joined(delivery.headers)
    body = _decoded(sent, headers.get("content-encoding", ""))
    content_type = headers.get("content-type", "")
    return Facts(
        {
            "method": delivery.method,
            "headers": headers,
            "body": Lazy(lambda: decode_text(body, content_type)),
            "size": len(body),
            "json": Lazy(lambda: decode_json(body, content_type)),
            "latency": delivery.at - address.opened_at,
            "count": address.count,
        }
    )


def _joined(headers: Headers) -> dict[str, str]:
    """Return the values of each header in one, as RFC 9110, 5.3, has it."""
    joined: dict[str, str] = {}
    for name, value in headers:
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _decoded(body: bytes, codings: str) -> bytes:
    try:
        return decode(body, codings, BODY)
    except Trouble as trouble:
        raise Trouble(trouble.reason, f"the callback cannot be read: {trouble.message}") from trouble
