"""Metrics for Prometheus, at /metrics: response times, declarations filed, age of the queues.

Response times are counted in memory shared by the processes of one gunicorn, which fork from the process that loaded
this module (`preload_app`). Declarations and queues are counted in the database, with the same result on every
machine.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import threading
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from declarations.client_address import is_within
from declarations.enums import DeclarationKind, Status
from declarations.models import (
    CountWatermark,
    DailyCount,
    Declaration,
    Figure,
    Notification,
    NotificationState,
    QueueEntry,
)

# Upper bounds of the buckets in seconds; a last bucket has the longer times.
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PAGES = ("home", *(kind.value for kind in DeclarationKind), "receipt", "office", "other")
METHODS = ("GET", "POST", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
# For each page and method: responses by class, then by bucket, then the sum of microseconds.
WIDTH = len(CLASSES) + len(BOUNDS) + 2
# The states of a queue, which should be empty. Sent notifications are too many to count.
UNSENT = (NotificationState.QUEUED, NotificationState.UNSURE, NotificationState.FAILED)


class SharedCounts:
    """Integers in memory shared by this process and its forks.

    The lock is the kernel's, on the file behind the memory. The kernel releases it when its holder is killed, whereas
    a lock of `multiprocessing` would then block everybody. Threads of a process need a lock of their own besides.
    """

    def __init__(self, length: int) -> None:
        with tempfile.TemporaryFile() as file:
            file.truncate(length * 8)
            self._descriptor = os.dup(file.fileno())
        self._numbers = memoryview(mmap.mmap(self._descriptor, length * 8)).cast("Q")
        self._thread_lock = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[memoryview]:
        """The numbers, while no other thread or process changes them."""
        with self._thread_lock:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX)
            try:
                yield self._numbers
            finally:
                fcntl.lockf(self._descriptor, fcntl.LOCK_UN)


COUNTS = SharedCounts(len(PAGES) * len(METHODS) * WIDTH)


def observe(route: str, method: str, status: int, seconds: float) -> None:
    """Count a response: route name, method, status and duration in seconds."""
    page = "office" if route.startswith("admin:") else route if route in PAGES else "other"
    position = PAGES.index(page) * len(METHODS) + METHODS.index(method if method in METHODS else "other")
    start = position * WIDTH
    with COUNTS.locked() as numbers:
        numbers[start + min(max(status // 100, 1), 5) - 1] += 1
        numbers[start + len(CLASSES) + bisect_left(BOUNDS, seconds)] += 1
        numbers[start + WIDTH - 1] += round(seconds * 1e6)


@never_cache
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The metrics in Prometheus' text format, for METRICS_NETWORKS; 404 for everybody else."""
    if not is_within(request, settings.METRICS_NETWORKS):
        raise Http404
    lines = [*_duration_lines(), *_declaration_lines(), *_queue_lines(timezone.now())]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; version=0.0.4; charset=utf-8")


def _metric(name: str, kind: str, meaning: str) -> list[str]:
    return [f"# HELP dimona_{name} {meaning}", f"# TYPE dimona_{name} {kind}"]


def _duration_lines() -> Iterator[str]:
    with COUNTS.locked() as shared:
        numbers = shared.tolist()
    series = [(page, method) for page in PAGES for method in METHODS]
    rows = [
        (f'page="{page}",method="{method}"', numbers[start : start + WIDTH])
        for (page, method), start in zip(series, range(0, len(numbers), WIDTH), strict=True)
    ]
    rows = [(labels, row) for labels, row in rows if any(row)]
    yield from _metric("responses_total", "counter", "Answers by page, method and class of status.")
    for labels, row in rows:
        for name, count in zip(CLASSES, row, strict=False):
            yield f'dimona_responses_total{{{labels},status="{name}"}} {count}'
    yield from _metric("response_seconds", "histogram", "How long the application took to answer.")
    for labels, row in rows:
        yield from _histogram(labels, row[len(CLASSES) : -1], row[-1])


def _histogram(labels: str, buckets: list[int], microseconds: int) -> Iterator[str]:
    total = 0
    for bound, count in zip([*map(str, BOUNDS), "+Inf"], buckets, strict=True):
        total += count
        yield f'dimona_response_seconds_bucket{{{labels},le="{bound}"}} {total}'
    yield f"dimona_response_seconds_sum{{{labels}}} {microseconds / 1e6}"
    yield f"dimona_response_seconds_count{{{labels}}} {total}"


def _declaration_lines() -> Iterator[str]:
    filed = _total_submissions()
    yield from _metric("declarations_total", "counter", "Declarations ever filed, by kind and the status as filed.")
    for kind in DeclarationKind:
        for status in Status:
            labels = f'kind="{kind.value}",status="{status.name.lower()}"'
            yield f"dimona_declarations_total{{{labels}}} {filed[kind, status]}"


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


def _queue_lines(now: datetime) -> Iterator[str]:
    waiting = QueueEntry.objects.aggregate(how_many=Count("pk"), oldest=Min("since"))
    yield from _metric("pending_declarations", "gauge", "Declarations that await a decision.")
    yield f"dimona_pending_declarations {waiting['how_many']}"
    yield from _metric("pending_oldest_seconds", "gauge", "Age of the oldest declaration that awaits a decision.")
    yield f"dimona_pending_oldest_seconds {_age(waiting['oldest'], now)}"
    queues = Notification.objects.filter(state__in=UNSENT).order_by().values_list("state")
    found = {state: row for state, *row in queues.annotate(how_many=Count("pk"), oldest=Min("created_at"))}
    yield from _metric("notifications", "gauge", "Notifications that were not handed over, by state.")
    for state in UNSENT:
        yield f'dimona_notifications{{state="{state.value}"}} {found.get(state, [0])[0]}'
    yield from _metric("notifications_oldest_seconds", "gauge", "Age of the oldest of them, by state.")
    for state in UNSENT:
        age = _age(found.get(state, [0, None])[1], now)
        yield f'dimona_notifications_oldest_seconds{{state="{state.value}"}} {age}'


def _age(moment: datetime | None, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds()) if moment else 0.0
