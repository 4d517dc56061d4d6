"""docs/assertions.md has every operator, in a table and in an example; tests/docs validates the examples."""

import re
from pathlib import Path

import pytest
import yaml

from checker.assertions.operators import OPERATORS

PAGE = (Path(__file__).parents[2] / "docs" / "assertions.md").read_text()
EXAMPLES = [
    yaml.safe_load(example) for example in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
]


def keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return {str(key) for key in value} | {key for item in value.values() for key in keys(item)}
    return {key for item in value for key in keys(item)} if isinstance(value, list) else set()


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_is_documented(name: str) -> None:
    assert re.search(rf"^\| [^|]*`{name}`", PAGE, re.MULTILINE)


@pytest.mark.parametrize("name", OPERATORS)
def test_an_operator_has_an_example(name: str) -> None:
    assert name in keys(EXAMPLES)
