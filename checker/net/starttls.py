"""The dialogues by which a connection in plain text agrees to go on over TLS.

Each says what the protocol wants and nothing more: nobody signs in, nothing is sent. Whatever comes in plain text after
the server's consent is refused, as somebody between the two may have put it there (CVE-2011-0411).
"""

import struct
from collections.abc import Awaitable, Callable, Mapping

from checker.core.errors import Trouble
from checker.core.reason import Phase, Reason
from checker.core.trace import Trace
from checker.net.failures import exchange_trouble
from checker.net.wire import Wire

_MOST = 16 << 10  # bytes that a server may say before TLS


async def agree_on_tls(protocol: str, wire: Wire, trace: Trace) -> None:
    """Bring a new connection to where the handshake begins; raises Trouble. `protocol` is one of `PROTOCOLS`."""
    dialogue = _Dialogue(wire)
    with trace.phase(Phase.WAIT):
        try:
            with trace.progressing(dialogue.progress):
                await _SPOKEN[protocol](dialogue)
        except OSError as error:
            raise exchange_trouble(error, wire.peer, "before TLS had begun") from error
    dialogue.end()


class _Dialogue:
    """What is said before TLS, in lines or in bytes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._unread = b""
        self._room = _MOST
        self._line = b""

    def progress(self) -> str:
        """How much the server has said; only a whole line is quoted, as half a secret is not found."""
        if self._room == _MOST:
            return ""
        last = f", the last line {_shown(self._line)}" if self._line else ""
        return f"after {_MOST - self._room} bytes before TLS{last}"

    async def say(self, words: bytes) -> None:
        await self._wire.write(words)

    async def line(self) -> bytes:
        """Return the next line, without its end."""
        while b"\n" not in self._unread:
            await self._more()
        line, _, self._unread = self._unread.partition(b"\n")
        self._line = line.removesuffix(b"\r")
        return self._line

    async def take(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        while len(self._unread) < count:
            await self._more()
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    async def _more(self) -> None:
        data = await self._wire.read(min(self._room, 4096))
        self._room -= len(data)
        if not data:
            raise Trouble(Reason.RESET, f"{self._wire.peer} closed the connection before TLS had begun")
        if self._room <= 0:
            raise self.not_spoken("says too much before TLS begins")
        self._unread += data

    def not_spoken(self, why: str) -> Trouble:
        """Return the trouble of a server that does not speak the protocol."""
        return Trouble(Reason.PROTOCOL, f"{self._wire.peer} {why}")

    def refused(self, said: bytes) -> Trouble:
        """Return the trouble of a server that does not want to go on over TLS."""
        return Trouble(Reason.TLS_HANDSHAKE, f"{self._wire.peer} refused to start TLS: {_shown(said)}")

    def end(self) -> None:
        """Refuse what was said too much."""
        if self._unread:
            raise self.not_spoken("went on in plain text after it had agreed to TLS")


def _shown(said: bytes) -> str:
    return repr(said[:100].decode("utf-8", "replace"))


async def _reply(dialogue: _Dialogue) -> bytes:
    """Return the last line of a reply of SMTP (RFC 5321, 4.2.1) or FTP (RFC 959, 4.2)."""
    line = await dialogue.line()
    code = line[:3]
    if not (code.isdigit() and line[3:4] in (b"", b" ", b"-")):
        raise dialogue.not_spoken(f"answered {_shown(line)}, which is no reply with a code")
    while line[:3] != code or line[3:4] == b"-":
        line = await dialogue.line()
    return line


async def _greeting(dialogue: _Dialogue, code: bytes) -> None:
    greeting = await _reply(dialogue)
    if greeting[:3] != code:
        raise dialogue.not_spoken(f"greeted with {_shown(greeting)}")


async def _smtp(dialogue: _Dialogue) -> None:
    """RFC 3207."""
    await _greeting(dialogue, b"220")
    await dialogue.say(b"EHLO checker.invalid\r\n")
    if not (await _reply(dialogue)).startswith(b"250"):
        raise dialogue.not_spoken("knows no EHLO, and so no STARTTLS")
    await dialogue.say(b"STARTTLS\r\n")
    if not (answer := await _reply(dialogue)).startswith(b"220"):
        raise dialogue.refused(answer)


async def _ftp(dialogue: _Dialogue) -> None:
    """RFC 4217."""
    await _greeting(dialogue, b"220")
    await dialogue.say(b"AUTH TLS\r\n")
    if not (answer := await _reply(dialogue)).startswith(b"234"):
        raise dialogue.refused(answer)


async def _imap(dialogue: _Dialogue) -> None:
    """RFC 9051, 6.2.1."""
    greeting = await dialogue.line()
    if not greeting.upper().startswith(b"* OK"):
        raise dialogue.not_spoken(f"greeted with {_shown(greeting)}")
    await dialogue.say(b"a STARTTLS\r\n")
    while (answer := await dialogue.line()).startswith(b"* "):
        pass
    if not answer.upper().startswith(b"A OK"):
        raise dialogue.refused(answer)


async def _pop3(dialogue: _Dialogue) -> None:
    """RFC 2595, section 4."""
    greeting = await dialogue.line()
    if not greeting.startswith(b"+OK"):
        raise dialogue.not_spoken(f"greeted with {_shown(greeting)}")
    await dialogue.say(b"STLS\r\n")
    if not (answer := await dialogue.line()).startswith(b"+OK"):
        raise dialogue.refused(answer)


_SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # PostgreSQL: frontend/backend protocol, SSLRequest


async def _postgres(dialogue: _Dialogue) -> None:
    await dialogue.say(_SSL_REQUEST)
    answer = await dialogue.take(1)
    if answer == b"N":
        raise Trouble(Reason.TLS_HANDSHAKE, dialogue.refused(b"N").message + " (ssl is off)")
    if answer != b"S":
        raise dialogue.not_spoken(f"answered {_shown(answer)}, not S or N as PostgreSQL does")


_CLIENT_SSL = 0x0800  # MySQL: client/server protocol, capabilities
_CLIENT_PROTOCOL_41 = 0x0200
_CLIENT_SECURE_CONNECTION = 0x8000


async def _mysql(dialogue: _Dialogue) -> None:
    length, sequence = _header(await dialogue.take(4))
    if not 20 < length < _MOST or sequence:
        raise dialogue.not_spoken("does not greet as MySQL does")
    greeting = await dialogue.take(length)
    version, _, rest = greeting[1:].partition(b"\0")
    if greeting[:1] != b"\x0a" or len(rest) < 15:
        raise dialogue.not_spoken(f"greeted with {_shown(greeting)}, not as MySQL does")
    if not int.from_bytes(rest[13:15], "little") & _CLIENT_SSL:
        raise dialogue.refused(b"MySQL " + version + b" offers no TLS")
    capabilities = _CLIENT_SSL | _CLIENT_PROTOCOL_41 | _CLIENT_SECURE_CONNECTION
    request = struct.pack("<IIB23x", capabilities, 1 << 24, 45)  # 45: utf8mb4
    await dialogue.say(len(request).to_bytes(3, "little") + b"\x01" + request)


def _header(packet: bytes) -> tuple[int, int]:
    return int.from_bytes(packet[:3], "little"), packet[3]


_START_TLS = b"1.3.6.1.4.1.1466.20037"  # RFC 4511, 4.14
_EXTENDED_REQUEST = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + _START_TLS
_EXTENDED_RESPONSE, _INTEGER, _ENUMERATED, _SEQUENCE = 0x78, 0x02, 0x0A, 0x30


async def _ldap(dialogue: _Dialogue) -> None:
    await dialogue.say(_EXTENDED_REQUEST)
    tag, message = await _element(dialogue)
    if tag != _SEQUENCE:
        raise dialogue.not_spoken("does not answer as LDAP does")
    (first, number), (second, response) = _parts(message, 2, dialogue)
    if (first, number, second) != (_INTEGER, b"\x01", _EXTENDED_RESPONSE):
        raise dialogue.not_spoken("does not answer the request to start TLS")
    (kind, code), _, (_, words) = _parts(response, 3, dialogue)
    if (kind, code) != (_ENUMERATED, b"\0"):
        raise dialogue.refused(b"result %d %s" % (int.from_bytes(code), words))


async def _element(dialogue: _Dialogue) -> tuple[int, bytes]:
    """Return tag and content of what comes next, in BER (X.690, 8.1)."""
    tag, length = await dialogue.take(2)
    if length > 0x80:
        length = int.from_bytes(await dialogue.take(min(length - 0x80, 4)))
    if length > _MOST:
        raise dialogue.not_spoken("does not answer as LDAP does")
    return tag, await dialogue.take(length)


def _parts(content: bytes, count: int, dialogue: _Dialogue) -> list[tuple[int, bytes]]:
    """Return the first elements within another; such short ones as stand here."""
    parts = []
    for _ in range(count):
        if len(content) < 2:
            raise dialogue.not_spoken("does not answer as LDAP does")
        tag, start, length = content[0], 2, content[1]
        if length > 0x80:
            start += length - 0x80
            length = int.from_bytes(content[2:start])
        parts.append((tag, content[start : start + length]))
        content = content[start + length :]
    return parts


_SPOKEN: Mapping[str, Callable[[_Dialogue], Awaitable[None]]] = {
    "smtp": _smtp,
    "imap": _imap,
    "pop3": _pop3,
    "ftp": _ftp,
    "ldap": _ldap,
    "postgres": _postgres,
    "mysql": _mysql,
}

PROTOCOLS = tuple(_SPOKEN)
"""What `agree_on_tls` speaks."""
