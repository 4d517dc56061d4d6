"""What a JSON document will take of memory, told before it is decoded: `[[],[],…` takes forty times its size.

What CPython's objects take is known from the marks between them and from the texts. Where each of these is
counted, it is for what takes the most; so a document takes less than is told, by a tenth as a rule.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_OBJECT, _LIST, _TEXT, _NUMBER = 96, 80, 64, 32
"""Bytes that each takes in CPython 3.11 and later on 64 bits, without what is in it."""

_ITEM = 16  # bytes of a list for each of its items, with those that it has for more while it grows
_SLOT, _LARGE_SLOT, _MANY_SLOTS = (
    12,
    22,
    256,
)  # bytes of an object for each of its slots, likewise where it has many
_FEWEST_SLOTS, _MOST_SLOTS = 8, 3  # of an object; of each of its members
_WIDE = 40  # bytes that a text takes more where it is not ASCII; its UTF-8 is kept with it, too, once it was written

_COPIES = 2
"""Times that a document is there beside what is made of it: as it came, and as it is written again to be compared."""

_NODE = 16  # bytes of a name or a value in a tree of yyjson
_NODES = (b"{", b"[", b",", b":")
_PAIR = 96  # bytes of a member in a list of them

_MOST_NAMES = 1000  # of members that are told apart; of more, each is taken for one of its own
_LEAST_PIECE = 64 << 10  # bytes
_PIECES = 16
_MOST_WIDTH = 5  # bytes of memory for each byte of a text, with its UTF-8
_NO_VALUES = b" \t\r\n{}[],:"
_HALVES = (b"\\ud8", b"\\ud9", b"\\uda", b"\\udb", b"\\uD8", b"\\uD9", b"\\uDA", b"\\uDB")

_WORST = _COPIES + _MOST_WIDTH + _OBJECT + _FEWEST_SLOTS * _LARGE_SLOT + _NUMBER + _ITEM
"""Bytes that a byte of a document takes where each takes the most: `{{{…`, not that this were one."""


def fits(size: int, room: int) -> bool:
    """Whether a document of `size` bytes takes no more than `room`, whatever is in it: it need not be weighed."""
    return size * _WORST <= room


def memory(data: bytes, room: int) -> int:
    """Return how many bytes it takes to decode a document, itself among them.

    It is looked at closely only where that could be more than `room`, and no longer than until it is.
    """
    beside = _COPIES * len(data)
    roughly = beside + _at_most(data)
    return roughly if roughly <= room else beside + _closely(data, room - beside)


def slow_memory(data: bytes) -> int:
    """Return how many bytes it takes more by way of a tree, then of a text and lists of members, without a copy."""
    tree = _NODE * sum(map(data.count, _NODES))
    return max(tree, (_width(data) - 1) * len(data) + _PAIR * data.count(b":"))


def members(data: bytes) -> int:
    """Return how many members the objects of a document have."""
    count = within = 0
    for piece in _unescaped(data, _LEAST_PIECE):
        parts = piece.split(b'"')
        count += b"".join(parts[within::2]).count(b":")
        within ^= (len(parts) - 1) % 2
    return count


def _at_most(data: bytes) -> int:
    """Take all marks for such as are not within texts, and all names for such as no other object has."""
    objects, lists, others = data.count(b"{"), data.count(b"["), data.count(b",")
    numbers = (objects + lists + others) * (_NUMBER + _ITEM)
    wide = not _plain(data)
    texts = data.count(b'"') // 2 * (_TEXT + _WIDE * wide) + len(data) * (_MOST_WIDTH if wide else 1)
    slots = (objects * _FEWEST_SLOTS + data.count(b":") * _MOST_SLOTS) * _LARGE_SLOT
    return objects * _OBJECT + slots + lists * _LIST + numbers + texts


@dataclass(slots=True)
class _Count:
    """What there is of each in a document, texts and their characters among it."""

    objects: Counter[int] = field(default_factory=Counter)  # by how many members they have
    opened: int = 0  # members of the last one so far
    lists: int = 0
    commas: int = 0
    texts: int = 0  # that are values
    characters: int = 0  # bytes of these in memory
    scalars: int = 0  # bytes of numbers and words in the document
    names: set[bytes] = field(default_factory=set)
    more_names: int = 0

    def add(self, parts: Sequence[bytes], *, plain: bool) -> None:
        """Count a piece, split at its quotes: every other part is a text. `plain`: of a byte for each character."""
        outside, texts = parts[::2], parts[1::2]
        marks = b"".join(outside)
        rest, *members = (part.count(b":") for part in marks.split(b"{"))
        self.opened += rest
        if members:
            self.objects.update((self.opened, *members[:-1]))
            self.opened = members[-1]
        self.lists += marks.count(b"[")
        self.commas += marks.count(b",")
        self.scalars += len(marks.translate(None, _NO_VALUES))
        names = [text for text, mark in zip(texts, outside[1:], strict=True) if mark[:1] == b":"]
        self.texts += len(texts) - len(names)
        self.characters += sum(map(len, texts)) - sum(map(len, names))
        if not plain:
            self.characters += sum(_in_memory(text) + _WIDE for text in texts if not _plain(text))
        if len(self.names) < _MOST_NAMES:
            self.names.update(names)
        else:
            self.more_names += len(names)

    @property
    def size(self) -> int:
        """Bytes of memory. Small whole numbers are there anyway: a number that takes some is of two bytes at least."""
        objects = self.objects + Counter((self.opened,))
        members = sum(each * times for each, times in objects.items())
        items = max(0, self.commas + 1 + self.lists + objects.total() - members)
        numbers = min(max(0, self.commas + 1 - self.texts), self.scalars // 2)
        names = self.more_names * _TEXT + sum(_TEXT + len(name) for name in self.names)
        return (
            sum(_object(each) * times for each, times in objects.items())
            + self.lists * _LIST
            + items * _ITEM
            + numbers * _NUMBER
            + self.texts * _TEXT
            + self.characters
            + names
        )


def _object(members: int) -> int:
    """Return how many bytes an object takes: a third of its slots is never used."""
    slots = max(_FEWEST_SLOTS, 1 << ((3 * members - 1) // 2).bit_length())
    return _OBJECT + slots * (_SLOT if slots <= _MANY_SLOTS else _LARGE_SLOT)


def _closely(data: bytes, most: int) -> int:
    """Count piece by piece, until it is more than `most`."""
    count = _Count()
    for parts, plain in _pieces(data):
        count.add(parts, plain=plain)
        if count.size > most:
            break
    return count.size


def _pieces(data: bytes) -> Iterator[tuple[Sequence[bytes], bool]]:
    """Yield pieces that begin and end outside of texts, split at their quotes, and whether they are plain.

    A text that has no end is left out.
    """
    rest = b""
    for piece in _unescaped(data, max(_LEAST_PIECE, len(data) // _PIECES)):
        parts = (rest + piece).split(b'"')
        plain = _plain(rest) and _plain(piece)
        rest = b"" if len(parts) % 2 else b'"' + parts.pop()
        yield parts, plain


def _unescaped(data: bytes, size: int) -> Iterator[bytes]:
    """Yield it in pieces, in which each quote is one that begins or ends a text."""
    start = 0
    while start < len(data):
        piece = data[start : start + size]
        if (len(piece) - len(piece.rstrip(b"\\"))) % 2:  # what is escaped belongs to what escapes it
            piece = data[start : start + size + 1]
        start += len(piece)
        yield piece.replace(b"\\\\", b".").replace(b'\\"', b".")


def _plain(data: bytes) -> bool:
    return data.isascii() and b"\\u" not in data


def _in_memory(text: bytes) -> int:
    """Return how many bytes its characters take, those that are escaped by their numbers too."""
    escaped = text.count(b"\\u")
    width = _width(text)
    if escaped:
        width = max(width, 4 if any(half in text for half in _HALVES) else 2)
    return (len(text) - 5 * escaped) * width


_BELOW_2 = bytes(range(0xC4))
_BELOW_4 = bytes(range(0xF0))


def _width(data: bytes) -> int:
    """Return how many bytes a character takes at the most, by the lead bytes of UTF-8."""
    if data.isascii() or not data.translate(None, _BELOW_2):
        return 1
    return 4 if data.translate(None, _BELOW_4) else 2
