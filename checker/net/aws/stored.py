"""Configurations that AWS keeps: `ssm:/parameter` and `s3://bucket/key`. These functions block: call them in a thread.

They go by the process's own credentials: which accounts are meant is only said in what they read.
"""

from typing import Any

from checker.net.aws.accounts import UNDECLARED
from checker.net.aws.clients import Clients
from checker.net.aws.failures import trouble


def read(source: str, most: int) -> bytes:
    """Return what is kept there, of more than `most` bytes one more; raises Trouble."""
    if source.startswith("ssm:"):
        return str(_parameter(source)["Value"]).encode()
    with _asked("s3", "GetObject", **_place(source))["Body"] as body:
        data: bytes = body.read(most + 1)
    return data


def version(source: str) -> str:
    """Return what differs once something else is kept there, an ETag or a version; raises Trouble."""
    if source.startswith("ssm:"):
        return str(_parameter(source)["Version"])
    return str(_asked("s3", "HeadObject", **_place(source))["ETag"])


def _parameter(source: str) -> Any:
    return _asked("ssm", "GetParameter", Name=source[4:], WithDecryption=True)["Parameter"]


def _place(source: str) -> dict[str, str]:
    bucket, _, key = source.removeprefix("s3://").partition("/")
    return {"Bucket": bucket, "Key": key}


def _asked(service: str, operation: str, **parameters: Any) -> Any:
    try:
        return Clients(UNDECLARED, "checker").call(service, operation, parameters, None)
    except Exception as error:
        raise trouble(error, service, operation) from error
