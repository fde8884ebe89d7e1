"""What pages with personal data have in common: they stay out of caches, and a lost draft is explained."""

from __future__ import annotations

from datetime import datetime
from math import ceil
from typing import TypeVar

from django.http import HttpRequest, HttpResponseBase, UnreadablePostError
from django.http.request import RawPostDataException
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control

Response = TypeVar("Response", bound=HttpResponseBase)


def no_store(response: Response) -> Response:
    """Personal data stays out of every cache, the browser's own included."""
    add_never_cache_headers(response)
    patch_cache_control(response, no_store=True)
    return response


def gone(request: HttpRequest, *, is_submitted: bool = False) -> HttpResponseBase:
    """The draft is nowhere to be found here: say so, and whether it was sent."""
    return no_store(render(request, "declarations/gone.html", {"is_submitted": is_submitted}, status=410))


def posted_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """What was posted, to be sent again: a name as often as it came, in its order; neither the token nor any file."""
    try:
        found = request.POST.lists()
    except (UnreadablePostError, RawPostDataException):
        # The browser broke off: there is nobody to show it to.
        return []
    return [(name, str(value)) for name, values in found for value in values if name != "csrfmiddlewaretoken"]


def too_many_requests(response: Response, until: datetime | None, now: datetime) -> Response:
    """The response, as the answer to who asked too often when there is a moment to wait for."""
    if until:
        response.status_code = 429
        response["Retry-After"] = str(max(1, ceil((until - now).total_seconds())))
    return response
