"""A credential that AWS keeps, a server that checks it, and a rotation between two runs."""

import asyncio
import base64
from collections.abc import Iterator

import pytest

from checker.core.reason import Reason, Result
from checker.secrets import remote
from tests.cloud import Cloud, cloud
from tests.integration.checks import rig
from tests.net.loopback import serving

CHECKS = """
    version: 1
    aws: {{prod: {{account: "123456789012", region: eu-west-1}}}}
    secrets:
      current: {{aws_secret: upload, field: password}}
      previous: {{aws_secret: upload, field: password, stage: AWSPREVIOUS}}
      missing: {{aws_secret: nothing}}
    probes:
      upload:
        for_each:
          current: {{password: "${{secret.current}}"}}
          previous: {{password: "${{secret.previous}}"}}
          missing: {{password: "${{secret.missing}}"}}
        http:
          url: http://127.0.0.1:{port}/
          auth: {{basic: {{username: probe, password: "${{matrix.password}}"}}}}
"""


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        running.client("secretsmanager").create_secret(Name="upload", SecretString='{"password": "hunter1"}')
        yield running


class Door:
    """Lets in who knows the password."""

    password = "hunter1"

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        good = base64.b64encode(f"probe:{self.password}".encode()) in head
        writer.write(b"HTTP/1.1 %s X\r\nContent-Length: 0\r\n\r\n" % (b"200" if good else b"401"))
        await writer.drain()


async def test_a_rotation_is_noticed_by_the_rejection_and_taken_up(
    api: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "DOUBT", 0.0)
    door = Door()
    async with serving(door) as server, rig(CHECKS.format(port=server.port)) as bench:
        assert Result.PASS is (await bench.run("upload/current")).result
        api.client("secretsmanager").put_secret_value(
            SecretId="upload", SecretString='{"password": "hunter2"}'
        )
        door.password = "hunter2"
        assert Reason.AUTH_REJECTED is (await bench.run("upload/current")).reason
        outcomes = [await bench.run("upload/current"), await bench.run("upload/previous")]
    assert [None, Reason.AUTH_REJECTED] == [outcome.reason for outcome in outcomes]
    assert "hunter" not in str(outcomes)


@pytest.mark.usefixtures("api")
async def test_one_that_is_not_there_is_the_checkers_own_trouble() -> None:
    async with serving(Door()) as server, rig(CHECKS.format(port=server.port)) as bench:
        outcome = await bench.run("upload/missing")
    assert (Result.ERROR, Reason.SECRET_UNAVAILABLE) == (outcome.result, outcome.reason)
    assert outcome.message
    assert "secret missing: secretsmanager:GetSecretValue: AWS knows of no such thing" in outcome.message
