"""What stays is not gone through again, and what no longer does is found."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from checker.app import memory


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


class Knot:
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.own = self


def test_what_stays_is_not_gone_through() -> None:
    memory.settle()
    assert gc.get_freeze_count() > 1000
    assert gc.get_threshold() == memory.YOUNG


def test_what_was_let_go_of_is_found_all_the_same() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    memory.settle()
    del knot
    gc.collect()
    assert gone() is not None  # it was taken for what stays
    memory.tidy()
    assert gone() is None
    assert gc.get_freeze_count() > 1000
