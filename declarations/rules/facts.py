"""The facts that rules read: declared values, table values, and data already stored.

`declarations.filing.facts` fetches them. A rule names the facts it needs as its parameters. A declaration of a kind
provides the facts that the rules of that kind read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TypedDict

from ..enums import DurationUnit


@dataclass(frozen=True)
class PeriodFact:
    """A period of the worker at the employer that is not cancelled; `end_date` is None while it is open.

    `is_at_most_24_hours` is True if the period is declared by the hour (EXT, FLX per day). `bars_flexi` is True if its
    type bars the worker from a flexi-job at the same employer.
    """

    joint_committee: str
    worker_type: str
    start_date: date
    end_date: date | None
    start_time: time | None = None
    end_time: time | None = None
    is_at_most_24_hours: bool = False
    bars_flexi: bool = False


@dataclass(frozen=True)
class QuotaUse:
    """The limit of a quota, the amount already declared, and the amount that this declaration adds.

    `code` is that of the quota. `holder` says whose declarations are counted, 'worker' or 'employer'. `limit`, `used`,
    `added` and `replaced` (the amount that a modified period counted before) are in `unit`, 'hours' or 'days'.
    `is_blocking` is True if exceeding the quota refuses the declaration.
    """

    code: str
    holder: str
    unit: str
    limit: int
    used: int
    added: int
    is_blocking: bool
    replaced: int = 0

    @property
    def excess(self) -> int:
        """The amount beyond the limit; 0 if the period counts no more than it did before."""
        if self.replaced and self.added <= self.replaced:
            return 0
        return max(0, self.used + self.added - self.limit)


class Facts(TypedDict, total=False):
    """Every fact by name. Missing texts are '', missing dates, times and numbers None."""

    filed_at: datetime  # aware

    start_date: date
    end_date: date | None
    start_time: time | None  # wall clock
    end_time: time | None
    planned_hours: int | None
    duration_unit: DurationUnit | str
    is_flexi: bool
    is_per_period: bool  # a FLX declared per period

    joint_committee: str
    worker_type: str
    pair_exists: bool  # on any day
    characteristics_are_in_force: bool  # committee, type and pair, on the start date
    is_one_day: bool  # the type, or the day flat rate
    is_within_quarter: bool
    is_at_most_24_hours: bool
    is_late_by_hour: bool
    has_fixed_hours: bool  # a Modification cannot change the hours of the day
    max_days_ahead: int | None
    ahead_of: str  # 'start' or 'quarter'
    limits_consecutive_days: bool

    ssin: str
    requires_ssin: bool

    requires_definitive_nsso_number: bool
    nsso_number: str | None  # the definitive one
    is_secured_channel_only: bool
    is_open_to_employer: bool  # the type, to this employer
    active_from: date | None  # the employer's first and last day in the repertory
    active_until: date | None

    requires_user: bool
    user_enterprise_number: str
    user_name: str
    user_joint_committee: str
    user_committees: tuple[str, ...]  # the only ones allowed; empty: no condition

    first_month_card: str
    next_month_card: str
    nature: str
    risk_code: str
    risk_nature: str | None  # the nature that risk code belongs to; None without a code

    periods: tuple[PeriodFact, ...]  # same worker and employer; empty while the worker is not identified
    quota_uses: tuple[QuotaUse, ...]  # one for each quota that applies

    # For an OUT, a Modification and a Cancellation: the period before them. The facts above describe the period after
    # them. `periods` and `quota_uses` leave this period out.
    lookup_result: str  # a `LookupResult`: what the entered period number refers to
    is_period_of_employer: bool
    cancelled_at: datetime | None  # aware
    locked_at: datetime | None
    requires_end_date: bool
    previous_start_date: date
    previous_start_time: time | None
    previous_end_date: date | None
    previous_end_time: time | None
    previous_planned_hours: int | None


FACTS = frozenset(Facts.__annotations__)
