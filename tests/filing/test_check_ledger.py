"""`check_ledger` reports tampering with every column and every row of the ledger, done by SQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import models, transaction

from declarations.enums import DeclarationKind, Status
from declarations.filing import decisions, submission
from declarations.management.commands import check_ledger
from declarations.models import Declaration, DeclarationAnomaly, DeclarationRank, Notification, Period, QueueEntry
from referentials import tables
from referentials.models import JointCommittee, WorkerType
from referentials.numbers import dimona

from ..support.builders import BY_NAME, CONSTRUCTION, answers_for, employer, submit, without, worker
from ..support.histories import (
    LATER,
    NOW,
    SEVERAL,
    cancel_student_period,
    close_and_reopen,
    ledger_differences,
    tamper,
)

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
NEVER_GIVEN = dimona.from_rank(9_009_999_999)
OF_THE_TERMS: dict[str, Callable[[], Any]] = {
    "employer": lambda: employer(CONSTRUCTION),
    "joint_committee": lambda: JointCommittee.objects.get(code="144"),
    "worker_type": lambda: WorkerType.objects.get(code="IVT"),
    "duration_unit": lambda: "day",
    "start_date": lambda: date(2026, 2, 27),
    "start_time": lambda: time(8),
    "end_date": lambda: date(2026, 3, 30),
    "end_time": lambda: time(20),
    "planned_hours": lambda: 19,
    "number": lambda: NEVER_GIVEN,
    "worker": lambda: worker(SEVERAL[0]),
}
OF_A_PERIOD = {**OF_THE_TERMS, "cancelled_at": lambda: NOON, "locked_at": lambda: NOON}
# Columns of a declaration that the period does not determine; see the command's docstring.
UNSEEN = {"language", "draft", "receipt_token", "family_name_hash", "answers", "submitted_at", "content_mac"}
SPECIAL = {"id", "kind", "status", "period", "state_before"}


def columns(model: type[models.Model]) -> set[str]:
    """The names of the model's columns."""
    return {field.name for field in model._meta.concrete_fields}


def test_every_column_is_tampered_with_or_said_to_be_unseen():
    assert columns(Period) == OF_A_PERIOD.keys() | {"id"}
    assert columns(Declaration) == OF_THE_TERMS.keys() | UNSEEN | SPECIAL


