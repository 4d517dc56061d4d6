"""The prober `http` of blackbox_exporter → the kind `http`."""

import re
from typing import Any

from checker.importers.blackbox_parts import ip_version, tls_keys
from checker.importers.bodies import with_body
from checker.importers.expecting import Expectations
from checker.importers.notes import Notes
from checker.importers.parts import Part
from checker.importers.requests import authorization, basic, headers, host_of, proxy, request_url
from checker.importers.secrets import Secrets

_REDIRECTS = 10  # as many as Go's client follows
_SIZE = re.compile(r"(\d{1,9})(B|[KMG]i?B)?", re.IGNORECASE)
_SIZES = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}  # both KB and KiB are 1024 there
_VERSIONS = {"HTTP/1.1": 1.1, "HTTP/2.0": 2, "HTTP/2": 2}


def http_probe(settings: Part, target: str, secrets: Secrets, notes: Notes) -> dict[str, Any]:
    """Return the keys of a probe for a module and a target."""
    url, auth = request_url(target if "://" in target else f"http://{target}", secrets, notes)
    host = host_of(url)
    expect = Expectations()
    spec: dict[str, Any] = {"url": url}
    method = settings.text_at("method", "GET").upper()
    if method != "GET":
        spec["method"] = method
    pairs = _header_pairs(settings, secrets, host, notes)
    kind = next((value for name, value in pairs if name.lower() == "content-type"), "")
    spec.update(headers([pair for pair in pairs if pair[0].lower() != "content-type"], secrets, host, notes))
    _authenticate(settings, spec, auth, secrets, host, notes)
    _body(settings, spec, kind, secrets, host, notes)
    _way(settings, spec, secrets, notes)
    _answers(settings, spec, expect, notes)
    _contents(settings, expect, notes)
    made = expect.written()
    return {"http": spec, **({"expect": made} if made else {})}


def _header_pairs(settings: Part, secrets: Secrets, host: str, notes: Notes) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    given = settings.get("headers")
    for name, value in given.entries() if given is not None else ():
        pairs.append((name, value.text()))
    several = settings.get("http_headers")
    for name, values in several.entries() if several is not None else ():
        found = [
            *values.texts_at("values"),
            *(secrets.hide(text, name, host) for text in values.texts_at("secrets")),
            *(secrets.from_file(path, name, host) for path in values.texts_at("files")),
        ]
        pairs += [(name, value) for value in found[-1:]]
        if len(found) > 1:
            notes.remark(
                f"http_headers.{name}: of several values the last one is sent, as blackbox_exporter does"
            )
    return pairs


def _authenticate(
    settings: Part, spec: dict[str, Any], auth: dict[str, Any], secrets: Secrets, host: str, notes: Notes
) -> None:
    login, oauth2 = settings.get("basic_auth"), settings.get("oauth2")
    if login is not None:
        auth = _basic(login, secrets, host)
    if oauth2 is not None:
        auth = {"oauth2": _oauth2(oauth2, secrets, notes)}
    token = _authorization(settings, secrets, host)
    if token:
        found, header = authorization(token, secrets, host)
        auth = found or auth
        if header:
            spec.setdefault("headers", {})["Authorization"] = header
    if auth and "auth" not in spec:
        spec["auth"] = auth
    elif auth:
        notes.lost("a second way to prove who asks, beside the header Authorization")


def _secret(part: Part, key: str, name: str, secrets: Secrets, host: str) -> str:
    """Return a reference to what stands under a key, or in the file that `KEY_file` names; "" where neither is."""
    text, path = part.text_at(key), part.text_at(f"{key}_file")
    if text:
        return secrets.hide(text, name, host)
    return secrets.from_file(path, name, host) if path else ""


def _basic(login: Part, secrets: Secrets, host: str) -> dict[str, Any]:
    path = login.text_at("username_file")
    user = secrets.from_file(path, "username", host) if path else login.text_at("username")
    return basic(user, _secret(login, "password", "password", secrets, host), secrets, host)


def _authorization(settings: Part, secrets: Secrets, host: str) -> str:
    given = settings.get("authorization")
    if given is not None:
        kind = given.text_at("type", "Bearer")
        credentials = _secret(given, "credentials", "token", secrets, host)
        return f"{kind} {credentials}" if credentials else ""
    token = _secret(settings, "bearer_token", "token", secrets, host)
    return f"Bearer {token}" if token else ""


