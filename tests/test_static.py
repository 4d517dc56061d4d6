"""What the product's own source must not do, and that every exception from ruff's rules on security has its reason."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = tuple(sorted((ROOT / "checker").rglob("*.py")))
TEMPLATES = tuple(sorted((ROOT / "checker").rglob("*.html")))

MODULES = {"code", "ctypes", "dill", "marshal", "pickle", "pty", "shelve", "subprocess", "telnetlib"}
"""They run, or make objects of, what they are given."""

CALLS = {
    "__import__",
    "asyncio.create_subprocess_shell",
    "compile",
    "eval",
    "exec",
    "os.popen",
    "fromstring",
    "iterparse",
    "os.system",
}
"""And XML is written, and never read: it could be made to take all memory."""
ADMITTED = {"checker/app/heap.py": {"import ctypes"}}
"""One call of the C library's mallopt, with two numbers that are in the source."""

YAML = {"CSafeLoader", "SafeDumper", "compose", "parse", "safe_dump"}
"""Of PyYAML: reading is by events and nodes, which make no objects; what is written is by the safe family."""


def used(tree: ast.AST) -> Iterator[str]:
    """Yield what a module imports, and the names of what it calls."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (f"import {alias.name.partition('.')[0]}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield f"import {(node.module or '').partition('.')[0]}"
        elif isinstance(node, ast.Call):
            yield f"call {ast.unparse(node.func)}"


def forbidden(text: str) -> set[str]:
    names = {f"import {name}" for name in MODULES} | {f"call {name}" for name in CALLS}
    found = set(used(ast.parse(text)))
    return (names & found) | {
        name for name in found if re.search(r"(etree|ElementTree|ET)\.(from|parse|iterparse|XML)", name)
    }


def of_yaml(text: str) -> set[str]:
    """Return what a module takes of PyYAML, but for its events and nodes, which are values, and its errors."""
    names = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute))
    taken = {node.attr for node in names if isinstance(node.value, ast.Name) and node.value.id == "yaml"}
    return {name for name in taken if not re.fullmatch(r"[A-Za-z]*(Event|Node|Error|Mark)", name)}


def test_nothing_that_comes_in_is_run_or_made_an_object() -> None:
    found = {str(path.relative_to(ROOT)): forbidden(path.read_text()) for path in SOURCES}
    assert ADMITTED == {path: names for path, names in found.items() if names}


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from subprocess import run",
        "fromstring(text)",
        "eval('1')",
        "os.system('ls')",
        "ElementTree.fromstring(b)",
    ],
)
def test_it_would_be_found(text: str) -> None:
    assert forbidden(text)


def test_yaml_is_read_by_events_and_written_by_the_safe_family() -> None:
    found = {str(path.relative_to(ROOT)): of_yaml(path.read_text()) - YAML - {"dump"} for path in SOURCES}
    assert {} == {path: names for path, names in found.items() if names}
    dumping = [path.read_text() for path in SOURCES if "yaml.dump(" in path.read_text()]
    assert all("class _Lines(yaml.SafeDumper)" in text and "Dumper=_Lines" in text for text in dumping)
    assert {"load", "unsafe_load"} == of_yaml("yaml.load(x); yaml.unsafe_load(x)") - YAML


def test_templates_escape_everything() -> None:
    assert TEMPLATES
    for path in TEMPLATES:
        text = path.read_text()
        assert not re.search(r"\|\s*safe\b|autoescape|\son[a-z]+=|<script>|javascript:|style=", text), path
    assert not [path for path in SOURCES if "Markup" in path.read_text()]


def test_every_exception_from_a_rule_on_security_has_its_reason() -> None:
    """In the product; tests, scripts and benchmarks are not installed."""
    lines = [line for path in SOURCES for line in path.read_text().splitlines()]
    exceptions = [line for line in lines if re.search(r"# noqa:.*\bS[0-9]{3}\b", line)]
    assert exceptions
    assert [] == [line for line in exceptions if not re.search(r"# noqa: [A-Z0-9, ]+ - \w{2,}", line)]
    assert [] == [line for line in lines if re.search(r"#\s*(nosec|ruff: noqa: *S[0-9]|flake8: noqa)", line)]


def test_the_rules_on_security_hold_for_the_whole_product() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    lint = tomllib.loads(text)["tool"]["ruff"]["lint"]
    assert ["ALL"] == lint["select"]
    assert ["S105"] == [rule for rule in lint["ignore"] if re.fullmatch(r"S([0-9]+)?", rule)]
    apart = {
        files: [rule for rule in rules if re.fullmatch(r"S([0-9]+)?", rule)]
        for files, rules in lint["per-file-ignores"].items()
    }
    assert {"{tests,benchmarks,scripts}/**": ["S"]} == {
        files: rules for files, rules in apart.items() if rules
    }
    for rule in ("S105", "S"):
        assert re.search(rf'"{rule}",  # \w+', text), rule
