"""The demo's own checks, proven over the demo's estate: what they let pass, nobody should copy."""

import asyncio
from pathlib import Path

from checker.app import once, prove
from checker.lab.estate import Estate
from checker.proving.proof import Fate
from tests.proving.serving import holes

CHECKS = Path(__file__).parents[2] / "checks.yaml"


async def test_the_repositorys_checks_notice_all_that_takes_a_path_down() -> None:
    async with Estate() as estate:
        begun = prove.begin(str(CHECKS), estate.environment, once.Choice())
        ran = await prove.record(begun, lambda _: None)
        proofs = await asyncio.to_thread(prove.prove, begun, ran)
    assert {} == {proof.probe: proof.trouble for proof in proofs if proof.trouble}
    assert {} == {proof.probe: holes(proof) for proof in proofs if proof.holes}
    assert len(begun.job.wiring.config.probes) == len(proofs)
    assert all(proof.caught >= 12 for proof in proofs)
    assert {"cache_hit", "zero", "other_type"} >= {
        one.mutation.name for proof in proofs for one in proof.tried if one.fate is not Fate.CAUGHT
    }
