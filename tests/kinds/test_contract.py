"""What every kind promises: its spec, its page and its test, and how it behaves when things go wrong."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast, get_args

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from checker.core.errors import Trouble
from checker.core.facts import Fact, Shape
from checker.core.scope import Scope
from checker.core.template import Reference, Template
from checker.core.trace import Trace
from checker.kinds import KINDS, build
from checker.kinds.amazon import AwsKind
from checker.kinds.contract import Kind, Observe, StepContext, Tools
from checker.kinds.fields import Strict
from checker.net.aws.calls import Aws
from checker.secrets.store import SecretStore
from tests.cloud import asking
from tests.net.loopback import Script, serving

ROOT = Path(__file__).parents[2]
Target = Callable[[int], dict[str, Any]]

AIMED: Mapping[str, Target] = {
    "http": lambda port: {"url": f"http://127.0.0.1:{port}/"},
    "dns": lambda port: {"name": "a.example.org", "server": f"127.0.0.1:{port}"},
    "tcp": lambda port: {"host": "127.0.0.1", "port": port, "tls": True},
    "tls": lambda port: {"host": "127.0.0.1", "port": port},
    "callback": lambda port: {},
    "heartbeat": lambda port: {"every": "1h", "token": Template((Reference("secret", "beat"),))},
    "aws_identity": lambda port: {},
    "aws_secret": lambda port: {"secret": "prod/key"},
    "sqs_queue": lambda port: {"queue": "forms"},
    "target_group": lambda port: {"name": "web"},
    "alarms": lambda port: {},
    "aws": lambda port: {"service": "ecs", "operation": "ListServices"},
    "ecs_service": lambda port: {"cluster": "prod", "service": "app"},
    "ecs_task": lambda port: {},
    "ecs_inventory": lambda port: {"cluster": "prod", "services": ["app"]},
}
"""For each kind a spec that makes it speak to a port on loopback, and be content with none of `ANSWERS`."""

CALLED = frozenset({"callback", "heartbeat"})
"""The kinds that speak to nobody: others call."""

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
every_asking_kind = pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name not in CALLED], ids=lambda kind: kind.name
)


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield a model and all that its fields consist of."""
    yield model
    for field in model.model_fields.values():
        for inner in inner_models(field.annotation):
            yield from models(inner)


def inner_models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from inner_models(argument)


def fields(kind: type[Kind[Any]]) -> Iterator[tuple[str, FieldInfo]]:
    for model in models(kind.Spec):
        for name, field in model.model_fields.items():
            yield f"{model.__name__}.{name}", field


def facts(declared: tuple[Fact, ...]) -> Iterator[Fact]:
    for fact in declared:
        yield fact
        yield from facts(fact.keys)


class Nothing(Strict):
    """A spec without keys."""


class Bare(Kind[Nothing]):
    """A kind that says nothing of itself."""

    name = "bare"
    Spec = Nothing
    facts = ()

    def prepare(self, spec: Nothing) -> Observe:
        raise NotImplementedError


async def test_what_a_kind_need_not_say() -> None:
    bare, spec = Bare(Tools(SecretStore({}))), Nothing()
    assert (False, True, False) == (bare.writes(spec), bare.idempotent(spec), bare.repeats(spec))
    assert bare.implied(spec, frozenset()) == {}
    assert (0.0, []) == (bare.waits(spec), list(bare.problems(spec, {})))
    assert () == bare.covers(spec)
    assert ([], []) == (list(bare.files(spec)), list(bare.doubts(spec)))
    assert bare.runs_on == bare.runs(spec) == "any"
    await bare.aclose()


# What it is


def test_what_asks_for_the_platforms_view_is_no_users_path() -> None:
    asking = {kind.name for kind in KINDS if issubclass(kind, AwsKind)}
    assert asking | {"ecs_task"} == {kind.name for kind in KINDS if kind.inspects}


def test_names_are_unique() -> None:
    names = [kind.name for kind in KINDS]
    assert len(set(names)) == len(names)
    assert list(build(Tools(SecretStore({})))) == names


@every_kind
def test_the_spec_is_frozen_and_admits_no_unknown_key(kind: type[Kind[Any]]) -> None:
    for model in models(kind.Spec):
        config = model.model_config
        assert (True, "forbid", True) == (config.get("frozen"), config.get("extra"), config.get("strict")), (
            model
        )
    with pytest.raises(ValidationError):
        kind.Spec.model_validate({**AIMED[kind.name](1), "no_such_key": 1})


