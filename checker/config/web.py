"""The web configuration file: who may ask this checker, and how what they ask and get is encrypted.

It has the format that the exporters of Prometheus share (exporter-toolkit, docs/web-configuration.md), so that what
people have for those serves here. What cannot be done here is an error at its place, and never left out in silence.
No line of the file is ever shown, as it may hold a password.
"""

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator

from checker.config.document import read_document, read_text
from checker.config.nodes import Mapping, at
from checker.config.problems import Problem, Problems
from checker.config.sources import Unreadable, read_file
from checker.config.validation import validated
from checker.core.errors import ConfigurationError
from checker.kinds.fields import LIST, Count, Duration, Plain, Strict, Switch, described, words, wrong
from checker.net.serving import CLIENTS, SUITES, VERSIONS, ServerTls, Settings, Unusable, server_context

MOST_COST = 16
"""Of a bcrypt hash. One more doubles the time that a check takes: 16 are about 5 s, in which nobody else gets in."""

_HASH = re.compile(
    r"\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}"
)  # 128 bits end with one of four
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_UNSAFE = ("RequestClientCert", "RequireAnyClientCert")


def _client_auth(value: Any) -> str:
    if value in _UNSAFE:
        raise wrong(
            f"{value} is not supported: it verifies nothing", "RequireAndVerifyClientCert lets nobody else in"
        )
    return words(*CLIENTS)(value)


def _suite(value: Any) -> str:
    if value not in SUITES:
        raise wrong(f"{value!r} is no cipher suite of TLS 1.2 that is safe; those of 1.3 are always on")
    return str(value)


class TlsServer(Strict):
    """How connections are encrypted, and which clients have to show a certificate."""

    cert_file: Plain
    key_file: Plain
    client_auth_type: Annotated[str, PlainValidator(_client_auth)] = "NoClientCert"
    client_ca_file: Plain | None = None
    client_allowed_sans: Annotated[tuple[Plain, ...], LIST] = ()
    min_version: Annotated[str, PlainValidator(words(*VERSIONS))] = "TLS12"
    max_version: Annotated[str, PlainValidator(words(*VERSIONS))] = "TLS13"
    cipher_suites: Annotated[tuple[Annotated[str, PlainValidator(_suite)], ...], LIST] = ()
    prefer_server_cipher_suites: Switch = True

    def settings(self, directory: FilePath) -> Settings:
        """Return what the context is made of; names of files are relative to a directory."""
        if VERSIONS[self.max_version] < VERSIONS[self.min_version]:
            raise Unusable("max_version", f"this is less than the min_version, {self.min_version}")
        if self.client_allowed_sans and self.client_auth_type != "RequireAndVerifyClientCert":
            why = "it would not be looked at; set client_auth_type to RequireAndVerifyClientCert"
            raise Unusable("client_allowed_sans", why)
        authority = directory / self.client_ca_file if self.client_ca_file is not None else None
        return Settings(
            directory / self.cert_file,
            directory / self.key_file,
            self.client_auth_type,
            authority,
            self.min_version,
            self.max_version,
            self.cipher_suites,
            self.prefer_server_cipher_suites,
        )


def _header(text: str) -> str:
    if _CONTROL.search(text):
        raise wrong("a header cannot hold a line break or another control character")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise wrong("a header holds no such characters") from None
    return text


HeaderText = Annotated[Plain, AfterValidator(_header)]


class Headers(Strict):
    """Headers of every answer, in the place of the checker's own; the format knows no others."""

    content_security_policy: HeaderText | None = Field(None, alias="Content-Security-Policy")
    x_frame_options: Annotated[str, PlainValidator(words("deny", "sameorigin"))] | None = Field(
        None, alias="X-Frame-Options"
    )
    x_content_type_options: Annotated[str, PlainValidator(words("nosniff"))] | None = Field(
        None, alias="X-Content-Type-Options"
    )
    x_xss_protection: HeaderText | None = Field(None, alias="X-XSS-Protection")
    strict_transport_security: HeaderText | None = Field(None, alias="Strict-Transport-Security")


class HttpServer(Strict):
    """`http2` is a permission, and not made use of: the checker speaks HTTP/1.1."""

    http2: Switch = True
    headers: Headers = Field(default_factory=Headers)


