from pathlib import Path

import pytest

from checker.config.load import load
from checker.proving.places import place_of_captures, place_of_subject

TEXT = """version: 1
probes:
  p:
    http: {url: "http://127.0.0.1/"}
    expect:
      status: 200
      json:
        $.total: {gte: 1}
      headers: {Content-Type: text/html}
    capture:
      total: {json: $.total}
  q:
    http: {url: "http://127.0.0.1/"}
"""


@pytest.mark.parametrize(
    ("probe", "section", "subject", "place"),
    [
        ("p", "expect", "json.$.total", "8:9"),
        ("p", "expect", "json.$.other", "7:7"),
        ("p", "expect", "status", "6:7"),
        ("p", "expect", "headers.Content-Type", "9:17"),
        ("p", "expect", "latency", "5:5"),
        ("p", "expect", "", "5:5"),
        ("p", "warn", "latency", "4:5"),
        ("q", "expect", "status", "13:5"),
    ],
)
def test_where_a_subject_is_spoken_of(
    tmp_path: Path, probe: str, section: str, subject: str, place: str
) -> None:
    (tmp_path / "checks.yaml").write_text(TEXT)
    probes = {one.name: one for one in load(str(tmp_path / "checks.yaml"), {}).probes}
    found = place_of_subject(probes[probe].steps[0], section, subject)
    assert f"{tmp_path}/checks.yaml:{place}" == str(found)


def test_where_a_capture_is_made(tmp_path: Path) -> None:
    (tmp_path / "checks.yaml").write_text(TEXT)
    step = load(str(tmp_path / "checks.yaml"), {}).probes[0].steps[0]
    assert str(place_of_captures(step, "capture total (json.$.total): is null")).endswith(":11:7")
    assert place_of_captures(step, "status: expected 2xx") is None
