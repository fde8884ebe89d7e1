"""The answers of a declaration: the cleaned values of its steps, with one name per field, and how a draft stores them.

A field has the same name in the form, the answer, the fact and the column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any, TypedDict, cast, get_type_hints

from referentials.models import Employer

from ..models import Period


class Answers(TypedDict, total=False):
    """Every answer by its name. Empty fields are '' for texts and None for dates, hours and numbers.

    A field that was not asked has no entry. `employer` and `period` are the rows found by the first page.
    """

    identifier_kind: str
    employer_number: str  # as typed
    kind: str
    period_number: str
    period_characteristics: str
    employer: Employer
    period: Period

    knows_ssin: str
    ssin: str
    replaced_period_number: str  # a cancelled period, whose worker this is
    family_name: str
    given_name: str
    initial: str
    sex: str
    birth_date: str  # ISO; day and month may be 00
    birth_place: str
    birth_country: str
    nationality: str
    street: str
    house_number: str
    box: str
    postal_code: str
    town: str
    country: str

    joint_committee: str
    worker_type: str
    nature: str
    risk_code: str
    trainee_status: str
    first_month_card: str
    next_month_card: str
    user_enterprise_number: str
    user_name: str
    user_street: str
    user_house_number: str
    user_box: str
    user_postal_code: str
    user_town: str
    user_country: str
    user_joint_committee: str
    works_elsewhere: bool
    workplace_name: str
    workplace_street: str
    workplace_house_number: str
    workplace_box: str
    workplace_postal_code: str
    workplace_town: str
    workplace_country: str

    duration_unit: str
    start_date: date
    start_time: time | None
    end_date: date | None
    end_time: time | None
    planned_hours: int | None
    remove_end_date: bool

    employer_reference: str
    worker_reference: str
    declaration_reference: str


# The answers that are database rows; a draft stores their primary keys.
ROWS = ("employer", "period")
_HINTS = get_type_hints(Answers)
_READ: Mapping[Any, Callable[[str], Any]] = {
    date: date.fromisoformat,
    date | None: date.fromisoformat,
    time | None: time.fromisoformat,
}
# The parsers of answers stored as text; other answers are stored as JSON.
_READERS = {name: _READ[hint] for name, hint in _HINTS.items() if hint in _READ}


def to_json(values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers as JSON: days and hours in ISO, rows by primary key."""
    return {name: _as_json(value) for name, value in values.items()}


def _as_json(value: Any) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    return value.pk if isinstance(value, (Employer, Period)) else value


def from_json(stored: Mapping[str, Any], rows: Mapping[str, Any]) -> Answers:
    """The answers with their types. `rows` are the rows of `ROWS` to which `stored` refers by key."""
    read = {
        name: _READERS[name](value) if value and name in _READERS else value
        for name, value in stored.items()
        if name not in ROWS
    }
    return cast(Answers, {**read, **rows})
