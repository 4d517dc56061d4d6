"""Restricted secrets stay with their hosts."""

from base64 import b64encode

import httpx
import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.dial import Dial
from checker.net.guard import Guard, admits, host_of
from checker.secrets.sources import EnvSource
from checker.secrets.store import SecretStore

AUTH = frozenset({"auth.example.org"})
SECRET = "hunter2+hunter2/é"


def guard(secret: str = SECRET) -> Guard:
    store = SecretStore(
        {
            "key": EnvSource("key", AUTH, {"key": secret}),
            "open": EnvSource("open", None, {"open": "free4all"}),
        }
    )
    for name in ("key", "open"):
        store.read(name)
    return Guard(store)


def request(url: str = "https://evil.example.net/", **parts: object) -> httpx.Request:
    return httpx.Request("POST", url, **parts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "carrying",
    [
        request(content=SECRET.encode()),
        request(json={"a": [SECRET]}),
        request(data={"a": SECRET}),
        request(headers=[(b"X-Key", SECRET.encode())]),
        request(headers={"Authorization": "Basic " + b64encode(f"me:{SECRET}".encode()).decode()}),
        request(url="https://evil.example.net/" + str(httpx.QueryParams({"q": SECRET}))),
        request(url=f"https://evil.example.net/{SECRET}/x"),
        request(files={"f": ("a", SECRET.encode())}),
    ],
)
def test_a_restricted_secret_does_not_leave_for_another_host(carrying: httpx.Request) -> None:
    carrying.read()
    with pytest.raises(Trouble) as caught:
        guard().check_request(carrying, Dial())
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE
    assert caught.value.message == "secret key may only be sent to auth.example.org, not evil.example.net"


@pytest.mark.parametrize("url", ["https://auth.example.org/", "https://AUTH.example.org.:8443/x"])
def test_it_may_go_where_it_belongs(url: str) -> None:
    carrying = request(url, content=SECRET.encode())
    guard().check_request(carrying, Dial())


def test_an_unrestricted_secret_may_go_anywhere() -> None:
    guard().check_request(request(content=b"free4all"), Dial())


def test_what_is_not_secret_may_go_anywhere() -> None:
    guard().check_request(request(content=b"hunter"), Dial())


def test_an_older_value_is_no_less_restricted() -> None:
    environment = {"key": "hunter1hunter1"}
    store = SecretStore({"key": EnvSource("key", AUTH, environment)})
    checking = Guard(store)
    for value in ("hunter1hunter1", "hunter2hunter2", "hunter3hunter3"):
        environment["key"] = value
        store.read("key")
        for known in ("hunter1hunter1", value):
            with pytest.raises(Trouble, match="may only be sent to"):
                checking.check_request(request(content=known.encode()), Dial())


PROXY = httpx.URL("http://proxy.example.org:3128")


def test_a_proxy_reads_what_is_not_encrypted() -> None:
    plain = request("http://auth.example.org/", content=SECRET.encode())
    with pytest.raises(Trouble, match=r"not proxy\.example\.org"):
        guard().check_request(plain, Dial(proxy=PROXY))
    guard().check_request(request("https://auth.example.org/", content=SECRET.encode()), Dial(proxy=PROXY))


def test_a_proxy_is_told_its_own_password() -> None:
    with pytest.raises(Trouble, match=r"not proxy\.example\.org"):
        guard().check_request(
            request("https://auth.example.org/"), Dial(proxy=PROXY, proxy_auth=("me", SECRET))
        )


def test_names_of_secrets_that_are_used_but_not_sent() -> None:
    guard().check_names(["key", "open"], httpx.URL("https://auth.example.org"))
    guard().check_names(["open"], httpx.URL("https://evil.example.net"))
    with pytest.raises(
        Trouble, match=r"secret key may only be sent to auth\.example\.org, not evil\.example\.net"
    ):
        guard().check_names(["open", "key"], httpx.URL("https://evil.example.net"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://A.example.org:8443/x", "a.example.org"),
        ("https://a.example.org./", "a.example.org"),
        ("http://[::1]:80/", "::1"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_host_of(url: str, host: str) -> None:
    assert host == host_of(httpx.URL(url))


def test_hosts_are_compared_as_names_are() -> None:
    assert admits(None, "anywhere")
    assert admits(frozenset({"A.example.org."}), "a.example.org")
    assert admits(frozenset({"[::1]"}), "::1")
    assert not admits(frozenset({"example.org"}), "a.example.org")
    assert not admits(frozenset(), "a.example.org")
