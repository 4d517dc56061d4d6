"""A kind to ask with, for tests that want nothing special of it; AWS; and what the product may ask it, watched."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.handlers
import pytest

from checker.net.aws.failures import iam_action
from tests.cloud import Cloud, cloud
from tests.kinds.asking import Asking

POLICY = Path(__file__).parents[2] / "deploy/policies/sentinel.json"
FREE = ("test_aws", "test_amazon")
"""Tests that ask for anything, as steps of the kind `aws` do: their users write a policy for that themselves."""


@pytest.fixture
def asking() -> Asking:
    return Asking()


@pytest.fixture(scope="module")
def api() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@cache
def allowed() -> frozenset[str]:
    """Return the actions by which the policy of the sentinel lets it look at everything."""
    statements = {one["Sid"]: one for one in json.loads(POLICY.read_text())["Statement"]}
    return frozenset(statements["Look"]["Action"])


@pytest.fixture(autouse=True)
def _only_what_the_policy_allows(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Watch every call of the product, by its user agent, in whichever test of a kind; the test's own are not."""
    beyond: set[str] = set()

    def heard(model: Any, params: Any, **_: object) -> None:
        action = iam_action(model.service_model.service_name, model.name)
        if "checker/" in params["headers"].get("User-Agent", "") and action not in allowed():
            beyond.add(action)

    monkeypatch.setattr(
        botocore.handlers, "BUILTIN_HANDLERS", [*botocore.handlers.BUILTIN_HANDLERS, ("before-call", heard)]
    )
    yield
    if request.module.__name__.rpartition(".")[2] not in FREE:
        assert not beyond, f"{POLICY.name} does not allow {', '.join(sorted(beyond))}"
