"""Where a request comes from: its address, its client's key in the limits, and whether a network holds it."""

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
    """The client as an opaque text: a keyed hash of its IPv4 address, or of the /64 of its IPv6 address.

    Without a usable X-Forwarded-For entry, the client is whoever is connected to us.
    """
    address = _forwarded(request) or _parsed(request.META.get("REMOTE_ADDR", ""))
    return keyed_hash("client", _network(address) if address else "unknown")


def is_within(request: HttpRequest, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether the client's address is in one of the networks; an unknown address is in none."""
    address = client_address(request)
    return address is not None and any(address in network for network in networks)


def client_address(request: HttpRequest) -> Address | None:
    """The client's address, None when it is not known for certain.

    Unlike a limit, a door stays shut when the proxy's entry is missing: whoever is connected would then be the proxy
    itself, for everybody. Without the header nobody forwarded, so the client is whoever is connected.
    """
    if "HTTP_X_FORWARDED_FOR" in request.META:
        return _forwarded(request)
    return _parsed(request.META.get("REMOTE_ADDR", ""))


def _forwarded(request: HttpRequest) -> Address | None:
    """The address that our outermost proxy wrote (PROXY_HOPS); entries left of it are the client's own word."""
    entries, hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(","), settings.PROXY_HOPS
    return _parsed(entries[-hops]) if 0 < hops <= len(entries) else None


def _parsed(text: str) -> Address | None:
    """The address in an entry of X-Forwarded-For, which may hold a port and brackets; None for no address."""
    host = text.strip()
    with_port = WITH_PORT.fullmatch(host)
    try:
        address = ip_address((with_port[1] or with_port[2] or "") if with_port else host)
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _network(address: Address) -> str:
    """What one client holds of the address space: an IPv4 address, or the first address of a /64."""
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
