"""What a Modification may not do, and what the office judges of the period as it becomes (domain reference 4.2)."""

from __future__ import annotations

import pytest

from declarations.enums import Status

from ..support.builders import (
    AGENCY,
    BROADCASTER,
    MONDAY,
    RESTAURANT,
    ZOE,
    Walk,
    codes,
    employer,
    period,
    submitted_declaration,
)
from ..support.pages import error_codes, form_data, page_text, preview
from ..support.periods import (
    FLAT_RATE,
    MODIFICATION,
    PER_PERIOD,
    cancel,
    dates_and_hours,
    declare,
    open_period,
    period_answers,
)

pytestmark = [pytest.mark.django_db, pytest.mark.pages]

A, W, B = Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING, Status.REFUSED
NINTH = {"start_date": "9/3/2026", "end_date": "9/3/2026"}
TO_THE_TWENTIETH = {"start_date": "9/3/2026", "end_date": "20/3/2026"}
NIGHT = {"start_date": "9/3/2026", "start_time": "22:00", "end_date": "10/3/2026", "end_time": "06:00"}
FLAT = {**FLAT_RATE, **NINTH}


@pytest.fixture(autouse=True)
def now(at):
    at(MONDAY)


# -- what is told on the step ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("committee", "worker_type", "declared", "typed", "found"),
    [
        ("XXX", "OTH", {}, {"start_date": ""}, {"start_date": ["90378-360"]}),
        ("XXX", "OTH", TO_THE_TWENTIETH, {"start_date": "", "end_date": ""}, {"start_date": ["90378-360"]}),
        (
            "XXX", "STU", {}, {"end_date": "", "planned_hours": ""},
            {"end_date": ["00911-001"], "planned_hours": ["01135-001"]},
        ),
        ("XXX", "A17", {}, {"start_date": ""}, {"start_date": ["00910-001"]}),
        ("XXX", "IVT", {}, {"end_date": ""}, {"end_date": ["00911-003"]}),
        (
            "XXX", "O17", {}, {"start_date": "", "end_date": "", "planned_hours": ""},
            {"start_date": ["90378-360"]},
        ),
        (
            "302", "EXT", FLAT, {"start_date": "", "start_time": ""},
            {"start_date": ["00910-001"], "start_time": ["00777-001"]},
        ),
        (
            "144", "EXT", {}, {"start_date": "", "start_time": "", "end_date": "", "end_time": ""},
            {"start_date": ["90378-361"]},
        ),
        ("XXX", "OTH", TO_THE_TWENTIETH, {"start_date": ""}, {"start_date": ["00910-001"]}),
        ("XXX", "OTH", TO_THE_TWENTIETH, {"end_date": ""}, {"end_date": ["00911-003"]}),
        ("XXX", "STU", {}, {"end_date": ""}, {"end_date": ["00911-001"]}),
        ("XXX", "STU", {}, {"planned_hours": ""}, {"planned_hours": ["01135-001"]}),
        ("XXX", "O17", {}, {"end_date": ""}, {"end_date": ["00911-001"]}),
        ("302", "EXT", FLAT, {"start_time": ""}, {"start_time": ["00777-001"]}),
        ("144", "EXT", {}, {"start_date": ""}, {"start_date": ["00910-001"]}),
        ("144", "EXT", {}, {"start_time": ""}, {"start_time": ["00777-001"]}),
        ("144", "EXT", {}, {"end_date": ""}, {"end_date": ["00911-001"]}),
        ("144", "EXT", {}, {"end_time": ""}, {"end_time": ["00778-001"]}),
        ("XXX", "STU", {}, {"planned_hours": "0"}, {"planned_hours": ["01135-003"]}),
        ("XXX", "OTH", {}, {"start_date": "31/2/2026"}, {"start_date": ["00910-003"]}),
        ("XXX", "OTH", TO_THE_TWENTIETH, {"end_date": "8/3/2026"}, {"end_date": ["00911-014"]}),
        ("144", "EXT", {}, {"end_time": "09:59"}, {"end_time": ["00778-345"]}),
        ("XXX", "STU", NIGHT, {"end_date": "9/3/2026"}, {"end_date": ["00778-345"]}),
        ("XXX", "FLX", PER_PERIOD, {"end_date": "2/3/2026"}, {"end_date": ["00911-014"]}),
        (
            "XXX", "OTH", TO_THE_TWENTIETH, {"end_date": "13/3/2026", "remove_end_date": "on"},
            {"end_date": ["00911-003"]},
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_on_the_step(client, committee, worker_type, declared, typed, found):
    known = open_period(committee, worker_type, **declared)
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    answer = walk.fill_in("period", typed)
    assert error_codes(answer) == found
    assert {name: form_data(answer)[f"period-{name}"] for name in typed} == typed
    for code in found.values():
        assert f"({code[0]})" in page_text(answer)


def test_a_students_night_cut_to_its_first_day_is_led_to_what_works(client):
    """Fewer hours, another end, or the period cancelled and declared anew with its hours corrected."""
    known = open_period("XXX", "STU", **NIGHT)
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    assert '<details class="glossary">' in walk.get("period").text
    answer = walk.fill_in("period", {"end_date": "9/3/2026"})
    # The button that the error names stands in there.
    assert '<details class="glossary" open>' in answer.text
    told = page_text(answer)
    assert "A student’s start and end times cannot be modified" in told
    assert "lower only the number of planned hours" in told
    assert "use the button ‘Cancel and declare again’: the data is kept. (00778-345)" in told
    assert walk.get("overview").url == walk.url("period")
    walk.next("period", {"end_date": "10/3/2026", "planned_hours": "2"})
    assert preview(walk.get("overview")) == (A, set())
    begun = Walk.from_url(client, walk.fill_in("period", {"end_date": "9/3/2026"}, go="anew").url)
    landed = client.get(client.get(begun.confirm().url).context["replacement_url"], follow=True)
    again = Walk.from_url(client, landed.request["PATH_INFO"])
    again.next("characteristics", {"joint_committee": "XXX", "worker_type": "STU"})
    typed = {"start_date": "9/3/2026", "start_time": "22:00", "end_date": "9/3/2026", "end_time": "23:30"}
    again.next("period", {**typed, "planned_hours": "2"})
    assert submitted_declaration(again.confirm()).status == A


@pytest.mark.parametrize(
    ("committee", "worker_type", "posted", "found"),
    [
        ("XXX", "STU", {"start_date": "1/3/2026"}, ["00910-005"]),
        ("XXX", "STU", {"start_time": "9:00", "end_time": "10:00"}, ["00777-005", "00778-005"]),
        ("XXX", "OTH", {"start_time": "9:00"}, ["00777-005"]),
        ("XXX", "OTH", {"planned_hours": "9"}, ["01135-005"]),
        ("XXX", "A17", {"end_date": "31/12/2021"}, ["00911-005"]),
        ("144", "EXT", {"planned_hours": "9"}, ["01135-005"]),
    ],
)
def test_a_field_that_the_radio_does_not_offer_is_forbidden(client, committee, worker_type, posted, found):
    walk = Walk(client).to("period", period_answers(open_period(committee, worker_type), MODIFICATION))
    answer = walk.fill_in("period", posted)
    assert error_codes(answer) == {"__all__": found}


@pytest.mark.parametrize(("committee", "worker_type"), [("XXX", "STU"), ("XXX", "O17"), ("144", "EXT")])
def test_a_box_that_is_not_there_removes_nothing(client, committee, worker_type):
    """Posted by hand to a radio that has none."""
    known = open_period(committee, worker_type)
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    walk.fill_in("period", **{"period-remove_end_date": "on"})
    assert codes(submitted_declaration(walk.confirm())) == {"90378-444"}
    assert dates_and_hours(known)[2] is not None


# -- what the office refuses -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("committee", "worker_type", "declared", "typed", "found"),
    [
        # An open period is closed by a Dimona OUT.
        ("XXX", "OTH", {}, {"end_date": "20/3/2026"}, {"00913-359"}),
        # The start is never put off; the hours of the same day are free.
        ("XXX", "OTH", {}, {"start_date": "3/3/2026"}, {"00910-344"}),
        ("XXX", "O17", {}, {"start_date": "3/3/2026"}, {"00910-344"}),
        ("XXX", "A17", {}, {"start_date": "1/1/2022"}, {"00910-344", "00910-008", "90378-460"}),
        ("XXX", "T17", {"employer_number": BROADCASTER}, {"start_date": "3/3/2026"}, {"00910-344"}),
        ("302", "EXT", FLAT, {"start_date": "10/3/2026"}, {"00910-344"}),
        ("302", "EXT", FLAT, {"start_time": "23:59"}, set()),
        ("144", "EXT", NINTH, {"start_date": "10/3/2026", "end_date": "10/3/2026"}, {"00910-344"}),
        ("144", "EXT", NINTH, {"start_time": "10:01"}, set()),
        # A flexi-job does not end on a later day.
        ("XXX", "FLX", PER_PERIOD, {"end_date": "28/3/2026"}, {"00911-344"}),
        ("XXX", "FLX", PER_PERIOD, {"end_date": "26/3/2026"}, set()),
        ("XXX", "FLX", NINTH, {"end_date": "10/3/2026", "end_time": "03:00"}, {"00911-344"}),
        ("XXX", "FLX", NINTH, {"end_time": "23:00"}, {"00911-344"}),
        # An end that must be there is not removed; the box is posted by hand.
        ("XXX", "IVT", {}, {"remove_end_date": "on"}, {"90378-368"}),
        ("XXX", "STG", {}, {"remove_end_date": "on"}, {"90378-368"}),
        ("XXX", "TRI", {}, {"remove_end_date": "on"}, {"90378-368"}),
        ("XXX", "FLX", PER_PERIOD, {"remove_end_date": "on"}, {"90378-368"}),
        ("322", "OTH", {"employer_number": AGENCY}, {"remove_end_date": "on"}, {"90378-368"}),
        # The rules of an IN, on the period as it becomes.
        ("XXX", "OTH", {}, {"start_date": "31/12/2009"}, {"90378-343", "90378-460"}),
        ("XXX", "OTH", {}, {"start_date": "31/12/1919"}, {"00910-008", "90378-343", "90378-460"}),
        ("XXX", "OTH", TO_THE_TWENTIETH, {"end_date": "1/1/2036"}, {"00911-008"}),
        ("XXX", "STG", {}, {"start_date": "31/12/2019"}, {"00910-008", "90378-460"}),
        ("XXX", "STU", {}, {"end_date": "1/4/2026"}, {"90378-421"}),
        ("XXX", "O17", {}, {"end_date": "1/4/2026"}, {"90378-421"}),
        ("XXX", "S17", {}, {"start_date": "31/12/2025"}, {"90378-421", "90378-460"}),
        ("144", "EXT", NINTH, {"start_date": "8/3/2026", "start_time": "17:59"}, {"90378-341"}),
        ("144", "EXT", NINTH, {"start_date": "8/3/2026", "start_time": "18:00"}, set()),
    ],
)
def test_what_the_office_answers(client, committee, worker_type, declared, typed, found):
    known = open_period(committee, worker_type, **declared)
    before = dates_and_hours(known)
    walk = Walk(client).to("period", period_answers(known, MODIFICATION))
    assert walk.fill_in("period", typed).status_code == 302
    assert preview(walk.get("overview")) == (B if found else A, found)
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, codes(declaration)) == (B if found else A, found)
    assert (dates_and_hours(known) == before) == bool(found)
    assert declaration.period == known


