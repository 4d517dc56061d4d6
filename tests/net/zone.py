"""A real name server for example.org on loopback, over UDP and TCP, which can be made to misbehave."""

import asyncio
import errno
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.net.loopback import reset

ZONE: Mapping[tuple[str, str], tuple[int, tuple[str, ...]]] = {
    ("www.example.org.", "A"): (60, ("203.0.113.8", "203.0.113.7")),
    ("www.example.org.", "AAAA"): (30, ("2001:db8::7",)),
    ("alias.example.org.", "CNAME"): (20, ("cdn.example.org.",)),
    ("cdn.example.org.", "CNAME"): (300, ("www.example.org.",)),
    ("dangling.example.org.", "CNAME"): (20, ("gone.example.org.",)),
    ("round.example.org.", "CNAME"): (20, ("round.example.org.",)),
    ("example.org.", "MX"): (60, ("20 mx2.example.org.", "10 mx1.example.org.")),
    ("null.example.org.", "MX"): (60, ("0 .",)),
    ("example.org.", "TXT"): (60, ('"v=spf1 include:a. " "-all"', '"gr\\195\\188n"')),
    ("example.org.", "CAA"): (60, ('0 issue "ca.example. org."',)),
    ("example.org.", "SOA"): (60, ("ns1.example.org. host.example.org. 1 2 3 4 5",)),
    ("_sip._tcp.example.org.", "SRV"): (60, ("0 5 5060 sip.example.org.",)),
    ("7.113.0.203.in-addr.arpa.", "PTR"): (60, ("www.example.org.",)),
    ("many.example.org.", "A"): (60, tuple(f"198.51.100.{number}" for number in range(200))),
    ("xn--bcher-kva.example.org.", "A"): (60, ("203.0.113.9",)),
}
RCODES = {"failing": dns.rcode.SERVFAIL, "refusing": dns.rcode.REFUSED}


def answered(query: dns.message.Message) -> dns.message.Message:
    """Answer as an authoritative server for example.org would."""
    response = dns.message.make_response(query, recursion_available=False)
    name, kind = query.question[0].name, query.question[0].rdtype
    if rcode := RCODES.get(name.labels[0].decode()):
        response.set_rcode(rcode)
        return response
    if name.labels[0] == b"elsewhere":
        response.authority.append(
            dns.rrset.from_text("elsewhere.example.org.", 60, "IN", "NS", "ns.example.net.")
        )
        return response
    response.flags |= dns.flags.AA
    for _ in range(9):
        for type_ in (dns.rdatatype.to_text(kind), "CNAME"):
            if found := ZONE.get((name.canonicalize().to_text(), type_)):
                ttl, texts = found
                response.answer.append(dns.rrset.from_text(name, ttl, "IN", type_, *texts))
                break
        else:
            known = {owner for owner, _ in ZONE}
            response.set_rcode(dns.rcode.NOERROR if name.to_text() in known else dns.rcode.NXDOMAIN)
            return response
        if type_ != "CNAME" or kind == dns.rdatatype.CNAME:
            return response
        name = dns.name.from_text(texts[0])
    return response


Mangle = Callable[[dns.message.Message], bytes | None]


@dataclass
class Name(asyncio.DatagramProtocol):
    """A name server. `datagram` makes what is sent over UDP, None for nothing; `stream` what is sent over TCP."""

    datagram: Mangle
    stream: Mangle | None
    asked: list[str] = field(default_factory=list)
    flags: list[int] = field(default_factory=list)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if (reply := self.reply("udp", data, self.datagram)) is not None:
            self._transport.sendto(reply, addr)

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writers.append(writer)
        reply = b""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            data = await reader.readexactly(int.from_bytes(await reader.readexactly(2)))
            reply = self.reply("tcp", data, self.stream or self.datagram) or b""
            for start in range(0, len(reply), 500):
                writer.write(reply[start : start + 500])
                await writer.drain()
        if reply == b"reset":
            reset(writer)
        writer.close()

    def reply(self, how: str, data: bytes, make: Mangle) -> bytes | None:
        query = dns.message.from_wire(data)
        self.asked.append(how)
        self.flags.append(int(query.flags))
        return make(query)


def datagram(query: dns.message.Message) -> bytes:
    return answered(query).to_wire(max_size=query.payload or 512, prefer_truncation=True)


def stream(query: dns.message.Message) -> bytes:
    return answered(query).to_wire(max_size=65535, prepend_length=True)


def _both() -> tuple[socket.socket, socket.socket]:
    """Return a socket for TCP and one for UDP of one port; what is free for one may be taken for the other."""
    while True:
        tcp, udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        try:
            tcp.bind(("127.0.0.1", 0))
            udp.bind(tcp.getsockname())
        except OSError as error:
            tcp.close()
            udp.close()
            if error.errno != errno.EADDRINUSE:
                raise
        else:
            return tcp, udp


@asynccontextmanager
async def naming(
    over_udp: Mangle = datagram, over_tcp: Mangle | None = stream
) -> AsyncIterator[tuple[Name, str]]:
    """Yield a name server, and where it is; with `over_tcp` None, nobody listens on TCP."""
    served, loop = Name(over_udp, over_tcp), asyncio.get_running_loop()
    tcp, udp = _both()
    listener = await asyncio.start_server(served.connected, sock=tcp)
    transport, _ = await loop.create_datagram_endpoint(lambda: served, sock=udp)
    port = transport.get_extra_info("sockname")[1]
    if over_tcp is None:
        listener.close()
    try:
        yield served, f"127.0.0.1:{port}"
    finally:
        await asyncio.sleep(
            0.001
        )  # whoever has connected is accepted: one whose listener closes meanwhile is forgotten
        transport.close()
        listener.close()
        for writer in served.writers:
            writer.transport.abort()
        await asyncio.sleep(0.001)  # transports close in a later turn of the loop
