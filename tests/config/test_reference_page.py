"""docs/checks.md has every key that there is."""

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from checker.config.files import _EVERYWHERE, _MAIN_ONLY
from checker.config.models import (
    RESERVED_LABELS,
    AwsConfig,
    PollKeys,
    ProbeKeys,
    RetryKeys,
    SecretConfig,
    ServerConfig,
    SloKeys,
    StepKeys,
)
from checker.config.steps import NETWORK_REASONS
from checker.core.reason import CONNECTION_REASONS

PAGE = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()
CODE = " ".join(re.findall(r"`([^`\n]+)`", PAGE))


@pytest.mark.parametrize(
    "model", [ProbeKeys, StepKeys, PollKeys, RetryKeys, SloKeys, SecretConfig, ServerConfig, AwsConfig]
)
def test_every_key_is_explained(model: type[BaseModel]) -> None:
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [] == [key for key in keys if not re.search(rf"\b{key}\b", CODE)]


def test_every_section_is_explained() -> None:
    sections = _EVERYWHERE | _MAIN_ONLY
    assert [] == sorted(section for section in sections if f"`{section}`" not in PAGE)


def test_reserved_labels_and_default_reasons_are_listed() -> None:
    listed = {frozenset(text.split()) for text in re.findall(r"`([^`\n]+)`", PAGE)}
    assert RESERVED_LABELS in listed
    assert NETWORK_REASONS in listed
    assert [] == [reason for reason in CONNECTION_REASONS if f"`{reason}`" not in PAGE]


def test_links_within_the_page_lead_somewhere() -> None:
    headings = {
        re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"(?m)^#+ (.+)$", PAGE)
    }
    assert [] == [anchor for anchor in re.findall(r"\]\(#([^)]+)\)", PAGE) if anchor not in headings]
