"""The security of an operation → what proves who sends the request, with references for all that is secret."""

from typing import Any

from checker.importers.notes import Notes
from checker.importers.openapi_refs import resolved
from checker.importers.parts import Part
from checker.importers.requests import host_of
from checker.importers.secrets import Secrets


class Security:
    """Turns requirements of one document into keys of the kind `http`."""

    def __init__(self, root: Part, secrets: Secrets) -> None:
        self._root = root
        self._secrets = secrets
        components = root.get("components")
        self._schemes = components.get("securitySchemes") if components is not None else None

    def prove(self, operation: Part, host: str, spec: dict[str, Any], notes: Notes) -> None:
        """Add to a spec what the first of the alternatives wants; nothing where one of them is to be nobody."""
        raw = operation.get("security")
        raw = self._root.get("security") if raw is None else raw
        alternatives = list(raw.items()) if raw is not None else []
        if not alternatives or any(not each.whole() for each in alternatives):
            return
        if len(alternatives) > 1:
            notes.remark(f"{len(alternatives)} ways to prove who asks; this is the first one")
        for name, scopes in alternatives[0].entries():
            scheme = self._scheme(name)
            if scheme is None:
                notes.lost(f"the security scheme {name}, which the document does not have")
            else:
                self._apply(name, scheme, [item.text() for item in scopes.several()], host, spec, notes)

    def _scheme(self, name: str) -> Part | None:
        raw = self._schemes.get(name) if self._schemes is not None else None
        return resolved(raw, self._root) if raw is not None else None

    def _apply(
        self, name: str, scheme: Part, scopes: list[str], host: str, spec: dict[str, Any], notes: Notes
    ) -> None:
        kind = scheme.need("type").text()
        if kind == "apiKey":
            self._key(scheme, host, spec)
            return
        auth = self._auth(name, kind, scheme, scopes, host, notes)
        if not auth:
            notes.lost(f"the security scheme {name} ({kind})")
        elif "auth" in spec:
            notes.lost(f"the security scheme {name}, beside another one")
        else:
            spec["auth"] = auth

    def _key(self, scheme: Part, host: str, spec: dict[str, Any]) -> None:
        name, where = scheme.need("name").text(), scheme.need("in").text()
        value = self._secrets.missing(name, host)
        if where == "cookie":
            spec.setdefault("cookies", {})[name] = value
        elif where in ("header", "query") and "auth" not in spec:
            spec["auth"] = {"api_key": {where: name, "value": value}}
        else:
            spec.setdefault("headers" if where == "header" else "params", {})[name] = value

    def _auth(
        self, name: str, kind: str, scheme: Part, scopes: list[str], host: str, notes: Notes
    ) -> dict[str, Any]:
        if kind == "http":
            form = scheme.need("scheme").text().lower()
            if form in ("basic", "digest"):
                missing = self._secrets.missing
                return {form: {"username": missing("username", host), "password": missing("password", host)}}
            return {"bearer": self._secrets.missing("token", host)} if form == "bearer" else {}
        if kind == "oauth2":
            return self._oauth2(name, scheme, scopes, host, notes)
        if kind == "openIdConnect":
            notes.lost(
                f"how a token is fetched for {name} (OpenID Connect): give one, or write auth: {{oauth2: …}}"
            )
            return {"bearer": self._secrets.missing("token", host)}
        return {}

    def _oauth2(self, name: str, scheme: Part, scopes: list[str], host: str, notes: Notes) -> dict[str, Any]:
        flows = scheme.need("flows")
        for key in ("clientCredentials", "password"):
            flow = flows.get(key)
            url = flow.text_at("tokenUrl") if flow is not None else ""
            if url.startswith(("http://", "https://")):
                return {"oauth2": self._grant(url, scopes, with_user=key == "password")}
        notes.lost(f"how a person signs in for {name} (OAuth 2): give a token, or write auth: {{oauth2: …}}")
        return {"bearer": self._secrets.missing("token", host)}

    def _grant(self, url: str, scopes: list[str], *, with_user: bool) -> dict[str, Any]:
        host, missing = host_of(url), self._secrets.missing
        made = {
            "token_url": url,
            "client_id": missing("client_id", host),
            "client_secret": missing("client_secret", host),
        }
        if scopes:
            made["scope"] = " ".join(scopes)
        if with_user:
            made |= {"username": missing("username", host), "password": missing("password", host)}
        return made
