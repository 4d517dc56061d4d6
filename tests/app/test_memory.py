"""What stays is not gone through again, and what no longer does is found."""

import gc
import weakref

from checker.app.memory import YOUNG, settled, tidy


class Knot:
    """Refers to itself, so that only the collector frees it."""

    def __init__(self) -> None:
        self.own = self


def test_what_stays_is_not_gone_through() -> None:
    before = gc.get_threshold()
    with settled():
        assert gc.get_freeze_count() > 1000
        assert YOUNG == gc.get_threshold()
    assert (0, before) == (gc.get_freeze_count(), gc.get_threshold())


def test_what_was_let_go_of_is_found_all_the_same() -> None:
    knot = Knot()
    gone = weakref.ref(knot)
    with settled():
        del knot
        gc.collect()
        assert gone() is not None  # it was taken for what stays
        tidy()
        assert gone() is None
        assert gc.get_freeze_count() > 1000