def _oauth2(settings: Part, secrets: Secrets, notes: Notes) -> dict[str, Any]:
    url = settings.need("token_url").text()
    host = host_of(url)
    made = {"token_url": url, "client_id": settings.need("client_id").text()}
    if secret := _secret(settings, "client_secret", "client_secret", secrets, host):
        made["client_secret"] = secret
    if scopes := settings.texts_at("scopes"):
        made["scope"] = " ".join(scopes)
    params = settings.get("endpoint_params")
    for name, value in params.entries() if params is not None else ():
        if name == "audience":
            made["audience"] = value.text()
        elif name != "grant_type" or value.text() != "client_credentials":
            notes.lost(f"oauth2.endpoint_params.{name}")
            value.whole()
    return made


def _body(settings: Part, spec: dict[str, Any], kind: str, secrets: Secrets, host: str, notes: Notes) -> None:
    text, path = settings.text_at("body"), settings.text_at("body_file")
    if path:
        notes.lost(f"the body from the file {path}: put its text in the place of REPLACE")
        text = "REPLACE"
    with_body(spec, text, kind, secrets, host, notes)


def _way(settings: Part, spec: dict[str, Any], secrets: Secrets, notes: Notes) -> None:
    tls = tls_keys(settings.get("tls_config"), secrets, notes)
    if tls:
        spec["tls"] = tls
    following = settings.flag_at("follow_redirects", default=True)
    if following and not settings.flag_at("no_follow_redirects"):
        spec["redirects"] = _REDIRECTS
    if version := ip_version(settings):
        spec["ip_version"] = version
    settings.ignore("skip_resolve_phase_with_proxy")  # a name behind a proxy is the proxy's to look up
    through = settings.text_at("proxy_url")
    made = proxy(through, "", secrets, notes) if through else ""
    if made:
        spec["proxy"] = made
    _limit(settings, spec, notes)


def _limit(settings: Part, spec: dict[str, Any], notes: Notes) -> None:
    text = settings.text_at("body_size_limit", "0").replace(" ", "")
    size = _SIZE.fullmatch(text)
    if not size:
        notes.lost("body_size_limit, which is no size")
    elif int(size[1]):
        spec["max_body"] = int(size[1]) * _SIZES[(size[2] or "")[:1].lower()]


def _answers(settings: Part, spec: dict[str, Any], expect: Expectations, notes: Notes) -> None:
    codes = settings.get("valid_status_codes")
    valid = [code.number() for code in codes.several()] if codes is not None else []
    if valid:
        expect.add(valid if len(valid) > 1 else valid[0], "status")
    _http_versions(settings, spec, expect, notes)
    for option, scheme in (("fail_if_ssl", "http://"), ("fail_if_not_ssl", "https://")):
        if settings.flag_at(option):
            expect.add({"starts_with": scheme}, "url")
    compression = settings.text_at("compression")
    if compression and compression != "identity":
        sent = spec.setdefault("headers", {})
        if not any(name.lower() == "accept-encoding" for name in sent):
            sent["Accept-Encoding"] = compression
        expect.add({"contains": compression}, "headers", "content-encoding")


def _http_versions(settings: Part, spec: dict[str, Any], expect: Expectations, notes: Notes) -> None:
    settings.ignore("enable_http2")  # which version is spoken is said by http_version
    if settings.flag_at("enable_http3"):
        notes.lost("enable_http3: HTTP/2 and 1.1 are spoken")
    listed = settings.texts_at("valid_http_versions")
    known = list(dict.fromkeys(_VERSIONS[version] for version in listed if version in _VERSIONS))
    notes.lost_all((version for version in listed if version not in _VERSIONS), ", of valid_http_versions")
    if known:
        expect.add(known if len(known) > 1 else known[0], "http_version")
        if 1.1 not in known:
            spec["http_version"] = 2


def _contents(settings: Part, expect: Expectations, notes: Notes) -> None:
    for option in ("fail_if_body_json_matches_cel", "fail_if_body_json_not_matches_cel"):
        if settings.get(option) is not None:
            notes.lost(f"{option}: write what it means below json, such as $.status: ok")
    for pattern in settings.texts_at("fail_if_body_matches_regexp"):
        expect.add({"not_matches": pattern}, "body")
    for pattern in settings.texts_at("fail_if_body_not_matches_regexp"):
        expect.add({"matches": pattern}, "body")
    for option, operator in (
        ("fail_if_header_matches", "not_matches"),
        ("fail_if_header_not_matches", "matches"),
    ):
        listed = settings.get(option)
        for item in listed.items() if listed is not None else ():
            matcher: Any = {operator: item.need("regexp").text()}
            if item.flag_at("allow_missing"):
                matcher = {"any_of": [{"exists": False}, matcher]}
            expect.add(matcher, "headers", item.need("header").text().lower())
