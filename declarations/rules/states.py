"""Rules on the number of a period to close, modify or cancel, and on the state of the period.

They are reported on the first page, and judged again when the declaration is filed (ruling 12).
"""

from __future__ import annotations

from datetime import date, datetime, time

from ..enums import LookupResult, Remedy, Stage
from .registry import ON_A_PERIOD, OUT, rule

FIELD = "period_number"


def _end(previous_end_date: date | None, previous_end_time: time | None) -> date | None:
    """The last day of the period, with its time if the period has times."""
    if previous_end_date is None or previous_end_time is None:
        return previous_end_date
    return datetime.combine(previous_end_date, previous_end_time)


@rule("00913-354", field=FIELD, source="domain reference 4; ruling 11", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_of_a_declaration_of_the_employer(lookup_result: str) -> bool:
    """The number is that of a declaration of this employer; another employer's counts as unknown."""
    return lookup_result != LookupResult.NOT_FOUND


@rule("00913-354", field=FIELD, source="domain reference 14; ruling 12", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_not_of_a_pending_declaration(lookup_result: str) -> bool:
    """The number is not that of a pending Dimona IN, which has no period yet."""
    return lookup_result != LookupResult.PENDING


@rule("00913-354", field=FIELD, source="ruling 6", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_not_of_a_later_declaration(lookup_result: str) -> bool:
    """The number is that of a Dimona IN, not that of a later declaration on its period."""
    return lookup_result != LookupResult.LATER_DECLARATION


@rule("00913-357", field=FIELD, source="domain reference 6 and 7.3", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_not_of_a_refused_declaration(lookup_result: str) -> bool:
    """The number is not that of a refused Dimona IN, which has no period."""
    return lookup_result != LookupResult.REFUSED


@rule("00014-347", field=FIELD, source="domain reference 7.3; ruling 11", kinds=ON_A_PERIOD)
def period_is_of_the_employer(is_period_of_employer: bool) -> bool:
    """An employer declares on its own periods only."""
    return is_period_of_employer


@rule(
    "00913-355",
    field=FIELD,
    source="domain reference 4.3",
    kinds=ON_A_PERIOD,
    stage=Stage.STEP,
    since=lambda cancelled_at: cancelled_at,
    remedy=Remedy.NONE,
)
def period_is_not_cancelled(cancelled_at: datetime | None) -> bool:
    """No declaration can be made on a cancelled period."""
    return cancelled_at is None


@rule(
    "00913-362",
    field=FIELD,
    source="domain reference 4.3",
    kinds=ON_A_PERIOD,
    stage=Stage.STEP,
    since=lambda locked_at: locked_at,
    remedy=Remedy.NONE,
)
def period_is_not_locked(locked_at: datetime | None) -> bool:
    """While a period is locked, declarations on it are refused."""
    return locked_at is None


@rule(
    "00913-356",
    field=FIELD,
    source="domain reference 4.1",
    kinds=OUT,
    stage=Stage.STEP,
    since=_end,
    remedy=Remedy.MODIFICATION,
)
def period_has_no_end_yet(
    cancelled_at: datetime | None, locked_at: datetime | None, previous_end_date: date | None
) -> bool:
    """A Dimona OUT closes a period that has no end yet.

    For a cancelled or a locked period, 00913-355 or 00913-362 is reported instead.
    """
    return cancelled_at is not None or locked_at is not None or previous_end_date is None
