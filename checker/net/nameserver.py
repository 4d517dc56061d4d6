"""One question to a name server, and what its answer says.

dnspython makes and reads the messages. They travel over our own connections, so that phases, failures and
cancellation are those of everything else: UDP first, then TCP where the answer did not fit (RFC 7766).
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass, replace

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.resolver
import dns.reversename
from dns.rdtypes.txtbase import TXTBase

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.core.trace import Trace
from checker.net.failures import connect_trouble, endpoint, exchange_trouble, message_trouble
from checker.net.race import connect
from checker.net.records import Said
from checker.net.wire import Wire

PATIENCE = (2.0, 4.0, 8.0)
"""Seconds that a name server is waited for before the question is repeated: a datagram may get lost."""

_PAYLOAD = 1232  # bytes of a datagram that is in no danger of being fragmented (DNS flag day 2020)
_LENGTH = 2  # bytes before a message over TCP

Server = tuple[str, int]
"""Address and port."""


@dataclass(frozen=True, slots=True)
class Question:
    """A name and a type of records. `recursion`: have the server ask others, if it does that."""

    name: dns.name.Name
    type: str
    recursion: bool = True

    def message(self) -> dns.message.QueryMessage:
        """Return the question as a message with an id of its own."""
        flags = dns.flags.RD if self.recursion else 0
        return dns.message.make_query(self.name, self.type, use_edns=0, payload=_PAYLOAD, flags=flags)


def question(name: str, kind: str, *, recursion: bool = True) -> Question:
    """Return the question for records of a type; an address with PTR becomes the name that is for it.

    Raises ValueError, with a message for the user.
    """
    try:
        if kind == "PTR" and _is_address(name):
            return Question(dns.reversename.from_address(name), kind, recursion)
        return Question(dns.name.from_text(name), kind, recursion)
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"{name!r} is no name in the DNS: {error}") from None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def system_servers() -> tuple[Server, ...]:
    """Return the system's name servers; raises Trouble where it has none."""
    try:
        system = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        raise Trouble(Reason.INTERNAL, f"the checker's machine has no name server: {error}") from None
    return tuple((str(server), system.port) for server in system.nameservers)


async def ask(asked: Question, servers: Sequence[Server], trace: Trace) -> Said:
    """Return the answer of the first of `servers` that gives one; raises Trouble where none does."""
    query = asked.message()
    server, message = await _first_answer(query, servers, trace)
    if message.flags & dns.flags.TC:
        message = await _over_tcp(query, server, trace)
    return _said(message, server)


async def _first_answer(
    query: dns.message.Message, servers: Sequence[Server], trace: Trace
) -> tuple[Server, dns.message.Message]:
    left, troubles = list(servers), list[Trouble]()
    for patience in PATIENCE:
        for server in tuple(left):
            try:
                async with asyncio.timeout(patience):
                    return server, await _over_udp(query, server, trace)
            except TimeoutError:
                continue  # and ask the next, or once more
            except Trouble as trouble:
                left.remove(server)
                troubles.append(trouble)
        if not left:
            raise troubles[0]
    silent = ", ".join(endpoint(*server) for server in left)
    raise Trouble(Reason.TIMEOUT, f"{silent} did not answer, although asked {len(PATIENCE)} times")


async def _over_udp(query: dns.message.Message, server: Server, trace: Trace) -> dns.message.Message:
    address, port = server
    trace.facts["address"] = address
    taken = _Datagram()
    try:
        wire = Wire(_datagrams(server), address, port)
        try:
            await wire.exchange(query.to_wire(), taken.feed, trace)
        finally:
            wire.close()
    except OSError as error:  # what ICMP says of it
        raise connect_trouble(error, address, port) from error
    return _read(taken.message, query, wire.peer)


def _datagrams(server: Server) -> socket.socket:
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)  # noqa: FBT003 - as the socket has it
        sock.connect(server)
    except BaseException:
        sock.close()
        raise
    return sock


