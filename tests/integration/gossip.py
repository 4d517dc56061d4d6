"""A server that tells everybody what it was told, in every way in which real ones do, and failing probes that ask it.

The probes send every secret in every place that a secret can be sent in; the server hands it back in bodies,
headers, redirects, error pages, reason phrases and what is no HTTP at all.
"""

import html
import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

from tests.integration.sites import Request, reply

TOKEN = "tok-Qm7Xz2-ey.JhbGciOi_J9/secret+captured"
LONG = "L0ng-" + "".join(f"{7919 * n:x}" for n in range(1, 120))
ODD = "q\"u'o/t\\e%41&amp;ö€<x> +=d~{}"
KEY_LINES = ("MIIkTr8xQzW2p0aBv6", "L9vBn3/xQ+0ZZ7wKq=")
PEM = "\n".join(["-----BEGIN KEY-----", *KEY_LINES, "-----END KEY-----"])

ENVIRONMENT: Mapping[str, str] = {
    "PLAIN": "Zq7-plain-Xv93LmTk",
    "NUMBER": "4815162342108",
    "LONG": LONG,
    "CLIENT_SECRET": "cl1ent-s3cret/aX+9f=",
}
FILES: Mapping[str, str] = {"odd": ODD, "pem": PEM, "jwt": "eyJ" + LONG[::-1] + "." + LONG[5:400]}
SECRETS = (*ENVIRONMENT.values(), FILES["odd"], FILES["jwt"], *KEY_LINES, TOKEN)

ONE_LINE = ("plain", "number", "long", "client", "odd", "jwt")
ALL = (*ONE_LINE, "pem")


def secret(name: str) -> str:
    return f"${{secret.{name}}}"


def secrets_section() -> dict[str, Any]:
    names = {"plain": "PLAIN", "number": "NUMBER", "long": "LONG", "client": "CLIENT_SECRET"}
    return {
        **{name: {"env": variable} for name, variable in names.items()},
        **{name: {"file": f"secret-{name}"} for name in FILES},
    }


# The server


def _bytes_of(request: Request) -> str:
    return request.head.decode("utf-8", "replace") + request.body.decode("utf-8", "replace")


def _values(request: Request) -> str:
    """Return what came after the last of its places' marks, on one line."""
    return _bytes_of(request).replace("\r\n", " | ").replace("\n", " | ")


def _as_json(request: Request) -> bytes:
    headers = {
        name: value.encode("latin-1").decode("utf-8", "replace") for name, value in request.headers.items()
    }
    document = {"v": [request.target, *headers.values(), request.body.decode("utf-8", "replace")]}
    return reply(json.dumps({"all": document, "headers": headers}), Content_Type="application/json")


def _as_raw_json(request: Request) -> bytes:
    return reply(json.dumps({"v": _values(request)}, ensure_ascii=False), Content_Type="application/json")


def _as_html(request: Request) -> bytes:
    return reply(
        f"<h1>Oops</h1><pre>{html.escape(_bytes_of(request))}", "403 Forbidden", Content_Type="text/html"
    )


def _as_text(request: Request) -> bytes:
    return reply(_bytes_of(request), "500 Internal Server Error", Content_Type="text/plain")


def _as_redirect(request: Request) -> bytes:
    if request.path == "/redirected":
        return _as_text(request)
    return reply("", "302 Found", Location=f"/redirected?{quote_plus(_values(request))}")


def _as_headers(request: Request) -> bytes:
    text = quote(_values(request))[:20_000]
    return reply("{}", "401 Unauthorized", X_Echo=text, WWW_Authenticate=f'Basic realm="{text}"')


def _as_cookies(request: Request) -> bytes:
    return reply("{}", "400 Bad Request", Set_Cookie=f"echo={quote(_values(request))[:3000]}; Path=/")


def _as_reason(request: Request) -> bytes:
    return reply("{}", f"503 {quote_plus(_values(request))[:5000]}")


def _as_garbage(request: Request) -> bytes:
    return f"GO AWAY {_values(request)}\r\n\r\n".encode()


def _as_bad_header(request: Request) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Length: {_values(request)}\r\n\r\n".encode()


def _as_base64(request: Request) -> bytes:
    encoded = [b64encode(b"x" * shift + request.bytes).decode() for shift in range(3)]
    return reply(json.dumps({"v": [*encoded, urlsafe_b64encode(request.bytes).decode()]}))


def _as_charset(request: Request) -> bytes:
    charset = quote(_values(request), safe="")[:8000]
    return reply("<p>", Content_Type=f"text/html; charset={charset}")


def _as_coding(request: Request) -> bytes:
    return reply("xx", Content_Encoding=quote(_values(request), safe="")[:8000])


