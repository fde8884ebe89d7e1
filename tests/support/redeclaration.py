"""A period cancelled and declared again through the pages: the buttons that start it, and the new Dimona IN."""

from __future__ import annotations

from typing import Any

from django.test import Client

from declarations.models import Declaration, Period

from .builders import ZOE, Walk, submitted_declaration
from .pages import form_data, page_text
from .periods import CANCELLATION, MODIFICATION, open_period_on_pages, period_answers

# Zoé, because Éric's SSIN is the example beside the field.
MASKED = "••.••.••-•••.41"


def assert_ssin_hidden(page: Any) -> Any:
    """Assert that the page does not contain Zoé's SSIN, and return it."""
    for told in (ZOE, "04.12.31", "041231"):
        assert told not in page.text
    return page


def open_period_of_zoe(client: Client, committee: str = "XXX", worker_type: str = "OTH", **changes: str) -> Period:
    """A period of Zoé, opened through the pages."""
    return open_period_on_pages(client, committee, worker_type, **{"ssin": ZOE, **changes})


def redeclare_from_overview(client: Client, period: Period, **typed: str) -> Walk:
    """Press the button on a refused Modification; the Cancellation that it starts."""
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, **typed))
    page = walk.get("overview")
    assert 'name="go" value="anew"' in page.text
    begun = Walk.from_url(client, client.post(walk.url("overview"), {**form_data(page), "go": "anew"}).url)
    assert begun.kind == CANCELLATION
    return begun


def redeclare_from_step(client: Client, period: Period, **typed: str) -> Walk:
    """Press the button on a Modification's period step; the Cancellation that it starts."""
    walk = Walk(client).to("period", period_answers(period, MODIFICATION))
    return Walk.from_url(client, walk.fill_in("period", typed, go="anew").url)


def follow_to_new_in(client: Client, cancellation: Walk) -> Walk:
    """Confirm the Cancellation and follow its receipt to the draft of the new Dimona IN."""
    declaration = submitted_declaration(cancellation.confirm())
    page = receipt_page(client, declaration)
    assert "Now declare the new period: the data has been kept." in page_text(page)
    landed = client.get(page.context["replacement_url"], follow=True)
    assert landed.status_code == 200
    return Walk.from_url(client, landed.request["PATH_INFO"])


def receipt_page(client: Client, declaration: Declaration) -> Any:
    """The page of a receipt, after checking that it contains no SSIN."""
    return assert_ssin_hidden(client.get(f"/en/receipt/{declaration.receipt_token}/"))
