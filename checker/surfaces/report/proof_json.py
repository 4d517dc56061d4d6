"""`prove --format json`: the machine-readable report, version 1. Its keys are public contract."""

from collections.abc import Iterable
from typing import Any

from checker.proving.proof import Catch, Proof, Tried

VERSION = 1


def report(proofs: Iterable[Proof]) -> dict[str, Any]:
    """Return the report."""
    return {"version": VERSION, "probes": [_proof(proof) for proof in proofs]}


def _proof(proof: Proof) -> dict[str, Any]:
    return {
        "probe": proof.probe,
        "result": proof.outcome.result.value,
        "message": proof.trouble or None,
        "tried": len(proof.tried),
        "caught": proof.caught,
        "holes": len(proof.holes),
        "mutations": [_tried(one) for one in proof.tried],
    }


def _tried(one: Tried) -> dict[str, Any]:
    mutation = one.mutation
    return {
        "step": one.step,
        "mutation": mutation.name,
        "subject": mutation.subject or None,
        "what": mutation.what,
        "fate": one.fate.value,
        "hole": one.hole,
        "place": str(one.place),
        "caught_by": _catch(one.catch) if one.catch else None,
        "suggestion": one.remedy.text if one.remedy else None,
    }


def _catch(catch: Catch) -> dict[str, Any]:
    return {
        "step": catch.step,
        "reason": catch.reason,
        "subject": catch.subject or None,
        "operator": catch.operator or None,
        "message": catch.message,
        "place": str(catch.place),
    }
