"""What every request must be before anything reads it, and what every answer says to the browser."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase

from declarations.client_address import is_within

UTF_8 = ("utf-8", "utf8")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def utf_8_only(get_response: GetResponse) -> GetResponse:
    """Refuse a body in another charset: Django would decode it with whatever codec the request names."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if (request.content_params or {}).get("charset", "utf-8").strip("\"' ").lower() not in UTF_8:
            raise SuspiciousOperation("Only UTF-8 is read")
        return get_response(request)

    return handle


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Tell the browser that no page uses camera, place, payment and the like."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response

    return handle


def admin_networks_only(get_response: GetResponse) -> GetResponse:
    """For who is outside ADMIN_NETWORKS, when there are any, the site has no administration: no page of it is found.

    That they are unknown to the addresses, rather than refused, leaves no difference to see; a redirect to add a
    slash, or to the sign-in, would be one. Stands before whatever resolves an address.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        if settings.ADMIN_NETWORKS and not is_within(request, settings.ADMIN_NETWORKS):
            request.urlconf = "dimona_site.urls_outside"
        return get_response(request)

    return handle
