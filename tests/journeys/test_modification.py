"""Modification through the pages: each of the six radio buttons with periods of its kind (domain reference 4.2)."""

from __future__ import annotations

from datetime import date, time
from typing import Any, NamedTuple

import pytest

from declarations.enums import PeriodCharacteristics, Status
from referentials.numbers import dimona

from ..support.builders import (
    AGENCY,
    BROADCASTER,
    CARDS,
    CONSTRUCTION,
    MONDAY,
    RESTAURANT,
    Walk,
    answers_for,
    codes,
    period,
    submit_pages,
    submitted_declaration,
    without,
)
from ..support.pages import form_data, page_text, preview, rows
from ..support.periods import (
    FLAT_RATE,
    MODIFICATION,
    PER_PERIOD,
    close,
    dates_and_hours,
    declare,
    first_page,
    open_period,
    open_period_on_pages,
    period_answers,
    radio_of,
)

pytestmark = pytest.mark.django_db

A, W = Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


class Case(NamedTuple):
    """A period, what its page offers filled in, what is typed there, and what the period becomes."""

    radio: str
    committee: str
    worker_type: str
    declared: dict[str, str]
    offered: dict[str, str]
    typed: dict[str, str]
    becomes: tuple[Any, ...]
    told: dict[str, str]
    status: Status = A


NINTH = {"start_date": "9/3/2026", "end_date": "9/3/2026"}
TO_THE_TWENTIETH = {"start_date": "9/3/2026", "end_date": "20/3/2026"}
EIGHTH, TWENTIETH, THIRTEENTH = date(2026, 3, 8), date(2026, 3, 20), date(2026, 3, 13)
START, END, HOURS = "Starting date", "Ending date", "Number of planned hours"
DATES = {"start_date": "09/03/2026", "end_date": "20/03/2026"}
STARTS_EARLIER = {START: "09/03/2026 → 08/03/2026"}
MOVED = {**STARTS_EARLIER, END: "09/03/2026 → 08/03/2026"}


def other(committee: str, worker_type: str, **declared: str) -> Case:
    """A period of the button "Other" with an end: it starts and ends earlier."""
    typed = {"start_date": "8/3/2026", "end_date": "13/3/2026"}
    told = {**STARTS_EARLIER, END: "20/03/2026 → 13/03/2026"}
    becomes = (EIGHTH, None, THIRTEENTH, None, None)
    return Case("other", committee, worker_type, {**TO_THE_TWENTIETH, **declared}, DATES, typed, becomes, told)


def planned(worker_type: str) -> Case:
    """A period of article 17 by the quarter: it starts and ends earlier, with more hours."""
    typed = {"start_date": "8/3/2026", "end_date": "13/3/2026", "planned_hours": "21"}
    told = {**STARTS_EARLIER, END: "20/03/2026 → 13/03/2026", HOURS: "20 → 21"}
    becomes = (EIGHTH, None, THIRTEENTH, None, 21)
    offered = {**DATES, "planned_hours": "20"}
    return Case("planned", "XXX", worker_type, TO_THE_TWENTIETH, offered, typed, becomes, told)


def by_hour(committee: str, worker_type: str, **declared: str) -> Case:
    """A day of work by the hour: it starts the evening before and ends in the night."""
    typed = {"start_date": "8/3/2026", "start_time": "22:30", "end_time": "03:00"}
    told = {START: "09/03/2026 10:00 → 08/03/2026 22:30", END: "09/03/2026 18:00 → 09/03/2026 03:00"}
    offered = {"start_date": "09/03/2026", "start_time": "10:00", "end_date": "09/03/2026", "end_time": "18:00"}
    becomes = (EIGHTH, time(22, 30), date(2026, 3, 9), time(3), None)
    return Case("hour", committee, worker_type, {**NINTH, **declared}, offered, typed, becomes, told)


