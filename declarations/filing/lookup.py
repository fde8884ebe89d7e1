"""Look-up of a number that was entered for a period, among the declarations of one employer (ruling 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from referentials.models import Employer

from ..enums import DeclarationKind, DurationUnit, LookupResult, PeriodCharacteristics, Status
from ..models import Declaration, Period
from . import throttling
from .facts import is_by_hour, period_state_facts

# Before, students were declared in days (domain reference 2.3).
FIRST_YEAR_OF_STUDENT_HOURS = 2017


@dataclass(frozen=True)
class Lookup:
    """The kind of the number, and the period if it is one of a period."""

    lookup_result: LookupResult
    period: Period | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The facts for the rules about the number; for a period, the facts about its state."""
        return period_state_facts(self.period) if self.period else {"lookup_result": self.lookup_result}


class BlockedError(Exception):
    """The client tried too many unknown numbers; it may look up none before the moment `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def look_up(
    number: str, employer: Employer, *, client: str, now: datetime | None, has_submitted: bool = False
) -> Lookup:
    """Look up the number for a client and count a miss; without a client nothing is counted.

    `has_submitted`: a declaration was filed in that browser. Raises BlockedError if the client has too many misses.
    """
    if not client or now is None:
        return find(number, employer)
    subject = str(employer.pk)
    if until := throttling.lookup_blocked_until(client, subject, now, has_submitted=has_submitted):
        raise BlockedError(until)
    lookup = find(number, employer)
    if lookup.lookup_result == LookupResult.NOT_FOUND:
        throttling.count_missed_lookup(client, subject, now)
    return lookup


def find(number: str, employer: Employer) -> Lookup:
    """Look up a compact number. An unknown number and another employer's take the same queries and time."""
    period = _periods().filter(number=number, employer=employer).first()
    if period:
        return Lookup(LookupResult.PERIOD, period)
    declaration = Declaration.objects.select_related("decision").filter(number=number, employer=employer).first()
    return Lookup(_result_without_period(declaration))


def period_of_key(pk: int) -> Period | None:
    """The period that a draft looked up before, as it is now; None where it was removed."""
    return _periods().filter(pk=pk).first()


def _periods() -> QuerySet[Period]:
    return Period.objects.select_related("worker", "joint_committee", "worker_type")


def _result_without_period(declaration: Declaration | None) -> LookupResult:
    if declaration is None:
        return LookupResult.NOT_FOUND
    if declaration.kind != DeclarationKind.IN:
        return LookupResult.LATER_DECLARATION
    return LookupResult.REFUSED if declaration.current_status == Status.REFUSED else LookupResult.PENDING


def characteristics_of(period: Period) -> PeriodCharacteristics:
    """The radio button of a Modification, out of six, that fits the period (domain reference 4.2)."""
    worker_type, unit = period.worker_type, period.duration_unit
    if unit == DurationUnit.DAY_FLAT_RATE:
        return PeriodCharacteristics.FLAT
    if worker_type.is_student and period.start_date.year >= FIRST_YEAR_OF_STUDENT_HOURS:
        return PeriodCharacteristics.STUDENT
    if is_by_hour(worker_type, unit):
        return PeriodCharacteristics.BY_HOUR
    if worker_type.is_one_day:
        return PeriodCharacteristics.ONE_DAY
    if worker_type.has_planned_hours and not worker_type.is_student:
        return PeriodCharacteristics.PLANNED_HOURS
    return PeriodCharacteristics.OTHER
