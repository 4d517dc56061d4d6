"""Gatus' kinds of endpoints, told apart by the scheme of the URL → kinds of steps."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from checker.importers.blackbox_parts import address
from checker.importers.bodies import lines, with_body
from checker.importers.expecting import Expectations
from checker.importers.gatus_conditions import Conditions
from checker.importers.notes import Notes, reference
from checker.importers.parts import Part
from checker.importers.requests import headers, host_of, proxy, request_url
from checker.importers.secrets import Secrets
from checker.kinds.dns import TYPES

_REDIRECTS = 10  # as many as Go's client follows
_RANDOM = re.compile(r"\[RANDOM_STRING_\d+\]")
_LOCAL = "[LOCAL_ADDRESS]"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint, and what is made of it on the way."""

    part: Part
    name: str
    group: str
    url: str
    secrets: Secrets
    notes: Notes

    def body(self) -> str:
        """Return the body with its placeholders filled in."""
        text = self.part.text_at("body")
        for placeholder, value in (("NAME", self.name), ("GROUP", self.group), ("URL", self.url)):
            text = text.replace(f"[ENDPOINT_{placeholder}]", value)
        if _RANDOM.search(text):
            self.notes.remark("[RANDOM_STRING_…] is now the id of the run, a UUID and no secret")
            text = _RANDOM.sub(reference("run.id"), text)
        if _LOCAL in text:
            self.notes.lost(f"{_LOCAL} in the body")
        return text

    def expected(self, kind: str, record: str = "") -> dict[str, Any]:
        """Return `expect` for the endpoint's conditions."""
        expect = Expectations()
        conditions = Conditions(kind, record, host_of(self.url), expect, self.secrets, self.notes)
        for text in self.part.texts_at("conditions"):
            conditions.add(text)
        made = expect.written()
        if kind == "http" and "status" not in made:
            self.notes.remark("a status of 2xx is expected as well, since no condition speaks of it")
        return {"expect": made} if made else {}

    def where(self) -> tuple[str, int] | None:
        """Return host and port of the URL; None, with a note, where it does not have both."""
        found = address(self.url.partition("://")[2].rstrip("/"))
        if found is None or found[1] is None:
            self.notes.lost("its URL has no host and port")
            return None
        return found[0], found[1]

    def tls(self) -> dict[str, Any]:
        """Return the keys of `tls` for the client."""
        client = self.part.get("client")
        made: dict[str, Any] = {}
        if client is not None and client.flag_at("insecure"):
            made["verify"] = False
        tls = client.get("tls") if client is not None else None
        if tls is not None:
            for key, ours in (("certificate-file", "cert"), ("private-key-file", "key")):
                if path := tls.text_at(key):
                    made[ours] = path
            if tls.text_at("renegotiation", "never") != "never":
                self.notes.lost("client.tls.renegotiation")
        return made


def http(endpoint: Endpoint) -> dict[str, Any]:
    """Return the keys of a probe for http:// and https://."""
    part, secrets, notes = endpoint.part, endpoint.secrets, endpoint.notes
    url, auth = request_url(endpoint.url, secrets, notes)
    host = host_of(url)
    spec: dict[str, Any] = {"url": url}
    method = part.text_at("method", "GET").upper()
    if method != "GET":
        spec["method"] = method
    given = part.get("headers")
    pairs = [(name, value.text()) for name, value in given.entries()] if given is not None else []
    kind = next((value for name, value in pairs if name.lower() == "content-type"), "")
    spec.update(headers([pair for pair in pairs if pair[0].lower() != "content-type"], secrets, host, notes))
    if auth and "auth" not in spec:
        spec["auth"] = auth
    text = endpoint.body()
    if part.flag_at("graphql"):
        spec["json"] = {"query": text}
    else:
        with_body(spec, text, kind, secrets, host, notes)
    _client(endpoint, spec)
    return {"http": spec, **endpoint.expected("http")}


