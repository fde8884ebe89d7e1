"""Middleware: checks on every request before anything reads it, and headers on every response."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase

from declarations.client_address import is_within

UTF_8 = ("utf-8", "utf8")
GetResponse = Callable[[HttpRequest], HttpResponseBase]


def utf_8_only(get_response: GetResponse) -> GetResponse:
    """Refuse a body in another charset; Django would decode it with any codec that the request names."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if (request.content_params or {}).get("charset", "utf-8").strip("\"' ").lower() not in UTF_8:
            raise SuspiciousOperation("Only UTF-8 is read")
        return get_response(request)

    return handle


def permissions_policy(get_response: GetResponse) -> GetResponse:
    """Set the Permissions-Policy header: no page uses camera, location, payment and the like."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response["Permissions-Policy"] = settings.PERMISSIONS_POLICY
        return response

    return handle


def admin_networks_only(get_response: GetResponse) -> GetResponse:
    """Hide the administration from clients outside ADMIN_NETWORKS, if there are any networks: its pages give 404.

    These clients get a URL configuration without the administration. A refusal, a redirect that adds a slash, or a
    redirect to the sign-in would reveal it. This middleware must come before anything that resolves an address.
    """

    def handle(request: HttpRequest) -> HttpResponseBase:
        if settings.ADMIN_NETWORKS and not is_within(request, settings.ADMIN_NETWORKS):
            request.urlconf = "dimona_site.urls_outside"
        return get_response(request)

    return handle
