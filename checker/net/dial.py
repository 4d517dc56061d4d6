"""From a URL to a connection: whom to dial, through what, and how the connection is to be.

Each part is timed: `dns`, `connect` (through a proxy up to its consent), `tls`.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Literal

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.record import record
from checker.core.trace import Trace
from checker.net.parser import Answer
from checker.net.race import connect
from checker.net.readiness import readiness
from checker.net.request import Header, head
from checker.net.resolve import IpVersion, Resolver, is_metadata, known_addresses
from checker.net.tls import HttpVersion, tls_context
from checker.net.wire import Wire

_PORTS = {"http": 80, "https": 443}


@record(frozen=True, slots=True)
class Dial:
    """How one request is to be made; a step hands it over as `request.extensions["checker"]`.

    `ssl` is from `tls_context` and must be of the same `http_version`; None means the defaults. `resolve`,
    `address` and `ip_version` are about what is dialled: with a proxy, the proxy. `metadata` is whether a name may
    lead to a link-local address or a cloud's metadata service.
    """

    trace: Trace = field(default_factory=Trace)
    ssl: SSLContext | None = None
    server_name: str | None = None  # for SNI and for the certificate, in place of the URL's host
    resolve: Mapping[str, str] | None = None  # host → address
    address: str | None = None  # dial just this one
    port: int | None = None  # at this port, and not at the URL's
    ip_version: IpVersion = "any"
    proxy: httpx.URL | None = None  # from `proxy_url`
    proxy_auth: tuple[str, str] | None = None  # user and password
    max_body: int = 1 << 20  # bytes, on the wire and decoded
    connection: Literal["fresh", "reuse"] = "fresh"
    http_version: HttpVersion = "1.1"
    metadata: bool = True


def proxy_url(text: str) -> tuple[httpx.URL, tuple[str, str] | None]:
    """Return a proxy's URL, and the user and password that were in it; raises ValueError, for the user to read."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"not a URL: {error}") from None
    if url.scheme != "http" or not url.host:
        raise ValueError(f"a proxy is written http://host:port; {url.scheme or 'no scheme'} is not supported")
    return url.copy_with(username=None, password=None), (url.username, url.password) if url.userinfo else None


@dataclass(frozen=True, slots=True)
class Route:
    """Where a request goes: the origin, and what is dialled for it."""

    scheme: str
    host: str
    port: int
    dial: Dial

    @property
    def forwarded(self) -> bool:
        """Whether a proxy is asked for the whole URL, rather than for a tunnel."""
        return self.dial.proxy is not None and self.scheme == "http" and self.dial.http_version == "1.1"

    @property
    def proxy_headers(self) -> tuple[Header, ...]:
        """The credentials for the proxy."""
        if self.dial.proxy_auth is None:
            return ()
        credentials = base64.b64encode(":".join(self.dial.proxy_auth).encode())
        return ((b"Proxy-Authorization", b"Basic " + credentials),)

    @property
    def key(self) -> tuple[object, ...]:
        """What two requests must have in common to use the same connection."""
        dial = self.dial
        origin = () if self.forwarded else (self.scheme, self.host, self.port, dial.ssl, dial.server_name)
        where = (dial.address or self._resolved, dial.port)
        return (*origin, *where, dial.ip_version, dial.metadata, dial.proxy, dial.proxy_auth)

    @property
    def dialled(self) -> tuple[str, int]:
        """The host and port to connect to: the proxy's, or the origin's."""
        proxy = self.dial.proxy
        if proxy:
            return proxy.host, proxy.port or _PORTS["http"]
        return self.host, self.dial.port or self.port

    @property
    def _resolved(self) -> str | None:
        return self.dial.resolve.get(self.dialled[0]) if self.dial.resolve else None


def route(url: httpx.URL, dial: Dial) -> Route:
    """Return the way to `url`; raises Trouble(protocol) for what is not http or https."""
    scheme, host = url.scheme, url.raw_host.decode("ascii")
    if scheme not in _PORTS or not host:
        raise Trouble(
            Reason.PROTOCOL, f"{scheme or 'no scheme'}: only http and https URLs with a host can be asked"
        )
    return Route(scheme, host, url.port or _PORTS[scheme], dial)


async def open_wire(way: Route, resolver: Resolver) -> Wire:
    """Return a new connection for `way`, TLS included; raises Trouble."""
    dial = way.dial
    host, port = way.dialled
    addresses = await _addresses(host, dial, resolver)
    ready = readiness()
    sock, address = await connect(addresses, port, dial.trace, ready)
    wire = Wire(sock, address, port, ready)
    try:
        if dial.proxy is not None and not way.forwarded:
            await _tunnel(wire, way)
        if way.scheme == "https":
            context = dial.ssl or tls_context(http_version=dial.http_version)
            await wire.start_tls(context, dial.server_name or way.host.rstrip("."), dial.trace)
    except BaseException:
        wire.close()
        raise
    return wire


async def reach(
    host: str, port: int, trace: Trace, resolver: Resolver, ip_version: IpVersion = "any"
) -> Wire:
    """Return a new connection to a host and port, in plain text as yet; raises Trouble."""
    addresses = await _addresses(host, Dial(trace, ip_version=ip_version), resolver)
    sock, address = await connect(addresses, port, trace)
    return Wire(sock, address, port)


async def _addresses(host: str, dial: Dial, resolver: Resolver) -> tuple[str, ...]:
    given = dial.address or (dial.resolve.get(host) if dial.resolve else None)
    if known := known_addresses(given or host, dial.ip_version):
        return known
    if given:
        raise Trouble(Reason.DNS, f"{given!r} is not an address")
    with dial.trace.phase(Phase.DNS):
        found = await resolver.resolve(host, dial.ip_version)
    return found if dial.metadata or dial.proxy is not None else _elsewhere(host, found)


def _elsewhere(host: str, addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the addresses of a name, which the file does not have, that anybody may send the checker to."""
    allowed = tuple(address for address in addresses if not is_metadata(address))
    if not allowed:
        why = f"redirected to {host}, which is at {addresses[0]}, a link-local address that the file does not name"
        raise Trouble(Reason.REDIRECT_LIMIT, why)
    return allowed


async def _tunnel(wire: Wire, way: Route) -> None:
    """Have the proxy connect us through. All of it counts as `connect`: only then can the origin be spoken to."""
    target = f"[{way.host}]:{way.port}" if ":" in way.host else f"{way.host}:{way.port}"
    request = head(b"CONNECT", target.encode(), [(b"Host", target.encode()), *way.proxy_headers])
    answer = Answer("CONNECT", f"proxy {wire.peer}", max_body=0)
    with way.dial.trace.phase(Phase.CONNECT):
        try:
            await wire.exchange(request, answer.feed, Trace())
        except OSError as error:
            raise answer.broken(error) from error
        finally:
            answer.let_go()
        if not 200 <= answer.status < 300:
            raise _not_through(answer, target, wire.peer)


def _not_through(answer: Answer, target: str, proxy: str) -> Trouble:
    said = f"{answer.status} {answer.reason_phrase.decode('latin-1')}".strip()
    if answer.status in {401, 403, 407}:
        return Trouble(Reason.AUTH_REJECTED, f"proxy {proxy} refused to connect to {target}: {said}")
    return Trouble(Reason.UNREACHABLE, f"proxy {proxy} could not connect to {target}: {said}")
