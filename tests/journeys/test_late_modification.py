"""When a Modification comes too late, which is a warning on an accepted declaration (domain reference 5)."""

from __future__ import annotations

import pytest

from declarations.enums import Status

from ..support.builders import BROADCASTER, Walk, codes, submitted_declaration
from ..support.pages import page_text, preview
from ..support.periods import FLAT_RATE, MODIFICATION, PER_PERIOD, open_period, period_answers

pytestmark = pytest.mark.django_db

IN_TIME = (Status.ACCEPTED, set[str]())
LATE = (Status.ACCEPTED_WITH_WARNING, {"90378-460"})

OTH = ("XXX", "OTH", {"start_date": "9/3/2026", "end_date": "20/3/2026"})
STU = ("XXX", "STU", {"start_date": "9/3/2026", "end_date": "20/3/2026"})
EXT = ("144", "EXT", {"start_date": "9/3/2026", "end_date": "9/3/2026"})
FLX = ("XXX", "FLX", {"start_date": "9/3/2026", "end_date": "9/3/2026"})
PER_QUARTER = ("XXX", "FLX", {**PER_PERIOD, "start_date": "9/3/2026", "end_date": "20/3/2026"})
FLAT = ("302", "EXT", {**FLAT_RATE, "start_date": "9/3/2026", "end_date": "9/3/2026"})
T17 = ("XXX", "T17", {"start_date": "9/3/2026", "end_date": "9/3/2026", "employer_number": BROADCASTER})
BEFORE_EASTER = ("XXX", "OTH", {"start_date": "9/3/2026", "end_date": "3/4/2026"})


@pytest.mark.parametrize(
    ("declared", "filed_at", "typed", "found"),
    [
        # Starting earlier: when the worker starts; by date, or by the hour for EXT and FLX per day.
        (OTH, "2026-03-08 23:59", {"start_date": "8/3/2026"}, IN_TIME),
        (OTH, "2026-03-09 00:00", {"start_date": "8/3/2026"}, LATE),
        (PER_QUARTER, "2026-03-08 23:59", {"start_date": "8/3/2026"}, IN_TIME),
        (PER_QUARTER, "2026-03-09 00:00", {"start_date": "8/3/2026"}, LATE),
        (T17, "2026-03-09 00:00", {"start_date": "8/3/2026"}, LATE),
        (EXT, "2026-03-09 09:00", {"start_time": "09:00"}, IN_TIME),
        (EXT, "2026-03-09 09:01", {"start_time": "09:00"}, LATE),
        (EXT, "2026-03-09 00:00", {"start_date": "8/3/2026", "start_time": "20:00"}, LATE),
        (EXT, "2026-03-09 12:00", {"start_time": "11:00"}, IN_TIME),
        (FLX, "2026-03-09 09:01", {"start_time": "09:00"}, LATE),
        (FLAT, "2026-03-09 09:01", {"start_time": "09:00"}, LATE),
        (FLAT, "2026-03-09 09:01", {"start_time": "11:00"}, IN_TIME),
        # Ending earlier: on the first working day after the worker left; by the hour, on that day.
        (OTH, "2026-03-16 23:59", {"end_date": "13/3/2026"}, IN_TIME),
        (OTH, "2026-03-17 00:00", {"end_date": "13/3/2026"}, LATE),
        (OTH, "2026-03-13 09:00", {"end_date": "12/3/2026"}, IN_TIME),
        (STU, "2026-03-16 23:59", {"end_date": "13/3/2026"}, IN_TIME),
        (STU, "2026-03-17 00:00", {"end_date": "13/3/2026"}, LATE),
        (BEFORE_EASTER, "2026-04-03 09:00", {"end_date": "2/4/2026"}, IN_TIME),
        (BEFORE_EASTER, "2026-04-04 09:00", {"end_date": "2/4/2026"}, LATE),
        (EXT, "2026-03-09 23:59", {"end_time": "15:00"}, IN_TIME),
        (EXT, "2026-03-10 00:00", {"end_time": "15:00"}, LATE),
        (FLX, "2026-03-10 00:00", {"end_time": "15:00"}, LATE),
        # Ending later, or without an end: on the first working day after the end that was declared.
        (OTH, "2026-03-23 23:59", {"end_date": "27/3/2026"}, IN_TIME),
        (OTH, "2026-03-24 00:00", {"end_date": "27/3/2026"}, LATE),
        (OTH, "2026-03-23 23:59", {"remove_end_date": "on"}, IN_TIME),
        (OTH, "2026-03-24 00:00", {"remove_end_date": "on"}, LATE),
        (BEFORE_EASTER, "2026-04-07 23:59", {"end_date": "10/4/2026"}, IN_TIME),
        (BEFORE_EASTER, "2026-04-08 00:00", {"end_date": "10/4/2026"}, LATE),
        (EXT, "2026-03-10 23:59", {"end_time": "20:00"}, IN_TIME),
        (EXT, "2026-03-11 00:00", {"end_time": "20:00"}, LATE),
        # The planned hours alone have no deadline.
        (STU, "2026-06-01 09:00", {"planned_hours": "30"}, IN_TIME),
        # Two delays are one late Modification.
        (OTH, "2026-06-01 09:00", {"start_date": "8/3/2026", "end_date": "13/3/2026"}, LATE),
    ],
)  # fmt: skip
def test_a_late_modification_is_accepted_and_marked(client, at, declared, filed_at, typed, found):
    at("2026-03-02 09:00")
    committee, worker_type, changes = declared
    known = open_period(committee, worker_type, **changes)
    at(filed_at)
    walk = Walk(client).to("overview", period_answers(known, MODIFICATION, **typed))
    page = walk.get("overview")
    assert preview(page) == found
    declaration = submitted_declaration(walk.confirm())
    assert (declaration.status, codes(declaration)) == found
    receipt = client.get(f"/en/receipt/{declaration.receipt_token}/")
    assert page_text(page).count("90378-460") == page_text(receipt).count("90378-460") == len(found[1])


def test_the_receipt_of_a_late_modification_says_accepted_with_the_warning(client, at):
    at("2026-03-02 09:00")
    known = open_period()
    declaration = submitted_declaration(
        Walk(client).to("overview", period_answers(known, MODIFICATION, start_date="1/3/2026")).confirm()
    )
    page = client.get(f"/fr/receipt/{declaration.receipt_token}/")
    assert page.context["status_label"] == "Acceptée"
    assert "90378-460" in page_text(page)
    assert page.context["period_number"]
