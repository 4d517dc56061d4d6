import yaml

from checker.surfaces.rules.writing import written


def test_what_is_written_is_read_as_it_was() -> None:
    same = {"a": 1}
    document: dict[str, object] = {"b": "one\ntwo", "a": ["x: {y}", "ä×", same, same], "on": "1m"}
    text = written(document, "A heading")
    assert text.startswith("# A heading\nb: |-\n  one\n  two\n")
    assert "&" not in text
    assert document == yaml.safe_load(text)
