"""What a test needs of the machine that it runs on, and what happens where that is missing.

On a developer's machine such a test is skipped, and the run ends with a list of what was not tested. With
CI=true it fails: nothing may be missing there.
"""

import os
import shutil
from collections.abc import Iterable
from typing import NoReturn

import pytest

NOT_TESTED = "not tested on this machine: "


def missing_parts(commands: Iterable[str], *, root: bool) -> tuple[str, ...]:
    """Return what this machine lacks, in words."""
    absent = tuple(f"the command {command}" for command in commands if shutil.which(command) is None)
    return (*absent, "the user root") if root and os.geteuid() != 0 else absent


def cannot_run(reason: str) -> NoReturn:
    """End the running test: a failure where CI=true, else a skip that the end of the run repeats."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{NOT_TESTED}{reason}", pytrace=False)
    pytest.skip(f"{NOT_TESTED}{reason}")
