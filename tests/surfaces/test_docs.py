"""docs/metrics.md and docs/api.md say what is exported, all of it, and nothing else."""

import json
import re
from pathlib import Path

from checker.core.reason import Reason
from checker.secrets.store import SecretStatus
from checker.surfaces.exposition import Exposition
from checker.surfaces.meaning import MEANINGS
from checker.surfaces.metrics import families
from checker.surfaces.own import Own
from checker.surfaces.web.api import document
from tests.surfaces.samples import trouble

DOCS = Path(__file__).parents[2] / "docs"
METRICS = (DOCS / "metrics.md").read_text()


def exported() -> dict[str, str]:
    """Return the type of each metric, as the text format has it."""
    own = Own(secrets=lambda: {"a": SecretStatus(readable=True, changed_at=1.0)})
    board = trouble()
    text = "".join(Exposition().pieces(board, families(board), own, openmetrics=False))
    return dict(re.findall(r"^# TYPE (checker_\w+) (\w+)$", text, re.MULTILINE))


def sections() -> dict[str, str]:
    parts = re.split(r"^### (\S+)$", METRICS.partition("## Reasons")[0], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_metric_has_its_section() -> None:
    assert sorted(exported()) == sorted(name for name in sections() if name.startswith("checker_"))


def test_every_section_names_the_type_that_is_exported() -> None:
    documented = {name: text.lower() for name, text in sections().items()}
    assert {} == {name: kind for name, kind in exported().items() if kind not in documented[name]}


def test_every_section_has_a_query_over_its_metric() -> None:
    queries = {
        name: "".join(re.findall(r"```promql\n(.*?)```", text, re.DOTALL))
        for name, text in sections().items()
    }
    assert [] == [name for name in exported() if name not in queries[name]]
    assert [] == [name for name, query in queries.items() if query.count("(") != query.count(")")]


def test_queries_ask_for_nothing_that_does_not_exist() -> None:
    asked = set(re.findall(r"\bchecker_\w+", "".join(re.findall(r"```promql\n(.*?)```", METRICS, re.DOTALL))))
    known = {name + suffix for name in exported() for suffix in ("", "_sum", "_count", "_bucket")}
    assert set() == asked - known


def test_every_reason_is_explained() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| (.+) \|$", METRICS, re.MULTILINE)
    assert [(reason.value, reason.result.value, MEANINGS[reason]) for reason in Reason] == rows


def keys(value: object) -> set[str]:
    """Return all keys of a document that are part of its shape: not label names, reasons, phases, values."""
    if isinstance(value, list):
        return set().union(*map(keys, value))
    if not isinstance(value, dict):
        return set()
    free = ("labels", "values", "timings", "runs", "failure_counts")
    return set(value).union(*(keys(item) for key, item in value.items() if key not in free))


def test_every_key_of_the_api_is_described() -> None:
    board = trouble()
    found = {
        key for view in board.probes.values() for key in keys(json.loads(json.dumps(document(view, board))))
    }
    tables = (DOCS / "api.md").read_text().partition("## JSON")[2]
    described = {
        key
        for row in re.findall(r"^\| (`[^|]+) \|", tables, re.MULTILINE)
        for key in re.findall(r"`(\w+)`", row)
    }
    assert found | {"probes", "error"} == described
