"""A document as it is read: each value knows its place, and every mapping which of its keys nobody has asked for.

So that nothing is left out in silence, an importer only has to note what `left` returns.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from checker.importers.notes import Unusable, shown
from checker.kinds.fields import described

Keys = tuple[str | int, ...]


class Misfit(Unusable):
    """A value that cannot be used as it is. `keys` lead to it."""

    def __init__(self, name: str, keys: Keys, message: str) -> None:
        super().__init__(shown(f"{name}: {message}"))
        self.keys = keys
        self._name, self._message = name, message

    def on(self, line: int) -> Unusable:
        """Return the error with the line that the value stands on; 0: nobody knows."""
        return Unusable(shown(f"{self._name}:{line}: {self._message}")) if line else self


class Part:
    """A value of a document that was read, and where it stands."""

    __slots__ = ("_asked", "_whole", "keys", "name", "path", "value")

    def __init__(self, value: Any, name: str, path: str = "", keys: Keys = ()) -> None:
        self.value = value
        self.name = name
        self.path = path
        self.keys = keys
        self._asked: dict[str | int, Part] = {}
        self._whole = False

    def wrong(self, message: str) -> Unusable:
        """Return the error for this value; the message must not quote it."""
        return Misfit(self.name, self.keys, f"{self.path or 'the document'}: {message}")

    def anew(self) -> "Part":
        """Return the same value as one that nobody has asked anything of yet."""
        return Part(self.value, self.name, self.path, self.keys)

    def item(self, index: int) -> "Part":
        """Return an item of a list."""
        return Part(self.value[index], self.name, f"{self.path}[{index}]", (*self.keys, index))

    def _unfit(self, want: str) -> Unusable:
        return self.wrong(f"expected {want}, not {described(self.value)}")

    def get(self, key: str) -> "Part | None":
        """Return what stands under a key; None where nothing does, or null."""
        child = self.mapping(key) if key in self._mapping() else None
        return None if child is None or child.value is None else child

    def mapping(self, key: str) -> "Part":
        """Return what stands under a key that is there."""
        path = f"{self.path}.{key}" if self.path else key
        return self._asked.setdefault(key, Part(self._mapping()[key], self.name, path, (*self.keys, key)))

    def need(self, key: str) -> "Part":
        """Return what stands under a key that has to be there."""
        child = self.get(key)
        if child is None:
            raise self.wrong(f"{key!r} is missing")
        return child

    def entries(self) -> "Iterator[tuple[str, Part]]":
        """Yield the keys of a mapping, and what stands under them."""
        for key in self._mapping():
            yield key, self.mapping(key)

    def items(self) -> "Iterator[Part]":
        """Yield the items of a list."""
        if not isinstance(self.value, list):
            raise self._unfit("a list")
        for index in range(len(self.value)):
            yield self._asked.setdefault(index, self.item(index))

    def several(self) -> "Iterator[Part]":
        """Yield the items of a list, or a single value that stands for a list."""
        yield from self.items() if isinstance(self.value, list) else (self,)

    def whole(self) -> Any:
        """Return the value with all that is in it."""
        self._whole = True
        return self.value

    def text(self) -> str:
        """Return a scalar as text."""
        if isinstance(self.value, bool):
            return "true" if self.value else "false"
        if not isinstance(self.value, str | int | float):
            raise self._unfit("a text")
        return checked(str(self.value), self)

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            raise self._unfit("true or false")
        return self.value

    def number(self) -> int:
        """Return a whole number, 0 or more."""
        if not isinstance(self.value, int) or isinstance(self.value, bool) or self.value < 0:
            raise self._unfit("a whole number, 0 or more")
        return self.value

    def is_mapping(self) -> bool:
        """Whether it is a mapping."""
        return isinstance(self.value, dict)

    def text_at(self, key: str, default: str = "") -> str:
        """Return the text under a key."""
        child = self.get(key)
        return default if child is None else child.text()

    def flag_at(self, key: str, *, default: bool = False) -> bool:
        """Return whether the switch under a key is on."""
        child = self.get(key)
        return default if child is None else child.flag()

    def texts_at(self, key: str) -> list[str]:
        """Return the texts under a key: of a list, or the one that stands there alone."""
        child = self.get(key)
        return [] if child is None else [item.text() for item in child.several()]

    def ignore(self, *keys: str) -> None:
        """Take keys as dealt with."""
        for key in keys:
            if key in self._mapping():
                self.mapping(key).whole()

    def left(self) -> Iterator[str]:
        """Yield the paths, from this value on, of what nobody has asked for."""
        if self._whole or not isinstance(self.value, dict | list):
            return
        keys: Iterable[str | int] = self.value if isinstance(self.value, dict) else self._asked
        for key in keys:
            place = f"[{key}]" if isinstance(key, int) else key
            if key not in self._asked:
                yield place
            for below in self._asked[key].left() if key in self._asked else ():
                yield f"{place}{'' if below.startswith('[') else '.'}{below}"

    def _mapping(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            raise self._unfit("a mapping")
        return self.value


def checked(text: str, part: Part) -> str:
    """Return a text that can be written; raises Unusable for half a surrogate pair."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise part.wrong("this is no text: it holds half a surrogate pair")
    return text
