"""Retention removes a worker while others declare, lock or look: nobody gets an error, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import Http404
from django.test import RequestFactory

from declarations.admin import ssin_access
from declarations.enums import DeclarationKind
from declarations.filing import decisions
from declarations.filing.submission import AssessmentChangedError
from declarations.models import Declaration, Notification, NotificationState, Period, SsinAccess, Tombstone, Worker
from declarations.records import retention, seals

from ..support.builders import BY_NAME, ERIC, MONDAY, answers_for, submit, without, worker
from ..support.histories import submit_after
from ..support.periods import period_answers
from ..support.sealing import chain_breaks, seal_all

# On SQLite with its single writer, the second transaction simply waits for the first.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]

WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
LONG_AFTER = "2036-05-01 12:00"
BY_SSIN = answers_for("XXX", "OTH", start_date="1/5/2036")
KNOWN = {"family_name": "Exemple", "given_name": "Éric", "birth_date": "1985-07-30", "sex": "1"}
NAMED = {**without(BY_SSIN, "ssin"), **BY_NAME, **KNOWN, "birth_date": "30/7/1985"}


@pytest.fixture
def over(at) -> Period:
    """A period whose retention period has ended, of a worker without other data."""
    worker(ERIC, **KNOWN)
    declaration = submit(answers_for("XXX", "STU"), at(MONDAY))
    Notification._base_manager.update(state=NotificationState.SENT)
    seal_all()
    return Period.objects.get(number=declaration.number)


def wait_until_somebody_waits() -> None:
    """Return once another connection waits for this one; fail after ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)
    raise AssertionError("nobody waited")


def apart(pool: ThreadPoolExecutor, act: Callable[[], Any]) -> Future[Any]:
    """Run the act on a connection of its own; return once it waits for this one."""

    def do() -> Any:
        try:
            return act()
        finally:
            connection.close()

    future = pool.submit(do)
    wait_until_somebody_waits()
    return future


def removed_while(act: Callable[[], Any], now: datetime, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The result, or the exception, of an act that runs during an uncommitted removal."""
    append, begun = seals.append_seals, []
    with ThreadPoolExecutor() as pool, monkeypatch.context() as patched:

        def slow(*arguments: Any) -> None:
            append(*arguments)
            begun.append(apart(pool, act))

        patched.setattr(seals, "append_seals", slow)
        assert len(list(retention.apply(now, dry_run=False))) == 1
        return begun[0].exception() or begun[0].result()


def test_who_declares_by_ssin_is_served(over: Period, at, monkeypatch):
    now = at(LONG_AFTER)
    filed = removed_while(lambda: submit(BY_SSIN, now), now, monkeypatch)
    assert (filed.status, filed.worker) == ("A", Worker.objects.get())
    assert filed.worker_id != over.worker_id
    assert Tombstone.objects.get().period_number == over.number
    seal_all()
    assert chain_breaks() == []


def test_who_declares_by_name_is_shown_that_nobody_is_known_any_more(over: Period, at, monkeypatch):
    now = at(LONG_AFTER)
    told = removed_while(lambda: submit(NAMED, now), now, monkeypatch)
    assert isinstance(told, AssessmentChangedError)
    assert told.assessment.status == "S"
    assert Declaration.objects.count() == Worker.objects.count() == 0


def test_who_declares_on_the_period_is_shown_that_it_changed(over: Period, at, monkeypatch):
    now = at(LONG_AFTER)
    cancel = partial(submit_after, period_answers(over, DeclarationKind.CANCELLATION))
    told = removed_while(cancel, now, monkeypatch)
    assert isinstance(told, AssessmentChangedError)
    assert Declaration.objects.count() == 0


def test_who_locks_the_period_is_told(over: Period, at, monkeypatch):
    now, reviewer = at(LONG_AFTER), User.objects.create_user("reviewer")
    told = removed_while(
        lambda: decisions.set_lock(over, is_locked=True, note="x", by=reviewer, at=now), now, monkeypatch
    )
    assert isinstance(told, decisions.AlreadyDoneError)


def test_who_looks_finds_nothing(over: Period, at, monkeypatch):
    now = at(LONG_AFTER)
    request = RequestFactory().post("/")
    request.user = User.objects.create_superuser("reviewer")
    told = removed_while(lambda: ssin_access.record_access(request, over.worker, now), now, monkeypatch)
    assert isinstance(told, Http404)
    assert not SsinAccess.objects.exists()


@pytest.mark.parametrize("typed", [BY_SSIN, NAMED], ids=["by SSIN", "by name"])
def test_a_worker_who_is_declared_at_that_moment_stays(over: Period, at, monkeypatch, typed: dict[str, str]):
    now = at(LONG_AFTER)
    queue, begun = Notification.objects.queue, []
    with ThreadPoolExecutor() as pool, monkeypatch.context() as patched:

        def slow(*arguments: Any, **options: Any) -> Any:
            begun.append(apart(pool, lambda: list(retention.apply(now, dry_run=False))))
            return queue(*arguments, **options)

        patched.setattr(Notification.objects, "queue", slow)
        filed = submit(typed, now)
        lines = begun[0].result()
    assert [line.partition(" (")[0] for line in lines] == [f"period {over.number}"]
    assert Worker.objects.get() == filed.worker == over.worker
    assert Declaration.objects.get() == filed
    seal_all()
    assert chain_breaks() == []
