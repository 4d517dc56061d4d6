"""URLs, credentials and TLS as checks.yaml writes them, for every kind that speaks HTTP."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from ssl import SSLContext
from typing import Annotated, Any

import httpx
from pydantic import AfterValidator, BaseModel, Field, PlainValidator, WithJsonSchema, model_validator

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.scope import Scope
from checker.core.template import Template
from checker.kinds.fields import Plain, Strict, Switch, Text, TlsVersion, described, exactly_one, wrong
from checker.net.dial import proxy_url
from checker.net.rendering import (
    NO_SCOPE,
    TOKEN,
    Render,
    UrlTemplate,
    has_references,
    once,
    references,
    render_text,
    secret_names,
)
from checker.net.tls import HttpVersion, Settings, context_of

SpecPath = tuple[str | int, ...]

_BARE = re.compile(r"(?P<host>localhost|[\w-]+(?:\.[\w-]+)+)(?P<port>:\d{1,5})?(?:[/?][^@]*)?", re.ASCII)
_PEM = "-----BEGIN "


def _url(value: Any) -> str | Template:
    if not isinstance(value, str | Template):
        raise wrong(f"expected a URL, not {described(value)}")
    try:
        UrlTemplate.of(value)
    except ValueError as error:
        raise wrong(str(error), _whole_url(value)) from None
    return value


def _whole_url(value: str | Template) -> str:
    """Return a question with the URL that lacks nothing but its scheme; empty for anything else."""
    bare = _BARE.fullmatch(value) if isinstance(value, str) else None
    if not bare:
        return ""
    local = bare["port"] or bare["host"] == "localhost" or bare["host"].startswith("127.")
    return f"did you mean {'http' if local else 'https'}://{value}?"


Url = Annotated[str | Template, PlainValidator(_url), WithJsonSchema({"type": "string"})]
"""An http or https URL, which may hold run-time references."""


def _proxy(value: str | Template) -> str | Template:
    if isinstance(value, str):
        try:
            proxy_url(value)
        except ValueError as error:
            raise wrong(str(error)) from None
    return value


Proxy = Annotated[Text, AfterValidator(_proxy)]


def render_proxy(
    value: str | Template | None, scope: Scope, named: frozenset[str]
) -> tuple[httpx.URL | None, tuple[str, str] | None]:
    """Return a proxy's URL, and the user and password for it; `named` are the origins that a capture may choose from.

    Raises Trouble.
    """
    if value is None:
        return None, None
    text = value if isinstance(value, str) else str(UrlTemplate.of(value).render(scope, named))
    try:
        return proxy_url(text)
    except ValueError as error:
        own = all(reference.namespace == "secret" for reference in references(value))
        reason = Reason.SECRET_UNAVAILABLE if own else Reason.CAPTURE_MISSING
        raise Trouble(reason, f"{value}: {error}") from None


def header_name(value: str) -> str:
    """Check the name of a header; a validator."""
    if not TOKEN.fullmatch(value):
        raise wrong(f"{value!r} cannot be the name of a header")
    return value


class Login(Strict):
    """A user name and a password."""

    username: Text = Field(description="The user's name.")
    password: Text = Field(description="The user's password, such as `${secret.password}`.")


class ApiKey(Strict, json_schema_extra=exactly_one("header", "query")):
    """A key that goes into a header or a query parameter."""

    header: Annotated[Plain, AfterValidator(header_name)] | None = Field(
        None, description="The header that carries the key, such as `X-API-Key`."
    )
    query: Plain | None = Field(None, description="The query parameter that carries the key.")
    value: Text = Field(description="The key, such as `${secret.api_key}`.")

    @model_validator(mode="after")
    def _one_place(self) -> "ApiKey":
        if (self.header is None) == (self.query is None):
            raise wrong("an API key goes either into a header or into a query parameter")
        return self


class OAuth2(Strict):
    """A token from an OAuth 2 endpoint, by client credentials or, with a user name, by the password grant."""

    token_url: Url = Field(description="The token endpoint.")
    client_id: Text = Field(description="The client's id.")
    client_secret: Text | None = Field(None, description="The client's secret; a public client has none.")
    scope: Text | None = Field(None, description="What the token is to be good for, separated by blanks.")
    audience: Text | None = Field(None, description="Who the token is for, where the endpoint wants to know.")
    username: Text | None = Field(None, description="The user's name, for the password grant.")
    password: Text | None = Field(None, description="The user's password, for the password grant.")

    @model_validator(mode="after")
    def _whole_login(self) -> "OAuth2":
        if (self.username is None) != (self.password is None):
            raise wrong("username and password go together")
        return self


class SigV4(Strict):
    """An AWS signature, with the credentials that the AWS SDKs would find: variables, profiles, roles."""

    service: Plain = Field(description="The service's name in signatures, such as `es` or `execute-api`.")
    region: Plain = Field(description="The region, such as `eu-west-1`.")


FORMS = ("basic", "bearer", "digest", "api_key", "oauth2", "sigv4")


class Auth(Strict, json_schema_extra=exactly_one(*FORMS)):
    """How a request proves who sends it; one of the forms."""

    basic: Login | None = Field(None, description="HTTP Basic.")
    bearer: Text | None = Field(None, description="A token, such as one captured by an earlier step.")
    digest: Login | None = Field(None, description="HTTP Digest.")
    api_key: ApiKey | None = Field(None, description="A key in a header or a query parameter.")
    oauth2: OAuth2 | None = Field(
        None, description="A token that is fetched first, and shared between probes."
    )
    sigv4: SigV4 | None = Field(None, description="AWS Signature Version 4.")

    @model_validator(mode="after")
    def _one_form(self) -> "Auth":
        if sum(getattr(self, form) is not None for form in FORMS) != 1:
            raise wrong(f"expected one of {', '.join(FORMS)}")
        return self

    @property
    def form(self) -> str:
        """Which of the forms it is."""
        return next(form for form in FORMS if getattr(self, form) is not None)


class Tls(Strict):
    """Whom to trust, and who to be, when the connection is encrypted."""

    verify: Switch = Field(
        default=True, description="false: accept any certificate, expired or of another host."
    )
    ca: Text | None = Field(
        None, description="File with the authorities to trust in place of the system's, or PEM."
    )
    cert: Text | None = Field(None, description="File with the client's certificate and its chain, or PEM.")
    key: Text | None = Field(
        None, description="File with the client's key, or PEM, such as `${secret.client_key}`."
    )
    server_name: Plain | None = Field(
        None, description="The name to ask for and to verify, in place of the URL's host."
    )
    min_version: TlsVersion = Field("1.2", description="The oldest version to speak: 1.2 or 1.3.")

    @model_validator(mode="after")
    def _key_with_cert(self) -> "Tls":
        if self.key is not None and self.cert is None:
            raise wrong("a key needs a cert")
        return self

    def is_at_hand(self, directory: Path) -> bool:
        """Whether all files are there already; where the file is checked, those of its place may not be."""
        return not has_references([self.ca, self.cert, self.key]) and not any(self.absent(directory))

    def absent(self, directory: Path) -> Iterator[tuple[SpecPath, str]]:
        """Yield which of the files are not there: a doubt, as the checker may be meant to run in another place."""
        for name in ("ca", "cert", "key"):
            source = getattr(self, name)
            if source is None or has_references(source) or str(source).startswith(_PEM):
                continue
            # A name that no file can have is not there; Path.exists() would raise.
            if not os.path.exists(directory / str(source)):  # noqa: PTH110
                yield (name,), f"there is no such file here: {directory / str(source)}"

    def unusable(self, directory: Path, http_version: HttpVersion | None) -> str | None:
        """Return what is wrong with the files that are at hand."""
        if self.is_at_hand(directory):
            try:
                self.trust(directory, http_version)(NO_SCOPE)
            except Trouble as trouble:
                return trouble.message
        return None

    def trust(self, directory: Path, http_version: HttpVersion | None) -> Render[SSLContext]:
        """Return what gives each run its context: another one only where one of the files has changed.

        File names are relative to `directory`. It raises Trouble.
        """
        files = self.ca, self.cert, self.key

        def settings(scope: Scope) -> Settings:
            ca, cert, key = (_file(name, scope, directory) for name in files)
            return Settings(self.verify, ca, cert, key, self.min_version, http_version)

        known = once(settings, files)
        return lambda scope: context_of(known(scope))


def _file(value: str | Template | None, scope: Scope, directory: Path) -> str | None:
    if value is None:
        return None
    text = render_text(value, scope)
    return text if text.startswith(_PEM) else str(directory / text)


def secret_places(value: object, path: SpecPath = ()) -> Iterator[tuple[SpecPath, str]]:
    """Yield where in a spec which secrets are referred to: path and name."""
    if isinstance(value, BaseModel):
        value = {
            field.alias or name: getattr(value, name) for name, field in type(value).model_fields.items()
        }
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from secret_places(item, (*path, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from secret_places(item, (*path, index))
    else:
        yield from ((path, name) for name in secret_names(value))
