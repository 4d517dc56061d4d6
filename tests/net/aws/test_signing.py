"""The credentials that requests are signed with, by botocore's own chain and endpoints on loopback."""

import asyncio
import json
import os
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.trace import Errand, Trace
from checker.net.aws import signing
from checker.net.aws.signing import SigningCredentials
from checker.net.sigv4 import Credentials
from tests.integration.sites import Request, Site, reply, site

FOUND = Credentials("AKID", "s3cret", "t0ken")


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the chain find nothing that a test does not give it."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
async def container(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """What a container asks for its role's credentials: new ones each time, from the event loop of the test itself."""

    def answer(request: Request) -> bytes:
        number = len(endpoint.requests)
        document = {"AccessKeyId": f"AKID{number}", "SecretAccessKey": "s3cret", "Token": f"t0ken{number}"}
        soon = time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60)
        )  # so that it is renewed at once
        return reply(json.dumps({**document, "Expiration": soon}))

    async with site(answer) as endpoint:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{endpoint.url}/role")
        yield endpoint


async def refused(source: SigningCredentials) -> str:
    with pytest.raises(Trouble) as caught:
        await source.get(Trace())
    assert Reason.SECRET_UNAVAILABLE is caught.value.reason
    return caught.value.message


async def test_a_container_s_role_is_asked_off_the_loop_and_renewed(container: Site) -> None:
    source = SigningCredentials()
    first, second = await source.get(Trace()), await source.get(Trace())
    assert {"s3cret"} == {first.secret_key, second.secret_key}
    assert first.access_key.removeprefix("AKID") == (first.token or "").removeprefix("t0ken")
    assert first != second
    assert {"/role"} == {request.path for request in container.requests}


async def test_variables_come_first(container: Site) -> None:
    given = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cret", "AWS_SESSION_TOKEN": "t0ken"}
    assert await SigningCredentials(given).get(Trace()) == FOUND
    assert "AWS_SECRET_ACCESS_KEY" in await refused(SigningCredentials({"AWS_ACCESS_KEY_ID": "AKID"}))
    assert [] == container.requests


async def test_a_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text("[checks]\naws_access_key_id = AKID\naws_secret_access_key = s3cret\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    monkeypatch.setenv("AWS_PROFILE", "checks")
    assert Credentials("AKID", "s3cret") == await SigningCredentials().get(Trace())


STS = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKID</AccessKeyId><SecretAccessKey>s3cret</SecretAccessKey>
<SessionToken>t0ken</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"""


async def test_web_identity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("a-token")
    async with site(lambda _: reply(STS, Content_Type="text/xml")) as sts:
        monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/checker")
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        source = SigningCredentials()
        found = [await source.get(Trace()) for _ in range(3)]
        assert [FOUND] * 3 == found
        assert 1 == len(sts.requests)
        assert b"WebIdentityToken=a-token" in sts.requests[0].body


async def test_there_are_none() -> None:
    expected = (
        "sigv4 has no AWS credentials: there are none in variables, profiles, a container or an instance"
    )
    assert expected == await refused(SigningCredentials())


async def test_a_profile_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in await refused(SigningCredentials())


async def test_without_botocore_the_variables_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing, "INSTALLED", False)
    assert "pip install '.[aws]'" in await refused(SigningCredentials({}))
    given = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "s3cret"}
    assert Credentials("AKID", "s3cret") == await SigningCredentials(given).get(Trace())


class Slow:
    """Finds nothing before it may."""

    def __init__(self) -> None:
        self.calls = 0
        self.go_on = threading.Event()

    def __call__(self) -> Credentials:
        self.calls += 1
        self.go_on.wait(10)
        return FOUND


async def test_a_search_is_bounded_in_time_and_the_next_one_may_succeed() -> None:
    slow = Slow()
    source = SigningCredentials({}, slow, deadline=0.05)
    assert "sigv4 has no AWS credentials: nothing was found within 0.05 s" == await refused(source)
    slow.go_on.set()
    assert await source.get(Trace()) == FOUND


async def test_all_wait_for_one_search_and_one_who_gives_up_does_not_end_it() -> None:
    slow, traces = Slow(), [Trace() for _ in range(3)]
    source = SigningCredentials({}, slow)
    waiting = [asyncio.create_task(source.get(trace)) for trace in traces]
    await asyncio.sleep(0)
    errand = Errand("looking for AWS credentials to sign with", Reason.SECRET_UNAVAILABLE)
    assert [errand] * 3 == [trace.errand for trace in traces]
    waiting[0].cancel()
    await asyncio.sleep(0)
    slow.go_on.set()
    assert [FOUND] * 2 == list(await asyncio.gather(*waiting[1:]))
    assert ([None] * 3, 1) == ([trace.errand for trace in traces], slow.calls)


async def test_closing_waits_no_longer() -> None:
    slow = Slow()
    source = SigningCredentials({}, slow)
    await source.aclose()
    waiting = asyncio.create_task(source.get(Trace()))
    await asyncio.sleep(0)
    await source.aclose()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
