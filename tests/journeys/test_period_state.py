"""A period that is cancelled, closed or locked: told on the first page, with its date and what to do instead."""

from __future__ import annotations

import pytest
from django.utils.timezone import now as this_moment
from django.utils.translation import override

from declarations.models import DeclarationRank, Period
from referentials import tables

from ..support.builders import MONDAY, Walk
from ..support.pages import collapse_spaces, error_codes, form_data, page_text
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    cancel,
    close,
    first_page,
    open_period,
    period_answers,
)

pytestmark = pytest.mark.django_db

LANGUAGES = ("nl", "fr", "de", "en")
SECOND_OF_MARCH = {"nl": "02/03/2026", "fr": "02/03/2026", "de": "02.03.2026", "en": "02/03/2026"}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


def cancelled(client, period: Period) -> str:
    """Cancelled by its declaration; the code that tells it."""
    assert cancel(client, period).status == "A"
    return "00913-355"


def closed(client, period: Period) -> str:
    """Closed by its declaration; the code that tells it."""
    assert close(client, period, "2/3/2026").status == "A"
    return "00913-356"


def locked(client, period: Period) -> str:
    """Locked by the office; the code that tells it."""
    Period.objects.filter(pk=period.pk).update(locked_at=this_moment())
    return "00913-362"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "state"),
    [
        *[(kind, state) for kind in ON_A_PERIOD for state in (cancelled, locked)],
        (OUT, closed),
    ],
)
def test_the_state_of_the_period_is_told_with_its_date_and_what_to_do(client, at, language, kind, state):
    period = open_period()
    code = state(client, period)
    at("2026-03-05 09:00")
    answer = first_page(client, period_answers(period, kind), language)
    assert error_codes(answer) == {"period_number": [code]}
    row, text = tables.current().anomaly(code, this_moment().date(), ""), page_text(answer)
    with override(language):
        assert collapse_spaces(row.repair) in text
        assert f"{collapse_spaces(row.label).rstrip('.')} ({SECOND_OF_MARCH[language]})" in text
    assert f"({code})" in text


@pytest.mark.parametrize("state", [cancelled, locked])
def test_what_is_told_on_the_first_page_costs_no_number(client, state):
    period = open_period()
    state(client, period)
    before = DeclarationRank.objects.count()
    for kind in ON_A_PERIOD:
        assert first_page(client, period_answers(period, kind)).status_code == 200
    assert DeclarationRank.objects.count() == before


def test_of_a_period_closed_and_locked_only_the_lock_is_told(client):
    """Its end is not the matter: nothing can be declared."""
    period = open_period()
    closed(client, period)
    locked(client, period)
    answer = first_page(client, period_answers(period, OUT))
    assert error_codes(answer) == {"period_number": ["00913-362"]}
    assert "Modify this period instead" not in page_text(answer)


def test_the_end_of_a_period_with_hours_is_told_with_its_hour(client):
    answer = first_page(client, period_answers(open_period("XXX", "STU"), OUT))
    assert "This period already has an ending date (31/03/2026 18:00)." in page_text(answer)


def test_a_closed_period_may_be_modified_and_cancelled(client):
    period = open_period()
    closed(client, period)
    for kind, step in ((MODIFICATION, "period"), (CANCELLATION, "overview")):
        assert Walk(client).begin(period_answers(period, kind)).get(step).status_code == 200


@pytest.mark.parametrize(("committee", "worker_type"), [("XXX", "OTH"), ("XXX", "STU"), ("302", "EXT")])
def test_a_closed_period_offers_the_modification(client, committee, worker_type):
    """One button leads on to the Modification with the right characteristics."""
    period = open_period(committee, worker_type)
    if not period.end_date:
        closed(client, period)
    answer = first_page(client, period_answers(period, OUT))
    assert "Modify this period instead" in page_text(answer)
    radio = period_answers(period, MODIFICATION)["period_characteristics"]
    assert f'name="modify" value="{radio}"' in answer.text
    walk = Walk.from_url(client, client.post("/en/", {**form_data(answer), "modify": radio}).url)
    assert walk.kind == MODIFICATION
    assert walk.get("period").status_code == 200


def test_the_modification_is_offered_on_the_first_page_of_a_draft_too(client):
    period = open_period()
    walk = Walk(client).begin(period_answers(period, OUT))
    close(client, period)
    answer = walk.fill_in("start")
    assert error_codes(answer) == {"period_number": ["00913-356"]}
    answer = client.post(walk.url("start"), {**form_data(answer), "modify": "other"})
    assert Walk.from_url(client, answer.url).kind == MODIFICATION
    assert client.get(answer.url).status_code == 200


def test_nothing_offers_a_modification_otherwise(client):
    period = open_period()
    cancel(client, period)
    for answers in (
        period_answers(period, OUT),
        period_answers(period, OUT, period_number="1"),
        period_answers(period, OUT, period_number="900009999935"),
    ):
        assert "Modify this period instead" not in page_text(first_page(client, answers))