class RateLimit(Strict):
    """A token bucket over all requests that need a password, or would: one each `interval`, `burst` at once."""

    interval: Duration
    burst: Count


def _hash(value: Any) -> str:
    """Never with the value: it may be the password itself."""
    match = _HASH.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        seen = "another text" if isinstance(value, str) else described(value)
        raise wrong(f"expected a bcrypt hash, such as `htpasswd -nBC 10 ''` writes, not {seen}")
    if not 4 <= int(match[1]) <= MOST_COST:
        raise wrong(
            f"the cost of a hash is from 4 to {MOST_COST} here, not {int(match[1])}; 10 to 12 are usual"
        )
    return str(value)


def _path(text: str) -> str:
    if not text.startswith("/") or _CONTROL.search(text):
        raise wrong("expected a path such as /-/healthy")
    return text


class WebFile(Strict):
    """The whole file."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = Field(default_factory=HttpServer)
    basic_auth_users: dict[str, Annotated[str, PlainValidator(_hash)]] = Field(default_factory=dict)
    auth_excluded_paths: Annotated[tuple[Annotated[Plain, AfterValidator(_path)], ...], LIST] = ()
    rate_limit: RateLimit | None = None


@dataclass(frozen=True, slots=True)
class WebConfig:
    """What a web configuration file comes to; by default everything is open, as without a file.

    `users` have a bcrypt hash by name. `rate` is seconds between two requests, and how many may come at once; None:
    any. `files` are all that were read, to be watched.
    """

    tls: ServerTls | None = None
    users: Map[str, str] = field(default_factory=dict, repr=False)
    headers: Map[str, str] = field(default_factory=dict)
    open_paths: frozenset[str] = frozenset()
    rate: tuple[float, int] | None = None
    files: tuple[FilePath, ...] = ()


class InvalidWebConfiguration(ConfigurationError):
    """The file cannot be used; `files` are to be watched until it can."""

    def __init__(self, problems: Problems, files: tuple[FilePath, ...]) -> None:
        super().__init__("\n".join(_told(problem) for problem in problems))
        self.files = files


def _told(problem: Problem) -> str:
    """Return a problem with its place, but without the line that stands there."""
    place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
    return str(replace(problem, file=place, line=0, column=0, source_line=""))


def read_web_config(path: FilePath) -> WebConfig:
    """Read a web configuration file and the certificates that it names; raises InvalidWebConfiguration."""
    problems = Problems()
    root = _document(path, problems)
    model = validated(WebFile, root, problems) if root else None
    if root is None or model is None:
        raise InvalidWebConfiguration(problems, (path,))
    directory = path.resolve().parent
    files = (path, *_files(model.tls_server_config, directory))
    tls = _tls(model.tls_server_config, directory, root, problems)
    if problems:
        raise InvalidWebConfiguration(problems, files)
    headers = model.http_server_config.headers.model_dump(by_alias=True, exclude_none=True)
    rate = model.rate_limit
    return WebConfig(
        tls,
        model.basic_auth_users,
        {name: value for name, value in headers.items() if value},
        frozenset(model.auth_excluded_paths),
        (rate.interval, rate.burst) if rate and rate.interval else None,
        files,
    )


def _document(path: FilePath, problems: Problems) -> Mapping | None:
    try:
        raw = read_file(str(path), path)
    except Unreadable as error:
        raise InvalidWebConfiguration(_one(str(path), str(error)), (path,)) from None
    source = read_text(raw.name, raw.data, problems)
    return read_document(source, problems, "a mapping such as basic_auth_users: {…}") if source else None


def _one(file: str, message: str) -> Problems:
    problems = Problems()
    problems.note(Problem(file, 0, 0, message))
    return problems


def _tls(model: TlsServer | None, directory: FilePath, root: Mapping, problems: Problems) -> ServerTls | None:
    if model is None:
        return None
    try:
        return ServerTls(server_context(model.settings(directory)), frozenset(model.client_allowed_sans))
    except Unusable as error:
        problems.add(at(root, ("tls_server_config", error.setting)).place, str(error))
        return None


def _files(model: TlsServer | None, directory: FilePath) -> Iterator[FilePath]:
    if model is not None:
        for name in (model.cert_file, model.key_file, model.client_ca_file):
            if name is not None:
                yield directory / name
