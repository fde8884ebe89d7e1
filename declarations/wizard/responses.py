"""Responses of pages with personal data: no caching, and explanations of lost drafts and limits."""

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
    """The response with headers that keep it out of every cache, including the browser's."""
    add_never_cache_headers(response)
    patch_cache_control(response, no_store=True)
    return response


def gone(request: HttpRequest, *, is_submitted: bool = False) -> HttpResponseBase:
    """A page that says that the draft is not available here, and whether it was sent."""
    return no_store(render(request, "declarations/gone.html", {"is_submitted": is_submitted}, status=410))


def posted_fields(request: HttpRequest) -> list[tuple[str, str]]:
    """The posted fields in order, with repetitions, to be sent again; without CSRF token and files."""
    try:
        found = request.POST.lists()
    except (UnreadablePostError, RawPostDataException):
        # The client closed the connection, so nobody will see the page.
        return []
    return [(name, str(value)) for name, values in found for value in values if name != "csrfmiddlewaretoken"]


def too_many_requests(response: Response, until: datetime | None, now: datetime) -> Response:
    """The response with status 429 and Retry-After, if there is a moment to wait for."""
    if until:
        response.status_code = 429
        response["Retry-After"] = str(max(1, ceil((until - now).total_seconds())))
    return response
