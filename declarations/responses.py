"""What pages with personal data have in common: they stay out of caches, and a lost draft is explained."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers, patch_cache_control


def private(response: HttpResponseBase) -> HttpResponseBase:
    """Personal data stays out of every cache, the browser's own included."""
    add_never_cache_headers(response)
    patch_cache_control(response, no_store=True)
    return response


def lost(request: HttpRequest, *, is_filed: bool = False) -> HttpResponseBase:
    """The draft is nowhere to be found here: say so, and whether it was sent."""
    return private(render(request, "declarations/lost.html", {"is_filed": is_filed}, status=410))
