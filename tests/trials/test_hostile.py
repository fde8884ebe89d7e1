"""Some of the hostile inputs and journeys, always the same, and the judge that looks what came of them.

`python -m trials.hostile` sends them by the thousand.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from declarations.models import Declaration
from trials.hostile import running
from trials.hostile.browser import Browser
from trials.hostile.reading import Page, differences, follows_period, lost_values

from ..support.builders import MONDAY, answers_for, step_data
from ..support.periods import MODIFICATION, open_period, period_answers


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.pages
def test_some_hostile_inputs_break_nothing():
    assert running.run(150, 0)["inputs"] >= 150


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.pages
def test_some_journeys_lose_and_double_nothing():
    """A fault raises. What so few journeys come upon moves with every change of the acts: only the command tells."""
    assert running.run(0, 15, acts=6)["journeys"] >= 15


# -- the judge -------------------------------------------------------------------------------------------------

SHOWN = (
    '<form id="step-form"><input name="period-start_date" value="02/03/2026"><input type="date">'
    '<input name="period-start_time" value="08:30"><input name="period-end_time" value="">'
    '<input name="period-planned_hours" value="&lt;12&gt;">'
    '<input type="radio" name="period-duration_unit" value="day" checked>'
    '<input type="radio" name="period-duration_unit" value="period"></form>'
)


@pytest.mark.parametrize(
    ("typed", "is_lost"),
    [
        ({"period-start_date": "2/3/2026", "period-start_time": "8h30", "period-planned_hours": "<12>"}, False),
        ({"period-start_date": "3/3/2026"}, True),
        ({"period-start_date": "no day"}, True),
        ({"period-start_time": "8h31"}, True),
        ({"period-end_time": " \N{ZERO WIDTH SPACE}"}, False),
        ({"period-end_time": "\N{ZERO WIDTH SPACE}x"}, True),
        ({"period-planned_hours": "<12>\N{ZERO WIDTH SPACE}"}, True),
        ({"period-planned_hours": "12"}, True),
        ({"period-planned_hours": ""}, True),
        ({"period-duration_unit": "day"}, False),
        ({"period-duration_unit": "period"}, True),
        ({"period-duration_unit": "not offered"}, False),
        ({"period-end_date": "a field that the page does not show"}, False),
    ],
    ids=str,
)
def test_what_is_not_shown_again_is_named(typed, is_lost):
    page = Page(f"/en/in/{uuid4()}/period/", 200, SHOWN)
    assert bool(list(lost_values(page, typed))) == is_lost


@pytest.mark.django_db
@pytest.mark.pages
def test_what_follows_the_period_is_not_lost_and_what_was_typed_over_it_is(at):
    at(MONDAY)
    period, browser = open_period("XXX", "STU"), Browser()
    typed = period_answers(period, MODIFICATION, end_date="30/3/2026")
    older, page = (browser.send("/en/", step_data("start", typed)) for _draft in range(2))
    while page.step:
        page = browser.press(page, step_data(page.step, typed, MODIFICATION))
    kept = browser.press(older, {"period-planned_hours": "25"}, go="discard")
    assert kept.url.endswith("/discard/")
    again = browser.get(older.url)
    assert again.fields["period-end_date"] == "30/03/2026" != older.fields["period-end_date"]
    assert follows_period("period-end_date", older.fields["period-end_date"], older, again)
    assert not follows_period("period-end_date", "29/3/2026", older, again)
    assert not follows_period("period-planned_hours", "25", older, again)


@pytest.mark.django_db
@pytest.mark.pages
def test_what_is_filed_otherwise_than_shown_is_named(at):
    at(MONDAY)
    browser, answers = Browser(), answers_for("XXX", "STU")
    page = browser.send("/en/", step_data("start", answers))
    while page.step != "overview":
        page = browser.press(page, step_data(page.step, answers))
    browser.press(page, {"overview-worker_reference": "Ref. 1"})
    declaration = Declaration.objects.get()
    assert list(differences(declaration, page, {"worker_reference": "Ref. 1"})) == []
    assert list(differences(declaration, page, {"worker_reference": "Ref. 2"}))
    for was, becomes in [
        ("02/03/2026", "03/03/2026"),
        (">20<", ">21<"),
        ("85.07.30-033.28", "85.07.30-033.29"),
        ("answer-A", "answer-W"),
        (" - STU", " - OTH"),
    ]:
        assert was in page.text
        other = replace(page, text=page.text.replace(was, becomes))
        assert list(differences(declaration, other, {})), was
