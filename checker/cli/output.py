"""Standard output that may be full, or that nobody reads any more: said in a line, not in a traceback.

Python notices at the latest when it ends, and then says so in words of its own; libraries in between treat a pipe that
was closed each in their way. So the stream itself raises what nothing else catches.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from checker.cli.codes import USAGE


class LostOutput(Exception):
    """What was to be printed could not be written; `error` says why."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        self.error = error


class _Output(io.TextIOWrapper):
    """Raises LostOutput in place of OSError."""

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as error:
            raise LostOutput(error) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as error:
            raise LostOutput(error) from None


class _Closed(io.RawIOBase):
    """What a process has in place of a standard output that was closed before it began."""

    def writable(self) -> bool:
        return True

    def write(self, _data: object, /) -> int:
        raise OSError("it is closed")


@contextmanager
def checked_output() -> Iterator[None]:
    """Exit with code 2 where standard output cannot take all of what is printed: silently if its reader has gone."""
    sys.stdout = _checked(sys.__stdout__)
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except LostOutput as lost:
        _lead_nowhere()  # what is still in buffers: at its end the interpreter would try to write it once more
        sys.stdout = sys.stderr
        if not isinstance(lost.error, BrokenPipeError):
            why = lost.error.strerror or lost.error
            sys.stderr.write(f"checker: cannot write to standard output: {why}\n")
        sys.exit(USAGE)


def _checked(stream: TextIO | None) -> _Output:
    if stream is None:
        _lead_nowhere()  # else the event loop would take the descriptor, which libuv ends the process for
        return _Output(io.BufferedWriter(_Closed()), encoding="utf-8")
    return _Output(
        stream.buffer, encoding=stream.encoding, errors=stream.errors, line_buffering=stream.isatty()
    )


def _lead_nowhere() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