async def _over_tcp(query: dns.message.Message, server: Server, trace: Trace) -> dns.message.Message:
    sock, address = await connect(server[:1], server[1], trace)
    wire = Wire(sock, address, server[1])
    taken = _Stream(wire.peer)
    try:
        await wire.exchange(query.to_wire(prepend_length=True), taken.feed, trace)
    except OSError as error:
        raise exchange_trouble(error, wire.peer, "before it had answered over TCP") from error
    finally:
        wire.close()
    return _read(taken.message, query, wire.peer)


class _Datagram:
    """Takes the first datagram that comes. Only the server's do: the socket is connected to it."""

    def __init__(self) -> None:
        self.message = b""

    def feed(self, data: bytes) -> bool:
        self.message = data
        return True


class _Stream(_Datagram):
    """Takes a message that comes in parts, after its length."""

    def __init__(self, peer: str) -> None:
        super().__init__()
        self._peer = peer
        self._data = b""

    def feed(self, data: bytes) -> bool:
        self._data += data
        length = int.from_bytes(self._data[:_LENGTH])
        self.message = self._data[_LENGTH : _LENGTH + length]
        if len(self._data) >= _LENGTH + length and len(self._data) >= _LENGTH:
            return True
        if not data:
            raise Trouble(Reason.RESET, f"{self._peer} closed the connection in the middle of its answer")
        return False


def _read(data: bytes, query: dns.message.Message, peer: str) -> dns.message.Message:
    try:
        message = _parsed(data)
        fits = query.is_response(message)
    except (dns.exception.DNSException, ValueError) as error:
        raise message_trouble(error, peer) from error
    if not fits:
        raise Trouble(Reason.PROTOCOL, f"{peer} answered something else than it was asked")
    return message


def _parsed(data: bytes) -> dns.message.Message:
    try:
        return dns.message.from_wire(data, ignore_trailing=True, raise_on_truncation=True)
    except dns.message.Truncated as error:  # perhaps in the middle of a record
        message: dns.message.Message = error.message()  # type: ignore[no-untyped-call]
        return message


def _said(message: dns.message.Message, server: Server) -> Said:
    rcode = message.rcode()
    authoritative = bool(message.flags & dns.flags.AA)
    bare = Said(server[0], dns.rcode.to_text(rcode), authoritative)
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) or not isinstance(
        message, dns.message.QueryMessage
    ):
        return bare
    try:
        chain = message.resolve_chaining()
    except dns.exception.DNSException as error:
        raise message_trouble(error, endpoint(*server)) from error
    answers = tuple(sorted(map(_text, chain.answer or ())))
    return replace(
        bare,
        records=None if _is_referral(message) else answers,
        cname=_alias(message, chain, answers),
        ttl=chain.minimum_ttl if answers else None,
    )


def _alias(
    message: dns.message.Message, chain: dns.message.ChainingResult, answers: tuple[str, ...]
) -> str | None:
    if answers and message.question[0].rdtype == dns.rdatatype.CNAME:
        return answers[0]
    return chain.canonical_name.to_text(omit_final_dot=True) if chain.cnames else None


def _is_referral(message: dns.message.Message) -> bool:
    """Whether others are named that would know: then nothing was said of whether there are records."""
    kinds = {records.rdtype for records in message.authority}
    own = message.answer or message.flags & dns.flags.AA
    return not own and dns.rdatatype.NS in kinds and dns.rdatatype.SOA not in kinds


def _text(record: dns.rdata.Rdata) -> str:
    """Return a record as zone files write it, but names without their last dot and a TXT record as one text."""
    if isinstance(record, TXTBase):
        return b"".join(record.strings).decode("utf-8", "replace")
    text: str = record.to_text()
    return text if '"' in text else _LAST_DOT.sub("", text)


_LAST_DOT = re.compile(r"(?<=[^\s\\])\.(?=\s|$)")
