"""The database is away in the middle of a step: what was typed stays, and goes through with one button."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from playwright.sync_api import Page, expect

from referentials import tables
from tests.support.builders import MONDAY, answers_for

from ..support.browser_clerk import BRING, stand_at
from .conftest import Inspect

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "The service cannot access its register at the moment"
SEND_AGAIN = "Send again"


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@contextmanager
def away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The file of the database is locked whenever a page asks for the tables."""

    def locked() -> Any:
        cause = sqlite3.OperationalError("database is locked")
        cause.sqlite_errorcode = sqlite3.SQLITE_BUSY
        raise OperationalError("database is locked") from cause

    with monkeypatch.context() as patch:
        patch.setattr(tables, "current", locked)
        yield


def test_sent_again_without_javascript(
    client: Client, page_without_javascript: Page, base_url: str, monkeypatch: pytest.MonkeyPatch
):
    page = page_without_javascript
    clerk = stand_at("period", answers_for("XXX", "OTH"), client, page, base_url, "fr")
    clerk.field("Starting date").fill('2 mars, "<peut-être>" & l\'an 2026')
    with away(monkeypatch):
        clerk.press("Next")
        for _time in range(2):
            expect(page.get_by_role("heading", level=1)).to_have_text(clerk.words(TITLE))
            expect(page.get_by_role("button")).to_have_text([clerk.words(SEND_AGAIN)])
            clerk.press(SEND_AGAIN)
    clerk.press(SEND_AGAIN)
    expect(clerk.field("Starting date")).to_have_value('2 mars, "<peut-être>" & l\'an 2026')


def test_a_choice_made_meanwhile_stays_on_its_page(
    client: Client, page: Page, base_url: str, monkeypatch: pytest.MonkeyPatch, inspect: Inspect
):
    clerk = stand_at("characteristics", answers_for("XXX", "OTH"), client, page, base_url, "fr")
    with away(monkeypatch):
        clerk.field("Joint committee (JC)").select_option("XXX")
        bring = page.get_by_role("button", name=clerk.words(BRING)).first
        expect(bring).to_be_visible()
        expect(clerk.field("Joint committee (JC)")).to_have_value("XXX")
        bring.click()
        expect(page.get_by_role("heading", level=1)).to_have_text(clerk.words(TITLE))
        inspect(page)
    clerk.press(SEND_AGAIN)
    expect(clerk.field("Joint committee (JC)")).to_have_value("XXX")
    expect(clerk.field("Type of worker").get_by_role("option").nth(1)).to_be_attached()
