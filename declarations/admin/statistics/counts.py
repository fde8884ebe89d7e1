"""How much was filed and decided: counts by day, kept by a command, and what is newer counted when it is asked.

A filing touches no counter: it would be one row that all filings wait for. What the figures say is exact all the same,
for `statistics_for` counts live whatever `update_daily_counts` has not reached yet, over the indexes on the moments.
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

# The codes that tell that something was declared too late; a Dimona OUT and a Cancellation have none.
LATE = {DeclarationKind.IN: "90373-460", DeclarationKind.MODIFICATION: "90378-460"}
ACCEPTED = (Status.ACCEPTED, Status.ACCEPTED_WITH_WARNING)
# A filing takes its moment when it begins: one that began before is committed by then.
GRACE = timedelta(minutes=15)
# The youngest ages, in days, of what awaits a decision: from, to; older ones come after them.
AGES = ((0, 1), (2, 3), (4, 7))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# The day, what is counted, by which key, and the status where there is one; as the columns of DailyCount.
Key = tuple[date, str, str, str]


# -- counting --------------------------------------------------------------------------------------------------


def tally(since: datetime, until: datetime | None = None) -> Counter[Key]:
    """What was filed and decided from one moment to just before another, or to now, as DailyCount counts it."""
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
    """The lateness of what was accepted, and the codes of what was refused."""
    status = f"{owner}__status"
    late = Q(code__in=LATE.values(), **{f"{status}__in": ACCEPTED})
    refusing = Q(severity=Severity.BLOCKING, **{status: Status.REFUSED})
    told = model._base_manager.filter(late | refusing)
    counts: Counter[Key] = Counter()
    for day, declared_kind, given_status, code, count in _count_by_day(
        told, f"{owner}__{moment}", (f"{owner}__{kind}", status, "code"), since, until, owner
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
    """For each day and each combination of values: the day, the values, and how many different `what`."""
    rows = rows.filter(**{f"{moment}__gte": since}, **({f"{moment}__lt": until} if until else {}))
    grouped = rows.order_by().annotate(on_day=TruncDate(moment)).values_list("on_day", *names)
    yield from grouped.annotate(how_many=Count(what, distinct=what != "pk"))


def update_daily_counts(now: datetime) -> Iterator[date]:
    """Bring the daily counts up to GRACE before `now`; yields each day that was counted, or counted further.

    A day at a time, each in a transaction of its own: it may be stopped at any moment, and run twice at once.
    """
    until = now - GRACE
    mark = CountWatermark.objects.first() or _first_mark()
    while mark and mark.until < until:
        day = localdate(mark.until)
        end = min(until, midnight(day + timedelta(days=1)))
        counts = tally(mark.until, end)
        with transaction.atomic():
            # Not the process that comes second: it goes on from where the first one is.
            if CountWatermark.objects.filter(pk=mark.pk, until=mark.until).update(until=end):
                _add_to_day(day, counts)
                yield day
        mark.refresh_from_db()


def delete_counts_since(day: date) -> None:
    """Delete the counts from that day on: the next `update_daily_counts` counts again what is there by then."""
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
    """What came of one kind of declaration, in the days asked for.

    `filed` is by the status as filed; `decided` by the status that a decision of these days gave. `late` are among
    those accepted; None for a kind of which lateness is not told.
    """

    kind: DeclarationKind
    filed: Counter[str]
    decided: Counter[str]
    late: int | None

    @property
    def total(self) -> int:
        """How many were filed."""
        return self.filed.total()

    @property
    def accepted(self) -> int:
        """How many were accepted, when filed or by a decision."""
        return sum(counts[status] for counts in (self.filed, self.decided) for status in ACCEPTED)

    @property
    def refused(self) -> int:
        """How many were refused, when filed or by a decision."""
        return self.filed[Status.REFUSED] + self.decided[Status.REFUSED]


@dataclass(frozen=True)
class Statistics:
    """The figures from one day to another, both included; `pending_by_age` alone is of now, whatever the days.

    `days` has each day in order, with how many were filed of each kind; `refusals` and `languages` begin with the most
    frequent; `pending_by_age` is how many await a decision for each age of AGES, then for
    longer. `counted_until` is what the daily counts reach to: nothing when `update_daily_counts` never ran.
    """

    days: dict[date, Counter[str]]
    kinds: list[KindStatistics]
    refusals: list[tuple[str, int]]
    languages: list[tuple[str, int]]
    pending_by_age: list[int]
    counted_until: datetime | None

    @property
    def accepted_and_late(self) -> tuple[int, int]:
        """How many were accepted of the kinds of which lateness is told, and how many of these were late."""
        told = [each for each in self.kinds if each.late is not None]
        return sum(each.accepted for each in told), sum(each.late or 0 for each in told)


def statistics_for(since: date, until: date, today: date) -> Statistics:
    """The figures of those days, by a fixed number of queries over rows that grow with the days, not the filings."""
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
    """How many await a decision, by age."""
    oldest = midnight(today - timedelta(days=AGES[-1][1]))
    ages = [
        Q(since__gte=midnight(today - timedelta(days=old)), since__lt=midnight(today - timedelta(days=young - 1)))
        for young, old in AGES
    ]
    counts = {f"age_{place}": Count("pk", filter=age) for place, age in enumerate([*ages, Q(since__lt=oldest)])}
    return list(QueueEntry.objects.aggregate(**counts).values())
