"""Schemas and uploads: a change in one of these files is a change of the probe."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from checker.config import extras
from checker.config.configuration import Config
from checker.config.extras import digest
from checker.config.load import load
from checker.config.problems import InvalidConfiguration

SCHEMA = '{"type": "object"}'
CHECKS = """\
version: 1
probes:
  plain: {http: {url: "http://a.example/"}}
  typed:
    http: {url: "http://a.example/"}
    expect: {json: {$: {any_of: [{schema: a.json}, {not: {schema: b.json}}]}}}
    warn: {json: {$.a: {schema: a.json}, $.b: {schema: {type: string}}}}
  uploads:
    steps:
      - step: send
        http: {url: "http://a.example/", method: POST, multipart: {rows: {file: rows.csv}, name: x}}
        poll: {every: 1s, stop_if: {json: {$: {schema: stop.json}}}}
        expect: {status: 200}
  shallow:
    http: {url: "http://a.example/"}
    shallow: {http: {url: "http://a.example/"}, expect: {json: {$: {schema: b.json}}}}
"""


def read(folder: Path, **changed: str) -> Config:
    files: Mapping[str, str] = {
        "checks.yaml": CHECKS,
        "a.json": SCHEMA,
        "b.json": SCHEMA,
        "stop.json": SCHEMA,
        "rows.csv": "1,2",
        **{name.replace("_", "."): text for name, text in changed.items()},
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return load(str(folder / "checks.yaml"), {})


def test_they_are_watched_and_their_folders_are_not(tmp_path: Path) -> None:
    config = read(tmp_path)
    assert ["checks.yaml", "a.json", "b.json", "rows.csv", "stop.json"] == sorted(
        (path.name for path in config.files), key=lambda name: (name != "checks.yaml", name)
    )
    assert () == config.folders


@pytest.mark.parametrize(
    ("changed", "probes"),
    [
        ({}, set()),
        ({"a_json": '{"type": "array"}'}, {"typed"}),
        ({"b_json": '{"type": "array"}'}, {"typed", "shallow"}),
        ({"stop_json": '{"type": "array"}'}, {"uploads"}),
        ({"rows_csv": "1,3"}, {"uploads"}),
    ],
)
def test_what_is_in_them_is_a_part_of_the_probe(
    tmp_path: Path, changed: Mapping[str, str], probes: set[str]
) -> None:
    before = {probe.name: probe.fingerprint for probe in read(tmp_path).probes}
    after = {probe.name: probe.fingerprint for probe in read(tmp_path, **changed).probes}
    assert probes == {name for name in before if before[name] != after[name]}


def test_one_that_is_broken_is_watched_until_it_is_mended(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfiguration, match="not JSON") as caught:
        read(tmp_path, a_json="{")
    assert tmp_path / "a.json" in caught.value.files
    (tmp_path / "rows.csv").unlink()
    with pytest.raises(InvalidConfiguration, match=r"rows\.csv cannot be read") as caught:
        load(str(tmp_path / "checks.yaml"), {})
    assert tmp_path / "rows.csv" in caught.value.files


def denied(*_: object) -> None:
    raise PermissionError


def test_a_digest_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("abcd")
    (tmp_path / "b").write_text("abce")
    assert "" != digest(tmp_path / "a") != digest(tmp_path / "b")
    assert (
        "" == digest(tmp_path) == digest(tmp_path / "none") == digest(Path("/dev/zero")) == digest(Path("\0"))
    )
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", denied)
        assert "" == digest(tmp_path / "a")
    monkeypatch.setattr(extras, "LARGEST", 3)
    assert "" == digest(tmp_path / "a")
