"""Ruling 11: what a number of another employer tells, which is nothing; and how often one may try."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from declarations.models import AttemptCount
from referentials.numbers import dimona

from ..support.builders import (
    BY_NAME,
    MONDAY,
    RESTAURANT,
    Walk,
    answers_for,
    submit_pages,
    submitted_declaration,
    without,
)
from ..support.pages import error_codes, form_data, page_text, preview, visible_html
from ..support.periods import (
    CANCELLATION,
    MODIFICATION,
    ON_A_PERIOD,
    OUT,
    cancel,
    close,
    first_page,
    open_period,
    open_period_on_pages,
    period_answers,
)

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
# Valid numbers that were never given.
UNKNOWN = [dimona.from_rank(9_900_000_000 + rank) for rank in range(20)]


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


@pytest.fixture
def limits(settings):
    """`limits(LOOKUP_MISSES_PER_CLIENT=3)`: other limits an hour, or another reserve."""

    def change(**numbers: int) -> None:
        for name, number in numbers.items():
            setattr(settings, name, number if name == "LOOKUP_RESERVE" else (number, HOUR))

    return change


def client_at(address: str) -> Client:
    """A browser that connects from there."""
    return Client(REMOTE_ADDR=address)


# -- unknown and another employer's ----------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["nl", "fr", "de", "en"])
@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_another_employers_period_is_as_unknown_as_any(client, kind, language):
    """Whatever the state it is in: the pages differ by what was typed alone."""
    theirs = [open_period("XXX", worker_type) for worker_type in ("OTH", "DWD", "STU")]
    close(client, theirs[0])
    cancel(client, theirs[1])
    refused = submit_pages(client, answers_for("XXX", "T17"))
    pages = []
    for number in (UNKNOWN[0], *(period.number for period in theirs), refused.number):
        answers = period_answers(theirs[2], kind, employer_number=RESTAURANT, period_number=number)
        answer = first_page(client, answers, language)
        assert (answer.status_code, error_codes(answer)) == (200, {"period_number": ["00913-354"]})
        pages.append(visible_html(answer).replace(number, "the number"))
    assert len(set(pages)) == 1


def test_another_employers_period_is_looked_for_as_an_unknown_one(client):
    """The same statements reach the database, so that time tells nothing either."""
    period, taken = open_period(), []
    for number in (UNKNOWN[0], period.number, UNKNOWN[1]):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            first_page(client, period_answers(period, OUT, employer_number=RESTAURANT, period_number=number))
        taken.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries])
    assert taken[1] == taken[2]
    assert len(taken[0]) >= len(taken[1])


# -- how often -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "says"), [("nl", "10:00"), ("fr", "10:00"), ("de", "10:00"), ("en", "You can try again from 10:00.")]
)
def test_who_misses_too_often_is_told_when_to_try_again(client, at, limits, language, says):
    at("2026-03-02 09:20")
    limits(LOOKUP_MISSES_PER_CLIENT=3)
    period = open_period()
    for number in UNKNOWN[:3]:
        assert first_page(client, period_answers(period, OUT, period_number=number), language).status_code == 200
    pages = []
    for number in (UNKNOWN[3], period.number):
        answer = first_page(client, period_answers(period, OUT, period_number=number), language)
        assert answer.status_code == 429
        assert answer["Retry-After"] == str(40 * 60)
        assert error_codes(answer) == {"period_number": ["uncoded"]}
        assert says in page_text(answer)
        pages.append(visible_html(answer).replace(number, "the number"))
    assert pages[0] == pages[1]
    at("2026-03-02 10:00")
    assert Walk(client).begin(period_answers(period, OUT)).get("period").status_code == 200


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_the_first_page_of_a_draft_counts_too(client, limits, kind):
    limits(LOOKUP_MISSES_PER_CLIENT=2)
    period, another = open_period(), open_period("XXX", "DWD")
    walk = Walk(client).begin(period_answers(period, kind))
    found = [
        walk.fill_in("start", period_answers(period, kind, period_number=number)).status_code for number in UNKNOWN[:3]
    ]
    assert found == [200, 200, 429]
    answer = walk.fill_in("start", period_answers(another, kind))
    assert (answer.status_code, int(answer["Retry-After"])) == (429, 3600)
    assert form_data(answer)["start-period_number"] == another.number


@pytest.mark.parametrize("kind", [OUT, CANCELLATION])
def test_who_found_a_number_keeps_it_though_others_at_the_address_are_stopped(client, limits, kind):
    """Back on the first page, Next goes on with that number; with no other, and for no other employer."""
    limits(LOOKUP_MISSES_PER_CLIENT=1)
    period, another = open_period(), open_period("XXX", "DWD")
    walk = Walk(client).begin(period_answers(period, kind))
    first_page(Client(), period_answers(period, OUT, period_number=UNKNOWN[0]))
    assert first_page(client, period_answers(period, kind)).status_code == 429
    for _press in range(3):
        assert walk.fill_in("start", period_answers(period, kind)).url == walk.url(
            "overview" if kind == CANCELLATION else "period"
        )
    assert walk.fill_in("start", period_answers(another, kind)).status_code == 429
    assert walk.fill_in("start", period_answers(period, kind, employer_number=RESTAURANT)).status_code == 429
    assert AttemptCount.objects.values_list("count", flat=True).distinct().get() == 1


def test_a_number_that_was_found_is_found_again_as_it_is_by_now(client, limits):
    """Its state is told whoever is stopped."""
    period = open_period()
    walk = Walk(client).begin(period_answers(period, OUT))
    close(Client(), period)
    limits(LOOKUP_MISSES_PER_CLIENT=0)
    answer = walk.fill_in("start", period_answers(period, OUT))
    assert (answer.status_code, error_codes(answer)) == (200, {"period_number": ["00913-356"]})


def test_a_declaration_under_way_goes_on_though_its_client_is_stopped(client, limits):
    """Only the first page looks a number up; what was found stays found."""
    limits(LOOKUP_MISSES_PER_CLIENT=1)
    period = open_period()
    walk = Walk(client).to("period", period_answers(period, OUT))
    first_page(client, period_answers(period, OUT, period_number=UNKNOWN[0]))
    assert first_page(client, period_answers(period, OUT)).status_code == 429
    walk.next("period", {"end_date": "6/3/2026"})
    assert walk.get("start").status_code == 200
    assert submitted_declaration(walk.confirm()).status == "A"


@pytest.mark.parametrize("kind", ON_A_PERIOD)
def test_the_buttons_of_a_receipt_work_all_the_same(client, limits, kind):
    """Who holds the receipt need not look its number up."""
    limits(LOOKUP_MISSES_PER_CLIENT=1)
    period = open_period()
    first_page(client, period_answers(period, kind, period_number=UNKNOWN[0]))
    answer = first_page(client, period_answers(period, kind))
    assert answer.status_code == 429
    assert "The buttons on the receipt of the Dimona IN still work" in page_text(answer)
    begun = client.post(f"/en/receipt/{period.declarations.get().receipt_token}/{kind.value}/")
    assert client.get(begun.url).status_code == 200


@pytest.mark.parametrize("button", [{"language": "fr"}, {"go": "refresh"}, {"go": "period"}, {"go": "discard"}])
def test_no_button_looks_a_number_up(client, button):
    """What was typed is kept unread: no way round the count tells a right number from a wrong one."""
    own, another = open_period(), open_period("XXX", "DWD")
    theirs = open_period(employer_number=RESTAURANT)
    for number in (UNKNOWN[0], another.number, theirs.number):
        walk = Walk(client).begin(period_answers(own, OUT))
        answer = walk.fill_in("start", period_answers(own, OUT, period_number=number), **button)
        assert answer.status_code == 302
        for step in ("period", "overview"):
            assert client.get(walk.url(step)).url == walk.url("start")
            assert client.post(walk.url(step), {"period-end_date": "6/3/2026"}).url == walk.url(step)
        assert error_codes(walk.get("start")) == {}


def test_right_numbers_are_never_counted(client, limits):
    """Nor those of this employer that are of no period, nor the mistyped ones: nothing is learned from them."""
    limits(LOOKUP_MISSES_PER_CLIENT=1)
    period = open_period()
    own = [
        submit_pages(client, answers_for("XXX", "T17")),
        submit_pages(client, {**answers_for("XXX", "OTH"), **BY_NAME}),
    ]
    own.append(close(client, period))
    for number in (*(declaration.number for declaration in own), "1", "", "900000000117", period.number) * 2:
        assert first_page(client, period_answers(period, OUT, period_number=number)).status_code == 200
    for _day in range(5):
        assert Walk(client).begin(period_answers(period, MODIFICATION)).get("period").status_code == 200


def test_a_number_of_another_employer_counts(client, limits):
    limits(LOOKUP_MISSES_PER_CLIENT=2)
    period = open_period()
    found = [
        first_page(client, period_answers(period, OUT, employer_number=RESTAURANT)).status_code for _post in range(3)
    ]
    assert found == [200, 200, 429]


def test_what_is_not_posted_is_not_counted(client, limits):
    """A page with an unknown number, left by a language button and looked at again, tells nothing."""
    limits(LOOKUP_MISSES_PER_CLIENT=1)
    period = open_period()
    walk = Walk(client).begin(period_answers(period, OUT))
    before = list(AttemptCount.objects.order_by("key").values_list("key", "count"))
    for _look in range(3):
        walk.post("start", period_answers(period, OUT, period_number=UNKNOWN[0]), language="fr")
        assert error_codes(walk.get("start")) == {}
    assert list(AttemptCount.objects.order_by("key").values_list("key", "count")) == before
    assert walk.fill_in("start", period_answers(period, OUT)).status_code == 302


def test_nobody_locks_the_honest_users_of_an_employer_out(client, limits):
    limits(LOOKUP_MISSES_PER_CLIENT=10, LOOKUP_MISSES_PER_EMPLOYER=4, LOOKUP_RESERVE=2)
    period = open_period()
    attacker, honest, other = map(client_at, ("10.0.0.1", "10.0.0.2", "10.0.0.3"))
    found = [
        first_page(attacker, period_answers(period, OUT, period_number=number)).status_code for number in UNKNOWN[:6]
    ]
    assert found == [200, 200, 200, 200, 429, 429]
    assert first_page(attacker, period_answers(period, OUT)).status_code == 429
    assert first_page(honest, period_answers(period, OUT, period_number=UNKNOWN[0])).status_code == 200
    assert Walk(honest).begin(period_answers(period, OUT)).get("period").status_code == 200
    assert first_page(honest, period_answers(period, OUT, period_number=UNKNOWN[0])).status_code == 200
    assert first_page(honest, period_answers(period, OUT)).status_code == 429
    assert first_page(other, period_answers(period, OUT)).status_code == 302
    elsewhere = period_answers(period, OUT, employer_number=RESTAURANT, period_number=UNKNOWN[0])
    assert first_page(attacker, elsewhere).status_code == 200


def test_whoever_filed_nothing_does_not_shut_out_who_did_behind_the_same_address(client, limits):
    """They are one client; the few misses that are kept for who filed are one address's, and not each browser's."""
    limits(LOOKUP_MISSES_PER_CLIENT=2, LOOKUP_RESERVE=1)
    period = open_period()
    clerk, colleague, stranger = Client(), Client(), Client()
    for browser, worker_type in ((clerk, "DWD"), (colleague, "STU")):
        assert submit_pages(browser, answers_for("XXX", worker_type)).status == "A"
    refused = submit_pages(stranger, answers_for("XXX", "T17"))
    assert refused.status == "B"
    found = [
        first_page(stranger, period_answers(period, OUT, period_number=number)).status_code for number in UNKNOWN[:3]
    ]
    assert found == [200, 200, 429]
    for browser in (clerk, colleague):
        assert (
            Walk(browser)
            .begin(period_answers(period, OUT))
            .fill_in("start", period_answers(period, CANCELLATION))
            .status_code
            == 302
        )
    assert first_page(clerk, period_answers(period, OUT, period_number=UNKNOWN[3])).status_code == 200
    assert [first_page(browser, period_answers(period, OUT)).status_code for browser in (clerk, colleague)] == [
        429,
        429,
    ]


# -- previews -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "answers"),
    [(OUT, {"end_date": "6/3/2026"}), (MODIFICATION, {"start_date": "1/3/2026"}), (CANCELLATION, {})],
)
def test_too_many_previews_are_not_shown_and_the_declaration_is_taken_all_the_same(client, limits, kind, answers):
    period = open_period_on_pages(client)
    walk = Walk(client).to("overview", period_answers(period, kind, **answers))
    limits(PREVIEWS_PER_WORKER_AND_CLIENT=1)
    page = walk.get("overview")
    assert (page.context["preview"], page.status_code) == (None, 200)
    assert "You can see it again from 10:00." in page_text(page)
    assert "You can still confirm: the NSSO’s answer will then be on the receipt." in page_text(page)
    assert "will accept" not in page_text(page)
    assert "in time" not in page_text(page)
    assert "90378-460" not in page_text(page)
    declaration = submitted_declaration(client.post(walk.url("overview"), walk.hidden(page)))
    assert declaration.status == ("W" if kind == MODIFICATION else "A")


def test_the_same_preview_is_counted_once(client, at, limits):
    limits(PREVIEWS_PER_WORKER_AND_CLIENT=2)
    period = open_period_on_pages(client)
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION, start_date="1/3/2026"))
    for _look in range(5):
        assert preview(walk.get("overview")) == ("W", {"90378-460"})
    walk.next("period", {"start_date": "28/2/2026"})
    assert walk.get("overview").context["preview"] is None
    at("2026-03-02 10:00")
    assert preview(walk.get("overview")) == ("W", {"90378-460"})


def test_birth_dates_that_are_tried_count_as_one_worker(client, limits):
    """Accepted or pending tells whether that is somebody known."""
    limits(PREVIEWS_PER_WORKER_AND_CLIENT=2)
    shown = []
    for day in (1, 2, 3):
        answers = without(answers_for("XXX", "OTH", **{**BY_NAME, "birth_date": f"{day}/3/1991"}), "ssin")
        shown.append(Walk(client).to("overview", answers).get("overview").context["preview"] is not None)
    assert shown == [True, True, False]


def test_a_preview_that_was_not_shown_is_refused_by_the_office_alone(client, limits):
    """The receipt of a Confirm that saw no preview tells the codes."""
    period = open_period()
    walk = Walk(client).to("overview", period_answers(period, MODIFICATION))
    limits(PREVIEWS_PER_WORKER_AND_CLIENT=1)
    declaration = submitted_declaration(walk.confirm())
    assert declaration.status == "B"
    receipt = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert "90378-444" in page_text(receipt)
