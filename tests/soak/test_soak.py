"""A soak that is short enough to run each time. `make soak` is the long one."""

from pathlib import Path

import pytest

from tests.soak.report import SHORT, text
from tests.soak.soak import soak


@pytest.mark.timeout(SHORT.most_seconds + 60)
async def test_nothing_is_lost_and_nothing_grows_through_reloads_and_restarts(tmp_path: Path) -> None:
    findings = await soak(SHORT, tmp_path)
    assert not findings.problems, text(findings)
    assert findings.runs >= SHORT.runs
    assert (findings.reloads, findings.restarts) == (SHORT.reloads, SHORT.restarts)
    assert findings.endings["pass"] > findings.runs / 10  # less proves nothing: the machine is too slow
