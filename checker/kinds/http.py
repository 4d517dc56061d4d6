"""The kind `http`: a request as a user's browser, app or script sends it, and everything about the answer."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Annotated, Any, ClassVar

import httpx
from pydantic import AfterValidator, BaseModel, Field, model_validator

from checker.assertions.subjects import Selector, compile_selector
from checker.core.facts import Fact
from checker.core.reason import Phase
from checker.core.scope import Scope
from checker.core.template import Template
from checker.core.trace import Trace
from checker.kinds.aging import copied, expired
from checker.kinds.answering import observed
from checker.kinds.contract import (
    Covered,
    Kind,
    Mutation,
    Observation,
    Observe,
    SpecProblem,
    StepContext,
    Tools,
)
from checker.kinds.credentials import Auth, Proxy, SpecPath, Tls, Url, render_proxy, secret_places
from checker.kinds.each_address import NEEDS, EcsTasks, Places, task_addresses
from checker.kinds.fields import (
    LIST,
    Caching,
    Connection,
    Count,
    HttpVersion,
    IpAddress,
    IpVersion,
    Plain,
    Scalars,
    Size,
    wrong,
)
from checker.kinds.message import Message
from checker.kinds.proving import Prover
from checker.kinds.replicas import at_each, selector_problems
from checker.net.answers import FACTS
from checker.net.attempt import Asker, Recipe, attempt, bypass_query
from checker.net.auth import Tokens
from checker.net.aws.accounts import Account
from checker.net.aws.signing import SigningCredentials
from checker.net.dial import Dial
from checker.net.guard import Guard, admits, host_of, refusal
from checker.net.http import MeasuredTransport
from checker.net.private import is_credential
from checker.net.rendering import (
    Render,
    UrlTemplate,
    once,
    pairs,
    render_query,
    secret_names,
)
from checker.net.resolve import Resolver
from checker.net.session import PRIVATE, Session, copied_cookies

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_WITHOUT_BODY = frozenset({"GET", "HEAD"})  # their content has no meaning: RFC 9110, 9.3.1 and 9.3.2
_IDEMPOTENT = _READING | {"TRACE", "PUT", "DELETE"}  # RFC 9110, 9.2.2


def _method(value: str) -> str:
    if not (value.isascii() and value.isalpha() and value.isupper()):
        meant = f"did you mean {value.upper()}?" if value.isascii() and value.isalpha() else ""
        raise wrong(f"a method is written in capitals, such as GET, not {value!r}", meant)
    return value


class HttpSpec(Message):
    """A request, and how it is to be sent."""

    url: Url = Field(description="What to ask. A reference within it is one percent-encoded segment.")
    method: Annotated[Plain, AfterValidator(_method)] = Field("GET", description="The method.")
    params: Mapping[str, Scalars] = Field({}, description="Query parameters, added to those of the URL.")
    auth: Auth | None = Field(None, description="How the request proves who sends it.")
    tls: Tls | None = Field(None, description="Whom to trust, and who to be, over TLS.")
    redirects: Count = Field(0, description="How many redirects to follow; with 0 a redirect is the answer.")
    proxy: Proxy | None = Field(
        None, description="A proxy to go through, such as `http://proxy.example.org:3128`."
    )
    http_version: HttpVersion = Field("1.1", description="The version of HTTP to speak: 1.1 or 2.")
    connection: Connection = Field("fresh", description="reuse: keep the connection for the next run.")
    ip_version: IpVersion = Field("any", description="The version of IP to use: any, 4 or 6.")
    resolve: Mapping[str, IpAddress] = Field(
        {}, description="Addresses to use for names, instead of looking them up."
    )
    each_address: Places = Field(
        None, description="true: ask each address of the name; or each of a service."
    )
    same: Annotated[tuple[Mapping[str, Any], ...], LIST] = Field(
        (), description="With each_address, what must be equal at all of them, such as `json: $.version`."
    )
    cache: Caching = Field(
        "allow", description="bypass: ask past all caches; an answer out of one is a failure."
    )
    max_body: Size = Field(1 << 20, description="The largest body to take, decompressed.")

    @property
    def tasks(self) -> EcsTasks | None:
        """The tasks to ask, each at its own address."""
        return self.each_address.ecs_service if self.each_address else None

    @model_validator(mode="after")
    def _replicas(self) -> "HttpSpec":
        if self.same and not self.each_address:
            raise wrong("same compares the answers of several addresses: it needs each_address: true")
        if self.each_address and self.proxy is not None:
            raise wrong("each_address and proxy cannot go together: the proxy chooses the address")
        return self


class HttpKind(Kind[HttpSpec]):
    """Sends requests over the measured transport."""

    name: ClassVar[str] = "http"
    Spec: ClassVar[type[BaseModel]] = HttpSpec
    facts: ClassVar[tuple[Fact, ...]] = FACTS
    needs: ClassVar[tuple[str, ...]] = NEEDS  # with each_address: {ecs_service: …}

    def __init__(
        self,
        tools: Tools,
        transport: httpx.AsyncBaseTransport | None = None,
        resolver: Resolver | None = None,
    ) -> None:
        super().__init__(tools)
        self._resolver = resolver or Resolver()
        self._guard = Guard(tools.secrets)
        self._tokens = Tokens(tools.clock)
        self._session = Session(transport or MeasuredTransport(self._resolver), self._guard, tools.clock)
        self._signing = SigningCredentials()
        self._prover = Prover(self._session, self._tokens, self._guard, tools.clock, self._signing)
        self._named = tools.origins

    @classmethod
    def writes(cls, spec: HttpSpec) -> bool:
        return spec.method not in _READING

    @classmethod
    def idempotent(cls, spec: HttpSpec) -> bool:
        return spec.method in _IDEMPOTENT

    @classmethod
    def repeats(cls, spec: HttpSpec) -> bool:
        return spec.each_address is not None

    @classmethod
    def covers(cls, spec: HttpSpec) -> tuple[Covered, ...]:
        return spec.tasks.covered if spec.tasks else ()

    @classmethod
    def runs(cls, spec: HttpSpec) -> str:
        return "sentinel" if spec.tasks else cls.runs_on

    @classmethod
    def of_account(cls, spec: HttpSpec, name: str) -> HttpSpec:
        each = spec.each_address and spec.each_address.of_account(name)
        return spec.model_copy(update={"each_address": each})

    def asks(self, spec: HttpSpec) -> Iterator[Account]:
        return spec.each_address.asks(self.tools) if spec.each_address else iter(())

    @classmethod
    def implied(cls, spec: HttpSpec, asserted: frozenset[str]) -> Mapping[str, object]:
        return {} if "status" in asserted else {"status": "2xx"}

    @classmethod
    def files(cls, spec: HttpSpec) -> Iterator[str]:
        return spec.uploaded_files()

    @classmethod
    def mutations(cls, spec: HttpSpec, seen: Observation) -> Iterator[Mutation]:
        yield from expired(seen, verified=spec.tls is None or spec.tls.verify)
        yield from copied(seen)

    def doubts(self, spec: HttpSpec) -> Iterator[SpecProblem]:
        for path, message in spec.tls.absent(self.tools.base_directory) if spec.tls else ():
            yield ("tls", *path), message
        if spec.method in _WITHOUT_BODY:
            for name in spec.bodies():
                yield (name,), f"most servers ignore the body of a {spec.method}: is method: POST meant?"

    def problems(self, spec: HttpSpec, restricted: Mapping[str, frozenset[str]]) -> Iterator[SpecProblem]:
        yield from _misplaced_secrets(spec, restricted)
        yield from selector_problems(spec.same, FACTS)
        yield from spec.unreadable_files(self.tools.base_directory)
        if spec.tls and (why := spec.tls.unusable(self.tools.base_directory, spec.http_version)):
            yield ("tls",), why
        if spec.each_address:
            yield from spec.each_address.problems(self.tools)

    def prepare(self, spec: HttpSpec) -> Observe:
        template = UrlTemplate.of(spec.url)
        if template.literal_origin:
            self._named |= {template.literal_origin}
        send = partial(attempt, self._recipe(spec), self._session)
        url, dial = self._url(spec, template), self._dial(spec)
        selectors = tuple(compile_selector(raw, FACTS) for raw in spec.same)
        if spec.tasks:
            self.tools.aws.load()

        async def ask(asker: Asker) -> Observation:
            return observed(await send(asker))

        async def observe(context: StepContext) -> Observation:
            asker = Asker(
                context.probe,
                context.scope,
                url(context.scope),
                dial(context.scope, context.trace),
                context.exchanges,
                context.run_state,
                self._named,
            )
            if spec.each_address:
                return await self._at_each(context, asker, ask, selectors, spec.tasks)
            return observed(await send(asker))

        return observe

    async def _at_each(
        self,
        context: StepContext,
        asker: Asker,
        ask: Callable[[Asker], Awaitable[Observation]],
        selectors: tuple[Selector, ...],
        tasks: EcsTasks | None,
    ) -> Observation:
        dial = replace(asker.dial, port=tasks.port if tasks else None)
        find = partial(task_addresses, self.tools, tasks) if tasks else partial(self._addresses, asker)
        places = await find(context.trace)

        def at(name: str, own: Trace) -> Awaitable[Observation]:
            cookies = copied_cookies(asker.state)  # what one replica sets is no business of the others
            return ask(replace(asker, dial=replace(dial, address=places[name], trace=own), state=cookies))

        redact = self.tools.secrets.redactor(asker.scope.secret_captures)
        return await at_each(places, at, context, selectors, redact)

    async def _addresses(self, asker: Asker, trace: Trace) -> dict[str, str]:
        dial, host = asker.dial, asker.url.raw_host.decode("ascii")
        with trace.phase(Phase.DNS):
            fixed = (dial.resolve or {}).get(host)
            found = (fixed,) if fixed else await self._resolver.resolve(host, dial.ip_version)
        return {address: address for address in found}

    def _url(self, spec: HttpSpec, template: UrlTemplate) -> Render[httpx.URL]:
        fields = pairs(spec.params)
        query = once(partial(render_query, fields), fields)
        if spec.cache == "bypass":
            return lambda scope: template.render(scope, self._named, query(scope), bypass_query())
        return once(lambda scope: template.render(scope, self._named, query(scope)), spec.url, fields)

    def _dial(self, spec: HttpSpec) -> Callable[[Scope, Trace], Dial]:
        settings: dict[str, Any] = {
            "server_name": spec.tls.server_name if spec.tls else None,
            "resolve": spec.resolve or None,
            "ip_version": spec.ip_version,
            "max_body": spec.max_body,
            "connection": spec.connection,
            "http_version": spec.http_version,
        }
        through: Render[Any] = once(lambda scope: render_proxy(spec.proxy, scope, self._named), spec.proxy)
        proxy = through if spec.proxy else None
        trust = spec.tls.trust(self.tools.base_directory, spec.http_version) if spec.tls else None

        def dial(scope: Scope, trace: Trace) -> Dial:
            url, login = proxy(scope) if proxy else (None, None)
            ssl = trust(scope) if trust else None
            return Dial(trace=trace, ssl=ssl, proxy=url, proxy_auth=login, **settings)

        return dial

    def _recipe(self, spec: HttpSpec) -> Recipe:
        secret = {name.lower() for name, value in spec.headers.items() if any(secret_names(value))}
        key = spec.auth.api_key.header if spec.auth and spec.auth.api_key else None
        return Recipe(
            method=spec.method,
            headers=spec.rendered_headers(),
            own=frozenset(name.lower().encode() for name in spec.headers),
            credentials=frozenset(name.lower().encode() for name in spec.headers if is_credential(name)),
            body=spec.rendered_body(self.tools.base_directory),
            cookies=spec.rendered_cookies() if spec.cookies else None,
            prove=self._prover.prove(spec.auth) if spec.auth else None,
            redirects=spec.redirects,
            private=PRIVATE | secret | ({key.lower()} if key else set()),
            bypass=spec.cache == "bypass",
            agent=f"checker/{self.tools.version}",
        )

    async def aclose(self) -> None:
        await self._tokens.aclose()
        await self._signing.aclose()
        await self._session.aclose()
        await self._resolver.aclose()


def _misplaced_secrets(spec: HttpSpec, restricted: Mapping[str, frozenset[str]]) -> Iterator[SpecProblem]:
    for path, name in secret_places(spec) if restricted else ():
        host = _receiver(spec, path)
        if name in restricted and host and not admits(restricted[name], host):
            yield path, refusal(name, restricted[name], host)


def _receiver(spec: HttpSpec, path: SpecPath) -> str | None:
    """Return the host that is sent what stands at `path`; None where that is not known before the run."""
    if path[0] == "tls":
        return None  # a key is used, not sent
    if path[0] == "proxy":
        return host_of(httpx.URL(spec.proxy)) if isinstance(spec.proxy, str) else _literal_host(spec.proxy)
    if path[:2] == ("auth", "oauth2") and spec.auth and spec.auth.oauth2:
        return _literal_host(spec.auth.oauth2.token_url)
    return _literal_host(spec.url)


def _literal_host(url: str | Template | None) -> str | None:
    origin = UrlTemplate.of(url).literal_origin if url is not None else None
    return host_of(httpx.URL(origin)) if origin else None
