"""Rules and their tests as YAML that people can read: expressions stay on lines of their own."""

import yaml

from checker.surfaces.rules.rule import Document


class _Lines(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and repeats instead of referring."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Lines.add_representer(str, _text)


def written(document: Document, heading: str) -> str:
    """Return a document as YAML, under a comment."""
    body = yaml.dump(document, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=1000)
    return f"# {heading}\n{body}"
