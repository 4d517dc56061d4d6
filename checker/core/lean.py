"""Leaves out parts of libraries that nothing here uses, and that would cost every process megabytes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType


@contextmanager
def without(name: str, **attributes: object) -> Iterator[None]:
    """While libraries are imported in this block, let the module `name` have these attributes and nothing else.

    Whoever imports it afterwards gets the real one, as does a library that was imported before.
    """
    if name in sys.modules:
        yield
        return
    stub = ModuleType(name)
    vars(stub).update(attributes)
    sys.modules[name] = stub
    try:
        yield
    finally:
        del sys.modules[name]


def unused() -> type:
    """Return a class for others to be derived from of which nobody makes objects."""
    return type("Unused", (), {})
