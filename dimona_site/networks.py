"""From which network a request comes, for what is open to some networks only."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings
from django.http import HttpRequest

from declarations.filing.throttling import without_port


def is_within(request: HttpRequest, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether the client's address is in one of the networks; one that is not known is in none."""
    address = address_of(request)
    return address is not None and any(address in network for network in networks)


def address_of(request: HttpRequest) -> IPv4Address | IPv6Address | None:
    """The client's address, None when it is not known for certain.

    As for the limits, the PROXY_HOPS-th entry from the right of X-Forwarded-For; but where a limit takes whoever is
    connected when that entry is missing, a door stays shut: behind a proxy that would be the proxy itself, for
    everybody. Without the header nobody forwarded: the client is who is connected.
    """
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR")
    if forwarded is None:
        return _read(request.META.get("REMOTE_ADDR", ""))
    entries, hops = forwarded.split(","), settings.PROXY_HOPS
    return _read(entries[-hops]) if 0 < hops <= len(entries) else None


def _read(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(without_port(text))
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
