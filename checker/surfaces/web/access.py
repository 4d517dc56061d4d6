"""Who gets in: stands before an application, and lets through what the web configuration lets through.

What is called with a token of its own (`/callbacks/…`, `/heartbeats/…`) needs no password: a target that reports the
end of its work has none, and the token is one. The same goes for the paths that the file leaves out.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from time import monotonic

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from checker.config.web import WebConfig
from checker.surfaces.web.headers import SECURITY_HEADERS
from checker.surfaces.web.passwords import Passwords, TooManyChecks

CALLED = ("/callbacks/", "/heartbeats/")
"""Beginnings of the paths that have tokens of their own in them."""

HEALTHY = "/-/healthy"

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="checker", charset="UTF-8"'}  # RFC 7617


class Door:
    """What is let through at the moment; `config` may change at any time.

    None: nothing can be used to tell friend from foe, so that nobody gets in; only that the checker is alive is told.
    """

    def __init__(self, config: WebConfig | None = None) -> None:
        self.config: WebConfig | None = WebConfig() if config is None else config
        self._passwords = Passwords()
        self._bucket = _Bucket()

    async def refusal(self, scope: Scope) -> Response | None:
        """Return what to answer to who does not get in."""
        config, path = self.config, scope["path"]
        if config is None:
            return None if path == HEALTHY else _refusal(503, "nobody gets in: see the checker's log")
        if path in config.open_paths or path.startswith(CALLED):
            return None
        if config.rate and not self._bucket.take(*config.rate, now=monotonic()):
            return _refusal(429, "too many requests", {"Retry-After": str(int(config.rate[0]) + 1)})
        return await self._unproven(config.users, scope) if config.users else None

    async def _unproven(self, users: Mapping[str, str], scope: Scope) -> Response | None:
        credentials = _credentials(scope)
        try:
            if credentials and await self._passwords.admits(users, *credentials):
                return None
        except TooManyChecks:
            return _refusal(503, "too many passwords are being checked", {"Retry-After": "5"})
        return _refusal(401, "a name and a password are needed", _CHALLENGE)


class Access:
    """Stands before `app`. Headers of the web configuration take the place of those of an answer."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        config = self._door.config
        refusal = await self._door.refusal(scope)
        into = _with(config.headers, send) if config and config.headers else send
        await (refusal or self._app)(scope, receive, into)


def _with(headers: Mapping[str, str], send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return sending


def _refusal(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status, {**SECURITY_HEADERS, **(headers or {})})


def _credentials(scope: Scope) -> tuple[str, bytes] | None:
    """Return name and password of the one Authorization header; None where there is none that is well formed."""
    found = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(found) != 1:
        return None
    scheme, _, encoded = found[0].partition(b" ")
    if scheme.lower() != b"basic":
        return None
    try:
        name, colon, password = b64decode(encoded.strip(), validate=True).partition(b":")
        return (name.decode(), password) if colon else None
    except (binascii.Error, UnicodeDecodeError):
        return None


class _Bucket:
    """A token bucket: a token each `interval` seconds, at most `burst` of them."""

    def __init__(self) -> None:
        self._full_at = 0.0

    def take(self, interval: float, burst: int, now: float) -> bool:
        full_at = max(self._full_at, now) + interval
        if full_at - now > burst * interval + 1e-9:
            return False
        self._full_at = full_at
        return True
