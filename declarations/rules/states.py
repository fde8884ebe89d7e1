"""Rules about the number of the period that is closed, modified or cancelled, and about the state it is in.

They are told on the first page, and judged again when the declaration is filed (ruling 12).
"""

from __future__ import annotations

from datetime import date

from ..enums import Numbered, Stage
from .registry import ON_A_PERIOD, OUT, rule

FIELD = "period_number"


@rule("00913-354", field=FIELD, source="domain reference 4; ruling 11", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_of_a_declaration_of_the_employer(number_is_of: str) -> bool:
    """The number was given to a period of this employer. A number of another employer is as unknown as any other."""
    return number_is_of != Numbered.NOTHING


@rule("00913-354", field=FIELD, source="domain reference 14; ruling 12", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_not_of_a_pending_declaration(number_is_of: str) -> bool:
    """A Dimona IN that is pending has no period yet."""
    return number_is_of != Numbered.PENDING


@rule("00913-354", field=FIELD, source="ruling 6", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_not_of_a_later_declaration(number_is_of: str) -> bool:
    """A period has the number of its Dimona IN, not that of a declaration made on it."""
    return number_is_of != Numbered.LATER


@rule("00913-357", field=FIELD, source="domain reference 6 and 7.3", kinds=ON_A_PERIOD, stage=Stage.STEP)
def number_is_not_of_a_refused_declaration(number_is_of: str) -> bool:
    """A refused Dimona IN has a number and no period."""
    return number_is_of != Numbered.REFUSED


@rule("00014-347", field=FIELD, source="domain reference 7.3; ruling 11", kinds=ON_A_PERIOD)
def period_is_of_the_employer(is_period_of_employer: bool) -> bool:
    """An employer declares on its own periods only."""
    return is_period_of_employer


@rule("00913-355", field=FIELD, source="domain reference 4.3", kinds=ON_A_PERIOD, stage=Stage.STEP)
def period_is_not_cancelled(is_cancelled: bool) -> bool:
    """On a cancelled period nothing is declared any more."""
    return not is_cancelled


@rule("00913-362", field=FIELD, source="domain reference 4.3", kinds=ON_A_PERIOD, stage=Stage.STEP)
def period_is_not_locked(is_locked: bool) -> bool:
    """On a period that the office has locked nothing is declared."""
    return not is_locked


@rule("00913-356", field=FIELD, source="domain reference 4.1", kinds=OUT, stage=Stage.STEP)
def period_has_no_end_yet(is_cancelled: bool, is_locked: bool, previous_end_date: date | None) -> bool:
    """A Dimona OUT closes a period whose end is not known yet.

    Of a cancelled or a locked one the end is not the matter: 00913-355, 00913-362.
    """
    return is_cancelled or is_locked or previous_end_date is None
