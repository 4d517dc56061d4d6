"""Names to addresses, without a thread that hangs and without a wait that cannot be cancelled.

c-ares does the work: it reads `/etc/hosts` and `/etc/resolv.conf`, sorts what it finds as RFC 6724 says, and keeps
an answer for its TTL. It starts, with a thread of its own, when the first name is looked up: a checker that asks
only addresses and `localhost` pays nothing for it.
"""

import ipaddress
import socket
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from checker.core.errors import Trouble
from checker.core.reason import Reason
from checker.net.failures import lookup_trouble, own_trouble

IpVersion = Literal["any", "4", "6"]

_FAMILY = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}
_LOOPBACK = {"any": ("127.0.0.1", "::1"), "4": ("127.0.0.1",), "6": ("::1",)}


METADATA = (
    ipaddress.ip_network("169.254.0.0/16"),
    ipaddress.ip_network("fe80::/10"),
    ipaddress.ip_network("fd00:ec2::/32"),
)
"""Link-local addresses, and those where a cloud's instances read their own credentials (AWS: IMDS, ECS, EKS)."""


class Resolver:
    """Looks names up. Belongs to the event loop in which it is first used.

    `nameservers` (`127.0.0.1:5353`) take the place of the system's; `timeout` and `tries` are c-ares': seconds for
    the first try of each name server, and how many tries, each with twice the time.
    """

    def __init__(self, nameservers: Sequence[str] = (), timeout: float = 2.0, tries: int = 3) -> None:
        self._nameservers = tuple(nameservers)
        self._timeout = timeout
        self._tries = tries
        self._ares: Any = None

    async def resolve(self, host: str, ip_version: IpVersion = "any") -> tuple[str, ...]:
        """Return the addresses of `host`, those to be tried first first; raises Trouble(dns) where there is none."""
        try:
            return known_addresses(host, ip_version) or await self._lookup(host, ip_version)
        except OSError as error:  # no descriptor left, not even to load c-ares
            raise own_trouble(error) from error

    async def aclose(self) -> None:
        """Stop c-ares; lookups under way fail."""
        ares, self._ares = self._ares, None
        if ares:
            await ares.close()

    async def _lookup(self, host: str, ip_version: IpVersion) -> tuple[str, ...]:
        import aiodns  # noqa: PLC0415 - these two take megabytes and a thread that a sidecar may never need
        import pycares  # noqa: PLC0415

        try:
            if self._ares is None:
                self._ares = aiodns.DNSResolver(self._nameservers, timeout=self._timeout, tries=self._tries)
            found = await self._ares.getaddrinfo(host, _FAMILY[ip_version])
        except aiodns.error.DNSError as error:
            number, detail = error.args
            raise lookup_trouble(pycares.errno.errorcode.get(number, ""), detail, host, ip_version) from None
        except pycares.AresError as error:
            raise Trouble(Reason.INTERNAL, f"the resolver cannot start: {error}") from error
        return _alternate([node.addr[0].decode() for node in found.nodes])


def is_metadata(address: str) -> bool:
    """Return whether an address is one of `METADATA`; a name is not."""
    try:
        parsed = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return any((mapped or parsed) in network for network in METADATA)


@lru_cache(maxsize=4096)
def known_addresses(host: str, ip_version: IpVersion) -> tuple[str, ...]:
    """Return the addresses of a host that needs no lookup: an address, localhost (RFC 6761); else nothing.

    Raises Trouble(dns) for an address of the wrong version.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return _LOOPBACK[ip_version]
    try:
        version = str(ipaddress.ip_address(host).version)
    except ValueError:
        return ()
    if ip_version not in {"any", version}:
        raise Trouble(Reason.DNS, f"{host} is not an IPv{ip_version} address")
    return (host,)


def _alternate(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return the addresses with the two versions in turn, the first one's first (RFC 8305, section 4)."""
    first = [address for address in addresses if (":" in address) == (":" in addresses[0])]
    second = [address for address in addresses if (":" in address) != (":" in addresses[0])]
    turns = [*zip(first, second, strict=False)]
    mixed = [address for pair in turns for address in pair]
    return tuple(dict.fromkeys(mixed + first[len(turns) :] + second[len(turns) :]))
