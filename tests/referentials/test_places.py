"""The suggested postal codes and towns: loaded separately from the page, and cached by browsers for a day."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from referentials import tables
from referentials.bases import LANGUAGES
from referentials.models import PostalCode

from ..support.builders import Walk, answers_for
from ..support.pages import page_text

pytestmark = pytest.mark.django_db

BRUSSELS = {"nl": "Brussel", "fr": "Bruxelles", "de": "Brüssel", "en": "Brussels"}


def address(page: Any) -> str:
    """The address of the suggestions in a page."""
    found = re.search(r'data-places="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_come_in_the_language_of_the_page_and_know_nobody(
    client: Client, language: str, django_assert_num_queries: Any
):
    page = Walk(client, language).to("worker", answers_for("XXX", "OTH")).get("worker")
    assert "1000" not in page_text(page)
    assert BRUSSELS[language] not in page.text
    with django_assert_num_queries(1):
        answer = client.get(address(page))
    places = answer.json()
    assert [town for code, town in places if code == "1000"] == [BRUSSELS[language]]
    assert len(places) == len(tables.current().postal_codes)
    assert answer["Cache-Control"] == "public, max-age=86400"
    assert not answer.cookies
    assert "Vary" not in answer or "Cookie" not in answer["Vary"]


def test_once_they_change_they_are_elsewhere(client: Client):
    walk = Walk(client).to("worker", answers_for("XXX", "OTH"))
    before = address(walk.get("worker"))
    PostalCode.objects.create(code="9999", **{f"label_{language}": "Newtown" for language in LANGUAGES})
    after = address(walk.get("worker"))
    assert after != before
    assert ["9999", "Newtown"] in client.get(after).json()
    assert "public" not in client.get(before)["Cache-Control"]
