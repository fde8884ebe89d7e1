"""The amount used and the amount remaining of each quota of a worker or an employer in a calendar year.

`filing.facts` counts, in the same way as when a declaration is examined.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from referentials.models import Employer, Quota
from referentials.tables import Tables

from ...filing.facts import amount_used, counted_periods, first_and_last_day
from ...models import Worker


@dataclass(frozen=True)
class Balance:
    """The limit of a quota in a year or a quarter and the amount counted, in hours or days.

    `since` and `until` are the first and last starting date to which the quota applies, if it applies to a part of
    that time only.
    """

    quota: Quota
    first: date
    counted: int
    since: date | None
    until: date | None

    @property
    def remaining(self) -> int:
        """The amount that may still be declared."""
        return max(0, self.quota.limit - self.counted)

    @property
    def exceeded_by(self) -> int:
        """The amount declared beyond the limit."""
        return max(0, self.counted - self.quota.limit)


def worker_balances(worker: Worker, year: int, tables: Tables) -> list[Balance]:
    """The balances of the types and committees under which any employer declared the worker in that year."""
    first, last = first_and_last_day(Quota.Span.YEAR, date(year, 1, 1))
    declared = worker.periods.not_cancelled().filter(start_date__range=(first, last))
    pairs = set(declared.order_by().values_list("worker_type__code", "joint_committee__code").distinct())
    types = {worker_type for worker_type, _committee in pairs}
    return [
        balance
        for quota in tables.quotas
        if quota.holder == Quota.Holder.WORKER
        if (quota.worker_type in types if not quota.joint_committee else _pair(quota) in pairs)
        for balance in _balances(quota, year, worker, None)
    ]


def employer_balances(employer: Employer, year: int, tables: Tables) -> list[Balance]:
    """The balances over all workers of the employer to which something counts in that year."""
    return [
        balance
        for quota in tables.quotas
        if quota.holder == Quota.Holder.EMPLOYER
        for balance in _balances(quota, year, None, employer)
        if balance.counted
    ]


def _pair(quota: Quota) -> tuple[str, str]:
    return quota.worker_type, quota.joint_committee


def _balances(quota: Quota, year: int, worker: Worker | None, employer: Employer | None) -> Iterator[Balance]:
    """The quota in the year, or in each quarter, while it is in force and applies to the worker."""
    for first, last in _spans(quota, year):
        since, until = quota.valid_from or date.min, quota.valid_until or date.max
        if since > last or until < first:
            continue
        counted = counted_periods(quota, {"start_date": first, "employer": employer}, worker)
        if counted is not None:
            yield Balance(
                quota=quota,
                first=first,
                counted=amount_used(quota, counted),
                since=since if since > first else None,
                until=until if until < last else None,
            )


def _spans(quota: Quota, year: int) -> list[tuple[date, date]]:
    """The first and last day of the year, or of each quarter to which the quota applies."""
    if quota.span == Quota.Span.YEAR:
        return [first_and_last_day(quota.span, date(year, 1, 1))]
    quarters = [quota.quarter] if quota.quarter else range(1, 5)
    return [first_and_last_day(quota.span, date(year, 3 * quarter - 2, 1)) for quarter in quarters]