@pytest.mark.parametrize(
    ("typed", "step", "says"),
    [
        ({"end_date": "20/3/2026"}, "start", "File the end with a Dimona OUT"),
        ({"start_date": "3/3/2026"}, "period", "Cancel and declare again"),
    ],
)
def test_a_refusal_says_what_to_do_instead(client, typed, step, says):
    walk = Walk(client).to("overview", period_answers(open_period(), MODIFICATION, **typed))
    page = walk.get("overview")
    (anomaly,) = page.context["preview"]["anomalies"]
    assert anomaly["step"] == step
    assert ('name="go" value="anew"' in page.text) == (says == "Cancel and declare again")
    assert walk.post("overview", go=step).url == walk.url(step) + "?from=overview"


# -- other periods ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ({"start_date": "2/3/2026", "end_date": "6/3/2026"}, {"90378-333"}),
        ({"start_date": "6/3/2026"}, {"90378-334"}),
        ({"start_date": "7/3/2026"}, set()),
        ({"end_date": "16/3/2026"}, {"90378-334"}),
        ({"end_date": "15/3/2026"}, set()),
        ({"remove_end_date": "on"}, {"90378-334"}),
    ],
)
def test_the_periods_beside_it_are_judged_again_and_its_own_old_dates_are_not(client, typed, found):
    for start, end in (("2026-03-02", "2026-03-06"), ("2026-03-16", "")):
        period("XXX", "OTH", start, end)
    known = open_period(start_date="9/3/2026", end_date="13/3/2026")
    declaration = declare(client, known, MODIFICATION, **typed)
    assert (declaration.status, codes(declaration)) == (B if found else A, found)


