"""Periods opened by a Dimona IN, and declarations on them filed through the pages."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.test import Client
from django.utils.timezone import localtime

from declarations.enums import DeclarationKind
from declarations.models import Declaration, Period

from .builders import answers_for, codes, step_data, submit, submit_pages

OUT, MODIFICATION, CANCELLATION = DeclarationKind.OUT, DeclarationKind.MODIFICATION, DeclarationKind.CANCELLATION
ON_A_PERIOD = (OUT, MODIFICATION, CANCELLATION)

# Domain reference 4.2, copied by hand: the radio button of a Modification, by type of worker or by the unit.
RADIOS = {
    "STU": "student",
    "EXT": "hour",
    "FLX": "hour",
    "A17": "day",
    "T17": "day",
    "O17": "planned",
    "S17": "planned",
}
RADIOS_BY_UNIT = {"flat": "flat", "period": "other"}
# Changes to the answers for an FLX per period, and for an EXT at the day flat rate.
PER_PERIOD = {"duration_unit": "period", "start_time": "", "end_time": "", "end_date": "27/3/2026"}
FLAT_RATE = {"duration_unit": "flat", "end_time": ""}


def open_period(committee: str = "XXX", worker_type: str = "OTH", **changes: str) -> Period:
    """The period that a Dimona IN of that committee and type opens for Éric, filed with `submission.submit`."""
    return _period_of(submit(answers_for(committee, worker_type, **changes), localtime()))


def open_period_on_pages(client: Client, committee: str = "XXX", worker_type: str = "OTH", **changes: str) -> Period:
    """The same period, filed page by page, so that the client has access to its receipt."""
    return _period_of(submit_pages(client, answers_for(committee, worker_type, **changes)))


def _period_of(declaration: Declaration) -> Period:
    assert declaration.period, codes(declaration)
    return declaration.period


def radio_of(period: Period) -> str:
    """The radio button that a Modification of the period requires."""
    return RADIOS_BY_UNIT.get(period.duration_unit) or RADIOS.get(period.worker_type.code, "other")


def period_answers(period: Period, kind: DeclarationKind, **answers: str) -> dict[str, str]:
    """The answers for a declaration of that kind on the period: its first page, and those given."""
    return {
        "identifier_kind": "enterprise",
        "employer_number": str(period.employer.enterprise_number),
        "kind": kind.value,
        "period_number": period.number,
        **({"period_characteristics": radio_of(period)} if kind == MODIFICATION else {}),
        **answers,
    }


def first_page(client: Client, answers: dict[str, str], language: str = "en") -> Any:
    """The response to posting the first page."""
    return client.post(f"/{language}/", step_data("start", answers))


def declare(client: Client, period: Period, kind: DeclarationKind, **answers: str) -> Declaration:
    """Walk a declaration on the period through every page and confirm it."""
    return submit_pages(client, period_answers(period, kind, **answers))


def close(client: Client, period: Period, end_date: str = "6/3/2026") -> Declaration:
    """File a Dimona OUT."""
    return declare(client, period, OUT, end_date=end_date)


def cancel(client: Client, period: Period) -> Declaration:
    """File a Cancellation."""
    return declare(client, period, CANCELLATION)


def dates_and_hours(row: Period | Declaration) -> tuple[date, time | None, date | None, time | None, int | None]:
    """The stored dates, times and planned hours."""
    row.refresh_from_db()
    return row.start_date, row.start_time, row.end_date, row.end_time, row.planned_hours
