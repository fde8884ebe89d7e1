"""Counts of filed and decided declarations: daily counts stored by a command, newer rows counted live.

Filing updates no counter, because all filings would wait for its row. The statistics are exact all the same:
`statistics_for` counts the rows after the last `update_daily_counts` live, with the indexes on the moments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.timezone import get_current_timezone, localdate

from ...enums import DeclarationKind, Severity, Status
from ...models import (
    CountWatermark,
    DailyCount,
    Decision,
    DecisionAnomaly,
    Declaration,
    DeclarationAnomaly,
    Figure,
    QueueEntry,
)
from ...rules.dates import is_filed_in_time
from ...rules.deadlines import later_end_is_declared_in_time
from ...rules.registry import code_of

# The codes for a late declaration; a Dimona OUT and a Cancellation have none.
LATE = {
    DeclarationKind.IN: code_of(is_filed_in_time, DeclarationKind.IN),
    DeclarationKind.MODIFICATION: code_of(later_end_is_declared_in_time, DeclarationKind.MODIFICATION),
}
ACCEPTED = (Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING)
# A filing is dated when it begins; after this delay every filing dated earlier is committed.
GRACE = timedelta(minutes=15)
# Age classes of the declarations that await a decision, in days (from, to); a last class has the older ones.
AGES = ((0, 1), (2, 3), (4, 7))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Day, figure, key and status ("" if it does not apply), as the columns of DailyCount.
Key = tuple[date, str, str, str]


# -- counting --------------------------------------------------------------------------------------------------


def tally(since: datetime, until: datetime | None = None) -> Counter[Key]:
    """The counts of what was filed and decided from `since` to just before `until`, or to now."""
    counts: Counter[Key] = Counter()
    for day, kind, status, language, count in _count_rows_by_day(
        Declaration, "submitted_at", ("kind", "status", "language"), since, until
    ):
        counts[day, Figure.FILED, kind, status] += count
        counts[day, Figure.LANGUAGE, language, ""] += count
    for day, kind, status, count in _count_rows_by_day(
        Decision, "decided_at", ("declaration__kind", "status"), since, until
    ):
        counts[day, Figure.DECIDED, kind, status] += count
    return (
        counts
        + _anomaly_counts(DeclarationAnomaly, "declaration", "submitted_at", "kind", since, until)
        + _anomaly_counts(DecisionAnomaly, "decision", "decided_at", "declaration__kind", since, until)
    )


def _anomaly_counts(
    model: type[Any], owner: str, moment: str, kind: str, since: datetime, until: datetime | None
) -> Counter[Key]:
    """The late ones among the accepted declarations, and the codes of the refused ones."""
    status = f"{owner}__status"
    late = Q(code__in=LATE.values(), **{f"{status}__in": ACCEPTED})
    refusing = Q(severity=Severity.BLOCKING, **{status: Status.REFUSED})
    anomalies = model._base_manager.filter(late | refusing)
    counts: Counter[Key] = Counter()
    for day, declared_kind, given_status, code, count in _count_by_day(
        anomalies, f"{owner}__{moment}", (f"{owner}__{kind}", status, "code"), since, until, owner
    ):
        is_refusal = given_status == Status.REFUSED
        counts[(day, Figure.REFUSED, code, "") if is_refusal else (day, Figure.LATE, declared_kind, "")] += count
    return counts


def _count_rows_by_day(
    model: type[Any], moment: str, names: tuple[str, ...], since: datetime, until: datetime | None
) -> Iterator[tuple[Any, ...]]:
    return _count_by_day(model._base_manager.all(), moment, names, since, until, "pk")


def _count_by_day(
    rows: QuerySet[Any], moment: str, names: tuple[str, ...], since: datetime, until: datetime | None, what: str
) -> Iterator[tuple[Any, ...]]:
    """Day, values and number of distinct `what`, for each day and combination of values."""
    rows = rows.filter(**{f"{moment}__gte": since}, **({f"{moment}__lt": until} if until else {}))
    grouped = rows.order_by().annotate(on_day=TruncDate(moment)).values_list("on_day", *names)
    yield from grouped.annotate(how_many=Count(what, distinct=what != "pk"))


def update_daily_counts(now: datetime) -> Iterator[date]:
    """Update the daily counts up to GRACE before `now`; yields each day that was counted, wholly or in part.

    Each day has its own transaction, so it may be stopped at any moment and run twice at once.
    """
    until = now - GRACE
    mark = CountWatermark.objects.first() or _first_mark()
    while mark and mark.until < until:
        day = localdate(mark.until)
        end = min(until, midnight(day + timedelta(days=1)))
        counts = tally(mark.until, end)
        with transaction.atomic():
            # If another process updated it first, this one continues from there.
            if CountWatermark.objects.filter(pk=mark.pk, until=mark.until).update(until=end):
                _add_to_day(day, counts)
                yield day
        mark.refresh_from_db()


def delete_counts_since(day: date) -> None:
    """Delete the counts from that day on, so that the next `update_daily_counts` counts them again."""
    with transaction.atomic():
        CountWatermark.objects.filter(until__gt=midnight(day)).update(until=midnight(day))
        DailyCount.objects.filter(day__gte=day).delete()


def _first_mark() -> CountWatermark | None:
    first = Declaration.objects.order_by("submitted_at").values_list("submitted_at", flat=True).first()
    if first is None:
        return None
    return CountWatermark.objects.get_or_create(pk=1, defaults={"until": midnight(localdate(first))})[0]


def _add_to_day(day: date, counts: Counter[Key]) -> None:
    for row in DailyCount.objects.filter(day=day):
        counts[row.day, row.figure, row.key, row.status] += row.count
    rows = [
        DailyCount(day=counted_day, figure=figure, key=key, status=status, count=count)
        for (counted_day, figure, key, status), count in counts.items()
    ]
    DailyCount.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["figure", "day", "key", "status"], update_fields=["count"]
    )


def midnight(day: date) -> datetime:
    """The moment at which the day begins in Brussels."""
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


# -- reading ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class KindStatistics:
    """The results of one kind of declaration in the selected days.

    `filed` counts by status as filed, `decided` by the status of decisions made in these days. `late` counts late
    declarations among the accepted ones; it is None for a kind that has no lateness.
    """

    kind: DeclarationKind
    filed: Counter[str]
    decided: Counter[str]
    late: int | None

    @property
    def total(self) -> int:
        """The number filed."""
        return self.filed.total()

    @property
    def accepted(self) -> int:
        """The number accepted, when filed or by a decision."""
        return sum(counts[status] for counts in (self.filed, self.decided) for status in ACCEPTED)

    @property
    def refused(self) -> int:
        """The number refused, when filed or by a decision."""
        return self.filed[Status.REFUSED] + self.decided[Status.REFUSED]


@dataclass(frozen=True)
class Statistics:
    """The statistics from one day to another, both included. Only `pending_by_age` is as of now.

    `days` has the number filed per kind for each day, in order. `refusals` and `languages` are sorted by frequency.
    `pending_by_age` has the number that await a decision per class of AGES, then those older. `counted_until` is the
    end of the daily counts; None if `update_daily_counts` never ran.
    """

    days: dict[date, Counter[str]]
    kinds: list[KindStatistics]
    refusals: list[tuple[str, int]]
    languages: list[tuple[str, int]]
    pending_by_age: list[int]
    counted_until: datetime | None

    @property
    def accepted_and_late(self) -> tuple[int, int]:
        """The number accepted of the kinds that can be late, and how many of these were late."""
        with_lateness = [each for each in self.kinds if each.late is not None]
        return sum(each.accepted for each in with_lateness), sum(each.late or 0 for each in with_lateness)


def statistics_for(since: date, until: date, today: date) -> Statistics:
    """The statistics of those days, in a fixed number of queries whose cost grows with days, not filings."""
    counted = CountWatermark.objects.first()
    recent = tally(counted.until if counted else EPOCH)
    daily_counts = DailyCount.objects.filter(day__range=(since, until))
    days = {since + timedelta(days=n): Counter[str]() for n in range((until - since).days + 1)}
    totals: Counter[tuple[str, str, str]] = Counter()
    for day, key, count in _sums(daily_counts.filter(figure=Figure.FILED), "day", "key"):
        days[day][key] += count
    for figure, key, status, count in _sums(daily_counts, "figure", "key", "status"):
        totals[figure, key, status] += count
    for (day, figure, key, status), count in recent.items():
        if since <= day <= until:
            totals[figure, key, status] += count
            if figure == Figure.FILED:
                days[day][key] += count
    return Statistics(
        days=days,
        kinds=[_kind_statistics(kind, totals) for kind in DeclarationKind],
        refusals=_most_frequent(totals, Figure.REFUSED),
        languages=_most_frequent(totals, Figure.LANGUAGE),
        pending_by_age=_pending_by_age(today),
        counted_until=counted.until if counted else None,
    )


def _sums(rows: QuerySet[DailyCount], *names: str) -> QuerySet[Any, Any]:
    return rows.order_by().values_list(*names).annotate(sum=Sum("count"))


def _kind_statistics(kind: DeclarationKind, totals: Counter[tuple[str, str, str]]) -> KindStatistics:
    filed, decided = (
        Counter({status.value: totals[figure, kind, status] for status in Status})
        for figure in (Figure.FILED, Figure.DECIDED)
    )
    return KindStatistics(kind, filed, decided, totals[Figure.LATE, kind, ""] if kind in LATE else None)


def _most_frequent(totals: Counter[tuple[str, str, str]], figure: Figure) -> list[tuple[str, int]]:
    found = [(key, count) for (counted, key, _status), count in totals.items() if counted == figure and count]
    return sorted(found, key=lambda each: (-each[1], each[0]))


def _pending_by_age(today: date) -> list[int]:
    """The number that await a decision, by age class."""
    oldest = midnight(today - timedelta(days=AGES[-1][1]))
    ages = [
        Q(since__gte=midnight(today - timedelta(days=old)), since__lt=midnight(today - timedelta(days=young - 1)))
        for young, old in AGES
    ]
    counts = {f"age_{place}": Count("pk", filter=age) for place, age in enumerate([*ages, Q(since__lt=oldest)])}
    return list(QueueEntry.objects.aggregate(**counts).values())
