"""Rows of the fault matrix: redirects, proving who one is, statuses, and values that later steps use."""

import json
from collections.abc import Mapping
from itertools import count
from typing import Any

from tests.faults.rows import GOOD, GRANTED, OK, V, fails, row
from tests.faults.serving import by_path, dawdles, repeats, routed, says
from tests.integration.checks import PASS, Told
from tests.integration.sites import Request, reply

MANY = {"redirects": 5}
BASIC = {"basic": {"username": "me", "password": "${secret.password}"}}


def to(location: str, status: str = "302 Found") -> bytes:
    return reply("", status, Location=location)


def port_of(request: Request) -> str:
    return request.headers["host"].rpartition(":")[2]


def to_localhost(request: Request) -> bytes:
    return to(f"http://localhost:{port_of(request)}/landed")


def only_without_credentials(request: Request) -> bytes:
    """Another host must not be told who asked the first one."""
    return (
        reply("", "500 Told") if {"authorization", "cookie", "x-api-key"} & request.headers.keys() else GOOD
    )


def posted_again(request: Request) -> bytes:
    """A 308 keeps the method and the body (RFC 9110, section 15.4.9)."""
    return GOOD if (request.method, request.body) == ("POST", b'{"a":1}') else reply("", "500 Lost")


def redirected(name: str, location: str, words: str = "") -> Any:
    return row(name, says(to(location)), fails("redirect_limit"), words, http=MANY)


REDIRECTS = (
    row("a redirect to itself", routed(lambda _: to("/")), fails("redirect_limit"), "more than 5", http=MANY),
    row(
        "a loop of two",
        by_path({"/": to("/b"), "/b": to("/")}),
        fails("redirect_limit"),
        "more than 5",
        http=MANY,
    ),
    row("a redirect too many", routed(lambda one: to(f"{one.path}a")), fails("redirect_limit"), http=MANY),
    row("a redirect that nobody follows", says(to("/b")), fails("unexpected_status"), "would follow it"),
    redirected("a redirect to another scheme", "ftp://127.0.0.1/", "ftp://127.0.0.1/"),
    redirected("a redirect to file:", "file:///etc/passwd", "/etc/passwd: a URL starts with http"),
    redirected("a redirect to javascript:", "javascript:alert(1)", "'javascript:alert(1)'"),
    row("a redirect to no host", says(to("http://:1/")), fails("refused"), "127.0.0.1:1", http=MANY),
    redirected("a redirect to metadata", "http://169.254.169.254/latest/", "link-local"),
    row("a redirect without Location", says(reply("", "302 Found")), fails("unexpected_status"), http=MANY),
    row(
        "a Location of 60 KiB",
        says(to("http://127.0.0.1:1/" + "a" * 60_000)),
        fails("refused"),
        http=MANY,
    ),
    row(
        "a Location of blanks",
        says(to("//" + "%20 " * 15_000 + "x")),
        fails("protocol"),
        "redirected to",
        http=MANY,
    ),
    row(
        "a redirect to another host, with credentials",
        by_path({"/": to_localhost, "/landed": only_without_credentials}),
        PASS,
        http={"auth": BASIC, "cookies": {"session": "${secret.session}"}, **MANY},
    ),
    row(
        "a redirect to another host, with a key",
        by_path({"/": to_localhost, "/landed": only_without_credentials}),
        PASS,
        http={"auth": {"api_key": {"header": "X-Api-Key", "value": "${secret.key}"}}, **MANY},
    ),
    row(
        "a 308 with a body",
        by_path({"/": to("/b", "308 Permanent Redirect"), "/b": posted_again}),
        PASS,
        http={"method": "POST", "json": {"a": 1}, **MANY},
        keys={"effects": "none"},
    ),
    row(
        "a redirect to where nobody listens",
        says(to("http://127.0.0.1:1/")),
        fails("refused"),
        "127.0.0.1:1",
        http=MANY,
    ),
)


def token(answer: Mapping[str, object] | bytes, status: str = "200 OK") -> Any:
    body = answer if isinstance(answer, bytes) else json.dumps(answer)
    return by_path({"/token": reply(body, status), "/": reply("", "401 Unauthorized")})


OAUTH2 = {
    "auth": {"oauth2": {"token_url": "{url}/token", "client_id": "me", "client_secret": "${secret.client}"}}
}
DIGEST = {"auth": {"digest": {"username": "me", "password": "${secret.password}"}}}


def another_nonce(request: Request, numbers: Any = count()) -> bytes:  # noqa: B008 - the count of one server
    challenge = f'Digest realm="r", nonce="{next(numbers)}", qop="auth", algorithm=SHA-256'
    return reply("", "401 Unauthorized", WWW_Authenticate=challenge)


def challenged_once(request: Request) -> bytes:
    return GOOD if 'nonce="' in request.headers.get("authorization", "") else another_nonce(request)


