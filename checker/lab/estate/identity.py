"""The identity provider: OpenID Connect client credentials, and introspection for those who must check a token.

Shapes: RFC 6749 (4.4 client credentials, 5.2 errors), RFC 7662 (introspection); paths as Keycloak has them.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_plus

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from checker.core.clock import Clock
from checker.lab.estate.answers import health_route, service

REALM = "lab"
TOKEN_PATH = f"/auth/realms/{REALM}/protocol/openid-connect/token"
INTROSPECTION_PATH = f"{TOKEN_PATH}/introspect"

_MOST_TOKENS = 10_000


@dataclass(frozen=True, slots=True)
class _Token:
    client: str
    expires_at: float


class Tokens:
    """The access tokens that are out, each good for `lifetime` seconds."""

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self.lifetime = lifetime
        self._clock = clock
        self._issued: dict[str, _Token] = {}

    def issue(self, client: str) -> str:
        """Return a new token of `client`; the oldest go first when there are too many."""
        while len(self._issued) >= _MOST_TOKENS:
            del self._issued[next(iter(self._issued))]
        token = secrets.token_urlsafe(32)
        self._issued[token] = _Token(client, self._clock.monotonic() + self.lifetime)
        return token

    def holder(self, token: str) -> str | None:
        """Return the client that the token was issued to, unless it is unknown or has expired."""
        known = self._issued.get(token)
        return known.client if known and self._clock.monotonic() < known.expires_at else None


def identity_provider(clients: Mapping[str, str], tokens: Tokens) -> ASGIApp:
    """Return the provider for `clients`, secrets by client id."""

    async def token(request: Request) -> Response:
        _check_realm(request)
        form = await request.form()
        client = _client(request, form, clients)
        if client is None:
            return _oauth_error(401, "invalid_client", "Invalid client or Invalid client credentials")
        if form.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "Unsupported grant_type")
        return JSONResponse(_grant(client, tokens), headers={"Cache-Control": "no-store"})

    async def introspect(request: Request) -> Response:
        _check_realm(request)
        form = await request.form()
        if _client(request, form, clients) is None:
            return _oauth_error(401, "invalid_client", "Authentication failed.")
        holder = tokens.holder(str(form.get("token", "")))
        return JSONResponse({"active": True, "client_id": holder} if holder else {"active": False})

    realm = "/auth/realms/{realm}/protocol/openid-connect/token"
    return service(
        [
            health_route("/health", {"status": "UP"}),
            Route(realm, token, methods=["POST"]),
            Route(f"{realm}/introspect", introspect, methods=["POST"]),
        ]
    )


def _check_realm(request: Request) -> None:
    if request.path_params["realm"] != REALM:
        raise HTTPException(404, "Realm does not exist")


def _client(request: Request, form: FormData, clients: Mapping[str, str]) -> str | None:
    client, secret = _basic(request) or (str(form.get("client_id", "")), str(form.get("client_secret", "")))
    known = clients.get(client)
    return client if known and secrets.compare_digest(known.encode(), secret.encode()) else None


def _basic(request: Request) -> tuple[str, str] | None:
    """RFC 6749, 2.3.1: both parts are form-encoded before they are joined."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _grant(client: str, tokens: Tokens) -> dict[str, object]:
    return {
        "access_token": tokens.issue(client),
        "expires_in": int(tokens.lifetime),
        "refresh_expires_in": 0,
        "token_type": "Bearer",
        "not-before-policy": 0,
        "scope": "profile",
    }


def _oauth_error(status: int, error: str, description: str) -> Response:
    headers = {"Cache-Control": "no-store"}
    return JSONResponse({"error": error, "error_description": description}, status, headers)
