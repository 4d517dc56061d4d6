"""Any bytes as checks.yaml, for the kinds that there are: running parts, or problems that each have a place."""

import copy
import functools
import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checker.app.wiring import wire
from checker.config.load import load
from checker.config.problems import InvalidConfiguration
from checker.config.schema import json_schema
from checker.core.clock import Clock
from checker.secrets.store import SecretStore
from tests.config.test_load_properties import paths
from tests.fuzz.corpora import kept
from tests.fuzz.values import DOCUMENTS, damaged

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
WHOLE = (
    (ROOT / "checks.yaml").read_text(),
    *(
        text
        for page in sorted((ROOT / "docs/kinds").glob("*.md"))
        for text in FENCE.findall(page.read_text())
    ),
)
"""The demo's checks, and the example of every kind."""


def names_in(schema: object) -> set[str]:
    """Return every key that a configuration may have anywhere, and every word of a closed list."""
    if isinstance(schema, list):
        return set().union(*map(names_in, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties")
    own = {*(properties if isinstance(properties, dict) else ()), *map(str, schema.get("enum") or ())}
    return own.union(*map(names_in, schema.values()))


WORDS = st.sampled_from(sorted(names_in(json_schema())))
REFERENCES = st.sampled_from(
    [
        "${env.A}",
        "${env.A:-1}",
        "${secret.key}",
        "${a}",
        "${run.id}",
        "${param.a}",
        "${matrix.a}",
        "${",
        "$${",
    ]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    DOCUMENTS
    | WORDS
    | REFERENCES
    | st.sampled_from(["5s", "1ms", "64KiB", "99.5%", "2xx", "$.a", "$..[", "("]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=8,
)


@functools.cache
def parsed(text: str) -> tuple[Any, list[tuple[Any, ...]]]:
    document = yaml.safe_load(text)
    return document, paths(document)[1:]


@st.composite
def rewritten(draw: st.DrawFn) -> bytes:
    """Return a configuration that works, with some of its values replaced, removed or added to."""
    document, ways = parsed(draw(st.sampled_from(WHOLE)))
    document = copy.deepcopy(document)
    for *way, last in draw(st.lists(st.sampled_from(ways), min_size=1, max_size=3)):
        try:
            parent = functools.reduce(lambda inner, key: inner[key], way, document)
            action = draw(st.sampled_from(["replace", "remove", "add"]))
            if action == "remove":
                del parent[last]
            elif action == "add" and isinstance(parent[last], dict):
                parent[last][draw(WORDS)] = draw(VALUES)
            else:
                parent[last] = draw(VALUES)
        except (KeyError, IndexError, TypeError):
            continue  # gone with what was rewritten before
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True).encode("utf-8", "surrogatepass")


@functools.cache
def directory() -> Path:
    kept_until_exit = tempfile.TemporaryDirectory()
    directory.keep = kept_until_exit  # type: ignore[attr-defined]
    return Path(kept_until_exit.name)


def check(data: bytes) -> None:
    path = directory() / "checks.yaml"
    path.write_bytes(data)
    try:
        config = load(str(path), {})
    except InvalidConfiguration as error:
        check_problems(error)
    else:
        clock = Clock()
        wire(config, SecretStore({}, clock), role="sentinel", clock=clock)


def check_problems(error: InvalidConfiguration) -> None:
    assert error.problems
    assert all(line.isprintable() for line in str(error).split("\n"))
    for one in error.problems:
        assert one.file
        assert one.message
        assert min(one.line, one.column) >= 1


PATIENT = settings(suppress_health_check=[HealthCheck.too_slow])


@PATIENT
@given(damaged(st.sampled_from(WHOLE).map(str.encode), most=6))
def test_slips_of_the_keyboard(data: bytes) -> None:
    check(data)


@PATIENT
@given(rewritten())
def test_values_that_nobody_thought_of(data: bytes) -> None:
    check(data)


@PATIENT
@given(
    st.binary(max_size=100)
    | st.text(alphabet="ab:,-?&*!|>'\"%@`{}[]#$ \n\t0~<=./", max_size=60).map(str.encode)
)
@example(b"")
def test_anything(data: bytes) -> None:
    check(data)


@pytest.mark.parametrize("data", kept("configuration"))
def test_what_was_found(data: bytes) -> None:
    check(data)
