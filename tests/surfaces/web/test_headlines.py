from collections.abc import Mapping

import pytest

from checker.surfaces.web.headlines import headlines, title
from checker.surfaces.web.marks import MEANINGS, Mark


@pytest.mark.parametrize(
    ("counts", "headline", "subline"),
    [
        ({}, "Nothing is being checked", "No configuration with probes is in use."),
        ({Mark.UP: 3}, "Every user path works", ""),
        ({Mark.UP: 3, Mark.PENDING: 1}, "1 user path is still to be tried", MEANINGS[Mark.PENDING]),
        (
            {Mark.UP: 3, Mark.DEGRADED: 2, Mark.PENDING: 1},
            "2 user paths are degraded",
            MEANINGS[Mark.DEGRADED],
        ),
        ({Mark.BLOCKED: 1}, "1 user path is blocked", MEANINGS[Mark.BLOCKED]),
        ({Mark.UNKNOWN: 1, Mark.DEGRADED: 5}, "1 user path is out of sight", MEANINGS[Mark.UNKNOWN]),
        ({Mark.DOWN: 1, Mark.UP: 9, Mark.UNKNOWN: 9}, "1 user path is broken", ""),
        ({Mark.MASKED: 1}, "1 user path is broken", "The platform says that it is healthy."),
        ({Mark.MASKED: 2}, "2 user paths are broken", "The platform says that all of them are healthy."),
        (
            {Mark.MASKED: 1, Mark.DOWN: 2},
            "3 user paths are broken",
            "The platform says that 1 of them is healthy.",
        ),
        (
            {Mark.MASKED: 2, Mark.DOWN: 1},
            "3 user paths are broken",
            "The platform says that 2 of them are healthy.",
        ),
    ],
)
def test_the_worst_is_said(counts: Mapping[Mark, int], headline: str, subline: str) -> None:
    assert (headline, subline) == headlines(counts)


def test_a_background_tab_counts_what_is_broken() -> None:
    assert "(3) checker" == title({Mark.MASKED: 1, Mark.DOWN: 2, Mark.UP: 4})
    assert "checker" == title({Mark.UP: 4, Mark.DEGRADED: 1})
