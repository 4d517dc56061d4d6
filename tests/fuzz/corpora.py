"""Inputs that are kept as files: one for each thing that was found, named after it, and some to begin with."""

from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parent / "corpus"


def kept(name: str) -> list[Any]:
    """Return the bytes of each file of a corpus, as parameters of a test."""
    return [pytest.param(path.read_bytes(), id=path.name) for path in sorted((CORPUS / name).iterdir())]
