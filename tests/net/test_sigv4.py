"""Signatures that AWS has published, and those of its own client."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from unittest import mock
from urllib.parse import quote, urlencode

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.sigv4 import Credentials, Signer, environment_credentials

KEY = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
S3_KEY = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NOTHING = hashlib.sha256(b"").hexdigest()
MOMENT = "20150830T123600Z"
SUITE = {"Host": "example.amazonaws.com", "X-Amz-Date": MOMENT}
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
FORM = {**SUITE, "Content-Type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "signature"),
    [
        ("GET", "/", SUITE, b"", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            SUITE,
            b"",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        ("POST", "/", SUITE, b"", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "POST",
            "/",
            FORM,
            b"Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "GET",
            f"/?{UNRESERVED}={UNRESERVED}",
            SUITE,
            b"",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        (
            "GET",
            "/",
            {**SUITE, "My-Header1": " value1", "My-Header2": ' "a   b   c"'},
            b"",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
    ],
)
def test_the_signature_version_4_test_suite(
    method: str, path: str, headers: dict[str, str], body: bytes, signature: str
) -> None:
    signer = Signer("service", "us-east-1")
    url = httpx.URL(f"https://example.amazonaws.com{path}")
    signed = signer.authorization(method, url, headers, hashlib.sha256(body).hexdigest(), MOMENT, KEY)
    assert signature == signed.rpartition("Signature=")[2]


def test_the_example_of_the_iam_user_guide() -> None:
    headers = {
        "Host": "iam.amazonaws.com",
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "X-Amz-Date": MOMENT,
    }
    url = httpx.URL("https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08")
    expected = (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    )
    assert expected == Signer("iam", "us-east-1").authorization("GET", url, headers, NOTHING, MOMENT, KEY)


def test_the_example_of_the_s3_api_reference() -> None:
    headers = {
        "Host": "examplebucket.s3.amazonaws.com",
        "Range": "bytes=0-9",
        "X-Amz-Content-Sha256": NOTHING,
        "X-Amz-Date": "20130524T000000Z",
    }
    url = httpx.URL("https://examplebucket.s3.amazonaws.com/test.txt")
    signed = Signer("s3", "us-east-1").authorization("GET", url, headers, NOTHING, "20130524T000000Z", S3_KEY)
    assert signed.endswith("Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")


def by_botocore(
    request: httpx.Request, service: str, now: datetime, credentials: Credentials
) -> dict[str, str]:
    """Sign what `request` was before it was signed."""
    kept = {name: value for name, value in request.headers.items() if name in {"host", "content-type"}}
    theirs: Any = botocore.awsrequest.AWSRequest(request.method, str(request.url), kept, request.content)
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer = kind(botocore.credentials.Credentials(*credentials), service, "eu-west-1")
    theirs.headers["X-Amz-Content-Sha256"] = hashlib.sha256(request.content).hexdigest()
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        signer.add_auth(theirs)
    return dict(theirs.headers.items())


@given(
    service=st.sampled_from(["es", "execute-api", "s3"]),
    path=st.text(
        st.characters(codec="utf-8", exclude_characters="?#\r\n\0", exclude_categories=["Cc"]), max_size=12
    ).filter(
        lambda path: "." not in path and "//" not in f"/{path}" and "%" not in path and "\\" not in path
    ),
    params=st.dictionaries(
        st.text("aB&=+ /é~", min_size=1, max_size=4), st.text("aB&=+ /é~", max_size=4), max_size=3
    ),
    body=st.binary(max_size=20),
    token=st.sampled_from([None, "session-token"]),
)
def test_a_request_is_signed_as_botocore_signs_it(
    service: str, path: str, params: dict[str, str], body: bytes, token: str | None
) -> None:
    query = urlencode(params, quote_via=quote)
    url = httpx.URL("https://api.example.org:8443/").copy_with(path=f"/{path}", query=query.encode())
    request = httpx.Request("POST", url, content=body, headers={"Content-Type": "a/b"})
    credentials = Credentials("AKIDEXAMPLE", "secret/key", token)
    now = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    Signer(service, "eu-west-1").sign(request, credentials, now.timestamp())
    expected = by_botocore(request, service, now.replace(tzinfo=None), credentials)
    assert expected["Authorization"] == request.headers["authorization"]
    assert expected["X-Amz-Date"] == request.headers["x-amz-date"]
    assert expected.get("X-Amz-Security-Token") == request.headers.get("x-amz-security-token")


def test_signing_again_replaces_the_signature() -> None:
    request = httpx.Request("GET", "https://api.example.org/")
    signer = Signer("es", "eu-west-1")
    signer.sign(request, KEY, 1_700_000_000)
    first = request.headers["authorization"]
    signer.sign(request, KEY, 1_700_000_000)
    assert first == request.headers["authorization"]
    assert "authorization" not in first


def test_credentials_of_the_environment() -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
    assert Credentials("AKID", "secret") == environment_credentials(environment)
    assert environment_credentials(environment | {"AWS_SESSION_TOKEN": "t"}).token == "t"


@pytest.mark.parametrize("missing", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_no_credentials(missing: str) -> None:
    environment = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"} | {missing: ""}
    with pytest.raises(Trouble, match=missing) as caught:
        environment_credentials(environment)
    assert caught.value.reason is Reason.SECRET_UNAVAILABLE


def test_credentials_do_not_print_themselves() -> None:
    assert "wJalr" not in repr(KEY) + repr(Signer("es", "eu-west-1"))
