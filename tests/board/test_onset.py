import pytest

from checker.board.onset import Onset, following
from tests.board.outcomes import DEGRADED, ERROR, FAIL, PASS, outcome

BEFORE = Onset(50.0, seen=True)


@pytest.mark.parametrize(
    ("onset", "earlier", "result", "after"),
    [
        (None, None, PASS, None),
        (None, None, FAIL, Onset(100.0, seen=False)),
        (None, PASS, FAIL, Onset(100.0, seen=True)),
        (BEFORE, FAIL, FAIL, BEFORE),
        (BEFORE, FAIL, ERROR, BEFORE),
        (BEFORE, ERROR, DEGRADED, Onset(100.0, seen=True)),
        (BEFORE, DEGRADED, FAIL, Onset(100.0, seen=True)),
        (BEFORE, DEGRADED, DEGRADED, BEFORE),
        (BEFORE, FAIL, PASS, None),
    ],
)
def test_following(onset: Onset | None, earlier: object, result: object, after: Onset | None) -> None:
    assert after == following(onset, earlier, outcome(result))  # type: ignore[arg-type]
