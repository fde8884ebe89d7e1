"""Every period can be rebuilt from its declarations, whatever was declared, decided or filed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from declarations.enums import DeclarationKind, Status
from declarations.filing import decisions
from declarations.models import Declaration, Period
from declarations.records import batches
from referentials import tables
from referentials.models import WorkerType

from ..support.builders import BY_NAME, answers_for, submit, worker
from ..support.histories import (
    LATER,
    NOW,
    SEVERAL,
    cancel_student_period,
    close_and_reopen,
    ledger_differences,
    modify_hours,
    period_answers,
    run_check_ledger,
    tamper,
)


@pytest.mark.django_db
def test_an_empty_ledger_is_clean():
    assert run_check_ledger() == (0, ["0 periods, 0 declarations, 0 differences."])
    assert run_check_ledger(verbosity=0) == (0, [])


@pytest.mark.django_db
def test_histories_are_rebuilt():
    close_and_reopen()
    cancel_student_period()
    modify_hours()
    submit({**answers_for("XXX", "OTH"), **BY_NAME}, NOW)
    submit(answers_for("XXX", "T17"), NOW)
    kinds = [Status(each.status).is_accepted for each in Declaration.objects.all()]
    assert (kinds.count(True), kinds.count(False)) == (10, 4)
    assert run_check_ledger() == (0, ["3 periods, 14 declarations, 0 differences."])


@pytest.mark.django_db
def test_a_period_opened_by_a_decision_is_rebuilt():
    pending = submit({**answers_for("XXX", "OTH"), **BY_NAME}, NOW)
    reviewer = get_user_model().objects.create(username="reviewer")
    decided = {"ssin": "91111703328", "note": "", "by": reviewer, "at": LATER, "tables": tables.current()}
    decision = decisions.decide(pending, **decided)
    submit(period_answers(pending.number, "out", end_date="13/3/2026"), LATER)
    assert ledger_differences() == []
    tamper(Period, pending.number, worker=worker(), start_date=date(2026, 3, 1))
    assert ledger_differences() == [
        f"{pending.number}: period: worker_id is {worker().pk}, replayed {decision.worker_id}",
        f"{pending.number}: period: start_date is 2026-03-01, replayed 2026-03-02",
    ]


@pytest.mark.django_db
def test_a_lock_is_known_by_its_reviewer():
    number = close_and_reopen()
    period, reviewer = Period.objects.get(), get_user_model().objects.create(username="reviewer")
    for is_locked in (True, False, True):
        decisions.set_lock(period, is_locked=is_locked, note="", by=reviewer, at=LATER)
        assert ledger_differences() == []
    tamper(Period, number, locked_at=None)
    assert ledger_differences() == [f"{number}: period: locked_at is None, replayed {LATER.astimezone(UTC)}"]


@pytest.mark.django_db
def test_the_row_of_a_code_may_be_another_in_a_later_declaration():
    """The table got a new row of the same code, which is the same worker type."""
    number = close_and_reopen()
    row = WorkerType.objects.get(code="OTH")
    WorkerType.objects.filter(pk=row.pk).update(valid_until=date(2026, 1, 1))
    row.pk, row.valid_from = None, date(2026, 1, 2)
    row.save(force_insert=True)
    last = Declaration.objects.filter(kind=DeclarationKind.OUT, period__isnull=False).earliest("number")
    tamper(Declaration, last.number, worker_type=row)
    assert ledger_differences() == []
    tamper(Period, number, worker_type=row)
    assert [line.split(" is ")[0] for line in ledger_differences()] == [f"{number}: period: worker_type_id"]


@pytest.mark.django_db
def test_what_is_filed_while_the_check_reads_is_no_difference():
    number = submit(answers_for("XXX", "OTH"), NOW).number
    filed: list[str] = []

    def file_in_between(execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        if not filed and '"declarations_declaration"."period_id" IN' in sql:
            filed.append(sql)
            submit(period_answers(number, "out", end_date="6/3/2026"), NOW)
        return execute(sql, *arguments)

    with connection.execute_wrapper(file_in_between):
        assert ledger_differences() == []
    assert filed
    assert ledger_differences() == []


@pytest.mark.django_db
def test_as_many_queries_for_few_periods_as_for_many():
    queries = []
    for ssin in SEVERAL:
        submit(answers_for("XXX", "OTH", ssin=ssin), NOW)
        with CaptureQueriesContext(connection) as context:
            assert ledger_differences() == []
        queries.append(len(context))
    assert set(queries) == {12}


@pytest.mark.django_db
def test_every_batch_is_read(monkeypatch):
    monkeypatch.setattr(batches, "BATCH", 2)
    numbers = [submit(answers_for("XXX", "OTH", ssin=ssin), NOW).number for ssin in SEVERAL]
    assert ledger_differences() == []
    models.QuerySet(Period).update(end_date=date(2026, 4, 1))
    assert ledger_differences() == [f"{number}: period: end_date is 2026-04-01, replayed None" for number in numbers]
    assert run_check_ledger()[1][-1] == "5 periods, 5 declarations, 5 differences."
    assert run_check_ledger(verbosity=0)[1] == ledger_differences()
