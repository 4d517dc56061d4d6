"""Whatever is imported, however damaged: a configuration that loads, or a refusal; and secrets nowhere."""

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.config.load import load
from checker.importers.blackbox import blackbox
from checker.importers.curl import curl
from checker.importers.finishing import Imported, finished
from checker.importers.gatus import gatus
from checker.importers.har import har
from checker.importers.notes import Draft, Unusable
from checker.importers.openapi import openapi
from checker.importers.secrets import Secrets
from tests.importers import samples

Importer = Callable[[str, str, Secrets], Draft]

DOCUMENTS: dict[str, tuple[Importer, Any]] = {
    "har": (har, samples.HAR),
    "openapi": (openapi, samples.OPENAPI),
    "blackbox": (
        lambda text, name, secrets: blackbox(text, name, secrets, samples.TARGETS),
        samples.BLACKBOX,
    ),
    "gatus": (gatus, samples.GATUS),
}
IMPORTERS: dict[str, Importer] = {
    "curl": curl,
    **{name: importer for name, (importer, _) in DOCUMENTS.items()},
}

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            None,
            True,
            0,
            -1,
            10**30,
            1.5,
            "",
            " ",
            "x",
            "${x}",
            "${secret.none}",
            "$${",
            "[",
            "a: b #c",
            "\x07\u2028é",
        ),
        *(
            "\ufdd0secret.x\ufdd1",
            "\ud800",
            "http://[",
            "https://example.org/%zz?a=%",
            "x" * 2000,
            "(?=a)",
            "5m",
            "REPLACE",
        ),
        *(
            [],
            {},
            [None],
            [[]],
            {"": ""},
            {"a": {"b": []}},
            ["x", 1],
            {"$ref": "#/paths"},
            "on",
            "1e3",
            "tok\r\nX: y",
        ),
    ]
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from places(item, (*path, index))


def changed(value: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    made = copy.deepcopy(value)
    inner = made
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = odd
    return made


def outcome(importer: Importer, text: str) -> Imported | str:
    """Return what was written, or why nothing was; hold what must hold of either."""
    secrets = Secrets()
    try:
        imported = finished(importer(text, "input", secrets), secrets, "Imported")
    except Unusable as error:
        said = str(error)
        assert "HIDDEN" not in said
        return said
    assert imported.probes == len(load("env:X", {"X": imported.text}).probes)
    assert isinstance(yaml.safe_load(imported.text), dict)
    assert "HIDDEN" not in imported.text + "".join(imported.lost)
    return imported


@pytest.mark.parametrize("name", DOCUMENTS)
def test_samples_are_imported(name: str) -> None:
    importer, document = DOCUMENTS[name]
    for text in (json.dumps(document), *([] if name == "har" else [yaml.safe_dump(document)])):
        made = outcome(importer, text)
        assert isinstance(made, Imported)
        assert made.variables


def test_the_sample_of_commands_is_imported() -> None:
    made = outcome(curl, samples.CURL)
    assert isinstance(made, Imported)
    assert 4 == made.probes


@pytest.mark.parametrize("name", DOCUMENTS)
@settings(max_examples=80)
@given(st.data())
def test_a_damaged_document_is_imported_or_refused(name: str, data: st.DataObject) -> None:
    importer, document = DOCUMENTS[name]
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(places(document))))
        document = changed(document, path, data.draw(ODD))
    outcome(importer, json.dumps(document))


@settings(max_examples=100)
@given(st.data())
def test_damaged_commands_are_imported_or_refused(data: st.DataObject) -> None:
    text = samples.CURL.replace(
        "HIDDEN", "damaged"
    )  # a token that has lost its beginning looks like any word
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        odd = data.draw(st.sampled_from(["", "'", '"', "\\", "$", "\n", "-", "--", "é", "{", "=", "@", "#"]))
        text = text[:start] + odd + text[end:]
    outcome(curl, text)


@pytest.mark.parametrize("name", IMPORTERS)
@settings(max_examples=50)
@given(st.text())
def test_any_text_is_imported_or_refused(name: str, text: str) -> None:
    outcome(IMPORTERS[name], text)


@pytest.mark.parametrize("name", IMPORTERS)
def test_hostile_texts_are_refused_at_once(name: str) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{here}: &{here} [{', '.join(['*' + before] * 10)}]\n"
        for before, here in zip("abcdefg", "bcdefgh", strict=False)
    )
    for text in (
        "[" * 100_000,
        "{" * 100_000,
        '{"a":' * 50_000,
        bomb,
        "- " * 100_000,
        "\x1b[31m",
        "%",
        "? " * 1000,
    ):
        assert isinstance(outcome(IMPORTERS[name], text), str)


READ: dict[str, list[tuple[str | int, ...]]] = {
    "openapi": [(), ("paths", "/works/{id}"), ("paths", "/works/{id}", "get")],
    "blackbox": [
        (),
        ("modules", "web"),
        ("modules", "web", "http"),
        ("modules", "web", "http", "basic_auth"),
        ("modules", "web", "http", "tls_config"),
        ("modules", "web", "http", "fail_if_header_matches", 0),
        ("modules", "mail", "tcp"),
        ("modules", "mail", "tcp", "query_response", 0),
        ("modules", "name", "dns"),
        ("modules", "name", "dns", "validate_answer_rrs"),
        ("scrape_configs", 0),
        ("scrape_configs", 0, "params"),
        ("scrape_configs", 0, "static_configs", 0),
    ],
    "gatus": [
        (),
        ("endpoints", 0),
        ("endpoints", 0, "client"),
        ("endpoints", 0, "client", "tls"),
        ("endpoints", 1, "dns"),
        ("endpoints", 2),
        ("endpoints", 3),
    ],
}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in READ.items() for path in paths])
def test_a_key_that_nobody_knows_is_named(name: str, path: tuple[Any, ...]) -> None:
    importer, document = DOCUMENTS[name]
    made = outcome(importer, json.dumps(changed(document, (*path, "brand-new"), {"x": 1})))
    assert isinstance(made, Imported)
    assert "brand-new" in "".join(made.lost)
