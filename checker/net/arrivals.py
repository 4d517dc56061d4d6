"""When bytes came in, as the kernel says (SO_TIMESTAMPNS, socket(7)).

A process that is busy with other probes reads an answer later than it came, by milliseconds where there are hundreds of
probes a second. That is no time that the target took.
"""

import socket
import ssl
import struct
import sys
from functools import cache
from time import perf_counter, time

_OPTION = 35  # SO_TIMESTAMPNS, and the type of its messages; Python's socket module does not name it
_STAMP = struct.Struct("@ll")  # a struct timespec: seconds since the epoch, nanoseconds
_SPACE = socket.CMSG_SPACE(_STAMP.size)
_KNOWN = sys.platform == "linux"

Said = list[tuple[int, int, bytes]]

_TRUSTED = 0.005
"""Seconds for which a stamp alone is believed; for more, TCP has to confirm it."""

_INFO_SIZE, _LAST_DATA_RECV = 104, 52
"""Bytes of struct tcp_info (linux/tcp.h), and where in it tcpi_last_data_recv is, in milliseconds."""

_INFO = struct.Struct("@I")

_STEP = 0.0005
"""Seconds by which the wall clock may move against the other one meanwhile; beyond, it was set, and tells nothing."""


class Arrivals:
    """Receives. `ago`: seconds since the last of what was received had come; 0.0 where nobody knows.

    `begin` is to be called whenever something is awaited.
    """

    __slots__ = ("_apart", "ago")

    def __init__(self, sock: socket.socket) -> None:
        if _KNOWN:
            try:
                keep_stamping()
                sock.setsockopt(socket.SOL_SOCKET, _OPTION, 1)
            except OSError:  # a sandbox that has no such option, or no descriptor is left: nobody will know
                pass
        self.ago = self._apart = 0.0

    def begin(self) -> None:
        """Begin to wait. What the kernel says is not believed where the clock is set from here on."""
        self.ago = 0.0
        self._apart = time() - perf_counter()

    def receive(self, sock: socket.socket, size: int) -> bytes:
        """Return what has come in, as `recv` does, and raise what it raises."""
        if not _KNOWN:
            return sock.recv(size)
        if isinstance(sock, ssl.SSLSocket):
            self._note(_said_below(sock, size), sock)
            return sock.recv(size)
        data, said, _, _ = sock.recvmsg(size, _SPACE)
        self._note(said, sock)
        return data

    def _note(self, said: Said, sock: socket.socket) -> None:
        self.ago = 0.0
        if not said:
            return  # the end of a connection has no stamp
        now = time()
        if abs(now - perf_counter() - self._apart) > _STEP:
            return
        seconds, nanoseconds = _STAMP.unpack_from(said[0][2])
        ago = max(0.0, now - (seconds + nanoseconds * 1e-9))
        self.ago = ago if ago <= _TRUSTED else _confirmed(ago, sock)


def _confirmed(ago: float, sock: socket.socket) -> float:
    """Return how long ago what was read could have been read: a lost segment keeps those after it from being read.

    They are stamped all the same, and the last one's stamp would make the wait for the lost one the checker's own.
    """
    return min(ago, in_turn(sock)) if sock.type == socket.SOCK_STREAM else ago


def in_turn(sock: socket.socket) -> float:
    """Return the seconds since TCP has taken in what was next in turn; 0.0 where that is not known."""
    try:
        told = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_SIZE)
        milliseconds: int = _INFO.unpack_from(told, _LAST_DATA_RECV)[0]
    except (OSError, struct.error):
        return 0.0
    return milliseconds / 1e3


def _said_below(tls: ssl.SSLSocket, size: int) -> Said:
    """Return what the kernel says of what has come in below TLS, without taking it."""
    try:
        _, said, _, _ = socket.socket.recvmsg(tls, size, _SPACE, socket.MSG_PEEK)
    except OSError:  # nothing, but TLS may still have some; or the end, of which reading tells
        return []
    return said


@cache
def keep_stamping() -> socket.socket:
    """Return a socket for which the kernel goes on stamping: to begin and to end it, it stops all processors."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, _OPTION, 1)
    return sock
