"""What a number given for a period is the number of, among the declarations of one employer (ruling 11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from referentials.models import Employer

from ..enums import DeclarationKind, DurationUnit, Numbered, PeriodCharacteristics, Status
from ..models import Declaration, Period
from . import throttling
from .facts import facts_of_the_state

# Before, students were declared in days (domain reference 2.3).
FIRST_YEAR_OF_STUDENT_HOURS = 2017


@dataclass(frozen=True)
class Found:
    """What the number is the number of, and the period when it is one."""

    number_is_of: Numbered
    period: Period | None = None

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that the rules about a number read, and with a period those about its state."""
        return facts_of_the_state(self.period) if self.period else {"number_is_of": self.number_is_of}


class BlockedError(Exception):
    """Too many numbers were tried that are not found: none is looked up before the moment `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(until)
        self.until = until


def look_up(number: str, employer: Employer, *, client: str, now: datetime | None, has_filed: bool = False) -> Found:
    """What that number is of, for a client whose misses are counted; without a client nothing is counted.

    `has_filed`: in that browser a declaration was filed. Raises BlockedError for a client that missed too often.
    """
    if not client or now is None:
        return find(number, employer)
    subject = str(employer.pk)
    if until := throttling.lookup_blocked_until(client, subject, now, has_filed=has_filed):
        raise BlockedError(until)
    found = find(number, employer)
    if found.number_is_of == Numbered.NOTHING:
        throttling.count_missed_lookup(client, subject, now)
    return found


def find(number: str, employer: Employer) -> Found:
    """What that compact number is of; an unknown one and another employer's take the same way to the same answer."""
    related = ("worker", "joint_committee", "worker_type")
    period = Period.objects.select_related(*related).filter(number=number, employer=employer).first()
    if period:
        return Found(Numbered.PERIOD, period)
    declaration = Declaration.objects.select_related("decision").filter(number=number, employer=employer).first()
    return Found(_without_a_period(declaration))


def _without_a_period(declaration: Declaration | None) -> Numbered:
    if declaration is None:
        return Numbered.NOTHING
    if declaration.kind != DeclarationKind.IN:
        return Numbered.LATER
    return Numbered.REFUSED if declaration.current_status == Status.REFUSED else Numbered.PENDING


def characteristics_of(period: Period) -> PeriodCharacteristics:
    """Which of the six radio buttons of a Modification fits the period (domain reference 4.2)."""
    worker_type, unit = period.worker_type, period.duration_unit
    if unit == DurationUnit.DAY_FLAT_RATE:
        return PeriodCharacteristics.FLAT
    if worker_type.is_student and period.start_date.year >= FIRST_YEAR_OF_STUDENT_HOURS:
        return PeriodCharacteristics.STUDENT
    if worker_type.is_at_most_24_hours and unit != DurationUnit.PER_PERIOD:
        return PeriodCharacteristics.BY_HOUR
    if worker_type.is_one_day:
        return PeriodCharacteristics.ONE_DAY
    if worker_type.has_planned_hours and not worker_type.is_student:
        return PeriodCharacteristics.PLANNED_HOURS
    return PeriodCharacteristics.OTHER
