"""What the IAM policies allow: all that the kinds need, and nothing else.

That the kinds ask for no more than they say is watched in each of their tests (`tests/kinds/conftest.py`).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from checker.kinds import KINDS
from checker.kinds.amazon import AwsKind
from tests.cloud import cloud

POLICIES = Path(__file__).parents[2] / "deploy/policies"
PAGES = Path(__file__).parents[2] / "docs/kinds"
SECRETS = {"secretsmanager:GetSecretValue", "ssm:GetParameter"}
"""What secrets that AWS keeps are read with."""

KINDS_OF_AWS = [kind for kind in KINDS if issubclass(kind, AwsKind)]


def statements(name: str) -> dict[str, Any]:
    document = json.loads((POLICIES / f"{name}.json").read_text())
    assert document["Version"] == "2012-10-17"
    return {one["Sid"]: one for one in document["Statement"]}


def test_the_sentinel_may_look_at_what_the_kinds_need_and_at_nothing_else() -> None:
    needed = {action for kind in KINDS_OF_AWS for action in kind.needs}
    look = statements("sentinel")["Look"]
    assert sorted(needed) == look["Action"]
    assert "*" == look["Resource"]


def test_a_sidecar_may_only_read_its_own_secrets() -> None:
    (only,) = statements("sidecar").values()
    assert SECRETS == set(only["Action"])
    assert only == statements("sentinel")["ReadOwnSecrets"]
    assert [] == [one for one in only["Resource"] if not one.endswith("checker/*")]


def test_no_kind_of_a_sidecar_needs_anything() -> None:
    assert set() == {kind.name for kind in KINDS_OF_AWS if kind.runs_on != "sentinel"}


@pytest.mark.parametrize("name", ["sidecar", "sentinel"])
def test_nothing_is_denied_and_no_action_is_a_pattern(name: str) -> None:
    for one in statements(name).values():
        assert "Allow" == one["Effect"]
        assert [] == [action for action in one["Action"] if "*" in action]


@pytest.mark.parametrize("name", ["sidecar", "sentinel"])
def test_iam_takes_them(name: str) -> None:
    with cloud() as api:
        text = (POLICIES / f"{name}.json").read_text()
        made = api.client("iam").create_policy(PolicyName=name, PolicyDocument=text)
    assert name == made["Policy"]["PolicyName"]


@pytest.mark.parametrize("kind", KINDS_OF_AWS, ids=lambda kind: kind.name)
def test_each_page_names_what_its_kind_needs(kind: type[AwsKind[Any]]) -> None:
    page = (PAGES / f"{kind.name}.md").read_text()
    assert [] == [action for action in kind.needs if f"`{action}`" not in page]
