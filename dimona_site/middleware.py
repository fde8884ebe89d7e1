"""What every request must be before anything reads it."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponseBase

UTF_8 = ("utf-8", "utf8")


def utf_8_only(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Refuse a body in another charset: Django would decode it with whatever codec the request names."""

    def handle(request: HttpRequest) -> HttpResponseBase:
        if (request.content_params or {}).get("charset", "utf-8").strip("\"' ").lower() not in UTF_8:
            raise SuspiciousOperation("Only UTF-8 is read")
        return get_response(request)

    return handle
