"""Credentials, proxies and TLS settings: how they may be written, and what becomes of their files."""

from pathlib import Path
from typing import Any

import pytest
import trustme

from checker.core.errors import Trouble
from checker.core.reason import Reason
from tests.kinds.asking import TOKEN_URL, URL, Asking, dialled, refused


@pytest.mark.parametrize(
    ("auth", "path", "message"),
    [
        ({}, ("auth",), "expected one of basic, bearer, digest, api_key, oauth2, sigv4"),
        (
            {"bearer": "a", "basic": {"username": "a", "password": "b"}},
            ("auth",),
            "expected one of basic, bearer, digest, api_key, oauth2, sigv4",
        ),
        ({"basic": {"username": "a"}}, ("auth", "basic", "password"), "Field required"),
        (
            {"api_key": {"value": "a"}},
            ("auth", "api_key"),
            "an API key goes either into a header or into a query parameter",
        ),
        (
            {"api_key": {"value": "a", "header": "b", "query": "c"}},
            ("auth", "api_key"),
            "an API key goes either into a header or into a query parameter",
        ),
        (
            {"api_key": {"value": "a", "header": "b c"}},
            ("auth", "api_key", "header"),
            "'b c' cannot be the name of a header",
        ),
        (
            {"oauth2": {"token_url": "x", "client_id": "a"}},
            ("auth", "oauth2", "token_url"),
            "a URL starts with http:// or https:// and a host",
        ),
        (
            {"oauth2": {"token_url": TOKEN_URL, "client_id": "a", "username": "b"}},
            ("auth", "oauth2"),
            "username and password go together",
        ),
    ],
)
def test_auth_that_may_not_be_written(auth: dict[str, Any], path: tuple[str, ...], message: str) -> None:
    assert [(path, message)] == refused(url=URL, auth=auth)


def test_a_proxy_that_may_not_be_written() -> None:
    ((path, message),) = refused(url=URL, proxy="socks5://proxy.example.org")
    assert path == ("proxy",)
    assert message.startswith("a proxy is written http://host:port")


async def test_tls_from_files_and_from_secrets(tmp_path: Path) -> None:
    authority = trustme.CA()
    client = authority.issue_cert("me@example.org")
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    key = client.private_key_pem.bytes().decode()
    cert = client.cert_chain_pems[0].bytes().decode()
    asking = Asking({"key": key, "cert": cert}, directory=tmp_path)
    tls = {"ca": "ca.pem", "cert": "${secret.cert}", "key": "${secret.key}", "min_version": 1.3}
    assert list(asking.kind.problems(asking.spec(url=URL, tls=tls), {})) == []
    dial = await dialled(asking, tls=tls)
    assert dial.ssl is not None
    assert len(dial.ssl.get_ca_certs()) == 1
    assert dial.ssl is (await dialled(asking, tls=tls)).ssl


async def test_tls_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    asking = Asking(directory=tmp_path)
    ((path, message),) = asking.kind.problems(asking.spec(url=URL, tls={"ca": "ca.pem"}), {})
    assert path == ("tls",)
    assert "ca.pem cannot be used" in message
    missing = {"ca": "missing.pem"}
    assert list(asking.kind.problems(asking.spec(url=URL, tls=missing), {})) == []
    with pytest.raises(Trouble, match=r"missing\.pem") as caught:
        await asking.observe(url=URL, tls=missing)
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE


def test_a_name_that_no_file_can_have_is_one_that_is_not_there(tmp_path: Path) -> None:
    spec = Asking(directory=tmp_path).spec(url=URL, tls={"ca": "a" * 5000})
    assert spec.tls is not None
    assert not spec.tls.is_at_hand(tmp_path)


def test_a_key_needs_a_certificate() -> None:
    assert refused(url=URL, tls={"key": "k.pem"}) == [(("tls",), "a key needs a cert")]
