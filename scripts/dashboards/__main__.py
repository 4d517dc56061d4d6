"""Writes all dashboards where they are kept: `python -m scripts.dashboards [FOLDER…]`."""

import sys
from pathlib import Path

from scripts.dashboards.overview import overview
from scripts.dashboards.probe import probe

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "grafana" / "dashboards", ROOT / "checker" / "surfaces" / "dashboards")


def main(folders: tuple[Path, ...]) -> None:
    for board in (overview(), probe()):
        text = board.json()
        for folder in folders:
            (folder / f"{board.uid}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(tuple(map(Path, sys.argv[1:])) or FOLDERS)
