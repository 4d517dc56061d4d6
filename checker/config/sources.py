"""Where a configuration is read from.

A path, `-` for standard input, `env:NAME` for a variable that holds it, `ssm:/parameter` or `s3://bucket/key` of AWS.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from checker.core.errors import Trouble
from checker.core.regular import IRREGULAR, open_regular
from checker.net.aws.calls import INSTALLED, MISSING_EXTRA

MOST_BYTES = 1 << 20

_KEPT_BY_AWS = ("ssm:", "s3://")


class Unreadable(Exception):
    """A source that yields nothing; the message is for the user."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What was read. `directory` is what the file names in it are relative to; `path` is None where it is no file."""

    name: str
    data: bytes
    directory: Path
    path: Path | None = None


def read_source(source: str, environment: Mapping[str, str]) -> Raw:
    """Read a configuration by its name on the command line; raises Unreadable."""
    if is_remote(source):
        return Raw(source, _bounded(_fetched(source)), Path.cwd())
    if source == "-":
        return Raw("<stdin>", _bounded(sys.stdin.buffer.read(MOST_BYTES + 1)), Path.cwd())
    if source.startswith("env:"):
        return Raw(source, _bounded(_variable(source[4:], environment)), Path.cwd())
    try:
        return read_file(source, Path(source))
    except Unreadable as error:
        advice = "; pipe it in, and name -" if str(error).endswith(IRREGULAR) else ""
        raise Unreadable(f"{error}{advice}") from None


def is_remote(source: str) -> bool:
    """Whether a configuration is kept by AWS."""
    return source.startswith(_KEPT_BY_AWS)


def remote_version(source: str) -> str:
    """Return what differs once a remote configuration is another one; takes its time, and raises Unreadable."""
    from checker.net.aws import stored  # noqa: PLC0415 - botocore, an optional extra

    try:
        return stored.version(source)
    except Trouble as trouble:
        raise Unreadable(trouble.message) from None


def _fetched(source: str) -> bytes:
    if not INSTALLED:
        raise Unreadable(MISSING_EXTRA)
    from checker.net.aws import stored  # noqa: PLC0415 - botocore, an optional extra

    if not re.fullmatch("ssm:.+|s3://[^/]+/.+", source):
        raise Unreadable("write ssm:/name/of/parameter or s3://bucket/key")
    try:
        return stored.read(source, MOST_BYTES)
    except Trouble as trouble:
        raise Unreadable(trouble.message) from None


def read_file(name: str, path: Path) -> Raw:
    """Read a file, at most 1 MiB of it; raises Unreadable."""
    try:
        with open_regular(path) as file:
            data = file.read(MOST_BYTES + 1)
        resolved = path.resolve()
    except FileNotFoundError:
        raise Unreadable("there is no such file") from None
    except IsADirectoryError:
        raise Unreadable("this is a directory; name a file") from None
    except (OSError, ValueError, RuntimeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise Unreadable(f"cannot be read: {reason}") from None
    return Raw(name, _bounded(data), resolved.parent, resolved)


def _variable(name: str, environment: Mapping[str, str]) -> bytes:
    if name not in environment:
        raise Unreadable(f"the environment variable {name} is not set")
    return environment[name].encode(errors="surrogateescape")


def _bounded(data: bytes) -> bytes:
    if len(data) > MOST_BYTES:
        raise Unreadable("larger than 1 MiB; split it with include")
    return data
