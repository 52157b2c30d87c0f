"""Addresses of other people's machines: which may be asked at all. Pure; wire.py resolves and connects."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LONGEST = 500
PORTS = {"https": 443, "http": 80}
# What `is_global` of some Python does not know, or takes for somebody's.
NEVER = tuple(
    ipaddress.ip_network(one)
    for one in (
        *("0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
        *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
# These carry an IPv4 address in their last, or (6to4) their second to fifth bytes.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")
COMPATIBLE = ipaddress.ip_network("::/96")
# What a setting may allow: networks of one's own house.
OWN = tuple(
    ipaddress.ip_network(one)
    for one in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
    )
)
_NAME = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")


class BadAddress(ValueError):
    """`code` is a key of webhooks.BAD_ADDRESS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Target:
    """Where a request goes. `path` has the query."""

    scheme: str
    host: str
    port: int
    path: str


def read_address(text: str, *, plain: bool) -> Target:
    """An address in its parts. `plain` allows http. Raises BadAddress."""
    if len(text) > LONGEST or not text.isascii() or not text.isprintable() or set(text) & set(' \\<>"`{}|^'):
        raise BadAddress("address")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise BadAddress("address") from error
    if parts.scheme not in PORTS or "@" in parts.netloc or parts.fragment or not parts.hostname:
        raise BadAddress("address")
    if parts.scheme == "http" and not plain:
        raise BadAddress("https")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, _host(parts.hostname), _port(parts.scheme, parts.netloc), path)


def _host(name: str) -> str:
    """A name, or an IP address in its usual form: 2130706433, 0x7f.1 and 127.1 are machines in disguise."""
    if ":" in name:
        try:
            return str(ipaddress.IPv6Address(name)) if "%" not in name else _bad_host()
        except ValueError:
            _bad_host()
    labels = name.lower().removesuffix(".").split(".")
    if not all(_NAME.fullmatch(label) for label in labels) or len(name) > 253:
        _bad_host()
    if _NUMERIC.fullmatch(labels[-1]):
        try:
            return str(ipaddress.IPv4Address(".".join(labels)))
        except ValueError:
            _bad_host()
    return ".".join(labels)


def _bad_host() -> str:
    raise BadAddress("host")


def _port(scheme: str, netloc: str) -> int:
    text = netloc.rpartition("]")[2].partition(":")[2]
    if not text:
        return PORTS[scheme]
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 0 < int(text) < 65536):
        raise BadAddress("port")
    return int(text)


def may_reach(address: str, allowed: Iterable[Network]) -> bool:
    """Whether a request may go to this IP address: a public one, or in a network that is allowed.

    What hides an IPv4 address in an IPv6 one is judged by what it hides.
    """
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    seen = _bare(found)
    if any(seen.version == network.version and seen in network for network in allowed):
        return True
    public = seen.is_global and not seen.is_multicast and not seen.is_reserved and not seen.is_unspecified
    return public and not any(seen.version == network.version and seen in network for network in NEVER)


def _bare(address: Ip) -> Ip:
    """The IPv4 address inside, if there is one; 1.2.3.4 for ::ffff:1.2.3.4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    number = int(address)
    if address in NAT64 or (address in COMPATIBLE and number > 1):
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in SIX_TO_FOUR:
        return ipaddress.IPv4Address((number >> 80) & 0xFFFFFFFF)
    return address


def read_networks(words: Iterable[str]) -> tuple[Network, ...]:
    """Networks of one's own house as a setting names them. Raises ValueError for nonsense, for a public network
    (which needs no leave) and for link-local ones, where clouds keep their keys."""
    found = []
    for word in words:
        network = ipaddress.ip_network(word)
        if not any(network.version == own.version and network.subnet_of(own) for own in OWN):  # type: ignore[arg-type]
            raise ValueError(
                f"{word} is no network of one's own house (10/8, 172.16/12, 192.168/16, fc00::/7 …)"
            )
        found.append(network)
    return tuple(found)
