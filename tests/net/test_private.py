"""What counts as a credential, and what does not."""

from base64 import b64encode

import pytest

from checker.net.private import cookie_values, credentials_in, is_credential, login_in

BASIC = b64encode(b"me:pass:word").decode()


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "proxy-authorization", "COOKIE", "X-Api-Key", "X-API-KEY", "apikey", "Api_Key"),
        *("X-Auth-Token", "Private-Token", "X-Vault-Token", "X-Client-Secret", "X-Access-Key"),
        *("Ocp-Apim-Subscription-Key", "X-Password"),
    ],
)
def test_a_header_that_holds_a_credential(name: str) -> None:
    assert is_credential(name)


@pytest.mark.parametrize(
    "name", ["Accept", "Idempotency-Key", "X-Request-Id", "If-Match", "X-Authorized-By", "Tokens", "Host"]
)
def test_a_header_that_does_not(name: str) -> None:
    assert not is_credential(name)


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("Authorization", "Bearer abc.def", {"abc.def"}),
        ("authorization", "abc.def", {"abc.def"}),
        ("Authorization", "Bearer", {"Bearer"}),
        ("Authorization", f"Basic {BASIC}", {BASIC, "pass:word"}),
        ("Proxy-Authorization", f"basic  {BASIC} ", {BASIC, "pass:word"}),
        ("Authorization", "Basic not-base64!", {"not-base64!"}),
        ("Authorization", f"Basic {b64encode(b'me').decode()}", {b64encode(b"me").decode()}),
        ("Authorization", "Basic /w==", {"/w=="}),
        ("Authorization", 'Digest username="me", response="0"', {'username="me", response="0"'}),
        ("X-Api-Key", "two words", {"two words"}),
        ("X-Api-Key", " ", set()),
        ("Cookie", "sid=0123456789abcdef; theme=dark; x", {"0123456789abcdef"}),
    ],
)
def test_what_is_secret_in_it(name: str, value: str, secret: set[str]) -> None:
    assert secret == set(credentials_in(name, value))


def test_short_cookies_are_no_sessions() -> None:
    assert ["12345678"] == list(cookie_values(iter(["none", "1234567", " 12345678 "])))


@pytest.mark.parametrize(
    ("url", "secret"),
    [
        ("https://me:pass@a.example.org/x", {"pass"}),
        ("https://me:p%40ss@a.example.org/", {"p%40ss", "p@ss"}),
        (" //me:pa:ss@a.example.org", {"pa:ss"}),
        ("https://t0ken@a.example.org", {"t0ken"}),
        ("https://me:p@ss@a.example.org", {"p@ss"}),
        ("https://@a.example.org", set()),
        ("https://:@a.example.org", set()),
        ("https://a.example.org/@x", set()),
        ("https://a.example.org?m=a@b", set()),
        ("/login?next=//me:pass@b", set()),
        ("mailto:me@a.example.org", set()),
        ("", set()),
    ],
)
def test_a_login_in_a_url(url: str, secret: set[str]) -> None:
    assert secret == set(login_in(url))
