"""A name server on loopback with a handful of names."""

import asyncio
import contextlib
import ipaddress
import struct
from collections.abc import AsyncIterator, Mapping
from typing import cast

_A, _AAAA = 1, 28
_ANSWER, _FAILURE, _NO_SUCH_NAME, _REFUSED = 0x8180, 0x8182, 0x8183, 0x8185


class NameServer(asyncio.DatagramProtocol):
    """Knows `names`: addresses, or a word: silence, failure, refusal. Any other name does not exist."""

    def __init__(self, names: Mapping[str, list[str] | str]) -> None:
        self.names = names
        self.asked: list[str] = []
        self.address = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)
        self.address = f"127.0.0.1:{transport.get_extra_info('sockname')[1]}"

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        name, kind, question = _question(data)
        self.asked.append(name)
        known = self.names.get(name)
        if known == "silence":
            return
        flags = {None: _NO_SUCH_NAME, "failure": _FAILURE, "refusal": _REFUSED}.get(
            known if isinstance(known, str) else (None if known is None else "addresses"), _ANSWER
        )
        records = [_record(address) for address in known or () if not isinstance(known, str)]
        answers = [record for kind_of, record in records if kind_of == kind]
        header = data[:2] + struct.pack("!HHHHH", flags, 1, len(answers), 0, 0)
        self._transport.sendto(header + question + b"".join(answers), addr)


def _question(data: bytes) -> tuple[str, int, bytes]:
    labels, position = [], 12
    while length := data[position]:
        labels.append(data[position + 1 : position + 1 + length].decode())
        position += length + 1
    (kind,) = struct.unpack("!H", data[position + 1 : position + 3])
    return ".".join(labels).lower(), kind, data[12 : position + 5]


def _record(address: str) -> tuple[int, bytes]:
    packed = ipaddress.ip_address(address).packed
    kind = _A if len(packed) == 4 else _AAAA
    return kind, b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(packed)) + packed


@contextlib.asynccontextmanager
async def name_server(names: Mapping[str, list[str] | str]) -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: NameServer(names), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server
    finally:
        transport.close()
