"""Rules on the quotas of hours and days of a worker and of an employer.

The excess is a detail for the office only: filers must not see what was worked elsewhere (ruling 11).
"""

from __future__ import annotations

from collections.abc import Callable

from ..enums import Severity
from .facts import QuotaUse
from .registry import IN_AND_MODIFICATION, rule

SINGULAR = {"hours": "hour", "days": "day"}


def _exceeded(quota_uses: tuple[QuotaUse, ...], holder: str, is_blocking: bool) -> list[QuotaUse]:
    uses = (use for use in quota_uses if use.holder == holder and use.is_blocking == is_blocking)
    return [use for use in uses if use.excess]


def _amounts(uses: list[QuotaUse]) -> str:
    """The excess over each quota: '10 hours', or '10 hours, 5 hours'."""
    return ", ".join(f"{use.excess} {SINGULAR[use.unit] if use.excess == 1 else use.unit}" for use in uses)


def _excess(holder: str, *, is_blocking: bool) -> Callable[[tuple[QuotaUse, ...]], str]:
    def words(quota_uses: tuple[QuotaUse, ...]) -> str:
        return _amounts(_exceeded(quota_uses, holder, is_blocking))

    return words


@rule(
    "90017-369",
    field="planned_hours",
    source="domain reference 3.5",
    kinds=IN_AND_MODIFICATION,
    detail=_excess("worker", is_blocking=True),
)
def no_strict_quota_of_the_worker_is_exceeded(quota_uses: tuple[QuotaUse, ...]) -> bool:
    """Article 17 may not exceed the worker's hours or days of the quarter and of the year."""
    return not _exceeded(quota_uses, "worker", is_blocking=True)


@rule(
    "90017-369",
    field="planned_hours",
    source="domain reference 3.2 and 3.4",
    kinds=IN_AND_MODIFICATION,
    severity=Severity.WARNING,
    detail=_excess("worker", is_blocking=False),
)
def no_quota_of_the_worker_is_exceeded(quota_uses: tuple[QuotaUse, ...]) -> bool:
    """Students and occasional workers keep their advantage within the hours or days of the year."""
    return not _exceeded(quota_uses, "worker", is_blocking=False)


@rule(
    "90256-369",
    field="start_date",
    source="domain reference 3.4",
    kinds=IN_AND_MODIFICATION,
    severity=Severity.WARNING,
    detail=_excess("employer", is_blocking=False),
)
def no_quota_of_the_employer_is_exceeded(quota_uses: tuple[QuotaUse, ...]) -> bool:
    """In the horeca an employer has a yearly number of occasional days, over all workers."""
    return not _exceeded(quota_uses, "employer", is_blocking=False)