@every_kind
def test_every_field_is_described_in_the_schema(kind: type[Kind[Any]]) -> None:
    assert [] == [name for name, field in fields(kind) if not (field.description or "").endswith(".")]
    assert kind.Spec.model_json_schema()["properties"].keys() == {
        field.alias or name for name, field in kind.Spec.model_fields.items()
    }


@every_kind
def test_every_fact_is_described(kind: type[Kind[Any]]) -> None:
    assert [] == [fact.name for fact in facts(kind.facts) if not fact.description.endswith(".")]
    assert [] == [fact.name for fact in facts(kind.facts) if (fact.shape is Shape.KEYS) != bool(fact.keys)]
    names = [fact.name for fact in kind.facts]
    assert len(set(names)) == len(names)


@every_kind
def test_it_has_a_test_and_a_page(kind: type[Kind[Any]]) -> None:
    assert (ROOT / f"checker/kinds/{kind.name}.py").is_file()
    assert (ROOT / f"tests/kinds/test_{kind.name}.py").is_file()
    page = (ROOT / f"docs/kinds/{kind.name}.md").read_text()
    keys = [field.alias or name for name, field in kind.Spec.model_fields.items()]
    assert [] == [key for key in keys if f"`{key}`" not in page], "keys that the page does not speak of"
    assert [] == [fact.name for fact in kind.facts if f"`{fact.name}" not in page], (
        "facts that it does not speak of"
    )


# How it behaves


@asynccontextmanager
async def prepared(kind: type[Kind[Any]], port: int) -> AsyncIterator[Callable[[], Any]]:
    """Yield what does the kind's step, aimed at a port."""
    made = kind(Tools(SecretStore({}), aws=Aws(delays=(0.0,))))
    observe = made.prepare(made.Spec.model_validate(AIMED[kind.name](port)))

    def step() -> Any:
        scope = Scope(SecretStore({}).read, {"id": "", "started_at": ""})
        return observe(StepContext("probe", "step", scope, Trace()))

    with asking(f"http://127.0.0.1:{port}"), pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECS_CONTAINER_METADATA_URI_V4", f"http://127.0.0.1:{port}/v4")
        try:
            yield step
        finally:
            await made.aclose()


class Datagrams(asyncio.DatagramProtocol):
    """Answers every datagram with the same, if with anything."""

    def __init__(self, called: asyncio.Event, answer: bytes | None) -> None:
        self._called = called
        self._answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._called.set()
        if self._answer is not None:
            self._transport.sendto(self._answer or b"\0", addr)  # asyncio before 3.13 sends no empty ones


@asynccontextmanager
async def listening(script: Script, called: asyncio.Event, answer: bytes | None) -> AsyncIterator[int]:
    """Yield a port on which `script` is served over TCP, and `answer` over UDP."""
    async with serving(script) as server:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Datagrams(called, answer), local_addr=("127.0.0.1", server.port)
        )
        try:
            yield server.port
        finally:
            transport.close()


@every_asking_kind
async def test_it_lets_itself_be_cancelled_at_once(kind: type[Kind[Any]]) -> None:
    called = asyncio.Event()

    async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        called.set()
        await asyncio.Event().wait()

    async with listening(be_silent, called, None) as port, prepared(kind, port) as step:
        task = asyncio.create_task(step())
        await called.wait()
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()


@every_kind
async def test_nobody_there_is_trouble(kind: type[Kind[Any]]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    async with prepared(kind, port) as step:
        with pytest.raises(Trouble):
            await step()


ANSWERS = (
    b"",
    b"\x00\xff" * 100,
    b"220 mail.example.org ready\r\n",
    b"HTTP/1.1 200 OK\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nplain",
    b"\x15\x03\x01\x00\x02\x02\x28",
)


@every_kind
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: repr(answer[:12]))
async def test_no_foreign_exception_escapes(kind: type[Kind[Any]], answer: bytes) -> None:
    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(answer)
        await writer.drain()

    async with listening(reply, asyncio.Event(), answer) as port, prepared(kind, port) as step:
        with pytest.raises(Trouble):
            await step()
