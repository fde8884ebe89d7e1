"""The figures that Prometheus gets from the database: declarations filed, and the sizes and ages of the queues.

Each machine gives the same figures, because all read one database.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Count, Min, Sum

from ...enums import DeclarationKind, Status
from ...models import (
    CountWatermark,
    DailyCount,
    Declaration,
    Figure,
    Notification,
    NotificationState,
    QueueEntry,
)

# A metric: name, type, meaning, and its samples by labels.
Metric = tuple[str, str, str, list[tuple[dict[str, str], float]]]
# The states of a queue, which should be empty. Sent notifications are too many to count.
UNSENT = (NotificationState.QUEUED, NotificationState.UNSURE, NotificationState.FAILED)


def metrics(now: datetime) -> Iterator[Metric]:
    """The metrics at that moment."""
    filed = _total_submissions()
    yield (
        "declarations_total",
        "counter",
        "Declarations ever filed, by kind and the status as filed.",
        [
            ({"kind": kind.value, "status": status.name.lower()}, filed[kind, status])
            for kind in DeclarationKind
            for status in Status
        ],
    )
    waiting = QueueEntry.objects.aggregate(how_many=Count("pk"), oldest=Min("since"))
    meaning = "Declarations that await a decision."
    yield "pending_declarations", "gauge", meaning, [({}, waiting["how_many"])]
    meaning = "Age of the oldest declaration that awaits a decision."
    yield "pending_oldest_seconds", "gauge", meaning, [({}, _age(waiting["oldest"], now))]
    queues = Notification.objects.filter(state__in=UNSENT).order_by().values_list("state")
    found = {state: row for state, *row in queues.annotate(how_many=Count("pk"), oldest=Min("created_at"))}
    rows = [({"state": state.value}, *found.get(state, (0, None))) for state in UNSENT]
    meaning = "Notifications that were not handed over, by state."
    yield "notifications", "gauge", meaning, [(labels, count) for labels, count, _oldest in rows]
    meaning = "Age of the oldest of them, by state."
    yield (
        "notifications_oldest_seconds",
        "gauge",
        meaning,
        [(labels, _age(oldest, now)) for labels, _count, oldest in rows],
    )


def _total_submissions() -> Counter[tuple[str, str]]:
    """The number ever filed, by kind and status: the daily counts and the newer rows.

    Counted again if the daily counts were updated meanwhile: Prometheus reads a falling counter as a restart.
    """
    mark = CountWatermark.objects.first()
    while True:
        filed = _count_submissions(mark)
        again = CountWatermark.objects.first()
        if (again and again.until) == (mark and mark.until):
            return filed
        mark = again


def _count_submissions(mark: CountWatermark | None) -> Counter[tuple[str, str]]:
    daily = DailyCount.objects.order_by()
    filed: Counter[tuple[str, str]] = Counter()
    for kind, status, count in (
        daily.filter(figure=Figure.FILED).values_list("key", "status").annotate(sum=Sum("count"))
    ):
        filed[kind, status] += count
    newer = Declaration.objects.order_by()
    if mark:
        newer = newer.filter(submitted_at__gte=mark.until)
    for kind, status, count in newer.values_list("kind", "status").annotate(how_many=Count("pk")):
        filed[kind, status] += count
    return filed


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
