"""Retention: what is kept for how long, and the removal of expired data as a whole, with a sealed tombstone."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, models
from django.utils import timezone

from declarations.filing import decisions
from declarations.management.commands import check_ledger
from declarations.models import (
    AttemptCount,
    Decision,
    Declaration,
    DeclarationAnomaly,
    DeclarationRank,
    ListExport,
    Notification,
    NotificationState,
    Period,
    PeriodLock,
    Seal,
    SsinAccess,
    Tombstone,
    Worker,
)
from declarations.records import retention, retention_periods, seals

from ..support.builders import BORN_2001, MONDAY, answers_for, submit
from ..support.sealing import chain_breaks, command, overwrite, period_answers, seal_all, seed_sealed_rows

pytestmark = pytest.mark.django_db

EVERYTHING: tuple[type[models.Model], ...] = (
    Declaration,
    DeclarationAnomaly,
    Decision,
    Notification,
    Period,
    PeriodLock,
    SsinAccess,
    Tombstone,
    Worker,
    Seal,
)


def counts() -> dict[str, int]:
    """The number of rows in each table."""
    return {model.__name__: model._base_manager.count() for model in EVERYTHING}


def retain(*arguments: str) -> list[str]:
    """The output lines of apply_retention."""
    code, lines = command("apply_retention", *arguments, "--verbosity=0")
    assert code == 0
    return lines


def notified(declaration: Declaration, state: NotificationState = NotificationState.SENT) -> Notification:
    """The notification of a declaration, in that state."""
    now = timezone.now()
    known = {"language": "nl", "channel": "post", "created_at": now, "next_attempt_at": now}
    row, _created = Notification.objects.get_or_create(declaration=declaration, decision=None, defaults=known)
    Notification._base_manager.filter(pk=row.pk).update(state=state)
    return row


def access(**what: Any) -> SsinAccess:
    """An SSIN access."""
    looker = User.objects.get_or_create(username="looker")[0]
    return SsinAccess.objects.create(accessed_at=timezone.now(), accessed_by=looker, **what)


def everything_sent() -> None:
    """Mark every notification as sent."""
    Notification._base_manager.update(state=NotificationState.SENT)


# -- terms -----------------------------------------------------------------------------------------------------


def test_every_term_says_what_since_when_and_why():
    for term in retention_periods.RETENTION_PERIODS:
        assert all([term.kind, term.since, term.reason])
        assert term.years >= 0


@pytest.mark.parametrize(
    ("now", "years", "expected"),
    [
        ("2036-03-02T09:00", 10, "2026-03-02T09:00"),
        ("2036-02-29T09:00", 5, "2031-02-28T09:00"),
        ("2036-02-27T09:00", 0, "2036-02-27T09:00"),
    ],
)
def test_the_moment_since_which_a_term_is_over(now: str, years: int, expected: str):
    term = retention_periods.RetentionPeriod("", years, "", "")
    assert term.cutoff(datetime.fromisoformat(now)) == datetime.fromisoformat(expected)


def ended(at: Any, **answers: str) -> Period:
    """A period from 2 to 31 March 2026."""
    return Period.objects.get(declarations=submit(answers_for("XXX", "STU", **answers), at(MONDAY)))


@pytest.mark.parametrize(
    ("today", "is_over"),
    [("2036-03-31 12:00", False), ("2036-04-01 12:00", True), ("2030-01-01 12:00", False)],
)
def test_a_period_is_over_ten_years_after_its_last_day(at, today: str, is_over: bool):
    ended(at)
    assert retention.expired_periods(retention_periods.PERIODS.cutoff(at(today))).exists() is is_over


@pytest.mark.parametrize(
    ("what", "is_over"),
    [
        ("nothing", True),
        ("open", False),
        ("locked", False),
        ("unlocked later", False),
        ("declared on later", False),
        ("decided later", False),
        ("cancelled", True),
        ("cancelled later", False),
        ("cancelled while open", True),
    ],
)
def test_when_a_period_is_over(at, what: str, is_over: bool):
    period = ended(at)
    reviewer = User.objects.create_user("reviewer")
    long_after, later = at(MONDAY), at("2027-03-01 12:00")
    changes = {
        "open": {"end_date": None},
        "cancelled": {"cancelled_at": long_after},
        "cancelled while open": {"end_date": None, "cancelled_at": long_after},
        "cancelled later": {"cancelled_at": later},
        "locked": {"locked_at": long_after},
    }
    Period.objects.filter(pk=period.pk).update(**changes.get(what, {"number": period.number}))
    declaration = Declaration.objects.get()
    if what == "unlocked later":
        for is_locked in (True, False):
            decisions.set_lock(period, is_locked=is_locked, note="", by=reviewer, at=later)
    if what == "declared on later":
        Declaration._base_manager.update(submitted_at=later)
    if what == "decided later":
        Decision.objects.create(
            declaration=declaration, decided_at=later, decided_by=reviewer, from_status="S", status="A", period=period
        )
    assert retention.expired_periods(retention_periods.PERIODS.cutoff(at("2036-05-01 12:00"))).exists() is is_over


# -- removal ---------------------------------------------------------------------------------------------------


def test_sessions_and_counts_go_as_soon_as_they_are_over(at):
    now = at("2026-03-02 12:00")
    for minutes in (-1, 1):
        moment = now + timedelta(minutes=minutes)
        Session.objects.create(session_key=f"key{minutes}", expire_date=moment)
        AttemptCount.objects.create(key=f"key{minutes}", expires_at=moment)
    expected = ["sessions, with the drafts in them: 1", "counts of attempts: 1"]
    assert retain("--dry-run") == expected
    assert Session.objects.count() == AttemptCount.objects.count() == 2
    assert retain() == expected
    assert Session.objects.get().session_key == AttemptCount.objects.get().key == "key1"
    assert retain() == []


def test_a_period_goes_with_everything_on_it(at):
    rows = seed_sealed_rows(at)
    at("2027-01-04 12:00")
    for row in (rows["late"], rows["ended"]):
        access(declaration=row)
        notified(row)
    access(worker=rows["late"].worker)
    everything_sent()
    seal_all()
    before = counts()
    at("2036-05-01 12:00")
    over = [line.partition(" (")[0] for line in retain("--dry-run")]
    assert f"period {rows['late'].period.number}" in over
    assert counts() == before
    assert [line.partition(" (")[0] for line in retain()] == over
    assert not Declaration.objects.filter(worker=rows["late"].worker_id).exists()
    assert not Worker.objects.filter(pk=rows["late"].worker_id).exists()
    assert PeriodLock.objects.count() == SsinAccess.objects.count() == 0
    assert list(Period.objects.values_list("number", flat=True)) == [rows["pending"].number]
    assert chain_breaks() == []
    assert retain() == []
    assert command("seal_declarations")[0] == 0


def test_a_tombstone_tells_what_was_removed(at):
    declaration = submit(answers_for("XXX", "STU"), at(MONDAY))
    everything_sent()
    head = seal_all()
    now = at("2036-05-01 12:00")
    assert retain() == [f"period {declaration.number} (1 declarations)"]
    stone = Tombstone.objects.get()
    assert (stone.period_number, stone.removed_at, stone.reason) == (declaration.number, now, "10 years are over")
    assert stone.removed_rows == [["declaration", declaration.pk, declaration.number]]
    assert list(Seal.objects.values_list("row_kind", "row_key")) == [
        ("declaration", declaration.pk),
        ("tombstone", stone.pk),
    ]
    assert chain_breaks("--head", head) == []


def test_a_period_that_is_removed_while_check_ledger_looks_at_it(at):
    period = ended(at)
    everything_sent()
    seal_all()
    at("2036-05-01 12:00")
    retain()
    assert check_ledger.reread_differences(period) == []


def test_check_ledger_accepts_a_tombstone(at):
    declaration = submit(answers_for("XXX", "STU"), at(MONDAY))
    everything_sent()
    seal_all()
    at("2036-05-01 12:00")
    retain()
    assert DeclarationRank.objects.count() == 1
    assert command("check_ledger", "--verbosity=0") == (0, [])
    overwrite(Tombstone.objects.get(), "reason", "none")
    assert command("check_ledger", "--verbosity=0") == (1, [f"{declaration.number}: this declaration is missing"])


@pytest.mark.parametrize(("today", "is_over"), [("2031-03-02 08:00", False), ("2031-03-03 12:00", True)])
def test_a_refused_declaration_goes_after_five_years(at, today: str, is_over: bool):
    submit(answers_for("XXX", "STU", end_date="31/3/2026"), at(MONDAY))
    refused = submit(answers_for("XXX", "STU", end_date="31/3/2026"), at(MONDAY))
    assert refused.status == "B"
    everything_sent()
    seal_all()
    at(today)
    assert retain() == ([f"declaration {refused.number} (1 declarations)"] if is_over else [])
    assert Declaration.objects.count() == 2 - is_over
    assert Worker.objects.count() == Period.objects.count() == 1
    assert chain_breaks() == []


def test_what_is_pending_stays_however_old(at):
    rows = seed_sealed_rows(at)
    everything_sent()
    seal_all()
    at("2099-05-01 12:00")
    retain()
    assert Period.objects.get().number == rows["pending"].number


def test_what_one_decided_to_refuse_goes_with_the_decision(at):
    seed_sealed_rows(at)
    everything_sent()
    seal_all()
    refused = Decision.objects.get(status="B").declaration
    at("2031-05-01 12:00")
    assert f"declaration {refused.number} (1 declarations, 1 decisions)" in retain()
    assert Decision.objects.get().status == "W"
    assert chain_breaks() == []


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("unsealed", "is not sealed yet"),
        ("changed", "was changed since it was sealed"),
        ("queued", "a notification is queued or unsure"),
        ("unsure", "a notification is queued or unsure"),
    ],
)
def test_what_is_kept_all_the_same(at, what: str, reason: str):
    declaration = submit(answers_for("XXX", "STU"), at(MONDAY))
    everything_sent()
    if what != "unsealed":
        seal_all()
    if what == "changed":
        overwrite(declaration, "language", "fr")
    if what in NotificationState.values:
        notified(declaration, NotificationState(what))
    before = counts()
    at("2036-05-01 12:00")
    for arguments in (["--dry-run"], []):
        (line,) = retain(*arguments)
        assert line.startswith(f"kept: period {declaration.number} (1 declarations): ")
        assert line.endswith(reason)
    assert counts() == before


def test_a_worker_of_whom_something_is_left_stays(at):
    first = submit(answers_for("XXX", "STU"), at(MONDAY))
    second = submit(answers_for("XXX", "OTH", start_date="1/4/2026"), at("2026-03-31 12:00"))
    everything_sent()
    seal_all()
    at("2036-05-01 12:00")
    access(worker=first.worker)
    assert len(retain()) == 1
    assert Worker.objects.get() == first.worker
    assert Declaration.objects.get() == second
    assert SsinAccess.objects.count() == 1


def test_looks_go_after_ten_years(at):
    at(MONDAY)
    old = access()
    at("2036-03-01 12:00")
    new = access()
    assert retain() == []
    at("2036-03-03 12:00")
    assert retain() == ["looks at SSINs: 1"]
    assert list(SsinAccess.objects.all()) == [new] != [old]


LOGS = [
    (AccessAttempt, {"failures_since_start": 5}, "failures that count against an account", "2026-03-02 10:00"),
    (AccessFailureLog, {"username": "x"}, "failed sign-ins", "2028-03-02 09:00"),
    (AccessLog, {"username": "x"}, "sign-ins of staff", "2028-03-02 09:00"),
    (ListExport, {"exported_by": None, "row_count": 1}, "exports of lists", "2036-03-02 09:00"),
    (LogEntry, {"user": None, "action_flag": 2}, "changes of tables, employers and accounts", "2036-03-02 09:00"),
]


@pytest.mark.parametrize(("model", "columns", "kind", "term"), LOGS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_log_goes_when_its_term_is_over(at, model: Any, columns: dict[str, Any], kind: str, term: str):
    begun = at(MONDAY)
    person = User.objects.create_user("somebody")
    known = {"exported_at": begun} if model is ListExport else {}
    row = model.objects.create(**{name: value or person for name, value in columns.items()}, **known)
    at(term)
    assert retain() == []
    at(f"{term[:-1]}1")
    for arguments in (["--dry-run"], []):
        assert [(line.startswith(kind), line[-3:]) for line in retain(*arguments)] == [(True, ": 1")]
    assert not model._base_manager.filter(pk=row.pk).exists()


def test_the_terms_are_listed_before_a_dry_run(at):
    at(MONDAY)
    _code, lines = command("apply_retention", "--dry-run")
    assert [line.partition(":")[0] for line in lines[:-1]] == [
        term.kind for term in retention_periods.RETENTION_PERIODS
    ]
    assert lines[-1] == "0 would be removed, 0 kept."


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("step", ["_erase_set", "append_seals"])
def test_stopped_in_the_middle_it_goes_on_the_next_time(at, monkeypatch, step: str):
    first = ended(at)
    ended(at, ssin=BORN_2001)
    everything_sent()
    seal_all()
    at("2036-05-01 12:00")
    module = retention if step == "_erase_set" else seals
    as_it_is, calls = getattr(module, step), []

    def stopped_the_second_time(*arguments: Any) -> None:
        calls.append(arguments)
        as_it_is(*arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, step, stopped_the_second_time)
        with pytest.raises(KeyboardInterrupt):
            retain()
    assert Period.objects.count() == Declaration.objects.count() == Tombstone.objects.count() == 1
    assert Tombstone.objects.get().period_number == first.number
    assert chain_breaks() == []
    assert len(retain()) == 1
    assert (Period.objects.count(), Tombstone.objects.count()) == (0, 2)
    assert chain_breaks() == []


@pytest.mark.django_db(transaction=True)
def test_what_something_new_refers_to_is_kept(at, monkeypatch):
    declaration = submit(answers_for("XXX", "STU"), at(MONDAY))
    everything_sent()
    seal_all()
    at("2036-05-01 12:00")

    def refused(whole: retention.RemovalSet) -> None:
        raise IntegrityError

    monkeypatch.setattr(retention, "_erase_set", refused)
    assert retain() == [f"kept: {declaration.number}: something else refers to it"]
    assert Declaration.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_remove_each_period_once(at):
    for ssin in ({}, {"ssin": BORN_2001}):
        ended(at, **ssin)
    everything_sent()
    seal_all()
    now = at("2036-05-01 12:00")
    barrier = threading.Barrier(2)
    lines: list[str] = []

    def try_it() -> None:
        try:
            barrier.wait()
            lines.extend(retention.apply(now, dry_run=False))
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines) == 2
    assert Tombstone.objects.count() == 2
    assert chain_breaks() == []


def test_a_cancelled_period_goes_with_its_cancellation(at):
    period = ended(at)
    submit(period_answers(period, "cancellation"), at("2026-03-05 12:00"))
    everything_sent()
    seal_all()
    at("2036-03-06 12:00")
    assert retain() == [f"period {period.number} (2 declarations)"]
    assert command("check_ledger", "--verbosity=0") == (0, [])


def test_a_number_is_not_given_again(at):
    declaration = submit(answers_for("XXX", "STU"), at(MONDAY))
    everything_sent()
    seal_all()
    at("2036-05-01 12:00")
    retain()
    later = submit(answers_for("XXX", "OTH", start_date="1/5/2036"), timezone.now())
    assert later.number > declaration.number
