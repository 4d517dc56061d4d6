import pytest

from checker.importers.notes import Unusable
from checker.importers.parts import Keys, Part
from checker.importers.places import line, told_by_line

YAML = """\
modules:
  web: &web
    prober: http
  200:
    - a
    - {b: 1,
       c: 2}
  other: *web
  ? [no, text]
  : 1
"""


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("modules",), 1),
        (("modules", "web", "prober"), 3),
        (("modules", "200", 0), 5),
        (("modules", "200", 1, "c"), 7),
        (("modules", "200", 7, "c"), 4),
        (("modules", "web", "timeout"), 2),
        (("modules", "web", "prober", "deeper"), 3),
        (("modules", "other", "prober"), 3),
        (("none",), 0),
        ((), 0),
    ],
)
def test_a_value_is_on_its_line_or_on_that_of_what_it_would_be_in(keys: Keys, expected: int) -> None:
    assert expected == line(YAML, keys)


def test_json_has_lines_too() -> None:
    assert 2 == line('{\n\t"log": {}}'.replace("\t", " "), ("log",))


@pytest.mark.parametrize("text", ["a: [", "a: 1\n" + "#" * (5 << 20), "[" * 5000])
def test_where_nobody_can_tell_there_is_no_line(text: str) -> None:
    assert 0 == line(text, ("a",))


def test_what_an_importer_says_of_a_value_has_its_line() -> None:
    @told_by_line
    def importer(text: str, name: str) -> Part:
        return Part({"a": {"b": 1}}, name).need("a").need("c")

    with pytest.raises(Unusable) as known:
        importer("# ours\na: {b: 1}\n", "in.yaml")
    with pytest.raises(Unusable) as unknown:
        importer("", "in.yaml")
    assert ["in.yaml:2: a: 'c' is missing", "in.yaml: a: 'c' is missing"] == [
        str(known.value),
        str(unknown.value),
    ]
