"""The recorded responses of a journey, each selected by the position that the request names."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import get_token

from ..recorded import TOKEN, Answer
from .models import Entry

MARK = TOKEN.encode()


@cache
def journey() -> list[tuple[Answer, bytes, bool]]:
    """The recording, read once: each response, its page as bytes, and whether the page has a token."""
    recorded = [Answer(**each) for each in json.loads(Path(os.environ["FLOOR_JOURNEY"]).read_text())]
    return [(each, each.page.encode(), TOKEN in each.page) for each in recorded]


def answer(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """The recorded response. The form's own fields, named after their step, are stored in the session."""
    known, page, has_token = journey()[int(request.headers["X-Position"])]
    if request.method != "POST":
        request.session.get("posted")
        return HttpResponse(page.replace(MARK, get_token(request).encode()) if has_token else page)
    posted = {name: value for name, value in request.POST.items() if "-" in name}
    request.session["posted"] = posted = {**request.session.get("posted", {}), **posted}
    if known.is_confirm:
        Entry(posted=posted).save()
    return HttpResponseRedirect(known.location)


def nothing(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The response to an unknown address."""
    return HttpResponse(status=404)


def same_bytes(request: HttpRequest, position: int) -> HttpResponse:
    """A page of the journey, the same for everybody."""
    return HttpResponse(journey()[position][1])
