"""The origin of a request: the client's address, its key for rate limits, and whether it is in a network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

from .encryption import keyed_hash

Address = IPv4Address | IPv6Address
WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([\d.]+):\d+", re.ASCII)


def client_of(request: HttpRequest) -> str:
    """An opaque key of the client: a keyed hash of its IPv4 address, or of the /64 of its IPv6 address.

    Without a usable X-Forwarded-For entry, the address of the connection counts.
    """
    address = _forwarded(request) or _parsed(request.META.get("REMOTE_ADDR", ""))
    return keyed_hash("client", _network(address) if address else "unknown")


def is_within(request: HttpRequest, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether the client's address is in one of the networks; an unknown address is in none of them."""
    address = client_address(request)
    return address is not None and any(address in network for network in networks)


def client_address(request: HttpRequest) -> Address | None:
    """The client's address, or None if it is not certain.

    If the proxy's header is unusable, the address of the connection does not count here, unlike for rate limits: it
    would be the proxy's own, for every client. Without the header no proxy was involved, so the address of the
    connection is the client's.
    """
    if "HTTP_X_FORWARDED_FOR" in request.META:
        return _forwarded(request)
    return _parsed(request.META.get("REMOTE_ADDR", ""))


def _forwarded(request: HttpRequest) -> Address | None:
    """The address that our outermost proxy wrote (PROXY_HOPS). The client can forge the entries left of it."""
    entries, hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), settings.PROXY_HOPS
    return _parsed(entries[-hops]) if 0 < hops <= len(entries) else None


def _parsed(text: str) -> Address | None:
    """The address in an X-Forwarded-For entry, which may have a port and brackets; None if it is no address."""
    host = text.strip()
    with_port = WITH_PORT.fullmatch(host)
    try:
        address = ip_address((with_port[1] or with_port[2] or "") if with_port else host)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _network(address: Address) -> str:
    """The part of the address space that one client has: an IPv4 address, or the first address of a /64."""
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
