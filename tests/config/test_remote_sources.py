"""Configurations that AWS keeps, with a real API."""

from collections.abc import Iterator

import pytest

from checker.config import sources
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.config.sources import Unreadable, remote_version
from tests.cloud import Cloud, cloud

CHECKS = "version: 1\nprobes: {p: {http: {url: 'http://h/'}}}\n"


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        running.client("ssm").put_parameter(Name="/checker/checks", Value=CHECKS, Type="String")
        s3 = running.client("s3")
        s3.create_bucket(Bucket="checks", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket="checks", Key="prod/checks.yaml", Body=CHECKS.encode())
        s3.put_object(Bucket="checks", Key="large", Body=b"#" * (2 << 20))
        yield running


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize("source", ["ssm:/checker/checks", "s3://checks/prod/checks.yaml"])
def test_it_is_read(source: str) -> None:
    assert ["p"] == [probe.name for probe in load(source, {}).probes]


@pytest.mark.usefixtures("api")
@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ssm:/checker/nothing", "ssm:GetParameter: AWS knows of no such thing"),
        ("s3://checks/nothing", "s3:GetObject: AWS knows of no such thing"),
        ("s3://nothing/checks", "s3:GetObject: AWS knows of no such thing"),
        ("s3://checks", "write ssm:/name/of/parameter or s3://bucket/key"),
        ("ssm:", "write ssm:/name/of/parameter or s3://bucket/key"),
        ("s3://checks/large", "larger than 1 MiB"),
    ],
)
def test_what_cannot_be_read_says_why(source: str, why: str) -> None:
    with pytest.raises(InvalidConfiguration, match=why):
        load(source, {})


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "INSTALLED", False)
    with pytest.raises(InvalidConfiguration, match="needs the extra aws"):
        load("ssm:/checker/checks", {})


def test_another_version_is_told_apart(api: Cloud) -> None:
    before = [remote_version("ssm:/checker/checks"), remote_version("s3://checks/prod/checks.yaml")]
    assert before == [remote_version("ssm:/checker/checks"), remote_version("s3://checks/prod/checks.yaml")]
    api.client("ssm").put_parameter(Name="/checker/checks", Value=CHECKS + "#", Type="String", Overwrite=True)
    api.client("s3").put_object(Bucket="checks", Key="prod/checks.yaml", Body=CHECKS.encode() + b"#")
    after = [remote_version("ssm:/checker/checks"), remote_version("s3://checks/prod/checks.yaml")]
    assert all(old != new for old, new in zip(before, after, strict=True))
    with pytest.raises(Unreadable):
        remote_version("s3://checks/nothing")