REJECTED = fails("auth_rejected")
PROVING = (
    row("a 401 with a challenge", says(reply("", "401 No", WWW_Authenticate='Basic realm="r"')), REJECTED),
    row("a 401 without a challenge", says(reply("", "401 No")), REJECTED),
    row("a 401 whoever asks", routed(lambda _: reply("", "401 No")), REJECTED, http={"auth": BASIC}),
    row("a 403", says(reply("", "403 Forbidden")), REJECTED),
    row("a 407 without a proxy", says(reply("", "407 Proxy Authentication Required")), REJECTED),
    row("a digest", routed(challenged_once), PASS, http=DIGEST),
    row("a nonce that changes each time", routed(another_nonce), REJECTED, http=DIGEST),
    row(
        "a challenge that cannot be met",
        says(reply("", "401 No", WWW_Authenticate="Digest realm=")),
        fails("protocol"),
        "challenge",
        http=DIGEST,
    ),
    row("a token endpoint that fails", token({}, "500 No"), fails("server_error"), "/token", http=OAUTH2),
    row(
        "a token endpoint that refuses",
        token({"error": "invalid_client"}, "400 No"),
        REJECTED,
        "invalid_client",
        http=OAUTH2,
    ),
    row("a token endpoint that is too busy", token({}, "429 No"), fails("rate_limited"), http=OAUTH2),
    row(
        "a token endpoint that hangs",
        dawdles(OK, b"X: " + b"a" * 99),
        fails("timeout"),
        "a token from",
        http=OAUTH2,
        slow=True,
    ),
    row(
        "an answer without a token", token({"token_type": "bearer"}), REJECTED, "no access_token", http=OAUTH2
    ),
    row("a token that is null", token({"access_token": None}), REJECTED, "no access_token", http=OAUTH2),
    row(
        "a token with a line break",
        token({"access_token": "a\r\nX: b"}),
        REJECTED,
        "no access_token",
        http=OAUTH2,
    ),
    row(
        "a login page for a token",
        token(b"<title>Sign in</title>"),
        fails("undecodable"),
        "HTML",
        http=OAUTH2,
    ),
    row("a token of a mebibyte", token({"access_token": "a" * (1 << 20)}), fails("too_large"), http=OAUTH2),
    row("a token that has expired", token({"access_token": GRANTED, "expires_in": 0}), REJECTED, http=OAUTH2),
    row(
        "a token that ended long ago",
        token({"access_token": GRANTED, "expires_in": -9e9}),
        REJECTED,
        http=OAUTH2,
    ),
)


def echo(request: Request) -> bytes:
    return reply(
        json.dumps(
            {"target": request.target, "headers": dict(request.headers), "body": request.body.decode()}
        )
    )


SENDING = {
    "auth": BASIC,
    "cookies": {"session": "${secret.session}"},
    "headers": {"X-Api-Key": "${secret.key}"},
    "params": {"key": "${secret.key}"},
}
REPEATING = (
    row(
        "a body that repeats what was sent", repeats(OK + b"\r\n"), fails("undecodable"), http=SENDING, keys=V
    ),
    row(
        "a JSON body that repeats what was sent",
        routed(echo),
        fails("assertion"),
        "***",
        http=SENDING,
        keys={"expect": {"json": {"$.headers": {"eq": {}}, "$.target": {"eq": "/"}}}},
    ),
    row("a status line that repeats what was sent", repeats(b""), fails("protocol"), http=SENDING),
    row(
        "a header that repeats what was sent",
        repeats(OK + b"Content-Length: 0\r\nX-Sent: "),
        fails("assertion"),
        "***",
        http=SENDING,
        keys={"expect": {"headers": {"X-Sent": {"eq": "nothing"}}}},
    ),
    row(
        "a redirect to what was sent",
        repeats(b"HTTP/1.1 302 Found\r\nLocation: ftp://"),
        fails("redirect_limit"),
        "***",
        http={**SENDING, **MANY},
    ),
    row(
        "a redirect to what was sent, with a password",
        repeats(b"HTTP/1.1 302 Found\r\nLocation: //a:b@"),
        fails("redirect_limit"),
        "***",
        http={**SENDING, **MANY},
    ),
)