def _client(endpoint: Endpoint, spec: dict[str, Any]) -> None:
    client = endpoint.part.get("client")
    if client is None or not client.flag_at("ignore-redirect"):
        spec["redirects"] = _REDIRECTS
    tls = endpoint.tls()
    if tls:
        spec["tls"] = tls
    if client is None:
        return
    through = client.text_at("proxy-url")
    made = proxy(through, "", endpoint.secrets, endpoint.notes) if through else ""
    if made:
        spec["proxy"] = made
    oauth2 = client.get("oauth2")
    if oauth2 is not None:
        if "auth" in spec:
            endpoint.notes.lost("the header Authorization, in whose place goes the token of oauth2")
        spec["auth"] = {"oauth2": _oauth2(oauth2, endpoint.secrets)}
    if client.text_at("network", "ip") != "ip":
        endpoint.notes.lost("client.network")


def _oauth2(settings: Part, secrets: Secrets) -> dict[str, Any]:
    url = settings.need("token-url").text()
    secret = secrets.hide(settings.need("client-secret").text(), "client_secret", host_of(url))
    made = {"token_url": url, "client_id": settings.need("client-id").text(), "client_secret": secret}
    scope = " ".join(settings.texts_at("scopes"))
    return {**made, "scope": scope} if scope else made


def _dns(endpoint: Endpoint) -> dict[str, Any] | None:
    settings = endpoint.part.need("dns")
    record = settings.text_at("query-type", "A").upper()
    server = address(endpoint.url)
    if record not in TYPES or server is None:
        endpoint.notes.lost(f"records of the type {record[:20]}" if server else "its URL is no name server")
        return None
    host, port = server
    bracketed = f"[{host}]" if ":" in host else host
    spec = {
        "name": settings.need("query-name").text().rstrip(".") or ".",
        "type": record,
        "server": f"{bracketed}:{port}" if port else bracketed,
    }
    return {"dns": spec, **endpoint.expected("dns", record)}


def _tcp(endpoint: Endpoint) -> dict[str, Any] | None:
    where = endpoint.where()
    if where is None:
        return None
    spec: dict[str, Any] = {"host": where[0], "port": where[1]}
    if endpoint.url.startswith("tls://"):
        spec["tls"] = endpoint.tls() or True
    text = endpoint.body()
    if text:
        spec["send"] = lines(text, endpoint.secrets, where[0])
    return {"tcp": spec, **endpoint.expected("tcp")}


def _tls(endpoint: Endpoint) -> dict[str, Any] | None:
    if endpoint.part.text_at("body"):
        return _tcp(endpoint)
    where = endpoint.where()
    if where is None:
        return None
    starttls = {"starttls": "smtp"} if endpoint.url.startswith("starttls://") else {}
    spec = {"host": where[0], "port": where[1], **starttls, **endpoint.tls()}
    return {"tls": spec, **endpoint.expected("tls")}


def _ssh(endpoint: Endpoint) -> dict[str, Any] | None:
    login = endpoint.part.get("ssh")
    if login is not None and any(login.text_at(key) for key in ("username", "password", "private-key")):
        endpoint.notes.lost("a command over SSH, which no kind runs")
        return None
    found = address(endpoint.url.partition("://")[2].rstrip("/"))
    if found is None:
        endpoint.notes.lost("its URL has no host")
        return None
    made = endpoint.expected("ssh")
    expect = {"received": {"starts_with": "SSH-"}, **made.get("expect", {})}
    return {"tcp": {"host": found[0], "port": found[1] or 22}, "expect": expect}


KINDS: dict[str, Callable[[Endpoint], dict[str, Any] | None]] = {
    "http": http,
    "https": http,
    "dns": _dns,
    "tcp": _tcp,
    "tls": _tls,
    "starttls": _tls,
    "ssh": _ssh,
}
"""By the scheme of the URL; `dns` is for endpoints that have such settings."""
