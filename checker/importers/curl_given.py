"""The options of one transfer of curl, and which of them were carried over."""

from dataclasses import dataclass, field

from checker.importers.curl_options import Option
from checker.importers.notes import Notes


@dataclass(slots=True)
class Given:
    """The options of one transfer; what nobody takes is not carried over."""

    options: tuple[Option, ...]
    notes: Notes = field(default_factory=Notes)
    taken: set[str] = field(default_factory=set)

    def all(self, *names: str) -> list[Option]:
        """Take options, in the order in which they were given."""
        self.taken.update(names)
        return [option for option in self.options if option.name in names]

    def last(self, name: str) -> str | None:
        """Take an option of which the last one counts."""
        found = self.all(name)
        return found[-1].value if found else None

    def has(self, *names: str) -> bool:
        """Take switches; return whether any is on."""
        return bool(self.all(*names))

    def number(self, name: str) -> float | None:
        """Take an option that is a number; one that is none is not carried over."""
        value = self.last(name)
        try:
            number = None if value is None else float(value)
        except ValueError:
            number = float("nan")
        if number is None or 0 <= number < 1e9:
            return number
        self.notes.lost(f"--{name}, which is no number that makes sense")
        return None