SERVER, ODD = fails("server_error"), fails("unexpected_status")
STATUSES = (
    row("100 and nothing else", says(b"HTTP/1.1 100 Continue\r\n\r\n"), fails("reset")),
    row(
        "103, and then the answer",
        says(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" + GOOD),
        PASS,
        keys=V,
    ),
    row(
        "204 where a body is expected",
        says(b"HTTP/1.1 204 No Content\r\n\r\n"),
        fails("undecodable"),
        "empty",
        keys=V,
    ),
    row("205 where a body is expected", says(reply("", "205 Reset Content")), fails("undecodable"), keys=V),
    row("206", says(reply('{"v": 5}', "206 Partial Content")), PASS, keys=V),
    row("304", says(b"HTTP/1.1 304 Not Modified\r\n\r\n"), ODD),
    row("404", says(reply('{"v": 5}', "404 Not Found")), ODD, keys=V),
    row("429 with Retry-After", says(reply("", "429 Slow Down", Retry_After="3600")), fails("rate_limited")),
    *(
        row(f"{status}", says(reply('{"v": 5}', f"{status} No")), SERVER, keys=V)
        for status in range(500, 600)
    ),
    *(row(f"{status}", says(reply('{"v": 5}', f"{status} No")), ODD, keys=V) for status in (600, 999)),
    row(
        "a 500 with a body that is too large",
        says(b"HTTP/1.1 500 No\r\nContent-Length: 99999999\r\n\r\n"),
        SERVER,
    ),
    row("a 500 with a body that is no gzip", says(reply("xx", "500 No", Content_Encoding="gzip")), SERVER),
)

MISSING = Told("fail", "capture_missing", "first")


def captured(
    value: object, told: Told, name: str, use: Mapping[str, Any], words: str = "", **more: Any
) -> Any:
    """One step takes a value from an answer, the next one uses it; the server echoes what it is then asked."""
    first = {"step": "first", "http": {"url": "{url}/"}, "capture": {"v": {"json": "$.v"}}}
    second = {"step": "second", "http": {"url": "{url}/used", **use}, **more}
    answer = reply(json.dumps({} if value is ... else {"v": value}))
    served = routed(lambda request: answer if request.path == "/" else echo(request))
    return row(f"a capture: {name}", served, told, words, keys={"steps": [first, second], "effects": "none"})


SECOND = Told("fail", "capture_missing", "second")
HEADER = {"headers": {"X-V": "${v}"}}
BODY = {"method": "POST", "json": {"v": "${v}"}}
PARAMETER = {"params": {"v": "${v}"}}
INJECTED = "a\r\nX-Injected: yes"


def sent(**facts: object) -> dict[str, Any]:
    return {"json": {f"$.{path}": value for path, value in facts.items()}}


CAPTURES = (
    captured(..., MISSING, "missing", HEADER, "there is no $.v"),
    captured(None, MISSING, "null", HEADER, "is null"),
    captured("", MISSING, "empty", HEADER, "is empty"),
    captured({"a": 1}, SECOND, "an object in a header", HEADER),
    captured([1], SECOND, "a list in a query", PARAMETER),
    captured({"a": 1}, SECOND, "an object in a URL", {"url": "{url}/used/${v}"}),
    captured(INJECTED, SECOND, "CR and LF in a header", HEADER, "line break"),
    captured(INJECTED, SECOND, "CR and LF in a URL", {"url": "{url}/used/${v}"}, "line break"),
    captured(
        INJECTED,
        PASS,
        "CR and LF in a query",
        PARAMETER,
        expect=sent(target="/used?v=a%0D%0AX-Injected%3A%20yes"),
    ),
    captured(INJECTED, SECOND, "CR and LF in a cookie", {"cookies": {"v": "${v}"}}),
    captured("a\0b", SECOND, "NUL in a header", HEADER),
    captured(
        INJECTED,
        PASS,
        "CR and LF in JSON",
        BODY,
        expect=sent(body=json.dumps({"v": INJECTED}, separators=(",", ":"))),
    ),
    captured('a"b\\', PASS, "quotes in JSON", BODY, expect=sent(body='{"v":"a\\"b\\\\"}')),
    captured(
        "${secret.x} ${env.HOME} $${y}",
        PASS,
        "references in JSON",
        BODY,
        expect=sent(body='{"v":"$${secret.x} $${env.HOME} $$${y}"}'),
    ),
    captured(
        "${run.id}",
        PASS,
        "a reference in a header",
        HEADER,
        expect={"json": {"$.headers['x-v']": {"eq": "$${run.id}"}}},
    ),
    captured("a&b=c#d", PASS, "a query in a query", PARAMETER, expect=sent(target="/used?v=a%26b%3Dc%23d")),
    captured(
        "../..//x?y#z",
        PASS,
        "a path in a URL",
        {"url": "{url}/used"} | {"params": {"v": "${v}"}},
        expect=sent(target={"starts_with": "/used?v=..%2F..%2F%2Fx%3Fy%23z"}),
    ),
    captured("..", SECOND, "a step up in a URL", {"url": "{url}/used/${v}"}),
    captured("http://127.0.0.1:1/", SECOND, "a URL where none is named", {"url": "${v}"}),
    captured("file:///etc/passwd", SECOND, "a file for a URL", {"url": "${v}"}),
    captured("127.0.0.1:1/", SECOND, "another host in a URL", {"url": "http://${v}/used"}),
)
