"""The probes that were chosen, run once; what comes of it is in tests/proving."""

import asyncio
from pathlib import Path

import pytest

from checker.app import once, prove
from checker.core.errors import ConfigurationError
from tests.proving.serving import serving

TEXT = """version: 1
probes:
  a: {labels: {team: x}, http: {url: "${env.URL}/works"}, shallow: {http: {url: "${env.URL}/page"}}}
  b: {http: {url: "${env.URL}/page", method: DELETE}, effects: writes}
"""


@pytest.mark.parametrize(
    ("choice", "names"),
    [(once.Choice(), ["a", "b"]), (once.Choice(("b",)), ["b"]), (once.Choice((), ("team=x",)), ["a"])],
)
def test_what_was_chosen_runs_once_and_no_shallow_check(
    tmp_path: Path, choice: once.Choice, names: list[str]
) -> None:
    (tmp_path / "checks.yaml").write_text(TEXT)
    told: list[str] = []
    with serving() as server:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        begun = prove.begin(str(tmp_path / "checks.yaml"), {"URL": url}, choice)
        ran = asyncio.run(prove.record(begun, lambda run: told.append(run.outcome.probe)))
        proofs = prove.prove(begun, ran)
        asked = server.asked  # type: ignore[attr-defined]
    assert names == [proof.probe for proof in proofs]
    assert sorted(names) == sorted(told)
    assert len(names) == len(asked)


def test_a_name_of_no_probe(tmp_path: Path) -> None:
    (tmp_path / "checks.yaml").write_text(TEXT)
    with pytest.raises(ConfigurationError, match="there is no probe 'c'"):
        prove.begin(str(tmp_path / "checks.yaml"), {"URL": "http://127.0.0.1:9"}, once.Choice(("c",)))