CASES = [
    Case(
        "flat", "302", "EXT", {**FLAT_RATE, **NINTH, "employer_number": RESTAURANT},
        {"start_date": "09/03/2026", "start_time": "10:00"}, {"start_date": "8/3/2026", "start_time": "11h"},
        (EIGHTH, time(11), EIGHTH, None, None),
        {START: "09/03/2026 10:00 → 08/03/2026 11:00", END: "09/03/2026 → 08/03/2026"},
    ),
    Case(
        "student", "XXX", "STU", TO_THE_TWENTIETH, {"end_date": "20/03/2026", "planned_hours": "20"},
        {"end_date": "13/3/2026", "planned_hours": "10"}, (date(2026, 3, 9), time(10), THIRTEENTH, time(18), 10),
        {END: "20/03/2026 18:00 → 13/03/2026 18:00", HOURS: "20 → 10"},
    ),
    Case(
        "student", "124", "STU", {**TO_THE_TWENTIETH, "employer_number": CONSTRUCTION},
        {"end_date": "20/03/2026", "planned_hours": "20"}, {"planned_hours": "999"},
        (date(2026, 3, 9), time(10), TWENTIETH, time(18), 999), {HOURS: "20 → 999"}, W,
    ),
    by_hour("144", "EXT"),
    by_hour("302", "EXT", employer_number=RESTAURANT),
    by_hour("XXX", "FLX", employer_number=RESTAURANT),
    Case(
        "day", "XXX", "T17", {**NINTH, "employer_number": BROADCASTER}, {"start_date": "09/03/2026"},
        {"start_date": "8/3/2026"}, (EIGHTH, None, EIGHTH, None, None), MOVED,
    ),
    Case(
        "day", "XXX", "A17", {}, {"start_date": "31/12/2021"}, {"start_date": "30/12/2021"},
        (date(2021, 12, 30), None, date(2021, 12, 30), None, None),
        {START: "31/12/2021 → 30/12/2021", END: "31/12/2021 → 30/12/2021"}, W,
    ),
    planned("O17"),
    planned("S17"),
    other("XXX", "OTH"),
    other("XXX", "DWD"),
    other("XXX", "ALT"),
    other("XXX", "PMP", employer_number=BROADCASTER),
    other("124", "BCW", employer_number=CONSTRUCTION),
    other("124", "RTA", employer_number=CONSTRUCTION, **CARDS),
    other("XXX", "IVT"),
    other("XXX", "TRI"),
    other("XXX", "STG"),
    other("322", "OTH", employer_number=AGENCY),
    other("XXX", "FLX", **{**PER_PERIOD, **TO_THE_TWENTIETH}),
    Case(
        "other", "XXX", "OTH", {"start_date": "9/3/2026"}, {"start_date": "09/03/2026", "end_date": ""},
        {"start_date": "8/3/2026"}, (EIGHTH, None, None, None, None), STARTS_EARLIER,
    ),
    Case(
        "other", "XXX", "OTH", TO_THE_TWENTIETH, DATES, {"end_date": "27/3/2026"},
        (date(2026, 3, 9), None, date(2026, 3, 27), None, None), {END: "20/03/2026 → 27/03/2026"},
    ),
    Case(
        "other", "XXX", "OTH", TO_THE_TWENTIETH, DATES, {"remove_end_date": "on"},
        (date(2026, 3, 9), None, None, None, None), {END: "20/03/2026 → no ending date"},
    ),
]  # fmt: skip
IDS = [f"{case.radio} {case.committee} {case.worker_type} {number}" for number, case in enumerate(CASES)]
of_each_radio = pytest.mark.parametrize("case", CASES, ids=IDS)


def changes(page) -> dict[str, str]:
    """What a page shows as changed, without the words that say so."""
    return {label.split(" (")[0].removesuffix("/time"): value for label, value in rows(page).items() if "→" in value}


@of_each_radio
def test_a_period_is_modified(client, case):
    known = open_period(case.committee, case.worker_type, **case.declared)
    assert radio_of(known) == case.radio
    before, fixed = (
        dates_and_hours(known),
        (known.worker, known.worker_type, known.joint_committee, known.duration_unit),
    )
    walk = Walk(client).to("overview", period_answers(known, MODIFICATION, **case.typed))
    page = walk.get("overview")
    assert preview(page)[0] == case.status
    assert changes(page) == case.told
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.kind, declaration.status) == ("modification", case.status), codes(declaration)
    assert dates_and_hours(known) == dates_and_hours(declaration) == case.becomes
    assert before != case.becomes
    assert (known.worker, known.worker_type, known.joint_committee, known.duration_unit) == fixed
    receipt = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert changes(receipt) == case.told
    assert rows(receipt)["Period number"] == dimona.format(known.number)


@of_each_radio
def test_the_page_sent_back_as_it_is_changes_nothing(client, case):
    """It comes filled in with the period as it stands; that nothing was changed is told kindly, and refused."""
    known = open_period(case.committee, case.worker_type, **case.declared)
    before = dates_and_hours(known)
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    shown = form_data(walk.get("period"))
    assert {name.removeprefix("period-"): shown[name] for name in shown if name.startswith("period-")} == case.offered
    walk.next("period")
    page = walk.get("overview")
    assert preview(page) == ("B", {"90378-444"})
    assert "You have not changed anything yet. 90378-444 The period stays as it is" in page_text(page)
    assert changes(page) == {}
    assert codes(submitted_declaration(walk.confirm())) == {"90378-444"}
    assert dates_and_hours(known) == before