def _as_keys(request: Request) -> bytes:
    return reply(json.dumps({"v": {_values(request): 1}, _values(request)[::2]: {}}))


def _as_no_json(request: Request) -> bytes:
    return reply(f"{{{_values(request)}", Content_Type="application/json")


def _as_twice(request: Request) -> bytes:
    key = json.dumps(_values(request))
    return reply(f"{{{key}: 1, {key}: 2}}")


def _hangs_up(request: Request) -> bytes:
    return b""


ECHOES: Mapping[str, Callable[[Request], bytes]] = {
    function.__name__.strip("_").replace("_", "-"): function
    for function in (
        _as_json,
        _as_raw_json,
        _as_html,
        _as_text,
        _as_redirect,
        _as_headers,
        _as_cookies,
        _as_reason,
        _as_garbage,
        _as_bad_header,
        _as_base64,
        _as_charset,
        _as_coding,
        _as_keys,
        _as_no_json,
        _as_twice,
        _hangs_up,
    )
}


def gossip(request: Request) -> bytes:
    """Answer as the path's first part says."""
    if request.path == "/token":
        return reply(json.dumps({"access_token": TOKEN, "expires_in": 300, "scope": _values(request)}))
    if request.path == "/refused-token":
        told = {"error": _values(request), "error_description": quote(_values(request))}
        return reply(json.dumps(told), "400 Bad Request")
    if request.path == "/login":
        return reply(json.dumps({"token": TOKEN, "all": [TOKEN]}))
    if request.path == "/challenge" and "authorization" not in request.headers:
        return reply("", "401 Unauthorized", WWW_Authenticate='Digest realm="r", nonce="n", qop="auth"')
    echo = ECHOES.get(request.path.split("/")[1], _as_text)
    return echo(request)


# The probes

PLACES: Mapping[str, Mapping[str, Any]] = {
    "headers": {"headers": {f"X-{name}": secret(name) for name in ONE_LINE}},
    "header-within": {"headers": {"X-All": "a " + " b ".join(map(secret, ONE_LINE)) + " c"}},
    "cookies": {"cookies": {name: secret(name) for name in ONE_LINE if name != "odd"}},
    "query": {"params": {name: secret(name) for name in ALL}},
    "form": {"method": "POST", "form": {name: secret(name) for name in ALL}},
    "json": {"method": "POST", "json": {name: [secret(name), f"<{secret(name)}>"] for name in ALL}},
    "body": {"method": "POST", "body": ", ".join(map(secret, ALL))},
    "multipart": {"method": "PUT", "multipart": {name: {"content": secret(name)} for name in ALL}},
    "bearer": {"auth": {"bearer": secret("jwt")}},
    "basic": {"auth": {"basic": {"username": secret("plain"), "password": secret("odd")}}},
    "digest": {"auth": {"digest": {"username": secret("plain"), "password": secret("odd")}}},
    "key-header": {"auth": {"api_key": {"header": "X-Api-Key", "value": secret("long")}}},
    "key-query": {"auth": {"api_key": {"query": "key", "value": secret("odd")}}},
}
SEEN: Mapping[str, Any] = {
    "$.v": 5,
    "$.all.v[0]": {"matches": "^never$"},
    "$.all.v[*]": {"every": {"type": "null"}},
}


def _probe(spec: Mapping[str, Any], **keys: object) -> dict[str, Any]:
    return {"http": dict(spec), "expect": {"status": [200, 302], "json": dict(SEEN)}, **keys}