@contextmanager
def undone() -> Iterator[None]:
    """Roll back everything done in the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def numbers(db) -> list[str]:
    """The numbers of a closed period and of a cancelled one."""
    return [close_and_reopen(), cancel_student_period()]


def test_each_column_of_a_period_is_named(numbers):
    for column, value_of in OF_A_PERIOD.items():
        value, name = value_of(), Period._meta.get_field(column).attname
        for number in numbers:
            with undone():
                tamper(Period, number, **{column: value})
                told = ledger_differences()
                assert len(told) == 1, (column, told)
                assert told[0].startswith(f"{value if column == 'number' else number}: period: {name} is ")


@pytest.mark.slow
def test_each_column_of_a_declaration_is_named(numbers):
    for column in OF_THE_TERMS.keys() - {"number"}:
        value, name = OF_THE_TERMS[column](), Declaration._meta.get_field(column).attname
        for row in seven():
            with undone():
                tamper(Declaration, row.number, **{column: value})
                assert any(name in line for line in ledger_differences() if line.startswith(row.period.number)), column


def seven() -> list[Declaration]:
    """The accepted declarations of both periods."""
    rows = list(check_ledger.accepted().select_related("period").order_by("number"))
    assert len(rows) == 7
    return rows


def test_a_number_that_was_not_given_is_named(numbers):
    for row in Declaration.objects.all():
        for number in (NEVER_GIVEN, "900000000100", "a number"):
            with undone():
                tamper(Declaration, row.number, number=number)
                told = ledger_differences()
                assert f"{number}: this number was never given" in told
                assert f"{row.number}: this declaration is missing" in told


def test_another_kind_is_named(numbers):
    for row in seven():
        for kind in {*DeclarationKind.values, "else"} - {row.kind}:
            with undone():
                tamper(Declaration, row.number, kind=kind)
                assert any(
                    f"declaration {row.number}: {kind} " in line or "cancelled_at" in line
                    for line in ledger_differences()
                )


def test_an_acceptance_taken_back_or_forged_is_named(numbers):
    for row in Declaration.objects.exclude(period=None).select_related("period"):
        others = (Status.ACCEPTED,) if row.status == Status.REFUSED else (Status.REFUSED, Status.PENDING)
        for status in others:
            with undone():
                tamper(Declaration, row.number, status=status)
                assert ledger_differences()[0].startswith(row.period.number)


def test_a_declaration_of_another_period_is_named(numbers):
    for row in seven():
        other = Period.objects.exclude(number=row.period.number).get()
        with undone():
            tamper(Declaration, row.number, period=other)
            told = ledger_differences()
            assert {line.partition(":")[0] for line in told} == set(numbers)
            assert any(row.number in line for line in told)


def test_a_state_before_is_named(numbers):
    for row in seven():
        for before in ({}, {**(row.state_before or {}), "end_date": "2026-03-30"}):
            with undone():
                tamper(Declaration, row.number, state_before=before)
                assert [line for line in ledger_differences() if f"declaration {row.number}: state_before is " in line]


def test_the_moment_of_a_cancellation_is_named(numbers):
    cancellation = seven()[-1]
    tamper(Declaration, cancellation.number, submitted_at=NOON)
    sent = cancellation.submitted_at
    assert ledger_differences() == [f"{numbers[1]}: period: cancelled_at is {sent}, replayed {NOON}"]


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("in", {}, "in on a period that is open already"),
        ("out", {"end_date": None}, "out on a period that has an ending date"),
        ("modification", {}, "modification that changes nothing"),
    ],
)
def test_a_declaration_put_in_is_named(numbers, kind, typed, expected):
    row = put_in(seven()[3], kind=kind, **typed)
    assert f"{numbers[0]}: declaration {row.number}: {expected}" in ledger_differences()
    assert f"{row.number}: this number was never given" not in ledger_differences()
    DeclarationRank.objects.latest("pk").delete()
    assert f"{row.number}: this number was never given" in ledger_differences()


@pytest.mark.parametrize(
    ("position", "kind", "typed", "expected"),
    [
        (0, "out", {}, "out without an ending date"),
        (0, "modification", {"end_date": date(2026, 3, 9)}, "modification that closes an open period"),
        (6, "cancellation", {}, "cancellation on a cancelled period"),
        (6, "modification", {"planned_hours": 5}, "modification on a cancelled period"),
    ],
)
def test_a_declaration_put_in_after_another_is_named(numbers, position, kind, typed, expected):
    """The later declarations are removed first."""
    row = seven()[position]
    remove(*Declaration.objects.filter(period=row.period, number__gt=row.number))
    put = put_in(row, kind=kind, **typed)
    assert f"{row.period.number}: declaration {put.number}: {expected}" in ledger_differences()


def put_in(like: Declaration, **columns: Any) -> Declaration:
    """A row with the next number and the columns of another row, except those given."""
    copied = {field.attname: getattr(like, field.attname) for field in Declaration._meta.concrete_fields}
    rank = DeclarationRank.objects.create()
    own = {"number": dimona.from_rank(submission.FIRST_RANK + rank.pk), "draft": uuid4(), "receipt_token": "put in"}
    return Declaration.objects.create(**{**copied, "id": None, **own, **columns})


def remove(*rows: Declaration) -> None:
    """Delete declarations with their anomalies and notifications, bypassing the models."""
    models.QuerySet(Notification).filter(declaration__in=rows).delete()
    models.QuerySet(DeclarationAnomaly).filter(declaration__in=rows).delete()
    models.QuerySet(Declaration).filter(number__in=[row.number for row in rows]).delete()


def test_a_removed_declaration_is_named(numbers):
    rows = list(Declaration.objects.select_related("period"))
    assert len(rows) == 9
    for row in rows:
        with undone():
            remove(row)
            told = ledger_differences()
            assert told[-1] == f"{row.number}: this declaration is missing"
            is_refused = row.status == Status.REFUSED
            assert any(line.startswith(f"{row.period.number}: ") for line in told[:-1]) is not is_refused


def test_a_period_put_in_or_left_alone_is_named(numbers):
    remove(*Declaration.objects.filter(period__number=numbers[1]))
    assert f"{numbers[1]}: no accepted declaration" in ledger_differences()


def test_a_period_removed_with_all_its_declarations_is_named_by_its_numbers(numbers):
    rows = list(Declaration.objects.filter(period__number=numbers[1]).order_by("number"))
    remove(*rows)
    Period.objects.get(number=numbers[1]).delete()
    assert ledger_differences() == [f"{row.number}: this declaration is missing" for row in rows]


def test_what_no_other_row_tells_is_not_seen(numbers):
    """The limits are those in the command's docstring."""
    others = {
        "language": "de",
        "draft": uuid4(),
        "receipt_token": "another",
        "family_name_hash": "another",
        "answers": {},
        "submitted_at": NOON,
        "content_mac": "another",
        "status": Status.ACCEPTED_WITH_WARNING,
    }
    assert others.keys() == UNSEEN | {"status"}
    tamper(Declaration, seven()[0].number, **others)
    assert ledger_differences() == []


# -- the queue -------------------------------------------------------------------------------------------------

STRANGER = {**without(answers_for("XXX", "OTH"), "ssin"), **BY_NAME}
LACKS, TOO_MUCH = "awaits a decision and is not in the queue", "does not stand in the queue as it was filed"


@pytest.fixture
def queue(db) -> dict[str, Declaration]:
    """A pending declaration, a decided one, and one accepted at once."""
    waits, decided = (submit(STRANGER, NOW) for _each in range(2))
    by = User.objects.create_user("reviewer", is_staff=True)
    decisions.decide(decided, ssin="", note="seen", by=by, at=LATER, tables=tables.current())
    return {"waits": waits, "decided": decided, "accepted": submit(answers_for("XXX", "OTH"), NOW)}


def take_out(queue: dict[str, Declaration]) -> Declaration:
    """Remove the pending declaration from the queue."""
    QueueEntry.objects.all().delete()
    return queue["waits"]


def put_back(which: str) -> Callable[[dict[str, Declaration]], Declaration]:
    """Add a declaration that is not pending to the queue."""

    def put(queue: dict[str, Declaration]) -> Declaration:
        QueueEntry.objects.create(declaration=queue[which], since=queue[which].submitted_at)
        return queue[which]

    return put


def move_up(queue: dict[str, Declaration]) -> Declaration:
    """Change the place of the pending declaration in the queue."""
    QueueEntry.objects.update(since=NOON)
    return queue["waits"]


@pytest.mark.parametrize(
    ("tampering", "expected"),
    [(take_out, LACKS), (put_back("decided"), TOO_MUCH), (put_back("accepted"), TOO_MUCH), (move_up, TOO_MUCH)],
    ids=["taken out", "decided", "accepted", "moved up"],
)
def test_a_queue_that_was_tampered_with_is_named(queue, tampering, expected):
    assert ledger_differences() == []
    row = tampering(queue)
    assert ledger_differences() == [f"{row.number}: {expected}"]
