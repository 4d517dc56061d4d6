"""Imports texts, and gives back what was made of them in a form that tests can look at."""

from collections.abc import Callable
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import yaml

from checker.config.configuration import Config
from checker.config.load import load
from checker.importers.finishing import Imported, finished
from checker.importers.notes import Draft
from checker.importers.secrets import Secrets

Importer = Callable[..., Draft]


@dataclass(frozen=True)
class Result:
    """The text that was written, its values, and the configuration that it is."""

    imported: Imported
    document: dict[str, Any]
    config: Config

    @property
    def text(self) -> str:
        return self.imported.text

    @property
    def probes(self) -> dict[str, Any]:
        probes: dict[str, Any] = self.document["probes"]
        return probes

    @property
    def probe(self) -> Any:
        """The only probe."""
        (probe,) = self.probes.values()
        return probe

    @property
    def comments(self) -> str:
        """All comments, each in one line again."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip().startswith("#")]
        return "\n".join(lines).replace("\n#   ", " ")


def _brought_along(doubt: str) -> bool:
    """Whether it is about what the original says too, or does not: people have to decide."""
    brought = (
        "only a 2xx status",
        "most servers ignore the body",
        "there is no such file here",
        "the variable ",
    )
    return doubt.startswith(brought) or "comes first" in doubt


def written(importer: Importer, text: str, *rest: Any) -> Result:
    """Return what an importer makes of a text; it is a configuration that loads."""
    secrets = Secrets()
    imported = finished(importer(dedent(text), "input", secrets, *rest), secrets, "Imported")
    config = load("env:IMPORTED", {"IMPORTED": imported.text})
    assert imported.probes == len(config.probes)
    assert [warning for warning in config.warnings if not _brought_along(warning.message)] == []
    return Result(imported, yaml.safe_load(imported.text), config)
