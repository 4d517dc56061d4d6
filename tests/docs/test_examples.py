"""Every YAML example in the documentation is a configuration that works, and that editors accept."""

import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
import yaml

from checker.config.load import load
from checker.config.schema import json_schema

ROOT = Path(__file__).parents[2]
PAGES = (ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(r"^( *)```(yaml[^\n]*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LEFT_OUT = ("only a 2xx status is expected", "there is no such file here", "the variable ", "no probe uses")
"""An example shows one thing: what it would expect is left out of most, and so are secrets and certificates."""

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def examples() -> Iterator[object]:
    """Yield every example but those that say `fragment`, which are parts of one."""
    for page in PAGES:
        text = page.read_text()
        for match in FENCE.finditer(text):
            if "fragment" not in match[2]:
                line = text.count("\n", 0, match.start()) + 2
                name = f"{page.relative_to(ROOT)}:{line}"
                yield pytest.param(re.sub(f"(?m)^{match[1]}", "", match[3]), id=name)


EXAMPLES = tuple(examples())


@pytest.mark.parametrize("example", EXAMPLES)
def test_is_valid(example: str, tmp_path: Path) -> None:
    environment = dict.fromkeys(re.findall(r"\$\{env\.([A-Za-z0-9_]+)\}", example), "http://127.0.0.1:9")
    path = tmp_path / "checks.yaml"
    path.write_text(example)
    config = load(str(path), environment)
    assert [] == [warning.message for warning in config.warnings if not warning.message.startswith(LEFT_OUT)]
    assert config.probes


@pytest.mark.parametrize("example", EXAMPLES)
def test_is_accepted_by_editors(example: str) -> None:
    assert [] == [error.message for error in VALIDATOR.iter_errors(yaml.safe_load(example))]


def test_the_repositorys_own_checks_are_accepted_by_editors() -> None:
    checks = yaml.safe_load((ROOT / "checks.yaml").read_text())
    assert [] == [error.message for error in VALIDATOR.iter_errors(checks)]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text())
    assert [] == [target for target in targets if not (page.parent / target).exists()]
