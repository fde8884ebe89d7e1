"""Metrics for Prometheus, at /metrics: response times, declarations filed, age of the queues.

Response times are counted in memory shared by the processes of one gunicorn, which fork from the process that loaded
this module (`preload_app`). The metrics read from the database are those of METRICS_SOURCE.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import threading
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from declarations.client_address import is_within

# Upper bounds of the buckets in seconds; a last bucket has the longer times.
BOUNDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
PAGES = (*settings.MEASURED_PAGES, "office", "other")
METHODS = ("GET", "POST", "other")
CLASSES = ("1xx", "2xx", "3xx", "4xx", "5xx")
# For each page and method: responses by class, then by bucket, then the sum of microseconds.
WIDTH = len(CLASSES) + len(BOUNDS) + 2


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
    lines = [*_duration_lines(), *_database_lines()]
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


def _database_lines() -> Iterator[str]:
    for name, kind, meaning, samples in import_string(settings.METRICS_SOURCE)(timezone.now()):
        yield from _metric(name, kind, meaning)
        for labels, value in samples:
            text = ",".join(f'{label}="{each}"' for label, each in labels.items())
            yield f"dimona_{name}{{{text}}} {value}" if text else f"dimona_{name} {value}"
