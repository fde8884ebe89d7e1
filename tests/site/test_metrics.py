"""The metrics: durations counted by several processes at once, declarations filed, ages of the queues."""

from __future__ import annotations

import os
import re
import signal
import time
from datetime import timedelta
from ipaddress import ip_network
from threading import Thread
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from declarations.admin.statistics import counts
from declarations.admin.statistics import metrics as statistics
from declarations.enums import DeclarationKind
from declarations.filing.decisions import decide
from declarations.models import Declaration, Notification, NotificationState
from declarations.urls import urlpatterns
from dimona_site import metrics
from referentials import tables

from ..support.builders import MONDAY, answers_by_name, answers_for, submit

LINE = re.compile(r'(dimona_\w+)(?:\{(\w+="[^"{}]*"(?:,\w+="[^"{}]*")*)\})? (\d+(?:\.\d+)?(?:e-?\d+)?)')


def scraped(**more: Any) -> dict[str, float]:
    """The samples by name and labels; every line must be valid in Prometheus' format."""
    answer = Client().get("/metrics", **more)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")
    found: dict[str, float] = {}
    for line in answer.text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (?:HELP|TYPE) dimona_\w+ .+", line)
            continue
        sample = LINE.fullmatch(line)
        assert sample, line
        key = sample[1] + (f"{{{sample[2]}}}" if sample[2] else "")
        assert key not in found
        found[key] = float(sample[3])
    return found


@pytest.fixture
def own_counts(monkeypatch: pytest.MonkeyPatch) -> metrics.SharedCounts:
    """Counts that start at zero."""
    counts = metrics.SharedCounts(len(metrics.PAGES) * len(metrics.METHODS) * metrics.WIDTH)
    monkeypatch.setattr(metrics, "COUNTS", counts)
    return counts


@pytest.mark.parametrize(
    ("networks", "headers", "status"),
    [
        (None, {}, 200),
        (None, {"REMOTE_ADDR": "::1"}, 200),
        (None, {"REMOTE_ADDR": "192.0.2.7"}, 404),
        (None, {"REMOTE_ADDR": ""}, 404),
        # An unconfigured proxy on this machine, through which everybody would come from 127.0.0.1.
        (None, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 404),
        (None, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 404),
        (["192.0.2.0/24"], {"REMOTE_ADDR": "192.0.2.7"}, 200),
        (["192.0.2.0/24"], {}, 404),
    ],
)
def test_only_some_networks_may_read(db, settings, networks: list[str] | None, headers: dict[str, str], status: int):
    if networks:
        settings.METRICS_NETWORKS = [ip_network(each) for each in networks]
    assert Client().get("/metrics", **headers).status_code == status


def test_every_page_with_response_times_is_a_route():
    assert set(metrics.PAGES) >= {kind.value for kind in DeclarationKind}
    assert set(metrics.PAGES) - {"office", "other"} <= {pattern.name for pattern in urlpatterns}


def test_nothing_is_posted_there(db):
    assert Client().post("/metrics").status_code == 405


def test_a_page_that_was_asked_for_is_counted(db, own_counts):
    Client().get("/en/")
    Client().get("/en/nothing/")
    found = scraped()
    assert found['dimona_responses_total{page="home",method="GET",status="2xx"}'] == 1
    assert found['dimona_responses_total{page="other",method="GET",status="4xx"}'] == 1
    labels = 'page="home",method="GET"'
    assert found[f"dimona_response_seconds_count{{{labels}}}"] == 1
    assert found[f'dimona_response_seconds_bucket{{{labels},le="+Inf"}}'] == 1
    assert found[f"dimona_response_seconds_sum{{{labels}}}"] > 0
    assert not [key for key in found if 'page="receipt"' in key]


@pytest.mark.parametrize(
    ("seconds", "first"),
    [(0.0, "0.025"), (0.025, "0.025"), (0.026, "0.05"), (1.0, "1.0"), (9.9, "10.0"), (10.1, "+Inf"), (3e6, "+Inf")],
)
def test_a_duration_stands_in_its_bucket_and_all_above(db, own_counts, seconds: float, first: str):
    metrics.observe("in", "POST", 302, seconds)
    found = scraped()
    bounds = [*map(str, metrics.BOUNDS), "+Inf"]
    counted = [
        bound
        for bound in bounds
        if found[f'dimona_response_seconds_bucket{{page="in",method="POST",le="{bound}"}}'] == 1
    ]
    assert counted == bounds[bounds.index(first) :]
    assert found['dimona_response_seconds_sum{page="in",method="POST"}'] == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("route", "method", "status"), [("", "other", 999), ('a"b', "BREW", 0), ("admin:index", "HEAD", 100)]
)
def test_odd_answers_are_counted_too(db, own_counts, route: str, method: str, status: int):
    metrics.observe(route, method, status, 0.1)
    assert sum(count for key, count in scraped().items() if "_count" in key) == 1


TIMES = 400


def count_often() -> None:
    for _time in range(TIMES):
        metrics.observe("home", "GET", 200, 0.001)