def test_a_cancelled_period_beside_it_does_not_count(client):
    beside = open_period(end_date="6/3/2026")
    known = open_period(start_date="9/3/2026", end_date="13/3/2026")
    cancel(client, beside)
    assert declare(client, known, MODIFICATION, start_date="2/3/2026", end_date="6/3/2026").status == A


def test_the_third_day_in_a_row_is_refused(client):
    for day in ("3", "4"):
        open_period("302", "EXT", start_date=f"{day}/3/2026", end_date=f"{day}/3/2026")
    known = open_period("302", "EXT", start_date="6/3/2026", end_date="6/3/2026")
    declaration = declare(client, known, MODIFICATION, start_date="5/3/2026", end_date="5/3/2026")
    assert codes(declaration) == {"00910-459"}


@pytest.mark.parametrize(
    ("worker_type", "used", "typed", "found"),
    [
        ("STU", 629, {"planned_hours": "21"}, (A, set())),
        ("STU", 629, {"planned_hours": "22"}, (W, {"90017-369"})),
        ("STU", 640, {"planned_hours": "19"}, (A, set())),
        ("STU", 640, {"end_date": "20/3/2026"}, (A, set())),
        ("O17", 79, {"planned_hours": "21"}, (A, set())),
        ("O17", 79, {"planned_hours": "22"}, (B, {"90017-369"})),
        ("S17", 129, {"planned_hours": "22"}, (B, {"90017-369"})),
    ],
)
def test_the_quota_is_counted_again_without_the_hours_it_had(client, worker_type, used, typed, found):
    known = open_period("XXX", worker_type)
    period("XXX", worker_type, "2026-02-02", "2026-02-27", employer=employer(RESTAURANT), planned_hours=used)
    period("XXX", worker_type, "2026-02-02", "2026-02-27", employer=employer(RESTAURANT), planned_hours=500,
           cancelled_at=known.declarations.get().submitted_at)  # fmt: skip
    declaration = declare(client, known, MODIFICATION, **typed)
    assert (declaration.status, codes(declaration)) == found


def test_another_worker_does_not_count(client):
    open_period(ssin=ZOE, end_date="6/3/2026")
    known = open_period(start_date="9/3/2026", end_date="13/3/2026")
    assert declare(client, known, MODIFICATION, start_date="2/3/2026").status == A


def test_a_secured_channel_only_employer_is_refused_here(client):
    known = open_period()
    row = employer()
    row.is_secured_channel_only = True
    row.save()
    assert codes(declare(client, known, MODIFICATION, start_date="1/3/2026")) == {"90256-342", "90378-460"}
