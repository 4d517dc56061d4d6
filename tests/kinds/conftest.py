"""A kind to ask with, for tests that want nothing special of it."""

import pytest

from tests.kinds.asking import Asking


@pytest.fixture
def asking() -> Asking:
    return Asking()
