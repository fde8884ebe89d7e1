"""Pages are compressed, and their secrets cannot be guessed from their length (BREACH)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from ..support.builders import Walk, answers_for

pytestmark = pytest.mark.django_db

# The flags byte of the gzip header, and its bit for a file name: random letters of a random length.
FLAGS, HAS_NAME = 3, 8
HEADER = 10
SECRETS = ("csrfmiddlewaretoken", "draft_copy")


@pytest.fixture
def walk(client: Client) -> Walk:
    return Walk(client).to("overview", answers_for("XXX", "OTH"))


def compressed(walk: Walk, step: str) -> bytes:
    answer: Any = walk.client.get(walk.url(step), HTTP_ACCEPT_ENCODING="gzip")
    assert answer["Content-Encoding"] == "gzip"
    return bytes(answer.content)


def name_in(body: bytes) -> bytes:
    """The random file name; empty in one of a hundred responses."""
    return body[HEADER : body.index(b"\0", HEADER)] if body[FLAGS] & HAS_NAME else b""


def test_answers_are_not_equally_long(walk: Walk):
    names = [name_in(compressed(walk, "period")) for _time in range(6)]
    assert len({len(name) for name in names}) > 1
    assert max(len(name) for name in names) <= 100


def test_what_is_secret_is_written_in_other_letters_each_time(walk: Walk):
    pages = [walk.get("period").text for _time in range(2)]
    for name in SECRETS:
        written = [re.search(rf'name="{name}" value="([^"]+)"', page) for page in pages]
        assert all(written)
        assert len({each[1] for each in written if each}) == 2


@pytest.mark.parametrize(
    ("step", "longest"),
    [
        ("start", 3_500),
        ("employer", 3_500),
        # Two lists of countries and one of nationalities.
        ("worker", 9_500),
        ("characteristics", 5_000),
        ("period", 3_500),
        ("overview", 4_500),
    ],
)
def test_a_step_is_light(walk: Walk, step: str, longest: int):
    assert len(compressed(walk, step)) <= longest
