"""Where requests may go, and what they may take with them.

Every request passes here just before it is sent: those of steps and of token endpoints, each hop of a redirect,
each round of an authentication. A secret that is restricted to hosts never leaves for another one, in whatever
spelling.
"""

from collections.abc import Iterable, Mapping

import httpx

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.dial import Dial
from checker.net.request import headers_of
from checker.secrets.redaction import Redactor
from checker.secrets.store import SecretStore


def host_of(url: httpx.URL) -> str:
    """Return the host as `hosts` of a secret writes it: lower case, without brackets or a closing dot."""
    return url.raw_host.decode("ascii").lower().strip("[]").rstrip(".")


def admits(hosts: frozenset[str] | None, host: str) -> bool:
    """Return whether a secret with these `hosts` may be sent to `host`."""
    return hosts is None or host in {named.lower().strip("[]").rstrip(".") for named in hosts}


def refusal(name: str, hosts: Iterable[str], host: str) -> str:
    """Return the sentence for a secret on its way to the wrong host."""
    return f"secret {name} may only be sent to {', '.join(sorted(hosts))}, not {host}"


class Guard:
    """Holds outgoing requests against the restrictions of secrets."""

    __slots__ = ("_finders", "_secrets")

    def __init__(self, secrets: SecretStore) -> None:
        self._secrets = secrets
        self._finders: Mapping[str, Redactor] = {}

    def check(self, host: str, parts: Iterable[bytes]) -> None:
        """Raise Trouble(secret_unavailable) where `parts` hold a secret that may not be sent to `host`."""
        restricted = self._secrets.restricted()
        barred = [(name, value, hosts) for name, value, hosts in restricted if not admits(hosts, host)]
        if not barred:
            return
        data = b"\n".join(parts)
        for name, value, hosts in barred:
            if self._finder(value).finds(data):
                raise Trouble(Reason.SECRET_UNAVAILABLE, refusal(name, hosts, host))

    def check_request(self, request: httpx.Request, dial: Dial) -> None:
        """Check a request against its host, and what a proxy can read of it against the proxy's host."""
        if not self._secrets.restricted():
            return
        self.check(host_of(request.url), _parts(request))
        if dial.proxy is not None:
            readable = _parts(request) if request.url.scheme == "http" else ()
            credentials = (part.encode() for part in dial.proxy_auth or ())
            self.check(host_of(dial.proxy), (*readable, *credentials))

    def check_names(self, names: Iterable[str], url: httpx.URL) -> None:
        """Raise Trouble where a secret of `names`, whose value is never sent as such, may not serve `url`'s host."""
        for name in names:
            hosts = self._secrets.hosts(name)
            if hosts is not None and not admits(hosts, host_of(url)):
                raise Trouble(Reason.SECRET_UNAVAILABLE, refusal(name, hosts, host_of(url)))

    def _finder(self, value: str) -> Redactor:
        finder = self._finders.get(value)
        if finder is None:
            known = {value for _, value, _ in self._secrets.restricted()}
            kept = {value: finder for value, finder in self._finders.items() if value in known}
            finder = Redactor([value])
            self._finders = {**kept, value: finder}
        return finder


def _parts(request: httpx.Request) -> tuple[bytes, ...]:
    headers = (b"%s: %s" % pair for pair in headers_of(request))
    return (str(request.url).encode(), *headers, request.content)
