"""An account of the lab, and a clock that is moved by hand."""

from collections.abc import Iterator

import pytest

from checker.lab.cloud.api import Api


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as opened:
        yield opened
