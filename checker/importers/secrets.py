"""What may be secret, and the references that stand for it.

Rather too much is taken for secret than too little: a reference too many costs a variable, a password that ends up in
a repository costs more. A value that was found once is also found wherever else it stands.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from checker.importers.notes import REFERENCE, Note, Noted, Unusable, reference, shown
from checker.secrets.redaction import Redactor

SEARCHED = 8
"""Characters from which on a secret is searched for everywhere: a shorter one may be a part of any word."""

_MOST = 500  # secrets of one input: each is searched for in all of it

_WORDS = frozenset(
    {
        *(
            "apikey",
            "auth",
            "authorization",
            "assertion",
            "authkey",
            "bearer",
            "cookie",
            "credential",
            "csrf",
        ),
        *("jwt", "key", "nonce", "otp", "pass", "passcode", "passphrase", "passwd", "password", "pin", "pwd"),
        *(
            "secret",
            "session",
            "sessionid",
            "sid",
            "sig",
            "signature",
            "token",
            "xsrf",
            "accesskey",
            "authtoken",
        ),
        *("accesstoken", "clientsecret", "phpsessid", "jsessionid", "credentials", "pw", "hmac"),
    }
)
_EXAMPLES = frozenset(
    {"password", "username", "client_id", "client_secret", "secret_token", "my_secret", "changeme"}
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:eyJ[\w-]{5,}\.[\w-]+\.[\w-]*"  # a JSON Web Token
    r"|(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|sk[-_]|pk_live_|AKIA|ASIA|AIza|ya29\.)[\w.-]{8,})"
)
_RANDOM = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[\w+/=~-]{24,}")


def is_sensitive(name: str) -> bool:
    """Whether a header, parameter, field or cookie of this name holds a secret."""
    words = [word.lower() for word in re.split(r"[^A-Za-z0-9]+", _CAMEL.sub("_", name)) if word]
    return any(word in _WORDS or word.removesuffix("s") in _WORDS for word in words)


def looks_secret(value: str) -> bool:
    """Whether a value looks like a token or has one in it, whatever it is called."""
    return bool(_TOKEN.search(value) or _RANDOM.fullmatch(value)) or "-----BEGIN " in value


@dataclass(slots=True)
class _Known:
    """A secret: where it will be read from, what it is, for people, and which hosts it was sent to (None: any)."""

    source: dict[str, str]
    about: str
    hosts: set[str] | None

    def sent_to(self, host: str) -> None:
        if not host:
            self.hosts = None
        elif self.hosts is not None:
            self.hosts.add(host)


class Secrets:
    """Hands out references in the place of secret values, and knows what must not be written anywhere."""

    def __init__(self) -> None:
        self._names: dict[tuple[str, str], str] = {}
        self._known: dict[str, _Known] = {}

    def hide(self, value: str, name: str, host: str = "") -> str:
        """Return a reference to a value; `name` says what it is, `host` whom it is sent to.

        An empty value stays as it is, and so do the references that are in it already.
        """
        if not REFERENCE.search(value):
            return self._given(("value", value), name, host) if value else value
        pieces = REFERENCE.split(value)
        return "".join(
            reference(piece) if index % 2 else self.hide(piece, name, host)
            for index, piece in enumerate(pieces)
        )

    def unless_plain(self, value: str, name: str, host: str = "") -> str:
        """Return a reference where a name or a value is that of a secret, else the value."""
        return self.hide(value, name, host) if is_sensitive(name) or looks_secret(value) else value

    def missing(self, name: str, host: str = "") -> str:
        """Return a reference to a value that the input does not have."""
        return self._given(("name", f"{host} {name}"), name, host)

    def from_file(self, path: str, name: str, host: str = "") -> str:
        """Return a reference to what a file holds."""
        return self._given(("file", path), name, host)

    def from_variable(self, variable: str) -> str:
        """Return a reference to an environment variable."""
        return self._given(("env", variable), variable, "")

    def _given(self, key: tuple[str, str], name: str, host: str) -> str:
        known = self._names.get(key)
        if known is None:
            if len(self._known) >= _MOST:
                raise Unusable(f"there are more than {_MOST} secrets in it; import it in parts")
            known = self._names[key] = self._named(name if key[0] == "env" else f"{host}_{name}")
            kind, value = key
            source = {kind: value} if kind in ("file", "env") else {"env": known.upper()}
            self._known[known] = _Known(source, name, set())
        self._known[known].sent_to(host)
        return reference(f"secret.{known}")

    def _named(self, text: str) -> str:
        base = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60] or "secret"
        base = name = f"host_{base}" if base[0].isdigit() else base
        number = 1
        while name in self._known:
            number += 1
            name = f"{base}_{number}"
        return name

    def section(self, used: Iterable[str]) -> dict[str, Any]:
        """Return `secrets` of checks.yaml, for the names that are in use."""
        wanted = frozenset(used)
        return {name: _written(known) for name, known in self._known.items() if name in wanted}

    def variables(self, used: Iterable[str]) -> tuple[str, ...]:
        """Return the environment variables that somebody has to set."""
        sources = (self._known[name].source for name in used if name in self._known)
        return tuple(dict.fromkeys(source["env"] for source in sources if "env" in source))

    def _values(self) -> Iterator[tuple[str, str]]:
        found = [(value, name) for (kind, value), name in self._names.items() if kind == "value"]
        yield from sorted(found, key=lambda each: -len(each[0]))

    def redactor(self) -> Redactor:
        """Return what strikes out the values that are long enough to be told from a word."""
        return Redactor(value for value, _ in self._values() if _is_searched(value))

    def replaced(self, text: str, host: str) -> str:
        """Return a text that is sent to a host with references in the place of values that were found elsewhere."""
        for value, name in self._values():
            if text == value or (_is_searched(value) and value in text):
                self._known[name].sent_to(host)
                pieces = REFERENCE.split(text)
                text = "".join(
                    reference(piece) if index % 2 else piece.replace(value, reference(f"secret.{name}"))
                    for index, piece in enumerate(pieces)
                )
        return text


def _is_searched(value: str) -> bool:
    return len(value) >= SEARCHED and value.lower() not in _EXAMPLES


def _written(known: _Known) -> Noted:
    hosts = sorted(known.hosts or ())
    about = f"{known.about}, sent to {', '.join(hosts)}" if hosts else known.about
    return Noted({**known.source, **({"hosts": hosts} if hosts else {})}, (Note(shown(about), lost=False),))
