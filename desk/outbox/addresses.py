"""Where the desk may send to: hosts of the open Internet, by an address that has been looked at.

Whoever may name an address could otherwise have the desk ask what only it can reach: services on
its own machine, in its network, or the metadata of its cloud (OWASP, Server-Side Request Forgery
Prevention). A name is resolved once, every address that it has is looked at, and the connection
goes to one of just these, so that no second answer of a name server comes in between.
"""

import asyncio
import ipaddress
import socket

import httpx

from desk.outbox.senders import UnusableAddress

MAX_URL = 500
_Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6; outside lie forms of old, some of which hold another address:
https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml"""


class ForbiddenAddress(Exception):
    """A host that is not, or not only, on the open Internet."""


def check_url(url: str, *, loopback: bool) -> httpx.URL:
    """Refuse what nothing may be sent to, as far as the text shows it.

    Args:
        loopback: http on loopback will do as well.

    Raises:
        UnusableAddress: no https, no host, a name or password in it, or an address of a machine
            that is not on the open Internet.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise UnusableAddress(f"a webhook's address is no address ({error})") from error
    if len(url) > MAX_URL:
        raise UnusableAddress(f"a webhook's address has at most {MAX_URL} characters")
    if not parsed.host or parsed.scheme not in (("https", "http") if loopback else ("https",)):
        raise UnusableAddress("a webhook's address must be https")
    if parsed.port is not None and not 0 < parsed.port < 2**16:
        raise UnusableAddress("a webhook's address has a port that there is not")
    if parsed.userinfo or parsed.fragment:
        raise UnusableAddress("a webhook's address has no name, password or fragment")
    try:
        literal = ipaddress.ip_address(parsed.host)
    except ValueError:
        if parsed.scheme == "http" and parsed.host != "localhost":
            raise UnusableAddress("a webhook's address must be https") from None
    else:
        fits = literal.is_loopback if parsed.scheme == "http" else _may_reach(literal, loopback)
        if not fits:
            raise UnusableAddress("a webhook's address must be on the open Internet")
    return parsed


async def resolved(url: httpx.URL, *, loopback: bool) -> str:
    """The address to connect to, as text.

    Raises:
        ForbiddenAddress: the host has an address that is not on the open Internet.
        OSError: the host has no address.
    """
    port = url.port or (443 if url.scheme == "https" else 80)
    found = await asyncio.get_running_loop().getaddrinfo(
        url.host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        fits = address.is_loopback if url.scheme == "http" else _may_reach(address, loopback)
        if not fits:
            raise ForbiddenAddress(url.host)
    return str(addresses[0])


def _may_reach(address: _Ip, loopback: bool) -> bool:
    return is_open(address) or (loopback and address.is_loopback)


def is_open(address: _Ip) -> bool:
    """Whether an address is one of the open Internet, also where it holds another within."""
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return is_open(within)
        if address.teredo is not None or address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast
