"""Whatever the bytes: a Config, or problems that each have a place. Never a traceback."""

import copy
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from checker.config.configuration import Config
from checker.config.load import load
from checker.config.problems import InvalidConfiguration, Problem
from tests.config.doubles import KINDS

WHOLE = (Path(__file__).parent / "whole.yaml").read_text()
ENVIRONMENT = {"URL": "http://h.example", "COUNT": "3", "EMPTY": ""}
PATIENT = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def outcome(path: Path, data: bytes) -> Config | tuple[Problem, ...]:
    path.write_bytes(data)
    try:
        return load(str(path), ENVIRONMENT, KINDS.values())
    except InvalidConfiguration as error:
        return error.problems if str(error) else ()


def check(path: Path, data: bytes) -> None:
    found = outcome(path, data)
    if isinstance(found, tuple):
        assert found
        assert all(problem.file and problem.line >= 1 and problem.column >= 1 for problem in found)
        assert len(set(found)) == len(found)


WORDS = st.sampled_from(
    [
        *(
            "version",
            "probes",
            "include",
            "defaults",
            "secrets",
            "server",
            "flows",
            "templates",
            "steps",
            "step",
        ),
        *(
            "http",
            "dns",
            "url",
            "expect",
            "warn",
            "capture",
            "poll",
            "retry",
            "always",
            "call",
            "with",
            "use",
        ),
        *(
            "params",
            "matrix",
            "for_each",
            "labels",
            "depends_on",
            "shallow",
            "json",
            "status",
            "latency",
            "matches",
        ),
        *(
            "returns",
            "effects",
            "interval",
            "timeout",
            "name",
            "every",
            "within",
            "stop_if",
            "slo",
            "availability",
        ),
        *(
            "a",
            "b",
            "x-a",
            "<<",
            "list-api",
            "sign-in",
            "search",
            "required",
            "30s",
            "99.5%",
            "$.a",
            "$[",
            "(",
        ),
        *(
            "${env.URL}",
            "${env.NOPE}",
            "${env.COUNT}",
            "${param.a}",
            "${matrix.a}",
            "${secret.a}",
            "${run.id}",
        ),
        *("${a}", "${", "$${", "${env.X:-1}", "${callback.url}", "${matrix.name}", "http://h/"),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=15,
)


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(below for key, child in children for below in paths(child, (*path, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> str:
    document = copy.deepcopy(yaml.safe_load(WHOLE))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([path for path in paths(document) if path]))
        parent = document
        for part in way:
            parent = parent[part]
        action = draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del parent[last]
        elif action == "add" and isinstance(parent[last], dict):
            parent[last][draw(WORDS)] = draw(VALUES)
        else:
            parent[last] = draw(VALUES)
    text: str = yaml.safe_dump(
        document, sort_keys=False, default_flow_style=draw(st.sampled_from([True, False, None]))
    )
    return text


@PATIENT
@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"\xef\xbb\xbfversion: 1")
@example(b"\xff\xfea\x00")
def test_any_bytes(tmp_path_factory: Any, data: bytes) -> None:
    check(tmp_path_factory.getbasetemp() / "bytes.yaml", data)


@PATIENT
@given(st.text(alphabet="ab:,-?&*!|>'\"%@`{}[]#$ \n\t0~<=./\\x\u2028\x85\ufeff", max_size=60))
def test_any_text_of_yaml_s_own_characters(tmp_path_factory: Any, text: str) -> None:
    check(tmp_path_factory.getbasetemp() / "text.yaml", text.encode())


@PATIENT
@given(VALUES)
def test_any_yaml(tmp_path_factory: Any, value: Any) -> None:
    check(tmp_path_factory.getbasetemp() / "yaml.yaml", yaml.safe_dump(value, allow_unicode=True).encode())


@PATIENT
@given(mutated())
def test_any_mutation_of_a_whole_configuration(tmp_path_factory: Any, text: str) -> None:
    check(tmp_path_factory.getbasetemp() / "mutated.yaml", text.encode())


@PATIENT
@given(st.integers(0, len(WHOLE)), st.text(max_size=3), st.integers(0, 5))
def test_any_slip_of_the_keyboard(tmp_path_factory: Any, position: int, typed: str, deleted: int) -> None:
    text = WHOLE[:position] + typed + WHOLE[position + deleted :]
    check(tmp_path_factory.getbasetemp() / "slip.yaml", text.encode())


def test_the_whole_configuration_is_valid(tmp_path: Path) -> None:
    found = outcome(tmp_path / "whole.yaml", WHOLE.encode())
    assert isinstance(found, Config), "\n".join(map(str, found))
