"""Which files a glob of `include` names, without walking a whole disk in search of them."""

import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import translate
from glob import has_magic
from pathlib import Path

MOST_LOOKED_AT = 100_000
MOST_FOUND = 1000

_BELOW = "**"


class TooMuch(Exception):
    """A glob that is too wide; the message is for the user."""


def matching(pattern: str, directory: Path) -> list[str]:
    """Return the names of the files that a pattern matches, sorted, relative to `directory` unless it is absolute.

    `**` stands for any folders; like `*` it leaves out what begins with a dot. It goes into each folder once, even
    where a link leads to it again. Raises TooMuch.
    """
    whole = Path(pattern)
    search = _Search(directory)
    places: list[Path] = [Path(whole.anchor)]
    parts = whole.parts[1:] if whole.anchor else whole.parts
    try:
        for part in (*parts, "*") if parts[-1:] == (_BELOW,) else parts:
            places = list(dict.fromkeys(search.step(places, part)))
    except (ValueError, re.error):
        return []  # a NUL in a name, a range in brackets that runs backwards
    found = sorted(str(place) for place in places if (directory / place).is_file())
    if len(found) > MOST_FOUND:
        raise TooMuch(f"{pattern!r} matches more than {MOST_FOUND:,} files")
    return found


class _Search:
    """One search. It counts what it looks at."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._looked_at = 0

    def step(self, places: Iterable[Path], part: str) -> Iterator[Path]:
        """Yield what one more part of the pattern leads to from these places."""
        if part == _BELOW:
            yield from self._folders(places)
        elif has_magic(part):
            fits = re.compile(translate(part)).match
            hidden = part.startswith(".")
            for place in places:
                yield from (
                    place / entry.name for entry in self._entries(place, hidden=hidden) if fits(entry.name)
                )
        else:
            yield from (place / part for place in places)

    def _folders(self, places: Iterable[Path]) -> Iterator[Path]:
        """Yield these folders, and all that are below them."""
        ahead = [*places][::-1]
        entered: set[tuple[int, int]] = set()
        while ahead:
            place = ahead.pop()
            identity = self._identity(place)
            if identity and identity not in entered:
                entered.add(identity)
                yield place
                ahead += [
                    place / entry.name for entry in self._entries(place, hidden=False) if entry.is_dir()
                ]

    def _identity(self, place: Path) -> tuple[int, int] | None:
        """Return what tells a folder from all others, whatever links lead to it; None where there is none."""
        try:
            status = (self._directory / place).stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _entries(self, place: Path, *, hidden: bool) -> Iterator[os.DirEntry[str]]:
        try:
            with os.scandir(self._directory / place) as entries:
                for entry in entries:
                    self._look()
                    if hidden or not entry.name.startswith("."):
                        yield entry
        except OSError:
            return  # no folder, or one that nobody lets us look into

    def _look(self) -> None:
        self._looked_at += 1
        if self._looked_at > MOST_LOOKED_AT:
            raise TooMuch(
                f"to search for this means to look at more than {MOST_LOOKED_AT:,} files and folders"
            )
