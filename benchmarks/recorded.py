"""A recorded journey, which the floor replays as responses and the load generator as requests."""

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
# Placeholder of a page's token, of the same length.
TOKEN = "T" * 64


@dataclass(frozen=True)
class Answer:
    """A request of the journey and its response; the page is stored without its token."""

    method: str
    path: str
    fields: dict[str, str]
    location: str
    page: str
    is_confirm: bool


def record(said: Sequence[Exchange], file: Path) -> list[Answer]:
    """Store a journey in a file for the floor, and return it for the load generator."""
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
    """Send the same requests, each with the previous page's token. Raises JourneyError if a response differs."""
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
