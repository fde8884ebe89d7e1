"""The answers of a journey that was walked before, at the position that the request names."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import get_token

from ..recorded import TOKEN, Answer
from .models import Entry


@cache
def journey() -> list[Answer]:
    """What was recorded, read once."""
    return [Answer(**each) for each in json.loads(Path(os.environ["FLOOR_JOURNEY"]).read_text())]


def answer(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """What the service answered there."""
    known = journey()[int(request.headers["X-Position"])]
    if request.method != "POST":
        request.session.get("posted")
        return HttpResponse(known.page.replace(TOKEN, get_token(request)) if TOKEN in known.page else known.page)
    posted = {**request.session.get("posted", {}), request.path: request.POST.dict()}
    request.session["posted"] = posted
    if known.is_confirm:
        Entry(posted=posted).save()
    return HttpResponseRedirect(known.location)


def nothing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to an address that is none."""
    return HttpResponse(status=404)


def same_bytes(request: HttpRequest, position: int) -> HttpResponse:
    """A page of the journey as it is, whoever asks."""
    return HttpResponse(journey()[position].page)
