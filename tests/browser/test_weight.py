"""A first visit stays light: what the browser receives for a page, its style, its script and its icon."""

from __future__ import annotations

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from referentials.bases import LANGUAGES
from tests.support.builders import AGENCY, CARDS, MONDAY, USER, Walk, answers_for

from ..support.browser_clerk import hand_over

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = 60_000
RECEIVED = """() => performance.getEntries().filter(entry => entry.transferSize !== undefined)
  .map(entry => [entry.name, entry.encodedBodySize])"""


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def assert_light(page: Page, url: str) -> None:
    """As a first visit: nothing comes from the browser's cache."""
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(url, wait_until="networkidle")
    received = dict(page.evaluate(RECEIVED))
    assert len(received) >= 3, received
    assert all(received.values()), received
    assert sum(received.values()) < LIMIT, received


def test_home_page_is_light_in_every_language(page: Page):
    for language in LANGUAGES:
        assert_light(page, f"/{language}/")


def test_steps_are_light(client: Client, page: Page, base_url: str):
    walk = Walk(client, "de").to("overview", answers_for("322", "DWD", employer_number=AGENCY, **USER, **CARDS))
    hand_over(client, page.context, base_url)
    for step in ("start", "employer", "worker", "characteristics", "period", "overview"):
        assert_light(page, walk.url(step))


def test_places_come_once_their_field_is_come_to(client: Client, page: Page, base_url: str):
    walk = Walk(client, "de").to("worker", answers_for("XXX", "OTH"))
    hand_over(client, page.context, base_url)
    page.goto(walk.url("worker"))
    page.locator("[name=worker-knows_ssin][value=no]").check()
    places = page.locator("datalist option")
    expect(places).to_have_count(0)
    page.locator("[name=worker-town]").focus()
    expect(page.locator("#towns option[value='Brüssel']").first).to_have_text("1000")
    expect(page.locator("#postal-codes option[value='1000']")).to_have_text("Brüssel")
    count = places.count()
    page.locator("[name=worker-postal_code]").focus()
    page.wait_for_load_state("networkidle")
    expect(places).to_have_count(count)


def test_pages_around_are_light(page: Page):
    for slug in ("rules", "accessibility", "contact"):
        assert_light(page, f"/de/{slug}/")