def _everything(site: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place with two of the echoes, so that each echo has its turn with several places."""
    echoes = tuple(ECHOES)
    for number, (place, spec) in enumerate(PLACES.items()):
        for turn in range(3):
            echo = echoes[(3 * number + turn) % len(echoes)]
            yield f"{place}.{echo}", _probe({"url": f"{site}/{echo}", "redirects": 2, **spec})
    for echo in echoes:
        yield (
            f"path.{echo}",
            _probe({"url": f"{site}/{echo}/{secret('odd')}/{secret('plain')}/{secret('jwt')}"}),
        )
        yield f"captured.{echo}", {"steps": list(_captured(site, echo))}


def _captured(site: str, echo: str) -> Iterator[dict[str, Any]]:
    """A token and a cookie that nobody has configured, but which are as secret."""
    yield {
        "step": "login",
        "http": {"url": f"{site}/login", "method": "POST", "form": {"password": secret("plain")}},
        "capture": {"token": {"json": "$.token", "secret": True}},
    }
    yield {
        "step": "use",
        "http": {
            "url": f"{site}/{echo}/${{token}}",
            "headers": {"X-Token": "${token}"},
            "params": {"t": "${token}"},
        },
        "expect": {"status": [200, 302], "json": dict(SEEN)},
    }


def _odd_ones(site: str) -> Iterator[tuple[str, dict[str, Any]]]:
    client = {
        "client_id": "checker",
        "client_secret": secret("client"),
        "username": "u",
        "password": secret("odd"),
    }
    for name, path in (("token-endpoint", "token"), ("refused-token", "refused-token")):
        oauth2 = {**client, "token_url": f"{site}/{path}"}
        yield name, _probe({"url": f"{site}/as-json", "auth": {"oauth2": oauth2}})
    yield "challenged", _probe({"url": f"{site}/challenge", **PLACES["digest"]})
    yield "whole-url", _probe({"url": secret("url")})
    yield "proxy", _probe({"url": f"{site}/as-json", "proxy": secret("url")})
    yield (
        "operand",
        {
            "http": {"url": f"{site}/as-json", "params": {"q": secret("odd")}},
            "expect": {
                "json": {
                    "$.all.v[0]": {"eq": secret("odd")},
                    "$.all.v[1]": {"contains": secret("long")},
                    "$.all.v": {"includes": [secret("jwt")]},
                    "$.headers": {"not": {"includes": {"host": secret("plain")}}, "eq": {"a": secret("pem")}},
                    "$.headers.host": {"in": [secret("plain"), secret("number")]},
                    "$.headers.accept": {"any_of": [secret("plain"), {"starts_with": secret("odd")}]},
                },
                "headers": {"x-echo": secret("plain")},
                "body": {"not_contains": secret("odd"), "ends_with": secret("jwt")},
            },
            "warn": {"json": {"$.all.v[0]": secret("number")}},
        },
    )
    yield (
        "warned",
        {
            "http": {"url": f"{site}/as-raw-json", "params": {"q": secret("plain")}},
            "warn": {"json": {"$.v": {"contains": secret("odd")}, "$.w": secret("long")}},
        },
    )
    yield (
        "captured-openly",
        {
            "http": {"url": f"{site}/as-raw-json", "params": {"q": secret("odd"), "p": secret("number")}},
            "capture": {"v": {"json": "$.v"}},
        },
    )
    yield (
        "polled",
        {
            "http": {"url": f"{site}/as-raw-json", "params": {"q": secret("odd")}},
            "expect": {"json": {"$.v": 5}},
            "poll": {"every": "100ms", "within": "150ms"},
        },
    )
    yield (
        "poll-stopped",
        {
            "http": {"url": f"{site}/as-raw-json", "params": {"q": secret("odd")}},
            "expect": {"json": {"$.v": 5}},
            "poll": {"every": "100ms", "stop_if": {"json": {"$.v": {"contains": "GET"}}}},
        },
    )
    yield (
        "clean-up",
        {
            "steps": [
                {"step": "main", "http": {"url": f"{site}/as-json"}},
                {"step": "tidy", "always": True, "http": {"url": f"{site}/as-html", **PLACES["json"]}},
            ],
        },
    )
    yield (
        "shallow",
        {
            "shallow": {"http": {"url": f"{site}/as-garbage", **PLACES["headers"]}},
            "http": {"url": f"{site}/as-reason", **PLACES["form"]},
        },
    )
    yield "passing", {"http": {"url": f"{site}/as-json", **PLACES["query"]}}
    yield "line-breaks", _probe({"url": f"{site}/as-json", "headers": {"X-Pem": secret("pem")}})
    yield "unset", _probe({"url": f"{site}/as-json", "headers": {"X": secret("unset"), "Y": secret("plain")}})
    yield (
        "environment",
        {  # no references to secrets, and still theirs
            "http": {"url": f"{site}/as-json/${{env.PLAIN}}", "headers": {"X": "${env.LONG}"}},
            "expect": {"json": {"$.v": "${env.PLAIN}"}},
        },
    )


PATIENT = {"interval": "1m", "timeout": "30s"}
BRISK = {"interval": "2s", "timeout": "1400ms", "cleanup_timeout": "500ms"}


def checks(site: str, defaults: Mapping[str, str]) -> str:
    """Return the configuration. Of its probes two pass: what they ask for is right, and captured openly."""
    document = {
        "version": 1,
        "defaults": dict(defaults),
        "secrets": {
            **secrets_section(),
            "unset": {"env": "NOBODY_HAS_SET_THIS"},
            "url": {"file": "secret-url"},
        },
        "server": {"reload": True},
        "probes": {**dict(_everything(site)), **dict(_odd_ones(site))},
    }
    return json.dumps(document, indent=1)