def forked(act: Any) -> int:
    """Fork a child that runs the act and exits; its process id."""
    child = os.fork()
    if child == 0:
        try:
            act()
        finally:
            os._exit(0)
    return child


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_processes_and_threads_lose_no_count(own_counts):
    children = [forked(count_often) for _worker in range(3)]
    threads = [Thread(target=count_often) for _thread in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    with own_counts.locked() as numbers:
        assert sum(numbers[: len(metrics.CLASSES)]) == 5 * TIMES


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_waits_for_another_that_counts(own_counts):
    """If it read before the other wrote, one of the two counts would be lost."""
    reading, writing = os.pipe()

    def count_slowly() -> None:
        with own_counts.locked() as numbers:
            before = numbers[0]
            os.write(writing, b"x")
            time.sleep(0.1)
            numbers[0] = before + 1

    child = forked(count_slowly)
    assert os.read(reading, 1) == b"x"
    with own_counts.locked() as numbers:
        numbers[0] += 1
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    with own_counts.locked() as numbers:
        assert numbers[0] == 2


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_process_that_is_killed_while_it_counts_stops_nobody(own_counts):
    reading, writing = os.pipe()

    def die_counting() -> None:
        with own_counts.locked():
            os.write(writing, b"x")
            signal.pause()

    child = forked(die_counting)
    assert os.read(reading, 1) == b"x"
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    metrics.observe("home", "GET", 200, 0.001)
    with own_counts.locked() as numbers:
        assert sum(numbers[: len(metrics.CLASSES)]) == 1


# -- what the database tells -----------------------------------------------------------------------------------

STRANGER = answers_by_name("XXX", "OTH")
FILED = 'dimona_declarations_total{kind="in",status="%s"}'


@pytest.fixture
def filings(db, at) -> list[Declaration]:
    """An accepted, a refused and two pending declarations, at nine o'clock."""
    moment = at(MONDAY)
    each = [answers_for("XXX", "OTH"), answers_for("XXX", "T17"), STRANGER, STRANGER]
    return [submit(answers, moment) for answers in each]


def test_filings_by_kind_and_status(filings: list[Declaration], at):
    found = scraped()
    assert [found[FILED % status] for status in ("accepted", "refused", "pending")] == [1, 1, 2]
    total = sum(count for key, count in found.items() if key.startswith("dimona_declarations_total"))
    assert total == Declaration.objects.count() == 4
    assert len([key for key in found if 'kind="' in key]) == 4 * len(DeclarationKind)


@pytest.mark.parametrize("counted_up_at", [None, "2026-03-02 09:05", "2026-03-02 11:00", "2026-03-03 11:00"])
def test_what_was_counted_up_is_not_counted_twice(filings: list[Declaration], at, counted_up_at):
    if counted_up_at:
        moment = at(counted_up_at)
        list(counts.update_daily_counts(moment))
        submit(STRANGER, moment)
    found = scraped()
    assert found[FILED % "pending"] == (3 if counted_up_at else 2)
    assert found["dimona_pending_declarations"] == found[FILED % "pending"]


def test_the_age_of_the_queues(filings: list[Declaration], admin_user: User, at):
    at("2026-03-02 10:00")
    found = scraped()
    assert (found["dimona_pending_declarations"], found["dimona_pending_oldest_seconds"]) == (2, 3600)
    queued = Notification.objects.filter(state=NotificationState.QUEUED).count()
    assert found['dimona_notifications{state="queued"}'] == queued > 0
    assert found['dimona_notifications_oldest_seconds{state="queued"}'] == 3600
    assert found['dimona_notifications{state="failed"}'] == 0
    assert found['dimona_notifications_oldest_seconds{state="failed"}'] == 0
    Notification.objects.update(state=NotificationState.FAILED)
    assert scraped()['dimona_notifications{state="failed"}'] == queued


def test_nothing_waits_before_anything_was_filed(db):
    found = scraped()
    assert found["dimona_pending_declarations"] == found["dimona_pending_oldest_seconds"] == 0
    assert found[FILED % "accepted"] == 0


def test_a_decision_shortens_the_queue(filings: list[Declaration], admin_user: User, at):
    now = at("2026-03-02 10:00")
    decide_as_unknown(filings[2], admin_user)
    assert scraped()["dimona_pending_declarations"] == 1
    list(counts.update_daily_counts(now + timedelta(days=1)))
    at("2026-03-03 10:00")
    assert scraped()["dimona_pending_declarations"] == 1


def test_the_counts_that_move_on_meanwhile_are_read_again(filings: list[Declaration], at, monkeypatch):
    """Read half before and half after, they would count each declaration twice, and Prometheus would see a reset."""
    moment, counted = at("2026-03-02 11:00"), statistics._count_submissions

    def overtaken(mark: Any) -> Any:
        monkeypatch.setattr(statistics, "_count_submissions", counted)
        list(counts.update_daily_counts(moment))
        return counted(mark)

    monkeypatch.setattr(statistics, "_count_submissions", overtaken)
    assert scraped()[FILED % "pending"] == 2


def decide_as_unknown(declaration: Declaration, reviewer: User) -> None:
    """Decide that the worker cannot be identified."""
    decide(declaration, by=reviewer, ssin="", note="nobody", at=timezone.now(), tables=tables.current())