@pytest.mark.parametrize("case", {case.radio: case for case in CASES}.values(), ids=lambda case: case.radio)
def test_every_other_radio_is_told_wrong(client, case):
    known = open_period(case.committee, case.worker_type, **case.declared)
    for radio in PeriodCharacteristics:
        answer = first_page(client, period_answers(known, MODIFICATION, period_characteristics=radio))
        assert (answer.status_code == 302) == (radio == case.radio), radio


# -- one after another -----------------------------------------------------------------------------------------


def test_a_period_is_closed_reopened_and_closed_again(client):
    known = open_period()
    close(client, known, "6/3/2026")
    assert declare(client, known, MODIFICATION, remove_end_date="on").status == A
    assert dates_and_hours(known)[2] is None
    assert close(client, known, "13/3/2026").status == A
    assert declare(client, known, MODIFICATION, end_date="12/3/2026").status == A
    assert dates_and_hours(known) == (date(2026, 3, 2), None, date(2026, 3, 12), None, None)
    history = known.declarations.order_by("number").values_list("state_before", "end_date")
    assert [(before and before["end_date"], str(end)) for before, end in history] == [
        (None, "None"), (None, "2026-03-06"), ("2026-03-06", "None"), (None, "2026-03-13"),
        ("2026-03-13", "2026-03-12"),
    ]  # fmt: skip


def test_reopened_on_the_page_without_javascript(client):
    """The box alone is ticked; the date in the field beside it stays as it was."""
    known = open_period(**TO_THE_TWENTIETH)
    page = Walk(client).to("period", period_answers(known, MODIFICATION)).get("period")
    assert 'name="period-remove_end_date"' in page.text
    declaration = declare(client, known, MODIFICATION, remove_end_date="on", end_date="")
    assert (declaration.status, dates_and_hours(known)[2]) == (A, None)


@pytest.mark.parametrize(
    ("committee", "worker_type", "changes"),
    [("XXX", "IVT", {}), ("322", "OTH", {"employer_number": AGENCY}), ("XXX", "FLX", PER_PERIOD)],
)
def test_a_mandatory_end_is_not_removed(client, committee, worker_type, changes):
    """The rule tells it on the overview, whether the type or the committee asks for the end."""
    known = open_period(committee, worker_type, **changes)
    walk = Walk(client).to("overview", period_answers(known, MODIFICATION, remove_end_date="on"))
    assert "90378-368" in preview(walk.get("overview"))[1]


def test_the_box_stands_only_where_there_is_an_end_to_remove(client):
    page = Walk(client).to("period", period_answers(open_period(), MODIFICATION)).get("period")
    assert 'name="period-remove_end_date"' not in page.text


def test_what_is_modified_is_the_period_as_it_stands(client):
    """The second Modification starts from what the first one made."""
    known = open_period("XXX", "STU", **TO_THE_TWENTIETH)
    declare(client, known, MODIFICATION, planned_hours="30")
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    assert form_data(walk.get("period"))["period-planned_hours"] == "30"
    walk.next("period", {"end_date": "13/3/2026"})
    assert changes(walk.get("overview")) == {END: "20/03/2026 18:00 → 13/03/2026 18:00"}


def test_a_modification_by_nsso_number(client):
    known = open_period()
    number = {"identifier_kind": "nsso", "employer_number": "1277920-67"}
    declaration = submit_pages(
        client, {**without(period_answers(known, MODIFICATION), *number), **number, "start_date": "1/3/2026"}
    )
    assert (declaration.period, declaration.status) == (known, W)


def test_a_student_of_before_2017_takes_the_other_radio(client):
    """Domain reference 2.3: in days then, so that its dates may be modified."""
    known = period("XXX", "STU", "2016-10-03", "2016-10-28")
    assert first_page(client, period_answers(known, MODIFICATION)).status_code == 200
    declaration = declare(client, known, MODIFICATION, period_characteristics="other", start_date="2/10/2016")
    assert (declaration.status, dates_and_hours(known)[0]) == (W, date(2016, 10, 2))


def test_the_in_keeps_what_it_declared(client):
    known = open_period_on_pages(client, **TO_THE_TWENTIETH)
    declare(client, known, MODIFICATION, end_date="13/3/2026")
    first = known.declarations.get(kind="in")
    assert dates_and_hours(first)[2] == TWENTIETH
    receipt = client.get(f"/en/receipt/{first.receipt_token}/")
    assert rows(receipt)["Ending date/time"] == "20/03/2026"
    assert answers_for("XXX", "OTH")["ssin"] == first.answers["values"]["ssin"]
