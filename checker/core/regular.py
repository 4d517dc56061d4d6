"""Files that are read whole, and at once: anything but a regular file may keep its reader waiting for ever.

A pipe that nobody writes to, a terminal, a device: to open or to read one would hold the event loop, and with it
every probe. They are refused before they are opened, as a device may take even that for a command.
"""

import errno
import os
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

IRREGULAR = "it is a pipe, a socket or a device, not a file"


def regular_status(path: str | Path) -> os.stat_result:
    """Return what `stat` says of a regular file, links followed; raises as `open_regular` does."""
    status = os.stat(path)  # noqa: PTH116 - of names as they are written: a Path changes some
    if S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, IRREGULAR, str(path))
    return status


def open_regular(path: str | Path) -> BinaryIO:
    """Open a regular file for reading; raises OSError for any other, ValueError for what is no name of a file."""
    return open(path, "rb", opener=_opened)


def _opened(path: str, flags: int) -> int:
    """Open without waiting, as something else may have taken the file's place just now."""
    regular_status(path)
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
