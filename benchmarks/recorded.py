"""A journey that was walked once, for the floor to answer and for the load to walk again."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.support.serving.http_browser import Browser, Exchange
from tests.support.serving.journey import JourneyError, step_of

TOKEN_FIELD = "csrfmiddlewaretoken"  # noqa: S105 - the name of the input
WRITTEN = re.compile(rf'name="{TOKEN_FIELD}" value="(\w{{64}})"')
# Stands for a page's token, and is as long as one.
TOKEN = "T" * 64


@dataclass(frozen=True)
class Answer:
    """One request of the journey and what came: the page with its token left out."""

    method: str
    path: str
    fields: dict[str, str]
    location: str
    page: str
    is_confirm: bool


def record(said: Sequence[Exchange], file: Path) -> list[Answer]:
    """Keep a walked journey in a file, for the floor; the same for the load."""
    journey = [_answer(each) for each in said]
    file.write_text(json.dumps([asdict(each) for each in journey]))
    return journey


def _answer(exchange: Exchange) -> Answer:
    found = WRITTEN.search(exchange.page)
    return Answer(
        exchange.method,
        exchange.path,
        dict(exchange.fields),
        exchange.location,
        exchange.page.replace(found[1], TOKEN) if found else exchange.page,
        exchange.method == "POST" and step_of(exchange.path) == "overview",
    )


def walk_again(browser: Browser, journey: Sequence[Answer]) -> None:
    """Send the same requests, each with the token of the page before it. Raises JourneyError for another answer."""
    token = ""
    for position, known in enumerate(journey):
        headers = {"X-Position": str(position)}
        if known.method == "POST":
            found = browser.post(known.path, {**known.fields, TOKEN_FIELD: token}, headers)
        else:
            found = browser.get(known.path, headers)
        if found.location != known.location or len(found.page) != len(known.page):
            raise JourneyError(f"The floor answered {known.method} {known.path} with {found.status}")
        if written := WRITTEN.search(found.page):
            token = written[1]
