"""Records that a run makes many of: frozen for the type checker, without what that costs at run time.

A frozen dataclass sets each of its fields by a call, at 0.1 µs a field; a run makes records of more than a hundred
fields, which would be a twentieth of its time. mypy --strict finds whoever would change one all the same.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as record
else:

    def record(*, frozen: bool, slots: bool) -> object:
        """Make a dataclass that is equal and hashed by its fields, as a frozen one is."""
        return dataclass(slots=slots, unsafe_hash=frozen)


__all__ = ["record"]
