"""From credentials as they are configured to the auth flow of one attempt."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import httpx

from checker.core.clock import Clock
from checker.core.template import Escape, Template, as_text
from checker.core.trace import Trace
from checker.kinds.credentials import ApiKey, Auth, Login, OAuth2, SigV4
from checker.net.attempt import Asker, Prove
from checker.net.auth import (
    DigestAuth,
    Grant,
    HeaderAuth,
    QueryAuth,
    SignedAuth,
    TokenAuth,
    Tokens,
    basic_auth,
)
from checker.net.aws.signing import SigningCredentials
from checker.net.guard import Guard
from checker.net.rendering import UrlTemplate, one_line, render_text, secret_names
from checker.net.session import Call, Session
from checker.net.sigv4 import Credentials, Signer


@dataclass(frozen=True, slots=True)
class Prover:
    """Turns `auth` into what makes the auth flow of one attempt."""

    session: Session
    tokens: Tokens
    guard: Guard
    clock: Clock
    signing: SigningCredentials

    def prove(self, auth: Auth) -> Prove:
        """Return the maker of auth flows; whatever it renders is redacted like a secret."""
        make: Callable[[Any], Prove] = getattr(self, f"_{auth.form}")
        return make(getattr(auth, auth.form))

    def _basic(self, login: Login) -> Prove:
        return lambda asker: basic_auth(
            render_text(login.username, asker.scope), _private(login.password, asker)
        )

    def _bearer(self, token: str | Template) -> Prove:
        return lambda asker: HeaderAuth("Authorization", f"Bearer {_private(token, asker, one_line)}")

    def _digest(self, login: Login) -> Prove:
        secrets = tuple(secret_names((login.username, login.password)))

        def prove(asker: Asker) -> httpx.Auth:
            self.guard.check_names(
                secrets, asker.url
            )  # what is sent is a hash, in which no value can be found
            return DigestAuth(
                render_text(login.username, asker.scope, one_line), _private(login.password, asker)
            )

        return prove

    def _api_key(self, key: ApiKey) -> Prove:
        def prove(asker: Asker) -> httpx.Auth:
            value = _private(key.value, asker, one_line)
            return HeaderAuth(key.header, value) if key.header else QueryAuth(key.query or "", value)

        return prove

    def _sigv4(self, settings: SigV4) -> Prove:
        signer = Signer(settings.service, settings.region)

        def prove(asker: Asker) -> httpx.Auth:
            return SignedAuth(signer, self.clock.wall, lambda: self._credentials(asker))

        return prove

    async def _credentials(self, asker: Asker) -> Credentials:
        found = await self.signing.get(asker.dial.trace)
        asker.scope.secret_captures.update(part for part in (found.secret_key, found.token) if part)
        return found

    def _oauth2(self, settings: OAuth2) -> Prove:
        def prove(asker: Asker) -> httpx.Auth:
            return TokenAuth(self._token(_grant(settings, asker), asker))

        return prove

    def _token(self, grant: Grant, asker: Asker) -> Callable[[str | None], Awaitable[str]]:
        async def post(
            url: str, form: Mapping[str, str], headers: Mapping[str, str], trace: Trace
        ) -> httpx.Response:
            dial = replace(asker.dial, trace=trace)
            beside = Call(dial, asker.exchanges, secrets=asker.scope.secret_captures)
            return await self.session.post(url, form, headers, beside)

        async def token(rejected: str | None) -> str:
            value = await self.tokens.get(grant, post, asker.dial.trace, rejected)
            asker.scope.secret_captures.add(value)
            return value

        return token


def _private(value: str | Template, asker: Asker, escape: Escape = as_text) -> str:
    text = render_text(value, asker.scope, escape)
    asker.scope.secret_captures.add(text)
    return text


def _grant(settings: OAuth2, asker: Asker) -> Grant:
    def open_text(value: str | Template | None) -> str | None:
        return None if value is None else render_text(value, asker.scope)

    def private(value: str | Template | None) -> str | None:
        return None if value is None else _private(value, asker)

    url = UrlTemplate.of(settings.token_url).render(asker.scope, asker.named)
    if url.userinfo:
        asker.scope.secret_captures.add(url.password or url.username)
    return Grant(
        str(url),
        render_text(settings.client_id, asker.scope),
        private(settings.client_secret),
        open_text(settings.scope),
        open_text(settings.audience),
        open_text(settings.username),
        private(settings.password),
    )
